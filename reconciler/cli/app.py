"""Every command, in the order of --help. Bodies load what they need when they run."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from reconciler.cli import ASKED, EXITS
from reconciler.cli.command import Chdir, work_in

COMMANDS = {
    "plan": "plan_command",
    "show": "plan_command",
    "apply": "apply_command",
    "verify": "verify_command",
    "drift": "drift_command",
    "rotate": "rotate_command",
    "drill": "drill_command",
    "status": "status_command",
    "output": "output_command",
    "import": "import_command",
    "adopt": "adopt_command",
    "forget": "forget_command",
    "destroy": "destroy_command",
    "rights": "rights",
    "validate": "spec_commands",
    "schema": "spec_commands",
    "explain": "spec_commands",
    "fmt": "fmt_command",
    "init": "init_command",
    "iam-policy": "policy_command",
    "runner": "runner_command",
    "unlock": "unlock_command",
    "local": "local_command",
    "completion": "completion_command",
}
"""Which module registers each, the everyday verbs first."""


class _Commands(Mapping[str, Any]):
    """Each command once it is asked for: to load all of them is felt at every start."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            module = importlib.import_module(f"reconciler.cli.{COMMANDS[name]}")
            part = typer.Typer(rich_markup_mode=None)
            module.register(part)
            made = typer.main.get_group(part).commands
            self._loaded = {**made, **self._loaded}
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Reconcile(typer.core.TyperGroup):
    """The command ``reconcile``."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        # Nothing is ever added to it: click only reads.
        self.commands = _Commands()  # type: ignore[assignment]

    def main(self, *given: Any, **named: Any) -> Any:
        """Run a command line, or answer a shell that asks for completions."""
        if ASKED in os.environ:
            from typer.completion import (  # type: ignore[attr-defined]  # noqa: PLC0415 - then only
                completion_init,
            )

            completion_init()
        return super().main(*given, **named)


app = typer.Typer(
    name="reconcile",
    cls=_Reconcile,
    help="An Amazon ElastiCache estate as one YAML file, brought about, and proven on the wire.\n\n"
    "Start with: reconcile plan --local",
    epilog=EXITS,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from reconciler import __version__  # noqa: PLC0415

        typer.echo(f"reconcile {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[  # noqa: ARG001 - its callback answers
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    chdir: Chdir = None,
) -> None:
    work_in(chdir)
