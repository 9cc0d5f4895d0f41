"""A plan for a pull request: a sentence, a table, the whole page folded below it."""

from __future__ import annotations

from reconciler.guard import opened_by
from reconciler.kind import Step
from reconciler.plan import Planned
from reconciler.report.lines import counted
from reconciler.report.plan_facts import PlanReport, action_of
from reconciler.report.plan_text import plan_text, symbol_of


def cell(text: str) -> str:
    """Give text that can't break out of a table cell or its code span."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("`", "'").replace("\n", " ")


def _told(step: Step, planned: Planned, through: frozenset[str]) -> str:
    if step.gate is None:
        return step.call.action
    by = opened_by(planned, step.gate, through)
    return f"{step.call.action} (gate {step.gate}, {f'open: {by}' if by else 'CLOSED'})"


def plan_markdown(report: PlanReport) -> str:
    """Give the plan as GitHub-flavoured Markdown."""
    plan = report.plan
    title = f"### reconcile plan: `{cell(plan.estate)}` in {plan.account_id} {plan.region}"
    if plan.empty:
        sentence = f"**No changes.** {counted(plan.matched, 'resource')} compared."
    else:
        parts = [f"{number} to {word}" for word, number in report.counts().items() if number]
        sentence = f"**{', '.join(parts)}.** Fingerprint `{plan.fingerprint}`."
    lines = [title, "", sentence, ""]
    if plan.changes:
        lines += ["| | address | action | steps | refused |", "|-|-|-|-|-|"]
        for planned in plan.changes:
            refused = "; ".join(
                reason.splitlines()[0] for reason in report.refusals.get(planned.address, ())
            )
            steps = ", ".join(_told(step, planned, report.through) for step in planned.steps)
            lines.append(
                f"| `{symbol_of(planned.change)}` | `{cell(str(planned.address))}` "
                f"| {action_of(planned.change)} | {cell(steps)} | {cell(refused)} |"
            )
        lines.append("")
    page = plan_text(report).replace("```", "'''")
    lines += [
        "<details><summary>The plan</summary>",
        "",
        "```text",
        page.rstrip(),
        "```",
        "",
        "</details>",
    ]
    return "\n".join(lines) + "\n"
