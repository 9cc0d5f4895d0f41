"""The Resource Groups Tagging API over everything: our resources by their ARN kinds, and moto's."""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.core.resource_tagging import iter_taggable_backends, make_tag_matcher, match_resource_type
from moto.core.responses import ActionResult
from moto.resourcegroupstaggingapi.exceptions import ResourceGroupsTaggingAPIError
from moto.resourcegroupstaggingapi.responses import ResourceGroupsTaggingAPIResponse

from elasticache_local.fault import Fault
from elasticache_local.service.principal import Principal
from elasticache_local.shell.wire import Service

KINDS = frozenset(
    {
        "cluster",
        "parametergroup",
        "replicationgroup",
        "reserved-instance",
        "serverlesscache",
        "serverlesscachesnapshot",
        "snapshot",
        "subnetgroup",
        "user",
        "usergroup",
    }
)
"""What may stand behind ``elasticache:`` in ResourceTypeFilters: the kinds of its ARNs."""
TOKEN_LIFE_S = 15 * 60


@dataclass(frozen=True)
class Tagged:
    """A resource as GetResources shows it."""

    arn: str
    resource_type: str
    tags: Mapping[str, str]


def install(service: Service) -> None:
    """Make moto's tagging API answer from here: its own knows five of our kinds, by other names."""
    _install_reads(service)
    _install_writes(service)


def _install_reads(service: Service) -> None:
    def everything(response: ResourceGroupsTaggingAPIResponse) -> list[Tagged]:
        account_id, region = response.current_account, response.region
        ours = service.tagged_resources(Principal(account_id, region))
        found = [Tagged(arn, _our_type(arn), tags) for arn, tags in ours.items()]
        return sorted([*found, *_others(account_id, region)], key=lambda each: each.arn)

    def get_resources(self: ResourceGroupsTaggingAPIResponse) -> ActionResult:
        asked = dict(self.params)
        check(asked)
        chosen = select(everything(self), asked)
        page, token = cut(chosen, asked, now=time.time())
        rows = [
            {
                "ResourceARN": each.arn,
                "Tags": [{"Key": key, "Value": value} for key, value in each.tags.items()],
            }
            for each in page
        ]
        return ActionResult({"PaginationToken": token, "ResourceTagMappingList": rows})

    def get_tag_keys(self: ResourceGroupsTaggingAPIResponse) -> ActionResult:
        keys = sorted({key for each in everything(self) for key in each.tags})
        return ActionResult({"PaginationToken": "", "TagKeys": keys})

    def get_tag_values(self: ResourceGroupsTaggingAPIResponse) -> ActionResult:
        key = self.params["Key"]
        values = sorted({each.tags[key] for each in everything(self) if key in each.tags})
        return ActionResult({"PaginationToken": "", "TagValues": values})

    ResourceGroupsTaggingAPIResponse.get_resources = get_resources
    ResourceGroupsTaggingAPIResponse.get_tag_keys = get_tag_keys
    ResourceGroupsTaggingAPIResponse.get_tag_values = get_tag_values


def _install_writes(service: Service) -> None:
    def tag_resources(self: ResourceGroupsTaggingAPIResponse) -> ActionResult:
        tags = [{"Key": key, "Value": value} for key, value in self.params["Tags"].items()]
        ours, others = _apart(self.params["ResourceARNList"])
        failed = self.backend.tag_resources(others, self.params["Tags"]) if others else {}
        change = _Change(service, Principal(self.current_account, self.region), "AddTagsToResource")
        return ActionResult({"FailedResourcesMap": failed | change.failures(ours, Tags=tags)})

    def untag_resources(self: ResourceGroupsTaggingAPIResponse) -> ActionResult:
        keys = self.params["TagKeys"]
        ours, others = _apart(self.params["ResourceARNList"])
        failed = self.backend.untag_resources(others, keys) if others else {}
        change = _Change(
            service, Principal(self.current_account, self.region), "RemoveTagsFromResource"
        )
        return ActionResult({"FailedResourcesMap": failed | change.failures(ours, TagKeys=keys)})

    ResourceGroupsTaggingAPIResponse.tag_resources = tag_resources
    ResourceGroupsTaggingAPIResponse.untag_resources = untag_resources


