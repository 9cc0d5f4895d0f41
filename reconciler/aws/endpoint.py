"""Where requests go: all to AWS, or all to this machine; never some of each."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from reconciler.errors import WrongAccount

SERVICES: Mapping[str, str] = {
    "cloudtrail": "CLOUDTRAIL",
    "cloudwatch": "CLOUDWATCH",
    "elasticache": "ELASTICACHE",
    "iam": "IAM",
    "lambda": "LAMBDA",
    "resourcegroupstaggingapi": "RESOURCE_GROUPS_TAGGING_API",
    "scheduler": "SCHEDULER",
    "secretsmanager": "SECRETS_MANAGER",
    "service-quotas": "SERVICE_QUOTAS",
    "ssm": "SSM",
    "sts": "STS",
}
"""What we speak to, and how the service is called in AWS_ENDPOINT_URL_<NAME>."""


@dataclass(frozen=True, slots=True)
class LocalEndpoint:
    """The local ElastiCache: where it listens, and the key that it gave for this account."""

    url: str
    access_key_id: str
    secret_access_key: SecretStr


def is_loopback(url: str) -> bool:
    """Tell whether a URL can only mean this machine."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_a_mix(places: Mapping[str, str | None]) -> None:
    """Refuse when some services are on this machine and others are not (None: AWS's own)."""
    here = sorted(name for name, url in places.items() if url and is_loopback(url))
    there = sorted(set(places) - set(here))
    if here and there:
        reason = (
            f"{', '.join(here)} would be asked on this machine and {', '.join(there)} elsewhere: "
            "a local and a real service in one run are refused; set AWS_ENDPOINT_URL for all of "
            "them or for none (also in the AWS config file), or use --local"
        )
        raise WrongAccount([reason])


def configured_endpoints(
    full_config: Mapping[str, Any],
    profile: Mapping[str, Any],
    environ: Mapping[str, str] = os.environ,
    services: Iterable[str] = tuple(SERVICES),
) -> dict[str, str | None]:
    """Give each service's endpoint as environment and config file set it (None: AWS's own).

    The order is the AWS SDKs' (reference guide, service-specific endpoints): the service's
    variable, the global one, the profile's services section, the profile.
    """
    if _is_true(
        environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        or profile.get("ignore_configured_endpoint_urls")
    ):
        return dict.fromkeys(services)
    section = full_config.get("services", {}).get(profile.get("services", ""), {})
    found: dict[str, str | None] = {}
    for service in services:
        name = SERVICES[service]
        of_service = section.get(name.lower(), {})
        found[service] = (
            environ.get(f"AWS_ENDPOINT_URL_{name}")
            or environ.get("AWS_ENDPOINT_URL")
            or (of_service.get("endpoint_url") if isinstance(of_service, Mapping) else None)
            or profile.get("endpoint_url")
        )
    return found


def _is_true(text: object) -> bool:
    return str(text).strip().lower() == "true"
