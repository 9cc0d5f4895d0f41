"""rotate: a new password or AUTH token beside the first, proven, handed out, the first retired."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.command import Allowed, File, Local, command
from reconciler.cli.screen import Screen
from reconciler.cli.whose import Yes, ask, journalled, pace_of, tell, wired_to_write
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.applying.journal import Journal
    from reconciler.applying.outcome import Event
    from reconciler.cli.wiring import Wired
    from reconciler.kind import Facts
    from reconciler.model import Address
    from reconciler.ports import Lease
    from reconciler.rotate import Doors, Ended, Proof, Told
    from reconciler.rotation import Rotation

_EPILOG = """\b
It stops before the first one is retired (exit 7): clients move meanwhile, then --finish. Killed at
any moment it goes on from the service and the store; no state is kept. It takes two versions at
once, so the secret has to be in secretsmanager or ssm, or the spec has two references."""

Rotated = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="user/orders-app, or replication_group/orders.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "rotate", formats=("text", "json"), epilog=_EPILOG)(rotate)


def rotate(
    screen: Screen,
    address: Rotated,
    file: File = None,
    local: Local = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="Clients have moved: retire the first, and prove it.")
    ] = False,
    verify_only: Annotated[
        bool, typer.Option("--verify-only", help="Only prove what stands; writes nothing.")
    ] = False,
    allow: Allowed = None,
    yes: Yes = False,
) -> int:
    """Rotate a user's password or a cache's AUTH token, so that no client is cut off."""
    from reconciler.planning.selection import named  # noqa: PLC0415
    from reconciler.report.rotate_report import rotation_text  # noqa: PLC0415
    from reconciler.rotate import rotate as rotating  # noqa: PLC0415
    from reconciler.rotate import verified  # noqa: PLC0415
    from reconciler.rotation import Standing, rotation, startable  # noqa: PLC0415

    if finish and verify_only:
        raise UsageError("--finish and --verify-only exclude each other")
    wired = wired_to_write(screen, file, local, yes=yes or verify_only)
    with wired.clock.listening():
        facts = _look(wired)
        [chosen] = named([address], wired.spec.resources.keys() | facts.observed.keys())
        facts = _tagged(wired, facts, chosen)
        found = rotation(chosen, facts, proving=verify_only)
        page = rotation_text(found, _where(wired, chosen), screen.paint)
        if verify_only:
            doors = _doors(wired, chosen, frozenset(), None, None)
            return _told(wired, verified(chosen, doors), finish=False)
        if not finish or found.standing not in (Standing.AT_REST, Standing.HANDED):
            startable(found, facts)
        tell(screen, page)
        ask(f"{'Finish' if finish else 'Rotate'} {chosen}?", yes=yes)
        with journalled(wired) as (run, journal):
            doors = _doors(wired, chosen, frozenset(allow or ()), wired.lease(run), journal)
            return _told(wired, rotating(chosen, doors, finish=finish), finish=finish)


def _where(wired: Wired, address: Address) -> str:
    from reconciler.cli.looking import where  # noqa: PLC0415

    return where(address, None, wired.spec)


def _look(wired: Wired) -> Facts:
    return wired.facts(wired.observe())


def _tagged(wired: Wired, facts: Facts, address: Address) -> Facts:
    """Read its tags themselves: how far it is stands there, and the tagging API trails."""
    import dataclasses  # noqa: PLC0415

    from reconciler.observe import Whose  # noqa: PLC0415
    from reconciler.observing.tagging import with_tags  # noqa: PLC0415

    live = facts.observed.get(address)
    if live is None:
        return facts
    told = with_tags(wired.reader.fresh(), live, Whose(facts.estate, facts.tag_prefix))
    if told is None:
        return facts
    return dataclasses.replace(facts, observed={**facts.observed, address: told})


def _doors(
    wired: Wired,
    address: Address,
    consents: frozenset[str],
    lease: Lease | None,
    journal: Journal | None,
) -> Doors:
    from reconciler.applying.journal import FileJournal  # noqa: PLC0415
    from reconciler.aws.lease import NoLease  # noqa: PLC0415
    from reconciler.cli.apply_command import JOURNAL  # noqa: PLC0415
    from reconciler.rotate import Doors, Within  # noqa: PLC0415
    from reconciler.rotation import only_store  # noqa: PLC0415

    held = lease or NoLease()
    kept = journal or FileJournal(JOURNAL, "", wired.clock)

    def look() -> Facts:
        wired.forget_versions()
        return _tagged(wired, _look(wired), address)

    def bring(facts: Facts, one: Address, through: frozenset[str]) -> Iterator[Event]:
        yield from _brought(wired, facts, one, through, consents, Within(held), kept)

    ref = only_store(address, wired.spec.resources)
    store = wired.writing_secrets.store_of(ref) if ref is not None and lease else None
    return Doors(
        look,
        bring,
        lambda found, facts: _proof(wired, found, facts),
        store,
        held,
        kept,
        wired.clock,
        pace_of(wired),
    )


def _brought(
    wired: Wired,
    facts: Facts,
    address: Address,
    through: frozenset[str],
    consents: frozenset[str],
    lease: Lease,
    journal: Journal,
) -> Iterator[Event]:
    """Apply the change of this one address, held against the limits as every apply is."""
    from reconciler.apply import Doors, Terms, apply  # noqa: PLC0415
    from reconciler.cli.looking import narrowed  # noqa: PLC0415
    from reconciler.guard import guard  # noqa: PLC0415
    from reconciler.kinds import EVERY_KIND  # noqa: PLC0415
    from reconciler.observing.confirm import confirmed  # noqa: PLC0415

    facts, plan = confirmed(EVERY_KIND, wired.reader.fresh(), facts)
    plan = narrowed(plan, [address])
    safety = wired.spec.estate.safety
    guard(plan, safety, allow=consents, today=wired.today, through=through)
    doors = Doors(EVERY_KIND, wired.reader, wired.writer, lease, wired.clock, journal)
    yield from apply(facts, plan, doors, Terms(through, pace=pace_of(wired)))


def _proof(wired: Wired, found: Rotation, facts: Facts) -> Proof:
    from reconciler.checks.visit import Ports  # noqa: PLC0415
    from reconciler.cli.places import verified  # noqa: PLC0415
    from reconciler.model import User  # noqa: PLC0415
    from reconciler.rotate import Proof  # noqa: PLC0415
    from reconciler.verify import Wishes  # noqa: PLC0415

    # A cache that the spec does not have is reached all the same, as it is.
    reached = {one: facts.observed[one].resource for one in found.caches if one in facts.observed}
    bare = {one: type(held)(id=one.id) for one, held in reached.items()}
    user = found.address.kind == User.kind
    wishes = Wishes(
        only=frozenset({"reach", "login", "retired"}),
        caches=frozenset(map(str, found.caches)),
        users=frozenset({found.address.id}) if user else frozenset(),
    )
    if not found.caches:
        return Proof()
    ports = Ports(wired.writing_secrets, None, wired.connector, wired.clock)
    # Each cache is asked from where its verify.via says: a runner may stand inside the VPC.
    report = verified(
        wired,
        facts.observed,
        ports,
        wishes,
        None,
        lambda _: None,
        desired={**bare, **facts.desired},
    )
    words: dict[str, list[str]] = {"proven": [], "refuted": [], "not proven": []}
    for one in report.findings:
        words[one.verdict].append(f"{one.address}: {one.subject}: {one.got}")
    return Proof(tuple(words["proven"]), tuple(words["refuted"]), tuple(words["not proven"]))


def _told(wired: Wired, events: Iterator[Told], *, finish: bool) -> int:
    from reconciler.applying.outcome import GateReached  # noqa: PLC0415
    from reconciler.cli.progress import Progress  # noqa: PLC0415
    from reconciler.report.rotate_report import (  # noqa: PLC0415
        ended_text,
        proof_text,
        rotate_json,
    )
    from reconciler.rotate import Ended, Proved, Stood, Wrote  # noqa: PLC0415

    screen, progress, proofs = wired.screen, Progress(wired.screen), []
    ended: Ended | None = None
    for event in events:
        if isinstance(event, Stood | Wrote | Proved):
            progress.close()
        match event:
            case Stood(rotation=found):
                screen.say(f"{found.address}: {found.standing.value}")
            case Wrote(what=what):
                screen.say(f"  {what}")
            case Proved(proof=proof):
                proofs.append(proof)
                tell(screen, proof_text(proof, screen.paint))
            case Ended():
                ended = event
            case GateReached():
                # How it ends says so, where it is the end.
                pass
            case _:
                progress.tell(event)
    assert ended is not None, "the last event says how it ended"
    if screen.format == "json":
        screen.json(rotate_json(ended, proofs))
    else:
        screen.result(ended_text(ended, finish=finish, paint=screen.paint))
    return ended.exit_code
