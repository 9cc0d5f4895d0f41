"""Lambda's Invoke: moto keeps the functions, a sandbox runs them as their role."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from moto.utilities.utils import get_partition

from elasticache_local.fault import Fault
from elasticache_local.function.runtime_api import LARGEST
from elasticache_local.function.sandbox import Ended, Function, NoClientError, Sandboxes
from elasticache_local.shell.accounts import Accounts
from elasticache_local.shell.rights import Rights

_HOUR_S = 3600

Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Invocation:
    """One request to Invoke, as far as it is looked at."""

    name: str
    access_key_id: str
    region: str
    sort: str
    wants_log: bool
    payload: bytes


def invocation(environ: dict[str, Any]) -> Invocation | None:
    """Read an Invoke from a WSGI environment; None when the request is another one."""
    parts = environ["PATH_INFO"].split("/")
    wanted = environ["REQUEST_METHOD"] == "POST" and len(parts) == 5
    if not wanted or (parts[2], parts[4]) != ("functions", "invocations"):
        return None
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split("/")
    size = int(environ.get("CONTENT_LENGTH") or 0)
    return Invocation(
        unquote(parts[3]),
        scope[0],
        scope[2] if len(scope) > 2 else "us-east-1",
        environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse"),
        environ.get("HTTP_X_AMZ_LOG_TYPE", "None") == "Tail",
        environ["wsgi.input"].read(min(size, LARGEST + 1)),
    )


class Functions:
    """Runs what moto keeps. ``lock`` is the one under which moto is asked; no function holds it."""

    def __init__(
        self, owners: Accounts, rights: Rights, lock: Any, endpoint_url: Callable[[], str]
    ) -> None:
        self._owners, self._rights, self._lock = owners, rights, lock
        self._endpoint_url = endpoint_url
        self._sandboxes: Sandboxes | None = None

    def invoke(self, asked: Invocation) -> Answer:
        """Answer as Lambda does; raises Fault."""
        if len(asked.payload) > LARGEST:
            words = f"Request must be smaller than {LARGEST} bytes for the InvokeFunction operation"
            raise Fault("RequestTooLargeException", words, 413)
        try:
            json.loads(asked.payload or b"{}")
        except ValueError:
            words = "Could not parse request body into json."
            raise Fault("InvalidRequestContentException", words, 400) from None
        with self._lock:
            function, role = self._found(asked)
            environment = self._environment(asked, function, role)
        if asked.sort == "DryRun":
            return 204, {}, b""
        if asked.sort == "Event":
            run = threading.Thread(
                target=self._run, args=(function, asked.payload, environment), daemon=True
            )
            run.start()
            return 202, {}, b""
        ended = self._run(function, asked.payload, environment)
        headers = {"Content-Type": "application/json", "X-Amz-Executed-Version": "$LATEST"}
        if ended.outcome.failed:
            headers["X-Amz-Function-Error"] = ended.outcome.failed
        if asked.wants_log:
            headers["X-Amz-Log-Result"] = base64.b64encode(ended.log_tail).decode()
        return 200, headers, ended.outcome.payload

    def close(self) -> None:
        """End everything that runs."""
        if self._sandboxes is not None:
            self._sandboxes.close()

    def _run(self, function: Function, payload: bytes, environment: dict[str, str]) -> Ended:
        with self._lock:
            self._sandboxes = self._sandboxes or Sandboxes()
        try:
            return self._sandboxes.run(function, payload or b"{}", environment)
        except NoClientError as missing:
            raise Fault("ServiceException", str(missing), 500) from None

    def _found(self, asked: Invocation) -> tuple[Function, str]:
        from moto.awslambda.models import lambda_backends  # noqa: PLC0415 - half a second

        account_id = self._owners.owner(asked.access_key_id)
        name = asked.name.rpartition(":function:")[2].partition(":")[0]
        partition = get_partition(asked.region)
        arn = f"arn:{partition}:lambda:{asked.region}:{account_id}:function:{name}"
        if not self._rights.may(asked.access_key_id, partition, "lambda:InvokeFunction", [arn]):
            words = f"User is not authorized to perform: lambda:InvokeFunction on resource: {arn}"
            raise Fault("AccessDeniedException", words, 403)
        backend = lambda_backends[account_id][asked.region]
        kept = next((one for one in backend.list_functions() if one.function_name == name), None)
        if kept is None:
            raise Fault("ResourceNotFoundException", f"Function not found: {arn}", 404)
        function = Function(
            name,
            arn,
            kept.handler,
            kept.code_sha_256,
            kept.code_bytes,
            float(kept.timeout),
            int(kept.memory_size),
            dict(kept.environment_vars or {}),
        )
        return function, kept.role

    def _environment(self, asked: Invocation, function: Function, role: str) -> dict[str, str]:
        from moto.sts.models import sts_backends  # noqa: PLC0415

        account_id, partition = function.arn.split(":")[4], get_partition(asked.region)
        assumed = sts_backends[account_id][partition].assume_role(
            region_name=asked.region,
            role_session_name=function.name,
            role_arn=role,
            policy=None,
            duration=_HOUR_S,
            external_id=None,
        )
        return {
            "AWS_REGION": asked.region,
            "AWS_DEFAULT_REGION": asked.region,
            "AWS_ACCESS_KEY_ID": assumed.access_key_id,
            "AWS_SECRET_ACCESS_KEY": assumed.secret_access_key,
            "AWS_SESSION_TOKEN": assumed.session_token,
            "AWS_ENDPOINT_URL": self._endpoint_url(),
        }
