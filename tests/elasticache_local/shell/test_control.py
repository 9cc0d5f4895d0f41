"""The control surface: what it does to the parts, and how it refuses."""

import http.client
import json

import pytest

from elasticache_local.control.listener import LARGEST_BODY, Listener, Refusal
from elasticache_local.control.surface import Surface
from elasticache_local.control.watch import WatchedHost
from elasticache_local.service import FaultPlan
from elasticache_local.want import Is, Want, WantedNode, WantedShard

ORDERS = "123456789012/eu-west-1/replication_group/orders"
ORDERS_ELSEWHERE = "123456789012/us-east-1/replication_group/orders"


def want(key=ORDERS, generation=1):
    account_id, region, sort, name = key.split("/")
    return Want(
        key=key,
        generation=generation,
        sort=sort,
        name=name,
        account_id=account_id,
        region=region,
        engine="valkey",
        engine_version="8.0.1",
        cluster_mode="disabled",
        shards=(WantedShard("0001", "", (WantedNode("orders-001", "primary"),)),),
        tls="required",
    )


class Host:
    """A data plane that only remembers."""

    def __init__(self):
        self.heard, self.broken = [], []

    def listen(self, answered):
        self.heard.append(answered)

    def want(self, want):
        pass

    def forget(self, key):
        pass

    def kill_node(self, key, node):
        self.broken.append(("kill", key, node))

    def cut_node(self, key, node, seconds):
        self.broken.append(("cut", key, node, seconds))

    def pace(self, speed):
        self.broken.append(("pace", speed))

    def advance(self, seconds):
        self.broken.append(("advance", seconds))

    def hold_node(self, key, node, seconds):
        self.broken.append(("hold", key, node, seconds))

    def status(self):
        nodes = {"orders-001": {"up": True, "pid": 4711}}
        return {"caches": {ORDERS: {"nodes": nodes, "connections": 2, "notes": ["slow"]}}}

    def say(self, found):
        for answered in self.heard:
            answered(found)


class Time:
    speed = 1.0
    passed = 0.0

    def advance(self, seconds):
        self.passed += seconds


class Parts:
    def __init__(self):
        self.inner, self.faults, self.time = Host(), FaultPlan(), Time()
        self.host = WatchedHost(self.inner)
        self.uses, self.stops, self.enforced = [], [], []
        self.surface = Surface(
            ready=lambda: {"endpoint_url": "http://x", "secret_access_key": "hidden"},
            host=self.host,
            faults=self.faults,
            time=self.time,
            sow=lambda seed: {"made": [seed.region]},
            stop=lambda: self.stops.append(1),
            used=lambda: self.uses.append(1),
            idle_s=lambda: 12.34,
            enforce_iam=self.enforced.append,
        )

    def do(self, route, **body):
        return self.surface.routes()[route](body)


@pytest.fixture
def parts():
    return Parts()


def test_status_says_what_was_asked_for_beside_what_runs(parts):
    parts.host.want(want())
    parts.inner.say(Is(ORDERS, 1, {"primary": 7001}, {"orders-001": "primary"}, "valkey", "8.1.8"))

    status = parts.do("GET /status")

    [cache] = status["caches"]
    assert (cache["engine"], cache["engine_version"]) == ("valkey", "8.0.1")
    assert (cache["used_engine"], cache["used_version"]) == ("valkey", "8.1.8")
    assert cache["endpoints"] == {"primary": "127.0.0.1:7001"}
    assert cache["pids"] == {"orders-001": 4711}
    assert cache["status"] == "settled"
    assert (status["connections"], status["idle_s"]) == (2, 12.3)
    assert "hidden" not in json.dumps(status)


def test_a_cache_is_settled_when_its_newest_want_holds(parts):
    def status():
        return [cache["status"] for cache in parts.do("GET /status")["caches"]]

    parts.host.want(want(generation=2))
    assert status() == ["settling"]

    parts.inner.say(Is(ORDERS, 1))
    assert status() == ["settling"]

    parts.inner.say(Is(ORDERS, 2, problem="no engine"))
    assert status() == ["in trouble"]

    parts.inner.say(Is(ORDERS, 2))
    assert status() == ["settled"]

    parts.host.forget(ORDERS)
    assert status() == []


def test_looking_is_not_using(parts):
    parts.do("GET /status")
    assert parts.uses == []

    parts.do("POST /clock", speed=5)
    assert parts.uses == [1]


def test_a_node_is_broken_by_its_name(parts):
    parts.host.want(want())

    parts.do("POST /kill-node", node="orders-001")
    parts.do("POST /cut-node", node="orders-001", seconds=3)
    parts.do("POST /hold-node", node="orders-001", seconds=0.5)

    assert parts.inner.broken == [
        ("kill", ORDERS, "orders-001"),
        ("cut", ORDERS, "orders-001", 3.0),
        ("hold", ORDERS, "orders-001", 0.5),
    ]


