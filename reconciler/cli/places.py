"""Verifying from more than one place: here, and from inside VPCs by functions that run there."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.checks.visit import Ports
    from reconciler.cli.wiring import Wired
    from reconciler.kind import Observed
    from reconciler.model import Address, Resource, SecretRef
    from reconciler.runner.event import Question
    from reconciler.verify import Finding, Ran, Report, Wishes

Tell = Callable[["Finding"], None]


def refuse_nowhere(via: str | None) -> None:
    """Refuse a --via that names no place."""
    if via is not None and via != "here" and not via.removeprefix("lambda:").strip():
        raise UsageError(f"--via {via!r} names no function; write lambda:NAME or here")
    if via is not None and via != "here" and not via.startswith("lambda:"):
        raise UsageError(f"--via {via!r} is no place to look from; write lambda:NAME or here")


def verified(
    wired: Wired,
    observed: Observed,
    ports: Ports,
    wishes: Wishes,
    via: str | None,
    tell: Tell,
    *,
    desired: Mapping[Address, Resource] | None = None,
) -> Report:
    """Verify each cache from where it is to be looked at, at the same time; one report of all.

    ``desired`` is looked at in the place of what the spec says.
    """
    from reconciler.runner.ask import HERE, ask, by_place, merged  # noqa: PLC0415
    from reconciler.verify import targets, verify  # noqa: PLC0415

    spec = wired.spec
    wanted = spec.resources if desired is None else desired
    found = targets(wanted, observed, spec.external, wishes)
    places = by_place({one.address: one.wishes.via for one in found}, via)
    if places.keys() <= {HERE}:
        return verify(
            wanted,
            observed,
            ports,
            external=spec.external,
            wishes=wishes,
            on_finding=tell,
        )
    here = places.get(HERE, [])
    with ThreadPoolExecutor(1, thread_name_prefix="elsewhere") as pool:
        question = _question(wired, wanted, observed, wishes)
        elsewhere = pool.submit(lambda: list(ask(wired.invoker, places, question, tell)))
        mine = dataclasses.replace(wishes, caches=frozenset(map(str, here)))
        looked = (
            verify(wanted, observed, ports, external=spec.external, wishes=mine, on_finding=tell)
            if here
            else None
        )
        answers = elsewhere.result()
    ran: list[Ran] = [one for _, one in answers]
    reports = [looked] if looked is not None else []
    return merged([*reports, *(report for report, _ in answers)], wishes.partial, ran)


def _question(
    wired: Wired, desired: Mapping[Address, Resource], observed: Observed, wishes: Wishes
) -> Question:
    """Give what functions are asked, before it is cut to each one's caches."""
    from reconciler.runner.event import Question  # noqa: PLC0415

    spec, aws = wired.spec, wired.spec.estate.aws
    ca = wired.running.ca_file if wired.running else os.environ.get("RECONCILE_CA_FILE")
    named = {one.ca_file for one in spec.external.values() if one.ca_file}
    return Question(
        account_id=aws.account_id,
        region=aws.region,
        desired=desired,
        observed=observed,
        external=spec.external,
        wishes=wishes,
        stand_ins=_stand_ins(wired),
        ca=_pem(ca) if ca else None,
        ca_files={path: _pem(path) for path in named},
    )


def _stand_ins(wired: Wired) -> Mapping[SecretRef, SecretRef]:
    from reconciler.cli.local_service import stand_in  # noqa: PLC0415

    if not wired.local:
        return {}
    refs = wired.spec.secret_refs()
    return {ref: stand_in(ref) for ref in refs if ref.store in ("env", "file")}


def _pem(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
