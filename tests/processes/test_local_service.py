"""The local ElastiCache of a folder: one, however it is asked for, and gone when it is stopped."""

from __future__ import annotations

import json
import os
import signal

from commandline import SPEC, end_of


def up(folder):
    return folder.start("local", "up", "--no-engines", "--format", "json")


def state(folder):
    return json.loads(folder.run("local", "status", "--format", "json").out)


def test_many_that_start_it_at_the_same_moment_get_the_same_one(folder):
    ended = [end_of(one) for one in [up(folder) for _ in range(5)]]

    assert [one.code for one in ended] == [0] * 5, [one.err for one in ended]
    assert len({json.loads(one.out)["endpoint_url"] for one in ended}) == 1


def test_after_its_process_was_killed_the_next_command_starts_another(folder):
    (folder.path / "specs" / "shop.yaml").write_text(SPEC % {"account": "123456789012"})
    first = json.loads(end_of(up(folder)).out)
    os.kill(first["pid"], signal.SIGKILL)

    assert folder.emptied() == []
    assert state(folder) == {"format_version": 1, "running": False}
    assert folder.run("plan", "--local").code == 3
    assert state(folder)["pid"] != first["pid"]


def test_its_settings_are_those_of_the_spec_else_of_the_environment(folder):
    end_of(up(folder))

    def settings():
        return json.loads(folder.run("local", "env", "--format", "json").out)

    bare = settings()
    account = {"account": "111122223333"}
    spec = (SPEC % account).replace("eu-west-1", "us-west-2")
    (folder.path / "specs" / "shop.yaml").write_text(spec)
    named = settings()

    assert bare["AWS_ACCESS_KEY_ID"] == "AKIAIOSFODNN7EXAMPLE"
    assert bare["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert named["AWS_ACCESS_KEY_ID"] != bare["AWS_ACCESS_KEY_ID"]
    assert named["AWS_DEFAULT_REGION"] == "us-west-2"
    assert folder.run("local", "env", "none.yaml").code == 2


def test_stopped_twice_it_is_stopped_once(folder):
    end_of(up(folder))

    assert folder.run("local", "down").out == "local ElastiCache stopped\n"
    assert folder.emptied(0) == []
    assert folder.run("local", "down").out == "no local ElastiCache runs here\n"


def test_a_ready_file_that_says_nothing_is_no_service(folder):
    ready = folder.path / ".reconcile" / "local" / "ready.json"
    ready.parent.mkdir(parents=True)
    for text in ("[]", '{"endpoint_url": 5'):
        ready.write_text(text)

        assert state(folder) == {"format_version": 1, "running": False}


def test_a_folder_that_can_hold_nothing_is_said_in_a_sentence(folder):
    (folder.path / "specs" / "shop.yaml").write_text(SPEC % {"account": "123456789012"})
    (folder.path / ".reconcile").write_text("in the way")

    ended = folder.run("plan", "--local", "-q")

    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert "-C DIR" in ended.err


def test_an_engine_that_can_not_be_fetched_is_a_sentence(folder):
    ended = folder.run("local", "fetch-engine", "redis-server", PATH=str(folder.path))

    assert ended.code == 1
    assert "fetched on Debian and Ubuntu only" in ended.err
    assert "Traceback" not in ended.err
