"""Service Quotas for elasticache: what this service really holds an account to."""

from __future__ import annotations

import json
from typing import Any, Protocol

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.responses import ServiceQuotasResponse

OURS = "elasticache"


class Limits(Protocol):
    """The service, as far as this speaks to it."""

    def quotas(self) -> list[tuple[str, str, int]]:
        """Give each quota: its code, its name, how many there may be."""
        ...


def install(service: Limits) -> None:
    """Make moto's Service Quotas answer for elasticache; for other services it answers itself."""
    ask_moto = ServiceQuotasResponse.get_service_quota

    def list_service_quotas(self: ServiceQuotasResponse) -> str:
        if _asked(self).get("ServiceCode") != OURS:
            raise NoSuchResource
        return json.dumps({"Quotas": [_row(self, *each) for each in service.quotas()]})

    def get_service_quota(self: ServiceQuotasResponse) -> str:
        asked = _asked(self)
        if asked.get("ServiceCode") != OURS:
            return str(ask_moto(self))
        for code, name, limit in service.quotas():
            if code == asked.get("QuotaCode"):
                return json.dumps({"Quota": _row(self, code, name, limit)})
        raise NoSuchResource

    ServiceQuotasResponse.list_service_quotas = list_service_quotas
    ServiceQuotasResponse.get_service_quota = get_service_quota


def _asked(response: ServiceQuotasResponse) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(response.body or "{}")
    return asked


def _row(response: ServiceQuotasResponse, code: str, name: str, limit: int) -> dict[str, Any]:
    place = f"{response.region}:{response.current_account}"
    return {
        "ServiceCode": OURS,
        "ServiceName": "Amazon ElastiCache",
        "QuotaArn": f"arn:{response.partition}:servicequotas:{place}:{OURS}/{code}",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": float(limit),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
