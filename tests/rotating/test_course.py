"""A rotation goes to its gate, then through it; killed anywhere, it goes on and cuts nobody off."""

from __future__ import annotations

import itertools
import random

import pytest
from inprocess import Killed
from rotating.house import KEPT, NUMBERED, of_token, of_user

from reconciler.errors import LeaseHeld, Refused, StepFailed
from reconciler.kinds import KINDS
from reconciler.observing.confirm import confirmed
from reconciler.rotate import Proved, Wrote
from reconciler.rotation import Standing

MAKERS = [
    pytest.param(lambda: of_user(KEPT), id="a user, with stages"),
    pytest.param(lambda: of_user(NUMBERED), id="a user, with numbers"),
    pytest.param(lambda: of_token(KEPT), id="a token, with stages"),
    pytest.param(lambda: of_token(NUMBERED), id="a token, with numbers"),
    pytest.param(lambda: of_token(KEPT, rotate_deduplicates=False), id="a token, never the same"),
]
every = pytest.mark.parametrize("make", MAKERS)


def current(house):
    return house.store.stages["AWSCURRENT"]


@every
def test_at_the_gate_both_log_in_and_the_new_one_is_handed_out(make):
    house = make()

    ended = house()

    assert ended.exit_code == 7
    assert current(house) == "v2"
    assert house.logins() == {"v1", "v2"}
    assert house().exit_code == 7, "asked again it stays there"
    assert house.logins() == {"v1", "v2"}


@every
def test_behind_the_gate_only_the_new_one_logs_in_and_that_is_proven(make):
    house = make()
    house()

    ended = house(finish=True)

    assert ended.exit_code == 0
    assert house.logins() == {"v2"}
    assert ended.rotation.retired == ("v1",)
    assert ended.rotation.standing is Standing.AT_REST
    assert [type(one) for one in house.told][-2:-1] == [Proved]


@every
def test_a_finish_begins_nothing_so_it_can_be_repeated(make):
    house = make()

    assert house(finish=True).exit_code == 0
    assert house.logins() == {"v1"}

    house()
    house(finish=True)
    ended = house(finish=True)

    assert ended.exit_code == 0
    assert house.logins() == {current(house)} == {"v2"}


def calls_of(make):
    house = make()
    house()
    to_gate = house.number
    house(finish=True)
    return to_gate, house.number - to_gate


def killed(make, *deaths):
    """Rotate to the gate, dying there and there on the way, and hold everything that must hold."""
    house = make()
    for death in deaths:
        house.number, (house.dies_at, house.dies_after) = 0, death
        ended = house.until_it_ends()
    assert ended.exit_code == 7, deaths
    assert house.logins() == {"v1", current(house)} != {"v1"}, deaths
    assert all("v1" in seen for seen in house.seen), deaths


def ways_to_die(make):
    to_gate, _ = calls_of(make)
    assert to_gate >= 3
    return list(itertools.product(range(1, to_gate + 1), (False, True)))


@every
def test_killed_anywhere_it_arrives_at_the_gate_and_nobody_was_cut_off(make):
    for death in ways_to_die(make):
        killed(make, death)


@pytest.mark.slow
@every
def test_killed_twice_anywhere_it_arrives_at_the_gate_and_nobody_was_cut_off(make):
    for first, second in itertools.product(ways_to_die(make), repeat=2):
        killed(make, first, second)


@every
def test_killed_anywhere_behind_the_gate_what_is_handed_out_always_logs_in(make):
    _, to_end = calls_of(make)

    for number, after in itertools.product(range(1, to_end + 1), (False, True)):
        house = make()
        house()
        handed = current(house)
        house.number, house.dies_at, house.dies_after = 0, number, after
        house.seen.clear()

        ended = house.until_it_ends(finish=True)

        assert ended.exit_code == 0, (number, after)
        assert house.logins() == {handed} == {current(house)}, (number, after)
        assert all(handed in seen for seen in house.seen), (number, after)


@pytest.mark.parametrize("make", MAKERS[::2])
def test_a_store_with_stages_never_hands_out_what_does_not_log_in(make):
    house = make()
    handed = []
    house.store.write = lambda when: handed.append((current(house), house.logins()))

    house()

    assert len(handed) == 4
    assert all(version in let_in for version, let_in in handed)


@every
def test_with_every_third_answer_lost_it_arrives(make):
    house = make()
    house.loses = lambda number: number % 3 == 0

    assert house().exit_code == 7
    assert house.logins() >= {"v1", current(house)}
    house.loses = lambda number: False
    assert house(finish=True).exit_code == 0
    assert house.logins() == {current(house)}


@every
def test_where_a_login_can_not_be_proven_nothing_is_handed_out_or_retired(make):
    house = make()
    house.dead_node = True

    ended = house()
    assert ended.exit_code == 6
    assert "v1" in house.logins()
    if house.store.staged:
        assert current(house) == "v1"

    house.dead_node = False
    assert house().exit_code == 7
    house.dead_node = True
    assert house(finish=True).exit_code == 6
    assert "v1" in house.logins()


