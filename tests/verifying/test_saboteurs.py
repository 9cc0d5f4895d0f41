"""One thing is broken with raw commands: exactly that is found, by name, and nothing else."""

from __future__ import annotations

import pytest
from verifying.engines import follow, hashed, until
from verifying.front import Front
from verifying.shop import APP, SECRETS, about, refuted, with_password

from reconciler.model import Expect, Verify

pytestmark = pytest.mark.engines


def test_a_healthy_cache_is_proven_whole(shop):
    report = shop.verified()

    assert report.counts == {"proven": len(report.findings), "refuted": 0, "not proven": 0}
    assert report.exit_code("100%") == 0
    assert {finding.check for finding in report.findings} == {
        *("reach", "plaintext", "login", "default user", "rights", "engine", "topology"),
        *("read routing", "connections", "data", "pub/sub", "streams", "many keys"),
    }


def test_nothing_of_a_visit_stays_behind(shop):
    shop.primary.tell("SET", "orders:1", "theirs")

    shop.verified()

    assert shop.primary.admin.keys("*") == ["orders:1"]
    assert shop.primary.admin.get("orders:1") == "theirs"


def test_a_node_with_another_password(shop):
    shop.nodes[2].set_user("orders-app", "on", hashed("somebody else's"))

    found = refuted(shop.verified(only={"login"}))

    assert found == {("login", "user orders-app at node orders-003")}


def test_a_node_that_takes_any_password(shop):
    shop.nodes[2].tell("ACL", "SETUSER", "orders-app", "nopass")

    found = refuted(shop.verified())

    assert found == {("login", "user orders-app with a wrong password at node orders-003")}


def test_a_user_that_was_forgotten_everywhere(shop):
    for node in shop.nodes:
        node.tell("ACL", "DELUSER", "orders-report")

    found = refuted(shop.verified())

    places = ["primary", "node orders-001", "node orders-002", "node orders-003", "reader"]
    assert {subject for check, subject in found if check == "login"} == {
        f"user orders-report at {place}" for place in places
    }


def test_a_password_that_is_wrong_everywhere_is_one_fault_and_not_one_of_every_check(shop):
    for node in shop.nodes:
        node.set_user("orders-app", "on", hashed("somebody else's"))

    found = refuted(shop.verified())

    assert {check for check, _ in found} == {"login"}


def test_a_user_that_is_off_and_comes_in_all_the_same(shop):
    off = shop.users[1].access_string.replace("on ", "off ", 1)
    shop.users = (APP, shop.users[1].but(access_string=off, expect=None), shop.users[2])
    shop.heal()
    assert refuted(shop.verified(only={"login"})) == set()

    shop.nodes[2].tell("ACL", "SETUSER", "orders-report", "on")

    assert refuted(shop.verified()) == {
        ("login", "user orders-report, which is off at node orders-003")
    }


def test_a_default_user_that_is_switched_on(shop):
    shop.nodes[1].set_user("default", "on", "nopass", "~*", "+@all")

    found = refuted(shop.verified())

    assert found == {
        ("default user", f"{what} at {place}")
        for what in ("no login at all", "user default")
        for place in ("reader", "node orders-002")
    }


def test_a_user_with_one_command_too_many(shop):
    shop.nodes[2].tell("ACL", "SETUSER", "orders-app", "+flushall")

    report = shop.verified()

    assert refuted(report) == {("rights", "user orders-app: FLUSHALL at node orders-003")}
    # A person wrote it and the access string says it: asked once, told once.
    assert report.counts["refuted"] == 1


def test_a_user_with_one_command_too_few(shop):
    for node in shop.nodes:
        node.tell("ACL", "SETUSER", "orders-report", "-scan")

    found = refuted(shop.verified())

    assert {subject.partition(" at ")[0] for _, subject in found} == {"user orders-report: SCAN 0"}


def test_a_user_with_a_key_pattern_too_many(shop):
    shop.nodes[0].tell("ACL", "SETUSER", "orders-app", "~carts:*")

    found = refuted(shop.verified())

    assert found == {("rights", "user orders-app: SET carts:1 x at node orders-001")}


