"""Usage limits of serverless caches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from elasticache_local.service.refusal import bad_value

_RANGES = {"DataStorage": (1, 5000), "ECPUPerSecond": (1000, 15_000_000)}


def read_limits(
    given: Mapping[str, Any] | None, before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Give limits as the answer shows them; a half that is not given stays, zero takes one off."""
    limits: dict[str, Any] = {}
    for name, (low, high) in _RANGES.items():
        asked = (given or {}).get(name)
        if asked is None:
            kept = dict((before or {}).get(name, {}))
        else:
            kept = {end: asked[end] for end in ("Minimum", "Maximum") if asked.get(end)}
            _check(name, kept, low, high)
            if kept and name == "DataStorage":
                kept["Unit"] = asked.get("Unit") or "GB"
        if kept:
            limits[name] = kept
    return limits


def _check(name: str, limit: Mapping[str, Any], low: int, high: int) -> None:
    if any(not low <= value <= high for value in limit.values()):
        raise bad_value(
            f"Invalid value for {name} limit. Must be between {low} and {high}. "
            "You can set the value to zero to remove the limit."
        )
    if limit.get("Minimum", low) > limit.get("Maximum", high):
        raise bad_value(f"Invalid value for {name} limit. Minimum must not be above Maximum.")
