"""completion: the script by which a shell completes commands and flags. Edits nobody's rc file."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.completion import get_completion_script  # type: ignore[attr-defined]

from reconciler.cli import ASKED
from reconciler.cli.command import command
from reconciler.cli.screen import Screen
from reconciler.errors import UsageError

_SHELLS = ("bash", "zsh", "fish")
_EPILOG = """\b
bash:  eval "$(reconcile completion bash)"
zsh:   eval "$(reconcile completion zsh)"       after compinit
fish:  reconcile completion fish | source"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "completion", formats=("text",), epilog=_EPILOG)(completion)


def completion(
    screen: Screen,
    shell: Annotated[str, typer.Argument(metavar="bash|zsh|fish", help="Whose script.")],
) -> int:
    """Print the completion script of a shell."""
    if shell not in _SHELLS:
        raise UsageError(f"{shell!r} is not one of {', '.join(_SHELLS)}")
    screen.result(get_completion_script(prog_name="reconcile", complete_var=ASKED, shell=shell))
    return 0
