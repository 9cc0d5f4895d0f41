"""Access strings as a language: text -> rules -> what a user may do, per engine version. Pure.

    rights("on ~app:* +@read", table("valkey", "8.0")).allows("GET app:1")

Importing this loads nothing: each name is fetched from its module when it is first used, so that
a command that meets no access string pays nothing.
"""

TYPE_CHECKING = False  # type checkers know the name; typing itself takes longer than all of this
if TYPE_CHECKING:
    from reconciler.acl.command import TABLES, Table, table, tables_in_reach
    from reconciler.acl.cover import touching_channels, touching_keys
    from reconciler.acl.decision import Granted, NotACommand, Rights, read, rights
    from reconciler.acl.difference import RightsDiff, Share, rights_diff, same_rights
    from reconciler.acl.folding import EVERYWHERE, commands_listed, folded
    from reconciler.acl.grammar import (
        READ,
        WRITE,
        AccessString,
        AccessStringError,
        is_rule_word,
        parse,
    )
    from reconciler.acl.lesser import minimum_engine_version, smaller
    from reconciler.acl.moving import Upgrade, upgrade
    from reconciler.acl.reason import Decision, decide, decide_name
    from reconciler.acl.replay import ChannelDefault
    from reconciler.acl.rewriting import is_rewriting
    from reconciler.acl.vocabulary import is_hidden, is_module
    from reconciler.acl.writing import canonical, stored

__all__ = [
    "EVERYWHERE",
    "READ",
    "TABLES",
    "WRITE",
    "AccessString",
    "AccessStringError",
    "ChannelDefault",
    "Decision",
    "Granted",
    "NotACommand",
    "Rights",
    "RightsDiff",
    "Share",
    "Table",
    "Upgrade",
    "canonical",
    "commands_listed",
    "decide",
    "decide_name",
    "folded",
    "is_hidden",
    "is_module",
    "is_rewriting",
    "is_rule_word",
    "minimum_engine_version",
    "parse",
    "read",
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
    "decision": ("Granted", "NotACommand", "Rights", "read", "rights"),
    "difference": ("RightsDiff", "Share", "rights_diff", "same_rights"),
    "folding": ("EVERYWHERE", "commands_listed", "folded"),
    "grammar": ("READ", "WRITE", "AccessString", "AccessStringError", "is_rule_word", "parse"),
    "lesser": ("minimum_engine_version", "smaller"),
    "replay": ("ChannelDefault",),
    "reason": ("Decision", "decide", "decide_name"),
    "moving": ("Upgrade", "upgrade"),
    "rewriting": ("is_rewriting",),
    "vocabulary": ("is_hidden", "is_module"),
    "writing": ("canonical", "stored"),
}


def __getattr__(name: str) -> object:
    from importlib import import_module  # noqa: PLC0415 - as typing

    for room, names in _ROOMS.items():
        if name in names:
            found: object = getattr(import_module(f"reconciler.acl.{room}"), name)
            globals()[name] = found
            return found
    raise AttributeError(name)
