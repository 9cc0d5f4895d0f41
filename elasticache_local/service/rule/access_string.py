"""Access strings: what the service refuses before any engine sees it, and what it stores."""

from __future__ import annotations

from collections.abc import Callable

from elasticache_local.channel import in_place_of_default
from elasticache_local.service.refusal import bad_value
from elasticache_local.switch import Switches
from elasticache_local.want import BadAccessString

_REFUSED = frozenset({"nopass", "resetpass", "reset"})
_PASSWORD_MARKS = (">", "<", "#", "!")
HIDDEN = frozenset(
    {
        *(f"acl|{name}" for name in ("setuser", "load", "save", "deluser")),
        *(f"cluster|{name}" for name in ("addslots", "addslotsrange", "bumpepoch", "delslots")),
        *(f"cluster|{name}" for name in ("delslotsrange", "failover", "flushslots", "forget")),
        *(f"cluster|{name}" for name in ("links", "meet", "setslot")),
        *("bgrewriteaof", "bgsave", "config", "debug", "migrate", "psync", "replicaof"),
        *("save", "shutdown", "slaveof", "sync"),
    }
)
"""Commands that ElastiCache took away; a rule may not give them (2023 user guide)."""


def stored_access_string(sent: str, normalise: Callable[[str], str], switches: Switches) -> str:
    """Give the string as the service stores it, or refuse it.

    ``off`` when neither on nor off is given; the engine's own description otherwise.
    """
    tokens = sent.split()
    for token in tokens:
        _check_token(token, switches)
    if not switches.channel_pattern_replaces_default and [*in_place_of_default(tokens)] != tokens:
        raise bad_value("Access string is invalid: a channel pattern needs resetchannels before.")
    try:
        stored = normalise(sent)
    except BadAccessString as bad:
        raise bad_value(f"Access string is invalid: {bad}") from None
    if switches.rewrites_strangely and not stored.endswith(" -keys"):
        stored += " -keys"
    if switches.keeps_channels_sent:
        return stored
    return " ".join(t for t in stored.split() if t not in ("&*", "resetchannels"))


def minimum_version(stored: str) -> str:
    """Give the engine version that a stored string needs: 7.0 for selectors and read/write keys."""
    tokens = stored.split()
    bare = [token.lstrip("(").rstrip(")") for token in tokens]
    if any("(" in token for token in tokens) or any(
        token.startswith("%") or (token[:1] in "+-" and "|" in token) for token in bare
    ):
        return "7.0"
    if any(word.startswith("&") and word != "&*" for word in bare) or "resetchannels" in bare:
        return "6.2"
    return "6.0"


def _check_token(token: str, switches: Switches) -> None:
    bare = token.lstrip("(").rstrip(")")
    word = bare.lower()
    if word in _REFUSED:
        raise bad_value(f"Access string can't contain {word}.")
    if bare.startswith(_PASSWORD_MARKS):
        # The token itself is a secret: say its sort only.
        raise bad_value("Access string can't contain passwords; use the Passwords parameter.")
    signs = "+-" if switches.hidden_command_may_not_be_taken_away else "+"
    if word[:1] in signs and word[1:] in HIDDEN:
        raise bad_value(f"Access string can't name the restricted command {word[1:]}.")
