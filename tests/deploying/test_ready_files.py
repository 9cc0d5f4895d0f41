"""What stands ready under deploy/ is whole: it parses, and calls reconcile as it can be called."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer.main
from ruamel.yaml import YAML

from reconciler.cli.app import app

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
WORKFLOWS = sorted((DEPLOY / "github-actions").glob("*.yml"))
COMMAND = re.compile(r"(?:^|(?<!-n)[\s(/`])reconcile ([a-z][a-z-]*(?: [^\n|<]*)?)")
PROSE = {"in", "prints"}
"""Words that follow the name in a sentence about it."""


def read(path):
    return list(YAML(typ="safe").load_all(path.read_text()))


def called(path):
    """Give every command line of reconcile in a file, cut where a shell would end it."""
    for found in COMMAND.finditer(path.read_text()):
        line = re.split(r" && | \|\| |>>? |\)|`|: |; |, |'$|\.$", found[1])[0].strip(" '\"")
        if (words := line.split())[0] not in PROSE:
            yield words


def lines():
    for path in [*FILES, ROOT / ".pre-commit-hooks.yaml"]:
        for words in called(path):
            yield pytest.param(words, id=f"{path.name}: {' '.join(words)[:60]}")


COMMANDS = typer.main.get_command(app)


def flags(words):
    """Give the flags of a command line's command; a bare drift looks."""
    command = COMMANDS.commands[words[0]]
    below = getattr(command, "commands", {})
    if below:
        command = below[words[1] if words[1:] and words[1] in below else "look"]
    return {option for one in command.params for option in (*one.opts, *one.secondary_opts)}


@pytest.mark.parametrize("words", list(lines()))
def test_each_call_is_of_a_command_that_there_is_with_flags_that_it_has(words):
    assert words[0] in COMMANDS.commands
    asked = {word.partition("=")[0] for word in words[1:] if word.startswith("-")}

    assert asked <= flags(words) | {"--help"}


def test_the_cron_job_calls_with_flags_that_there_are():
    (job,) = read(DEPLOY / "kubernetes" / "cronjob.yaml")
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    words = container["args"]

    assert {word for word in words if word.startswith("--")} <= flags(words)
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["securityContext"]["runAsNonRoot"] is True
    mounted = {one["name"] for one in container["volumeMounts"]}
    assert mounted == {one["name"] for one in pod["volumes"]}


def test_the_pods_references_are_to_what_the_kustomization_brings():
    folder = DEPLOY / "kubernetes"
    (kustomization,) = read(folder / "kustomization.yaml")
    brought = [one for name in kustomization["resources"] for one in read(folder / name)]
    (job,) = [one for one in brought if one["kind"] == "CronJob"]
    (account,) = [one for one in brought if one["kind"] == "ServiceAccount"]
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    maps = {one["name"] for one in kustomization["configMapGenerator"]}

    assert pod["serviceAccountName"] == account["metadata"]["name"]
    assert pod["containers"][0]["image"] in {one["name"] for one in kustomization["images"]}
    assert pod["containers"][0]["envFrom"][0]["configMapRef"]["name"] in maps
    assert {one["configMap"]["name"] for one in pod["volumes"] if "configMap" in one} <= maps


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_says_what_it_may_do_and_puts_no_text_of_others_into_a_shell(path):
    (workflow,) = read(path)

    assert workflow["permissions"]["contents"] == "read"
    assert workflow["concurrency"]["cancel-in-progress"] is (path.stem == "plan")
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 180
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), "an expression is pasted into the script"


def scripts():
    for path in WORKFLOWS:
        for job in read(path)[0]["jobs"].values():
            for number, step in enumerate(job["steps"]):
                if "run" in step:
                    yield pytest.param(step["run"], id=f"{path.stem} {number}")


@pytest.mark.parametrize("script", list(scripts()))
def test_each_script_is_one_that_bash_can_read(script):
    ended = subprocess.run(
        ["bash", "-n"], input=script, text=True, capture_output=True, check=False, timeout=20
    )

    assert not ended.stderr
    assert ended.returncode == 0


PLAN = "### reconcile plan\n"
MARK = "<!-- reconcile specs/prod.yaml 5f0c9a1e -->"


@pytest.mark.parametrize(
    ("number", "comments", "code", "given"),
    [
        pytest.param("7", f"{PLAN}\n{MARK}\n", 0, "fingerprint=5f0c9a1e\n", id="approved"),
        pytest.param("7", f"{PLAN}\n{MARK}\r\n", 0, "fingerprint=5f0c9a1e\n", id="as the API ends"),
        pytest.param(
            "7",
            f"{MARK}\n{MARK.replace('5f0c9a1e', '00000001')}\n",
            0,
            "fingerprint=00000001\n",
            id="the last plan",
        ),
        pytest.param("7", PLAN, 1, "", id="no plan"),
        pytest.param("7", MARK.replace("prod", "other"), 1, "", id="the plan of another spec"),
        pytest.param("7", MARK.replace("5f0c9a1e", "$(reboot)"), 1, "", id="no fingerprint"),
        pytest.param("", MARK, 1, "", id="pushed without a pull request"),
    ],
)
def test_only_the_plan_of_the_pull_request_is_approved(tmp_path, number, comments, code, given):
    (workflow,) = read(DEPLOY / "github-actions" / "apply.yml")
    steps = workflow["jobs"]["apply"]["steps"]
    script = next(one["run"] for one in steps if one.get("id") == "approved")
    tool = tmp_path / "gh"
    tool.write_text('#!/bin/sh\ncase "$*" in */pulls*) cat number;; *) cat comments;; esac\n')
    tool.chmod(0o755)
    (tmp_path / "number").write_text(number)
    (tmp_path / "comments").write_text(comments)
    output = tmp_path / "output"
    output.touch()
    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "GITHUB_OUTPUT": str(output),
            "RECONCILE_SPEC": "specs/prod.yaml",
            "REPOSITORY": "shop/estate",
            "COMMIT": "0" * 40,
        },
        capture_output=True,
        check=False,
        timeout=20,
    )

    assert (ended.returncode, output.read_text()) == (code, given)


def test_the_units_belong_together_and_the_service_is_no_root():
    folder = DEPLOY / "systemd"
    service = (folder / "reconcile-drift.service").read_text()

    assert (folder / "reconcile-drift.timer").exists()
    for wanted in ("DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict"):
        assert wanted in service


def test_the_container_installs_extras_that_there_are_from_files_that_it_copies():
    text = (DEPLOY / "container" / "Containerfile").read_text()
    extras = re.search(r"ARG EXTRAS=(\S+)", text)[1].split(",")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)

    assert set(extras) <= set(declared["optional-dependencies"])
    for name in " ".join(copied).split():
        assert (ROOT / name).exists(), name
    assert "USER 10001" in text


def test_the_hooks_take_the_files_that_are_handed_to_them():
    for hook in read(ROOT / ".pre-commit-hooks.yaml")[0]:
        assert re.search(hook["files"], "specs/prod.yaml")
        assert not re.search(hook["files"], "specs/reconcile.schema.json")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit_that_is_told_by_its_version(path):
    uses = re.findall(r"uses: (.+)", path.read_text())

    assert uses
    loose = [one for one in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)]
    assert loose == []


def test_one_action_is_of_one_commit_everywhere():
    pins = {line for path in WORKFLOWS for line in re.findall(r"uses: (.+)", path.read_text())}

    assert len(pins) == len({one.partition("@")[0] for one in pins})
