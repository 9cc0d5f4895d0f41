"""CloudTrail's event history: which calls of a name were made lately."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from reconciler.aws import fault
from reconciler.aws.session import Session
from reconciler.ports import Clock

BACK = timedelta(days=90)
"""The event history goes back this far (CloudTrail User Guide)."""
PAGES = 4
"""Of 50 events each, newest first."""
_PAUSE_S = 0.5
"""Two calls a second are allowed per account and region (CloudTrail API Reference)."""


class Trail:
    """Gives the events of a call by its name, newest first; each name is asked once."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session, self._clock = session, clock
        self._found: dict[str, tuple[Mapping[str, Any], ...]] = {}

    def __call__(self, call: str) -> tuple[Mapping[str, Any], ...]:
        """Give the records, as CloudTrail writes them; AwsError where that is not permitted."""
        if call not in self._found:
            if self._found:
                self._clock.wait(_PAUSE_S)
            self._found[call] = tuple(self._pages(call))
        return self._found[call]

    def _pages(self, call: str) -> Iterator[Mapping[str, Any]]:
        asked: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": call}],
            "StartTime": self._clock.now() - BACK,
            "MaxResults": 50,
        }
        for _ in range(PAGES):
            page = self._ask(asked)
            for event in page.get("Events", ()):
                yield json.loads(event.get("CloudTrailEvent") or "{}")
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]
            self._clock.wait(_PAUSE_S)

    def _ask(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        lookup = self._session.client("cloudtrail").lookup_events
        found: Mapping[str, Any] = fault.asked(
            "cloudtrail", "LookupEvents", lambda: lookup(**asked), reading=True
        )
        return found
