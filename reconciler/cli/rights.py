"""rights user | string | who-can | diff: what users may really do. Offline."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

import typer
import typer.core

from reconciler.cli.command import File, command
from reconciler.cli.screen import Screen
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler import acl
    from reconciler.model import User
    from reconciler.rights import Holder
    from reconciler.spec.loaded import Spec

app = typer.Typer(
    name="rights",
    help="What users may really do: access strings, decided offline as the engine would.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


_ID = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
"""What a user's id may be; but for words such as ``off``, no rule looks like one."""


class _Rules(typer.core.TyperCommand):
    """A command that takes access strings, which may begin with a dash: ``-@all +get``."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Keep rules apart from options by a space, which an access string does not mind."""
        return super().parse_args(ctx, [f" {one}" if _is_rules(one) else one for one in args])


def _is_rules(argument: str) -> bool:
    return argument.startswith("-@") or (argument.startswith("-") and " " in argument)


Can = Annotated[
    list[str] | None,
    typer.Option("--can", metavar="COMMAND", help="Ask; may be repeated.", show_default=False),
]
CacheOption = Annotated[
    str | None, typer.Option("--cache", metavar="ID", help="Only this cache.", show_default=False)
]
EngineOption = Annotated[str, typer.Option("--engine", metavar="redis|valkey", help="The engine.")]
Version = Annotated[
    str | None,
    typer.Option(
        "--engine-version", metavar="VERSION", help="Newest when left out.", show_default=False
    ),
]
Default = Annotated[
    str,
    typer.Option(
        "--channel-default",
        metavar="allchannels|resetchannels",
        help="What holds where channels are not named (acl-pubsub-default).",
    ),
]


def register(root: typer.Typer) -> None:
    """Add the sub-commands."""
    root.add_typer(app, name="rights")


def string(
    screen: Screen,
    access_string: Annotated[str, typer.Argument(help='"on ~app:* -@all +@read"')],
    engine: EngineOption = "valkey",
    engine_version: Version = None,
    channel_default: Default = "allchannels",
    can: Can = None,
) -> int:
    """Show what an access string allows on one engine version."""
    from reconciler import acl  # noqa: PLC0415
    from reconciler.report import rights_report  # noqa: PLC0415

    default = _default(channel_default)
    text, table = access_string.removeprefix(" "), _table(engine, engine_version)
    found = acl.rights(text, table, channel_default=default)
    asked = f"{engine} {engine_version}" if engine_version else table.name
    if screen.format == "json":
        screen.json(rights_report.rights_json(found, can or (), asked))
    else:
        screen.result(rights_report.rights_text(found, can or (), asked))
    return 0


def user(
    screen: Screen,
    user: Annotated[str, typer.Argument(help="A user of the spec: app-rw or user/app-rw.")],
    file: File = None,
    cache: CacheOption = None,
    can: Can = None,
) -> int:
    """Show what a user of the spec may do on each cache that it reaches."""
    from reconciler.cli.specs import load_one  # noqa: PLC0415
    from reconciler.report import rights_report  # noqa: PLC0415

    spec = load_one(None, file)
    found = list(_rights_of(spec, user, cache))
    if screen.format == "json":
        rows = [
            {"cache": where, **rights_report.rights_json(rights, can or (), asked)}
            for where, asked, rights in found
        ]
        screen.json({"format_version": 1, "user": _plain(user), "rights": rows})
        return 0
    screen.result(rights_report.user_text(found, can or ()))
    return 0


def who_can(
    screen: Screen,
    line: Annotated[str, typer.Argument(metavar="COMMAND", help='"FLUSHALL", "SET app:1 x"')],
    file: File = None,
    cache: CacheOption = None,
) -> int:
    """Show who of the spec can run a command, on which cache, and why."""
    from reconciler import rights  # noqa: PLC0415
    from reconciler.cli.specs import load_one  # noqa: PLC0415
    from reconciler.report import rights_report  # noqa: PLC0415

    spec = load_one(None, file)
    if cache is not None:
        _known_cache(spec, cache)
    answers = list(rights.who_can(line, spec.resources, cache))
    if screen.format == "json":
        screen.json(rights_report.who_json(answers))
    else:
        screen.result(rights_report.who_text(line, answers))
    return 0


