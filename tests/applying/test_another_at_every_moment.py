"""Somebody else changes what is being changed, at every moment of every transition.

Their value stays, or the run says that it does not: it is never put back without a word, and a run
that ends well leaves nothing to do but what they did after it was through with the thing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from estate import Estate
from inprocess import InProcess
from staged import EVERY as TRANSITIONS

from reconciler.applying.outcome import Finished
from reconciler.errors import AwsError, ReconcilerError
from reconciler.model import Address

THEIRS = "theirs"


def _user(bench: InProcess, ident: str) -> None:
    bench.aws("modify_user", UserId=ident, AccessString="on ~theirs:* -@all +@read")


def _group(bench: InProcess, ident: str) -> None:
    bench.aws(
        "modify_replication_group",
        ReplicationGroupId=ident,
        ReplicationGroupDescription=THEIRS,
        ApplyImmediately=True,
    )


def _serverless(bench: InProcess, ident: str) -> None:
    bench.aws("modify_serverless_cache", ServerlessCacheName=ident, Description=THEIRS)


ACTS: dict[str, Callable[[InProcess, str], None]] = {
    "user": _user,
    "replication_group": _group,
    "serverless_cache": _serverless,
}
LOOKS: dict[str, tuple[str, str, str, str]] = {
    "user": ("describe_users", "Users", "UserId", "AccessString"),
    "replication_group": (
        "describe_replication_groups",
        "ReplicationGroups",
        "ReplicationGroupId",
        "Description",
    ),
    "serverless_cache": (
        "describe_serverless_caches",
        "ServerlessCaches",
        "ServerlessCacheName",
        "Description",
    ),
}


def stands(bench: InProcess, address: Address) -> bool | None:
    """Say whether their value is still there; None: the thing is gone."""
    operation, key, name, field = LOOKS[address.kind]
    for one in bench.aws(operation)[key]:
        if one[name] == address.id:
            return THEIRS in one[field]
    return None


def disturbed(estate: Estate, moment: int) -> tuple[Address | None, int]:
    """Apply; at this event let them change what it is about. Gives what they changed, the exit."""
    changed, code = None, 0
    try:
        for number, event in enumerate(estate.applying()):
            address: Any = getattr(event, "address", None)
            if number == moment and address is not None and address.kind in ACTS:
                try:
                    ACTS[address.kind](estate.bench, address.id)
                    changed = address
                except AwsError:
                    # Busy with our own call: the service lets them do nothing.
                    changed = None
            if isinstance(event, Finished):
                code = event.summary.exit_code
    except ReconcilerError as raised:
        code = raised.exit_code
    return changed, code


def check(name: str, moment: int) -> bool:
    """Hold one moment; false where the service let them do nothing there."""
    estate = TRANSITIONS[name].prepared()
    changed, code = disturbed(estate, moment)
    if changed is None:
        return False
    estate.bench.settle()
    left = stands(estate.bench, changed)
    where = f"{name}: {changed} at event {moment}"
    if left is False:
        assert code != 0, f"{where} was put back without a word"
    if left is None:
        assert estate.asked.deletes, f"{where} is gone"
    return True


def moments(name: str) -> int:
    return len(list(TRANSITIONS[name].prepared().applying())) - 1


@pytest.mark.parametrize("name", ["TLS is brought in", "a password is rotated"])
def test_what_somebody_does_in_the_middle_is_never_put_back_without_a_word(name):
    assert sum(check(name, moment) for moment in range(moments(name))) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("name", TRANSITIONS, ids=lambda name: name.replace(" ", "_"))
def test_at_no_moment_of_any_transition_is_it_put_back_without_a_word(name):
    for moment in range(moments(name)):
        check(name, moment)
