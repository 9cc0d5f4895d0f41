"""A value that was written reads back as itself, here and in tools that read YAML 1.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from reconciler.spec.compose import compose
from reconciler.spec.node import Source
from reconciler.spec.quote import field_lines

NASTY = [
    "",
    " ",
    "on",
    "yes",
    "N",
    "null",
    "~",
    "8.1",
    "0123",
    "1e3",
    "12:30:45",
    "2026-11-20",
    "a: b",
    "a:",
    "# comment",
    "a # b",
    "&anchor",
    "*alias",
    "!tag",
    "<<",
    "- a",
    "? a",
    "[a]",
    "{a: b}",
    "%x",
    "@x",
    "`x`",
    "'",
    '"',
    "\\",
    "a\nb",
    "a\tb",
    "\x85",
    "\u2028",
    "\ufeff",
    "\x00",
    "ünïcode 雪 \U0001f9ca",
    "arn:aws:sns:eu-west-1:123456789012:caches",
    "sun:03:00-sun:04:00",
    "x" * 500,
    "...",
    "---",
]
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(st.characters(codec="utf-8"), max_size=60))
VALUES = st.one_of(
    TEXTS,
    st.integers(),
    st.booleans(),
    st.lists(TEXTS, min_size=1, max_size=4).map(tuple),
    st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=4),
)


def read(text):
    problems = []
    found = compose(Source("x", text), problems).plain()
    assert problems == []
    return found


def as_yaml(value):
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_a_nasty_text_reads_back(text):
    written = "\n".join(field_lines("field", text))

    assert read(written) == {"field": text}


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=3))
def test_any_value_reads_back(values):
    written = "\n".join(line for name, one in values.items() for line in field_lines(name, one))

    assert read(written) == {name: as_yaml(one) for name, one in values.items()}


@given(st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=3))
def test_a_text_is_a_text_in_yaml_1_1_too(values):
    written = "\n".join(line for name, one in values.items() for line in field_lines(name, one))
    old = YAML(typ="safe", pure=True)
    old.version = (1, 1)

    assert old.load(written) == values
