"""Node types: which exist, and which a cache may move to."""

from __future__ import annotations

from elasticache_local.service.refusal import bad_combination, bad_value

_SIZES = {
    "t1": ("micro",),
    "t2": ("micro", "small", "medium"),
    "t3": ("micro", "small", "medium"),
    "t4g": ("micro", "small", "medium"),
    "m3": ("medium", "large", "xlarge", "2xlarge"),
    "m4": ("large", "xlarge", "2xlarge", "4xlarge", "10xlarge"),
    "m5": ("large", "xlarge", "2xlarge", "4xlarge", "12xlarge", "24xlarge"),
    "m6g": ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"),
    "m7g": ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"),
    "r3": ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge"),
    "r4": ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"),
    "r5": ("large", "xlarge", "2xlarge", "4xlarge", "12xlarge", "24xlarge"),
    "r6g": ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"),
    "r6gd": ("xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"),
    "r7g": ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"),
    "c7gn": ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"),
}
_ORDER = ("micro", "small", "medium", "large", "xlarge")
NODE_TYPES = tuple(f"cache.{family}.{size}" for family, sizes in _SIZES.items() for size in sizes)
DEFAULT_NODE_TYPE = "cache.t4g.micro"


def check_node_type(given: str, *, data_tiering: bool) -> str:
    """Give the node type, or refuse it; r6gd goes with data tiering and nothing else does."""
    if given not in NODE_TYPES:
        raise bad_value(f"Invalid cache node type: {given}.")
    tiered = given.startswith("cache.r6gd.")
    if data_tiering and not tiered:
        raise bad_combination(f"Data tiering is not supported for the node type {given}.")
    if tiered and not data_tiering:
        raise bad_combination(f"Data tiering must be enabled for the node type {given}.")
    return given


def allowed_moves(current: str) -> tuple[list[str], list[str]]:
    """Give the node types that a cache may be scaled up to, and down to."""
    tiered = current.startswith("cache.r6gd.")
    here = _size(current)
    others = [
        other
        for other in NODE_TYPES
        if other != current and other.startswith("cache.r6gd.") == tiered and ".t1." not in other
    ]
    up = [other for other in others if _size(other) >= here]
    return sorted(up), sorted(other for other in others if other not in up)


def _size(node_type: str) -> tuple[float, str]:
    _, family, size = node_type.split(".")
    if size.endswith("xlarge") and size != "xlarge":
        steps = 4.0 + int(size.removesuffix("xlarge")) / 100
    else:
        steps = float(_ORDER.index(size))
    return steps, "" if family in ("c7gn", "t2", "t3", "t4g") else family[:1]
