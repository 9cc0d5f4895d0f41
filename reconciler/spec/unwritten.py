"""Keys that the models have and a spec has not: what describe shows, a reference's parts."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from reconciler.model import SecretRef
from reconciler.spec.entry import Path
from reconciler.spec.node import Items, Map, Node, Scalar
from reconciler.spec.shape import is_hidden, noun_of


def unwritten(noun: type[BaseModel], node: Node, path: Path = ()) -> Iterator[tuple[Path, Scalar]]:
    """Give path and key of everything below ``node`` that nobody writes."""
    if isinstance(node, Items):
        for index, item in enumerate(node.items):
            yield from unwritten(noun, item, (*path, index))
    elif noun is SecretRef:
        if isinstance(node, Map) and "store" in node.values:
            yield (*path, "store"), node.keys["store"]
    elif isinstance(node, Map):
        for name, inner in _within(noun).items():
            if name not in node.values:
                continue
            if inner is None:
                yield (*path, name), node.keys[name]
            else:
                yield from unwritten(inner, node.values[name], (*path, name))


@functools.cache
def _within(noun: type[BaseModel]) -> Mapping[str, type[BaseModel] | None]:
    """Give the fields that have fields of their own with these, and hidden ones with None."""
    inside = {name: noun_of(noun, name) for name in noun.model_fields}
    return {
        name: None if is_hidden(noun, name) else inner
        for name, inner in inside.items()
        if inner is not None or is_hidden(noun, name)
    }
