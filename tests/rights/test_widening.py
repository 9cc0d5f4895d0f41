"""It is so that a change widens when some client can do what was refused before, and says who."""

from __future__ import annotations

import build
import pytest
from build import TOKEN

from reconciler.model import AuthenticationMode, UserGroup
from reconciler.rights import widening

READS = "on ~orders:* -@all +@read +@connection"
WRITES = "on ~orders:* -@all +@read +@write +@connection"
OPEN = AuthenticationMode(type="no-password-required")
IAM = AuthenticationMode(type="iam")


def users(**more):
    return [
        build.shown_user("app", access_string=READS),
        build.shown_user("ops", access_string="on -@all +info"),
        build.shown_user("gone", access_string="off ~* -@all"),
        *more.get("extra", ()),
    ]


def estate(observed=(), desired=()):
    """A group of one on the cache orders, all of it there; later entries replace earlier ones."""
    there = {
        one.address: one
        for one in (
            *users(),
            build.user_group("people", user_ids=("app",)),
            build.shown_group("orders", user_group_ids=("people",)),
            *observed,
        )
    }
    wished = {one.address: one for one in (*there.values(), *desired)}
    return build.facts(list(wished.values()), list(there.values()))


def change(before, after, **more):
    return widening(before, after, estate(desired=[after], **more))


def user(text=READS, **fields):
    return build.shown_user("app", access_string=text, **fields)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param(user(), user(WRITES), "108 commands (all of @write)", id="more commands"),
        pytest.param(user(), user(WRITES), "FLUSHALL, FLUSHDB, SWAPDB", id="commands on every key"),
        pytest.param(user(), user(READS + " ~carts:*"), "reading keys carts:*", id="more keys"),
        pytest.param(user("off" + READS[2:]), user(), "may log in (off before)", id="off to on"),
        pytest.param(
            user(READS + " resetchannels +@pubsub"),
            user(READS + " +@pubsub"),
            "channels *",
            id="channels left to the default",
        ),
        pytest.param(
            user(), user(authentication_mode=OPEN), "without a password", id="password to none"
        ),
        pytest.param(user(), user(authentication_mode=IAM), "IAM", id="password to IAM"),
        pytest.param(user("on nonsense"), user(), "can't tell", id="before can't be read"),
    ],
)
def test_a_user_that_gains_widens(before, after, said):
    found = change(before, after)

    assert found is not None
    assert found.widens
    assert any(said in line for line in found.gains), found.gains


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(user(WRITES), user(), id="fewer commands"),
        pytest.param(user(), user(READS.replace("orders:*", "orders:1*")), id="fewer keys"),
        pytest.param(user(), user("off" + READS[2:]), id="on to off"),
        pytest.param(user(authentication_mode=OPEN), user(), id="none to password"),
    ],
)
def test_a_user_that_only_loses_does_not_widen(before, after):
    found = change(before, after)

    assert found is not None
    assert not found.widens
    assert found.loses
    assert found.gains == ()


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("on ~orders:* -@all +@connection +@read", id="another order"),
        pytest.param("on ~orders:* ~orders:1 -@all +@read +@connection", id="a pattern twice held"),
        pytest.param("on ~orders:* -@all +@read +get +@connection", id="a command twice given"),
    ],
)
def test_another_text_of_the_same_rights_is_no_change_of_rights(after):
    assert change(user(), user(after)) is None


def test_the_smaller_string_leaves_out_what_acts_on_every_key():
    found = change(user(), user(WRITES))

    assert found is not None
    assert found.smaller == "on ~orders:* -@all +@write -@dangerous +@read +@connection"


def test_a_user_made_anew_widens_nothing_by_itself():
    assert change(None, build.user("new")) is None


def test_a_user_that_joins_a_group_on_a_cache_that_is_there_widens():
    before = build.user_group("people", user_ids=("app",))
    after = build.user_group("people", user_ids=("app", "ops"))

    found = change(before, after)

    assert found is not None
    assert found.widens
    assert found.gains[0].startswith("ops joins: 1 command (INFO)")


def test_a_user_that_is_off_joins_without_widening():
    before = build.user_group("people", user_ids=("app",))

    assert change(before, build.user_group("people", user_ids=("app", "gone"))) is None


