"""The listener: every AWS call on one loopback port, each service to its own code."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs

import moto.elasticache.urls
import moto.moto_server.werkzeug_app
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.utilities.utils import get_partition
from werkzeug.serving import make_server

from elasticache_local.fault import Fault
from elasticache_local.instance import InstanceError
from elasticache_local.seed import Seed
from elasticache_local.service.principal import Principal
from elasticache_local.shell import (
    accounts,
    functions,
    managed_policy,
    quota,
    rights,
    schedules,
    store,
    tagging,
    trail,
    wire,
)

logger = logging.getLogger(__name__)

Environment = dict[str, Any]
StartResponse = Callable[..., Any]
_MENDS: dict[str, Callable[[], None]] = {
    "scheduler": schedules.install,
    "secretsmanager": store.follow_stages,
}
"""What is to be set right in moto before it answers for a service."""
_POLL_S = 0.1
"""How long a stop takes to be noticed."""


class Shell:
    """The AWS endpoint of one process. ``last_call`` is the monotonic time of the newest call.

    ``changed`` is told of each call to another service that may have changed what it keeps.
    """

    def __init__(
        self,
        service: wire.Service,
        owners: accounts.Accounts,
        port: int = 0,
        stores: store.Dumped | None = None,
        changed: Callable[[], None] = lambda: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        accounts.install(owners)
        self._owners, self._trail = owners, trail.Trail(now)
        self.rights = rights.Rights(owners)
        self.rights.install()
        managed_policy.install()
        tagging.install(service)
        quota.install(service)
        moto.elasticache.urls.url_paths["{0}/$"] = wire.bind(service, self._trail).dispatch
        # A page in a browser has no business here.
        moto.moto_server.werkzeug_app.DISABLE_GLOBAL_CORS = True
        self.last_call = time.monotonic()
        self._dispatch = DomainDispatcherApplication(create_backend_app)
        # moto's backends don't lock: of eight PutParameter(Overwrite=False) one must win.
        self._others = threading.RLock()
        self._functions = functions.Functions(owners, self.rights, self._others, lambda: self.url)
        self._schedules = schedules.Schedules(self._functions, self._others, now)
        self._stores, self._changed = stores or {}, changed
        self._is_loaded, self._is_unread = threading.Event(), False
        try:
            self._server = make_server(
                "127.0.0.1", port, self._answer, threaded=True, request_handler=_Handler
            )
        except SystemExit:
            # werkzeug's way of saying that the port is taken.
            raise InstanceError(f"port {port} is in use; choose another --port") from None
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_S,), name="shell", daemon=True
        )

    @property
    def url(self) -> str:
        """Where clients go."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Serve from a thread of its own; what takes long to import is imported beside it."""
        self._thread.start()
        threading.Thread(target=self._load, name="loader", daemon=True).start()
        self._schedules.start()

    def seed_secrets(self, seed: Seed) -> list[str]:
        """Give each secret of a seed a value where it has none, and name those that got one."""
        self._is_loaded.wait()
        with self._others:
            return [
                f"{secret.store}/{secret.id}"
                for secret in seed.secrets
                if store.seed_secret(seed, secret)
            ]

    @contextlib.contextmanager
    def stores_at_rest(self) -> Iterator[store.Dumped]:
        """Give the secrets and parameters as they are and stay: no other thread changes them."""
        if self._is_unread or not self._is_loaded.is_set():
            # Nobody is answered before they are loaded, and loading takes its time.
            yield self._stores
            return
        with self._others:
            yield store.dump()

    def stop(self) -> None:
        """Stop listening; calls that are being answered are left to their threads."""
        self._schedules.close()
        self._functions.close()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def _answer(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        self.last_call = time.monotonic()
        name = _service_name(environ)
        if environ["PATH_INFO"].startswith("/moto-api"):
            return _refuse(start_response, environ, Fault("AccessDenied", "Not part of AWS.", 403))
        try:
            if name == "elasticache":
                return self._ours(environ, start_response)
            self._is_loaded.wait()
            if name == "lambda" and (asked := functions.invocation(environ)) is not None:
                # Without the lock: what runs calls back here.
                return _said(start_response, *self._functions.invoke(asked))
            if name == "cloudtrail" and (found := self._looked_up(environ)) is not None:
                headers = {"Content-Type": "application/x-amz-json-1.1"}
                return _said(start_response, 200, headers, json.dumps(found).encode())
            return self._of_others(environ, start_response)
        except Fault as fault:
            return _refuse(start_response, environ, fault)
        except NotImplementedError as err:
            return _refuse(start_response, environ, Fault("InvalidAction", str(err), 400))
        except Exception:
            logger.exception("call.crashed", extra={"service": name})
            words = "The local service met an error of its own; its log says where."
            return _refuse(start_response, environ, Fault("InternalFailure", words, 500))

    def _of_others(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        may_change = not _only_reads(environ)
        try:
            with self._others:
                # Before the first call, however early: the loader may still be importing.
                if mend := _MENDS.get(_service_name(environ)):
                    mend()
                # A list, so that nothing of moto's runs after the lock is given back.
                return list(self._dispatch(environ, start_response))
        finally:
            if may_change:
                self._changed()

    def _looked_up(self, environ: Environment) -> dict[str, Any] | None:
        """Answer CloudTrail's LookupEvents; None where it is another of its calls."""
        if not environ.get("HTTP_X_AMZ_TARGET", "").endswith(".LookupEvents"):
            return None
        scope = environ["HTTP_AUTHORIZATION"].partition("Credential=")[2].split(",")[0].split("/")
        key, region = scope[0], scope[2]
        action, partition = "cloudtrail:LookupEvents", get_partition(region)
        if not self.rights.may(key, partition, action, ["*"]):
            words = f"User is not authorized to perform: {action}"
            raise Fault("AccessDeniedException", words, 400)
        size = int(environ.get("CONTENT_LENGTH") or 0)
        asked = json.loads(environ["wsgi.input"].read(size) or b"{}")
        return self._trail.look_up(Principal(self._owners.owner(key), region), asked)

    def _load(self) -> None:
        try:
            with self._others:
                store.load(self._stores)
        except (LookupError, ValueError, TypeError, AttributeError):
            # Kept as it is: written over, it would be lost to whoever can read it.
            self._is_unread = True
            logger.exception("stores.unread: secrets, parameters and IAM start empty, unkept")
        finally:
            self._is_loaded.set()
        for module in ("moto.secretsmanager.models", "moto.sts.models", "moto.ssm.models"):
            importlib.import_module(module)

    def _ours(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        body = list(self._dispatch(environ, start_response))
        if environ.get(wire.LOSE_CONNECTION):
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return body


class _Handler(MotoRequestHandler):  # type: ignore[misc]
    """Says nothing per request: the ready line is all that belongs on the screen."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's own name
        logger.debug("request.%s", type, extra={"words": message % args if args else message})


def _service_name(environ: Environment) -> str:
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0]
    parts = scope.strip().split("/")
    return parts[3] if len(parts) == 5 else ""


def _only_reads(environ: Environment) -> bool:
    """Whether the name of the action says so, in the header of JSON protocols or in a form."""
    if environ["REQUEST_METHOD"] == "GET":
        return True
    action: str = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if not action:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        action = parse_qs(body.decode(errors="replace")).get("Action", [""])[0]
    return action.startswith(("Get", "List", "Describe"))


def _said(
    start_response: StartResponse, status: int, headers: dict[str, str], body: bytes
) -> list[bytes]:
    start_response(f"{status} OK", [*headers.items(), ("Content-Length", str(len(body)))])
    return [body]


def _refuse(start_response: StartResponse, environ: Environment, fault: Fault) -> list[bytes]:
    if "HTTP_X_AMZ_TARGET" in environ or _service_name(environ) in {"lambda", "tagging"}:
        # The REST services read the code from this header, the others from __type.
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": fault.code}
        text = json.dumps({"__type": fault.code, "message": fault.message})
    else:
        _, headers, text = wire.refused(fault)
    body = text.encode()
    headers["Content-Length"] = str(len(body))
    start_response(f"{fault.status} {fault.code}", list(headers.items()))
    return [body]
