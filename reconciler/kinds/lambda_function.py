"""Functions of Lambda, for the runner; the noun stands in nouns/lambda_function.py.

A function that is being made is Pending, one that is being changed has an update InProgress; every
other write is refused meanwhile with ResourceConflictException (Lambda guide, function states).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.errors import AwsError
from reconciler.kind import Facts, Kind, Live, Next, Step, Unreachable
from reconciler.model import Address, LambdaFunction
from reconciler.ports import Call, Reader

_DEFAULTS: Mapping[str, Any] = {
    "architecture": "x86_64",
    "timeout": 3,
    "memory_size": 128,
    "environment": {},
    "subnet_ids": (),
    "security_group_ids": (),
}
_CODE = ("code_sha256", "architecture")
_REQUIRED = ("role", "runtime", "handler", "code_sha256")
_SETTLES_S = 600
_NEXT_LOOK = "nobody cut off; the next verification runs it"


class LambdaFunctions(Kind[LambdaFunction]):
    """Functions. The package itself is handed to the Writer; here it stands as its digest."""

    model = LambdaFunction
    section = "lambda_functions"
    service = "lambda"
    arn_type = "function"
    bulk = False
    retry_faults = frozenset({"CodeStorageExceededException", "ServiceException"})
    gone_faults = frozenset({"ResourceNotFoundException"})

    def arn(self, facts: Facts, ident: str) -> str:
        """Give the ARN."""
        return facts.arn_of("lambda", f"function:{ident}")

    def tag_call(self, arn: str, tags: Sequence[Mapping[str, str]]) -> Call:
        """Give the call that writes these tags."""
        pairs = {one["Key"]: one["Value"] for one in tags}
        return Call("lambda", "tag_resource", {"Resource": arn, "Tags": pairs})

    def untag_call(self, arn: str, keys: Sequence[str]) -> Call:
        """Give the call that drops these tags."""
        return Call("lambda", "untag_resource", {"Resource": arn, "TagKeys": [*keys]})

    def observe(self, reader: Reader, names: frozenset[str]) -> Iterator[Live[LambdaFunction]]:
        """Read the functions that are named, each with its tags."""
        for name in sorted(names):
            try:
                yield _live(reader.read("lambda", "get_function", {"FunctionName": name}))
            except AwsError as refused:
                if refused.code not in self.gone_faults:
                    raise

    def fold(self, field_name: str, wished: Any, before: LambdaFunction, facts: Facts) -> Any:  # noqa: ARG002
        """Fold nothing: all is read back as it was sent, but for what the noun puts in order."""
        return wished

    def reset(self, field_name: str, before: LambdaFunction | None) -> Any:
        """Give the service's default; what is required has none."""
        if field_name in _REQUIRED:
            return getattr(before, field_name, None)
        return _DEFAULTS.get(field_name)

    def next_step(
        self, before: LambdaFunction | None, after: LambdaFunction | None, facts: Facts
    ) -> Next:
        """Create in one call; change the package in one and everything else in another."""
        match before, after:
            case None, LambdaFunction():
                return _create(after, facts)
            case LambdaFunction(), LambdaFunction():
                return _change_code(before, after) or _change(before, after, facts)
            case LambdaFunction(), None:
                call = Call("lambda", "delete_function", {"FunctionName": before.id})
                text = "verifications through it are not proven any more"
                return Step(call, None, impact_text=text, settle_timeout_s=_SETTLES_S)
            case _:
                return None


