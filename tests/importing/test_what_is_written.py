"""The file is short and whole: no defaults, no secrets; what a spec can't say is a comment."""

from __future__ import annotations

import dataclasses
import datetime as dt

import build
from estate import Estate
from inprocess import InProcess

from reconciler.kind import Node, Pending
from reconciler.kinds import KINDS
from reconciler.model import AuthenticationMode, Aws, RoleArn, Safety
from reconciler.model import Estate as Head
from reconciler.spec import load
from reconciler.spec.write import write

IAM = AuthenticationMode(type="iam")
SG = {"security_group_ids": ("sg-0a1b2c3d",)}


def with_passwords() -> InProcess:
    bench = InProcess()
    for number, (ref, version) in enumerate(build.VERSIONS.items()):
        bench.secrets.put(ref, f"secret-number-{number}-of-this", version)
    both = build.password(build.PASSWORD, build.OTHER_PASSWORD)
    wishes = [
        build.user(),
        build.user("two", authentication_mode=both),
        build.replication_group(auth_token=build.TOKEN),
    ]
    assert not Estate(bench, wishes).apply().failed
    bench.settle()
    return bench


def uncommented(text: str) -> str:
    """What a person does: take "# " away below each FILL IN."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if "FILL IN" in line:
            lines[at + 1] = lines[at + 1].replace("# ", "", 1)
    return "\n".join(lines)


def test_the_schema_line_comes_first_and_the_file_only_watches(imported):
    found = imported([])

    assert found.text.startswith("# yaml-language-server: $schema=")
    assert found.spec.estate.mode == "observe"
    assert found.spec.estate.aws.account_id == build.ACCOUNT


def test_values_that_the_service_chooses_by_itself_are_left_out(imported):
    plain = build.shown_group(engine="valkey", **SG)

    fields = imported([build.live(plain)]).entry("replication_group/orders").model_fields_set

    assert fields == {
        "id",
        "replication_group_description",
        "engine",
        "engine_version",
        "cache_node_type",
        "num_cache_clusters",
        "automatic_failover_enabled",
        "kms_key_id",
        "transit_encryption_enabled",
        *SG,
        "snapshot_window",
        "preferred_maintenance_window",
    }


def test_passwords_and_tokens_are_comments_that_become_fields(imported, looked):
    there = {
        address: dataclasses.replace(live, resource=live.resource.but(marks={}))
        for address, live in looked(with_passwords()).items()
    }
    found = imported(there.values())
    assert found.written.to_fill_in == 3
    assert found.spec.secret_refs() == ()
    assert found.text.count("one that is made of this without it asks nobody") == 1

    found.path.write_text(uncommented(found.text))
    spec = load(found.path)

    assert len(spec.secret_refs()) == 4
    versions = dict.fromkeys(spec.secret_refs(), "v7")
    filled = dataclasses.replace(found, spec=spec)
    assert filled.plan(there, secret_versions=versions).empty


def test_a_secret_that_moved_since_it_was_recorded_shows_while_watching(imported):
    live = build.live(build.shown_user(marks={"secret": "v1"}))
    found = imported([live])
    found.path.write_text(uncommented(found.text))
    spec = load(found.path)
    versions = dict.fromkeys(spec.secret_refs(), "v2")

    plan = dataclasses.replace(found, spec=spec).plan(
        {live.address: live}, secret_versions=versions
    )

    assert [one.field for planned in plan.changes for one in planned.change.fields] == ["passwords"]


def test_our_own_tags_are_told_and_not_written(imported):
    live = build.live(build.user_group(user_ids=("default",), tags={"team": "shop"}))

    found = imported([live])

    assert found.entry("user_group/people").tags == {"team": "shop"}
    assert f"# belongs to the estate {build.ESTATE}, by its tags" in found.text


def test_what_is_referred_to_and_not_imported_is_unmanaged(imported):
    group = build.live(build.user_group(user_ids=("app", "default", "theirs")))
    cache = build.live(build.shown_group(user_group_ids=("elsewhere",), **SG))
    user = build.live(build.shown_user(authentication_mode=IAM))

    found = imported([group, cache, user])

    assert {str(one) for one in found.spec.unmanaged} == {"user/theirs", "user_group/elsewhere"}


def test_the_block_of_a_spec_that_was_given_stays(imported):
    roles = RoleArn(read="arn:aws:iam::123456789012:role/reconcile-read")
    aws = Aws(account_id=build.ACCOUNT, region=build.REGION, role_arn=roles)
    head = Head(version=1, estate="null", aws=aws, safety=Safety(tag_prefix="ours"))

    found = imported([], head)

    assert found.spec.estate.aws == aws
    assert found.spec.estate.estate == "null"
    assert found.spec.estate.safety.tag_prefix == "ours"


def test_a_field_that_a_spec_refuses_is_a_comment_with_the_reason(imported):
    live = build.live(build.user_group(user_ids=("default",), tags={"team": "x" * 300}))

    found = imported([live])

    [told] = found.written.left_out
    assert told.startswith("user_group/people.tags: a tag's value has at most 256")
    assert found.entry("user_group/people").tags is None
    assert "# left out: a tag's value has at most 256" in found.text


def test_a_group_without_users_is_written_without_them(imported):
    live = build.live(build.user_group(user_ids=()))

    found = imported([live])

    assert found.entry("user_group/people").model_fields_set == {"id", "engine"}
    assert found.plan({live.address: live}).empty


def test_an_entry_that_a_spec_refuses_is_a_comment_and_unmanaged_where_it_is_named(imported):
    long = "a" * 41
    user = build.live(build.shown_user(long, authentication_mode=IAM))
    group = build.live(build.user_group(user_ids=(long,)))

    found = imported([user, group])

    assert list(map(str, found.spec.resources)) == ["user_group/people"]
    assert [str(one) for one in found.spec.unmanaged] == [f"user/{long}"]
    assert "# left out: an id has at most 40 characters" in found.text


def test_tags_of_awss_own_are_named_and_left_out(imported):
    tags = {"aws:cloudformation:stack-name": "shop", "team": "shop"}

    found = imported([build.live(build.user_group(user_ids=("default",), tags=tags))])

    assert found.entry("user_group/people").tags == {"team": "shop"}
    assert "left out: aws:cloudformation:stack-name" in found.text


def test_what_is_on_its_way_is_written_as_it_will_be(imported):
    shown = build.shown_group(**SG)
    live = build.live(
        shown,
        pending=(Pending("cache_node_type", "cache.r7g.xlarge", "sun:03:00-sun:04:00"),),
    )

    found = imported([live])

    assert found.entry("replication_group/orders").cache_node_type == "cache.r7g.xlarge"
    assert "# on its way, in the window sun:03:00-sun:04:00: cache_node_type" in found.text
    assert found.plan({live.address: live}).empty


def test_shards_of_different_sizes_are_told(imported):
    shown = build.shown_group(
        cluster_mode="enabled", num_node_groups=2, replicas_per_node_group=1, **SG
    )
    extra = Node("orders-0002-003", "0002", "replica", "available", "8.1.0")
    live = build.live(shown, nodes=(*build.nodes(shown), extra))

    assert "# its shards differ: 1 to 2 replicas each" in imported([live]).text


def test_somebody_elses_words_never_leave_a_comment(imported):
    marks = {"estate": "x\nusers: {}\u2028#"}
    live = build.live(build.user_group(user_ids=("default",), marks=marks))

    found = imported([live])

    assert "estate x?users: {}?#" in found.text


def test_a_serverless_cache_of_memcached_is_passed_over_and_said(looked):
    made = InProcess()
    made.aws("create_serverless_cache", ServerlessCacheName="pages", Engine="memcached")
    made.aws("create_serverless_cache", ServerlessCacheName="carts", Engine="valkey")
    made.settle()

    told = list(build.KIND["serverless_cache"].passed_over(made.reader()))

    assert told == ["serverless_cache/pages: its engine is memcached"]
    assert {str(address) for address in looked(made)} == {"serverless_cache/carts"}


def test_what_could_not_be_looked_for_stands_at_the_top_as_comments():
    where = Aws(account_id=build.ACCOUNT, region=build.REGION)
    head = Head(version=1, estate="imported", aws=where)

    told = write(head, KINDS, [], dt.date(2026, 11, 20), ["iam_roles: denied\nestate: other"])

    assert "# Not here: iam_roles: denied?estate: other.\n" in told.text
    assert "\nestate: other" not in told.text