def test_a_group_on_no_cache_that_is_there_lets_nobody_in():
    before = UserGroup(id="spare", engine="valkey", user_ids=("app",))

    assert change(before, before.but(user_ids=("app", "ops"))) is None


def test_a_user_that_leaves_does_not_widen():
    before = build.user_group("people", user_ids=("app", "ops"))

    found = change(before, build.user_group("people", user_ids=("app",)))

    assert found is not None
    assert not found.widens
    assert found.loses[0].startswith("ops leaves: ")


def test_a_user_in_place_of_another_of_the_same_name_is_judged_by_its_rights():
    spare = build.shown_user("app-2", user_name="app", access_string=READS)
    more = build.shown_user("app-3", user_name="app", access_string=WRITES)
    before = build.user_group("people", user_ids=("app",))

    same = change(before, build.user_group("people", user_ids=("app-2",)), observed=[spare, more])
    wider = change(before, build.user_group("people", user_ids=("app-3",)), observed=[spare, more])

    assert same is None
    assert wider is not None
    assert wider.gains[0].startswith("app-3 in place of app: 108 commands")


def test_a_user_nobody_knows_can_not_be_told():
    before = build.user_group("people", user_ids=("app",))

    found = change(before, build.user_group("people", user_ids=("app", "theirs")))

    assert found is not None
    assert found.widens
    assert "can't tell" in found.gains[0]


def cache(**fields):
    return build.shown_group("orders", **{"user_group_ids": ("people",), **fields})


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param(
            cache(), cache(transit_encryption_mode="preferred"), "without TLS", id="TLS preferred"
        ),
        pytest.param(cache(), cache(transit_encryption_enabled=False), "without TLS", id="TLS off"),
        pytest.param(cache(), cache(user_group_ids=()), "anybody in its network", id="detached"),
        pytest.param(
            cache(),
            cache(user_group_ids=(), auth_token=TOKEN),
            "whoever knows the AUTH token",
            id="detached for a token",
        ),
        pytest.param(cache(user_group_ids=()), cache(), "app may log in", id="attached"),
        pytest.param(
            cache(user_group_ids=(), auth_token=TOKEN),
            cache(user_group_ids=()),
            "the AUTH token goes",
            id="token taken off",
        ),
        pytest.param(
            cache(engine="redis", engine_version="6.2.6"),
            cache(engine="redis", engine_version="7.1.0"),
            "READONLY, READWRITE, SELECT, WAIT: allowed on redis 7.0",
            id="an upgrade moves commands",
        ),
        pytest.param(
            cache(user_group_ids=("wide",)),
            cache(user_group_ids=("people",)),
            "",
            id="another group",
        ),
    ],
)
def test_a_cache_that_lets_more_in_widens(before, after, said):
    more = [
        build.user_group("wide", user_ids=("ops",)),
        build.shown_user("app", access_string=READS),
    ]

    found = change(before, after, observed=[*more, before])

    assert found is not None
    assert found.widens
    assert any(said in line for line in found.gains), found.gains


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            cache(transit_encryption_mode="preferred"), cache(), id="TLS preferred to required"
        ),
        pytest.param(cache(), cache(cache_node_type="cache.r7g.xlarge"), id="another size"),
        pytest.param(
            cache(engine_version="8.0.1"), cache(engine_version="8.1.0"), id="new commands"
        ),
        pytest.param(None, cache(), id="made anew"),
    ],
)
def test_a_cache_that_lets_nobody_more_in_does_not_widen(before, after):
    found = change(before, after, observed=[after] if before is None else [before])

    assert found is None or not found.widens


def test_another_parameter_group_may_hold_another_channel_default():
    text = READS + " +@pubsub"
    before = cache(cache_parameter_group_name="orders-a")
    after = cache(cache_parameter_group_name="orders-b")

    unsaid = change(before, after, observed=[before, user(text)])
    said = change(before, after, observed=[before, user(text + " &orders:*")])

    assert unsaid is not None
    assert "acl-pubsub-default may differ" in unsaid.gains[0]
    assert said is None
