"""Lambda's functions in this process, with the states that a write has to wait for.

A function that is made is Pending for a while, one that is changed has an update InProgress; other
writes are refused meanwhile (Lambda guide, function states).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from estate import MemoryJournal
from inprocess import InProcess, InProcessWriter

from reconciler.apply import Doors, Terms, apply
from reconciler.applying.outcome import Finished, Summary
from reconciler.errors import AwsError
from reconciler.kind import Facts
from reconciler.kind.asked import Asked
from reconciler.kinds import RUNNER_KINDS
from reconciler.model import Resource
from reconciler.observe import observe
from reconciler.plan import Plan, make_plan
from reconciler.ports import Call

TAKES_S = 3.0
ESTATE = "shop-test"


class Lambda:
    """The functions of one account; ``now`` is the clock that states end by."""

    def __init__(self, account_id: str, region: str, now: Callable[[], float]) -> None:
        self._start = f"arn:aws:lambda:{region}:{account_id}:function:"
        self._now = now
        self.functions: dict[str, dict[str, Any]] = {}

    def answer(self, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        if operation == "create_function":
            return self._create(params)
        name = str(params.get("FunctionName") or params["Resource"].rpartition(":")[2])
        function = self.functions.get(name)
        if function is None:
            raise _refused(operation, "ResourceNotFoundException", "Function not found", 404)
        if operation.startswith(("update", "tag", "untag")) and self._busy(function):
            words = "The operation cannot be performed at this time."
            raise _refused(operation, "ResourceConflictException", words, 409)
        found: Mapping[str, Any] = getattr(self, f"_{operation}")(function, params)
        return found

    def _busy(self, function: Mapping[str, Any]) -> bool:
        return bool(self._now() < function["busy_until"])

    def _create(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        name = params["FunctionName"]
        if name in self.functions:
            words = f"Function already exist: {name}"
            raise _refused("create_function", "ResourceConflictException", words, 409)
        function = {
            **{key: value for key, value in params.items() if key not in ("Code", "Tags")},
            "FunctionArn": self._start + name,
            "CodeSha256": _digest(params["Code"]["ZipFile"]),
            "tags": dict(params["Tags"]),
            "made": True,
            "busy_until": self._now() + TAKES_S,
        }
        self.functions[name] = function
        return self._get_function(function, params)["Configuration"]  # type: ignore[no-any-return]

    def _get_function(self, function: dict[str, Any], _: Any) -> Mapping[str, Any]:
        hidden = ("tags", "busy_until", "made")
        shown = {key: value for key, value in function.items() if key not in hidden}
        busy, made = self._busy(function), function["made"]
        shown["State"] = "Pending" if busy and made else "Active"
        shown["LastUpdateStatus"] = "InProgress" if busy else "Successful"
        return {"Configuration": shown, "Tags": dict(function["tags"])}

    def _update_function_code(self, function: dict[str, Any], params: Any) -> Mapping[str, Any]:
        function["CodeSha256"] = _digest(params["ZipFile"])
        function["Architectures"] = params["Architectures"]
        return self._updating(function)

    def _update_function_configuration(
        self, function: dict[str, Any], params: Any
    ) -> Mapping[str, Any]:
        function |= {key: value for key, value in params.items() if key != "FunctionName"}
        return self._updating(function)

    def _updating(self, function: dict[str, Any]) -> Mapping[str, Any]:
        function |= {"made": False, "busy_until": self._now() + TAKES_S}
        return {}

    def _tag_resource(self, function: dict[str, Any], params: Any) -> Mapping[str, Any]:
        function["tags"] |= params["Tags"]
        return {}

    def _untag_resource(self, function: dict[str, Any], params: Any) -> Mapping[str, Any]:
        for key in params["TagKeys"]:
            function["tags"].pop(key, None)
        return {}

    def _delete_function(self, function: dict[str, Any], _: Any) -> Mapping[str, Any]:
        del self.functions[function["FunctionName"]]
        return {}


def _digest(content: Any) -> str:
    """What the service works out; a test that has no package sends the digest itself."""
    if isinstance(content, str):
        return content
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def _refused(operation: str, code: str, words: str, status: int) -> AwsError:
    return AwsError("lambda", Call("lambda", operation, {}).action, code, words, status=status)


class RunnerEstate:
    """A runner that is wished for on an in-process bench: plan, apply, remove."""

    def __init__(self, bench: InProcess, wishes: Iterable[Resource]) -> None:
        self.bench, self.wishes = bench, tuple(wishes)

    def facts(self, *, destroy: bool = False) -> Facts:
        desired = {wish.address: wish for wish in self.wishes}
        place = {"account_id": self.bench.account_id, "region": self.bench.region}
        found = observe(RUNNER_KINDS, self.bench.reader(), desired, estate=ESTATE, **place)
        asked = Asked(destroy=destroy)
        return Facts(estate=ESTATE, desired=desired, observed=found.live, asked=asked, **place)

    def plan(self, *, destroy: bool = False) -> Plan:
        return make_plan(RUNNER_KINDS, self.facts(destroy=destroy))

    def apply(self, writer: InProcessWriter | None = None, *, destroy: bool = False) -> Summary:
        facts = self.facts(destroy=destroy)
        doors = Doors(
            RUNNER_KINDS,
            self.bench.reader(),
            writer or self.bench.writer(),
            self.bench.lease,
            self.bench.clock,
            MemoryJournal(),
        )
        events = list(apply(facts, make_plan(RUNNER_KINDS, facts), doors, Terms()))
        assert isinstance(events[-1], Finished)
        return events[-1].summary
