"""What the control surface can do: look, seed, break, step the clock, stop."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from elasticache_local.control.listener import Body, Refusal, Route
from elasticache_local.control.watch import WatchedHost
from elasticache_local.seed import BadSeed, Seed
from elasticache_local.want import Is, Want


class Faults(Protocol):
    """The service's planned faults."""

    def add(self, fault: Mapping[str, Any], /) -> Any:
        """Plan one more; ValueError says what is wrong with it."""
        ...

    def clear(self, seed: int | None = None, /) -> None:
        """Plan nothing any more; with a seed, chance begins anew."""
        ...


class Time(Protocol):
    """The service's time, as a person moves it."""

    speed: float

    def advance(self, seconds: float) -> None:
        """Let this much time pass at once; ValueError when it does not go backwards."""
        ...


@dataclass(frozen=True)
class Surface:
    """The routes over one running instance. ``used`` is told of every call but a look."""

    ready: Callable[[], Mapping[str, Any]]
    host: WatchedHost
    faults: Faults
    time: Time
    sow: Callable[[Seed], Mapping[str, Any]]
    stop: Callable[[], None]
    used: Callable[[], None]
    idle_s: Callable[[], float]
    enforce_iam: Callable[[bool], None]

    def routes(self) -> dict[str, Route]:
        """Give every route by method and path."""
        posts: dict[str, Route] = {
            "/seed": self.seed,
            "/fault": self.fault,
            "/clock": self.clock,
            "/kill-node": self.kill_node,
            "/cut-node": self.cut_node,
            "/hold-node": self.hold_node,
            "/iam": self.iam,
            "/shutdown": self.shutdown,
        }
        return {"GET /status": self.status} | {
            f"POST {path}": self._counted(route) for path, route in posts.items()
        }

    def status(self, _body: Body) -> Mapping[str, Any]:
        """Say what runs: of each cache the engine asked for, the one used, endpoints, processes."""
        line = self.ready()
        shown = ("endpoint_url", "control_url", "ca_file", "engines", "with_engines")
        running = self.host.status()
        return {name: line[name] for name in shown if name in line} | {
            "pid": os.getpid(),
            "speed": self.time.speed,
            "idle_s": round(self.idle_s(), 1),
            "connections": _connections(running),
            "caches": [
                _cache(want, found, running.get("caches", {}).get(want.key, {}))
                for want, found in self.host.caches()
            ],
        }

    def seed(self, body: Body) -> Mapping[str, Any]:
        """Make what is not there yet of an account: keys, subnet groups, secrets."""
        try:
            return self.sow(Seed.from_json(body))
        except BadSeed as bad:
            raise Refusal(str(bad)) from None

    def fault(self, body: Body) -> Mapping[str, Any]:
        """Plan a fault, or with ``clear`` forget all that are planned."""
        if body.get("clear"):
            self.faults.clear(_seed(body.get("seed")))
            return {"planned": []}
        try:
            self.faults.add(body)
        except (ValueError, TypeError) as bad:
            raise Refusal(f"this fault can't be planned: {bad}") from None
        return {"planned": [dict(body)]}

    def clock(self, body: Body) -> Mapping[str, Any]:
        """Set the ``speed``, or let ``advance`` seconds of the service's time pass at once."""
        if unknown := sorted(set(body) - {"speed", "advance"}):
            raise Refusal(f"the clock knows speed and advance, not {', '.join(unknown)}")
        if "speed" in body:
            self.time.speed = _number(body, "speed")
            self.host.inner.pace(self.time.speed)
        if "advance" in body:
            self.time.advance(seconds := _number(body, "advance"))
            self.host.inner.advance(seconds)
        return {"speed": self.time.speed}

    def kill_node(self, body: Body) -> Mapping[str, Any]:
        """End a node's engine without a word; the service replaces it."""
        key, node = self._node(body)
        self.host.inner.kill_node(key, node)
        return {"killed": node, "cache": key}

    def cut_node(self, body: Body) -> Mapping[str, Any]:
        """Let a node answer nobody for ``seconds``."""
        key, node = self._node(body)
        self.host.inner.cut_node(key, node, seconds := _number(body, "seconds"))
        return {"cut": node, "cache": key, "seconds": seconds}

    def hold_node(self, body: Body) -> Mapping[str, Any]:
        """Let a node's endpoint pass nothing on for ``seconds``; no failover comes of it."""
        key, node = self._node(body)
        self.host.inner.hold_node(key, node, seconds := _number(body, "seconds"))
        return {"held": node, "cache": key, "seconds": seconds}

    def iam(self, body: Body) -> Mapping[str, Any]:
        """Let IAM policies decide from now on (``enforce`` true), or let everybody do all."""
        enforce = body.get("enforce")
        if not isinstance(enforce, bool):
            raise Refusal("enforce must be true or false")
        self.enforce_iam(enforce)
        return {"enforce": enforce}

    def shutdown(self, _body: Body) -> Mapping[str, Any]:
        """Stop everything once this is answered."""
        self.stop()
        return {"stopping": True}

    def _node(self, body: Body) -> tuple[str, str]:
        node = body.get("node")
        if not isinstance(node, str):
            raise Refusal("name a node, such as orders-001")
        keys = self.host.keys_of_node(node)
        if "cache" in body:
            keys = [key for key in keys if key == body["cache"]]
        if not keys:
            raise Refusal(f"no cache has a node {node}; GET /status lists them")
        if len(keys) > 1:
            raise Refusal(
                f"several caches have a node {node}: name one as cache: {', '.join(keys)}"
            )
        return keys[0], node

    def _counted(self, route: Route) -> Route:
        def counted(body: Body) -> Mapping[str, Any]:
            self.used()
            return route(body)

        return counted


def _cache(want: Want, found: Is | None, running: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was asked for (``engine``) beside what runs (``used_engine``)."""
    seen = found or Is(want.key, generation=-1)
    return {
        "key": want.key,
        "status": _status(want, seen),
        "engine": want.engine,
        "engine_version": want.engine_version,
        "used_engine": seen.engine,
        "used_version": seen.engine_version,
        "problem": seen.problem,
        "endpoints": {name: f"127.0.0.1:{port}" for name, port in seen.ports.items()},
        "roles": dict(seen.roles),
        "pids": {
            node: told["pid"] for node, told in running.get("nodes", {}).items() if "pid" in told
        },
        "notes": list(running.get("notes", ())),
    }


def _status(want: Want, found: Is) -> str:
    if found.problem:
        return "in trouble"
    return "settled" if found.generation >= want.generation else "settling"


def _connections(running: Mapping[str, Any]) -> int:
    return sum(each.get("connections", 0) for each in running.get("caches", {}).values())


def _seed(given: Any) -> int | None:
    if given is not None and (isinstance(given, bool) or not isinstance(given, int)):
        raise Refusal("seed must be a whole number")
    return given


def _number(body: Body, name: str) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10**9:
        raise Refusal(f"{name} must be a number above 0")
    return float(value)
