"""Secret references: their form. What is inside one is never repeated: it may be the secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import SecretRef
from reconciler.spec.draft import Draft
from reconciler.spec.entry import problem_at
from reconciler.spec.loaded import references_in
from reconciler.spec.node import walk

_FORMS = {
    "env": (r"[A-Za-z_][A-Za-z0-9_]*", "the name of an environment variable, without $"),
    "ssm": (r"(arn:.+:ssm:.+:parameter)?/?[A-Za-z0-9_./-]+", "a parameter's name: /prod/app"),
    "secretsmanager": (r"[A-Za-z0-9/_+=.@:-]+", "a secret's name or ARN"),
    "file": (r"[^\0]+", "a file's path"),
}


def secrets(draft: Draft) -> Iterator[Problem]:
    """Judge every secret reference."""
    for wish in draft.wishes.values():
        for path, ref in references_in(wish.resource):
            for message in _wrong(ref):
                yield wish.problem(message, *path)
    for name, target in draft.external.items():
        for path, ref in references_in(target):
            for message in _wrong(ref):
                node = walk(draft.external_nodes[name], path)[1]
                yield problem_at(node, f"external/{name}", path, message)


def _wrong(ref: SecretRef) -> Iterator[str]:
    form, words = _FORMS[ref.store]
    if not re.fullmatch(form, ref.id):
        yield f"after {ref.store} stands {words}"
    if ref.store != "secretsmanager" and (ref.key is not None or ref.stage is not None):
        yield "key and stage are for {secretsmanager: id, key: k, stage: s} only"
    if ref.store in ("env", "file") and (ref.version is not None or ref.create):
        yield "version and create are for secretsmanager and ssm only"
    if ref.stage is not None and ref.version is not None:
        yield "a version and a stage name two things; write one of them"
    if ref.create and not ref.moves:
        yield "create makes what is current; leave stage and version out"
