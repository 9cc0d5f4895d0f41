"""Access strings as a language: text -> rules -> what a user may do, per engine version. Pure.

    rights("on ~app:* +@read", table("valkey", "8.0")).allows("GET app:1")

Importing this loads nothing: each name is fetched from its module when it is first used, so that
a command that meets no access string pays nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.acl.command import TABLES, Table, table, tables_in_reach
    from reconciler.acl.cover import touching_channels, touching_keys
    from reconciler.acl.decision import NotACommand, Rights, rights
    from reconciler.acl.difference import RightsDiff, rights_diff, same_rights
    from reconciler.acl.folding import commands_listed
    from reconciler.acl.grammar import AccessString, AccessStringError, parse
    from reconciler.acl.lesser import minimum_engine_version, smaller
    from reconciler.acl.moving import Upgrade, upgrade
    from reconciler.acl.reason import Decision, decide
    from reconciler.acl.replay import ChannelDefault
    from reconciler.acl.vocabulary import is_hidden
    from reconciler.acl.writing import canonical, stored

__all__ = [
    "TABLES",
    "AccessString",
    "AccessStringError",
    "ChannelDefault",
    "Decision",
    "NotACommand",
    "Rights",
    "RightsDiff",
    "Table",
    "Upgrade",
    "canonical",
    "commands_listed",
    "decide",
    "is_hidden",
    "minimum_engine_version",
    "parse",
    "rights",
    "rights_diff",
    "same_rights",
    "smaller",
    "stored",
    "table",
    "tables_in_reach",
    "touching_channels",
    "touching_keys",
    "upgrade",
]

_ROOMS = {
    "command": ("TABLES", "Table", "table", "tables_in_reach"),
    "cover": ("touching_channels", "touching_keys"),
    "decision": ("NotACommand", "Rights", "rights"),
    "difference": ("RightsDiff", "rights_diff", "same_rights"),
    "folding": ("commands_listed",),
    "grammar": ("AccessString", "AccessStringError", "parse"),
    "lesser": ("minimum_engine_version", "smaller"),
    "replay": ("ChannelDefault",),
    "reason": ("Decision", "decide"),
    "moving": ("Upgrade", "upgrade"),
    "vocabulary": ("is_hidden",),
    "writing": ("canonical", "stored"),
}


def __getattr__(name: str) -> object:
    for room, names in _ROOMS.items():
        if name in names:
            found: object = getattr(import_module(f"reconciler.acl.{room}"), name)
            globals()[name] = found
            return found
    raise AttributeError(name)