def _live(told: Mapping[str, Any]) -> Live[LambdaFunction]:
    found = told["Configuration"]
    network, state = found.get("VpcConfig") or {}, found.get("State", "Active")
    moving = found.get("LastUpdateStatus") == "InProgress"
    function = LambdaFunction(
        id=found["FunctionName"],
        role=_role(found["Role"], found["FunctionArn"]),
        runtime=found.get("Runtime"),
        handler=found.get("Handler"),
        code_sha256=found["CodeSha256"],
        architecture=(found.get("Architectures") or ["x86_64"])[0],
        description=found.get("Description") or None,
        timeout=found.get("Timeout", 3),
        memory_size=found.get("MemorySize", 128),
        environment=dict(found.get("Environment", {}).get("Variables", {})),
        subnet_ids=tuple(network.get("SubnetIds") or ()),
        security_group_ids=tuple(network.get("SecurityGroupIds") or ()),
    )
    status = "create-failed" if state == "Failed" else state.lower()
    return Live(
        function,
        arn=found["FunctionArn"],
        status="modifying" if moving else status,
        at_rest=not moving and state in ("Active", "Inactive"),
        tags=dict(told.get("Tags") or {}),
    )


def _role(arn: str, function_arn: str) -> str:
    """Give the role's name; one of another account is not the one of that name here."""
    same = arn.split(":")[4] == function_arn.split(":")[4]
    return arn.rsplit("/", 1)[-1] if same else arn


def _role_arn(name: str, facts: Facts) -> str:
    address = Address("iam_role", name)
    if (live := facts.observed.get(address)) is not None:
        return live.arn
    path = getattr(facts.desired.get(address), "path", None) or "/"
    return facts.arn_of("iam", f"role{path}{name}")


def _create(after: LambdaFunction, facts: Facts) -> Next:
    if missing := [name for name in _REQUIRED if not getattr(after, name)]:
        reason = f"a function can't be created without {' and '.join(missing)}"
        return Unreachable(reason, "deploy it with reconcile runner deploy")
    params = {
        "FunctionName": after.id,
        "PackageType": "Zip",
        "Code": {"ZipFile": after.code_sha256},
        "Architectures": [after.architecture or "x86_64"],
        **_settings(after, facts),
        "Tags": {one["Key"]: one["Value"] for one in facts.tags(after)},
    }
    text = "nobody cut off; it runs when it is asked"
    return Step(
        Call("lambda", "create_function", params),
        after,
        changes=_REQUIRED,
        impact_text=text,
        settle_timeout_s=_SETTLES_S,
    )


def _change_code(before: LambdaFunction, after: LambdaFunction) -> Step | None:
    if all(getattr(before, name) == getattr(after, name) for name in _CODE):
        return None
    params = {
        "FunctionName": before.id,
        "ZipFile": after.code_sha256,
        "Architectures": [after.architecture or "x86_64"],
    }
    return _step(before, after, "update_function_code", params, _CODE)


def _change(before: LambdaFunction, after: LambdaFunction, facts: Facts) -> Step | None:
    names = [name for name in LambdaFunctions().fields if name not in (*_CODE, "tags")]
    changed = tuple(name for name in names if getattr(before, name) != getattr(after, name))
    if not changed:
        return None
    params = {"FunctionName": before.id, **_settings(after, facts)}
    return _step(before, after, "update_function_configuration", params, changed)


def _step(
    before: LambdaFunction,
    after: LambdaFunction,
    operation: str,
    params: Mapping[str, Any],
    changed: tuple[str, ...],
) -> Step:
    return Step(
        Call("lambda", operation, params),
        before.but(**{name: getattr(after, name) for name in changed}),
        changes=changed,
        impact_text=_NEXT_LOOK,
        settle_timeout_s=_SETTLES_S,
    )


def _settings(after: LambdaFunction, facts: Facts) -> dict[str, Any]:
    """Give what both CreateFunction and UpdateFunctionConfiguration take, whole."""
    return {
        "Role": _role_arn(after.role or "", facts),
        "Runtime": after.runtime,
        "Handler": after.handler,
        "Description": after.description or "",
        "Timeout": after.timeout or 3,
        "MemorySize": after.memory_size or 128,
        "Environment": {"Variables": dict(after.environment or {})},
        "VpcConfig": {
            "SubnetIds": list(after.subnet_ids or ()),
            "SecurityGroupIds": list(after.security_group_ids or ()),
        },
    }
