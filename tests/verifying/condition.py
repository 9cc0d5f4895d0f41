"""All that somebody could lose in an engine, so that two moments can be compared."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping

import redis
from verifying.engines import Engine

from reconciler.checks.guest import PREFIX

SCRIPT = "return 'theirs'"
LIBRARY = "#!lua name=theirs\nredis.register_function('theirs', function() return 1 end)"


class Neighbour:
    """Somebody else's client: listens to everything, and has a name by which it is known."""

    def __init__(self, engine: Engine) -> None:
        self._client = redis.Redis(
            port=engine.port,
            username="owner",
            password="owner",
            protocol=2,
            decode_responses=True,
            client_name="neighbour",
        )
        self._ears = self._client.pubsub()
        self._ears.psubscribe("*")
        assert self._ears.get_message(timeout=5)

    def heard(self) -> list[str]:
        """Give the channels on which anything was said that is not the guest's own."""
        messages = iter(lambda: self._ears.get_message(timeout=0.01), None)
        return [one["channel"] for one in messages if PREFIX not in one["channel"]]

    def close(self) -> None:
        self._ears.close()
        self._client.close()


@contextlib.contextmanager
def neighbour(engine: Engine) -> Iterator[Neighbour]:
    one = Neighbour(engine)
    try:
        yield one
    finally:
        one.close()


def furnish(engine: Engine) -> None:
    """Put something of every sort there to lose, some of it with a time to live."""
    for words in (
        "SET a 1", "RPUSH b x y z", "SADD c x y z", "ZADD d 1 x 2 y", "HSET e x 1",
        "XADD f 1-1 x y", "XGROUP CREATE f g 0", "SET orders:1 x EX 6000", "SET 1 one EX 7000",
    ):  # fmt: skip
        with contextlib.suppress(redis.exceptions.ResponseError):
            engine.tell(*words.split())
    engine.tell("SCRIPT", "LOAD", SCRIPT)
    if engine.binary.version >= (7, 0, 0):
        engine.tell("FUNCTION", "LOAD", "REPLACE", LIBRARY)
    engine.tell("CONFIG", "SET", "slowlog-log-slower-than", "0")
    engine.tell("ECHO", "slow")
    engine.tell("CONFIG", "SET", "slowlog-log-slower-than", "-1")


def condition(engine: Engine) -> Mapping[str, object]:
    """Give what must be the same afterwards; only readings, and none that is a clock's."""
    return {
        "keys": engine.contents(),
        "expiry": _expiries(engine),
        "settings": engine.raw("CONFIG", "GET", "*"),
        "users": engine.tell("ACL", "LIST"),
        "clients": _clients(engine),
        "slow": [one[0] for one in engine.raw("SLOWLOG", "GET", "-1")],
        "scripts": engine.tell("SCRIPT", "EXISTS", "688249428c598eb9933a1d5fbea2a00a490931eb"),
        "functions": engine.raw("FUNCTION", "LIST") if engine.binary.version >= (7,) else [],
        "role": engine.admin.role()[0],
        "saved": engine.raw("LASTSAVE"),
        "saving": engine.admin.info("persistence")["rdb_bgsave_in_progress"],
        "process": engine.process.poll(),
        "run": engine.admin.info("server")["run_id"],
        "nodes": _nodes(engine),
    }


def written_to(engine: Engine) -> int:
    """Give how many changes the engine has counted: of any key, in any database."""
    return int(engine.admin.info("persistence")["rdb_changes_since_last_save"])


class Moment(float):
    """A time that was worked out from what is left: the same as another a few seconds off."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Moment) and abs(self - other) < 5

    __hash__ = None  # type: ignore[assignment]


def _expiries(engine: Engine) -> dict[bytes, Moment]:
    found = {}
    with engine.reading() as asked:
        for key in sorted(asked.keys("*")):
            left = asked.pttl(key)
            found[key] = Moment(left if left < 0 else time.time() + left / 1000)
    return found


def _clients(engine: Engine) -> list[tuple[str, ...]]:
    told = engine.admin.client_list()
    kept = ("id", "name", "db", "sub", "psub", "user", "flags")
    others = [one for one in told if one["name"] == "neighbour" or "S" in one["flags"]]
    return sorted(tuple(one[field] for field in kept) for one in others)


def _nodes(engine: Engine) -> list[str]:
    if not engine.admin.info("cluster")["cluster_enabled"]:
        return []
    said = engine.raw("CLUSTER", "NODES").split("\n")
    fields = [line.split() for line in said if line]
    # Who it is, whom it follows and what it serves; not what is thought of its health just now.
    return sorted(" ".join([one[0], one[3], *one[8:]]) for one in fields)
