"""The tag ``applied``: per managed field, what was last brought about, so that we know who moved.

Each field takes five characters: two for its name (12 bits), three for its value (18 bits), and as
many again where the service shows the value in words of its own. A replication group with every
field stays under the 256 characters that a tag value may have.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel

from reconciler.kind import Kind
from reconciler.model import Resource

NAME, VALUE = 2, 3
WIDTH = NAME + VALUE
MEANT = "~"
"""Sets the entry of what a value means apart from the entry of how it was written."""
LONGEST = 256
"""What the service allows in a tag's value."""

Moved = Literal["live", "spec", "both", "unrecorded"]
"""Which side moved since the last apply, as the record remembers per field."""


def applied(kind: Kind[Any], desired: Resource, fields: Iterable[str], held: str = "") -> str:
    """Give the record of what these fields of ``desired`` were written as."""
    return noted(kind, {name: getattr(desired, name) for name in fields}, held)


def noted(kind: Kind[Any], values: Mapping[str, Any], held: str = "") -> str:
    """Give the record with these values, by field.

    What ``held`` remembers of other fields stays: a write that is about one field forgets none.
    """
    others = without(kind, held, values)
    own = {_name(kind, name, sort) for name in kind.fields for sort in ("", MEANT)}
    entries = [name + value for name, value in _entries(others).items() if name in own]
    for name, value in values.items():
        exact, meant = _value(value), _value(kind.canonical(name, value))
        entries.append(_name(kind, name) + exact)
        if meant != exact:
            entries.append(_name(kind, name, MEANT) + meant)
    return "".join(sorted(entries))


def without(kind: Kind[Any], held: str, fields: Iterable[str]) -> str:
    """Give the record without what it remembers of these fields."""
    gone = {_name(kind, name, sort) for name in fields for sort in ("", MEANT)}
    return "".join(name + value for name, value in _entries(held).items() if name not in gone)


def moved(
    kind: Kind[Any], record: str, field: str, wished: Any, observed: Any, default: Any
) -> Moved:
    """Say which side of a field that differs has left what was last brought about.

    ``default`` is what null stands for here: what was written as null, or only followed from
    something else that was written, is there as long as ``observed`` is that.
    """
    entries = _entries(record)
    exact = entries.get(_name(kind, field))
    if exact is None:
        return "unrecorded"
    if exact == _value(wished):
        return "live"
    if exact == _value(None) and observed == default:
        return "spec"
    meant = entries.get(_name(kind, field, MEANT), exact)
    return "spec" if meant == _value(kind.canonical(field, observed)) else "both"


def _entries(record: str) -> Mapping[str, str]:
    pieces = (record[at : at + WIDTH] for at in range(0, len(record), WIDTH))
    return {piece[:NAME]: piece[NAME:] for piece in pieces if len(piece) == WIDTH}


def _name(kind: Kind[Any], field: str, sort: str = "") -> str:
    return _name_digest(f"{kind.name}.{field}{sort}")


@functools.cache
def _name_digest(text: str) -> str:
    """Give the digest of a field's name: there are few, and each plan asks for all of them."""
    return _digest(text, NAME)


def _value(value: Any) -> str:
    return _digest(_JSON.encode(value), VALUE)


def _digest(text: str, characters: int) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.b64encode(digest)[:characters].decode()


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)


_JSON = json.JSONEncoder(sort_keys=True, default=_plain)
