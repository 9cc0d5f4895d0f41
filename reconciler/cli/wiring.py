"""Adapters to ports: one spec's doors to AWS, or to the local ElastiCache."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reconciler.cli.screen import Screen
from reconciler.errors import SecretMissing, SecretUnavailable
from reconciler.kind import Facts
from reconciler.kinds import EVERY_KIND
from reconciler.model import Address, SecretRef

if TYPE_CHECKING:
    from reconciler.aws.gateway import AwsReader, AwsWriter
    from reconciler.aws.invoke import AwsInvoker
    from reconciler.aws.session import Identity, Session
    from reconciler.aws.token import AwsTokenSource
    from reconciler.cli.local_service import Running
    from reconciler.clock import SystemClock
    from reconciler.connect import RedisConnector
    from reconciler.observe import Observation
    from reconciler.ports import Lease, Versions
    from reconciler.secrets import Secrets
    from reconciler.spec.loaded import Spec


_KINDS_AT_ONCE = 8
"""An answer takes tens of milliseconds, most of it on the way: kinds need not wait in line."""


@dataclass
class Wired:
    """The doors of one spec; each opens when it is first used. The account is pinned first."""

    spec: Spec
    screen: Screen
    local: bool
    notes: list[str] = field(default_factory=list)
    """What a person should know besides the result: secrets that could not be asked for."""
    opened: Callable[[Spec, Callable[[], Session]], Session] | None = None
    """Where several specs or rounds are looked at: gives the read session that stands already."""

    @cached_property
    def clock(self) -> SystemClock:
        """Give the clock; signals end its waits within ``listening``."""
        from reconciler.clock import SystemClock  # noqa: PLC0415

        return SystemClock()

    @property
    def today(self) -> date:
        """Give the date in UTC."""
        return self.clock.now().date()

    @property
    def needs_aws(self) -> bool:
        """Whether an account is looked at: not for external targets whose secrets are here."""
        kept = any(ref.store in ("secretsmanager", "ssm") for ref in self.spec.secret_refs())
        return self.local or bool(self.spec.resources) or kept

    @cached_property
    def running(self) -> Running | None:
        """Give the local ElastiCache when it is asked for, started and seeded for this spec."""
        if not self.local:
            return None
        from reconciler.cli import local_service  # noqa: PLC0415

        found = local_service.find()
        if found is None:
            self.screen.say("starting the local ElastiCache of this folder")
            found = local_service.start()
        return found

    @cached_property
    def _seeded(self) -> Mapping[str, Any]:
        from reconciler.cli import local_service  # noqa: PLC0415

        assert self.running is not None
        aws = self.spec.estate.aws
        answer = local_service.seed(
            self.running,
            aws.account_id,
            aws.region,
            self.spec.resources.values(),
            # What apply is to make is not there before.
            [ref for ref in self.spec.secret_refs() if not ref.create],
        )
        made = [str(one) for one in answer.get("made", ())]
        secrets = [one for one in made if "secret" in one or "ssm" in one]
        if secrets:
            from reconciler.report.lines import counted  # noqa: PLC0415

            given = counted(len(secrets), "secret")
            self.screen.say(f"local only: random values were given to {given}")
        return answer

    def session(self, purpose: str) -> Session:
        """Give a session of the read or the write role; refuses another account before any read."""
        from pydantic import SecretStr  # noqa: PLC0415

        from reconciler.aws.endpoint import LocalEndpoint  # noqa: PLC0415
        from reconciler.aws.session import Session  # noqa: PLC0415

        local = None
        if self.running is not None:
            local = LocalEndpoint(
                self.running.endpoint_url,
                str(self._seeded["access_key_id"]),
                SecretStr(str(self._seeded["secret_access_key"])),
            )
        made = Session(self.spec.estate.aws, "write" if purpose == "write" else "read", local)
        made.identity()
        return made

    @cached_property
    def reading(self) -> Session:
        """Give the session of the read role."""
        if self.opened is not None:
            return self.opened(self.spec, lambda: self.session("read"))
        return self.session("read")

    @cached_property
    def writing(self) -> Session:
        """Give the session of the write role."""
        return self.session("write")

    @property
    def identity(self) -> Identity:
        """Tell who reads."""
        return self.reading.identity()

    @cached_property
    def reader(self) -> AwsReader:
        """Give the Reader."""
        from reconciler.aws.gateway import AwsReader  # noqa: PLC0415

        return AwsReader(self.reading)

    @cached_property
    def writer(self) -> AwsWriter:
        """Give the Writer; only apply asks for it. It opens secrets as the write role."""
        from reconciler.aws.gateway import AwsWriter  # noqa: PLC0415

        return AwsWriter(self.writing, self.writing_secrets)

    @cached_property
    def secrets(self) -> Secrets:
        """Give the SecretSource of the read role."""
        return self._secrets(self.reading)

    @cached_property
    def writing_secrets(self) -> Secrets:
        """Give the SecretSource of the write role, whose stores can be written to."""
        return self._secrets(self.writing)

    def _secrets(self, session: Session) -> Secrets:
        """Give a SecretSource; locally what this machine lacks has a stand-in."""
        from reconciler.aws.secret import ParameterStore, SecretsManager  # noqa: PLC0415
        from reconciler.cli.local_service import stand_in  # noqa: PLC0415
        from reconciler.secrets import Secrets, Store  # noqa: PLC0415

        stores: dict[str, Store] = {
            "secretsmanager": SecretsManager(session),
            "ssm": ParameterStore(session),
        }
        refs = self.spec.secret_refs() if self.local else ()
        stand_ins = {ref: stand_in(ref) for ref in refs if ref.store in ("env", "file")}
        return Secrets(stores, stand_ins=stand_ins)

    @cached_property
    def tokens(self) -> AwsTokenSource:
        """Give the TokenSource of the read role."""
        from reconciler.aws.token import AwsTokenSource  # noqa: PLC0415

        return AwsTokenSource(self.reading)

    @cached_property
    def connector(self) -> RedisConnector:
        """Give the Connector: it trusts the local CA, RECONCILE_CA_FILE, or the system's store."""
        from reconciler.connect import RedisConnector  # noqa: PLC0415

        if self.running is not None:
            return RedisConnector(self.running.ca_file)
        return RedisConnector(os.environ.get("RECONCILE_CA_FILE") or None)

    @cached_property
    def invoker(self) -> AwsInvoker:
        """Give the Invoker of the read role: what it runs changes nothing."""
        from reconciler.aws.invoke import AwsInvoker  # noqa: PLC0415

        return AwsInvoker(self.reading)

    def lease(self, run: str) -> Lease:
        """Give the lease of this run."""
        from reconciler.aws.lease import lease_of  # noqa: PLC0415

        return lease_of(self.spec.estate, self.writing, self.clock, run)

    def observe(
        self, *, refresh_tags: bool = False, named: frozenset[Address] = frozenset()
    ) -> Observation:
        """Read what is there, afresh; these in detail besides those of the spec."""
        from reconciler.observe import observe  # noqa: PLC0415

        estate = self.spec.estate
        return observe(
            EVERY_KIND,
            self.reader.fresh(),
            self.spec.resources,
            estate=estate.estate,
            tag_prefix=estate.safety.tag_prefix,
            account_id=estate.aws.account_id,
            region=estate.aws.region,
            mode=estate.mode,
            refresh_tags=refresh_tags,
            named=named,
            at_once=_KINDS_AT_ONCE,
        )

    def facts(self, observation: Observation) -> Facts:
        """Give what the pure rooms may know."""
        estate = self.spec.estate
        return Facts(
            account_id=estate.aws.account_id,
            region=estate.aws.region,
            estate=estate.estate,
            desired=self.spec.resources,
            observed=observation.live,
            secret_versions=self.secret_versions,
            stored=self.stored,
            tag_prefix=estate.safety.tag_prefix,
            now=self.clock.now(),
        )

    @property
    def secret_versions(self) -> Mapping[SecretRef, str]:
        """Give each reference's version; one that can't be asked is noted and left out."""
        return self._versions[0]

    @property
    def stored(self) -> Mapping[SecretRef, Versions]:
        """Give what the stores hold of references that follow a current version."""
        return self._versions[1]

    def forget_versions(self) -> None:
        """Ask the stores again: something was written to them."""
        self.__dict__.pop("_versions", None)

    @cached_property
    def _versions(self) -> tuple[Mapping[SecretRef, str], Mapping[SecretRef, Versions]]:
        aws, found, stored = self.spec.estate.aws, {}, {}
        salt = f"{aws.account_id}/{aws.region}/{self.spec.estate.estate}"
        for ref in self.spec.secret_refs():
            try:
                known = self.secrets.versions(ref) if ref.moves else None
                if known is None:
                    found[ref] = self.secrets.version(ref, salt)
                else:
                    found[ref], stored[ref] = known.current, known
            except SecretUnavailable as error:
                self._note(_untold(ref, error))
        return found, stored

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _untold(ref: SecretRef, error: SecretUnavailable) -> str:
    if ref.create and isinstance(error, SecretMissing):
        return f"{ref} is not there yet: apply makes it, with a random value"
    return f"{error}; whether it changed can't be told"
