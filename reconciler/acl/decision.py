"""What a user may do on one engine version, and why: the answers of the server, without one."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Sequence
from typing import NamedTuple

from reconciler.acl.command import Command, Table
from reconciler.acl.glob import matches
from reconciler.acl.grammar import READ, WRITE, AccessStringError
from reconciler.acl.keys import CHANNEL_COMMANDS, Channel, Key, channels_of, keys_of
from reconciler.acl.replay import ChannelDefault, Replayed, Selector, replayed
from reconciler.acl.vocabulary import is_module

_EVERY = frozenset({"*"})
_QUOTING = frozenset("'\"\\")


class Question(NamedTuple):
    """A command line looked up: the command, its words, the keys and channels it names."""

    command: Command
    argv: tuple[str, ...]
    keys: tuple[Key, ...]
    channels: tuple[Channel, ...]


class NotACommand(ValueError):
    """The engine would not come to rights: unknown command, or a wrong number of words."""


def words(line: str | Sequence[str]) -> tuple[str, ...]:
    """Split a command as one would type it, quotes as in a shell; ValueError if unbalanced."""
    if not isinstance(line, str):
        return tuple(line)
    # Splitting as a shell does takes a hundred times longer, and few commands need it.
    return tuple(shlex.split(line) if _QUOTING.intersection(line) else line.split())


def question(line: str | Sequence[str], table: Table) -> Question:
    """Look a command line up in the table, or raise NotACommand."""
    argv = words(line)
    if not argv:
        raise NotACommand("there is no command")
    name = argv[0].lower()
    if name in table.families and len(argv) > 1:
        name = f"{name}|{argv[1].lower()}"
    if is_module(name):
        raise NotACommand(
            f"{argv[0].upper()} belongs to a module, which no table knows: can't tell"
        )
    if name not in table.index or "|" in argv[0]:
        raise NotACommand(
            f"{table.name} has no command {' '.join(argv[:2] if '|' in name else argv[:1])}"
        )
    command = table.command(name)
    if (command.arity > 0 and len(argv) != command.arity) or len(argv) < -command.arity:
        wanted = f"{abs(command.arity)}{'' if command.arity > 0 else ' or more'}"
        raise NotACommand(f"{name.replace('|', ' ').upper()} takes {wanted} words, not {len(argv)}")
    return Question(command, argv, keys_of(command, argv, table), channels_of(name, argv))


class Granted:
    """One selector of a user, the channel default applied."""

    def __init__(self, state: Selector, channel_default: ChannelDefault) -> None:
        self.state = state
        self.table = state.table
        self._patterns: dict[int, frozenset[str]] = {}
        unsaid = state.all_channels is None
        self.all_channels = channel_default == "allchannels" if unsaid else bool(state.all_channels)

    @property
    def commands(self) -> int:
        """Give the commands that may be executed, as bits; the always allowed among them."""
        return (self.state.commands | self.table.always) & self.table.executable

    @property
    def first_args(self) -> dict[str, tuple[str, ...]]:
        """Give commands that are allowed with these first arguments only."""
        index, allowed = self.table.index, self.state.commands
        return {
            name: tuple(sorted(one.lower() for one in arguments))
            for name, arguments in sorted(self.state.first_args.items())
            if not allowed >> index[name] & 1
        }

    def patterns(self, bits: int) -> frozenset[str]:
        """Give the key patterns that grant at least these rights."""
        if self.state.all_keys:
            return _EVERY
        if bits not in self._patterns:
            held = self.state.keys.items()
            self._patterns[bits] = frozenset(name for name, has in held if has & bits == bits)
        return self._patterns[bits]

    @property
    def channels(self) -> frozenset[str]:
        """Give the channel patterns."""
        return _EVERY if self.all_channels else frozenset(self.state.channels)

    def allows_command(self, asked: Question) -> bool:
        """Whether the command itself is allowed here, keys and channels apart."""
        name = asked.command.name
        if self.state.every_command or asked.command.no_auth:
            return True
        if self.state.commands >> self.table.index[name] & 1:
            return True
        only = self.state.first_args.get(name, ())
        return len(asked.argv) > 1 and asked.argv[1].lower() in (one.lower() for one in only)

    def refused_key(self, asked: Question) -> Key | None:
        """Give the first key that is not granted."""
        if self.state.all_keys:
            return None
        for key in asked.keys:
            text = asked.argv[key.at]
            held = self.state.keys.items()
            if not any(bits & key.bits == key.bits and matches(one, text) for one, bits in held):
                return key
        return None

    def refused_channel(self, asked: Question) -> Channel | None:
        """Give the first channel that is not granted; a pattern must be listed letter by letter."""
        if self.all_channels:
            return None
        for channel in asked.channels:
            text = asked.argv[channel.at]
            if channel.pattern:
                granted = text in self.state.channels
            else:
                granted = any(matches(one, text) for one in self.state.channels)
            if not granted:
                return channel
        return None

    def allows(self, asked: Question) -> bool:
        """Whether this selector alone grants all of it."""
        return (
            self.allows_command(asked)
            and self.refused_key(asked) is None
            and self.refused_channel(asked) is None
        )


class Rights:
    """A user's rights on one engine version. One selector must grant all of a command."""

    def __init__(
        self, text: str, state: Replayed, channel_default: ChannelDefault, *, service: bool = True
    ) -> None:
        self.text, self.table, self.on, self._state = text, state.table, state.on, state
        self.service = service
        # valkey 9.1 keeps no such flag any more: ACL GETUSER never shows it again.
        self.skips_sanitizing = state.skips_sanitizing and not state.table.splits_loosely
        self.channel_default: ChannelDefault = channel_default
        self.selectors = tuple(Granted(one, channel_default) for one in state.selectors)

    def under(self, channel_default: ChannelDefault) -> Rights:
        """Give the same rights where another channel default holds."""
        return Rights(self.text, self._state, channel_default, service=self.service)

    @functools.cached_property
    def mask(self) -> int:
        """Every command that some selector allows, as bits."""
        mask = 0
        for selector in self.selectors:
            mask |= selector.commands
        return mask

    @functools.cached_property
    def commands(self) -> frozenset[str]:
        """Every command that some selector allows; subcommands as ``parent|sub``."""
        return frozenset(self.table.named(self.mask))

    def holds(self, name: str) -> bool:
        """Whether some selector allows a command, keys and channels apart."""
        at = self.table.index.get(name)
        return at is not None and bool(self.mask >> at & 1)

    def allows(self, line: str | Sequence[str]) -> bool:
        """Answer as the server's ACL DRYRUN would, whether the user is on or off.

        NotACommand where the server would not come to rights. SORT's BY and GET patterns, which
        engines check only while they sort, are not looked at, as DRYRUN does not.
        """
        asked = question(line, self.table)
        return any(selector.allows(asked) for selector in self.selectors)


def rights(
    text: str,
    table: Table,
    *,
    channel_default: ChannelDefault = "allchannels",
    service: bool = True,
) -> Rights:
    """Work out the rights of an access string; AccessStringError when it can't be used.

    ``channel_default`` is what holds where the string says nothing of channels: the parameter
    acl-pubsub-default, which ElastiCache sets to allchannels. ``service=False`` reads the string
    as a plain engine does, hidden commands included.
    """
    return Rights(text, replayed(text, table, service=service), channel_default, service=service)


__all__ = [
    "CHANNEL_COMMANDS",
    "READ",
    "WRITE",
    "Granted",
    "NotACommand",
    "Question",
    "Rights",
    "question",
    "rights",
    "words",
]


def read(text: str, table: Table, *, channel_default: ChannelDefault = "allchannels") -> Rights:
    """Work out the rights of a string that stands already: it may name hidden commands."""
    try:
        return rights(text, table, channel_default=channel_default)
    except AccessStringError:
        return rights(text, table, channel_default=channel_default, service=False)
