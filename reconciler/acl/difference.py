"""Two access strings -> who gains and who loses what, on every engine version in reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from reconciler.acl.command import TABLES, Table
from reconciler.acl.cover import Extra, Reach, equal, extra, touching_keys
from reconciler.acl.decision import Granted, Rights, read
from reconciler.acl.folding import EVERYWHERE, SHOWN, commands_listed, folded, listed
from reconciler.acl.grammar import AccessStringError, parse_either
from reconciler.acl.replay import ChannelDefault

BOTH_DEFAULTS: tuple[ChannelDefault, ...] = ("allchannels", "resetchannels")


class Share(NamedTuple):
    """What one side has and the other has not, on one engine version."""

    table: Table
    extra: Extra
    held: int = 0
    """What the other side has, as bits."""
    gained: bool = True

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return self.extra.any

    @property
    def commands(self) -> tuple[str, ...]:
        """Give the commands that are new altogether."""
        return tuple(self.table.named(self.extra.commands & ~self.table.always))

    @property
    def wider(self) -> tuple[str, ...]:
        """Give the commands that now reach other keys or channels."""
        return tuple(self.table.named(self.extra.wider & ~self.table.always))

    @property
    def everywhere(self) -> tuple[str, ...]:
        """Give those new commands that act on every key, whatever the patterns say."""
        return tuple(name for name in self.commands if name in EVERYWHERE)

    def lines(self) -> tuple[str, ...]:
        """Say it in lines for a screen."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        more, always = self.extra, self.table.always
        new, wider = self.commands, self.wider
        reach, told = _reaching(more.reach), not more.commands & touching_keys(self.table)
        if new:
            what = folded(more.commands & ~always, self.table, self.held)
            yield f"{_counted(len(new))} ({what}){'' if wider and told else reach}"
            if names := self.everywhere:
                act, them = ("this acts", "it") if len(names) == 1 else ("these act", "them")
                yield f"with {commands_listed(names)}: {act} on every key, no pattern holds {them}"
        if wider:
            what = f" ({commands_listed(wider)})" if len(wider) <= SHOWN else " that it has anyway"
            far = "further" if self.gained else "less far"
            also = reach if not new or told else ""
            yield f"{'also ' if new else ''}{_counted(len(wider))}{what} reaching {far}{also}"
        if more.first_args:
            yield f"{listed(more.first_args)} (by first argument)"
        if more.modules:
            yield f"{listed(more.modules)} (of modules, which no table knows: can't tell more)"
        if more.future:
            yield "every command that later versions and modules bring (+@all)"
        if more.unsure:
            yield "can't tell of some key patterns whether one holds the other: counted as more"


def _reaching(reach: Reach) -> str:
    """Say which keys and channels: what becomes readable or writable, else what is named."""
    parts = []
    if both := reach.read & reach.write:
        parts.append(f"reading and writing keys {listed(sorted(both))}")
    if read := reach.read - reach.write:
        parts.append(f"reading keys {listed(sorted(read))}")
    if write := reach.write - reach.read:
        parts.append(f"writing to keys {listed(sorted(write))}")
    if reach.keys and not (reach.read or reach.write):
        parts.append(f"on keys {listed(sorted(reach.keys))}")
    if reach.channels:
        parts.append(f"channels {listed(sorted(reach.channels))}")
    return "".join(f", {part}" for part in parts)


def _counted(number: int) -> str:
    return f"{number} command" + ("" if number == 1 else "s")


class RightsDiff(NamedTuple):
    """What one access string in place of another changes, on each version in reach."""

    gains: tuple[Share, ...]
    loses: tuple[Share, ...]
    notes_gained: tuple[str, ...] = ()
    notes_lost: tuple[str, ...] = ()
    unreadable: str = ""
    """Why one of the two can't be read; then nothing is known, and it counts as widening."""

    @property
    def widens(self) -> bool:
        """Whether somebody can now do what was refused before; can't tell counts."""
        return bool(self.gains or self.notes_gained or self.unreadable)

    @property
    def narrows(self) -> bool:
        """Whether somebody can no longer do what was allowed before."""
        return bool(self.loses or self.notes_lost)

    def gained_lines(self) -> tuple[str, ...]:
        """Say the gains in lines."""
        unread = (f"can't tell: {self.unreadable}",) if self.unreadable else ()
        return (*unread, *self.notes_gained, *_by_version(self.gains))

    def lost_lines(self) -> tuple[str, ...]:
        """Say the losses in lines."""
        return (*self.notes_lost, *_by_version(self.loses))


