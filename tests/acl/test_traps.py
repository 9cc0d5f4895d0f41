"""Traps of the access-string language, each held once against us and once against engines."""

import oracle
import pytest

from reconciler.acl import AccessStringError, NotACommand, rights, stored, table, upgrade

ALL = ("redis 6.2", "redis 7.0", "redis 8.0", "valkey 8.0", "valkey 8.1", "valkey 9.1")
SINCE_7 = ALL[1:]

# Access string, command, allowed, the versions that it holds for.
TRAPS = [
    pytest.param("+@all -@all +ping", "DBSIZE", False, ALL, id="order decides: taken away"),
    pytest.param("-@all +ping +@all", "DBSIZE", True, ALL, id="order decides: given last"),
    pytest.param("+client", "CLIENT KILL x", True, ALL, id="a container gives its subcommands"),
    pytest.param("+client -client|kill", "CLIENT KILL x", False, SINCE_7, id="one taken away"),
    pytest.param("+client -client|kill", "CLIENT ID", True, SINCE_7, id="the others stay"),
    pytest.param("+client|id -client", "CLIENT ID", False, ALL, id="a container takes them all"),
    pytest.param("+select|0", "SELECT 0", True, ALL, id="first argument"),
    pytest.param("+select|0", "SELECT 1", False, ALL, id="another first argument"),
    pytest.param("+select|0 +select", "SELECT 1", True, ALL, id="first argument made moot"),
    pytest.param("+select|0 -@fast", "SELECT 0", False, ALL, id="taken away by its category"),
    pytest.param("+select|0 +@fast -select", "SELECT 0", False, ALL, id="and made moot by it"),
    pytest.param("%RW~* ~b +get", "GET b", True, SINCE_7, id="a pattern after %RW~*"),
    pytest.param("%R~k %W~k +set", "SET k 1 GET", True, SINCE_7, id="rights of one pattern join"),
    pytest.param("%R~a* %W~ab +set", "SET ab 1", True, SINCE_7, id="two patterns: writing"),
    pytest.param("%R~a* %W~ab +get", "GET ab", True, SINCE_7, id="two patterns: reading"),
    pytest.param("%R~a* %W~ab +set", "SET ab 1 GET", False, SINCE_7, id="they do not add up"),
    pytest.param("~a* +mget (+@all ~b*)", "MGET a1 b1", False, SINCE_7, id="nor do selectors"),
    pytest.param(
        "~a* +mget (+@all ~b*)", "MGET b1 b2", True, SINCE_7, id="one selector grants all"
    ),
    pytest.param("~a* +@all", "SCAN 0", True, ALL, id="patterns do not hold SCAN"),
    pytest.param("~a* +@all", "FLUSHALL", True, ALL, id="nor FLUSHALL"),
    pytest.param("+GET ~A", "get A", True, ALL, id="commands in any case"),
    pytest.param("+get ~A", "get a", False, ALL, id="patterns in one case"),
    pytest.param("+@READ ALLKEYS", "get a", True, ALL, id="keywords in any case"),
    pytest.param("&a* +psubscribe", "PSUBSCRIBE ab", False, ALL, id="a channel pattern by letter"),
    pytest.param("&a* +psubscribe", "PSUBSCRIBE a*", True, ALL, id="the listed channel pattern"),
    pytest.param("&a* +subscribe", "SUBSCRIBE ab", True, ALL, id="a channel by pattern"),
    pytest.param("~** +get", 'GET ""', False, ALL, id="a star does not match the empty key"),
    pytest.param("~* +get", 'GET ""', True, ALL, id="every key is also the empty one"),
    pytest.param("~a +eval", "EVAL s 9 b", True, SINCE_7, id="a count that does not fit: no keys"),
    pytest.param(
        "~a +zunion", "ZUNION 01 b", False, SINCE_7, id="a loose count is read all the same"
    ),
    pytest.param("%W~a +zunion", "ZUNION 01 a", True, SINCE_7, id="and asks for no right"),
    pytest.param("~a +exists", "EXISTS b", False, ALL, id="EXISTS names a key"),
    pytest.param("%W~a +exists", "EXISTS a", True, SINCE_7, id="and any right on it will do"),
    pytest.param("-@all", "AUTH x", True, ALL, id="AUTH is always allowed"),
]


