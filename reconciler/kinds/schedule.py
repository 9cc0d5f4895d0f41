"""Schedules of EventBridge Scheduler, for rounds of drift; the noun stands in nouns/schedule.py.

Made in two calls: the group with the tags, then the schedule in it. A killed run leaves an empty
group of ours, which the next one goes on from. Deleting the group deletes what is in it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.errors import AwsError
from reconciler.kind import Facts, Kind, Live, Next, Step, Unreachable
from reconciler.model import Address, Schedule
from reconciler.ports import Call, Reader

_DEFAULTS: Mapping[str, Any] = {
    "flexible_minutes": 0,
    "retries": 185,
    "enabled": True,
}
_REQUIRED = ("function", "role", "expression", "input_sha256")
_SETTLES_S = 600
_NEXT_ROUND = "nobody cut off; holds for the next round"


class Schedules(Kind[Schedule]):
    """Schedules. What they hand over is handed to the Writer; here it stands as its digest."""

    model = Schedule
    section = "schedules"
    service = "scheduler"
    arn_type = "schedule-group"
    bulk = False
    retry_faults = frozenset({"InternalServerException"})
    already_faults = frozenset({"ConflictException"})
    gone_faults = frozenset({"ResourceNotFoundException"})

    def arn(self, facts: Facts, ident: str) -> str:
        """Give the ARN of its group, which bears the tags."""
        return facts.arn_of("scheduler", f"schedule-group/{ident}")

    def tag_call(self, arn: str, tags: Sequence[Mapping[str, str]]) -> Call:
        """Give the call that writes these tags."""
        return Call("scheduler", "tag_resource", {"ResourceArn": arn, "Tags": [*tags]})

    def untag_call(self, arn: str, keys: Sequence[str]) -> Call:
        """Give the call that drops these tags."""
        return Call("scheduler", "untag_resource", {"ResourceArn": arn, "TagKeys": [*keys]})

    def observe(self, reader: Reader, names: frozenset[str]) -> Iterator[Live[Schedule]]:
        """Read the groups that are named, each with its tags and its schedule."""
        for name in sorted(names):
            group = self._found(reader, "get_schedule_group", {"Name": name})
            if group is not None:
                asked = {"ResourceArn": group["Arn"]}
                tags = reader.read("scheduler", "list_tags_for_resource", asked).get("Tags", ())
                held = self._found(reader, "get_schedule", {"GroupName": name, "Name": name})
                yield _live(name, group, tags, held)

    def _found(self, reader: Reader, operation: str, asked: Mapping[str, str]) -> Any:
        try:
            return reader.read("scheduler", operation, asked)
        except AwsError as refused:
            if refused.code not in self.gone_faults:
                raise
            return None

    def fold(self, field_name: str, wished: Any, before: Schedule, facts: Facts) -> Any:  # noqa: ARG002
        """Fold nothing: all is read back as it was sent."""
        return wished

    def reset(self, field_name: str, before: Schedule | None) -> Any:
        """Give the service's default; what is required has none."""
        if field_name in _REQUIRED:
            return getattr(before, field_name, None)
        return _DEFAULTS.get(field_name)

    def next_step(self, before: Schedule | None, after: Schedule | None, facts: Facts) -> Next:
        """Make the group, then the schedule; change it whole; end both with the group."""
        match before, after:
            case None, Schedule():
                return _create(after, facts)
            case Schedule(), Schedule():
                return _change(before, after, facts)
            case Schedule(), None:
                call = Call("scheduler", "delete_schedule_group", {"Name": before.id})
                text = "no more rounds; what is remembered stays"
                return Step(call, None, impact_text=text, settle_timeout_s=_SETTLES_S)
            case _:
                return None


def _live(
    name: str, group: Mapping[str, Any], tags: Sequence[Mapping[str, str]], held: Any
) -> Live[Schedule]:
    schedule = Schedule(id=name, **_NOTHING_YET) if held is None else _schedule(name, held)
    ends = group.get("State") == "DELETING"
    return Live(
        schedule,
        arn=group["Arn"],
        status="deleting" if ends else "active",
        at_rest=not ends,
        tags={one["Key"]: one["Value"] for one in tags},
    )


