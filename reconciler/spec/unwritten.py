"""Keys that the models have and a spec has not: what describe shows, a reference's parts."""

from __future__ import annotations

from collections.abc import Iterator

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
        for name, key, value in node.pairs():
            if name not in noun.model_fields:
                continue
            inner = noun_of(noun, name)
            if is_hidden(noun, name):
                yield (*path, name), key
            elif inner is not None:
                yield from unwritten(inner, value, (*path, name))
