"""Each edit is told exactly once and each mend exactly once, whatever happens in between."""

from __future__ import annotations

from datetime import timedelta

import build
import pytest
from inprocess import Killed
from watched import Bench, bench_of

from reconciler.drifting.history import written
from reconciler.model import AuthenticationMode

ACCESS = ("user/app", "access_string")
IAM = AuthenticationMode(type="iam")


def shop() -> Bench:
    return bench_of(
        [
            build.user("app", authentication_mode=IAM, tags={"team": "shop"}),
            build.user("ops", authentication_mode=IAM, tags={"team": "platform"}),
            build.user_group("people", user_ids=("app", "ops")),
        ]
    )


def edit(bench: Bench, user: str = "app", rules: str = "on ~* -@all +@all") -> None:
    """Somebody changes a user's rights behind the tool's back."""
    bench.estate.bench.aws("modify_user", UserId=user, AccessString=rules)
    bench.estate.bench.settle(60)


def test_an_edit_is_told_once_and_its_mend_once():
    bench = shop()
    edit(bench)

    for _ in range(3):
        bench.round()
    bench.estate.apply()
    for _ in range(3):
        bench.round()

    assert bench.told() == [("drifted", *ACCESS), ("mended", *ACCESS)]
    assert bench.receiver.taken == 2


def test_a_second_edit_of_the_same_field_is_an_edit_and_no_mend():
    bench = shop()
    edit(bench)
    bench.round()
    edit(bench, rules="on ~other:* -@all +@write")
    bench.round()
    bench.estate.apply()
    bench.round()

    assert bench.told() == [("drifted", *ACCESS), ("drifted", *ACCESS), ("mended", *ACCESS)]
    [estate] = bench.store.memory.estates.values()
    assert [one.ended for one in estate.past] == ["changed again", "mended"]


def test_a_deletion_is_told_and_ends_what_was_said_of_its_fields():
    bench = shop()
    edit(bench)
    bench.round()
    bench.estate.bench.aws("modify_user_group", UserGroupId="people", UserIdsToRemove=["app"])
    bench.estate.bench.settle()
    bench.estate.bench.aws("delete_user", UserId="app")
    bench.estate.bench.settle()
    bench.round()

    # The group is nobody's by tag: it is told on its own, to whoever hears of that.
    assert set(bench.told()) == {
        ("drifted", *ACCESS),
        ("drifted", "user/app", ""),
        ("drifted", "user_group/people", "user_ids"),
    }


def test_a_merge_is_no_edit_and_its_apply_no_mend():
    bench = shop()
    wished = build.user("app", authentication_mode=IAM, tags={"team": "shop"})
    others = list(bench.estate.wishes)[1:]
    bench.estate.wishes = [wished.but(access_string="on ~more:* -@all +@read"), *others]

    one = bench.round()
    bench.estate.apply()
    bench.round()

    assert one.seen.ahead == 1
    assert bench.told() == []


def test_an_edit_that_the_spec_takes_over_ends_as_such():
    bench = shop()
    edit(bench, rules="on ~new:* -@all +@read")
    bench.round()
    first, *others = bench.estate.wishes
    bench.estate.wishes = [first.but(access_string="on ~new:* -@all +@read"), *others]
    bench.round()

    assert [event.ended for event in bench.events()] == [None, "in the spec"]


def test_owners_hear_of_their_own():
    bench = shop()
    edit(bench, "app")
    edit(bench, "ops")
    bench.round()

    assert {one.owner for one in bench.messages.values()} == {"shop", "platform"}
    for one in bench.messages.values():
        assert [event.finding.owner for event in one.events] == [one.owner]


def test_what_is_acknowledged_is_not_told_until_its_day_is_over():
    bench = shop()
    bench.round(telling=False)
    edit(bench)
    bench.round(telling=False)
    bench.acks[bench.open[ACCESS]] = bench.later(2)

    bench.round()
    before = bench.told()
    bench.round(minutes=3 * 24 * 60)
    bench.round()

    assert before == []
    assert bench.told() == [("drifted", *ACCESS)]


def test_the_end_of_an_acknowledgement_is_told_once():
    bench = shop()
    edit(bench)
    bench.round()
    bench.acks[bench.open[ACCESS]] = bench.later(1)
    bench.round()
    for _ in range(3):
        bench.round(minutes=2 * 24 * 60)

    assert bench.told() == [("drifted", *ACCESS), ("no longer acknowledged", *ACCESS)]


def test_an_acknowledged_value_does_not_cover_the_next_one():
    bench = shop()
    edit(bench)
    bench.round()
    bench.acks[bench.open[ACCESS]] = bench.later(30)
    edit(bench, rules="on ~* &* +@all")
    bench.round()

    assert bench.told() == [("drifted", *ACCESS), ("drifted", *ACCESS)]


def test_an_outage_is_told_once_and_its_end_once_and_nothing_is_called_mended():
    bench = shop()
    edit(bench)
    bench.round()
    bench.away = True
    for _ in range(20):
        bench.round()
    bench.away = False
    bench.round()

    assert bench.told() == [
        ("drifted", *ACCESS),
        ("could not look", "elasticache does not answer", ""),
        ("looking again", "", ""),
    ]


