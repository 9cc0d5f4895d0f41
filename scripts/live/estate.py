"""The demo's scenario with the smallest nodes: the real commands, on an estate of this run."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

import botocore

from live.world import TAG, LiveFailed, World
from reconciler.cli import run

PASSWORD = "RECONCILE_LIVE_PASSWORD"  # noqa: S105 - a variable's name

_SPEC = """\
version: 1
estate: "{run}"
aws: {{account_id: "{account}", region: {region}}}
safety: {{lease: none}}
users:
  {app}:
    engine: valkey
    access_string: "on ~app:* resetchannels &app:* -@all +@read +@write +@connection -@dangerous"
    authentication_mode: {{type: password, passwords: [{{env: {password}}}]}}
    tags: {{{tag}: "{run}"}}
  {report}:
    engine: valkey
    access_string: "on ~app:* -@all +@read +@connection -@dangerous"
    authentication_mode: {{type: iam}}
    tags: {{{tag}: "{run}"}}
user_groups:
  {people}: {{engine: valkey, user_ids: [{app}, {report}], tags: {{{tag}: "{run}"}}}}
replication_groups:
  {orders}:
    replication_group_description: a run of make live
    engine: valkey
    engine_version: "8.0"
    cache_node_type: cache.t4g.micro
    num_cache_clusters: 2
    automatic_failover_enabled: true
    cache_subnet_group_name: {subnet_group}
    security_group_ids: [{security_group}]
    transit_encryption_enabled: true
    transit_encryption_mode: required
    user_group_ids: [{people}]
    apply_immediately: true
    tags: {{{tag}: "{run}"}}
serverless_caches:
  {sessions}:
    engine: valkey
    major_engine_version: "8"
    user_group_id: {people}
    security_group_ids: [{security_group}]
    cache_usage_limits:
      data_storage: {{maximum: 1, unit: GB}}
      ecpu_per_second: {{maximum: 1000}}
    tags: {{{tag}: "{run}"}}
"""
NAMES = {
    "app": "user",
    "report": "user",
    "people": "user_group",
    "orders": "replication_group",
    "sessions": "serverless_cache",
}
WIDENED = "on ~* -@all +@all"


def spec_text(world: World) -> str:
    """Give the spec of this run's estate; everything in it carries the run's tag."""
    place = world.place
    return _SPEC.format(
        run=world.run,
        account=place.account_id,
        region=place.region,
        subnet_group=place.subnet_group,
        security_group=place.security_group,
        password=PASSWORD,
        tag=TAG,
        **{name: world.id(name) for name in NAMES},
    )


def demo(world: World, folder: Path, say: Callable[[str], None]) -> None:
    """Plan, apply, break, notice, mend: each command as a person types it; LiveFailed otherwise."""
    spec = folder / "spec.yaml"
    spec.write_text(spec_text(world), encoding="utf-8")
    for name, kind in NAMES.items():
        world.made.note(kind, world.id(name))
    with _recorded(world), _environment(world):
        told = folder / f"{world.recorder.name}.txt"
        with told.open("a", encoding="utf-8") as output:
            _command(output, say, "plan", str(spec), expect=3)
            _command(output, say, "apply", "--yes", str(spec), expect=0)
            _command(output, say, "plan", str(spec), expect=0)
            user = world.id("report")
            say(f"behind its back: ModifyUser {user} AccessString={WIDENED!r}")
            _break(world, user)
            _command(output, say, "drift", str(spec), expect=3)
            _command(output, say, "apply", "--yes", str(spec), expect=0)
            _command(output, say, "plan", str(spec), expect=0)
    world.recorder.step = "look"
    for name, kind in NAMES.items():
        world.find(kind, world.id(name))
        world.tags(kind, world.id(name))
    world.recorder.step = ""


def _break(world: World, user: str) -> None:
    world.recorder.step = "behind the back"
    told = world.call("modify_user", UserId=user, AccessString=WIDENED)
    if told.code:
        raise LiveFailed(f"the change behind the tool's back was refused: {told.brief}")
    for kind, name in (("user", "report"), ("user_group", "people")):
        world.settle(kind, world.id(name), "modify_user" if kind == "user" else "")
    for name in ("orders", "sessions"):
        world.settle(NAMES[name], world.id(name))
    world.recorder.step = ""


def _command(output: object, say: Callable[[str], None], *words: str, expect: int) -> None:
    say(f"$ {shlex.join(('reconcile', *words))}")
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):  # type: ignore[type-var]
        code = run([words[0], "--quiet", *words[1:]])
    if code in (130, 143):
        raise KeyboardInterrupt
    if code != expect:
        raise LiveFailed(
            f"reconcile {words[0]} ended with {code}, expected {expect}; "
            f"{getattr(output, 'name', 'its output')} has its words"
        )


@contextlib.contextmanager
def _recorded(world: World):  # noqa: ANN202 - a context manager
    """Record the commands' own sessions too."""
    botocore.register_initializer(world.recorder.attach)
    try:
        yield
    finally:
        botocore.unregister_initializer(world.recorder.attach)


@contextlib.contextmanager
def _environment(world: World):  # noqa: ANN202 - as above
    """Give the commands the password, and the endpoint of this side."""
    added: Mapping[str, str] = {PASSWORD: world.secret()}
    if world.place.endpoint:
        added = {**added, "AWS_ENDPOINT_URL": world.place.endpoint, **world.place.keys}
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
