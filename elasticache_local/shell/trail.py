"""CloudTrail's event history: which changes ElastiCache was asked for here, by whom, and when.

moto has no LookupEvents. Kept are the calls that change something, at once and while this process
runs; the service shows them after some minutes and for 90 days, and the reads among them too.
"""

from __future__ import annotations

import base64
import collections
import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.utilities.utils import get_partition

from elasticache_local.fault import Fault
from elasticache_local.service.principal import Principal

KEPT = 5000
"""So many events of an account and a region; then the oldest go."""
_SECRET = frozenset({"passwords", "authToken"})
_HIDDEN = "****"
_ATTRIBUTES: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "EventId": lambda one: [one["eventID"]],
    "EventName": lambda one: [one["eventName"]],
    "ReadOnly": lambda one: [str(one["readOnly"]).lower()],
    "Username": lambda one: [_name(one)],
    "ResourceType": lambda _: [],
    "ResourceName": lambda one: [*_names(one)],
    "EventSource": lambda one: [one["eventSource"]],
    "AccessKeyId": lambda one: [one["userIdentity"]["accessKeyId"]],
}

Event = dict[str, Any]


class Trail:
    """What was asked, per account and region, newest last."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._events: dict[str, collections.deque[Event]] = {}

    def note(
        self, action: str, params: Mapping[str, Any], who: Principal, refused: Fault | None = None
    ) -> None:
        """Keep a call that changes something, without the secrets that were in it."""
        if action.startswith(("Describe", "List")):
            return
        event: Event = {
            "eventVersion": "1.11",
            "userIdentity": _identity(who),
            "eventTime": _written(self._now()),
            "eventSource": "elasticache.amazonaws.com",
            "eventName": action,
            "awsRegion": who.region,
            "sourceIPAddress": "127.0.0.1",
            "requestParameters": _shown(params),
            "responseElements": None,
            "eventID": str(uuid4()),
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": who.account_id,
            "eventCategory": "Management",
        }
        if refused is not None:
            event |= {"errorCode": refused.code, "errorMessage": refused.message}
        with self._lock:
            empty: collections.deque[Event] = collections.deque(maxlen=KEPT)
            self._events.setdefault(who.scope, empty).append(event)

    def look_up(self, who: Principal, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Answer LookupEvents: newest first, 50 at most; raises Fault."""
        most, skipped = _page(asked)
        fits = _filter(asked.get("LookupAttributes") or [])
        since, until = asked.get("StartTime"), asked.get("EndTime")
        if since is not None and until is not None and since > until:
            raise Fault("InvalidTimeRangeException", "The start time is after the end time.", 400)
        with self._lock:
            kept = list(self._events.get(who.scope, ()))
        found = [
            one
            for one in reversed(kept)
            if fits(one)
            and (since is None or _seconds(one) >= since)
            and (until is None or _seconds(one) <= until)
        ]
        answer: dict[str, Any] = {"Events": [_entry(one) for one in found[skipped:][:most]]}
        if len(found) > skipped + most:
            answer["NextToken"] = base64.b64encode(str(skipped + most).encode()).decode()
        return answer


def _page(asked: Mapping[str, Any]) -> tuple[int, int]:
    most = asked.get("MaxResults", 50)
    if not isinstance(most, int) or not 1 <= most <= 50:
        raise Fault("InvalidMaxResultsException", "MaxResults must be from 1 to 50.", 400)
    try:
        return most, int(base64.b64decode(asked.get("NextToken") or "MA=="))
    except ValueError:
        raise Fault("InvalidNextTokenException", "The token is invalid.", 400) from None


def _filter(wanted: list[Mapping[str, str]]) -> Callable[[Event], bool]:
    if len(wanted) > 1 or any(one.get("AttributeKey") not in _ATTRIBUTES for one in wanted):
        words = "One lookup attribute can be given, by a key that is known."
        raise Fault("InvalidLookupAttributesException", words, 400)
    if not wanted:
        return lambda _: True
    [one] = wanted
    return lambda event: one.get("AttributeValue") in _ATTRIBUTES[one["AttributeKey"]](event)


def _entry(event: Event) -> dict[str, Any]:
    return {
        "EventId": event["eventID"],
        "EventName": event["eventName"],
        "ReadOnly": "false",
        "AccessKeyId": event["userIdentity"]["accessKeyId"],
        "EventTime": _seconds(event),
        "EventSource": event["eventSource"],
        "Username": _name(event),
        "Resources": [{"ResourceName": name} for name in _names(event)],
        "CloudTrailEvent": json.dumps(event),
    }


def _identity(who: Principal) -> dict[str, Any]:
    from moto.sts.models import sts_backends  # noqa: PLC0415 - half a second

    backend = sts_backends[who.account_id][get_partition(who.region)]
    user_id, arn, account_id = backend.get_caller_identity(who.access_key_id, who.region)
    rest = arn.rsplit(":", 1)[-1]
    sorts = {"root": "Root", "assumed-role": "AssumedRole", "federated-user": "FederatedUser"}
    found = {
        "type": sorts.get(rest.partition("/")[0], "IAMUser"),
        "principalId": user_id,
        "arn": arn,
        "accountId": account_id,
        "accessKeyId": who.access_key_id,
    }
    return found | ({"userName": rest.split("/")[-1]} if found["type"] == "IAMUser" else {})


def _name(event: Mapping[str, Any]) -> str:
    return str(event["userIdentity"]["arn"].rsplit(":", 1)[-1].rsplit("/", 1)[-1])


def _names(event: Mapping[str, Any]) -> list[str]:
    return [one for one in event["requestParameters"].values() if isinstance(one, str)]


def _shown(value: Any) -> Any:
    """Give parameters as CloudTrail writes them: names in lower camel case, secrets hidden."""
    match value:
        case Mapping():
            named = {name[:1].lower() + name[1:]: one for name, one in value.items()}
            return {
                name: _HIDDEN if name in _SECRET else _shown(one) for name, one in named.items()
            }
        case list() | tuple():
            return [_shown(one) for one in value]
        case _:
            return value


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(event: Event) -> float:
    return datetime.fromisoformat(event["eventTime"]).timestamp()
