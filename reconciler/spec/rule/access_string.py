"""Access strings, read offline in the engines' own language; no passwords, no ``reset``."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.acl import AccessStringError, parse
from reconciler.errors import Problem
from reconciler.model import User
from reconciler.spec.draft import Draft, Wish
from reconciler.spec.node import Scalar
from reconciler.spec.place import place_in

_BEGINNINGS = tuple("~%&+-(@")
_LONGEST = 40
_RULES = "; a rule is on, off, ~key, &channel, +command, -command, +@category or -@category"


def access_strings(draft: Draft) -> Iterator[Problem]:
    """Judge each user's access string, at the rule inside it that is wrong."""
    for wish, user in draft.of(User):
        if user.access_string is None:
            continue
        try:
            parse(user.access_string)
        except AccessStringError as error:
            yield _problem(wish, error)


def _problem(wish: Wish, error: AccessStringError) -> Problem:
    _, node = wish.entry.find(("access_string",))
    where = place_in(node, error.position) if isinstance(node, Scalar) else node.position
    known = (error.token.startswith(_BEGINNINGS) or error.suggestion) and error.token
    mend = f"; {error.suggestion}" if error.suggestion else "" if known else _RULES
    # Somebody's password is a bare word, too: such a one is not repeated.
    named = f'"{error.token}": ' if known and len(error.token) <= _LONGEST else ""
    return Problem(
        where.file,
        where.line,
        where.column,
        address=wish.entry.address,
        field="access_string",
        message=f"{named}{error.reason}{mend}",
    )
