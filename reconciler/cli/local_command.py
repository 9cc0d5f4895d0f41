"""local up | down | status | env | fetch-engine: the local ElastiCache of this folder."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer

from reconciler.cli.command import OneSpec, command
from reconciler.cli.screen import Screen
from reconciler.errors import SpecError, UsageError

_REGION = "eu-west-1"


def register(app: typer.Typer) -> None:
    """Add the sub-commands."""
    group = typer.Typer(
        name="local",
        help="A local ElastiCache with real engines, of this folder.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
    )
    command(group, "up", formats=("text", "json"))(up)
    command(group, "down", formats=("text",))(down)
    command(group, "status", formats=("text", "json"))(status)
    command(group, "env", formats=("text", "json"))(env)
    command(group, "fetch-engine", formats=("text", "json"))(fetch_engine)
    app.add_typer(group, name="local")


def up(
    screen: Screen,
    speed: Annotated[
        float, typer.Option(min=0.1, max=1000, help="How much faster time runs.")
    ] = 1.0,
    no_engines: Annotated[
        bool, typer.Option("--no-engines", help="The control plane alone; nothing listens.")
    ] = False,
) -> int:
    """Start it; it stops by itself after 30 idle minutes. Harmless when it runs already."""
    from reconciler.cli import local_service  # noqa: PLC0415

    running = local_service.find()
    started = running is None
    if running is None:
        running = local_service.start(speed=speed, engines=not no_engines)
    if screen.format == "json":
        screen.json(
            {
                "format_version": 1,
                "started": started,
                "endpoint_url": running.endpoint_url,
                "control_url": running.control_url,
                "ca_file": running.ca_file,
                "pid": running.pid,
                "engines": running.engines,
            }
        )
        return 0
    verb = "started" if started else "runs already"
    screen.result(f"local ElastiCache {verb}: {running.endpoint_url} (process {running.pid})")
    for engine in running.engines:
        screen.result(f"  engine {engine_text(engine)}")
    return 0


def engine_text(engine: object) -> str:
    """Say which engine, in one line."""
    if isinstance(engine, dict):
        return " ".join(f"{value}" for key, value in engine.items() if key != "tls")
    return str(engine)


def down(screen: Screen) -> int:
    """Stop it and its engines; its state stays in .reconcile/local for the next start."""
    from reconciler.cli import local_service  # noqa: PLC0415

    stopped = local_service.stop()
    screen.result("local ElastiCache stopped" if stopped else "no local ElastiCache runs here")
    return 0


def status(screen: Screen) -> int:
    """Show what runs: endpoints, and the engine asked for and used by each cache."""
    from reconciler.cli import local_service  # noqa: PLC0415

    running = local_service.find()
    if running is None:
        if screen.format == "json":
            screen.json({"format_version": 1, "running": False})
        else:
            screen.result("no local ElastiCache runs here; start one: reconcile local up")
        return 0
    told = local_service.control(running, "GET", "status")
    if screen.format == "json":
        screen.json({"format_version": 1, "running": True, **told})
        return 0
    screen.result(f"{running.endpoint_url} (process {running.pid})")
    rows = [_row(cache) for cache in told.get("caches", ())]
    widths = [max(map(len, column)) for column in zip(*(row[:3] for row in rows), strict=True)]
    for *cells, problem in rows:
        line = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        screen.result(f"  {line}".rstrip())
        if problem:
            screen.result(f"    {problem}")
    return 0


def _row(cache: Mapping[str, object]) -> tuple[str, str, str, str]:
    """Give a cache's name, its state, its engines, and what is wrong with it."""
    asked = f"{cache.get('engine', '')} {cache.get('engine_version', '')}".strip()
    used = f"{cache.get('used_engine', '')} {cache.get('used_version', '')}".strip()
    name = str(cache.get("key", "")).split("/", 2)[-1]
    engines = f"asked {asked}, uses {used or 'none'}"
    return name, str(cache.get("status", "")), engines, str(cache.get("problem") or "")


def env(screen: Screen, spec: OneSpec = None) -> int:
    """Print settings for the AWS CLI, boto3 and redis clients: eval "$(reconcile local env)".

    Keys and region are those of the spec's account; where there is none, of the example account
    and of the environment.
    """
    from reconciler.cli import local_service  # noqa: PLC0415

    running = local_service.find()
    if running is None:
        raise UsageError("no local ElastiCache runs here; start one: reconcile local up")
    place = _place(spec)
    keys = local_service.control(running, "POST", "seed", place) if place else {}
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    settings = {
        "AWS_ENDPOINT_URL": running.endpoint_url,
        "AWS_ACCESS_KEY_ID": keys.get("access_key_id", running.access_key_id),
        "AWS_SECRET_ACCESS_KEY": keys.get("secret_access_key", running.secret_access_key),
        "AWS_DEFAULT_REGION": place.get("region") or region or _REGION,
        "RECONCILE_CA_FILE": running.ca_file,
    }
    if screen.format == "json":
        screen.json(settings)
        return 0
    for name, value in settings.items():
        screen.result(f"export {name}={shlex.quote(value)}")
    return 0


class Engine(StrEnum):
    """Packages that hold an engine."""

    VALKEY = "valkey-server"
    REDIS = "redis-server"


def fetch_engine(
    screen: Screen,
    package: Annotated[
        Engine, typer.Argument(help="The package, as Debian and Ubuntu call it.")
    ] = Engine.VALKEY,
) -> int:
    """Fetch an engine from Debian's or Ubuntu's packages, without root, for the next start.

    Nothing is installed: it is unpacked into a cache folder of yours, and found there after those
    on PATH.
    """
    from reconciler.cli import local_service  # noqa: PLC0415

    screen.say(f"fetching {package.value} and what it needs")
    family, version, path = local_service.fetch_engine(package.value)
    if screen.format == "json":
        engine = {"engine": family, "version": version, "path": path}
        screen.json({"format_version": 1, **engine})
        return 0
    screen.result(f"{family} {version} is there from the next start on: {path}")
    return 0


def _place(spec: str | None) -> dict[str, str]:
    """Give account and region of the spec that is meant; nothing where there is none."""
    from reconciler.cli import specs  # noqa: PLC0415

    try:
        path = specs.one_path(spec, None)
    except (SpecError, UsageError):
        if spec:
            raise
        return {}
    aws = specs.load_all([path])[0].estate.aws
    return {"account_id": aws.account_id, "region": aws.region}
