"""The runner's package: the same bytes from the same versions, small and whole."""

from __future__ import annotations

import importlib.metadata
import io
import subprocess
import sys
import zipfile

import pytest
from packaging.requirements import Requirement

from reconciler.ports import Call
from reconciler.runner.package import (
    FOR_DRIFT,
    FOR_TELLING,
    LARGEST,
    SHIPPED,
    Target,
    WithPackage,
    build,
)


@pytest.fixture(scope="module")
def package():
    return build(local=True)


@pytest.fixture(scope="module")
def names(package):
    return zipfile.ZipFile(io.BytesIO(package.content)).namelist()


def test_it_is_the_same_each_time(package):
    assert build(local=True).content == package.content


def test_it_is_small(package):
    assert len(package.content) < LARGEST


def test_nothing_in_it_tells_when_or_where_it_was_made(package, names):
    entries = zipfile.ZipFile(io.BytesIO(package.content)).infolist()

    assert {one.date_time for one in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert names == sorted(names)
    assert not [one for one in names if one.endswith((".pyc", "RECORD", "direct_url.json", ".pth"))]


def test_the_command_line_stays_at_home(names):
    assert "reconciler/runner/function.py" in names
    assert not [one for one in names if one.startswith("reconciler/cli/")]


def test_everything_that_is_needed_is_shipped():
    """What verifying imports, closed over what that requires here."""
    assert closed_over("boto3", "pydantic", "redis") == set(SHIPPED)


def test_everything_that_a_round_of_drift_needs_is_shipped():
    assert closed_over("deepdiff") == set(FOR_DRIFT)
    # urllib3 comes with boto3.
    assert closed_over("apprise") - set(SHIPPED) == set(FOR_TELLING)


@pytest.mark.slow
def test_with_all_that_drift_and_telling_take_it_is_small_too():
    content = build(local=True, drift=True, tells=True).content

    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert len(content) < LARGEST
    for name in ("elasticache", "s3", "resourcegroupstaggingapi", "iam"):
        assert [one for one in names if one.startswith(f"botocore/data/{name}/")], name
    assert "apprise/__init__.py" in names
    assert "deepdiff/__init__.py" in names


def closed_over(*needed: str) -> set[str]:
    wanted, left = set(), [*needed]
    while left:
        name = left.pop()
        if name in wanted:
            continue
        wanted.add(name)
        for text in importlib.metadata.requires(name) or ():
            requirement = Requirement(text)
            marker = requirement.marker
            if marker is None or marker.evaluate({"extra": "", "python_full_version": "3.12.5"}):
                left.append(requirement.name.lower().replace("_", "-"))
    return wanted


@pytest.mark.slow
def test_it_runs_with_nothing_beside_it(package, tmp_path):
    zipfile.ZipFile(io.BytesIO(package.content)).extractall(tmp_path)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
        "import reconciler.runner.function as found; print(found.__file__)"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert done.stdout.startswith(str(tmp_path))


def test_another_processor_is_another_target():
    assert Target(architecture="arm64").platforms == (
        "manylinux_2_28_aarch64",
        "manylinux2014_aarch64",
    )
    assert Target().runtime == "python3.12"
    assert not Target("3.99").is_here


class Recorder:
    def __init__(self):
        self.sent = []

    def send(self, call):
        self.sent.append(call)
        return {}


def test_the_zip_takes_its_digests_place_at_the_moment_of_sending(package):
    writer = Recorder()
    made = Call("lambda", "create_function", {"Code": {"ZipFile": package.sha256}})
    changed = Call("lambda", "update_function_code", {"ZipFile": package.sha256})
    other = Call("lambda", "tag_resource", {"Resource": "x"})

    for call in (made, changed, other):
        WithPackage(writer, package).send(call)

    assert writer.sent[0].params["Code"] == {"ZipFile": package.content}
    assert writer.sent[1].params["ZipFile"] == package.content
    assert writer.sent[2] == other
    assert made.params["Code"] == {"ZipFile": package.sha256}
