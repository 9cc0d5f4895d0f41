"""A spec that wishes for nothing: where one is needed to look, and no file has been written yet."""

from __future__ import annotations

from reconciler.model import Estate
from reconciler.spec.loaded import Spec
from reconciler.spec.understand import EMPTY


def blank_spec(estate: Estate) -> Spec:
    """Give a spec of this estate without resources."""
    return Spec(
        path="",
        sha256="",
        estate=estate,
        resources={},
        external={},
        unmanaged=frozenset(),
        entries={},
        top=EMPTY,
    )
