"""What holds for whatever is made of nodes: machines, windows, topics, redis's versions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.kind.window import daily, overlap, weekly
from reconciler.model import CacheCluster, ReplicationGroup
from reconciler.spec.draft import Wish

_AN_HOUR = 60


def node_type(wish: Wish, name: str | None) -> Iterator[Problem]:
    """Judge the form of ``cache_node_type``."""
    if name is not None and not re.fullmatch(r"cache\.[a-z][a-z0-9-]*\.[a-z0-9]+", name):
        message = f'"{name}" is no node type; one looks like cache.r7g.large'
        yield wish.problem(message, "cache_node_type")


def redis_version(wish: Wish, version: str | None) -> Iterator[Problem]:
    """Judge the form of ``engine_version`` of redis."""
    form = r"[67]\.[0-9]|6\.x|[2-5]\.[0-9]+\.[0-9]+"
    if version is not None and not re.fullmatch(form, version):
        message = f'"{version}" is no version of redis; it is written "6.2", "7.1", "5.0.6"'
        yield wish.problem(message, "engine_version")


def windows(wish: Wish, cache: ReplicationGroup | CacheCluster) -> Iterator[Problem]:
    """Judge both windows, and that they lie apart."""
    read = {}
    for name, reader, form in (
        ("snapshot_window", daily, "03:00-04:00"),
        ("preferred_maintenance_window", weekly, "sun:03:00-sun:04:00"),
    ):
        if (text := getattr(cache, name)) is None:
            continue
        read[name] = window = reader(text)
        if window is None:
            yield wish.problem(f'"{text}" is no window (UTC); write it like "{form}"', name)
        elif window[1] < _AN_HOUR:
            yield wish.problem(f'"{text}" is shorter than the hour that is asked for', name)
    every_day, in_week = read.get("snapshot_window"), read.get("preferred_maintenance_window")
    if every_day and in_week and overlap(every_day, in_week):
        message = "this meets preferred_maintenance_window; the two must lie apart"
        yield wish.problem(message, "snapshot_window")


def one_source(wish: Wish, cache: ReplicationGroup | CacheCluster) -> Iterator[Problem]:
    """Judge where data come from when it is made: one place at most."""
    sources = ("snapshot_name", "snapshot_arns", "serverless_cache_snapshot_name")
    given = [name for name in sources if getattr(cache, name, None)]
    for name in given[1:]:
        yield wish.problem(f"data come from one place; {given[0]} names one already", name)


def topic(wish: Wish, arn: str | None) -> Iterator[Problem]:
    """Judge the form of ``notification_topic_arn``."""
    if arn is not None and not re.fullmatch(r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:.+", arn):
        message = "this is no ARN of an SNS topic; write it like arn:aws:sns:REGION:ACCOUNT:NAME"
        yield wish.problem(message, "notification_topic_arn")
