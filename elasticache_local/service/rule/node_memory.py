"""How much an engine may use on each node type: ``maxmemory`` in the families' own parameters.

In GiB, as the node type tables of the ElastiCache guide and pricing pages give them.
"""

from __future__ import annotations

from collections.abc import Mapping

_GIB = 1024**3
_M = {"large": 6.38, "xlarge": 12.93, "2xlarge": 26.04, "4xlarge": 52.26, "8xlarge": 103.68}
_R = {"large": 13.07, "xlarge": 26.32, "2xlarge": 52.82, "4xlarge": 105.81, "8xlarge": 209.55}
_T = {"micro": 0.5, "small": 1.37, "medium": 3.09}
_GRAVITON_M = {**_M, "12xlarge": 157.12, "16xlarge": 209.55}
_GRAVITON_R = {**_R, "12xlarge": 317.77, "16xlarge": 419.09}
_SIZES: Mapping[str, Mapping[str, float]] = {
    "t2": {"micro": 0.555, "small": 1.55, "medium": 3.22},
    "t3": _T,
    "t4g": _T,
    "m4": {"large": 6.42, "xlarge": 14.28, "2xlarge": 29.7, "4xlarge": 60.78, "10xlarge": 154.64},
    "m5": {**_M, "12xlarge": 157.12, "24xlarge": 314.32},
    "m6g": _GRAVITON_M,
    "m7g": _GRAVITON_M,
    "r4": {
        "large": 12.3,
        "xlarge": 25.05,
        "2xlarge": 50.47,
        "4xlarge": 101.38,
        "8xlarge": 203.26,
        "16xlarge": 407.0,
    },
    "r5": {**_R, "12xlarge": 317.77, "24xlarge": 635.61},
    "r6g": _GRAVITON_R,
    "r6gd": {size: held for size, held in _GRAVITON_R.items() if size != "large"},
    "r7g": _GRAVITON_R,
}


def most_memory() -> dict[str, int]:
    """Give ``maxmemory`` in bytes by node type, of those whose size is published."""
    return {
        f"cache.{family}.{size}": round(held * _GIB)
        for family, sizes in _SIZES.items()
        for size, held in sizes.items()
    }
