"""Reading a spec needs nothing that speaks to AWS or to a cache."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("boto3", "botocore", "redis", "moto", "deepdiff", "rich", "typer", "flask", "cryptography")


def imported_by(code):
    shown = f"import sys\n{code}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", shown], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = {name.partition(".")[0] for name in done.stdout.splitlines()}
    assert "sys" in found  # it came so far as to say
    return found


@pytest.mark.parametrize(
    "code",
    [
        "from reconciler.spec import load; load('specs/prod.yaml')",
        "from reconciler.spec import explain; explain('user.access_string')",
        "from reconciler.spec import schema; schema()",
    ],
)
def test_a_spec_is_read_without_heavy_libraries(code):
    assert not imported_by(code) & set(HEAVY)


@pytest.mark.parametrize("command", ["validate specs/prod.yaml", "explain user.engine", "schema"])
def test_an_offline_command_is_run_without_heavy_libraries(command):
    code = f"""
import contextlib, io
from reconciler.cli import run
with contextlib.redirect_stdout(io.StringIO()):
    assert run({command.split()!r}) == 0
"""

    assert not imported_by(code) & {"boto3", "botocore", "redis", "moto", "deepdiff", "rich"}


def test_the_parser_is_imported_only_when_a_spec_is_read():
    assert "ruamel" not in imported_by("import reconciler.spec, reconciler.spec.loaded")
    assert "ruamel" in imported_by("from reconciler.spec import load; load('specs/prod.yaml')")


def test_a_plugin_that_another_package_brings_never_sees_what_is_validated(tmp_path):
    (tmp_path / "nosy.py").write_text("raise SystemExit('a plugin was loaded')\n")
    about = tmp_path / "nosy-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: nosy\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[pydantic]\nnosy = nosy:plugin\n")

    done = subprocess.run(
        [sys.executable, "-m", "reconciler", "validate", "specs/prod.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path)},
    )

    assert done.returncode == 0, done.stderr
