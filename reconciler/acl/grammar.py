"""Access string -> rules with positions: the grammar, free of any engine version.

What every engine refuses, and what ElastiCache refuses of what engines take (passwords, ``reset``,
hidden commands, database rules), is an AccessStringError here. What only some versions refuse
(selectors in 6.2, an unknown subcommand) is refused by replay, which knows the version.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from reconciler.acl.vocabulary import (
    HIDDEN,
    MODULE_CATEGORIES,
    is_module,
    known_category,
    known_command,
    near,
)
from reconciler.errors import ReconcilerError

Sort = Literal[
    "on",
    "off",
    "sanitize-payload",
    "skip-sanitize-payload",
    "allkeys",
    "resetkeys",
    "key",
    "allchannels",
    "resetchannels",
    "channel",
    "allcommands",
    "nocommands",
    "command",
    "category",
    "module",
    "clearselectors",
    "selector",
]

READ, WRITE = 1, 2


class AccessStringError(ReconcilerError, ValueError):
    """An access string that can't be used: where (0-based), which token, why, what would be right.

    ``token`` is never a password: of a password rule only its first character is kept.
    """

    exit_code = 2

    def __init__(self, position: int, token: str, reason: str, suggestion: str = "") -> None:
        self.position, self.token, self.reason = position, token, reason
        self.suggestion = suggestion
        super().__init__(
            f'"{token}" at position {position}: {reason}'
            + (f"; {suggestion}" if suggestion else "")
        )


class Rule(NamedTuple):
    """One rule: ``name`` is the command, category, pattern or a selector's inside."""

    sort: Sort
    position: int
    text: str
    name: str = ""
    allow: bool = True
    bits: int = 0


class AccessString(NamedTuple):
    """A parsed access string: what was written, and its rules from left to right."""

    text: str
    rules: tuple[Rule, ...]


_WORDS: dict[str, Sort] = {
    "on": "on",
    "off": "off",
    "sanitize-payload": "sanitize-payload",
    "skip-sanitize-payload": "skip-sanitize-payload",
    "allkeys": "allkeys",
    "~*": "allkeys",
    "resetkeys": "resetkeys",
    "allchannels": "allchannels",
    "&*": "allchannels",
    "resetchannels": "resetchannels",
    "allcommands": "allcommands",
    "+@all": "allcommands",
    "nocommands": "nocommands",
    "-@all": "nocommands",
    "clearselectors": "clearselectors",
}
_OF_A_USER = frozenset(
    {"on", "off", "sanitize-payload", "skip-sanitize-payload", "clearselectors", "selector"}
)
_REFUSED = {
    "nopass": (
        "ElastiCache takes no password rules in an access string",
        "say it in authentication_mode: {type: no-password-required}",
    ),
    "resetpass": (
        "ElastiCache takes no password rules in an access string",
        "passwords stand in authentication_mode",
    ),
    "reset": ("ElastiCache refuses reset", "leave it out: an access string starts from nothing"),
}
_KEY = re.compile(r"%([RW]{1,2})(?:~|\Z)(.*)", re.IGNORECASE | re.DOTALL)
_SPACES = re.compile(r"[\t\n\v\f\r\0]")
_ANY_SPACE = re.compile(r"[ \t\n\v\f\r\0]")


def is_rule_word(text: str) -> bool:
    """Say whether this is a rule that is a plain word: ``off``, ``allkeys``, ``nopass``."""
    return text.lower() in _WORDS or text.lower() in _REFUSED


def parse(text: str, *, service: bool = True) -> AccessString:
    """Read an access string, or raise AccessStringError for the first thing wrong in it.

    ``service=False`` reads as a plain engine does: hidden commands are known, modules are not.
    """
    return _parsed(text, service)


def parse_either(text: str) -> AccessString:
    """Read an access string as the service takes it, else as a plain engine does."""
    try:
        return parse(text)
    except AccessStringError:
        return parse(text, service=False)


