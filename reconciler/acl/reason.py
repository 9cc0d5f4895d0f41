"""Why a command is allowed or refused: which token of the access string decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reconciler.acl.cover import touching_keys
from reconciler.acl.decision import Granted, NotACommand, Question, Rights, question
from reconciler.acl.glob import matches
from reconciler.acl.grammar import READ, WRITE, Rule, parse, selector_rules
from reconciler.acl.replay import Selector
from reconciler.acl.vocabulary import is_hidden

_RIGHTS = {READ: "read", WRITE: "write", READ | WRITE: "read and write", 0: "name"}


class Decision(NamedTuple):
    """Whether a command line is allowed, and why, in a sentence without a full stop.

    ``allowed`` is the engine's own answer. ``hidden``: ElastiCache keeps the command from
    everybody, so that there nobody can, whatever the access string says.
    """

    command: str
    allowed: bool
    why: str
    token: str = ""
    hidden: bool = False
    is_command: bool = True
    """False where the engine would not come to rights: no such command, or too few words."""

    @property
    def works(self) -> bool:
        """Whether it can be done on ElastiCache."""
        return self.allowed and not self.hidden


def decide(found: Rights, line: str | Sequence[str]) -> Decision:
    """Decide one command line and say which token decides; a line that is no command is refused."""
    said = line if isinstance(line, str) else " ".join(line)
    try:
        asked = question(line, found.table)
    except NotACommand as error:
        return Decision(said, allowed=False, why=str(error), is_command=False)
    except ValueError as error:
        why = f"it can't be split into words: {error}"
        return Decision(said, allowed=False, why=why, is_command=False)
    name = asked.command.name
    reasons = [_reason(found, at, asked) for at in range(len(found.selectors))]
    best = max(reasons, key=lambda one: one[0])
    hidden = is_hidden(name)
    why = best[1]
    if hidden:
        why += f"; ElastiCache hides {_shown(asked)} from everybody: unknown command there"
    return Decision(said, best[0] == _ALLOWED, why, best[2], hidden)


def decide_name(found: Rights, line: str) -> Decision:
    """Decide as ``decide``, and a command that is named without its words: on some key, is it."""
    name = "|".join(line.split()).lower()
    at = found.table.index.get(name)
    decision = decide(found, line)
    if decision.is_command or at is None or name in found.table.families:
        return decision
    asked = Question(found.table.command(name), tuple(line.split()), (), ())
    reasons = [_reason(found, at, asked) for at in range(len(found.selectors))]
    best = max(range(len(reasons)), key=lambda at: reasons[at][0])
    reach, why, token = reasons[best]
    keys = sorted(found.selectors[best].state.keys)
    if reach == _ALLOWED and touching_keys(found.table) >> found.table.index[name] & 1:
        every = found.selectors[best].state.all_keys
        why += (
            ", on every key" if every else f", on keys {' '.join(keys)}" if keys else ", on no key"
        )
    return Decision(line, reach == _ALLOWED, why, token, is_hidden(name))


_COMMAND, _KEY, _CHANNEL, _ALLOWED = 0, 1, 2, 3


def _shown(asked: Question) -> str:
    return asked.command.name.replace("|", " ").upper()


def _reason(found: Rights, at: int, asked: Question) -> tuple[int, str, str]:
    """Give how far a selector lets the command come, why, and the token that decides."""
    selector = found.selectors[at]
    where = f"selector {at}: " if at else ""
    token = _deciding(found, at, asked)
    if not selector.allows_command(asked):
        why = f"{token} refuses {_shown(asked)}" if token else f"no rule allows {_shown(asked)}"
        return _COMMAND, where + why, token
    if key := selector.refused_key(asked):
        patterns = [one for one, _ in _rules_of_keys(selector, key.bits)]
        right, text = _RIGHTS[key.bits], asked.argv[key.at]
        held = " ".join(patterns)
        why = f"only {held} may be" if patterns else f"there is no key it may {right}"
        return _KEY, f"{where}no pattern lets it {right} key {text}: {why}", held
    if channel := selector.refused_channel(asked):
        text = asked.argv[channel.at]
        names = " ".join(f"&{one}" for one in selector.state.channels) or "no channel"
        return _CHANNEL, f"{where}channel {text} is not granted: it has {names}", names
    return _ALLOWED, where + _granting(selector, asked, token), token


def _granting(selector: Granted, asked: Question, token: str) -> str:
    name = _shown(asked)
    parts = [f"{token} allows {name}" if token else f"no rule can take {name} away"]
    for key in asked.keys:
        text = asked.argv[key.at]
        rules = [rule for rule, name in _rules_of_keys(selector, key.bits) if matches(name, text)]
        rule = "~*" if selector.state.all_keys else rules[0]
        if (sentence := f"{rule} holds {text}") not in parts:
            parts.append(sentence)
    if asked.channels:
        every = selector.all_channels
        unsaid = selector.state.all_channels is None
        parts.append(
            ("the channel default allows every channel" if unsaid else "&* holds every channel")
            if every
            else "its channels hold it"
        )
    return ", ".join(parts)


def _rules_of_keys(selector: Granted, bits: int) -> list[tuple[str, str]]:
    """Give key rules that grant these rights, as they are written, with their patterns."""
    prefix = {READ: "%R~", WRITE: "%W~", READ | WRITE: "~"}
    keys = selector.state.keys.items()
    return [(prefix[held] + name, name) for name, held in keys if held & bits == bits]


def _deciding(found: Rights, at: int, asked: Question) -> str:
    """Give the last rule that changed whether the command is allowed; empty when none did."""
    rules = _command_rules(found, at)
    state = Selector(found.table)
    selector = Granted(state, found.channel_default)
    token, before = "", False
    for rule in rules:
        state.apply(rule)
        now = selector.allows_command(asked) and not asked.command.no_auth
        if now != before:
            token, before = rule.text, now
    return token


def _command_rules(found: Rights, at: int) -> list[Rule]:
    sorts = {"command", "category", "allcommands", "nocommands"}
    rules: Sequence[Rule] = parse(found.text, service=found.service).rules
    if at:
        selectors: list[Rule] = []
        for rule in rules:
            if rule.sort == "clearselectors":
                selectors.clear()
            elif rule.sort == "selector":
                selectors.append(rule)
        modern = found.table.splits_loosely
        rules = selector_rules(selectors[at - 1], modern=modern, service=found.service)
    return [rule for rule in rules if rule.sort in sorts]