def stranger(bench: Bench, ident: str) -> None:
    bench.estate.bench.aws(
        "create_user", UserId=ident, UserName=ident, Engine="valkey",
        AccessString="off -@all", AuthenticationMode={"Type": "iam"},
    )  # fmt: skip
    bench.estate.bench.settle()


def test_what_was_there_at_the_first_look_is_no_news():
    bench = shop()
    stranger(bench, "from-before")
    bench.store.text = None
    bench.round()
    bench.round()

    assert bench.told() == []


def test_a_newcomer_is_told_once():
    bench = shop()
    stranger(bench, "newcomer")
    bench.round()
    bench.round()

    assert bench.told() == [("newcomer", "user/newcomer", "")]


def test_what_a_receiver_refuses_waits_in_order():
    bench = shop()
    bench.receiver.refuses = True
    edit(bench)
    bench.round()
    bench.estate.apply()
    bench.round()
    refused = bench.told()
    bench.receiver.refuses = False
    bench.round()

    assert refused == []
    assert bench.told() == [("drifted", *ACCESS), ("mended", *ACCESS)]


def test_what_was_refused_can_be_told_again_at_once():
    bench = shop()
    bench.receiver.refuses = True
    edit(bench)
    bench.round()
    bench.receiver.refuses = False

    told = bench.watched().tell().told

    assert told == 1
    assert bench.told() == [("drifted", *ACCESS)]


def points_of_a_round() -> int:
    bench = shop()
    edit(bench)
    edit(bench, "ops")
    bench.fuse.passed.clear()
    bench.round()
    return len(bench.fuse.passed)


POINTS = 14


def test_a_round_with_two_messages_passes_so_many_points():
    assert points_of_a_round() == POINTS


@pytest.mark.parametrize("mend", [False, True], ids=["of an edit", "of a mend"])
@pytest.mark.parametrize("point", range(1, POINTS + 1))
def test_a_kill_at_any_point_neither_loses_nor_repeats(point, mend):
    bench = shop()
    edit(bench)
    edit(bench, "ops")
    expected = {("drifted", *ACCESS), ("drifted", "user/ops", "access_string")}
    if mend:
        bench.round()
        bench.estate.apply()
        expected |= {("mended", *ACCESS), ("mended", "user/ops", "access_string")}

    killed = bench.killed_round(point)
    bench.round()
    bench.round()

    assert killed
    assert sorted(bench.told()) == sorted(expected)
    assert not bench.store.memory.outbox


def test_what_may_have_arrived_is_told_again_under_its_key_and_says_so():
    bench = shop()
    edit(bench)
    bench.fuse.passed.clear()
    bench.round()
    at = bench.fuse.passed.index("after the receiver took it") + 1

    bench = shop()
    edit(bench)
    assert bench.killed_round(at)
    [text] = bench.receiver.seen.values()
    bench.receiver.seen.clear()
    bench.round()

    [(key, again)] = bench.receiver.seen.items()
    assert bench.receiver.taken == 2
    assert "told again" not in text
    assert "told again: whether it arrived before is not known" in again
    assert f"ref {key}" in text
    assert f"ref {key}" in again


def test_two_watchers_of_one_memory_tell_once():
    bench = shop()
    edit(bench)
    one, other = bench.watched(), bench.watched()

    bench.clock.advance(900)
    one.round()
    other.round()
    one.tell()
    other.tell()

    assert bench.receiver.taken == 1


def test_what_one_watcher_is_telling_no_other_tells():
    bench = shop()
    edit(bench)
    bench.clock.advance(900)
    one, other = bench.watched(), bench.watched()
    one.round()
    taken = bench.receiver.send

    def in_the_middle(*message):
        # While the receiver is still taking it the other one comes by.
        bench.receiver.send = taken
        other.tell()
        taken(*message)

    bench.receiver.send = in_the_middle
    one.tell()

    assert bench.receiver.taken == 1
    assert bench.store.memory.estates[one.place.key].open[0].told is not None


def test_what_a_killed_watcher_was_telling_another_tells_after_a_while():
    bench = shop()
    edit(bench)
    bench.clock.advance(900)
    one, other = bench.watched(), bench.watched()
    one.round()
    bench.fuse.passed.clear()
    bench.fuse.left = 3  # the claim is kept, then the receiver is reached
    with pytest.raises(Killed):
        one.tell()

    at_once = other.tell().told
    bench.clock.advance(121)
    later = other.tell().told

    assert bench.fuse.passed[2] == "before the receiver takes it"
    assert (at_once, later) == (0, 1)
    assert bench.receiver.taken == 1


def test_a_claim_of_a_clock_that_was_ahead_holds_nobody_up():
    bench = shop()
    edit(bench)
    bench.fuse.left = 5  # looked, kept, claimed; the receiver is reached
    with pytest.raises(Killed):
        bench.round()
    memory = bench.store.memory
    memory.outbox[0].claim.until += timedelta(days=400)
    bench.store.text = written(memory)

    bench.round()

    assert bench.told() == [("drifted", *ACCESS)]
