"""Plan files: an approval that can be carried about. Calls are never read from one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler import __version__
from reconciler.cli.asking import Ask
from reconciler.errors import StalePlan, UsageError

if TYPE_CHECKING:
    from reconciler.report.plan_facts import PlanReport
    from reconciler.spec.loaded import Spec

FORMAT_VERSION = 1


@dataclass(frozen=True)
class PlanFile:
    """What stands in a plan file, checked."""

    path: Path
    content: Mapping[str, Any]

    @property
    def spec(self) -> str:
        """Give the path of the spec, as it was given."""
        return str(self.content["spec"])

    @property
    def fingerprint(self) -> str:
        """Give the fingerprint that was approved."""
        return str(self.content["fingerprint"])

    @property
    def ask(self) -> Ask:
        """Give what it was asked for beside the spec."""
        return Ask.read({"targets": self.content["targets"], **self.content.get("asked", {})})

    @property
    def page(self) -> str:
        """Give the page as it was shown."""
        return str(self.content["page"])

    def check(self, spec: Spec) -> None:
        """Raise StalePlan when the spec is not the one that was planned."""
        if spec.sha256 != self.content["spec_sha256"]:
            raise StalePlan(
                [f"{self.path} was made from another {spec.path}: the file has changed; plan again"]
            )


def write_plan(path: Path, report: PlanReport, spec: Spec, ask: Ask) -> None:
    """Write a plan atomically (0600): spec digest, changes, fingerprint; no secret."""
    from reconciler.report.plan_json import plan_json  # noqa: PLC0415
    from reconciler.report.plan_text import plan_text  # noqa: PLC0415

    content = {
        "plan_file_version": FORMAT_VERSION,
        "tool_version": __version__,
        "spec": spec.path,
        "spec_sha256": spec.sha256,
        "targets": list(ask.targets),
        "asked": ask.written(),
        "fingerprint": report.plan.fingerprint,
        "plan": plan_json(report),
        "page": plan_text(report),
    }
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(content, indent=1))
        draft.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: can't be written: {error.strerror}") from error


def read_plan(path: Path) -> PlanFile:
    """Read a plan file, or raise UsageError."""
    try:
        content = json.loads(path.read_text())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path} is no plan file; write one with plan --out") from error
    if not isinstance(content, dict) or "plan_file_version" not in content:
        raise UsageError(f"{path} is no plan file; write one with plan --out")
    if content["plan_file_version"] != FORMAT_VERSION:
        raise UsageError(
            f"{path} has format {content['plan_file_version']}, this version reads "
            f"{FORMAT_VERSION}: plan again"
        )
    return PlanFile(path, content)


def is_plan_file(text: str) -> bool:
    """Say whether an argument means a plan file: it ends in .json or holds one."""
    path = Path(text)
    if path.suffix in (".yaml", ".yml") or not path.is_file():
        return False
    return path.read_bytes()[:1] == b"{"
