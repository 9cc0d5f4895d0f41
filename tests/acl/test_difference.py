"""It is so that a difference says every gain and no other, and a smaller way if there is one."""

import pytest
import randomacl

from reconciler.acl import (
    TABLES,
    AccessStringError,
    NotACommand,
    is_hidden,
    rights,
    rights_diff,
    same_rights,
    smaller,
    table,
)

VALKEY = [table("valkey", "8.1")]


@pytest.mark.parametrize("found", list(TABLES), ids=lambda one: one.name)
def test_whatever_is_newly_allowed_widens(found):
    make = randomacl.Maker(found, seed=21)
    widened = 0
    for _ in range(250):
        before = make.text(slips=0)
        tokens = before.split(" ")
        place = make.random.randint(0, len(tokens))
        after = " ".join((*tokens[:place], make._rule(0), *tokens[place:]))
        try:
            old, new = (rights(one, found, service=False) for one in (before, after))
        except AccessStringError:
            continue
        diff = rights_diff(before, after, [found])
        for probe in [make.probe() for _ in range(30)]:
            try:
                gained = new.on and new.allows(probe) and not (old.on and old.allows(probe))
                lost = old.on and old.allows(probe) and not (new.on and new.allows(probe))
            except NotACommand:
                continue
            assert diff.widens or not gained, (before, after, probe)
            assert diff.narrows or not lost, (before, after, probe)
            widened += gained
    assert widened > 5


def test_equal_rights_neither_widen_nor_narrow():
    diff = rights_diff("on ~a* ~b* +@read", "on ~b* ~a* ~ab* -@all +@read", TABLES)

    assert not diff.widens
    assert not diff.narrows
    assert diff.gained_lines() == diff.lost_lines() == ()


@pytest.mark.parametrize(
    ("before", "after", "gains"),
    [
        (None, "on ~a +get", "1 command (GET), reading keys a"),
        ("on ~a +get", "on ~a +get +set", "1 command (SET), writing to keys a"),
        ("on ~a +get", "on ~a +get +strlen", "1 command (STRLEN), on keys a"),
        (
            "on %R~a +get +set",
            "on ~a +get +set",
            "1 command (SET) reaching further, writing to keys a",
        ),
        ("on ~a +get", "on ~a ~b +get", "1 command (GET) reaching further, reading keys b"),
        (
            "on +get &a +publish",
            "on +get &* +publish",
            "1 command (PUBLISH) reaching further, channels *",
        ),
        (
            "on &a* +psubscribe",
            "on &ab +psubscribe",
            "1 command (PSUBSCRIBE) reaching further, channels ab",
        ),
        (
            "on ~a +get",
            "on ~a +get +json.get",
            "+json.get (of modules, which no table knows: can't tell more)",
        ),
        ("on +ping", "on +ping +select|0", "select|0 (by first argument)"),
        (
            "on ~* +get",
            "on ~* +get +dbsize",
            "with DBSIZE: this acts on every key, no pattern holds it",
        ),
    ],
)
def test_a_gain_is_said_with_its_keys_and_channels(before, after, gains):
    assert gains in rights_diff(before, after, VALKEY).gained_lines()


def test_what_only_a_loosely_written_count_allows_widens_too():
    before, after = "on %R~a +zunion", "on %R~a %W~b +zunion"
    line = "ZUNION 01 b"

    assert not rights(before, VALKEY[0]).allows(line)
    assert rights(after, VALKEY[0]).allows(line)
    assert rights_diff(before, after, VALKEY).widens


def test_whole_categories_are_folded_back():
    [first, second] = rights_diff("on ~a +@read", "on ~a +@read +@write", VALKEY).gained_lines()

    assert first == "108 commands (all of @write), writing to keys a"
    assert second == "with FLUSHALL, FLUSHDB, SWAPDB: these act on every key, no pattern holds them"


def test_what_only_another_version_gains_is_said_of_it():
    lines = rights_diff("on ~a", "on ~a +@read", TABLES).gained_lines()

    assert "STRALGO" in lines[-1]
    assert lines[-1].startswith("on redis 6.2 also ")


def test_a_string_that_can_not_be_read_counts_as_widening():
    diff = rights_diff("on", "on +nosuch", VALKEY)

    assert diff.widens
    assert diff.gained_lines()[0].startswith("can't tell: valkey 8.1: ")


@pytest.mark.parametrize(
    ("before", "after", "widens"),
    [
        ("on ~a +json.get", "on ~a +get +json.get", True),
        ("on ~a +get +json.get", "on ~a +json.get", False),
        ("on ~a +json.get", "on ~a ~b +json.get", True),
        ("on ~a +@all", "on ~a +json.get", False),
        ("on ~a +@all -json.del", "on ~a +@all", True),
        ("on ~a +@all", "on ~a +@all -json.del", False),
    ],
)
def test_rules_on_modules_widen_unless_they_were_there(before, after, widens):
    assert rights_diff(before, after, VALKEY).widens is widens


def test_another_channel_default_widens():
    diff = rights_diff(
        "on +publish",
        "on +publish",
        VALKEY,
        channel_default="resetchannels",
        channel_default_after="allchannels",
    )

    assert diff.gained_lines() == ("1 command (PUBLISH) reaching further, channels *",)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "on ~o:* -@all +@read +@connection",
            "on ~o:* -@all +@read +@write +@connection",
            "on ~o:* -@all +@write -@dangerous +@read +@connection",
        ),
        ("on ~a +@read", "on ~a +@read +@keyspace", "on ~a -@all +@keyspace -@dangerous +@read"),
        ("on ~a +get", "on ~a +get +set", None),
        ("on ~a +get", "on ~a +get +flushall", None),
        (
            "on ~a +@read",
            "on ~a +@read -get +@write",
            (
                "on ~a +@read -get +@write -flushall -flushdb -pfdebug -restore -restore-asking "
                "-sort -swapdb"
            ),
        ),
        ("on ~a +@all", "on ~a +@all ~b", None),
        ("on ~a +get", "on ~a +nonsense", None),
    ],
)
def test_the_smaller_string_is_computed(before, after, expected):
    assert smaller(before, after, VALKEY) == expected


def test_the_smaller_string_gives_the_gains_without_the_dangerous_ones():
    before, after = "on ~o:* -@all +@read", "on ~o:* -@all +@read +@write +@list"

    less = smaller(before, after, TABLES)

    for found in TABLES:
        old, new, small = (rights(one, found).commands for one in (before, after, less))
        danger = set(found.named(found.members["dangerous"]))
        hidden = {name for name in new if is_hidden(name)}
        assert small - hidden == new - (danger - old) - hidden
    assert not rights_diff(after, less, TABLES).widens
    assert not rights_diff(before, less, TABLES).narrows
    assert same_rights(less, less.replace("-@all ", ""), TABLES)
