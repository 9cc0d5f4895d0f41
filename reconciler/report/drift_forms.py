"""Drift as JSON and as Markdown."""

from __future__ import annotations

from typing import Any

from reconciler.drifting.history import Entry
from reconciler.report.drift_report import TITLES, DriftReport
from reconciler.report.lines import value_text
from reconciler.report.plan_markdown import cell

FORMAT_VERSION = 1


def drift_json(report: DriftReport) -> dict[str, Any]:
    """Give one object of one estate."""
    drift, plan = report.drift, report.drift.plan
    return {
        "format_version": FORMAT_VERSION,
        "estate": plan.estate,
        "account_id": plan.account_id,
        "region": plan.region,
        "spec": report.spec,
        "drifted": [
            {
                "address": str(one.address),
                "sort": one.sort,
                "where": report.where(one.address, None),
                "fields": [
                    {**_finding(entry), "field": entry.finding.field}
                    for entry in report.of(one)
                    if entry.finding.field
                ],
                **({"finding": _finding(whole)} if (whole := _whole(report, one)) else {}),
                "reaches": [str(address) for address in one.planned.reaches],
            }
            for one in drift.drifted
        ],
        "ahead": [str(one.address) for one in drift.ahead],
        "at_gate": [str(one.address) for one in drift.at_gate],
        "pending": [
            {"address": str(one.address), "field": one.pending.field, "when": one.pending.when}
            for one in plan.pending
        ],
        "newcomers": list(report.newcomers),
        "unmanaged": [str(address) for address in plan.unmanaged],
        "orphans": [str(address) for address in plan.orphans],
        "unknown": [str(address) for address in plan.unknown],
        "notes": list(report.notes),
        "exit_code": report.exit_code,
    }


def _whole(report: DriftReport, drifted: Any) -> Entry | None:
    return next((one for one in report.of(drifted) if not one.finding.field), None)


def _finding(entry: Entry) -> dict[str, Any]:
    found = entry.finding
    told: dict[str, Any] = {
        "id": found.id,
        "severity": found.severity,
        "owner": found.owner,
        "acknowledged": entry.acknowledged or None,
        "first_seen": entry.first_seen.isoformat(),
        "gained": list(found.gained),
        "lost": list(found.lost),
    }
    if found.field:
        moved = "both" if found.both else "live"
        told |= {"spec": found.spec, "live": found.live, "moved": moved}
        told["pending"] = found.pending
    if entry.by:
        told["by"] = entry.by.model_dump(mode="json")
    return told


def blind_json(spec: str, why: str, exit_code: int) -> dict[str, Any]:
    """Give one object of an estate that could not be looked at."""
    return {
        "format_version": FORMAT_VERSION,
        "spec": spec,
        "could_not_look": why,
        "exit_code": exit_code,
    }


def drift_markdown(report: DriftReport) -> str:
    """Give a table for a chat or an issue."""
    plan = report.drift.plan
    lines = [f"### reconcile drift: `{cell(plan.estate)}` in {plan.account_id} {plan.region}", ""]
    if not report.entries:
        return "\n".join([*lines, f"No drift in `{cell(report.spec)}`."]) + "\n"
    lines += ["| severity | address | what | spec | live | id |", "|-|-|-|-|-|-|"]
    for entry in report.entries.values():
        found = entry.finding
        what = f"`{found.field}`" if found.field else TITLES[found.sort]
        if entry.acknowledged:
            what += f" (acknowledged until {entry.acknowledged})"
        values = [
            f"`{cell(value_text(value))}`" if found.field else ""
            for value in (found.spec, found.live)
        ]
        cells = [found.severity, f"`{cell(found.address)}`", what, *values, f"`{found.id}`"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
