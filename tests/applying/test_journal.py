"""Each call is on the disk before it is made, and never with a secret in it."""

from __future__ import annotations

import json
import stat

import pytest
from estate import Estate
from inprocess import InProcess, Killed, SteppedClock, kill
from transition import BASE, ONE, TRANSITIONS

from reconciler.applying.journal import FileJournal
from reconciler.ports import Call

ADDRESS = BASE[0].address
CALL = Call("elasticache", "create_user", {"UserId": "app", "Passwords": [ONE]})


@pytest.fixture
def journal(tmp_path):
    made = FileJournal(tmp_path / "journal", "run1", SteppedClock())
    yield made
    made.close()


def lines(journal) -> list[dict]:
    return [json.loads(line) for line in journal.path.read_text().splitlines()]


def test_nothing_to_write_down_makes_no_file(journal, tmp_path):
    assert list(tmp_path.iterdir()) == []
    assert journal.path is None


def test_intent_and_outcome_share_a_number(journal):
    first = journal.intent(ADDRESS, CALL, None)
    second = journal.intent(ADDRESS, CALL, BASE[0])
    journal.outcome(first, "accepted")

    assert (first, second) == (1, 2)
    assert [(line["number"], line.get("outcome")) for line in lines(journal)] == [
        (1, None),
        (2, None),
        (1, "accepted"),
    ]
    assert {line["run"] for line in lines(journal)} == {"run1"}


def test_only_its_owner_may_read_it(journal):
    journal.intent(ADDRESS, CALL, None)

    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("planted", ["a file", "a link"])
def test_what_somebody_put_in_its_place_is_never_written_to(planted, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("as it was")
    clock = SteppedClock()
    place = tmp_path / "journal" / f"{clock.now():%Y%m%dT%H%M%SZ}-run1.jsonl"
    place.parent.mkdir()
    place.symlink_to(elsewhere) if planted == "a link" else place.write_text("as it was")

    with pytest.raises(FileExistsError):
        FileJournal(place.parent, "run1", clock).intent(ADDRESS, CALL, None)

    assert place.read_text() == "as it was"


def test_a_secret_stands_as_its_reference(journal):
    journal.intent(ADDRESS, CALL, BASE[0])

    assert lines(journal)[0]["params"]["Passwords"] == [
        {"secretsmanager": "test/app", "key": "one"}
    ]


def test_an_intent_can_be_read_before_the_call_is_made(tmp_path):
    estate = TRANSITIONS["rights are changed"].prepared()
    journal = FileJournal(tmp_path, "run1", estate.bench.clock)
    estate.journal = journal

    with pytest.raises(Killed):
        estate.apply(estate.bench.writer(**kill(1)))

    assert lines(journal)[0]["intent"] == "elasticache:ModifyUser"
    assert lines(journal)[0]["before"]["access_string"] == "on ~app:* -@all +@read"
    journal.close()


def test_every_call_that_is_sent_is_in_it_with_what_became_of_it():
    estate = TRANSITIONS["everything is created"].prepared()
    estate.bench.service.faults.add({"sort": "throttle", "actions": ["CreateUser"], "count": 1})

    estate.apply()

    assert [call for _, call, _ in estate.journal.intents] == estate.bench.writes
    told = dict(estate.journal.outcomes)
    assert sorted(told) == list(range(1, len(estate.bench.writes) + 1))
    assert "Throttling" in told[1] or "Throttling" in told[2]
    assert list(told.values()).count("accepted") == len(told) - 1


def test_a_canary_of_a_whole_run_is_nowhere_in_it(tmp_path):
    estate = Estate(InProcess(), BASE)
    canary = "canary-5f0c9a1e-of-this-test"
    estate.bench.secrets.put(ONE, canary)
    estate.journal = FileJournal(tmp_path, "run1", estate.bench.clock)

    events = list(estate.applying())

    assert estate.bench.secrets.opened
    assert canary not in estate.journal.path.read_text()
    assert canary not in repr(events)
    estate.journal.close()


def test_a_defect_in_the_middle_of_a_call_is_named_without_its_words():
    estate = TRANSITIONS["everything is created"].prepared()
    secret = estate.bench.secrets.open(ONE).get_secret_value()

    def unforeseen(*_):
        raise RuntimeError(f"nobody foresaw {secret}")

    with pytest.raises(RuntimeError):
        estate.apply(estate.bench.writer(before=unforeseen))

    assert [told for _, told in estate.journal.outcomes] == ["unexpected RuntimeError"]
