"""Random access strings and command lines, from a seed: every construct, slips included."""

from __future__ import annotations

import random

from reconciler.acl.command import Table

PATTERNS = (
    *("*", "a*", "app:*", "a?", "[ab]*", "[^a]*", "a", "b:1", "", "**", "a[b-d]*", "\\*", "ab*c"),
    *("*b", "?", "é*", "[", "a\\", "?*"),
)
TEXTS = ("a", "ab", "abc", "app:1", "b:1", "b", "*", "", "é", "zz", "[", "a\\", "ac", "abxc")
SLIPS = (
    *("+nope", "-nope", "+@nope", "get", "%X~a", "%~a", "+get)", "+config|get|x", "-select|0"),
    *(
        "+client|nope",
        "-client|nope",
        "+get|",
        "+|get",
        "+",
        "-",
        "~a\tb",
        "onn",
        "+@",
        "%RR~a",
        "@all",
    ),
    *("(on)", "(nopass)", "+@read|x", "&a\nb", "(~* ~a)", "~* ~a", "&* &a"),
)


class Maker:
    """Makes access strings and probes for one engine version."""

    def __init__(self, table: Table, seed: int) -> None:
        self.table = table
        self.random = random.Random(seed)
        self.probed = [name for name in table.named(table.executable) if name not in NEVER_PROBED]

    def text(self, *, slips: float = 0.04) -> str:
        tokens = [self._token(slips) for _ in range(self.random.randint(1, 10))]
        if self.random.random() < 0.7:
            tokens.insert(0, self.random.choice(("on", "off", "ON")))
        if self.random.random() < 0.25 and self.table.has_selectors:
            tokens.append(self._selector(slips))
        return " ".join(tokens)

    def _selector(self, slips: float) -> str:
        inside = [self._rule(slips) for _ in range(self.random.randint(0, 4))]
        return "(" + " ".join(inside) + ")"

    def _token(self, slips: float) -> str:
        chance = self.random.random()
        if chance < 0.03:
            return self.random.choice(("on", "off", "clearselectors", "sanitize-payload"))
        if chance < 0.08:
            return self._selector(slips)
        return self._rule(slips)

    def _rule(self, slips: float) -> str:
        pick, chance = self.random.choice, self.random.random()
        if self.random.random() < slips:
            return pick(SLIPS)
        if chance < 0.25:
            return pick("+++-") + "@" + self._cased(pick(self.table.categories))
        if chance < 0.35:
            return pick(("+@all", "-@all", "allcommands", "nocommands", "+@ALL"))
        if chance < 0.62:
            return pick("+++-") + self._cased(pick(self.table.names))
        if chance < 0.68:
            return f"+{pick(self.table.names)}|{pick(('0', 'x', 'Id', 'get'))}"
        if chance < 0.86:
            return pick(("~", "~", "%R~", "%W~", "%RW~", "%w~")) + pick(PATTERNS)
        if chance < 0.91:
            return pick(("allkeys", "resetkeys", "~*"))
        if chance < 0.97:
            return "&" + pick(PATTERNS)
        return pick(("allchannels", "resetchannels", "&*"))

    def _cased(self, name: str) -> str:
        return name.upper() if self.random.random() < 0.1 else name

    def probe(self) -> list[str]:
        """Make a command line: any command, with arguments that may be keys, counts or words."""
        name = self.random.choice(self.probed)
        command = self.table.command(name)
        words = name.split("|")
        length = abs(command.arity) + (self.random.randint(0, 4) if command.arity < 0 else 0)
        while len(words) < length:
            words.append(self._argument())
        return words

    def _argument(self) -> str:
        chance = self.random.random()
        if chance < 0.68:
            return self.random.choice(TEXTS)
        if chance < 0.86:
            return self.random.choice(("0", "1", "2", "3", "9", "-1", "01", "x"))
        return self.random.choice(WORDS)


WORDS = (
    *("GET", "store", "STORE", "storedist", "STREAMS", "keys", "by", "limit", "SET", "overflow"),
    *(
        "incrby",
        "copy",
        "auth",
        "auth2",
        "count",
        "block",
        "usage",
        "strings",
        "group",
        "noack",
        "nx",
    ),
    *("DB", "IFEQ", "ex", "withscores", "WEIGHTS", "aggregate", "asc", "replace"),
)
# Run at once inside MULTI, where 6.2 is asked; or end the connection.
NEVER_PROBED = frozenset({"exec", "discard", "multi", "watch", "reset", "quit", "auth", "hello"})