@functools.lru_cache(maxsize=8192)
def _parsed(text: str, service: bool) -> AccessString:
    if not text.strip(" "):
        raise AccessStringError(0, text, "it is empty", "the least one is off -@all")
    rules = []
    for position, token in _tokens(text):
        rule = read_rule(token, position, service=service)
        rules.append(rule)
    _refuse_after_all(rules)
    return AccessString(text, tuple(rules))


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    """Split at spaces, and join a selector that spans several arguments as engines do."""
    start = 0
    held = ""
    for found in re.finditer(r"[^ ]+", text):
        token = found.group()
        if held:
            held += " " + token
            if token.endswith(")"):
                yield start, held
                held = ""
        elif token.startswith("(") and not token.endswith(")"):
            start, held = found.start(), token
        else:
            yield found.start(), token
    if held:
        raise AccessStringError(
            start, held.partition(" ")[0], "this selector is never closed", "end it with )"
        )


def read_rule(token: str, position: int, *, service: bool, inside: bool = False) -> Rule:
    """Read one rule; ``inside`` a selector some words mean nothing."""
    if inside and token.startswith("("):
        raise AccessStringError(position, token, "selectors do not nest", "close the first with )")
    rule = _read(token, position, service)
    if inside and rule.sort in _OF_A_USER:
        raise AccessStringError(
            position, token, "this is a rule of a user, not of a selector", "put it outside ( )"
        )
    return rule


def _read(token: str, position: int, service: bool) -> Rule:
    word = token.lower()
    if sort := _WORDS.get(word):
        return Rule(sort, position, token)
    first = token[0]
    if word in _REFUSED:
        raise AccessStringError(position, word, *_REFUSED[word])
    if first in "><#!":
        raise AccessStringError(
            position, first + "...", _REFUSED["nopass"][0], _REFUSED["resetpass"][1]
        )
    # What quotes keep together in a selector may not have a space either.
    if space := (_SPACES if first == "(" else _ANY_SPACE).search(token):
        raise AccessStringError(
            position + space.start(),
            token.encode("unicode_escape").decode(),
            "only spaces separate rules, and no pattern has white space in it",
            "write the access string on one line",
        )
    if first in "~%":
        return _key(token, position)
    if first == "&":
        return Rule("channel", position, token, token[1:])
    if first in "+-":
        return _command(token, position, service)
    if first == "(" and token.endswith(")"):
        return Rule("selector", position, token, token[1:-1])
    raise AccessStringError(position, token, *_not_a_rule(word))


def _not_a_rule(word: str) -> tuple[str, str]:
    if word.startswith("db=") or word in {"alldbs", "resetdbs"}:
        return "database rules exist in Valkey 9.1 only and ElastiCache does not list them", ""
    if word.startswith("@") or known_command(word):
        return "this is no rule", f"did you mean +{word} or -{word}?"
    return "this is no rule", near(word, (*_WORDS, "nopass"))


def _key(token: str, position: int) -> Rule:
    if token[0] == "~":
        return Rule("key", position, token, token[1:], bits=READ | WRITE)
    found = _KEY.fullmatch(token)
    letters = found[1].upper() if found else ""
    if found is None or letters in {"RR", "WW"}:
        raise AccessStringError(
            position, token, "a key rule with rights begins with %R~, %W~ or %RW~"
        )
    bits = (READ if "R" in letters else 0) | (WRITE if "W" in letters else 0)
    return Rule("key", position, token, found[2], bits=bits)


# A thousand users have few rules between them, most in the same place.
@functools.lru_cache(maxsize=8192)
def _command(token: str, position: int, service: bool) -> Rule:
    allow, name = token[0] == "+", token[1:]
    if name.startswith("@"):
        if service and name[1:].lower() in MODULE_CATEGORIES:
            return Rule("module", position, token, name.lower(), allow)
        if not known_category(name[1:].lower()):
            raise AccessStringError(
                position, token, "no engine has this category", near(name[1:].lower(), kind="@")
            )
        return Rule("category", position, token, name[1:].lower(), allow)
    first, bar, rest = name.partition("|")
    known = known_command(first.lower()) if allow and bar else known_command(name.lower())
    if not known:
        if service and is_module(name):
            return Rule("module", position, token, name.lower(), allow)
        raise AccessStringError(
            position, token, "no engine has this command", near(name.lower(), kind=token[0])
        )
    if bar and not rest:
        raise AccessStringError(position, token, "a subcommand must follow the bar")
    if service and (name.lower() in HIDDEN or first.lower() in HIDDEN):
        raise AccessStringError(
            position,
            token,
            "ElastiCache hides this command from everybody and refuses a string that names it",
            "leave it out",
        )
    return Rule("command", position, token, name, allow)


