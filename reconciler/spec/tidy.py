"""A spec's text in its one form: indents, spaces and quotes as ruamel writes them, comments kept.

Two spaces an indent, lists two deeper, one line for each value; what is in braces or brackets stays
so while its line fits, and is written out below its key where it does not. What the text means is
held against what it meant, and every comment is counted, before a word of it is given back.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from reconciler.errors import Problem, ReconcilerError, SpecError
from reconciler.spec.compose import compose
from reconciler.spec.node import Items, Map, Node, Scalar, Source
from reconciler.spec.quote import WIDTH

_NEVER_FOLD = 1 << 20
_ROUNDS = 4


def tidied(source: Source) -> str:
    """Give the text in its one form; SpecError for what is no YAML of ours."""
    meant = _read(source)
    text = source.text
    for _ in range(_ROUNDS):
        try:
            again = _written(text)
        except YAMLError:
            reason = "it has no round trip (an anchor that stands twice?)"
            raise ReconcilerError(f"{source.name}: {reason}; it is left as it is") from None
        if again == text:
            break
        text = again
    else:
        raise ReconcilerError(f"{source.name}: no settled form was found; it is left as it is")
    form = Source(source.name, text)
    if repr(_read(form).plain()) != repr(meant.plain()):
        raise ReconcilerError(f"{source.name}: it would mean something else; it is left as it is")
    if sorted(_comments(form, _read(form))) != sorted(_comments(source, meant)):
        raise ReconcilerError(
            f"{source.name}: a comment would be lost (one inside braces or brackets?); it is left "
            "as it is"
        )
    return text


def _read(source: Source) -> Map:
    problems: list[Problem] = []
    found = compose(source, problems)
    if problems:
        raise SpecError(problems)
    return found


def _written(text: str) -> str:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _NEVER_FOLD
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    tree, out = yaml.load(text), io.StringIO()
    _write_out_long(tree, 0)
    yaml.dump(tree, out)
    lines = [line.rstrip() for line in out.getvalue().split("\n")]
    return "\n".join(lines).rstrip("\n") + "\n"


def _write_out_long(node: Any, column: int) -> None:
    """Take the braces off what does not fit into its line; ``column`` is where its keys begin."""
    if isinstance(node, CommentedMap):
        for key, value in node.items():
            _fit(value, column + len(str(key)) + 2, column + 2)
    elif isinstance(node, CommentedSeq):
        for value in node:
            _fit(value, column + 4, column + 4)


def _fit(value: Any, start: int, inner: int) -> None:
    if not isinstance(value, CommentedMap | CommentedSeq):
        return
    if value.fa.flow_style() and value and start + len(_on_one_line(value)) > WIDTH:
        value.fa.set_block_style()
    if not value.fa.flow_style():
        _write_out_long(value, inner)


def _on_one_line(value: Any) -> str:
    yaml, out = YAML(), io.StringIO()
    yaml.preserve_quotes = True
    yaml.width = _NEVER_FOLD
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.dump(value, out)
    return out.getvalue().split("\n")[0]


def _comments(source: Source, root: Map) -> Iterator[str]:
    """Give every comment: what follows a # that stands in no key and no value."""
    bare = list(source.text)
    for scalar in _scalars(root):
        for at in range(scalar.begin, min(scalar.end, len(bare))):
            if bare[at] != "\n":
                bare[at] = "x"
    for line in "".join(bare).split("\n"):
        _, mark, comment = line.partition("#")
        if mark:
            yield comment.strip()


def _scalars(root: Node) -> Iterator[Scalar]:
    waiting: list[Node] = [root]
    while waiting:
        match waiting.pop():
            case Map() as one:
                waiting += [*one.keys.values(), *one.values.values()]
            case Items() as one:
                waiting += one.items
            case Scalar() as one:
                yield one
