"""What deploy and schedule share: the package, and a small estate that is brought about."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from reconciler.cli.screen import Screen
from reconciler.cli.whose import ask, journalled, pace_of, tell, told
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.applying.outcome import Summary
    from reconciler.cli.looking import Looked
    from reconciler.cli.wiring import Wired
    from reconciler.model import Resource
    from reconciler.ports import Writer
    from reconciler.runner.package import Package


def refuse_arch(arch: str) -> None:
    """Refuse a processor that Lambda does not have."""
    if arch not in ("x86_64", "arm64"):
        raise UsageError(f"--arch {arch!r} is not one of x86_64, arm64")


def package_of(
    screen: Screen, arch: str, *, local: bool, drift: bool = False, tells: bool = False
) -> Package:
    """Make the package; says so where it may take a while."""
    from reconciler.runner.package import Target, build  # noqa: PLC0415

    if not local:
        screen.say(f"making the package for python3.12 on {arch}")
    target = Target(architecture="arm64" if arch == "arm64" else "x86_64")
    return build(target, local=local, drift=drift, tells=tells)


def brought_about(
    wired: Wired,
    wishes: tuple[Resource, ...],
    allow: frozenset[str],
    made: Package | None,
    *,
    yes: bool,
    carried: str = "",
) -> int:
    """Plan, show, ask and carry out; without a package everything is taken away."""
    from reconciler.applying.outcome import Summary  # noqa: PLC0415
    from reconciler.cli.looking import ending, refuse, report_of  # noqa: PLC0415
    from reconciler.report import apply_report  # noqa: PLC0415
    from reconciler.report.plan_text import plan_text  # noqa: PLC0415

    looked = _looked(wired, wishes, destroy=made is None)
    report = report_of(wired, looked, allow=allow | ending(looked))
    tell(wired.screen, plan_text(dataclasses.replace(report, ends=False), wired.screen.paint))
    summary = Summary()
    if not looked.plan.empty:
        refuse(report)
        ask(f"{'Remove' if made is None else 'Deploy'} lambda:{wishes[0].id}?", yes=yes)
        writer: Writer = wired.writer
        if made is not None:
            from reconciler.runner.package import WithPackage  # noqa: PLC0415

            writer = WithPackage(writer, made, carried)
        summary = _carried_out(wired, looked, writer)
    empty = looked.plan.empty or _looked(wired, wishes, destroy=made is None).plan.empty
    code = summary.exit_code or (0 if empty else 1)
    spec = wired.spec.path
    if wired.screen.format == "json":
        told = apply_report.apply_json(summary, spec, empty=empty)
        wired.screen.json({**told, "exit_code": code})
    elif not looked.plan.empty:
        wired.screen.result(apply_report.apply_text(summary, spec, wired.screen.paint))
    return code


def _looked(wired: Wired, wishes: tuple[Resource, ...], *, destroy: bool) -> Looked:
    from reconciler.cli.looking import Looked  # noqa: PLC0415
    from reconciler.kind import Facts  # noqa: PLC0415
    from reconciler.kind.asked import Asked  # noqa: PLC0415
    from reconciler.kinds import RUNNER_KINDS  # noqa: PLC0415
    from reconciler.observe import observe  # noqa: PLC0415
    from reconciler.plan import make_plan  # noqa: PLC0415
    from reconciler.report.plan_facts import Seen  # noqa: PLC0415

    who, started = wired.identity.short, wired.clock.monotonic()
    estate, desired = wired.spec.estate, {one.address: one for one in wishes}
    observation = observe(
        RUNNER_KINDS,
        wired.reader.fresh(),
        desired,
        estate=estate.estate,
        tag_prefix=estate.safety.tag_prefix,
        account_id=estate.aws.account_id,
        region=estate.aws.region,
    )
    facts = Facts(
        account_id=estate.aws.account_id,
        region=estate.aws.region,
        estate=estate.estate,
        desired=desired,
        observed=observation.live,
        tag_prefix=estate.safety.tag_prefix,
        now=wired.clock.now(),
        asked=Asked(destroy=destroy),
    )
    plan = make_plan(RUNNER_KINDS, facts)
    plan = dataclasses.replace(plan, notes=(*plan.notes, *wired.notes))
    seconds = wired.clock.monotonic() - started
    seen = Seen(who, observation.resources, observation.calls, seconds)
    return Looked(plan, facts, seen, partial=False)


def _carried_out(wired: Wired, looked: Looked, writer: Writer) -> Summary:
    from reconciler.apply import Doors, Terms, apply  # noqa: PLC0415
    from reconciler.kinds import RUNNER_KINDS  # noqa: PLC0415

    with journalled(wired) as (run, journal):
        doors = Doors(RUNNER_KINDS, wired.reader, writer, wired.lease(run), wired.clock, journal)
        return told(wired, apply(looked.facts, looked.plan, doors, Terms(pace=pace_of(wired))))
