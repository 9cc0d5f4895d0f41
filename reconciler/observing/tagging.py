"""One resource's tags, asked of ElastiCache itself: the sweep of the tagging API lags."""

from __future__ import annotations

import dataclasses
from typing import Any

from reconciler.errors import AwsError, Fate
from reconciler.fate import classify
from reconciler.kind import Live, Ownership
from reconciler.observe import Whose
from reconciler.ports import Reader


def with_tags(reader: Reader, live: Live[Any], whose: Whose) -> Live[Any] | None:
    """Give the resource with its tags as they are now; None when it is too busy to tell them."""
    tags = live.tags
    if tags is None:
        try:
            told = reader.read("elasticache", "list_tags_for_resource", {"ResourceName": live.arn})
        except AwsError as refused:
            if classify(refused) is Fate.FINAL:
                raise
            return None
        tags = {one["Key"]: one.get("Value", "") for one in told.get("TagList", ())}
    theirs, ours = whose.split(tags)
    return dataclasses.replace(
        live,
        resource=live.resource.but(tags=theirs or None, marks=ours),
        ownership=Ownership.OWNED if whose.owns(live.address, tags) else Ownership.UNMANAGED,
    )
