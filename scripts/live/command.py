"""Parse, ask first, run both sides, tear down whatever happens, tell."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import secrets
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from elasticache_local import ElastiCacheLocal
from live.cache_facts import CACHE_FACTS, NOT_ASKED
from live.comparing import differences, refusals
from live.estate import demo
from live.fact import Asked, Fact, ask, learned
from live.recorder import Recorder
from live.report import Report, report_json, report_text
from live.teardown import tear_down
from live.user_facts import USER_FACTS
from live.world import LiveFailed, Made, Place, Run, World
from reconciler.aws.endpoint import is_loopback

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FOLDER = Path(".reconcile/live")
COSTS = """\
This makes, in account {account} in {region}, and deletes again:
  1 replication group of 2 to 3 nodes and 1 of 1 node, cache.t4g.micro, about two hours
  1 serverless cache with at most 1 GB and 1000 ECPU/s
  about 60 users, 10 user groups, 1 parameter group, which cost nothing
Less than 1 USD at list prices. Everything carries the tag {tag} and its names begin with {prefix}.
Use an account where nothing else runs."""
FREE = """\
This makes, in account {account} in {region}, and deletes again: about 60 users and 10 user groups,
which cost nothing. Everything carries the tag {tag} and its names begin with {prefix}."""


@dataclass
class Side:
    """What one side of a run told."""

    world: World
    asked: dict[str, Asked] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    """Run: 0 all as assumed, 3 something learned, 1 failed, 2 not confirmed, 4 wrong account."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if not (asked.security_group or asked.users_only or asked.tear_down):
        parser.error("caches need --security-group; --users-only makes none")
    if asked.endpoint and not is_loopback(asked.endpoint):
        return _tell("--endpoint is for a service on this machine; without it AWS is asked", 2)
    for number in _ENDS:
        signal.signal(number, _interrupted)
    run = Run(asked.tear_down or secrets.token_hex(3), secrets.token_hex(32))
    folder = _folder(asked.tear_down, run.id)
    world = _world(asked, run, folder)
    if is_loopback(world.endpoint) and not asked.endpoint:
        return _tell(f"the environment points AWS at {world.endpoint}: unset AWS_ENDPOINT_URL", 2)
    try:
        if (owner := world.account()) != asked.account:
            return _tell(f"these credentials belong to account {owner}, not {asked.account}", 4)
        if not _confirmed(asked, world):
            return _tell("not confirmed; nothing was sent", 2)
        if asked.tear_down:
            return 1 if _torn_down(world) else 0
        return _both(asked, run, world, folder)
    except (LiveFailed, BotoCoreError, ClientError) as failed:
        return _tell(f"{failed}", 1)
    except KeyboardInterrupt:
        return _tell("interrupted", 130)
    finally:
        world.recorder.close()


def _folder(earlier: str | None, run: str) -> Path:
    """Give the run's folder: a new one, or the one of the run that is to be torn down."""
    found = sorted(FOLDER.glob(f"*-{run}")) if earlier else []
    folder = found[0] if found else FOLDER / f"{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}-{run}"
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    return folder


def _both(asked: argparse.Namespace, run: Run, world: World, folder: Path) -> int:
    aws = Side(world)
    _run(aws, folder, users_only=asked.users_only)
    print("\nthe same on the local service", flush=True)
    with _local(asked, run, folder) as other:
        local = Side(other)
        _run(local, folder, users_only=asked.users_only)
    report = _report(aws, local, users_only=asked.users_only)
    text = report_text(report)
    (folder / "report.txt").write_text(text, encoding="utf-8")
    told = json.dumps(report_json(report), indent=2, default=str)
    (folder / "report.json").write_text(told + "\n", encoding="utf-8")
    print(f"\n{text}\nrecords and report: {folder}", flush=True)
    if aws.left:
        return 1
    return 0 if report.agrees else 3


def _run(side: Side, folder: Path, *, users_only: bool) -> None:
    """Run the scenario on one side; what it made is taken down whatever happens."""
    try:
        if users_only:
            side.asked = ask(side.world, USER_FACTS, _say)
            return
        demo(side.world, folder, _say)
        side.asked = ask(side.world, _facts(users_only=False), _say)
    finally:
        side.left = _torn_down(side.world)