def diff(
    screen: Screen,
    before: Annotated[str, typer.Argument(metavar="A", help="An access string, or a user.")],
    after: Annotated[str, typer.Argument(metavar="B", help="An access string, or a user.")],
    file: File = None,
    engine: EngineOption = "valkey",
    engine_version: Version = None,
    channel_default: Default = "allchannels",
) -> int:
    """Show who gains and loses what when B takes the place of A, on every version or one."""
    from reconciler import acl  # noqa: PLC0415
    from reconciler.report import rights_report  # noqa: PLC0415

    default = _default(channel_default)
    tables = tuple(acl.TABLES) if engine_version is None else (_table(engine, engine_version),)
    one, other = _text(before, file), _text(after, file)
    for text in (one, other):
        for table in tables if engine_version else tables[-1:]:
            acl.rights(text, table)
    found = acl.rights_diff(one, other, tables, channel_default=default)
    smaller = acl.smaller(one, other, tables) if found.widens else None
    if screen.format == "json":
        screen.json(rights_report.diff_json(found, smaller))
    else:
        screen.result(rights_report.diff_text(found, smaller))
    return 0


def _table(engine: str, version: str | None) -> acl.Table:
    from reconciler import acl  # noqa: PLC0415

    try:
        return acl.table(engine, version) if version else acl.tables_in_reach([(engine, "")])[-1]
    except ValueError as error:
        raise UsageError(str(error)) from error


def _default(text: str) -> Literal["allchannels", "resetchannels"]:
    match text:
        case "allchannels" | "resetchannels":
            return text
        case _:
            raise UsageError(f"--channel-default is allchannels or resetchannels, not {text}")


def _plain(user: str) -> str:
    return user.removeprefix("user/").lower()


def _rights_of(spec: Spec, user: str, cache: str | None) -> list[tuple[str, str, acl.Rights]]:
    """Give cache, its version and the rights there, for each version and channel default."""
    from reconciler import acl  # noqa: PLC0415
    from reconciler.rights import holdings, tables_of_user  # noqa: PLC0415

    found = _user(spec, user)
    if cache is not None:
        _known_cache(spec, cache)
    text = found.access_string or "off -@all"
    places = [
        one
        for one in holdings(spec.resources).get(found.id, ())
        if cache in {None, one.cache.id, str(one.cache.address)}
    ]
    if cache is not None and not places:
        raise UsageError(f"{found.address} is in no group on {cache}")
    if places:
        return [row for one in places for row in _at(one, text)]
    return [("", table.name, acl.rights(text, table)) for table in tables_of_user(found, ())]


def _at(place: Holder, text: str) -> list[tuple[str, str, acl.Rights]]:
    from reconciler import acl  # noqa: PLC0415
    from reconciler.kind.reach import written_version  # noqa: PLC0415

    cache = place.cache
    version = written_version(cache)
    return [
        (
            str(cache.address),
            f"{cache.engine} {version}" if "." in version else table.name,
            acl.rights(text, table, channel_default=default),
        )
        for table in place.tables
        for default in place.channel_defaults
    ]


def _user(spec: Spec, name: str) -> User:
    from reconciler.model import Address, User  # noqa: PLC0415

    found = spec.resources.get(Address(User.kind, _plain(name)))
    if not isinstance(found, User):
        users = [one.id for one in spec.resources.values() if isinstance(one, User)]
        raise UsageError(f"{spec.path} has no user {_plain(name)}; it has {', '.join(users)}")
    return found


def _known_cache(spec: Spec, name: str) -> None:
    from reconciler.model import Cache  # noqa: PLC0415

    caches = [one for one in spec.resources.values() if isinstance(one, Cache)]
    if not any(name in {one.id, str(one.address)} for one in caches):
        known = ", ".join(str(one.address) for one in caches)
        raise UsageError(f"{spec.path} has no cache {name}; it has {known}")


def _text(given: str, file: str | None) -> str:
    """Give the access string that is meant: itself, or that of ``user/ID`` in the spec."""
    from reconciler import acl  # noqa: PLC0415

    if not given.startswith("user/") and (not _ID.fullmatch(given) or acl.is_rule_word(given)):
        return given.removeprefix(" ")
    from reconciler.cli.specs import load_one  # noqa: PLC0415

    return _user(load_one(None, file), given).access_string or "off -@all"


command(app, "user", formats=("text", "json"))(user)
command(app, "string", formats=("text", "json"), cls=_Rules)(string)
command(app, "who-can", formats=("text", "json"))(who_can)
command(app, "diff", formats=("text", "json"), cls=_Rules)(diff)
