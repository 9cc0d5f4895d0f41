"""The kinds that this tool knows: a literal list. A new kind is one model, one file, one entry."""

from typing import Any

from reconciler.kind import Kind

KINDS: tuple[Kind[Any], ...] = ()
