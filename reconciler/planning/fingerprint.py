"""What a plan would do as eight hex digits: the same digits, the same calls."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from reconciler.planning.change import Planned


def plan_fingerprint(changes: Iterable[Planned]) -> str:
    """Give eight hex digits over what would be done, and over nothing else."""
    told = [
        {
            "address": str(one.address),
            "action": type(one.change).__name__,
            "fields": [
                (field.field, field.before, field.after)
                for field in getattr(one.change, "fields", ())
            ],
            "calls": [str(step.call) for step in one.steps],
            "stop": str(one.stop),
        }
        for one in sorted(changes, key=lambda one: one.address)
    ]
    text = json.dumps(told, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)
