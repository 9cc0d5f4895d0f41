"""A closed gate stops before its step; opened in the spec or once, it is gone through."""

from __future__ import annotations

import pytest
from estate import sent
from transition import TRANSITIONS, plain, wished

from reconciler.applying.outcome import (
    GateReached,
)


def tls(**fields: object) -> object:
    return plain(transit_encryption_enabled=True, transit_encryption_mode="required", **fields)


def test_a_closed_gate_stops_before_its_step_with_exit_7():
    estate = wished(plain())
    estate.apply()
    estate.wishes = (tls(),)
    estate.bench.writes.clear()

    events = list(estate.applying())

    summary = events[-1].summary
    assert summary.exit_code == 7
    assert [gate.gate for gate in summary.gated] == ["tls-required"]
    assert sent(estate.bench, tags=False) == ["ModifyReplicationGroup"]
    assert any(isinstance(event, GateReached) and event.text for event in events)


def test_standing_at_a_gate_a_second_apply_sends_nothing_and_takes_no_lease():
    estate = wished(plain())
    estate.apply()
    estate.wishes = (tls(),)
    estate.apply()
    estate.bench.writes.clear()
    estate.bench.lease.acquired = 0

    assert estate.apply().exit_code == 7
    assert (estate.bench.writes, estate.bench.lease.acquired) == ([], 0)


@pytest.mark.parametrize(
    ("wish", "through"),
    [
        pytest.param(tls(), {"orders/tls-required"}, id="once"),
        pytest.param(tls(gates={"tls-required": "open"}), set(), id="in the spec"),
    ],
)
def test_an_opened_gate_is_gone_through(wish, through):
    estate = wished(plain())
    estate.apply()
    estate.wishes = (wish,)

    assert estate.apply(through_gates=frozenset(through)).exit_code == 0
    assert estate.plan().empty


def test_another_gates_consent_opens_nothing():
    estate = wished(plain())
    estate.apply()
    estate.wishes = (tls(),)

    assert estate.apply(through_gates=frozenset({"carts/tls-required"})).exit_code == 7


def test_a_gate_that_tls_without_a_mode_reached_stands_in_the_next_plan_too():
    estate = TRANSITIONS["TLS is brought in"].prepared()
    estate.wishes = (plain(transit_encryption_enabled=True),)
    assert estate.apply().exit_code == 7
    estate.bench.settle()

    [planned] = estate.plan().changes

    assert [one.field for one in planned.change.fields] == ["transit_encryption_mode"]
    assert estate.apply().exit_code == 7
    assert estate.apply(through_gates=frozenset({"orders/tls-required"})).exit_code == 0
    estate.bench.settle()
    assert estate.plan().empty
    [group] = estate.bench.aws("describe_replication_groups")["ReplicationGroups"]
    assert group["TransitEncryptionMode"] == "required"
