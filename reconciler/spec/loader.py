"""path -> Spec, or every problem at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from reconciler.errors import Problem, SpecError
from reconciler.spec.derived import with_derived
from reconciler.spec.include import read_document
from reconciler.spec.loaded import Spec
from reconciler.spec.node import Map, Node, Scalar
from reconciler.spec.rule import RULES
from reconciler.spec.sentence import shown
from reconciler.spec.understand import make_draft

KNOWN_VERSIONS = (1,)


def load_spec(path: str, today: dt.date) -> Spec:
    """Read, understand and judge a spec."""
    problems: list[Problem] = []
    document = read_document(path, problems)
    _refuse_other_versions(document.top)
    draft = make_draft(document.top, today, problems)
    for rule in RULES:
        problems.extend(rule(draft))
    if problems or draft.estate is None:
        raise SpecError(_told_once(problems))
    resources = {address: wish.resource for address, wish in draft.wishes.items()}
    resources, derived = with_derived(resources, publishes=draft.estate.mode == "manage")
    return Spec(
        path=path,
        sha256=document.sha256,
        estate=draft.estate,
        resources=resources,
        external=draft.external,
        unmanaged=frozenset(draft.unmanaged),
        entries={address: wish.entry for address, wish in draft.wishes.items()},
        top=document.top,
        derived=derived,
    )


def _told_once(problems: Iterable[Problem]) -> list[Problem]:
    """Leave out what was said already: a line of ``defaults`` is wrong once, not per entry."""
    alike: dict[tuple[object, ...], Problem] = {}
    for one in problems:
        alike.setdefault((one.file, one.line, one.column, one.field, one.message), one)
    return list(alike.values())


def _refuse_other_versions(top: Map) -> None:
    """Refuse another format before anything else is said: the rest would be noise."""
    node: Node = top.values.get("version", top)
    if not isinstance(node, Scalar):
        return
    version = node.plain()
    if type(version) is not int or version not in KNOWN_VERSIONS:
        known = " and ".join(map(str, KNOWN_VERSIONS))
        message = f"{shown(node)} is no version of this format; this tool reads version: {known}"
        raise SpecError([Problem(node.source.name, node.line, node.column, "", "version", message)])