def test_a_user_whose_pattern_is_another(shop):
    for node in shop.nodes:
        node.tell("ACL", "SETUSER", "orders-report", "resetkeys", "~order:*")

    found = refuted(shop.verified())

    assert ("rights", "user orders-report: GET orders:1 at node orders-001") in found
    assert {check for check, _ in found} == {"rights"}


def test_plaintext_left_open_beside(shop, request):
    shop.silence_s = 2  # so long it waits for a handshake that never comes
    plain = Front(shop.nodes[2].port, None)
    request.addfinalizer(plain.close)
    shop.fronts["orders-003"] = plain

    found = refuted(shop.verified())

    assert found == {
        ("reach", "endpoints at node orders-003"),
        ("plaintext", "plaintext at node orders-003"),
    }


def test_plaintext_refused_where_both_are_promised(shop):
    shop.mode = "preferred"

    found = refuted(shop.verified(only={"reach", "plaintext"}))

    assert {check for check, _ in found} == {"plaintext"}
    assert len(found) == 5


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        pytest.param({"ip": "127.0.0.9"}, "IP address mismatch", id="for another name"),
        pytest.param({"days": -1}, "expired", id="expired"),
    ],
)
def test_a_certificate_that_is_wrong(shop, certificate, words):
    front = shop.fronts["reader"]
    right, front.context = front.context, shop.authority.context(**certificate)

    report = shop.verified()

    front.context = right
    assert refuted(report) == {("reach", "endpoints at reader")}
    [finding] = [one for one in report.findings if one.verdict == "refuted"]
    assert words in finding.got
    assert finding.where == f"127.0.0.1:{front.port}"


def test_certificates_that_are_all_wrong_are_refuted_though_nobody_could_be_asked(shop):
    right = {name: front.context for name, front in shop.fronts.items()}
    wrong = shop.authority.context(days=-1)
    for front in shop.fronts.values():
        front.context = wrong

    report = shop.verified()

    for name, front in shop.fronts.items():
        front.context = right[name]
    assert {check for check, _ in refuted(report)} == {"reach"}
    assert len(refuted(report)) == 5
    assert report.counts["proven"] == 0


def test_no_secret_goes_to_a_server_whose_certificate_is_wrong(shop):
    front = shop.fronts["reader"]
    right, front.context = front.context, shop.authority.context(ip="127.0.0.9")
    before = front.accepted

    shop.verified(only={"reach", "login", "rights", "default user", "data"})

    front.context = right
    assert front.accepted - before == 1


def test_a_replica_that_does_not_follow(shop):
    lost = shop.nodes[2]
    lost.tell("REPLICAOF", "NO", "ONE")
    until(lambda: shop.linked() == 1, "the primary notices")

    found = refuted(shop.verified())

    assert found == {
        ("topology", "nodes"),
        ("topology", "role of node orders-003"),
        ("topology", "replication"),
    }


def test_a_replica_that_follows_somebody_else(shop):
    follow(shop.nodes[2], shop.nodes[1])
    until(lambda: shop.linked() == 1, "the primary notices")

    assert refuted(shop.verified()) == {("topology", "replication")}


def test_a_reader_endpoint_that_leads_to_the_primary(shop):
    front = shop.fronts["reader"]
    right, front.target = front.target, shop.primary.port

    found = refuted(shop.verified())

    front.target = right
    assert found == {("topology", "role of reader")}


def test_two_things_at_once_give_both(shop):
    shop.nodes[1].tell("ACL", "SETUSER", "orders-app", "+flushall")
    shop.nodes[2].tell("ACL", "SETUSER", "orders-report", "nopass")

    found = refuted(shop.verified())

    assert found == {
        ("rights", "user orders-app: FLUSHALL at node orders-002"),
        ("login", "user orders-report with a wrong password at node orders-003"),
    }


def test_sabotage_and_skip_is_not_green(shop):
    for node in shop.nodes:
        node.set_user("orders-app", "on", hashed("somebody else's"))

    report = shop.verified(skip={"login", "rights", "data", "pub/sub", "streams", "many keys"})

    assert refuted(report) == set()
    assert report.exit_code() == 6
    assert [one.got for one in about(report, "login")] == ["left out by --skip"]