def _torn_down(world: World) -> list[str]:
    """Tear down; who asks for the end once more is told why it goes on."""
    before = {one: signal.signal(one, _not_now) for one in _ENDS}
    world.recorder.step = "teardown"
    try:
        left = tear_down(world, _say)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
        world.recorder.step = ""
    for one in left:
        _say(f"LEFT  {one}")
    if left:
        place = world.place
        _say(
            f"try again: make live ARGS='--tear-down {world.run} --account {place.account_id} "
            f"--region {place.region}'"
        )
    return left


def _report(aws: Side, local: Side, *, users_only: bool) -> Report:
    facts = _facts(users_only=users_only)
    theirs, ours = aws.world.recorder.records, local.world.recorder.records
    counts = refusals(theirs), refusals(ours)
    return Report(
        aws.world.run,
        tuple(learned(facts, aws.asked, local.asked)),
        tuple(differences(theirs, ours)),
        {name: (counts[0][name], counts[1][name]) for name in counts[0] | counts[1]},
        (tuple(aws.world.waits), tuple(local.world.waits)),
        NOT_ASKED,
    )


def _facts(*, users_only: bool) -> tuple[Fact, ...]:
    return USER_FACTS if users_only else (*USER_FACTS, *CACHE_FACTS)


def _world(asked: argparse.Namespace, run: Run, folder: Path) -> World:
    place = Place(
        asked.account, asked.region, asked.subnet_group, asked.security_group, asked.endpoint
    )
    return World(place, run, Recorder(folder / "aws.jsonl"), Made(folder / "aws.made"), asked.pace)


@contextlib.contextmanager
def _local(asked: argparse.Namespace, run: Run, folder: Path) -> Iterator[World]:
    """Give the other side: a local service of its own, with the same account and names."""
    switches = dict(one.split("=", 1) for one in asked.switch)
    with ElastiCacheLocal(engines=False, region=asked.region, switches=switches) as service:
        account = service.account(
            asked.account,
            cache_subnet_groups=[asked.subnet_group],
            security_group_ids=[asked.security_group],
        )
        keys = {
            "AWS_ACCESS_KEY_ID": account.access_key_id,
            "AWS_SECRET_ACCESS_KEY": account.secret_access_key,
        }
        place = Place(
            asked.account,
            asked.region,
            asked.subnet_group,
            asked.security_group,
            service.endpoint_url,
            keys,
        )
        recorder = Recorder(folder / "local.jsonl")
        try:
            yield World(place, run, recorder, Made(folder / "local.made"), 0.05)
        finally:
            recorder.close()


def _confirmed(asked: argparse.Namespace, world: World) -> bool:
    """Say what will be made, and go on only when the account's id is typed."""
    words = FREE if asked.users_only else COSTS
    if asked.tear_down:
        words = "This deletes, in account {account} in {region}, all that carries the tag {tag}."
    tag = f"reconcile-live-run={world.run}"
    prefix = world.id("")
    print(words.format(account=asked.account, region=asked.region, tag=tag, prefix=prefix))
    print(f"Type the account's id to go on ({asked.account}): ", end="", flush=True)
    return sys.stdin.readline().strip() == asked.account


def _say(text: str) -> None:
    print(f"{dt.datetime.now(dt.UTC):%H:%M:%S}  {text}", flush=True)


def _tell(text: str, code: int) -> int:
    print(text, file=sys.stderr, flush=True)
    return code


def _not_now(*_: object) -> None:
    _say("still deleting what this run made; it would go on costing")


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make live ARGS=...",
        description="The demo's scenario against a sandbox account, beside the same on the local "
        "service. Asks first; tears down always.",
    )
    option = parser.add_argument
    option("--account", required=True, metavar="ID", help="the sandbox; other credentials: refused")
    option("--region", required=True)
    option("--subnet-group", default="default", metavar="NAME", help="of the sandbox's VPC")
    option("--security-group", default="", metavar="SG", help="that the caches are given")
    option("--users-only", action="store_true", help="ask only what costs nothing")
    option("--tear-down", metavar="RUN", help="only delete what an earlier run left")
    option("--pace", type=float, default=10, metavar="S", help="seconds between looks")
    option("--endpoint", metavar="URL", help="a service on this machine in AWS's place (tests)")
    option(
        "--switch",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="turn a switch of the local service that is compared with",
    )
    return parser
