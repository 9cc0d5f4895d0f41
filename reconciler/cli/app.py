"""Every command, in the order of --help. Bodies load what they need when they run."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import (
    EXITS,
    adopt_command,
    apply_command,
    completion_command,
    destroy_command,
    drift_command,
    drill_command,
    fmt_command,
    forget_command,
    import_command,
    init_command,
    local_command,
    output_command,
    plan_command,
    policy_command,
    rights,
    rotate_command,
    runner_command,
    spec_commands,
    status_command,
    unlock_command,
    verify_command,
)
from reconciler.cli.command import Chdir, work_in

app = typer.Typer(
    name="reconcile",
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


# In the order of --help: the everyday verbs first.
for room in (
    plan_command,
    apply_command,
    verify_command,
    drift_command,
    rotate_command,
    drill_command,
    status_command,
    output_command,
    import_command,
    adopt_command,
    forget_command,
    destroy_command,
    rights,
    spec_commands,
    fmt_command,
    init_command,
    policy_command,
    runner_command,
    unlock_command,
    local_command,
    completion_command,
):
    room.register(app)
