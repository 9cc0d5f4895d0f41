"""Whether a string read back is the service's own rewriting of the one that was sent."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.acl.command import TABLES, Table
from reconciler.acl.difference import same_rights
from reconciler.acl.grammar import AccessStringError
from reconciler.acl.writing import Normaliser, stored

_NORMALISERS: tuple[Normaliser, Normaliser] = (8, 7)


def is_rewriting(sent: str, returned: str, tables: Iterable[Table] = ()) -> bool:
    """Say whether ``returned`` is what some engine's normaliser makes of ``sent``.

    Such a text may mean something else on the versions in reach (``tables``, each of which must
    know what was sent): up to 7.0 categories become the commands that they had then, and
    ``%RW~* ~a`` comes back as ``~* ~a``, which no engine takes. Yet sending the same string again
    would only give the same text back.
    """
    try:
        for table in tables:
            stored(sent, table, 8, service=False)
    except AccessStringError:
        return False
    return any(_makes(sent, returned, table) for table in TABLES)


def _makes(sent: str, returned: str, table: Table) -> bool:
    try:
        kept, derived = (stored(sent, table, number, service=False) for number in _NORMALISERS)
    except AccessStringError:
        return False
    if returned in {kept, derived}:
        return True
    # The re-derived form has its single commands in the order of a hash table.
    alike = sorted(derived.split(" ")) == sorted(returned.split(" "))
    return alike and same_rights(sent, returned, [table])