def select(found: Sequence[Tagged], asked: Mapping[str, Any]) -> list[Tagged]:
    """Give what the filters of a GetResources request leave, in the order found."""
    if arns := asked.get("ResourceARNList"):
        return [each for each in found if each.arn in arns]
    matches = make_tag_matcher(asked.get("TagFilters"))
    types = asked.get("ResourceTypeFilters")
    return [
        each
        for each in found
        if match_resource_type(each.resource_type, types) and matches(dict(each.tags))
    ]


def cut(chosen: Sequence[Tagged], asked: Mapping[str, Any], now: float) -> tuple[list[Tagged], str]:
    """Give one page and the token of the next, empty at the end.

    The token remembers the last ARN, not a position: what comes or goes between two pages makes
    no other resource appear twice or not at all.
    """
    after = _after(asked, now)
    left = [each for each in chosen if each.arn > after]
    page: list[Tagged] = []
    tags = 0
    for each in left[: asked.get("ResourcesPerPage") or 100]:
        tags += len(each.tags)
        if page and tags > (asked.get("TagsPerPage") or tags):
            break
        page.append(each)
    if len(page) == len(left):
        return page, ""
    token = json.dumps([page[-1].arn, now, _filters(asked)]).encode()
    return page, base64.urlsafe_b64encode(token).decode()


def _after(asked: Mapping[str, Any], now: float) -> str:
    token = asked.get("PaginationToken")
    if not token:
        return ""
    try:
        after, made, filters = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError) as err:
        raise _bad("The pagination token is invalid") from err
    if filters != _filters(asked):
        raise _bad("The pagination token belongs to a request with other filters")
    if now > made + TOKEN_LIFE_S:
        raise ResourceGroupsTaggingAPIError(
            "PaginationTokenExpiredException", "A pagination token is valid for 15 minutes"
        )
    return str(after)


def _filters(asked: Mapping[str, Any]) -> str:
    names = ("TagFilters", "ResourceTypeFilters")
    return json.dumps([asked.get(name) or [] for name in names], sort_keys=True)


def check(asked: Mapping[str, Any]) -> None:
    """Raise for a GetResources request that the API reference rules out."""
    arns = asked.get("ResourceARNList") or []
    if len(arns) > 100:
        raise _bad("ResourceARNList takes 100 at most")
    others = ("TagFilters", "ResourceTypeFilters", "ResourcesPerPage", "TagsPerPage")
    if arns and any(asked.get(name) for name in (*others, "PaginationToken")):
        raise _bad("ResourceARNList can't be combined with filters or paging")
    if len(asked.get("TagFilters") or []) > 50:
        raise _bad("TagFilters takes 50 at most")
    _check_range(asked, "ResourcesPerPage", 1, 100)
    _check_range(asked, "TagsPerPage", 100, 500)
    for each in asked.get("ResourceTypeFilters") or []:
        service, colon, kind = each.partition(":")
        if service == "elasticache" and colon and kind not in KINDS:
            raise _bad(f"{each} is not a resource type; elasticache has {', '.join(sorted(KINDS))}")


def _check_range(asked: Mapping[str, Any], name: str, least: int, most: int) -> None:
    value = asked.get(name)
    if value is not None and not least <= value <= most:
        raise _bad(f"{name} must be between {least} and {most}")


@dataclass(frozen=True)
class _Change:
    """A tag call of the service's own, done for many resources, each for itself."""

    service: Service
    principal: Principal
    action: str

    def failures(self, arns: Sequence[str], **params: Any) -> dict[str, dict[str, Any]]:
        failed = {}
        for arn in arns:
            try:
                self.service.call(self.action, {"ResourceName": arn} | params, self.principal)
            except Fault as fault:
                failed[arn] = {
                    "StatusCode": fault.status,
                    "ErrorCode": fault.code,
                    "ErrorMessage": fault.message,
                }
        return failed


def _apart(arns: Sequence[str]) -> tuple[list[str], list[str]]:
    ours = [arn for arn in arns if ":elasticache:" in arn]
    return ours, [arn for arn in arns if arn not in ours]


def _others(account_id: str, region: str) -> Iterator[Tagged]:
    for backend in iter_taggable_backends(account_id, region):
        if backend.SERVICE_NAMESPACE == "elasticache":
            continue
        for each in backend.iter_tagged_resources():
            if each.tags:
                yield Tagged(each.arn, each.resource_type, each.tags)


def _our_type(arn: str) -> str:
    return f"elasticache:{arn.split(':')[5]}"


def _bad(message: str) -> ResourceGroupsTaggingAPIError:
    return ResourceGroupsTaggingAPIError("InvalidParameterException", message)
