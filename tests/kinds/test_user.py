"""Users and their groups: rights rather than text, one call each, who is cut off."""

from __future__ import annotations

import build
import pytest

from reconciler.kind import Impact, Unreachable
from reconciler.planning.complete import complete
from reconciler.planning.diff import field_changes
from reconciler.planning.unfold import unfold


def plan(desired, shown, *others, **live):
    kind = build.KIND[desired.kind]
    facts = build.facts([desired, *others], [build.live(shown, **live)])
    before = facts.observed[shown.address].effective
    after = complete(kind, desired, before, facts)
    fields = [change.field for change in field_changes(kind, before, after, desired)]
    return fields, *unfold(kind, before, after, facts)


def rights(text, shown, *others, **live):
    """The fields that a plan names for this access string against the one described."""
    return plan(build.User(id="app", access_string=text), shown, *others, **live)[0]


@pytest.mark.parametrize(
    ("written", "described", "same"),
    [
        pytest.param("on ~app:* +@read", "on ~app:* -@all +@read", True, id="a baseline is added"),
        pytest.param("~app:* on +get", "on ~app:* -@all +get", True, id="parts are put in order"),
        pytest.param("on allkeys +@all", "on ~* +@all", True, id="words for signs"),
        pytest.param("on %RW~app:* +get", "on ~app:* -@all +get", True, id="both rights are one"),
        pytest.param("on ~app:* +@read", "on ~app:* -@all +@read +@write", False, id="one more"),
        pytest.param("on ~app:* +@read", "off ~app:* -@all +@read", False, id="shut off"),
        pytest.param("on ~app:* +@read", "on ~* -@all +@read", False, id="other keys"),
        pytest.param(
            "on ~app:* -@all +get +@all",
            "on ~app:* -@all +@all +get",
            True,
            id="order of no account",
        ),
        pytest.param(
            "on ~app:* +@all -get", "on ~app:* -get +@all", False, id="order that decides"
        ),
    ],
)
def test_access_strings_are_compared_by_what_they_allow(written, described, same):
    found = rights(written, build.shown_user(access_string=described), engine_version="7.0")

    assert (found == []) is same


@pytest.mark.parametrize(("version", "found"), [("7.1", []), ("6.2", ["access_string"])])
def test_only_the_engines_in_reach_decide(version, found):
    """Redis 6.2 knows no rights on a key pattern; 7.1 takes both of them for the pattern alone."""
    cache = build.replication_group(
        engine="redis", engine_version=version, user_group_ids=("people",)
    )
    described = build.shown_user(engine="redis", access_string="on ~app:* -@all +get")
    group = build.user_group(engine="redis")

    assert rights("on %RW~app:* +get", described, group, cache) == found


def test_two_strings_that_no_version_can_read_are_not_taken_for_the_same():
    described = build.shown_user(access_string="on ~app:* -@all +nonsense")

    assert rights("on ~app:* -@all +nothing", described) == ["access_string"]


def test_several_fields_go_in_one_call():
    fields, steps, stop = plan(
        build.user(access_string="on ~app:* -@all +@write", engine="redis"), build.shown_user()
    )

    [step] = steps
    assert stop is None
    assert fields == ["engine", "access_string", "passwords"]
    assert step.call.operation == "modify_user"
    assert set(step.call.params) == {"UserId", "Engine", "AccessString", "AuthenticationMode"}
    assert step.record["secret"] == "v1"


def test_a_rotated_password_is_set_by_reference_and_remembered_by_version():
    _, [step], _ = plan(build.user(), build.shown_user(marks={"secret": "v0"}))

    assert step.call.params == {
        "UserId": "app",
        "AuthenticationMode": {"Type": "password", "Passwords": [build.PASSWORD]},
    }
    assert step.record["secret"] == "v1"
    assert step.impact is Impact.DROPPED_USERS
    assert "NO OVERLAP" in step.impact_text


def test_two_passwords_are_remembered_together():
    both = build.password(build.PASSWORD, build.OTHER_PASSWORD)

    _, [step], _ = plan(build.user(authentication_mode=both), build.shown_user())

    assert step.record["secret"] == "v1+w1"


def test_a_password_rotated_by_somebody_else_is_never_set():
    mode = build.AuthenticationMode(type="password", passwords=(build.PASSWORD,))
    fields, steps, _ = plan(
        build.user(rotated_by="secretsmanager", authentication_mode=mode),
        build.shown_user(marks={"secret": "v0"}),
    )

    assert (fields, steps) == ([], ())


def test_a_user_becomes_one_of_iam_without_sending_a_password():
    iam = build.AuthenticationMode(type="iam")

    _, [step], _ = plan(build.user(authentication_mode=iam), build.shown_user())

    assert step.call.params["AuthenticationMode"] == {"Type": "iam"}


def test_a_name_is_for_ever():
    _, steps, stop = plan(build.user(user_name="other"), build.shown_user(marks={"secret": "v1"}))

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert stop.replace
    assert "new id" in stop.way


def test_who_joins_and_who_leaves_go_in_one_call():
    """So a default user is swapped: removed first it is missing, added first it is doubled."""
    _, steps, _ = plan(
        build.user_group(engine="redis", user_ids=("default-new", "app")),
        build.user_group(engine="redis", user_ids=("default-old", "app")),
    )

    [step] = steps
    assert step.call.params == {
        "UserGroupId": "people",
        "UserIdsToAdd": ["default-new"],
        "UserIdsToRemove": ["default-old"],
    }


def test_the_users_who_are_cut_off_are_named_where_there_is_a_cache():
    cache = build.replication_group(user_group_ids=("people",))
    shown = build.user_group(user_ids=("app", "report"))

    _, [attached], _ = plan(build.user_group(), shown, cache)
    _, [alone], _ = plan(build.user_group(), shown)

    assert attached.impact is Impact.DROPPED_USERS
    assert "report" in attached.impact_text
    assert alone.impact is Impact.NONE


def test_an_empty_group_is_created_without_an_empty_list():
    desired = build.user_group(user_ids=())
    facts = build.facts([desired])
    kind = build.KIND["user_group"]

    [step], _ = unfold(kind, None, complete(kind, desired, None, facts), facts)

    assert "UserIds" not in step.call.params


def test_a_user_ripples_to_its_groups_and_their_caches():
    facts = build.facts(
        [build.user(), build.user_group(), build.serverless_cache(user_group_id="people")]
    )

    found = build.KIND["user"].ripples_to(build.user(), facts)

    assert {str(one) for one in found} == {"user_group/people", "serverless_cache/carts"}
