"""SSM's parameters in memory, codes and shapes as its API reference has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from elasticache_local.fault import Fault


@dataclass
class Parameters:
    """One account's parameters; ``lag`` lets the tagging API know none of their tags yet."""

    account_id: str
    region: str
    values: dict[str, str] = field(default_factory=dict)
    held: dict[str, dict[str, str]] = field(default_factory=dict)
    lag: bool = False

    def answer(self, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer one call."""
        return getattr(self, f"_{operation}")(**params) or {}

    def tags(self, arn: str) -> Mapping[str, str]:
        """Give what the tagging API shows of a parameter."""
        name = f"/{arn.split(':parameter/', 1)[1]}"
        return {} if self.lag else dict(self.held.get(name, {}))

    def arn(self, name: str) -> str:
        """Give a parameter's ARN."""
        return f"arn:aws:ssm:{self.region}:{self.account_id}:parameter/{name.lstrip('/')}"

    def _get_parameters(self, Names: list[str]) -> Mapping[str, Any]:  # noqa: N803 - SSM's own
        assert 1 <= len(Names) <= 10
        found = [
            {"Name": name, "Value": self.values[name], "Type": "String", "ARN": self.arn(name)}
            for name in Names
            if name in self.values
        ]
        return {
            "Parameters": found,
            "InvalidParameters": [name for name in Names if name not in self.values],
        }

    def _put_parameter(self, **asked: Any) -> Mapping[str, Any]:
        name = asked["Name"]
        if name in self.values and not asked.get("Overwrite"):
            raise Fault("ParameterAlreadyExists", "The parameter already exists.", 400)
        if asked.get("Overwrite") and asked.get("Tags"):
            raise Fault("ValidationException", "tags and overwrite can't be used together", 400)
        self.values[name] = asked["Value"]
        self.held.setdefault(name, {}).update(
            {one["Key"]: one["Value"] for one in asked.get("Tags", ())}
        )
        return {"Version": 1}

    def _delete_parameter(self, Name: str) -> None:  # noqa: N803 - SSM's own
        self._known(Name)
        del self.values[Name]
        self.held.pop(Name, None)

    def _list_tags_for_resource(self, ResourceType: str, ResourceId: str) -> Mapping[str, Any]:  # noqa: N803 - SSM's own
        assert ResourceType == "Parameter"
        self._known(ResourceId, "InvalidResourceId")
        pairs = self.held.get(ResourceId, {}).items()
        return {"TagList": [{"Key": key, "Value": value} for key, value in pairs]}

    def _add_tags_to_resource(
        self,
        ResourceType: str,  # noqa: N803 - SSM's own
        ResourceId: str,  # noqa: N803 - SSM's own
        Tags: list[dict[str, str]],  # noqa: N803 - SSM's own
    ) -> None:
        self._known(ResourceId, "InvalidResourceId")
        self.held.setdefault(ResourceId, {}).update({one["Key"]: one["Value"] for one in Tags})

    def _known(self, name: str, code: str = "ParameterNotFound") -> None:
        if name not in self.values:
            raise Fault(code, f"{name} is not there", 400)
