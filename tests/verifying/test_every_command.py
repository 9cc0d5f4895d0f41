"""Law one for every command that an engine has: asked harmlessly and proven so, or not asked."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from pydantic import SecretStr
from verifying.condition import condition, furnish, neighbour, written_to
from verifying.engines import BINARIES, NEWEST, Engine, engines, hashed, until
from verifying.recorder import recorded

from reconciler.checks.answer import Answer, Sort
from reconciler.checks.harmless import harmless_form
from reconciler.checks.line import Line
from reconciler.checks.probe import asked_harmlessly, unaskable
from reconciler.connect import RedisConnector
from reconciler.ports import Login

pytestmark = [pytest.mark.engines, pytest.mark.slow]

SECRET = "all-or-nothing-01"
CLUSTER = ("--cluster-enabled", "yes", "--cluster-require-full-coverage", "no")
HOW = [(binary, mode) for binary in BINARIES for mode in ("alone", "cluster")]
MIGHTY = ("~*", "&*", "+@all")
PIECES = (
    *("a", "b", "c", "f", "1", "0", "x", "*", "g", "ON", "NOW", "HARD", "ALL", "FORCE"),
    *("ASYNC", "SAVE", "LIMIT", "STORE", "default", "maxmemory", "ID", "NO", "ONE", "orders:1"),
)


def _name(how) -> str:
    binary, mode = how
    return f"{binary.family} {binary.version_text} {mode}"


@pytest.fixture(scope="module", params=HOW, ids=_name)
def engine(request, tmp_path_factory) -> Iterator[Engine]:
    binary, mode = request.param
    settings = CLUSTER if mode == "cluster" else ()
    with engines(tmp_path_factory.mktemp("every"), 1, *settings, binary=binary) as [one]:
        if mode == "cluster":
            slots = range(16384) if binary.version < (7, 0, 0) else ()
            one.tell("CLUSTER ADDSLOTS", *slots) if slots else one.tell(
                "CLUSTER ADDSLOTSRANGE", 0, 16383
            )
            until(lambda: "cluster_state:ok" in one.raw("CLUSTER INFO"), "it is up")
        yield one


def let_in(engine: Engine, *rules: str) -> None:
    engine.set_user("probe", "on", hashed(SECRET), *rules)


def asked_as(engine: Engine, asked: list[tuple[str, ...]], *rules: str) -> dict:
    """Ask them all in turn as a user with these rights, and let nothing close the connection."""
    let_in(engine, *rules)
    place = SimpleNamespace(host="127.0.0.1", port=engine.port)
    line = Line(RedisConnector().node(place, Login("probe", SecretStr(SECRET)), tls=False))
    with contextlib.closing(line):
        answers = {}
        for words in asked:
            answers[words] = asked_harmlessly(line, words)
            assert line.lost is None, (words, answers[words])
    return answers


def commands_of(engine: Engine) -> list[tuple[tuple[str, ...], int]]:
    """Give every command and subcommand that the engine lists, with the least of its words.

    redis 6.2 lists no subcommands: there the newest engine's are taken, which it may not know.
    """
    found = {}
    for name, arity, *rest in engine.raw("COMMAND"):
        found[(name.upper(),)] = abs(arity)
        for sub in rest[7] if len(rest) > 7 else ():
            found[tuple(sub[0].upper().split("|"))] = abs(sub[1])
    return sorted(found.items())


@pytest.fixture(scope="module")
def subcommands(tmp_path_factory) -> list[tuple[tuple[str, ...], int]]:
    with engines(tmp_path_factory.mktemp("newest"), 1, binary=NEWEST) as [one]:
        return [(words, least) for words, least in commands_of(one) if len(words) > 1]


@pytest.fixture
def written(engine, subcommands) -> list[tuple[str, ...]]:
    """Each command as somebody may write it: as short as it may be, and longer, with odd words."""
    chance = random.Random(2011)
    listed = dict([*subcommands, *commands_of(engine)])
    first = [
        (*words, *("a", "1", "b", "1")[: max(n - len(words), 0)]) for words, n in listed.items()
    ]
    return first + [
        (*words, *chance.choices(PIECES, k=max(least - len(words), 0) + more))
        for words, least in listed.items()
        for more in (0, 1, 2, 3)
    ]


def test_no_command_of_the_engine_harms_whoever_may_do_everything(engine, written):
    furnish(engine)
    let_in(engine, *MIGHTY)
    with neighbour(engine) as beside:
        before, changes = condition(engine), written_to(engine)

        asked = [words for words in written if not unaskable(words, multi=True)]
        answers = asked_as(engine, asked, *MIGHTY)

        assert condition(engine) == before
        assert written_to(engine) == changes
        assert beside.heard() == []
    assert len(asked) > 1000
    forms = [words for words in asked if harmless_form(words) is not None]
    assert 200 < len(forms) < len(asked)
    told = [answer for answer in answers.values() if isinstance(answer, Answer)]
    assert sum(answer.allowed is True for answer in told) > len(asked) / 2


def test_what_is_not_asked_is_only_what_no_transaction_takes(engine, written):
    """Whatever has neither form nor place in MULTI is *not proven*, and says why."""
    left = {words[0] for words in written if unaskable(words, multi=True)}

    assert left == {
        *("EXEC", "DISCARD", "MULTI", "WATCH", "UNWATCH", "QUIT", "RESET", "AUTH", "HELLO"),
        *("MONITOR", "SYNC", "PSYNC", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "ASKING"),
        *("READONLY", "READWRITE"),
    } & {words[0] for words in written}


def test_every_command_is_refused_to_whom_nothing_is_allowed(engine, written):
    asked = [words for words in written if not unaskable(words, multi=True)]
    answers = asked_as(engine, asked, "resetkeys", "resetchannels", "-@all", "+multi")

    taken = {
        words: answer
        for words, answer in answers.items()
        if isinstance(answer, Answer) and answer.allowed is True
    }
    assert taken == {}
    refused = [
        one for one in answers.values() if isinstance(one, Answer) and one.sort is Sort.DENIED
    ]
    assert len(refused) > len(asked) / 2


def test_the_engine_itself_has_run_the_forms_and_nothing_else(engine, written):
    """By its own log: inside MULTI nothing runs, and a form names no key but those written."""
    asked = [words for words in written if not unaskable(words, multi=True)]
    forms = {form: words for words in asked if (form := harmless_form(words)) is not None}

    ran = recorded(engine, lambda: asked_as(engine, asked, *MIGHTY))

    greeting = {"AUTH", "HELLO", "MULTI"}
    others = [one for one in ran if one[0] not in greeting and one[:2] != ("CLIENT", "SETINFO")]
    assert set(others) <= set(forms)
    assert len(others) > len(forms) / 2
    assert all(set(form) & {"a", "b", "c"} <= set(words) for form, words in forms.items())
    walking = {"KEYS", "DBSIZE", "RANDOMKEY"}
    assert not walking & {words[0] for words in others}
    assert {words for words in others if words[0] == "SCAN"} <= {("SCAN", "notacursor")}
