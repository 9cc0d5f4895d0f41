"""Nobody gets in on the way who may neither before nor after; who keeps a way in never loses it.

What each node is to know of logins is read from the data plane's side, after every call and wait.
"""

from __future__ import annotations

import pytest
from estate import Estate
from staged import EVERY as TRANSITIONS

from elasticache_local.want import Want

ABOUT_LOGINS = [
    "everything is created",
    "rights are changed",
    "rights are put back",
    "a password is rotated",
    "a second password is added",
    "a user joins",
    "a user leaves",
    "the default user is swapped",
    "a token is rotated",
    "a token gives way to users",
    "replicas are added",
    "a newer engine",
    "taken over",
]


def ways_in(want: Want) -> frozenset[tuple[str, ...]]:
    """Give every way to log in to a cache: a name, a secret, and with which rights."""
    if want.users is not None:
        return frozenset(
            (one.name, one.sort, one.access_string, password)
            for one in want.users
            for password in one.password_hashes or ("",)
        )
    tokens = frozenset(("token", token) for token in want.token_hashes)
    return tokens | ({("anybody",)} if want.open or not tokens else frozenset())


def seen(estate: Estate) -> dict[str, frozenset[tuple[str, ...]]]:
    return {key: ways_in(want) for key, want in estate.bench.service._host.wants.items()}


@pytest.mark.parametrize("name", ABOUT_LOGINS, ids=lambda name: name.replace(" ", "_"))
def test_every_moment_lies_between_before_and_after(name):
    estate = TRANSITIONS[name].prepared()
    before = seen(estate)

    moments = [seen(estate) for _ in estate.applying()]

    after = seen(estate)
    for moment in moments:
        for cache, ways in moment.items():
            was, will = before.get(cache, ways), after[cache]
            assert ways <= was | will, "somebody gets in who may neither before nor after"
            assert ways >= was & will, "somebody who keeps a way in has lost it on the way"
    assert moments


def test_a_rotation_leaves_no_moment_without_a_token_that_works():
    estate = TRANSITIONS["a token is rotated"].prepared()
    counts = set()

    for _ in estate.applying():
        counts |= {len(ways) for ways in seen(estate).values()}

    assert counts == {1, 2}
