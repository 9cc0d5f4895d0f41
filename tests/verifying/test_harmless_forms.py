"""Law one: a probe does nothing, even as a user that may do everything; tried on every engine."""

from __future__ import annotations

import random
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from pydantic import SecretStr
from verifying.engines import BINARIES, Engine, engines, hashed

from reconciler.acl import table
from reconciler.acl.decision import question
from reconciler.checks.answer import Sort
from reconciler.checks.harmless import (
    AS_THEY_ARE,
    DYING,
    MISCOUNTED,
    REPLACED,
    command_of,
    harmless_form,
)
from reconciler.checks.line import Line
from reconciler.checks.probe import asked_harmlessly, unaskable
from reconciler.connect import RedisConnector
from reconciler.ports import Login

pytestmark = pytest.mark.engines

# What an application would write; everything else is written with one key and some words.
WRITTEN = {
    "copy": "COPY a b",
    "lmove": "LMOVE a b LEFT RIGHT",
    "acl|setuser": "ACL SETUSER somebody on",
    "set": "SET a x",
    "mset": "MSET a x b y",
    "msetnx": "MSETNX a x b y",
}
SECRET = "all-or-nothing-01"


@pytest.fixture(scope="module", params=BINARIES, ids=lambda one: f"{one.family} {one.version_text}")
def engine(request, tmp_path_factory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("engine")
    modern = request.param.version >= (7, 0, 0)
    debug = ("--enable-debug-command", "yes") if modern else ()
    with engines(folder, 1, *debug, binary=request.param) as [one]:
        yield one


@pytest.fixture
def line(engine: Engine):
    """Give a line as a user with every right, or with none."""
    opened = []

    def as_user(*rules: str) -> Line:
        engine.set_user("probe", "on", hashed(SECRET), *rules)
        place = SimpleNamespace(host="127.0.0.1", port=engine.port)
        client = RedisConnector().node(place, Login("probe", SecretStr(SECRET)), tls=False)
        opened.append(Line(client))
        return opened[-1]

    yield as_user
    for one in opened:
        one.close()


def every_form() -> list[tuple[str, ...]]:
    names = sorted({*DYING, *MISCOUNTED, *REPLACED, *AS_THEY_ARE})
    return [written(name) for name in names]


def written(name: str) -> tuple[str, ...]:
    if name in WRITTEN:
        return tuple(WRITTEN[name].split())
    words = name.upper().split("|")
    arity = next((one.command(name).arity for one in tables() if name in one.index), 2)
    arguments = ["a", "1", "b", "1", "c", "d"]
    return (*words, *arguments[: max(abs(arity) - len(words), 0)])


def tables():
    return table("valkey", "9.1"), table("redis", "6.2")


def offers(engine: Engine, words: tuple[str, ...]) -> bool:
    known = table(engine.binary.family, engine.binary.version_text)
    return command_of(words) in known.index or (
        not known.has_selectors and words[0].lower() in known.index
    )


def keys(words: tuple[str, ...]) -> set[str]:
    asked = question(words, table("valkey", "9.1"))
    return {asked.argv[key.at] for key in asked.keys}


def fill(engine: Engine) -> None:
    """Put something of every sort there to lose, in two databases."""
    engine.tell("FLUSHALL")
    for words in (
        "SET a 1", "RPUSH b x y z", "SADD c x y z", "ZADD d 1 x 2 y", "HSET e x 1",
        "XADD f 1-1 x y", "SET orders:1 x EX 600", "SELECT 0",
    ):  # fmt: skip
        engine.tell(*words.split())
    engine.tell("SCRIPT", "LOAD", "return 1")


def state(engine: Engine) -> tuple[object, ...]:
    script = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
    return (
        engine.contents(),
        engine.tell("SCRIPT", "EXISTS", script),
        engine.tell("ACL", "LIST"),
        engine.admin.config_get("maxmemory-policy"),
        engine.admin.role()[0],
        len(engine.admin.client_list()) > 0,
    )


def test_no_form_changes_anything_as_a_user_with_every_right(engine, line):
    fill(engine)
    mighty = line("~*", "&*", "+@all")
    before = state(engine)

    answers = {words: asked_harmlessly(mighty, words) for words in every_form()}

    assert state(engine) == before
    wrong = {
        words: answer
        for words, answer in answers.items()
        if answer.allowed is not True and offers(engine, words)
    }
    assert wrong == {}


def test_every_form_is_refused_to_a_user_without_rights(engine, line):
    weak = line("resetkeys", "resetchannels", "-@all")

    answers = {words: asked_harmlessly(weak, words) for words in every_form()}

    wrong = {
        words: answer
        for words, answer in answers.items()
        if answer.sort is not Sort.DENIED and offers(engine, words)
    }
    assert wrong == {}


def test_the_keys_that_were_written_decide(engine, line):
    keyed = [words for words in every_form() if keys(words) and words[0].lower() in DYING]
    elsewhere = line("~elsewhere", "&*", "+@all")

    answers = {words: asked_harmlessly(elsewhere, words) for words in keyed}

    assert len(keyed) > 30
    assert all(keys(words) == keys(harmless_form(words)) for words in keyed)
    assert {words: a for words, a in answers.items() if a.sort is not Sort.DENIED} == {}


def test_whatever_somebody_writes_nothing_is_done(engine, line):
    """Commands cut short, too long, with options in odd places."""
    chance = random.Random(1106)
    pieces = [
        "a",
        "b",
        "c",
        "orders:1",
        "x",
        "1",
        "0",
        "GET",
        "STORE",
        "EX",
        "NX",
        "*",
        "1-2",
        "ON",
    ]
    names = [*DYING, *MISCOUNTED, *REPLACED, *AS_THEY_ARE]
    fill(engine)
    mighty = line("~*", "&*", "+@all")
    before = state(engine)

    asked = 0
    for _ in range(1500):
        words = (*chance.choice(names).split("|"), *chance.choices(pieces, k=chance.randrange(7)))
        if not unaskable(words, multi=True):
            asked_harmlessly(mighty, words)
            asked += 1

    assert asked > 1000
    assert state(engine) == before


@pytest.mark.parametrize("command", ["SORT a STORE b", "FCALL f 1 a", "SET", "MSET"])
def test_a_form_that_would_lose_a_key_is_none(command):
    assert harmless_form(tuple(command.split())) is None


WITHOUT_FORM = (
    *("DEL a", "UNLINK a", "RENAME a z", "GETDEL a", "SADD c w", "INCR a", "PUBLISH news x"),
    *("KEYS *", "DBSIZE", "EVAL return 1 a", "MIGRATE 127.0.0.1 1 a 0 1"),
)


@pytest.mark.parametrize("command", WITHOUT_FORM)
def test_what_has_no_form_is_asked_inside_multi_and_never_runs(engine, line, command):
    words = tuple(command.split())
    fill(engine)
    mighty = line("~*", "&*", "+@all")
    before = state(engine)

    answer = asked_harmlessly(mighty, words)
    again = mighty.ask("PING")

    assert answer.allowed is True
    assert again.value == "PONG"
    assert state(engine) == before


@pytest.mark.parametrize("command", ["SUBSCRIBE news", "EXEC", "AUTH x", "MONITOR", "RESET"])
def test_what_runs_in_spite_of_multi_is_not_asked(command):
    assert unaskable(tuple(command.split()), multi=True) == "no form of it is harmless"


def test_inside_multi_a_refusal_is_a_refusal(engine, line):
    reader = line("~orders:*", "resetchannels", "-@all", "+@read", "+multi")

    refused = [
        asked_harmlessly(reader, words)
        for words in (("DEL", "orders:1"), ("PUBLISH", "orders:x", "1"), ("KEYS", "*"))
    ]

    assert [answer.allowed for answer in refused] == [False, False, True]


def test_however_often_a_line_hangs_up_it_connects_again(line):
    mighty = line("~*", "&*", "+@all")

    answers = []
    for _ in range(101):
        answers.append(mighty.ask("PING").value)
        mighty.hang_up()

    assert set(answers) == {"PONG"}


def test_without_multi_nothing_is_sent_that_has_no_form(engine, line):
    fill(engine)
    deleter = line("~*", "resetchannels", "-@all", "+del")

    answer = asked_harmlessly(deleter, ("DEL", "a"))

    assert "MULTI" in answer
    assert (0, b"a") in engine.contents()