def test_a_name_that_several_caches_have_needs_the_cache(parts):
    parts.host.want(want())
    parts.host.want(want(ORDERS_ELSEWHERE))

    with pytest.raises(Refusal, match="several caches have a node orders-001"):
        parts.do("POST /kill-node", node="orders-001")

    parts.do("POST /kill-node", node="orders-001", cache=ORDERS_ELSEWHERE)
    assert parts.inner.broken == [("kill", ORDERS_ELSEWHERE, "orders-001")]


def test_faults_are_planned_and_forgotten(parts):
    parts.do("POST /fault", sort="delay", actions=["Create*"], seconds=2)
    assert parts.faults.delay_s("CreateUser") == 2

    parts.do("POST /fault", clear=True)
    assert parts.faults.delay_s("CreateUser") == 0


def test_the_clock_is_moved(parts):
    assert parts.do("POST /clock", speed=20, advance=3600) == {"speed": 20}
    assert parts.inner.broken == [("pace", 20), ("advance", 3600)]
    assert (parts.time.speed, parts.time.passed) == (20, 3600)


def test_a_seed_is_read_and_sown(parts):
    answer = parts.do("POST /seed", account_id="111122223333", region="eu-west-1")

    assert answer == {"made": ["eu-west-1"]}


def test_iam_is_switched_on(parts):
    assert parts.do("POST /iam", enforce=True) == {"enforce": True}
    assert parts.enforced == [True]


def test_shutdown_answers_and_asks_for_the_end(parts):
    assert parts.do("POST /shutdown") == {"stopping": True}
    assert parts.stops == [1]


@pytest.mark.parametrize(
    ("route", "body", "sentence"),
    [
        pytest.param("/kill-node", {}, "name a node", id="no node"),
        pytest.param("/kill-node", {"node": "nobody"}, "no cache has a node nobody", id="no such"),
        pytest.param("/clock", {"speed": 0}, "a number above 0", id="speed 0"),
        pytest.param("/clock", {"speed": True}, "a number above 0", id="speed true"),
        pytest.param("/clock", {"hands": 2}, "not hands", id="clock"),
        pytest.param("/fault", {"sort": "flood"}, "sort is 'flood'", id="fault"),
        pytest.param("/fault", {"sort": "delay", "when": 1}, "unknown when", id="fault key"),
        pytest.param("/iam", {"enforce": "yes"}, "true or false", id="iam"),
        pytest.param("/seed", {"account_id": "1"}, "twelve digits", id="seed"),
        pytest.param(
            "/seed",
            {"account_id": "111122223333", "region": "eu-west-9"},
            "'eu-west-9' is no region that has ElastiCache; did you mean eu-west-",
            id="region",
        ),
    ],
)
def test_what_can_not_be_done_is_a_sentence(parts, route, body, sentence):
    with pytest.raises(Refusal, match=sentence):
        parts.do(f"POST {route}", **body)


def refuse(_body):
    raise Refusal("not today")


def crash(_body):
    raise RuntimeError("a detail that is nobody's business")


@pytest.fixture
def address():
    routes = {"POST /echo": lambda body: body, "POST /refuse": refuse, "POST /crash": crash}
    listener = Listener(routes)
    listener.start()
    yield listener.url.removeprefix("http://")
    listener.stop()


def post(address, path, body=b"{}", method="POST", **headers):
    connection = http.client.HTTPConnection(address, timeout=10)
    headers = {"Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def test_json_goes_in_and_comes_out(address):
    assert post(address, "/echo", b'{"a": 1}') == (200, {"a": 1})


@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        pytest.param({"path": "/refuse"}, 400, "not today", id="refusal"),
        pytest.param({"path": "/nothing"}, 404, "there is no POST /nothing", id="path"),
        pytest.param({"path": "/echo", "method": "GET"}, 404, "no GET /echo", id="method"),
        pytest.param({"path": "/echo", "body": b"{"}, 400, "no JSON", id="no JSON"),
        pytest.param({"path": "/echo", "body": b"[]"}, 400, "JSON object", id="no object"),
        pytest.param(
            {"path": "/echo", "Content_Type": "text/plain"}, 400, "application/json", id="a form"
        ),
        pytest.param(
            {"path": "/echo", "Host": "evil.example:80"}, 403, "127.0.0.1", id="another name"
        ),
        pytest.param(
            {"path": "/echo", "Content_Length": str(LARGEST_BODY + 1)}, 400, "too large", id="size"
        ),
    ],
)
def test_a_refusal_is_json_with_a_sentence(address, asked, status, sentence):
    answered, body = post(address, **asked)

    assert answered == status
    assert sentence in body["error"]


def test_a_crash_tells_nothing_but_the_log(address, caplog):
    status, body = post(address, "/crash")

    assert status == 500
    assert "detail" not in body["error"]
    assert "detail" in caplog.text
