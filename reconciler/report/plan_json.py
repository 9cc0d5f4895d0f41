"""A plan as JSON: a stable form with addresses as keys' values, and no secret in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from reconciler.guard import opened_by
from reconciler.kind import Step, Unreachable, Wait
from reconciler.model import Resource, SecretRef, sent_fields
from reconciler.plan import Adopt, Create, FieldChange, Planned, Replace, Update
from reconciler.report.plan_facts import PlanReport, action_of, waiting_gates

FORMAT_VERSION = 1


def jsonable(value: Any) -> Any:
    """Give a value as JSON; a secret reference as it is written in the spec."""
    match value:
        case SecretRef():
            return json.loads(value.model_dump_json())
        case BaseModel():
            return value.model_dump(mode="json", exclude_none=True)
        case Mapping():
            return {str(key): jsonable(item) for key, item in value.items()}
        case tuple() | list():
            return [jsonable(item) for item in value]
        case set() | frozenset():
            return sorted(map(str, value))
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def plan_json(report: PlanReport) -> dict[str, Any]:
    """Give the plan as one object."""
    plan = report.plan
    return {
        "format_version": FORMAT_VERSION,
        "estate": plan.estate,
        "account_id": plan.account_id,
        "region": plan.region,
        "spec": report.spec,
        "changes": [_planned(planned, report) for planned in plan.changes],
        "pending": [
            {
                "address": str(one.address),
                "field": one.pending.field,
                "before": jsonable(one.before),
                "pending": jsonable(one.pending.value),
                "when": one.pending.when,
            }
            for one in plan.pending
        ],
        "unmanaged": [str(address) for address in plan.unmanaged],
        "orphans": [str(address) for address in plan.orphans],
        "unknown": [str(address) for address in plan.unknown],
        "kept_snapshots": list(plan.kept),
        "notes": list(plan.notes),
        "summary": {
            **report.counts(),
            "matched": plan.matched,
            "steps": sum(len(one.steps) for one in plan.changes),
            "closed_gates": sum(len(waiting_gates(one, report.through)) for one in plan.changes),
            "refusals": sum(map(len, report.refusals.values())),
        },
        "seen": {
            "who": report.seen.who,
            "resources": report.seen.resources,
            "calls": report.seen.calls,
            "seconds": round(report.seen.seconds, 3),
        },
        "asked": {"destroy": plan.asked.destroy, "prune": plan.asked.prune},
        "watched": report.watched,
        "partial": report.partial,
        "fingerprint": plan.fingerprint,
        "exit_code": report.exit_code,
    }


def _planned(planned: Planned, report: PlanReport) -> dict[str, Any]:
    rights = planned.rights
    return {
        "address": str(planned.address),
        "action": action_of(planned.change),
        "from_estate": getattr(planned.change, "from_estate", "") or None,
        "where": report.where(planned.address, None),
        "fields": _fields(planned, report),
        "steps": [_step(step, planned, report.through) for step in planned.steps],
        "stop": _stop(planned),
        "unreachable": [
            {
                "fields": [
                    {"field": name, "where": report.written(planned.address, name)}
                    for name in one.fields
                ],
                "reason": one.reason,
                "way": one.way,
            }
            for one in planned.unreachable
        ],
        "needs": sorted(map(str, planned.needs)),
        "reaches": [str(address) for address in planned.reaches],
        "restores": planned.restores,
        "rights": rights
        and {
            "widens": rights.widens,
            "gains": list(rights.gains),
            "loses": list(rights.loses),
            "smaller": rights.smaller,
        },
        "refused": list(report.refusals.get(planned.address, ())),
    }


def _fields(planned: Planned, report: PlanReport) -> list[dict[str, Any]]:
    match planned.change:
        case Create(after=after):
            return [_given(after, name, planned, report) for name in _shown(after)]
        case Update(fields=fields) | Adopt(fields=fields) | Replace(fields=fields):
            return [_field(one, planned, report) for one in fields]
        case _:
            return []


def _shown(after: Resource) -> list[str]:
    names = (*sent_fields(type(after)), "tags")
    return [name for name in names if getattr(after, name) is not None]


def _given(after: Resource, name: str, planned: Planned, report: PlanReport) -> dict[str, Any]:
    return {
        "field": name,
        "before": None,
        "after": jsonable(getattr(after, name)),
        "where": report.where(planned.address, name),
    }


def _field(one: FieldChange, planned: Planned, report: PlanReport) -> dict[str, Any]:
    return {
        "field": one.field,
        "before": jsonable(one.before),
        "after": jsonable(one.after),
        "moved": one.moved,
        "inside": list(one.inside),
        "where": report.where(planned.address, one.field),
    }


def _step(step: Step, planned: Planned, through: frozenset[str]) -> dict[str, Any]:
    return {
        "service": step.call.service,
        "action": step.call.action,
        "parameters": jsonable(step.call.params),
        "when": step.when,
        "impact": step.impact.name.lower(),
        "impact_text": step.impact_text,
        **_gate(step, planned, through),
        "lines": list(step.lines),
    }


def _gate(step: Step, planned: Planned, through: frozenset[str]) -> dict[str, Any]:
    """Give the gate before a step, by what it is open, and what opens it once."""
    if step.gate is None:
        return {"gate": None}
    by = opened_by(planned, step.gate, through)
    return {
        "gate": step.gate,
        "gate_open": bool(by),
        "gate_opened_by": by or None,
        "gate_text": step.gate_text,
        "gate_once": f"--through-gate {planned.address.id}/{step.gate}",
    }


def _stop(planned: Planned) -> dict[str, Any] | None:
    match planned.stop:
        case Wait(until=until):
            return {"waits_until": until}
        case Unreachable(reason=reason, way=way):
            return {"unreachable": reason, "way": way}
        case None:
            return None
