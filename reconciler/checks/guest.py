"""Names that are ours alone, inside what a user may touch: the glob of a pattern, solved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.acl.glob import Part, matches, parts

PREFIX = "reconcile-verify"

_LETTERS = b"xyzabcdefghijklmnopqrstuvwXYZABCDEFGHIJKLMNOPQRSTUVW0123456789-_.:/"


def own_name(pattern: str, run: str, name: str) -> str | None:
    """Give a name that matches the pattern and holds ``reconcile-verify:<run>:<name>``.

    None when the pattern leaves no room for it (no ``*``): a name that matches could be anybody's.
    """
    ours = f"{PREFIX}:{run}:{name}".encode()
    raw = bytearray()
    placed = False
    for part in parts(pattern):
        if not part.many:
            raw += _one_of(part)
        elif not placed:
            raw += ours
            placed = True
    found = raw.decode("utf-8", "replace")
    # A pattern that is not UTF-8 can't be met by a name that is: better none than a wrong one.
    return found if placed and matches(pattern, found) else None


def own_names(patterns: Iterable[str], run: str, name: str) -> Iterator[str]:
    """Give such a name for each pattern that leaves room for one, in order."""
    for pattern in patterns:
        if (found := own_name(pattern, run, name)) is not None:
            yield found


def outside_name(run: str, name: str) -> str:
    """Give a name that is ours and that only a pattern such as ``*`` would cover."""
    return f"{PREFIX}:{run}:outside:{name}"


def _one_of(part: Part) -> bytes:
    """Give a byte that this step takes, a letter if it can be; nothing when it takes none."""
    chosen = next((byte for byte in _LETTERS if byte in part.bytes), None)
    if chosen is None:
        chosen = min(part.bytes, default=None)
    return b"" if chosen is None else bytes([chosen])
