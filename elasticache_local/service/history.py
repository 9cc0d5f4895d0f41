"""What a region was a moment ago, for describes that are stale and a tagging API that lags."""

from __future__ import annotations

from collections.abc import Callable

from elasticache_local.service.state import Region

_KEPT = 200


class History:
    """Copies from before each write; kept only while a fault asks for them."""

    def __init__(self) -> None:
        self._regions: dict[int, list[tuple[float, Region]]] = {}
        self._tags: dict[int, list[tuple[float, dict[str, dict[str, str]]]]] = {}

    def keep(self, region: Region, now: float, copied: Callable[[Region], Region]) -> None:
        """Keep the region as it is before a write."""
        kept = self._regions.setdefault(id(region), [])
        kept.append((now, copied(region)))
        del kept[:-_KEPT]

    def keep_tags(self, region: Region, now: float) -> None:
        """Keep the tags as they are before a write."""
        kept = self._tags.setdefault(id(region), [])
        kept.append((now, {arn: dict(tags) for arn, tags in region.tags.items()}))
        del kept[:-_KEPT]

    def region_at(self, region: Region, then: float) -> Region:
        """Give the region as it was then: before the first write that came after."""
        for at, kept in self._regions.get(id(region), ()):
            if at > then:
                return kept
        return region

    def tags_at(self, region: Region, then: float) -> dict[str, dict[str, str]]:
        """Give the tags as they were then."""
        for at, kept in self._tags.get(id(region), ()):
            if at > then:
                return kept
        return region.tags
