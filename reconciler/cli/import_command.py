"""import: a live account as a commented spec. Reads only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli.command import Local, command
from reconciler.cli.screen import Screen
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.cli.wiring import Wired
    from reconciler.kind import Live
    from reconciler.model import Address, Estate
    from reconciler.spec.write import Written

_EPILOG = """\b
Unlike terraform import this writes YAML and nothing else: no state is kept, and nothing in the
account is tagged, owned or changed. The spec says mode: observe, so plan, verify and drift watch
what it names. Ownership is another step: say mode: manage and consent to each adoption
(safety.allow, or apply --allow adopt:ADDRESS); that apply writes two tags."""

Addresses = Annotated[
    list[str] | None,
    typer.Argument(metavar="ADDRESS", help="What to write: user/app, or app.", show_default=False),
]
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="KEY=VALUE",
        help="All that carries this tag; given twice: both.",
        show_default=False,
    ),
]
File = Annotated[
    str | None,
    typer.Option(
        "-f",
        "--file",
        metavar="SPEC",
        help="Look where this spec does: its account, region and roles.",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE", help="Write it here; an existing file stays.", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "import", formats=("yaml",), default="yaml", epilog=_EPILOG)(import_)


def import_(
    screen: Screen,
    address: Addresses = None,
    file: File = None,
    local: Local = False,
    every: Annotated[bool, typer.Option("--all", help="Everything of the account.")] = False,
    tag: Tags = None,
    out: Out = None,
    account: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="The account; bare: the credentials' own.", show_default=False
        ),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(metavar="REGION", help="Needed unless -f gives one.", show_default=False),
    ] = None,
    estate: Annotated[str, typer.Option(metavar="NAME", help="Its name in the file.")] = "imported",
) -> int:
    """Write what is there as a spec that watches it (YAML only)."""
    from reconciler.cli.wiring import Wired  # noqa: PLC0415
    from reconciler.kinds import KINDS  # noqa: PLC0415
    from reconciler.spec.blank import blank_spec  # noqa: PLC0415
    from reconciler.spec.write import write  # noqa: PLC0415

    wanted = _pairs(tag or ())
    if not (address or wanted or every):
        raise UsageError("say what to import: addresses, --tag KEY=VALUE, or --all")
    if out and out.exists():
        raise UsageError(f"{out} is there already; give --out another name, or remove it")
    head = _estate(file, account, region, estate, local=local)
    wired = Wired(blank_spec(head), screen, local)
    chosen, unread = _chosen(wired, address or (), wanted, every=every)
    found = write(head, KINDS, chosen, wired.today, unread)
    if out:
        out.write_text(found.text, encoding="utf-8")
    else:
        screen.result(found.text)
    _tell(screen, found, unread, out, f"{head.aws.account_id} {head.aws.region}")
    return 0


def _pairs(tags: Sequence[str]) -> dict[str, str]:
    split = [one.partition("=") for one in tags]
    if wrong := next((key for key, equals, _ in split if not (key and equals)), None):
        raise UsageError(f"--tag takes KEY=VALUE, not {wrong!r}")
    return {key: value for key, _, value in split}


def _estate(
    file: str | None, account: str | None, region: str | None, name: str, *, local: bool
) -> Estate:
    """Give where to look: as the spec says, or as the flags do."""
    from pydantic import ValidationError  # noqa: PLC0415

    from reconciler.aws.session import Session  # noqa: PLC0415
    from reconciler.cli.specs import load_one  # noqa: PLC0415
    from reconciler.model import Aws, Estate  # noqa: PLC0415

    if file is not None:
        if account or region:
            raise UsageError("-f says which account and region; leave --account and --region out")
        top = load_one(None, file).estate
        return Estate(version=1, estate=name, aws=top.aws, safety=top.safety, mode="observe")
    if region is None:
        raise UsageError("--region is needed (or -f SPEC): the environment never decides where")
    if account is None and local:
        raise UsageError("--local answers as any account: say which with --account")
    try:
        # Nothing is asked as this account: it stands in until the credentials have named theirs.
        where = Aws(account_id=account or "000000000000", region=region)
        if account is None:
            where = Aws(account_id=Session(where).own_account(), region=region)
        return Estate(version=1, estate=name, aws=where, mode="observe")
    except ValidationError as error:
        flag = {"estate": "--estate", "region": "--region"}.get(
            str(error.errors()[0]["loc"][-1]), "--account"
        )
        raise UsageError(f"{flag}: {error.errors()[0]['msg']}") from None


def _chosen(
    wired: Wired, words: Sequence[str], tags: dict[str, str], *, every: bool
) -> tuple[list[Live[Any]], list[str]]:
    """Give what is meant, and what could not be looked for.

    Meant is what is named, or tagged so, or all; never the account's own, nor what leaves.
    """
    from reconciler.planning.selection import named  # noqa: PLC0415

    beside, unread = _beside(wired, words, search=every or bool(tags))
    there = {
        address: live
        for address, live in wired.observe(named=beside).live.items()
        if not live.built_in and live.status != "deleting"
    }
    meant = set(named(words, there))
    for address, live in there.items():
        held = live.resource.tags or {}
        if every or (tags and all(held.get(key) == value for key, value in tags.items())):
            meant.add(address)
    if any(one.kind == "cache_parameter_group" for one in meant):
        # Their parameters cost a call each, so they are read only for those that are written.
        there |= wired.observe(named=frozenset(meant)).live
    return [there[one] for one in sorted(meant)], unread


def _beside(
    wired: Wired, words: Sequence[str], *, search: bool
) -> tuple[frozenset[Address], list[str]]:
    """Give what bulk reads don't show: named by its whole address, or found by a search."""
    from reconciler.errors import AwsError  # noqa: PLC0415
    from reconciler.kinds import KINDS  # noqa: PLC0415
    from reconciler.model import Address  # noqa: PLC0415
    from reconciler.spec.write import facts_of  # noqa: PLC0415

    apart = {kind.name: kind for kind in KINDS if not kind.bulk}
    halves = [one.partition("/") for one in words]
    found = {Address(kind, ident.lower()) for kind, _, ident in halves if kind in apart and ident}
    reader = wired.reader.fresh()
    unread = [told for kind in KINDS if search for told in kind.passed_over(reader)]
    for kind in apart.values() if search else ():
        try:
            ids = list(kind.sought(reader, facts_of(wired.spec.estate)))
        except AwsError as refused:
            if not refused.answered:
                raise
            unread.append(
                f"{kind.section}: {refused.operation} answered {refused.code}; "
                f"name each, reconcile import {kind.name}/NAME"
            )
        else:
            found |= {Address(kind.name, one) for one in ids}
    return frozenset(found), unread


def _tell(
    screen: Screen, found: Written, unread: Sequence[str], out: Path | None, where: str
) -> None:
    screen.say(f"{where}: {_several(found.resources, 'resource')} written; nothing was changed")
    if found.to_fill_in:
        what = _several(found.to_fill_in, "secret")
        screen.say(f"say where {what} stand{'s' * (found.to_fill_in == 1)} (FILL IN in the file)")
    for one in found.left_out:
        screen.say(f"left out, as a spec can't say it: {one}")
    for one in unread:
        screen.say(f"not in it: {one}")
    if out:
        screen.say(f"next: reconcile plan {out}")


def _several(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