def test_what_is_refuted_stops_it_before_the_first_is_retired():
    house = of_user()
    house()
    house.bench.aws(
        "modify_user",
        UserId="app",
        AuthenticationMode={
            "Type": "password",
            "Passwords": ["somebody-elses-secret", "and-one-more-secret"],
        },
    )
    house.bench.settle()

    ended = house(finish=True)

    assert ended.exit_code == 5
    assert not any(isinstance(one, Wrote) for one in house.told)


def test_a_tagging_api_that_trails_begins_no_second_rotation():
    house = of_user()
    house.bench.service.faults.add({"sort": "tagging-lag", "seconds": 36000})

    assert house().exit_code == 7
    assert house(finish=True).exit_code == 0
    assert sorted(house.store.values) == ["v1", "v2"]
    assert house.logins() == {"v2"}


def test_it_runs_under_one_lease_and_stops_when_that_is_lost():
    house = of_user()
    house()
    assert (house.bench.lease.acquired, house.bench.lease.released) == (1 + 1, 1 + 1)

    other = of_user()
    other.bench.lease.lose_at = other.bench.lease.checked + 1
    with pytest.raises(LeaseHeld):
        other()
    assert sorted(other.store.values) == ["v1"]


def test_the_journal_names_each_write_and_holds_no_value():
    house = of_user()

    house()
    house(finish=True)

    written = repr(house.journal.intents) + repr(house.journal.outcomes) + repr(house.told)
    for value in house.store.values.values():
        assert value not in written
    assert [
        call.operation for _, call, _ in house.journal.intents if call.service == "secretsmanager"
    ] == [
        "put_secret_value",
        "update_secret_version_stage",
    ]


def test_other_differences_of_the_user_are_left_for_apply():
    house = of_user()
    house.wishes[0] = house.wishes[0].but(access_string="on ~app:* -@all +@read +@write")

    house()
    house(finish=True)

    [shown] = [one for one in house.bench.aws("describe_users")["Users"] if one["UserId"] == "app"]
    assert "+@write" not in shown["AccessString"]


def test_a_stranger_that_moves_the_store_meanwhile_is_not_overwritten():
    house = of_user()
    house.store.write = lambda when: (
        house.store.put_by_somebody("somebody-elses-new-secret")
        if when == "before promote"
        else None
    )

    with pytest.raises((StepFailed, Refused, Exception)) as raised:
        house()

    assert "UpdateSecretVersionStage" in str(raised.value)
    assert house.store.values[current(house)] == "somebody-elses-new-secret"


@pytest.mark.parametrize("make", MAKERS[:4])
def test_a_finish_retires_only_what_stood_at_the_gate_when_it_began(make):
    house = make()
    house.store.put_by_somebody("what-nobody-could-fetch-yet")

    assert house(finish=True).exit_code == 7
    assert house.logins() == {"v1", "v2"}
    assert house(finish=True).exit_code == 0
    assert house.logins() == {"v2"}


def died_in_the_finish(make):
    """Rotate, and die right after the call that retires the first: our tag still names both."""
    house = make()
    house()
    house.number, house.dies_at, house.dies_after = 0, 2, True
    with pytest.raises(Killed):
        house(finish=True)
    assert house.logins() == {"v2"}
    return house


@every
def test_a_finish_that_died_after_its_call_is_recorded_by_the_next(make):
    house = died_in_the_finish(make)

    assert house(finish=True).exit_code == 0
    assert confirmed(KINDS, house.bench.reader(), house.look())[1].empty
    assert house.logins() == {"v2"}


@pytest.mark.slow
@every
def test_after_a_finish_that_died_a_rotation_that_dies_too_is_gone_on_with(make):
    to_gate, _ = calls_of(make)

    for number, after in itertools.product(range(1, to_gate + 2), (False, True)):
        house = died_in_the_finish(make)
        house.number, house.dies_at, house.dies_after = 0, number, after

        ended = house.until_it_ends()

        assert ended.exit_code == 7, (number, after)
        assert house.logins() == {"v2", "v3"}, (number, after)
        assert sorted(house.store.values) == ["v1", "v2", "v3"], (number, after)


def rotated(house, chance, number):
    """Rotate whole, dying up to four times before the gate and up to four times behind it."""
    for finish in (False, True):
        for _ in range(chance.randint(0, 4)):
            house.number, house.dies_at = 0, chance.randint(1, 6)
            house.dies_after = chance.random() < 0.5
            try:
                arrived = house(finish=finish).exit_code == (0 if finish else 7)
            except Killed:
                arrived = False
            if arrived:
                break
        house.dies_at = None
        assert house(finish=finish).exit_code == (0 if finish else 7)
    # One rotation makes one version, however often it died.
    assert len(house.store.values) == number + 1
    assert house.logins() == {current(house)}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
@every
def test_killed_again_and_again_each_rotation_makes_one_version(make, seed):
    house, chance = make(), random.Random(seed)

    for number in (1, 2, 3):
        rotated(house, chance, number)
