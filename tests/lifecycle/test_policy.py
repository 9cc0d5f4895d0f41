"""The policy allows exactly what is asked: every call of every transition, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import build
import pytest
from build import address, facts, replication_group, serverless_cache, user, user_group
from estate import ESTATE, Estate, refs
from iam import ACCOUNT, REGION, Asked, asked, denied, unused
from inprocess import InProcess
from transition import TRANSITIONS

from reconciler.errors import AwsError
from reconciler.kind.asked import Asked as AskedFor
from reconciler.kinds import EVERY_KIND, KINDS
from reconciler.model import AuthenticationMode, CacheSubnetGroup, Resource, SecretRef
from reconciler.nouns.ssm_parameter import published
from reconciler.policy import ACTS, LISTED, PURPOSES, policy, trust
from reconciler.policy_size import LONGEST, MOST, parts, size
from reconciler.ports import Call
from reconciler.preflight import foresee


def of(purpose, wishes: Iterable[Resource], secrets=(), beside=frozenset(), **more):
    return policy(purpose, KINDS, facts(wishes, **more), secrets, beside=beside)


DELETING = frozenset({"delete"})


_PREFIX = {
    "resourcegroupstaggingapi": "tag",
    "service-quotas": "servicequotas",
    "cloudwatch": "cloudwatch",
}
"""Services whose prefix in policies is not their name in boto3, or that know no resources."""


class Recorded:
    """Every call that is made on a bench, as IAM would see it at that moment."""

    def __init__(self, estate: Estate) -> None:
        self.calls: list[Asked] = []
        self._bench, self._estate = estate.bench, estate
        self._bench.before_read = self._note

    def _note(self, service, operation, params) -> None:
        action = Call(service, operation, {}).action
        if service == "elasticache":
            tags = dict(self._bench.service.tagged_resources(self._bench.principal))
            self.calls.append(asked(action, params, tags))
        else:
            self.calls.append(Asked(f"{_PREFIX[service]}:{action}", (("*", {}),)))

    def foreseen(self) -> Recorded:
        """Look ahead as plan and apply do."""
        facts, plan = self._estate.looked()
        foresee(plan, facts, self._bench.reader())
        return self

    def applied(self, **hooks) -> Recorded:
        self.foreseen()

        def note(number: int, call: Call) -> None:
            self._note(call.service, call.operation, call.params)
            if hooks:
                hooks["before"](number, call)

        gates = {
            f"{one.address.id}/{step.gate}"
            for one in self._estate.plan().changes
            for step in one.steps
            if step.gate
        }
        writer = self._bench.writer(before=note)
        summary = self._estate.apply(writer, through_gates=frozenset(gates))
        assert hooks or not summary.failed
        return self


@pytest.mark.parametrize("name", TRANSITIONS)
def test_nothing_is_missing(name):
    estate = TRANSITIONS[name].prepared()
    recorded = Recorded(estate).applied()

    more = DELETING if estate.asked.deletes or estate.asked.replace else frozenset()
    allowed = of("apply", estate.wishes, refs(estate.wishes), more)

    assert recorded.calls
    assert [
        (call.action, denied(allowed, call)) for call in recorded.calls if denied(allowed, call)
    ] == []


def test_nothing_is_extra():
    calls: list[Asked] = []
    for transition in TRANSITIONS.values():
        calls += Recorded(transition.prepared()).applied().calls
    calls += _failing().calls
    calls += _subnet_group().calls
    calls += Recorded(Estate(InProcess(), [build.cluster()])).applied().calls
    calls += _smaller().calls
    copies = [RESTORED, RESTORED.but(snapshot_name=None, serverless_cache_snapshot_name="kept")]
    for copy in copies:
        calls += Recorded(Estate(InProcess(), [copy])).foreseen().calls

    wishes = [*copies, *(one for transition in TRANSITIONS.values() for one in transition.end)]
    left = unused(of("apply", wishes, beside=DELETING), calls)

    # Over HTTP, in test_policy_typed: the lease.
    assert {one for one in left if not one.startswith("ssm:")} == set()


RESTORED = build.replication_group("copy", snapshot_name="kept")


def _smaller() -> Recorded:
    """Give what is looked up before a cache gets less room."""
    bench = InProcess()
    Estate(bench, [build.replication_group(cache_node_type="cache.r7g.xlarge")]).apply()
    bench.settle()
    bench.metrics = {("BytesUsedForCache", f"orders-00{place}"): 1.0 for place in (1, 2)}
    return Recorded(Estate(bench, [build.replication_group()])).applied()


@pytest.mark.parametrize("prepared", [_smaller, lambda: Recorded(Estate(InProcess(), [RESTORED]))])
def test_what_is_looked_up_before_a_write_is_allowed_to_plan_and_apply(prepared):
    recorded = prepared().foreseen()

    for purpose in ("plan", "apply"):
        allowed = of(purpose, [RESTORED, build.replication_group()])
        looked = [one for one in recorded.calls if ":Get" in one.action or ":Desc" in one.action]
        assert looked
        assert [
            (call.action, denied(allowed, call)) for call in looked if denied(allowed, call)
        ] == []


def _failing() -> Recorded:
    """Give a run in which no call is ever answered, so that the service is asked why."""

    def lose(_, call):
        raise AwsError("elasticache", call.action, "Timeout", "no answer", status=0)

    return Recorded(TRANSITIONS["rights are changed"].prepared()).applied(before=lose)


def _subnets(*ids: str) -> CacheSubnetGroup:
    return CacheSubnetGroup(id="private", cache_subnet_group_description="p", subnet_ids=ids)


def _subnet_group() -> Recorded:
    """Give what making and changing a subnet group takes."""
    estate = Estate(InProcess(), [_subnets("subnet-1")])
    estate.bench.service.declare_subnets(estate.bench.principal, ["subnet-1", "subnet-2"])
    recorded = Recorded(estate).applied()
    estate.wishes = [_subnets("subnet-1", "subnet-2")]
    recorded.applied()
    estate.asked = AskedFor(destroy=True)
    return recorded.applied()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_nothing_that_elasticache_keeps_may_be_deleted(purpose):
    wishes = [one for transition in TRANSITIONS.values() for one in transition.end]

    allowed = of(purpose, wishes, [build.TOKEN])

    actions = {
        (action, *one["Resource"]) for one in allowed["Statement"] for action in one["Action"]
    }
    deleting = [one for one in actions if ":Delete" in one[0]]
    lease = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/reconciler/{ESTATE}/lease"
    assert deleting == (
        [("ssm:DeleteParameter", lease, f"{lease}/*")] if purpose == "apply" else []
    )
    assert not any("*" in action for action, *_ in actions)


def test_what_may_delete_reaches_nothing_that_does_not_bear_our_tag():
    allowed = of("apply", [user()], beside=DELETING)
    start = f"arn:aws:elasticache:{REGION}:{ACCOUNT}"
    ends = (
        ("DeleteUser", f"{start}:user:somebody"),
        ("DeleteUserGroup", f"{start}:usergroup:g"),
        ("DeleteReplicationGroup", f"{start}:replicationgroup:orders"),
        ("CreateSnapshot", f"{start}:replicationgroup:orders"),
        ("AddTagsToResource", f"{start}:snapshot:orders-replace-1"),
    )

    for action, arn in ends:
        for held, expected in (("another", [arn]), (ESTATE, [])):
            key = {"aws:ResourceTag/reconciler:estate": held}
            call = Asked(f"elasticache:{action}", ((arn, key),))
            assert denied(allowed, call) == expected


@pytest.mark.parametrize("purpose", ["plan", "drift", "verify"])
def test_only_an_apply_may_delete(purpose):
    allowed = of(purpose, [user(), replication_group()], beside=DELETING)

    assert "Delete" not in str([one["Action"] for one in allowed["Statement"]])


@pytest.mark.parametrize("purpose", ["plan", "drift", "verify"])
def test_looking_writes_nothing(purpose):
    reads = ("Describe", "List", "GetResources", "GetSecretValue", "GetParameter", "Connect",
             "GetMetricData")  # fmt: skip

    allowed = of(purpose, [user(), user_group(), replication_group()], [build.TOKEN])

    for statement in allowed["Statement"]:
        for action in statement["Action"]:
            assert action.split(":")[1].startswith(reads)


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_a_strangers_resource_can_not_be_changed_even_under_a_name_of_the_spec(kind):
    wished = build.SHOWN[kind]
    allowed = of("apply", [wished])
    arn = build.KIND[kind].arn(facts([wished]), wished.id)
    theirs = {"reconciler:estate": "another"}
    ours = {"reconciler:estate": ESTATE}
    given = {
        key: value if isinstance(value, str) else value[0]
        for _, (key, field) in ACTS[kind].bound
        if (value := getattr(wished, field))
    }
    bound = {action for action, (key, _) in ACTS[kind].bound if key not in given}

    for action in {*ACTS[kind].changes} - bound:
        for tags, expected in ((theirs, [arn]), ({}, [arn]), (ours, [])):
            held = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
            call = Asked(f"{build.KIND[kind].service}:{action}", ((arn, {**held, **given}),))
            assert denied(allowed, call) == expected


def test_nothing_is_made_without_our_tag_or_under_another_name():
    allowed = of("apply", [user()])
    ours = [{"Key": "reconciler:estate", "Value": ESTATE}]

    for ident, tags, expected in (("app", ours, 0), ("app", [], 1), ("else", ours, 1)):
        call = asked("CreateUser", {"UserId": ident, "Tags": tags}, {})
        assert len(denied(allowed, call)) == expected


@pytest.mark.parametrize("kind", [kind.name for kind in EVERY_KIND])
def test_our_tags_are_dropped_only_where_that_is_asked_for_and_only_from_ours(kind):
    facts_ = facts([user()])
    plain, more = (
        policy("apply", EVERY_KIND, facts_, beside=beside)
        for beside in (frozenset(), frozenset({"forget"}))
    )
    [made] = [one for one in EVERY_KIND if one.name == kind]
    arn = made.arn(facts_, "letgo")
    call = Asked(
        f"{made.service}:{ACTS[kind].untags}",
        ((arn, {"aws:ResourceTag/reconciler:estate": ESTATE}),),
    )
    theirs = Asked(call.action, ((arn, {"aws:ResourceTag/reconciler:estate": "another"}),))
    sent = made.untag_call(arn, ["reconciler:estate"])

    assert (sent.service, sent.action) == (made.service, ACTS[kind].untags)
    assert denied(plain, call) == [arn]
    assert denied(more, call) == []
    assert denied(more, theirs) == [arn]


@pytest.mark.parametrize("lease", ["ssm", "parameter-group", "none"])
def test_who_applies_may_be_seen_where_that_is_asked_for_and_never_written(lease):
    def actions(purpose, beside=frozenset()):
        found = policy(purpose, KINDS, facts([user()]), lease=lease, beside=beside)
        return {act for one in found["Statement"] if "Lease" in one["Sid"] for act in one["Action"]}

    looks = {"ssm": {"ssm:GetParametersByPath"}, "none": set()}
    expected = looks.get(lease, {"elasticache:ListTagsForResource"})
    assert actions("plan") == set()
    assert actions("plan", frozenset({"status"})) == expected
    assert actions("apply", frozenset({"status"})) == actions("apply") >= expected


def test_another_prefix_is_in_the_conditions():
    allowed = of("apply", [user()], tag_prefix="shop")

    assert '"aws:ResourceTag/shop:estate"' in str(allowed).replace("'", '"')
    assert "reconciler:estate" not in str(allowed)


def test_secrets_are_named_one_by_one_and_only_verify_and_apply_may_open_them():
    secrets = [
        SecretRef(store="secretsmanager", id="prod/app"),
        SecretRef(store="ssm", id="/prod/ops"),
        SecretRef(store="env", id="X"),
    ]
    start = f"{REGION}:{ACCOUNT}"
    opened = {
        "secretsmanager:GetSecretValue": [f"arn:aws:secretsmanager:{start}:secret:prod/app-??????"],
        "ssm:GetParameter": [f"arn:aws:ssm:{start}:parameter/prod/ops"],
    }

    for purpose in PURPOSES:
        found = {
            action: one["Resource"]
            for one in of(purpose, [user()], secrets)["Statement"]
            for action in one["Action"]
            if action in opened
        }
        assert found == (opened if purpose in ("apply", "verify", "drill") else {})


def test_logging_in_is_for_the_caches_and_users_of_the_spec_that_do_so_by_iam():
    wishes = [
        user("app", authentication_mode=AuthenticationMode(type="iam")),
        user("ops"),
        user_group("people", user_ids=("app", "ops")),
        replication_group(user_group_ids=("people",)),
        serverless_cache(),
    ]

    (statement,) = [
        one for one in of("verify", wishes)["Statement"] if one["Action"] == ["elasticache:Connect"]
    ]

    start = f"arn:aws:elasticache:{REGION}:{ACCOUNT}"
    assert statement["Resource"] == [f"{start}:replicationgroup:orders", f"{start}:user:app"]


def test_very_many_are_named_by_their_kind_so_that_a_policy_stays_one():
    wishes = [user(f"user-{number}") for number in range(LISTED + 1)]

    allowed = of("apply", wishes)

    assert len("".join(str(allowed).split())) < LONGEST
    arn = f"arn:aws:elasticache:{REGION}:{ACCOUNT}:user:*"
    (create,) = [one for one in allowed["Statement"] if "elasticache:CreateUser" in one["Action"]]
    assert create["Resource"] == [arn]


def test_every_kind_says_what_it_calls():
    assert ACTS.keys() == {kind.name for kind in EVERY_KIND}


def test_who_may_take_the_role_is_up_to_its_account():
    told = trust("apply", facts())

    (statement,) = told["Statement"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert statement["Condition"] == {"StringEquals": {"sts:RoleSessionName": "reconcile-write"}}
    assert "reconcile-read" in str(trust("plan", facts()))


def test_other_partitions_have_their_own_arns():
    allowed = of("apply", [user()], region="cn-north-1")

    assert "arn:aws:" not in str(allowed)
    assert address("user/app").id in str(allowed)


def test_what_is_published_is_read_written_as_ours_and_deleted_only_where_that_is_meant():
    cache = build.replication_group(publish="ssm:/shop/orders")
    wishes = [cache, published(cache)]
    estate = Estate(InProcess(), wishes)
    seen = []
    writer = estate.bench.writer(before=lambda _, call: seen.append(call))
    estate.bench.before_read = lambda service, operation, _: seen.append(
        Call(service, operation, {})
    )
    assert not estate.apply(writer).failed
    asked_of_ssm = {f"ssm:{call.action}" for call in seen if call.service == "ssm"}
    name = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/shop/orders"

    def actions(purpose, **beside):
        found = policy(purpose, EVERY_KIND, facts(wishes), **beside)["Statement"]
        return {one for each in found if each["Resource"] == [name] for one in each["Action"]}

    reads = {"ssm:GetParameters", "ssm:ListTagsForResource"}
    writes = {"ssm:PutParameter", "ssm:AddTagsToResource"}
    assert asked_of_ssm <= reads | writes
    assert actions("plan") == actions("drift") == reads
    assert actions("apply") == reads | writes
    assert actions("apply", beside=DELETING) == reads | writes
    ended = policy("apply", EVERY_KIND, facts(wishes), beside=DELETING)["Statement"]
    (ends,) = [one for one in ended if "ssm:DeleteParameter" in one["Action"] if "Condition" in one]
    # One that no cache publishes any more has a name that no spec says: our tag holds it.
    assert ends["Resource"] == [f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/*"]
    assert ends["Condition"] == {"StringEquals": {"aws:ResourceTag/reconciler:estate": ESTATE}}


def test_a_drill_may_fail_over_what_is_ours_and_write_nothing_else():
    found = of("drill", [user(), replication_group()])["Statement"]

    writing = [
        (action, one["Resource"], one.get("Condition"))
        for one in found
        for action in one["Action"]
        if not action.partition(":")[2].startswith(("Describe", "List", "Get"))
    ]
    tag = {"StringEquals": {"aws:ResourceTag/reconciler:estate": ESTATE}}
    arn = f"arn:aws:elasticache:{REGION}:{ACCOUNT}:replicationgroup:orders"
    assert writing == [("elasticache:TestFailover", [arn], tag)]


def test_vpc_endpoints_of_serverless_caches_are_made_in_the_callers_name_only_where_that_is_asked():
    def ec2(wishes, **beside):
        found = of("apply", wishes, **beside)["Statement"]
        return [one for one in found if any(a.startswith("ec2:") for a in one["Action"])]

    more = {"beside": frozenset({"vpc-endpoints"})}

    assert ec2([serverless_cache()]) == []
    assert ec2([replication_group()], **more) == []
    found = ec2([serverless_cache()], **more)
    made = next(one for one in found if one["Sid"] == "MakeVpcEndpoints")
    assert made["Resource"] == [f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-endpoint/*"]
    assert "com.amazonaws.elasticache.serverless.*" in str(made["Condition"])
    assert not any("Delete" in action for one in found for action in one["Action"])


def _large(count: int) -> dict[str, Any]:
    wishes = [build.user(f"user-of-a-long-name-{n}") for n in range(count)]
    wishes += [build.user_group("people", user_ids=tuple(one.id for one in wishes))]
    wishes += [build.replication_group(f"cache-{n}") for n in range(LISTED)]
    return of("apply", wishes, beside=DELETING)


def _granted(*documents: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """Every action on every resource, each with its conditions."""
    return {
        (action, resource, str(one.get("Condition")))
        for document in documents
        for one in document["Statement"]
        for action in one["Action"]
        for resource in ([one["Resource"]] if isinstance(one["Resource"], str) else one["Resource"])
    }


def test_a_policy_that_is_too_long_is_several_that_fit_and_allow_the_same():
    whole = _large(LISTED)
    assert size(whole) > LONGEST

    some = parts(whole)

    assert 1 < len(some) <= MOST
    assert all(size(one) <= LONGEST for one in some)
    assert _granted(*some) == _granted(whole)
    sids = [statement["Sid"] for one in some for statement in one["Statement"]]
    assert len(sids) == len(set(sids))


def test_a_statement_that_is_too_long_by_itself_is_divided_by_its_resources():
    whole = _large(LISTED)

    some = parts(whole, longest=700)

    assert all(size(one) <= 700 or len(one["Statement"]) == 1 for one in some)
    assert _granted(*some) == _granted(whole)


def test_a_policy_that_fits_is_one():
    whole = of("plan", [build.user()])

    assert parts(whole) == (whole,)
