"""ElastiCache on the wire: moto parses and serialises, the service answers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol
from uuid import uuid4
from xml.sax.saxutils import escape

from botocore.model import OperationNotFoundError
from moto.core.responses import ActionResult, BaseResponse
from werkzeug.exceptions import HTTPException

from elasticache_local.fault import Fault, LostResponse
from elasticache_local.service.principal import Principal
from elasticache_local.shell import condition, rights
from elasticache_local.shell.trail import Trail

NAMESPACE = "http://elasticache.amazonaws.com/doc/2015-02-02/"
LOSE_CONNECTION = "elasticache_local.lose_connection"
"""Set in the WSGI environment: close the socket instead of answering."""

Answer = tuple[int, dict[str, str], str]


class Service(Protocol):
    """The transport-free service, as far as the shell speaks to it."""

    def call(self, action: str, params: Mapping[str, Any], principal: Principal) -> dict[str, Any]:
        """Do one action; raises Fault, or LostResponse after the work."""
        ...

    def delay_s(self, action: str) -> float:
        """How long a planned fault lets this call wait."""
        ...

    def tagged_resources(self, principal: Principal) -> Mapping[str, Mapping[str, str]]:
        """Give what the tagging API may see, by ARN."""
        ...

    def quotas(self) -> list[tuple[str, str, int]]:
        """Give each quota: its code, its name, how many there may be."""
        ...


class ElastiCacheWire(BaseResponse):  # type: ignore[misc]
    """One request. ``service`` is bound by ``bind``, since moto makes a new object per request."""

    service: Service
    trail: Trail

    def __init__(self) -> None:
        super().__init__(service_name="elasticache")
        self.automated_parameter_parsing = True

    def _dispatch(self, request: Any, full_url: str | None = None, headers: Any = None) -> Answer:
        self.normalized_request = request
        try:
            self.setup_class(request, full_url, headers)
        except OperationNotFoundError:
            return refused(_no_action(request.values.get("Action", "")))
        except (ValueError, KeyError, IndexError) as err:
            return refused(Fault("InvalidParameterValue", f"A parameter can't be read: {err}"))
        if not self.querystring.get("Action"):
            return refused(Fault("MissingAction", "The request must contain the parameter Action."))
        return self.call_action()

    def call_action(self) -> Answer:
        """Answer through moto's authorisation and the service."""
        action = self._get_action()
        try:
            for resource in self._resources(action):
                with condition.among(partial(self._tag_keys, resource)):
                    self._authenticate_and_authorize_normal_action(resource)
            time.sleep(self.service.delay_s(action))
            result = self.service.call(action, self.params, self._principal())
        except Fault as fault:
            self.trail.note(action, self.params, self._principal(), fault)
            return refused(fault)
        except LostResponse:
            self.trail.note(action, self.params, self._principal())
            self.normalized_request.environ[LOSE_CONNECTION] = True
            return 200, {}, ""
        except HTTPException as denied:
            return refused(_denial(denied))
        self.trail.note(action, self.params, self._principal())
        status, headers, body = self.serialized(ActionResult(result))
        headers, body = self._enrich_response(headers, body)
        return status, headers, body

    def _principal(self) -> Principal:
        return Principal(
            account_id=self.current_account, region=self.region, access_key_id=self.access_key
        )

    def _resources(self, action: str) -> list[str]:
        return rights.resources(
            action, self.params, self.partition, self.region, self.current_account
        )

    def _tag_keys(self, resource: str) -> Mapping[str, str]:
        held = dict(self.service.tagged_resources(self._principal()))
        return condition.tag_keys(self.params.get("Tags"), held.get(resource, {}))

    def get_region_from_url(self, request: Any, full_url: str) -> str:
        """Give the region that the request is signed for, as the service's own host name does."""
        scope = request.headers.get("Authorization", "").partition("Credential=")[2].split("/")
        if len(scope) > 3 and scope[2]:
            return str(scope[2])
        return str(super().get_region_from_url(request, full_url))


def bind(service: Service, trail: Trail) -> type[ElastiCacheWire]:
    """Give the response class that moto is to dispatch to for this service."""
    bound = {"service": service, "trail": trail}
    return type("BoundElastiCacheWire", (ElastiCacheWire,), bound)


def refused(fault: Fault) -> Answer:
    """Give a fault as the query protocol's own error body.

    By hand: moto's serialiser warns about codes that the service model does not declare, and
    takes the status from the model where the service takes it from the code.
    """
    request_id = str(uuid4())
    side = "Sender" if fault.status < 500 else "Receiver"
    body = (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{side}</Type>'
        f"<Code>{escape(fault.code)}</Code><Message>{escape(fault.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return fault.status, {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}, body


def _no_action(action: str) -> Fault:
    return Fault(
        "InvalidAction", f"Could not find operation {action} for version 2015-02-02", status=400
    )


def _denial(denied: HTTPException) -> Fault:
    code = str(getattr(denied, "error_type", "AccessDenied"))
    message = str(getattr(denied, "message", denied.description))
    return Fault(code, message, status=denied.code or 403)
