"""Rules x command table -> what they leave, replayed from left to right as engines do."""

from __future__ import annotations

import functools
from typing import Literal, NamedTuple

from reconciler.acl.command import Table
from reconciler.acl.grammar import (
    AccessString,
    AccessStringError,
    Rule,
    parse,
    selector_rules,
)
from reconciler.acl.vocabulary import near

ChannelDefault = Literal["allchannels", "resetchannels"]


class Selector:
    """What the rules of the root, or of one ( ), leave. Bit sets are over the table's names.

    ``future`` is the flag of ``+@all``: commands that come later are allowed too. ``keys`` maps a
    pattern to its R and W bits, in order. ``channels`` None: nothing was said, the default holds.
    ``history`` are the command rules as engines from 7.2 on keep them; ``modules`` are those on
    commands that no table knows, in order.
    """

    __slots__ = (
        "all_channels",
        "all_keys",
        "channels",
        "commands",
        "every_command",
        "first_args",
        "future",
        "history",
        "keys",
        "modules",
        "table",
    )

    def __init__(self, table: Table) -> None:
        self.table = table
        self.commands = 0
        self.every_command = self.future = False
        self.first_args: dict[str, list[str]] = {}
        self.all_keys = False
        self.keys: dict[str, int] = {}
        self.all_channels: bool | None = None
        self.channels: list[str] = []
        self.history: list[str] = []
        self.modules: dict[str, bool] = {}

    @property
    def module_rules(self) -> tuple[tuple[str, ...], ...]:
        """Give each rule on modules with the rules on categories that may have undone it since.

        No table says which categories a module's commands bear, so the order of the two counts.
        """
        found = []
        for name, allow in self.modules.items():
            sign = "+" if allow else "-"
            later = self.history[self.history.index(sign + name) + 1 :]
            others = [one for one in later if one[1] == "@" and one[1:] not in self.modules]
            undone = next((at for at, one in enumerate(others) if one[0] != sign), len(others))
            found.append((sign + name, *others[undone:]))
        return tuple(found)

    def apply(self, rule: Rule) -> None:
        """Apply one rule; AccessStringError when this version refuses it."""
        match rule.sort:
            case "command":
                self._command(rule)
            case "category":
                self._category(rule)
            case "allcommands" | "nocommands":
                self.future = self.every_command = rule.sort == "allcommands"
                self.commands = self.table.every if self.future else 0
                self.first_args.clear()
                self.history.clear()
                self.modules.clear()
            case "module":
                self.modules.pop(rule.name, None)
                self.modules[rule.name] = rule.allow
                self._remember(rule, rule.name)
            case "key":
                if rule.text[0] == "%" and not self.table.has_selectors:
                    raise _too_new(rule, self.table, "rights on a key pattern come with 7.0")
                self.all_keys = False
                self.keys[rule.name] = self.keys.get(rule.name, 0) | rule.bits
            case "allkeys" | "resetkeys":
                self.all_keys = rule.sort == "allkeys"
                self.keys.clear()
            case "channel":
                self.all_channels = False
                if rule.name not in self.channels:
                    self.channels.append(rule.name)
            case "allchannels" | "resetchannels":
                self.all_channels = rule.sort == "allchannels"
                self.channels.clear()
            case _:
                raise AssertionError(f"{rule.sort} is a rule of the user")

    def _category(self, rule: Rule) -> None:
        reach = self.table.reach.get(rule.name)
        if reach is None:
            raise _unknown(rule, self.table, "category")
        self._set(reach, allow=rule.allow)
        if self.first_args:
            for name in [one for one in self.first_args if reach >> self.table.index[one] & 1]:
                del self.first_args[name]
        self._remember(rule, "@" + rule.name)

    def _command(self, rule: Rule) -> None:
        name = rule.name.lower()
        parent, bar, _ = name.partition("|")
        family = self.table.families
        if bar and rule.allow and parent not in family:
            self._first_arg(rule)
        elif name in self.table.index:
            self._set(family.get(name, 1 << self.table.index[name]), allow=rule.allow)
            self.first_args.pop(name, None)
        elif name.count("|") > 1:
            raise AccessStringError(
                rule.position, rule.text, "a subcommand takes no first argument"
            )
        else:
            raise _unknown(rule, self.table, "command")
        self._remember(rule, name)

    def _first_arg(self, rule: Rule) -> None:
        """Allow a command with this first argument only; before 7.0 every subcommand is one."""
        parent, _, argument = rule.name.partition("|")
        parent = parent.lower()
        if parent not in self.table.index:
            raise _unknown(rule, self.table, "command")
        if self.table.has_selectors and "|" in argument:
            raise _unknown(rule, self.table, "command")
        if not self.table.has_selectors and self.commands >> self.table.index[parent] & 1:
            return  # measured on redis 6.2.14: no effect on a command that is allowed already
        held = self.first_args.setdefault(parent, [])
        if argument.lower() not in [one.lower() for one in held]:
            held.append(argument)

    def _set(self, mask: int, *, allow: bool) -> None:
        if allow:
            self.commands |= mask
        elif mask:
            self.commands &= ~mask
            self.every_command = False

    def _remember(self, rule: Rule, name: str) -> None:
        """Keep the rule in place of those it makes moot, as engines from 7.2 on do."""
        self.history = [
            one for one in self.history if not (one[1:] == name or one[1:].startswith(name + "|"))
        ]
        self.history.append(("+" if rule.allow else "-") + name)


class Replayed(NamedTuple):
    """What a whole access string leaves on one engine version; ``selectors[0]`` is the root."""

    on: bool
    skips_sanitizing: bool
    table: Table
    selectors: tuple[Selector, ...]


def _unknown(rule: Rule, table: Table, what: str) -> AccessStringError:
    meant = near(rule.name.lower(), kind=rule.text[0])
    return AccessStringError(
        rule.position,
        rule.text,
        f"{table.name} has no such {what}",
        "" if rule.text[1:] in meant else meant,
    )


def _too_new(rule: Rule, table: Table, reason: str) -> AccessStringError:
    return AccessStringError(rule.position, rule.text, f"{reason}, not in {table.name}")


def replay(access: AccessString | str, table: Table, *, service: bool = True) -> Replayed:
    """Replay an access string, or raise AccessStringError when this engine version refuses it."""
    if isinstance(access, str):
        access = parse(access, service=service)
    on = skips = False
    root, others = Selector(table), list[Selector]()
    for rule in access.rules:
        match rule.sort:
            case "on" | "off":
                on = rule.sort == "on"
            case "sanitize-payload" | "skip-sanitize-payload":
                skips = rule.sort == "skip-sanitize-payload"
            case "clearselectors" | "selector" if not table.has_selectors:
                raise _too_new(rule, table, "selectors come with 7.0")
            case "clearselectors":
                others.clear()
            case "selector":
                others.append(_selector(rule, table, service=service))
            case _:
                root.apply(rule)
    return Replayed(on, skips, table, (root, *others))


def _selector(rule: Rule, table: Table, *, service: bool) -> Selector:
    selector = Selector(table)
    for inner in selector_rules(rule, modern=table.splits_loosely, service=service):
        selector.apply(inner)
    return selector


@functools.lru_cache(maxsize=8192)
def replayed(text: str, table: Table, *, service: bool = True) -> Replayed:
    """Replay, remembering the last few thousand answers; treat what it gives as frozen."""
    return replay(text, table, service=service)
