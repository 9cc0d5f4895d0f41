"""The service on a stepped clock over real engines, and what clients of those engines see."""

from __future__ import annotations

import contextlib
import itertools
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

import redis
from dataplane import Wire
from redis.backoff import NoBackoff
from redis.retry import Retry
from service_bench import PASSWORD, REGION, Bench

from elasticache_local.host.link import ProcessHost
from elasticache_local.host.slots import read_slots
from elasticache_local.service import Principal
from elasticache_local.want import Is, Want

_PATIENCE_S = 60
_PING = b"*1\r\n$4\r\nPING\r\n"
_accounts = itertools.count(200000000000)


class EngineHost:
    """A HOST as one service sees it: what was wanted of it, and what it last said."""

    def __init__(self, inner: ProcessHost) -> None:
        self.inner = inner
        self.wants: dict[str, Want] = {}
        self.found: dict[str, Is] = {}
        self.normalise, self.failover = inner.normalise, inner.failover
        self.save, self.discard = inner.save, inner.discard

    def listen(self, answered: Callable[[Is], None]) -> None:
        def hear(found: Is) -> None:
            if found.key in self.wants:
                self.found[found.key] = found
                answered(found)

        self.inner.listen(hear)

    def want(self, want: Want) -> None:
        self.wants[want.key] = want
        self.inner.want(want)

    def forget(self, key: str) -> None:
        self.wants.pop(key, None)
        self.found.pop(key, None)
        self.inner.forget(key)

    def is_still(self) -> bool:
        """Whether every cache is as it was wanted last."""
        wants = list(self.wants.values())
        told = ((want, self.found.get(want.key)) for want in wants)
        return all(found and found.generation >= want.generation for want, found in told)


class EngineBench(Bench):
    """A Bench whose time does not pass before the engines have done what is due."""

    def __init__(self, inner: ProcessHost, **switches: Any) -> None:
        super().__init__(inner.normalise, host=EngineHost(inner), **switches)
        self.account_id = str(next(_accounts))
        self.principal = Principal(self.account_id, REGION)
        self.service.tagged_resources(self.principal)
        self.checks = 0

    def state_text(self) -> str:
        return ""  # answers of the engines change it at any moment

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:elasticache:{REGION}:{self.account_id}:{kind}:{name}"

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        end = time.monotonic() + _PATIENCE_S
        while True:
            self.service.move_on()
            if self.host.is_still() and not self.service._held:
                return
            assert time.monotonic() < end, [self.host.found, self.service._held]
            time.sleep(0.005)

    def close(self) -> None:
        for key in list(self.host.wants):
            self.host.forget(key)


def check_engines(aws: EngineBench, ca_file: str) -> None:
    """Hold what is described against what clients of each node see."""
    for group in aws("DescribeReplicationGroups")["ReplicationGroups"]:
        want = aws.want(group["ReplicationGroupId"])
        _check(aws, want, group.get("TransitEncryptionMode", "off"), ca_file, group)
    for cache in aws("DescribeServerlessCaches")["ServerlessCaches"]:
        want = aws.want(cache["ServerlessCacheName"])
        _check(aws, want, "required", ca_file, None)


def _check(
    aws: EngineBench, want: Want, tls: str, ca_file: str, group: dict[str, Any] | None
) -> None:
    ports = aws.host.found[want.key].ports
    for port in ports.values():
        assert _answers_plain(port) == (tls != "required"), (want.name, tls)
        if tls != "off":
            _shake_hands(port, ca_file)
        aws.checks += 1
    login: tuple[str, str] | None = None
    users = aws("DescribeUsers")["Users"]
    if want.users is not None:
        inside = {user.user_id for user in want.users}
        for user in users:
            for port in ports.values():
                _check_user(port, user, user["UserId"] in inside, tls, ca_file)
                aws.checks += 1
            if user["UserId"] in inside and user["AccessString"] == "on ~* +@all":
                login = user["UserName"], PASSWORD
    elif not want.token_hashes or want.open:
        login = ("default", "any")
    if group and login:
        _check_topology(aws, group, ports, login, tls, ca_file)


def _check_topology(
    aws: EngineBench,
    group: dict[str, Any],
    ports: Any,
    login: tuple[str, str],
    tls: str,
    ca_file: str,
) -> None:
    by_port = {port: name.removeprefix("node:") for name, port in ports.items()}
    for shard in group["NodeGroups"]:
        for member in shard["NodeGroupMembers"]:
            port = ports[f"node:{member['CacheClusterId']}"]
            with _client(port, login, tls, ca_file) as client:
                role = "primary" if client.role()[0] == "master" else "replica"
                if "CurrentRole" in member:
                    assert role == member["CurrentRole"], (group, role)
                if group["ClusterMode"] == "disabled":
                    continue
                told = client.execute_command("CLUSTER SLOTS")
            held: dict[str, set[int]] = {}
            for slots in told if isinstance(told, list) else _as_list(told):
                first, last, (_, holder, *_), *_ = slots
                held.setdefault(by_port[holder], set()).update(range(first, last + 1))
            wanted = {
                frozenset(m["CacheClusterId"] for m in each["NodeGroupMembers"]): read_slots(
                    each["Slots"]
                )
                for each in group["NodeGroups"]
            }
            assert len(held) == len(wanted)
            for members, slots in wanted.items():
                assert held[next(iter(members & set(held)))] == slots
            aws.checks += 1


def _as_list(told: dict[tuple[int, int], Any]) -> list[Any]:
    """redis-py reads CLUSTER SLOTS into a mapping of its own."""
    return [[first, last, each["primary"]] for (first, last), each in told.items()]


def _check_user(port: int, user: dict[str, Any], is_inside: bool, tls: str, ca_file: str) -> None:
    rights = user["AccessString"]
    with _client(port, (user["UserName"], PASSWORD), tls, ca_file) as client:
        try:
            client.connection_pool.release(client.connection_pool.get_connection())
        except redis.AuthenticationError:
            assert not (is_inside and rights.startswith("on")), user
            return
        if not is_inside:
            # Another member of the group has the same name.
            return
        assert rights.startswith("on"), user
        assert _may(client, "a:1")
        assert _may(client, "b:1") == ("~*" in rights), user


def _may(client: redis.Redis, key: str) -> bool:
    try:
        client.get(key)
    except redis.exceptions.NoPermissionError:
        return False
    except redis.exceptions.MovedError:
        return True  # allowed, and elsewhere
    return True


def _answers_plain(port: int) -> bool:
    opened = Wire(port)
    with contextlib.closing(opened.socket), contextlib.suppress(ConnectionError):
        return opened.send(_PING).read(1) in (b"+", b"-")
    return False


def _shake_hands(port: int, ca_file: str) -> None:
    Wire(port, ssl.create_default_context(cafile=ca_file)).socket.close()


@contextlib.contextmanager
def _client(port: int, login: tuple[str, str], tls: str, ca_file: str) -> Iterator[redis.Redis]:
    given: dict[str, Any] = {"ssl": True, "ssl_ca_certs": ca_file} if tls != "off" else {}
    name, password = login
    client = redis.Redis(
        host="127.0.0.1",
        port=port,
        username=None if password == "any" else name,
        password=None if password == "any" else password,
        socket_timeout=10,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
        **given,
    )
    try:
        yield client
    finally:
        client.close()
