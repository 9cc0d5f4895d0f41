"""What is not ours stays as it is, whatever we do beside it."""

from __future__ import annotations

import build
import pytest
from estate import ESTATE, Estate, shown
from inprocess import InProcess

from reconciler.guard import refusals
from reconciler.model import AuthenticationMode, Safety
from reconciler.plan import Adopt
from reconciler.report.plan_facts import PlanReport
from reconciler.report.plan_json import plan_json
from reconciler.report.plan_text import plan_text

IAM = AuthenticationMode(type="iam")


@pytest.fixture
def bench():
    """An account in which somebody else has a user, a group and two caches."""
    made = InProcess()
    for ref in (build.PASSWORD, build.TOKEN):
        made.secrets.put(ref, f"secret-of-{ref.id.replace('/', '-')}-here", build.VERSIONS[ref])
    theirs = [
        build.user("theirs", user_name="their-name"),
        build.user_group("their-group", user_ids=("theirs",)),
        build.replication_group("their-cache", user_group_ids=("their-group",)),
        build.serverless_cache("their-serverless", user_group_id="their-group"),
    ]
    Estate(made, theirs, name="another-estate").apply()
    made.settle()
    made.writes.clear()
    return made


OURS = [build.user(), build.user_group(), build.replication_group(user_group_ids=("people",))]


def of_theirs(everything):
    """The parts of what is shown that name somebody else's things."""
    return {
        key: [one for one in some if "their" in str(one)]
        for key, some in everything.items()
        if key != "tags"
    } | {"tags": {arn: tags for arn, tags in everything["tags"].items() if "their" in arn}}


def test_no_call_names_them_and_nothing_of_them_changes(bench):
    before = of_theirs(shown(bench))

    Estate(bench, OURS).apply()
    bench.settle()
    Estate(bench, [build.user(access_string="on ~app:* -@all +@write"), *OURS[1:]]).apply()
    bench.settle()

    assert bench.writes
    assert [call for call in bench.writes if "their" in str(call)] == []
    assert of_theirs(shown(bench)) == before


def test_they_are_counted_and_never_planned(bench):
    plan = Estate(bench, OURS).plan()

    assert {str(one) for one in plan.unmanaged} == {
        "user/theirs",
        "user_group/their-group",
        "replication_group/their-cache",
        "serverless_cache/their-serverless",
    }
    assert [one for one in plan.changes if "their" in str(one.address)] == []


def test_one_that_the_spec_names_is_an_adoption_that_the_guard_refuses(bench):
    named = build.user_group("their-group", user_ids=("theirs",))
    estate = Estate(bench, [build.user("theirs", user_name="their-name"), named])

    plan = estate.plan()

    assert {type(one.change) for one in plan.changes} == {Adopt}
    found = refusals(plan, Safety(), today=bench.clock.now().date())
    assert set(found) == {build.address("user/theirs"), build.address("user_group/their-group")}


def test_an_adoption_from_another_estate_of_ours_names_that(bench):
    wished = build.user("theirs", user_name="their-name")

    plan = Estate(bench, [wished]).plan()

    [planned] = plan.changes
    assert planned.change.from_estate == "another-estate"
    page = PlanReport(plan, "shop.yaml")
    title, why = plan_text(page).split("\n\n")[1].splitlines()[:2]
    assert "user/theirs exists and is the estate another-estate's: it will be adopted" in title
    assert "its tags name another-estate" in why
    assert "reconcile forget" in why
    assert plan_json(page)["changes"][0]["from_estate"] == "another-estate"


@pytest.mark.parametrize("copied", [True, False], ids=["a copy of ours", "nobody's"])
def test_an_adoption_of_what_bears_no_other_estate_names_none(bench, copied):
    rows = {"reconciler:estate": ESTATE, "reconciler:address": "user/first"}.items()
    tags = [{"Key": key, "Value": value} for key, value in rows if copied]
    bench.aws(
        "create_user", UserId="free", UserName="free", Engine="valkey", AccessString="off -@all",
        AuthenticationMode={"Type": "iam"}, Tags=tags,
    )  # fmt: skip
    iam = build.user("free", access_string="off -@all", authentication_mode=IAM)

    plan = Estate(bench, [iam]).plan()

    assert "exists and is not ours: it will be adopted" in plan_text(PlanReport(plan, "shop.yaml"))
    assert plan_json(PlanReport(plan, "shop.yaml"))["changes"][0]["from_estate"] is None


def test_an_adoption_ends_with_an_empty_plan(bench):
    wished = [
        build.user("theirs", user_name="their-name"),
        build.user_group("their-group", user_ids=("theirs",)),
        build.replication_group(
            "their-cache", user_group_ids=("their-group",), replication_group_description="ours"
        ),
    ]
    estate = Estate(bench, wished)

    summary = estate.apply()
    bench.settle()

    assert (summary.failed, summary.left) == ((), ())
    assert estate.plan().empty


def test_a_user_that_is_taken_out_of_our_group_stays_in_theirs(bench):
    Estate(bench, OURS).apply()
    bench.settle()
    bench.aws("modify_user_group", UserGroupId="their-group", UserIdsToAdd=["app"])
    bench.settle()

    plan = Estate(bench, [OURS[0], build.user_group(user_ids=("app", "theirs")), OURS[2]]).plan()

    [planned] = plan.changes
    assert planned.steps[0].call.params["UserGroupId"] == "people"


def test_a_change_that_they_would_feel_is_refused(bench):
    Estate(bench, OURS).apply()
    bench.settle()
    bench.aws("modify_user_group", UserGroupId="their-group", UserIdsToAdd=["app"])
    bench.settle()
    wished = [build.user(access_string="on ~app:* -@all +get"), *OURS[1:]]

    found = refusals(Estate(bench, wished).plan(), Safety(), today=bench.clock.now().date())

    [reasons] = found.values()
    assert "user_group/their-group" in "".join(reasons)
    assert "replication_group/their-cache" in "".join(reasons)