@pytest.mark.slow
def test_to_skip_even_what_is_not_critical_is_not_green(shop):
    report = shop.verified(skip={"topology"})
    assert (refuted(report), report.exit_code()) == (set(), 6)

    shop.verify = Verify(writes=True, skip={"topology": "moves on Monday"})
    assert [shop.verified().exit_code(require) for require in ("critical", "100%")] == [0, 6]


def test_a_check_that_the_spec_skips_says_why(shop):
    shop.verify = Verify(skip={"rights": "moves on Monday"})

    report = shop.verified()

    assert [(one.verdict, one.got) for one in about(report, "rights")] == [
        ("not proven", "moves on Monday")
    ]
    assert report.exit_code() == 6


def refusals(shop) -> int:
    """Give how many attempts the engines themselves have counted as refused."""
    codes = ("errorstat_NOPERM", "errorstat_WRONGPASS", "errorstat_NOAUTH")
    stats = [node.admin.info("errorstats") for node in shop.nodes]
    return sum(one.get(code, {}).get("count", 0) for one in stats for code in codes)


def test_without_negative_nothing_is_tried_that_would_be_refused(shop):
    before = refusals(shop)

    report = shop.verified(negative=False, only={"login", "rights", "topology", "data"})

    dialled = 5
    assert refusals(shop) - before == dialled
    assert {one.got for one in report.findings if one.verdict == "not proven"} == {
        "left out: what would be refused is not tried (negative: false)"
    }
    assert (refuted(report), report.exit_code()) == (set(), 6)


def test_how_many_attempts_will_be_refused_is_said_beforehand(shop):
    before = refusals(shop)

    report = shop.verified()

    assert report.refusals == refusals(shop) - before


def test_where_writes_are_off_nothing_is_written(shop):
    shop.verify = Verify(writes=False)
    before = shop.primary.admin.info("persistence")["rdb_changes_since_last_save"]

    report = shop.verified()

    left_out = {one.check for one in report.findings if "verify.writes" in one.got}
    assert left_out == {"data", "pub/sub", "streams", "many keys"}
    assert (report.exit_code(), report.exit_code("100%")) == (0, 6)
    assert shop.primary.admin.info("persistence")["rdb_changes_since_last_save"] == before


def test_a_secret_that_cannot_be_opened_is_not_green(shop):
    shop.secrets.values = {"REPORT": SECRETS["REPORT"]}

    report = shop.verified()

    assert refuted(report) == set()
    [finding] = [one for one in about(report, "login") if one.verdict == "not proven"]
    assert (finding.subject, finding.critical) == ("user orders-app", True)
    assert "{env: APP} is not set" in finding.got
    assert report.exit_code() == 6


def test_narrowed_to_a_user_the_others_secrets_stay_closed(shop):
    opened = []
    real = shop.secrets.open
    shop.secrets.open = lambda ref: opened.append(ref.id) or real(ref)

    report = shop.verified(users={"orders-report"})

    assert set(opened) == {"REPORT"}
    assert report.partial == "only users orders-report"
    assert report.exit_code() == 0


def test_a_second_password_that_is_not_taken(shop):
    shop.users = (APP.but(authentication_mode=with_password("APP", "APP_NEXT")), *shop.users[1:])

    found = refuted(shop.verified(only={"login"}))

    assert found == {
        ("login", f"user orders-app with password 2 at {place}")
        for place in ("primary", "reader", "node orders-001", "node orders-002", "node orders-003")
    }


def test_no_secret_and_no_wrong_one_stands_in_a_report(shop):
    shop.nodes[1].set_user("orders-app", "on", hashed("somebody else's"))

    text = repr(shop.verified())

    assert not any(secret in text for secret in SECRETS.values())


def test_an_expectation_that_is_no_command_is_not_proven(shop):
    odd = Expect(can=("", 'SET orders:1 "x'), cannot=("SET carts:1",))
    shop.users = (APP.but(expect=odd), *shop.users[1:])

    report = shop.verified(only={"rights"})

    said = {one.subject: one.got for one in report.findings if one.verdict == "not proven"}
    assert refuted(report) == set()
    assert said == {
        "user orders-app: ": "there is no command in it",
        'user orders-app: SET orders:1 "x': "its quotes do not close",
    }
