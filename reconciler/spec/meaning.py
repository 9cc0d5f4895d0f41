"""What a field means, read from the string under it in the model's own source.

Read only when somebody asks: doing so at import (pydantic can) costs each command 20 ms.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys

from pydantic import BaseModel


def meaning(noun: type[BaseModel], field_name: str) -> str:
    """Give the sentence under a field, also one that is inherited; empty if there is none."""
    for owner in noun.__mro__:
        if text := _meanings(owner.__module__).get((owner.__qualname__, field_name)):
            return text
    return ""


def summary(noun: type[BaseModel]) -> str:
    """Give the first paragraph of a noun's docstring."""
    return inspect.getdoc(noun).partition("\n\n")[0].replace("\n", " ")  # type: ignore[union-attr]


@functools.cache
def _meanings(module: str) -> dict[tuple[str, str], str]:
    if not module.startswith("reconciler."):
        return {}
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {
        (owner.name, field.target.id): inspect.cleandoc(text.value.value)
        for owner in tree.body
        if isinstance(owner, ast.ClassDef)
        for field, text in zip(owner.body, owner.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