# Redis lists them so that a web page that talks to it is cut off; nobody calls them.
_NO_COMMANDS = frozenset({"host:", "post"})


def _by_version(shares: tuple[Share, ...]) -> Iterator[str]:
    """Give the newest version's lines, then what others have that it has not."""
    if not shares:
        return
    newest = shares[-1]
    yield from newest.lines()
    said = {*newest.commands, *newest.wider}
    said |= {name.partition("|")[0] for name in said} | _NO_COMMANDS
    for share in reversed(shares[:-1]):
        if novel := [name for name in (*share.commands, *share.wider) if name not in said]:
            names = commands_listed(novel)
            yield f"on {share.table.name} also {names}"
            said.update(novel)


def same_rights(
    a: str,
    b: str,
    tables: Iterable[Table] = TABLES,
    *,
    channel_defaults: Iterable[ChannelDefault] = BOTH_DEFAULTS,
) -> bool:
    """Say whether two access strings allow the same on all of these engine versions.

    False when it can't be decided, or when one of them can't be used on some version. Where a
    string says nothing of channels, both values of acl-pubsub-default must agree unless given.
    """
    if a == b:
        return True
    defaults = tuple(channel_defaults)
    for table in tables:
        one, other = _read(a, table), _read(b, table)
        if isinstance(one, str) or isinstance(other, str):
            return False
        pairs = ((_under(one, default), _under(other, default)) for default in defaults)
        if not all(equal(*pair) for pair in pairs):
            return False
    return True


def _read(text: str, table: Table) -> Rights | str:
    """Give the rights, or why the string can't be used there."""
    try:
        return read(text, table)
    except AccessStringError as error:
        return f"{table.name}: {error}"


def _under(found: Rights, default: ChannelDefault) -> Rights:
    return found if found.channel_default == default else found.under(default)


def rights_diff(
    before: str | None,
    after: str | None,
    tables: Iterable[Table] = TABLES,
    *,
    channel_default: ChannelDefault = "allchannels",
    channel_default_after: ChannelDefault | None = None,
) -> RightsDiff:
    """Say what changes when ``after`` takes the place of ``before``; None is no user at all.

    A user that is off can do nothing. ``channel_default_after`` is for a change of the parameter
    acl-pubsub-default itself.
    """
    gains: list[Share] = []
    loses: list[Share] = []
    unread: list[str] = []
    compared = False
    for table in tables:
        one = _side(before, table, channel_default)
        other = _side(after, table, channel_default_after or channel_default)
        if isinstance(other, str):
            unread.append(other)  # where it can't be used, nobody gains by it
            continue
        if isinstance(one, str):
            unread.append(one)
            one = ()
        else:
            compared = True
        gains.append(Share(table, extra(other, one), _held(one)))
        loses.append(Share(table, extra(one, other), _held(other), gained=False))
    on_before, on_after = is_on(before), is_on(after)
    return RightsDiff(
        tuple(filter(None, gains)),
        tuple(filter(None, loses)),
        ("may log in (off before)",) if before is not None and on_after and not on_before else (),
        ("may no longer log in (off)",) if after is not None and on_before and not on_after else (),
        "" if compared or not unread else unread[0],
    )


def _held(selectors: Iterable[Granted]) -> int:
    mask = 0
    for one in selectors:
        mask |= one.commands
    return mask


def is_on(text: str | None) -> bool:
    """Say whether the string leaves its user on; off where it can't be read or there is none."""
    try:
        rules = parse_either(text).rules if text is not None else ()
    except AccessStringError:
        return False
    switched = [rule.sort for rule in rules if rule.sort in {"on", "off"}]
    return switched[-1:] == ["on"]


def _side(text: str | None, table: Table, default: ChannelDefault) -> tuple[Granted, ...] | str:
    """Give the selectors of a user that can log in; none of one that can't."""
    if text is None:
        return ()
    found = _read(text, table)
    if isinstance(found, str):
        return found
    return _under(found, default).selectors if found.on else ()
