"""runner schedule | unschedule: rounds of drift that AWS's own scheduler starts, per estate."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.command import Allowed, Local, Specs
from reconciler.cli.runner_estate import brought_about, package_of, refuse_arch
from reconciler.cli.screen import Screen, worst
from reconciler.cli.whose import Yes
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.cli.wiring import Wired
    from reconciler.model import Address, Resource, SecretRef
    from reconciler.runner.package import Package
    from reconciler.runner.round import Order
    from reconciler.spec.loaded import Spec

_LONGEST_MINUTES = 24 * 60


def schedule(
    screen: Screen,
    spec: Specs = None,
    local: Local = False,
    memory: Annotated[
        str,
        typer.Option("--memory", metavar="s3://BUCKET/KEY", help="Where findings are remembered."),
    ] = "",
    every: Annotated[
        str, typer.Option("--every", metavar="15m", help="How often each estate is looked at.")
    ] = "15m",
    notify: Annotated[
        str | None,
        typer.Option(
            "--notify",
            metavar="secretsmanager:NAME|ssm:NAME",
            help="Where the URL stands that people are told at.",
            show_default=False,
        ),
    ] = None,
    arch: Annotated[str, typer.Option(metavar="x86_64|arm64", help="Its processor.")] = "x86_64",
    timeout: Annotated[int, typer.Option(min=10, max=900, help="Seconds a round may take.")] = 120,
    megabytes: Annotated[int, typer.Option(min=256, max=10240, help="Of the function.")] = 512,
    allow: Allowed = None,
    yes: Yes = False,
) -> int:
    """Let EventBridge Scheduler look for drift, with a read-only role; a plan first."""
    from reconciler.runner.estate import Rounds, rounds_name  # noqa: PLC0415

    refuse_arch(arch)
    minutes, told_at = minutes_of(every), _secret(notify)
    _refuse_no_bucket(memory)
    made = package_of(screen, arch, local=local, drift=True, tells=told_at is not None)
    codes = []
    for wired in _each(screen, spec, local=local, yes=yes):
        estate = wired.spec.estate
        rounds = Rounds(
            rounds_name(estate.estate, estate.aws.region),
            minutes,
            memory,
            told_at,
            timeout,
            megabytes,
        )
        _refuse_a_missing_bucket(wired, memory)
        codes.append(_scheduled(wired, rounds, made, frozenset(allow or ()), yes=yes))
    return worst(codes)


def unschedule(screen: Screen, spec: Specs = None, local: Local = False, yes: Yes = False) -> int:
    """End the rounds: schedule, function and roles, if they are ours; the memory stays."""
    from reconciler.model import IamRole, LambdaFunction, Schedule  # noqa: PLC0415
    from reconciler.runner.estate import rounds_name  # noqa: PLC0415

    codes = []
    for wired in _each(screen, spec, local=local, yes=yes):
        name = rounds_name(wired.spec.estate.estate, wired.spec.estate.aws.region)
        # They name each other, so that each goes before what it stands on.
        wishes: tuple[Resource, ...] = (
            IamRole(id=name),
            LambdaFunction(id=name, role=name),
            IamRole(id=f"{name}-start"),
            Schedule(id=name, function=name, role=f"{name}-start"),
        )
        with wired.clock.listening():
            codes.append(brought_about(wired, wishes, frozenset(), None, yes=yes))
    return worst(codes)


def _each(screen: Screen, given: list[str] | None, *, local: bool, yes: bool) -> Iterator[Wired]:
    """Give the doors of each estate that is meant: files, folders and patterns, as drift."""
    import sys  # noqa: PLC0415

    from reconciler.cli.specs import paths_of  # noqa: PLC0415
    from reconciler.cli.wiring import Wired  # noqa: PLC0415
    from reconciler.spec import load  # noqa: PLC0415

    if not yes and not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on: give --yes")
    paths = paths_of(given, None)
    if screen.format == "json" and len(paths) > 1:
        raise UsageError(f"--format json takes one spec at a time, and {len(paths)} are meant")
    # All are read before anything is sent anywhere.
    for one in [load(path) for path in paths]:
        yield Wired(one, screen, local)


def _scheduled(
    wired: Wired, rounds: object, made: Package, allow: frozenset[str], *, yes: bool
) -> int:
    from reconciler.kind import Facts  # noqa: PLC0415
    from reconciler.kinds import EVERY_KIND  # noqa: PLC0415
    from reconciler.kinds.schedule import digest  # noqa: PLC0415
    from reconciler.policy import policy  # noqa: PLC0415
    from reconciler.runner.estate import Rounds, rounds_estate  # noqa: PLC0415
    from reconciler.runner.round import ordered  # noqa: PLC0415

    assert isinstance(rounds, Rounds)
    spec, estate = wired.spec, wired.spec.estate
    facts = Facts(
        estate.aws.account_id,
        estate.aws.region,
        estate.estate,
        spec.resources,
        {},
        tag_prefix=estate.safety.tag_prefix,
    )
    carried = ordered(order_of(spec, rounds.memory, rounds.notify))
    looks = policy("drift", EVERY_KIND, facts, spec.secret_refs())
    wishes = rounds_estate(rounds, made, facts, looks, digest(carried))
    wired.notes.append(
        "rounds go by the spec and the acknowledgements as they are now: call this again after "
        "each merge (a step of the job that applies)"
    )
    kept = [str(one) for one in spec.secret_refs() if one.store in ("env", "file")]
    if kept:
        words = "whether it changed can't be told from there"
        wired.notes.append(f"{', '.join(kept)}: {words}; keep it in secretsmanager or ssm")
    if rounds.notify is None:
        wired.notes.append(
            "nobody is told: give --notify, or tell what the memory holds from where you are "
            f"(reconcile drift --memory {rounds.memory} --notify URL)"
        )
    with wired.clock.listening():
        return brought_about(wired, wishes, allow, made, yes=yes, carried=carried)


def order_of(spec: Spec, memory: str, notify: SecretRef | None) -> Order:
    """Give what the schedule of a spec carries."""
    from reconciler.runner.round import Order  # noqa: PLC0415
    from reconciler.spec.acks import read_acks  # noqa: PLC0415

    return Order(
        spec=spec.path,
        estate=spec.estate,
        resources=spec.resources,
        memory=memory,
        places=dict(_places(spec)),
        acknowledged=read_acks(spec.path).days,
        refs=spec.secret_refs(),
        notify=notify,
    )


def _places(spec: Spec) -> Iterator[tuple[tuple[Address, str], str]]:
    from reconciler.cli.looking import where  # noqa: PLC0415

    place = partial(where, spec=spec)
    for address, noun in spec.resources.items():
        yield (address, ""), place(address, None)
        for name in sorted(noun.model_fields_set - {"id"}):
            yield (address, name), place(address, name)


def minutes_of(text: str) -> int:
    """Read ``15m`` as whole minutes: the scheduler knows nothing finer."""
    from reconciler.cli.drift_command import seconds_of  # noqa: PLC0415

    minutes = seconds_of(text) / 60
    if not minutes.is_integer() or not 1 <= minutes <= _LONGEST_MINUTES:
        raise UsageError(f"--every {text}: whole minutes, from 1m to 24h")
    return int(minutes)


def _secret(text: str | None) -> SecretRef | None:
    from reconciler.model import SecretRef  # noqa: PLC0415

    if text is None:
        return None
    store, _, name = text.partition(":")
    if store not in ("secretsmanager", "ssm") or not name or "//" in name:
        # Never repeated: it may be the URL itself, and that holds tokens.
        raise UsageError(
            "--notify: secretsmanager:NAME or ssm:NAME, where the URL stands; a function has no "
            "other place for a secret"
        )
    return SecretRef.model_validate({store: name})


def _refuse_no_bucket(memory: str) -> None:
    bucket, _, key = memory.removeprefix("s3://").partition("/")
    if not memory.startswith("s3://") or not bucket or not key:
        raise UsageError(
            "--memory s3://BUCKET/KEY: rounds that no machine of yours runs remember in S3"
        )


def _refuse_a_missing_bucket(wired: Wired, memory: str) -> None:
    """Say it now, not in a log at night; who may not look at the bucket can still deploy."""
    from reconciler.cli.memory import store_of  # noqa: PLC0415
    from reconciler.errors import CouldNotLook  # noqa: PLC0415

    try:
        store_of(memory, local=wired.local).read()
    except CouldNotLook as error:
        if "NoSuchBucket" in str(error):
            raise UsageError(f"--memory {memory}: there is no such bucket") from None
        wired.notes.append(f"{error}; the function needs its bucket all the same")
