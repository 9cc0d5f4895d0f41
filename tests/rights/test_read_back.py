"""It is so that a string read back in the service's own words is no difference."""

from __future__ import annotations

import build
import pytest
import randomacl

from reconciler.acl import TABLES, AccessStringError, stored
from reconciler.kinds import KINDS
from reconciler.plan import make_plan


def planned(sent, returned, found):
    """Plan a user on a cache of this version, its string read back as the service has it."""
    there = [
        build.shown_user("app", access_string=returned),
        build.user_group("people", user_ids=("app",)),
        build.shown_group(
            "orders",
            engine=found.engine,
            engine_version=f"{found.version}.0",
            user_group_ids=("people",),
        ),
    ]
    desired = [build.User(id="app", access_string=sent), *there[1:]]
    return make_plan(KINDS, build.facts(desired, there))


@pytest.mark.parametrize("normaliser", [7, 8])
@pytest.mark.parametrize("found", list(TABLES), ids=lambda one: one.name)
def test_either_normaliser_gives_an_empty_plan(found, normaliser):
    make = randomacl.Maker(found, seed=normaliser)
    tried = 0
    while tried < 25:
        sent = make.text(slips=0)
        try:
            returned = stored(sent, found, normaliser)
        except AccessStringError:
            continue
        tried += 1

        assert planned(sent, returned, found).empty, (sent, returned)


@pytest.mark.parametrize(
    ("sent", "returned"),
    [
        pytest.param("on ~app:* +@read", "on ~app:* -@all +@read +set", id="a console grant"),
        pytest.param("on ~app:* +@read", "on ~* -@all +@read", id="every key"),
        pytest.param("on ~app:* +@read", "off ~app:* -@all +@read", id="switched off"),
        pytest.param("on ~app:* &app:* +@all", "on ~app:* +@all", id="channels to the default"),
    ],
)
def test_other_rights_are_a_difference(sent, returned):
    [change] = planned(sent, returned, TABLES[4]).changes

    assert [one.field for one in change.change.fields] == ["access_string"]
