"""What replication groups and clusters of nodes have in common on the wire: settings and logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.kind.engine_version import is_lower
from reconciler.kind.kept import Kept
from reconciler.model import LogDelivery, Resource
from reconciler.ports import Reader

Answer = Mapping[str, Any]

_MINORS_FROM = 6
"""The first major version that is asked for by major and minor alone."""
LOOPBACK = ("127.", "localhost", "::1")
"""Where a tunnel or a local service stands: its ports are not the cache's own."""


def settings_of(cluster: Answer) -> dict[str, Any]:
    """Give what stands on a cache cluster, a member or one by itself, under the nouns' names."""
    topic = cluster.get("NotificationConfiguration") or {}
    parameters = cluster.get("CacheParameterGroup") or {}
    return {
        "cache_parameter_group_name": parameters.get("CacheParameterGroupName"),
        "cache_subnet_group_name": cluster.get("CacheSubnetGroupName"),
        "security_group_ids": tuple(
            one["SecurityGroupId"]
            for one in cluster.get("SecurityGroups", ())
            if one.get("Status") != "removing"
        ),
        "preferred_maintenance_window": cluster.get("PreferredMaintenanceWindow"),
        "notification_topic_arn": topic.get("TopicArn")
        if topic.get("TopicStatus") == "active"
        else None,
    }


def asks_for_default_group(wish: Resource | None, given: frozenset[str]) -> bool:
    """Say whether a spec writes null: the service's own group of whatever version comes to run."""
    name = "cache_parameter_group_name"
    return wish is not None and name in given and getattr(wish, name) is None


def snapshots_of(reader: Reader, kind: str) -> Iterator[Kept]:
    """Read the snapshots that people asked for, as those of this kind; replicas name no group."""
    asked = {"SnapshotSource": "user"}
    for found in reader.pages("elasticache", "describe_snapshots", "Snapshots", asked):
        times = [one.get("SnapshotCreateTime") for one in found.get("NodeSnapshots", ())]
        sources = (found.get("ReplicationGroupId"), found.get("CacheClusterId"))
        yield Kept(
            found["SnapshotName"],
            found["ARN"],
            kind,
            tuple(one for one in sources if one),
            found.get("SnapshotStatus", "").lower(),
            max((one for one in times if one is not None), default=None),
            engine_version=found.get("EngineVersion") or "",
        )


def restorable(wished: str | None, name: str, snapshots: Iterable[Kept]) -> str | None:
    """Give the version to make it in: the one written, or a newer minor that the snapshot is of.

    The service restores into no older one, and minor versions may have come by themselves.
    """
    held = next((one.engine_version for one in snapshots if one.name == name), "")
    if not wished or not held or not is_lower(wished, held):
        return wished
    major, minor, *_ = held.split(".")
    return f"{major}.{minor}" if int(major) >= _MINORS_FROM else held


def logs_of(found: Iterable[Answer]) -> Iterator[LogDelivery]:
    """Give the log deliveries that an answer shows, without those that go."""
    for one in found:
        if one.get("Status") in {"disabling", "disabled"}:
            continue
        details = one.get("DestinationDetails", {})
        cloudwatch = details.get("CloudWatchLogsDetails", {}).get("LogGroup")
        yield LogDelivery(
            log_type=one["LogType"],
            destination_type=one["DestinationType"],
            destination=cloudwatch
            or details.get("KinesisFirehoseDetails", {}).get("DeliveryStream", ""),
            log_format=one.get("LogFormat", "json"),
        )


def topic_request(before: str | None, after: str | None) -> dict[str, Any]:
    """Give the parameters that set a topic, or switch it off: there is no way to send none."""
    if after:
        return {"NotificationTopicArn": after, "NotificationTopicStatus": "active"}
    return {"NotificationTopicArn": before, "NotificationTopicStatus": "inactive"}


def log_requests(
    before: Iterable[LogDelivery], after: Iterable[LogDelivery]
) -> list[dict[str, Any]]:
    """Give log deliveries as the API takes them; one that goes is sent as disabled."""
    wished, held = list(after), {log.log_type: log for log in before}
    asked = [_log(log) for log in wished if held.get(log.log_type) != log]
    gone = sorted(held.keys() - {log.log_type for log in wished})
    return asked + [{"LogType": log_type, "Enabled": False} for log_type in gone]


def _log(log: LogDelivery) -> dict[str, Any]:
    details = (
        {"CloudWatchLogsDetails": {"LogGroup": log.destination}}
        if log.destination_type == "cloudwatch-logs"
        else {"KinesisFirehoseDetails": {"DeliveryStream": log.destination}}
    )
    return {
        "LogType": log.log_type,
        "DestinationType": log.destination_type,
        "DestinationDetails": details,
        "LogFormat": log.log_format,
        "Enabled": True,
    }
