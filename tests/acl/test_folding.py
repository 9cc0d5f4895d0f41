"""It is so that a set of commands is said in the categories that a person thinks in."""

import pytest

from reconciler.acl import folded, rights, table

VALKEY = table("valkey", "8.1")


def said(text, held="off -@all"):
    mask, before = rights(text, VALKEY).mask, rights(held, VALKEY).mask
    return folded(mask & ~before, VALKEY, before)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+@all", "every command"),
        ("+@write", "all of @write"),
        ("+@read +@write -@dangerous", "@write but @dangerous; @read but @dangerous"),
        ("+@all -@dangerous", "every command but @dangerous"),
        ("+@all -@dangerous +info", "every command but @dangerous, and INFO"),
        ("+@all -keys -flushall", "every command but FLUSHALL, KEYS"),
        ("+@slow -@dangerous", "@slow but @dangerous"),
        ("+@fast", "all of @fast"),
        ("+get +client|id", "CLIENT ID, GET"),
    ],
)
def test_a_set_is_said_as_a_person_would(text, expected):
    assert said(text) == expected


def test_how_fast_commands_are_is_no_way_to_say_what_is_gained():
    words = said("+@all", held="+@read +@write -@dangerous")

    assert words.startswith("every other command; all of @dangerous; ")
    assert "@slow" not in words
    assert "@fast" not in words


def test_a_whole_category_that_is_everything_left_is_said_by_its_name():
    assert said("+@all", held="+@all -@admin") == "all of @admin"
