"""Nobody gets in on the way who may neither before nor after; who keeps a way in never loses it.

What each node is to know of logins is read from the data plane's side, after every call and wait:
who may log in, with which secret, and with which rights. A run that is killed and the one after it
are one way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from estate import Estate
from inprocess import Killed, kill
from staged import EVERY as TRANSITIONS

from elasticache_local.want import Want

Ways = dict[tuple[str, ...], str]
"""Ways to log in (a name, a sort, a secret), and with which rights."""


def ways_in(want: Want) -> Ways:
    """Give every way to log in to a cache, and what it then allows."""
    if want.users is not None:
        return {
            (one.name, one.sort, password): one.access_string
            for one in want.users
            for password in one.password_hashes or ("",)
        }
    tokens: Ways = {("token", token): "everything" for token in want.token_hashes}
    return tokens | ({("anybody",): "everything"} if want.open or not tokens else {})


def seen(estate: Estate) -> dict[str, Ways]:
    return {key: ways_in(want) for key, want in estate.bench.service._host.wants.items()}


def watched(estate: Estate, moments: list[dict[str, Ways]], **kill: object) -> None:
    """Apply and note every moment, also of an apply that dies."""
    moments.extend(seen(estate) for _ in estate.applying(estate.bench.writer(**kill)))
    moments.append(seen(estate))


def check(before: dict[str, Ways], after: dict[str, Ways], moments: Iterable[dict[str, Ways]]):
    """Hold every moment between before and after, cache by cache and way by way."""
    for moment in moments:
        for cache, ways in moment.items():
            was, will = before.get(cache, {}), after.get(cache, {})
            for way, rights in ways.items():
                assert rights in {was.get(way), will.get(way)}, f"{way} opens {cache} in between"


def losses(
    before: dict[str, Ways], after: dict[str, Ways], moments: Iterable[dict[str, Ways]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give ways that are kept, before and after, and are missing at some moment."""
    for moment in moments:
        for cache in before.keys() & after.keys() & moment.keys():
            for way in before[cache].keys() & after[cache].keys() - moment[cache].keys():
                yield cache, way


@pytest.mark.parametrize("name", TRANSITIONS, ids=lambda name: name.replace(" ", "_"))
def test_every_moment_lies_between_before_and_after(name):
    estate, moments = TRANSITIONS[name].prepared(), []
    before = seen(estate)

    watched(estate, moments)

    after = seen(estate)
    check(before, after, moments)
    assert list(losses(before, after, moments)) == []
    assert moments


@pytest.mark.parametrize("name", TRANSITIONS, ids=lambda name: name.replace(" ", "_"))
@pytest.mark.slow
def test_every_moment_lies_between_them_wherever_it_was_killed(name):
    calls = TRANSITIONS[name].prepared().apply().writes
    for number in range(1, calls + 1):
        for after_it in (False, True):
            estate, moments = TRANSITIONS[name].prepared(), []
            before = seen(estate)

            with pytest.raises(Killed):
                watched(estate, moments, **kill(number, after=after_it))
            watched(estate, moments)

            after = seen(estate)
            check(before, after, moments)
            assert list(losses(before, after, moments)) == [], f"killed at {number}"


def test_a_rotation_leaves_no_moment_without_a_token_that_works():
    estate = TRANSITIONS["a token is rotated"].prepared()
    counts = set()

    for _ in estate.applying():
        counts |= {len(ways) for ways in seen(estate).values()}

    assert counts == {1, 2}
