"""``expect: can / cannot`` against the access string, offline, on every engine version in reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from reconciler import acl
from reconciler.errors import Problem
from reconciler.model import User
from reconciler.rights.holder import Holder, holdings, tables_of_user

if TYPE_CHECKING:
    from reconciler.spec.loaded import Spec


def check_expect(spec: Spec) -> tuple[Problem, ...]:
    """Give a problem for each expectation that an access string does not keep."""
    held = holdings(spec.resources)
    return tuple(
        _problem(spec, user, *found)
        for user in spec.resources.values()
        if isinstance(user, User)
        for found in unkept(user, held.get(user.id, ()))
    )


def unkept(user: User, held: Sequence[Holder]) -> Iterator[tuple[str, str]]:
    """Give (``expect.can[0]``, why) for each expectation of a user that is not kept."""
    if user.expect is None or user.access_string is None:
        return
    judges, failed = _judges(user, held)
    if failed:
        yield "expect", failed
        return
    for index, line in enumerate(user.expect.can):
        if _of_a_module(line):
            continue
        if why := _first(_cannot(line, judge) for judge in judges):
            yield f"expect.can[{index}]", f'"{line}" is refused: {why}'
    for index, line in enumerate(user.expect.cannot):
        if _of_a_module(line):
            continue
        if why := _first(_can(line, judge) for judge in judges):
            yield f"expect.cannot[{index}]", f'"{line}" {why}'


def _of_a_module(line: str) -> bool:
    """Say whether only the wire can tell: no table knows the commands of modules."""
    return acl.is_module(line.split(" ", maxsplit=1)[0])


def _judges(user: User, held: Sequence[Holder]) -> tuple[list[acl.Rights], str]:
    """Give the user's rights on each version and channel default in reach, or why not."""
    defaults: set[acl.ChannelDefault] = {"allchannels"}
    defaults.update(one for holder in held for one in holder.channel_defaults)
    judges = []
    for table in tables_of_user(user, held):
        try:
            found = acl.rights(user.access_string or "", table)
        except acl.AccessStringError as error:
            return [], f"can't be checked on {table.name}: {error}"
        judges += [found.under(one) for one in sorted(defaults)]
    return judges, ""


def _cannot(line: str, judge: acl.Rights) -> str:
    """Say why a command that should be allowed is not; nothing when it is."""
    decision = acl.decide(judge, line)
    if decision.works and judge.on:
        return ""
    why = decision.why if not decision.works else "the user is off, it can't log in"
    return f"{why} ({judge.table.name})"


def _can(line: str, judge: acl.Rights) -> str:
    """Say why a command that should be refused is allowed, or is no command at all."""
    try:
        allowed = judge.allows(line)
    except ValueError as error:
        return f"proves nothing: {error} ({judge.table.name})"
    decision = acl.decide(judge, line)
    if allowed and decision.works and judge.on:
        return f"is allowed: {decision.why} ({judge.table.name})"
    return ""


def _first(reasons: Iterator[str]) -> str:
    """Give the first reason, and how many other versions say so too."""
    found = [reason for reason in reasons if reason]
    others = len(found) - 1
    more = f" and on {others} other version{'s' if others > 1 else ''}" if others > 0 else ""
    return found[0] + more if found else ""


def _problem(spec: Spec, user: User, field: str, why: str) -> Problem:
    place = spec.at(user.address, field)
    return Problem(
        place.file, place.line, place.column, address=str(user.address), field=field, message=why
    )
