"""EventBridge Scheduler in this process, as far as rounds of drift speak to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.errors import AwsError
from reconciler.ports import Call


class Scheduler:
    """The groups of one account, each with its tags and its schedules."""

    def __init__(self, account_id: str, region: str) -> None:
        self._start = f"arn:aws:scheduler:{region}:{account_id}:schedule-group/"
        self.groups: dict[str, dict[str, Any]] = {}

    def answer(self, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = getattr(self, f"_{operation}")(params)
        return found

    def _group(self, operation: str, name: str) -> dict[str, Any]:
        if name not in self.groups:
            raise _refused(operation, "ResourceNotFoundException", 404)
        return self.groups[name]

    def _create_schedule_group(self, params: Any) -> Mapping[str, Any]:
        name = params["Name"]
        if name in self.groups:
            raise _refused("create_schedule_group", "ConflictException", 409)
        tags = {one["Key"]: one["Value"] for one in params["Tags"]}
        self.groups[name] = {"tags": tags, "schedules": {}}
        return {}

    def _get_schedule_group(self, params: Any) -> Mapping[str, Any]:
        self._group("get_schedule_group", params["Name"])
        return {"Arn": self._start + params["Name"], "State": "ACTIVE"}

    def _delete_schedule_group(self, params: Any) -> Mapping[str, Any]:
        self._group("delete_schedule_group", params["Name"])
        del self.groups[params["Name"]]
        return {}

    def _create_schedule(self, params: Any) -> Mapping[str, Any]:
        held = self._group("create_schedule", params["GroupName"])["schedules"]
        if params["Name"] in held:
            raise _refused("create_schedule", "ConflictException", 409)
        held[params["Name"]] = dict(params)
        return {}

    def _update_schedule(self, params: Any) -> Mapping[str, Any]:
        self._get_schedule(params)
        self.groups[params["GroupName"]]["schedules"][params["Name"]] = dict(params)
        return {}

    def _get_schedule(self, params: Any) -> Mapping[str, Any]:
        held = self._group("get_schedule", params["GroupName"])["schedules"]
        if params["Name"] not in held:
            raise _refused("get_schedule", "ResourceNotFoundException", 404)
        found: Mapping[str, Any] = held[params["Name"]]
        return found

    def _list_tags_for_resource(self, params: Any) -> Mapping[str, Any]:
        tags = self._group("list_tags_for_resource", self._name(params))["tags"]
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _tag_resource(self, params: Any) -> Mapping[str, Any]:
        tags = self._group("tag_resource", self._name(params))["tags"]
        tags |= {one["Key"]: one["Value"] for one in params["Tags"]}
        return {}

    def _untag_resource(self, params: Any) -> Mapping[str, Any]:
        for key in params["TagKeys"]:
            self._group("untag_resource", self._name(params))["tags"].pop(key, None)
        return {}

    def _name(self, params: Any) -> str:
        return str(params["ResourceArn"].removeprefix(self._start))


def _refused(operation: str, code: str, status: int) -> AwsError:
    return AwsError("scheduler", Call("scheduler", operation, {}).action, code, code, status=status)
