"""The parts of a running instance: service, shell, control surface, and what is kept of them."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from elasticache_local.control.clock import MovableClock
from elasticache_local.control.door import Door
from elasticache_local.control.listener import Listener
from elasticache_local.control.options import Options
from elasticache_local.control.sowing import Sower
from elasticache_local.control.surface import Surface
from elasticache_local.control.watch import DataPlane, WatchedHost
from elasticache_local.iam_token import BadToken, Login, check_token
from elasticache_local.instance import Instance, InstanceError
from elasticache_local.service import Service, State
from elasticache_local.shell.accounts import EXAMPLE_KEY_ID, EXAMPLE_SECRET, Accounts
from elasticache_local.shell.server import Shell

logger = logging.getLogger(__name__)
_FORMAT = 1


class Running:
    """Everything that serves, for as long as the ``with`` block lasts."""

    def __init__(
        self, options: Options, instance: Instance, host: DataPlane, stop: Callable[[], None]
    ) -> None:
        self._options, self._instance = options, instance
        kept = _readable(instance)
        self._host = WatchedHost(host)
        self._accounts = Accounts()
        try:
            self._clock = MovableClock(options.speed, start=kept.get("now", 0.0))
            self._accounts.load(kept.get("roots", {}))
            self._service = _service(options, self._clock, self._host, kept.get("service"))
        except (ValueError, TypeError, AttributeError) as err:
            raise instance.no_state() from err
        self._saving = threading.Lock()
        self._door = Door(self._service, self._clock, self._save)
        stores = kept.get("stores", {})
        self._shell = Shell(
            self._door,
            self._accounts,
            options.port,
            stores,
            changed=self._door.changed,
            now=self._clock.now,
        )
        self._used_at, self._arrived = time.monotonic(), 0
        self._control = Listener(self._surface(stop).routes())

    def __enter__(self) -> Self:
        self._door.start()
        self._shell.start()
        self._control.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._control.stop()
        self._shell.stop()
        self._door.stop()
        self._save(synced=True)

    def line(self) -> dict[str, Any]:
        """Give what the ready line says; waits for the data plane, which makes the certificates."""
        return {
            "endpoint_url": self._shell.url,
            "ca_file": str(self._instance.folder / "ca.pem"),
            "control_url": self._control.url,
            "access_key_id": EXAMPLE_KEY_ID,
            "secret_access_key": EXAMPLE_SECRET,
            "engines": self._engines(),
            "pid": os.getpid(),
        }

    def _engines(self) -> list[dict[str, str]]:
        try:
            found = self._host.inner.engines()
        except TimeoutError:
            log = self._instance.folder / "run" / "host.log"
            raise InstanceError(f"the data plane did not start; {log} may say why") from None
        return [dict(each) for each in found] if self._options.engines else []

    def verdict(self, key: str, user: str, token: str) -> bool:
        """Say whether an IAM token lets a user in to the cache of this key."""
        account_id, region, sort, name = key.split("/")
        # Wall time, whatever the service's clock says: the client signed with its own.
        login = Login(name, user, sort, account_id, region, time.time())
        try:
            key_id = check_token(
                token,
                login,
                self._accounts.find_key,
                accept_unknown_keys=self._options.accept_unknown_keys,
            )
        except BadToken as bad:
            logger.info("token.refused", extra={"cache": key, "user": user, "why": str(bad)})
            return False
        return self._shell.rights.may_connect(key_id, _partition(region), _connect_arns(login))

    def idle_s(self) -> float:
        """For how long nobody has used it: no call, no control but a look, no connection."""
        caches: Mapping[str, Any] = self._host.status().get("caches", {})
        arrived = sum(each["arrived"] for each in caches.values())
        if arrived != self._arrived or any(each["connections"] for each in caches.values()):
            self._arrived = arrived
            self._used()
        return time.monotonic() - max(self._used_at, self._shell.last_call)

    def _used(self) -> None:
        self._used_at = time.monotonic()

    def _surface(self, stop: Callable[[], None]) -> Surface:
        return Surface(
            ready=self.line,
            host=self._host,
            faults=self._door.faults,
            time=self._clock,
            sow=Sower(self._service, self._accounts, self._shell, self._door.changed).sow,
            stop=stop,
            used=self._used,
            idle_s=self.idle_s,
            enforce_iam=lambda enforce: setattr(self._shell.rights, "enforced", enforce),
        )

    def _save(self, synced: bool) -> int:
        if not self._instance.kept:
            return 0
        # In this order: who tags through another service holds its lock when he comes here.
        with self._shell.stores_at_rest() as stores, self._saving:
            return self._instance.save(
                {
                    "format": _FORMAT,
                    "now": self._clock.now(),
                    "service": self._service.snapshot(),
                    "roots": self._accounts.dump(),
                    "stores": stores,
                },
                synced=synced,
            )


def _readable(instance: Instance) -> dict[str, Any]:
    kept = instance.load()
    if kept and kept.get("format") != _FORMAT:
        raise InstanceError(
            f"{instance.folder} was written by another version of the local ElastiCache; "
            "remove its state.json to start empty, or choose another --data-dir"
        )
    return kept


def _service(
    options: Options, clock: MovableClock, host: WatchedHost, kept: dict[str, Any] | None
) -> Service:
    state = State.from_json(kept) if kept else None
    return Service(clock, host, switches=options.switches, state=state)


def _partition(region: str) -> str:
    return "aws-cn" if region.startswith("cn-") else "aws"


def _connect_arns(login: Login) -> list[str]:
    """Give what a policy must allow elasticache:Connect on: cache and user (user guide, IAM)."""
    start = f"arn:{_partition(login.region)}:elasticache:{login.region}:{login.account_id}"
    kind = login.sort.replace("_", "")
    return [f"{start}:{kind}:{login.cache}", f"{start}:user:{login.user}"]