@pytest.mark.parametrize(("text", "line", "allowed", "versions"), TRAPS)
def test_we_know_the_trap(text, line, allowed, versions):
    for name in versions:
        found = rights(text, table(*name.split()), channel_default="resetchannels")

        assert found.allows(line) is allowed, name


@pytest.mark.engines
@pytest.mark.parametrize(("text", "line", "allowed", "versions"), TRAPS)
def test_the_server_sets_the_trap(engine, text, line, allowed, versions):
    words = ["" if word == '""' else word for word in line.split()]
    if engine.name in versions and words[0] != "AUTH":
        assert engine.decides(text, [words]) == [allowed]


REFUSED = [
    pytest.param("~* ~x", ALL, id="a pattern after every key"),
    pytest.param("allkeys ~x", ALL, id="a pattern after allkeys"),
    pytest.param("&* &x", ALL, id="a channel after every channel"),
    pytest.param("-select|0", ALL, id="a first argument taken away"),
    pytest.param("+config|get|x", SINCE_7, id="a first argument of a subcommand"),
    pytest.param("(+get", ALL, id="an open selector"),
    pytest.param("(on)", ALL, id="a user rule in a selector"),
    pytest.param("+client|nope", SINCE_7, id="no such subcommand"),
    pytest.param("%~a", ALL, id="no right on a key"),
]


@pytest.mark.parametrize(("text", "versions"), REFUSED)
def test_we_refuse_what_the_server_refuses(text, versions):
    for name in versions:
        with pytest.raises(AccessStringError):
            rights(text, table(*name.split()), service=False)


@pytest.mark.engines
@pytest.mark.parametrize(("text", "versions"), REFUSED)
def test_the_server_refuses_it(engine, text, versions):
    if engine.name in versions:
        assert isinstance(engine.accepts(text), oracle.Refusal)


def test_containers_alone_are_no_commands():
    with pytest.raises(NotACommand, match="takes 2 or more words"):
        rights("+@all", table("valkey", "8.1")).allows("CONFIG")


def test_every_later_command_is_a_right_of_its_own():
    enumerated = " ".join(f"+{name}" for name in table("valkey", "8.1").names if "|" not in name)
    found = table("valkey", "8.1")

    every, listed = (
        rights(text, found, service=False) for text in ("on +@all", f"on {enumerated}")
    )

    assert every.commands == listed.commands
    assert every.selectors[0].state.future
    assert not listed.selectors[0].state.future


def test_the_same_string_means_more_after_an_upgrade():
    text = "on -@all +@read +@write +@connection"

    moved = upgrade(text, table("redis", "6.2"), table("redis", "7.0"))

    assert {"select", "readonly", "wait"} <= set(moved.gained)
    assert "object|help" in moved.lost
    assert "sintercard" in moved.brought


def test_the_two_forms_that_engines_store():
    text = "on +@read ~a* -@dangerous"

    assert stored(text, table("redis", "7.0"), 7) == "on ~a* -@all +@read -keys -sort_ro"
    assert stored(text, table("valkey", "8.1"), 8) == "on ~a* -@all +@read -@dangerous"


QUOTED = [
    pytest.param('(+get "~a")', "GET a", ALL[1:], id="quotes are taken off"),
    pytest.param('(+get ~a"b"c)', "GET abc", ("valkey 9.1",), id="text after a quote, from 9.1"),
]


@pytest.mark.parametrize(("text", "line", "versions"), QUOTED)
def test_quotes_in_a_selector_are_read_as_the_version_reads_them(text, line, versions):
    for name in SINCE_7:
        assert rights(text, table(*name.split())).allows(line) is (name in versions)


@pytest.mark.engines
@pytest.mark.parametrize(("text", "line", "versions"), QUOTED)
def test_the_server_reads_quotes_so(engine, text, line, versions):
    if engine.name in SINCE_7:
        assert engine.decides(text, [line.split()]) == [engine.name in versions]


def test_an_unbalanced_quote_empties_its_selector():
    assert not rights('on (+get "~a)', table("valkey", "9.1")).selectors[1].state.commands