def _refuse_after_all(rules: list[Rule]) -> None:
    """Refuse a pattern after ``~*`` or ``&*``: every engine does (``%RW~*`` does not count)."""
    for every, one, reset, words in (
        ("allkeys", "key", "resetkeys", "~*, allkeys"),
        ("allchannels", "channel", "resetchannels", "&*, allchannels"),
    ):
        full = False
        for rule in rules:
            if rule.sort in {every, reset}:
                full = rule.sort == every
            elif rule.sort == one and full:
                raise AccessStringError(
                    rule.position,
                    rule.text,
                    f"a pattern after {words} has no effect, so engines refuse it",
                    f"put {reset} before it",
                )


def selector_rules(rule: Rule, *, modern: bool, service: bool) -> tuple[Rule, ...]:
    """Read the inside of a selector as this generation of engines does.

    Engines split it like a configuration line, with quotes and escapes; an unbalanced quote gives
    an *empty* selector, silently. Up to 9.0 a quote may only open at the start of a rule in effect:
    text right after a closing quote is unbalanced too (measured
    on redis 7.0 and 8.0, valkey 8.0, 8.1 and 9.1).
    """
    return _inside(rule.name, rule.position, modern, service)


@functools.lru_cache(maxsize=8192)
def _inside(name: str, position: int, modern: bool, service: bool) -> tuple[Rule, ...]:
    rules = [
        read_rule(token, position + 1 + at, service=service, inside=True)
        for at, token in split_arguments(name, modern=modern)
    ]
    _refuse_after_all(rules)
    return tuple(rules)


_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "a": "\a"}
_QUOTED = re.compile(r"""\\x([0-9a-fA-F]{2})|\\(.)|([^\\"])""", re.DOTALL)
_SINGLE = re.compile(r"""\\(')|([^'])""", re.DOTALL)


def split_arguments(text: str, *, modern: bool) -> list[tuple[int, str]]:
    """Split as engines split configuration; nothing at all when a quote is unbalanced."""
    if '"' not in text and "'" not in text:
        return [(found.start(), found.group()) for found in re.finditer(r"[^ ]+", text)]
    found, at = [], 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        start, token = at, ""
        while at < len(text) and text[at] != " ":
            if text[at] in "\"'":
                piece = _quoted(text, at, modern)
                if piece is None:
                    return []
                token, at = token + piece[0], piece[1]
            else:
                token, at = token + text[at], at + 1
        if token:
            found.append((start, token))
    return found


def _quoted(text: str, at: int, modern: bool) -> tuple[str, int] | None:
    """Give what stands in quotes and where it ends, or None when the quote is unbalanced."""
    quote, pattern = text[at], _QUOTED if text[at] == '"' else _SINGLE
    at, inside = at + 1, ""
    while at < len(text) and text[at] != quote:
        piece = pattern.match(text, at)
        if piece is None:
            return None
        inside += _unescaped(piece, quote)
        at = piece.end()
    if at >= len(text):
        return None
    at += 1
    if not modern and at < len(text) and text[at] != " ":
        return None
    return inside, at


def _unescaped(piece: re.Match[str], quote: str) -> str:
    if quote == "'":
        return piece[1] or piece[2]
    if piece[1]:
        return bytes([int(piece[1], 16)]).decode("utf-8", "surrogateescape")  # a byte, no letter
    return _ESCAPES.get(piece[2], piece[2]) if piece[2] else piece[3]
