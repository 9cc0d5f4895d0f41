"""Each command is loaded when it is asked for, from the module that the table names."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer.main

from reconciler.cli.app import COMMANDS, app

COMMAND = typer.main.get_command(app)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_names_the_module_that_has_the_command(name):
    assert COMMAND.commands[name].name == name


def test_no_module_has_a_command_that_the_table_leaves_out():
    commands = typer.main.get_command(app).commands
    for name in COMMANDS:
        commands[name]

    assert commands._loaded.keys() == COMMANDS.keys()


def test_a_command_does_not_load_the_others():
    program = (
        "import sys; from reconciler.cli import run; run(['output', '--help'])\n"
        "print(*(one for one in sys.modules if one.endswith('_command')))"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )

    assert ended.stdout.splitlines()[-1].split() == ["reconciler.cli.output_command"]