def _schedule(name: str, held: Mapping[str, Any]) -> Schedule:
    target = held["Target"]
    window = held.get("FlexibleTimeWindow") or {}
    retry = target.get("RetryPolicy") or {}
    return Schedule(
        id=name,
        function=_last(target["Arn"]),
        role=_last(target["RoleArn"]),
        expression=held["ScheduleExpression"],
        input_sha256=digest(target.get("Input") or ""),
        flexible_minutes=window.get("MaximumWindowInMinutes") or 0,
        retries=retry.get("MaximumRetryAttempts", 185),
        enabled=held.get("State", "ENABLED") == "ENABLED",
        description=held.get("Description") or None,
    )


def digest(text: str) -> str:
    """Give the digest by which what is handed over is compared, packed or not."""
    content = text.encode()
    try:
        told = json.loads(text)
        if isinstance(told, dict) and told.keys() == {"gzip"}:
            content = gzip.decompress(base64.b64decode(told["gzip"]))
    except (ValueError, TypeError, OSError, EOFError, zlib.error):
        # Somebody else's words: they have a digest too.
        pass
    return hashlib.sha256(content).hexdigest()


def _last(arn: str) -> str:
    """Give a function's or a role's name; another account's shows as it stands."""
    return arn.replace("/", ":").rsplit(":", 1)[-1].lower()


def _create(after: Schedule, facts: Facts) -> Next:
    if missing := [name for name in _REQUIRED if not getattr(after, name)]:
        reason = f"a schedule can't be created without {' and '.join(missing)}"
        return Unreachable(reason, "make it with reconcile runner schedule")
    params = {"Name": after.id, "Tags": facts.tags(after)}
    text = "nothing runs yet"
    call = Call("scheduler", "create_schedule_group", params)
    return Step(call, after.but(**_NOTHING_YET), impact_text=text, settle_timeout_s=_SETTLES_S)


_FIELDS = (*_REQUIRED, *_DEFAULTS, "description")
_NOTHING_YET: Mapping[str, Any] = {**dict.fromkeys(_FIELDS), **_DEFAULTS}
"""A group without its schedule."""


def _change(before: Schedule, after: Schedule, facts: Facts) -> Step | None:
    changed = tuple(name for name in _FIELDS if getattr(before, name) != getattr(after, name))
    if not changed:
        return None
    # Both calls take the whole: what is left out goes back to its default.
    operation = "create_schedule" if before.function is None else "update_schedule"
    leaves = before.but(**{name: getattr(after, name) for name in changed})
    call = Call("scheduler", operation, _settings(after, facts))
    return Step(
        call,
        leaves,
        changes=changed,
        impact_text=_NEXT_ROUND,
        settle_timeout_s=_SETTLES_S,
    )


def _settings(after: Schedule, facts: Facts) -> dict[str, Any]:
    window = after.flexible_minutes or 0
    flexible = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": window} if window else {"Mode": "OFF"}
    retries = 185 if after.retries is None else after.retries
    return {
        "Name": after.id,
        "GroupName": after.id,
        "ScheduleExpression": after.expression,
        "FlexibleTimeWindow": flexible,
        "State": "DISABLED" if after.enabled is False else "ENABLED",
        "Target": {
            "Arn": facts.arn_of("lambda", f"function:{after.function}"),
            "RoleArn": _role_arn(after.role or "", facts),
            "Input": after.input_sha256,
            "RetryPolicy": {"MaximumRetryAttempts": retries},
        },
        **({"Description": after.description} if after.description else {}),
    }


def _role_arn(name: str, facts: Facts) -> str:
    live = facts.observed.get(Address("iam_role", name))
    return live.arn if live is not None else facts.arn_of("iam", f"role/{name}")
