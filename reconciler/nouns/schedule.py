"""Schedules of EventBridge Scheduler: what runs a round of drift again and again.

Specs can't write it. Only groups of schedules bear tags (Scheduler API reference, TagResource), so
each schedule stands in a group of its own and of its name.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from reconciler.nouns.field import LowerId, RefersTo, Required, ServiceDefault
from reconciler.nouns.resource import Resource


class Schedule(Resource):
    """A schedule: which function it calls, how often, with what, as whom."""

    kind: ClassVar[str] = "schedule"

    function: Annotated[LowerId | None, Required(), RefersTo("lambda_function", loose=True)] = None
    """The function that it calls."""
    role: Annotated[LowerId | None, Required(), RefersTo("iam_role", loose=True)] = None
    """The role that it calls as."""
    expression: Annotated[str | None, Required()] = None
    """How often: rate(15 minutes)."""
    input_sha256: Annotated[str | None, Required()] = None
    """The digest of what the function is handed; the text itself is handed to the Writer."""
    flexible_minutes: Annotated[
        Annotated[int, Field(ge=0, le=1440)] | None, ServiceDefault("0: on time")
    ] = None
    """Within so many minutes it begins, so that many do not begin at once."""
    retries: Annotated[Annotated[int, Field(ge=0, le=185)] | None, ServiceDefault("185")] = None
    """How often it tries again to reach the function."""
    enabled: Annotated[bool | None, ServiceDefault("true")] = None
    """Whether it runs at all."""
    description: Annotated[str | None, ServiceDefault("none")] = None
    """What it is for."""
