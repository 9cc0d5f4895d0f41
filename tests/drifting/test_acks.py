"""An acknowledgement goes into a file that people write in too: theirs stays as it is."""

from __future__ import annotations

import pytest

from reconciler.errors import SpecError, UsageError
from reconciler.spec.acks import Acknowledgement, acknowledge, read_acks


def ack(ident="00000000aa", until="2026-12-01", why="until the migration"):
    return Acknowledgement(
        id=ident, address="user/app", field="access_string", until=until, why=why
    )


@pytest.fixture
def spec(tmp_path):
    return tmp_path / "prod.yaml"


def given(spec, text):
    spec.with_name("prod.acks.yaml").write_text(text)


def added(spec, entry):
    """Write as the command does; gives the text."""
    path, text = acknowledge(spec, entry)
    path.write_text(text)
    return text


def test_a_first_entry_makes_a_file_that_says_what_it_is(spec):
    text = added(spec, ack(why='a "migration": #1 — ünï 🎉'))

    assert text.startswith("# Drift that is known and accepted until a day")
    [entry] = read_acks(spec).entries
    assert entry.why == 'a "migration": #1 — ünï 🎉'


WRITTEN = """\
# reviewed by the platform team
version: 1
acknowledged:
  # of the shop
  - id: "00000000aa"
    address: user/app
    field: access_string
    until: "2026-11-20"   # a Friday
    why: "PLAT-9"
  # of the carts
  - {id: "00000000bb", address: user/ops, until: "2026-11-21", why: "PLAT-10"}
"""


@pytest.mark.parametrize("ident", ["00000000aa", "00000000cc"])
def test_what_people_wrote_stays_where_it_stands(spec, ident):
    given(spec, WRITTEN)

    text = added(spec, ack(ident))

    comments = [line.strip() for line in WRITTEN.splitlines() if "#" in line]
    kept = [one for one in comments if one.partition("#")[2] in text]
    assert kept == comments
    assert '{id: "00000000bb"' in text
    days = {"00000000aa": "2026-11-20", "00000000bb": "2026-11-21", ident: "2026-12-01"}
    assert {one.id: one.until for one in read_acks(spec).entries} == days


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nacknowledged: []\n",
        "version: 1\nacknowledged:\n",
        "version: 1\n",
        'version: 1\nacknowledged:\n- id: "00000000bb"\n  until: "2026-11-21"\n  why: old',
        'acknowledged: [{id: "00000000bb", until: "2026-11-21", why: old}]\nversion: 1\n',
    ],
)
def test_any_form_of_the_list_takes_another_entry(spec, text):
    given(spec, text)
    before = read_acks(spec).entries

    added(spec, ack())

    assert set(read_acks(spec).entries) == {*before, ack()}


def test_an_entry_that_stands_twice_is_one_afterwards(spec):
    twice = WRITTEN.replace("00000000bb", "00000000aa")
    given(spec, twice)

    added(spec, ack())

    assert read_acks(spec).entries == (ack(),)


def test_where_one_entry_hangs_on_another_nothing_is_written(spec):
    given(
        spec,
        'version: 1\nacknowledged:\n  - {id: "00000000aa", until: &day "2026-11-20", why: one}\n'
        '  - {id: "00000000bb", until: *day, why: two}\n',
    )

    with pytest.raises((UsageError, SpecError)):
        added(spec, ack())
