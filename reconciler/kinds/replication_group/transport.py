"""TLS on a running group: preferred first, then, behind a gate, required."""

from __future__ import annotations

from reconciler.kind import Impact, Next, Unreachable
from reconciler.kinds.replication_group.move import Move
from reconciler.kinds.replication_group.name import appearing, going
from reconciler.kinds.replication_group.upgrade import lacks

TLS = ("transit_encryption_enabled", "transit_encryption_mode")
LADDER = (None, "preferred", "required")
IN_PLACE = "7.0.5"
"""From this version on TLS can be switched on in place (User Guide, in-transit encryption)."""


def tls(move: Move) -> Next:
    """Go up the ladder one rung; there is no documented way down."""
    before, after = move.before, move.after
    was, wished = before.transit_encryption_mode, after.transit_encryption_mode
    if was == wished:
        return None
    if LADDER.index(wished) < LADDER.index(was):
        return Unreachable(
            f"a way back from TLS {was} to {wished or 'none'} is not documented",
            "give a cache without it a new id",
            replace=True,
            fields=TLS,
        )
    return _preferred(move) if was is None else _required(move)


def _preferred(move: Move) -> Next:
    if stop := lacks(move, IN_PLACE, "TLS on a running cache", TLS):
        return stop
    names = appearing(move.live.endpoints) if move.live else ()
    return move.modify(
        {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"},
        {"transit_encryption_enabled": True, "transit_encryption_mode": "preferred"},
        text="no interruption known",
        lines=(
            "plaintext and TLS both work afterwards; new names come beside the old ones:",
            *(names or ("(they are read when they are there)",)),
        ),
        hours=2,
    )


def _required(move: Move) -> Next:
    if move.before.user_group_ids or move.before.auth_token is not None:
        reason = "the mode of TLS can't be changed while logins are required"
        return Unreachable(reason, "take the user group or the token off first", fields=TLS)
    names = going(move.live.endpoints) if move.live else ()
    return move.modify(
        {"TransitEncryptionMode": "required"},
        {"transit_encryption_mode": "required"},
        impact=Impact.INTERRUPTION,
        text="CUTS OFF open plaintext connections",
        lines=(
            *(names or ("the names without TLS go",)),
            "a way back is not documented",
        ),
        gate="tls-required",
        gate_text=(
            "every client must use TLS and a new name first; how many still speak plaintext "
            "can't be read from the service"
        ),
        hours=2,
    )
