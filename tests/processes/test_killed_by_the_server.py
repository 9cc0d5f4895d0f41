"""The server kills the apply process before a call is done, after it, and half way in its answer.

Of each transition three calls are picked by the day's date, one for each moment; RECONCILE_SEED
gives other ones, RECONCILE_KILLS=all every call at every moment.
"""

from __future__ import annotations

import os
import random
import signal
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from played import account, prepared
from staged import EVERY
from warm import warm

MOMENTS = ("before", "after", "half")
SEED = os.environ.get("RECONCILE_SEED") or f"{datetime.now(UTC):%Y-%m-%d}"
NOT_PLAYED = {
    "a token is finished": "its start is an apply that stops at a gate",
    "subnets of a group": "subnets of a VPC are declared in the process of the service",
}
PLAYED = sorted(EVERY.keys() - NOT_PLAYED.keys())


@pytest.fixture(scope="module")
def warmed(service):
    """Give where processes come from that need not load anything."""
    folder, _ = service
    with warm(folder) as made:
        yield made


def killed_at(place, asked, number, moment):
    """Apply, and have the server kill it when this write is at this moment."""
    started = []

    def tell(count, when):
        if (count, when) == (number, moment):
            os.kill(started[0], signal.SIGKILL)

    place.proxy.on_write = tell
    ended = place.apply(asked, told=started.append)
    place.proxy.on_write = lambda *_: None
    return ended


def kills(calls, name):
    """Give which calls to kill it at, and when."""
    if os.environ.get("RECONCILE_KILLS") == "all":
        return [(number, moment) for number in range(1, calls + 1) for moment in MOMENTS]
    chance = random.Random(f"{SEED}/{name}")
    return [(chance.randint(1, calls), moment) for moment in MOMENTS]


@pytest.mark.slow
@pytest.mark.parametrize("name", PLAYED, ids=lambda name: name.replace(" ", "_"))
def test_killed_by_the_server_the_next_apply_ends_as_if_nothing_had_happened(
    name, service, warmed, record_property
):
    asked = EVERY[name].asked
    with account(*service) as undisturbed:
        prepared(undisturbed, EVERY[name])
        whole = undisturbed.apply(asked)
        assert whole.code == 0, whole.err
        undisturbed.rest()
        calls, shown = len(undisturbed.proxy.writes), undisturbed.shown()

    died = 0
    for number, moment in kills(calls, name):
        where = f"killed {moment} call {number} of {calls}; RECONCILE_SEED={SEED}"
        with account(*service, warmed) as place:
            prepared(place, EVERY[name])
            first = killed_at(place, asked, number, moment)
            # Even the call that it was killed before is done by then: nothing waits any more.
            again = place.apply(replace(asked, now=frozenset()))
            place.rest()

            assert first.code == -signal.SIGKILL, (where, first.err)
            assert again.code == 0, (where, again.err)
            assert place.shown() == shown, where
            place.proxy.calls.clear()
            assert (place.apply(replace(asked, now=frozenset())).code, place.proxy.writes) == (
                0,
                [],
            ), where
            died += 1

    record_property("kills by the server", died)
