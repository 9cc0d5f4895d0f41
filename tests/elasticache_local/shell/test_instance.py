"""One folder, one instance: held while it runs, and nothing left when it has gone."""

import contextlib
import json
import resource
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest

from elasticache_local import ElastiCacheLocal
from elasticache_local.instance import READY, STATE, Instance, InstanceError
from elasticache_local.session import LocalError

COMMAND = [sys.executable, "-m", "elasticache_local", "--no-engines"]


def processes_of(text):
    """Give the ids of processes that have this text among their arguments."""
    listed = subprocess.run(
        ["ps", "-axww", "-o", "pid=,args="], capture_output=True, text=True, check=True
    ).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if text in line]


def wait_until(true, seconds=10):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def started(folder, *options):
    process = subprocess.Popen(
        [*COMMAND, "--data-dir", str(folder), *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    line = json.loads(process.stdout.readline())
    process.stdout.close()
    return process, line


def session_of(line):
    return boto3.Session(line["access_key_id"], line["secret_access_key"], region_name="eu-west-1")


@contextlib.contextmanager
def room_for(size):
    """Let no file of this process grow beyond so many bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_ready_line_stands_in_the_folder_for_as_long_as_it_serves(tmp_path):
    process, line = started(tmp_path)
    try:
        assert json.loads((tmp_path / READY).read_text()) == line
        assert mode(tmp_path / READY) == 0o600
        assert line["pid"] == process.pid
        assert line["engines"] == []
        assert Path(line["ca_file"]).read_text().startswith("-----BEGIN CERTIFICATE-----")

        second = subprocess.run(
            [*COMMAND, "--data-dir", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert second.returncode == 2
        assert second.stdout == ""
        [sentence] = second.stderr.splitlines()
        assert f"in use by a local ElastiCache (process {process.pid})" in sentence
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0

    assert not (tmp_path / READY).exists()
    assert mode(tmp_path / STATE) == 0o600
    assert processes_of(str(tmp_path)) == []


def test_a_killed_instance_leaves_no_process_and_a_folder_that_starts_again(tmp_path):
    process, line = started(tmp_path)
    # What other services keep is on the disk soon too, though ElastiCache has heard nothing.
    iam = session_of(line).client("iam", endpoint_url=line["endpoint_url"])
    iam.create_role(RoleName="kept-role", AssumeRolePolicyDocument="{}")
    state = tmp_path / STATE
    assert wait_until(lambda: state.exists() and "kept-role" in state.read_text())
    process.kill()
    process.wait()

    assert wait_until(lambda: processes_of(str(tmp_path)) == [])
    assert (tmp_path / READY).exists()
    with Instance(tmp_path):
        assert not (tmp_path / READY).exists()


def test_an_instance_does_not_outlive_the_process_that_started_it(tmp_path):
    folder = tmp_path / "data"
    script = (
        "import os, signal\n"
        "from elasticache_local import ElastiCacheLocal\n"
        f"ElastiCacheLocal(engines=False, data_dir={str(folder)!r}).start()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    parent = subprocess.run([sys.executable, "-c", script], timeout=30, check=False)

    assert parent.returncode == -signal.SIGKILL
    assert wait_until(lambda: processes_of(str(folder)) == [])
    assert wait_until(lambda: not (folder / READY).exists(), seconds=1)


def test_an_instance_that_nobody_uses_stops_by_itself(tmp_path):
    process, _ = started(tmp_path, "--idle-timeout", "0.5")

    assert process.wait(20) == 0
    assert processes_of(str(tmp_path)) == []


def test_without_a_folder_nothing_is_kept():
    with Instance(None) as instance:
        instance.tell_ready({})
        folder = instance.folder
        assert mode(folder) == 0o700

    assert not folder.exists()


def test_a_temporary_folder_of_somebody_killed_is_removed_at_the_next_start(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / "elasticache-local-left"
    left.mkdir()
    (left / "lock").write_text("999999\n")
    beginning = tmp_path / "elasticache-local-beginning"
    beginning.mkdir()
    (beginning / "lock").touch()

    with Instance(None) as first, Instance(None) as second:
        assert first.folder.exists()
        assert second.folder.exists()

    assert [each.name for each in tmp_path.iterdir()] == ["elasticache-local-beginning"]


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(InstanceError, match="can't be the data dir"), Instance(tmp_path / "file"):
        pass


@pytest.mark.parametrize("text", ['{"format": 1, "ser', "[1]", "\N{SNOWMAN}"])
def test_a_state_that_is_none_is_a_sentence(tmp_path, text):
    with Instance(tmp_path) as instance:
        (tmp_path / STATE).write_text(text)

        with pytest.raises(InstanceError, match="remove it to start empty"):
            instance.load()


def test_a_state_of_something_else_is_a_sentence_and_stays_as_it_is(tmp_path):
    (tmp_path / STATE).write_text(text := '{"format": 1, "now": "noon"}')

    refused = subprocess.run(
        [*COMMAND, "--data-dir", str(tmp_path)], capture_output=True, timeout=20, check=False
    )

    assert refused.returncode == 2
    [sentence] = refused.stderr.decode().splitlines()
    assert "remove it to start empty" in sentence
    assert (tmp_path / STATE).read_text() == text


@pytest.mark.slow
def test_secrets_that_can_not_be_read_are_not_written_over(tmp_path):
    stores = {"secrets": [{"name": "of another time"}]}
    (tmp_path / STATE).write_text(json.dumps({"format": 1, "stores": stores}))

    with ElastiCacheLocal(engines=False, data_dir=tmp_path) as aws:
        aws.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument="{}")

    assert json.loads((tmp_path / STATE).read_text())["stores"] == stores


def test_a_folder_without_room_is_a_sentence_and_the_old_state_stays(tmp_path):
    with Instance(tmp_path) as instance:
        instance.save({"format": 1})
        with room_for(1000), pytest.raises(InstanceError, match=r"can't be written: .*make room"):
            instance.save({"format": "1" * 10_000})

        assert instance.load() == {"format": 1}
        assert sorted(each.name for each in tmp_path.iterdir()) == ["lock", STATE]


def test_a_taken_port_is_a_sentence(aws, tmp_path):
    port = aws.endpoint_url.rpartition(":")[2]

    refused = subprocess.run(
        [*COMMAND, "--data-dir", str(tmp_path), "--port", port],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert refused.returncode == 2
    assert f"port {port} is in use; choose another --port" in refused.stderr
    assert processes_of(str(tmp_path)) == []


@pytest.mark.slow
def test_what_an_instance_knows_outlives_a_restart(tmp_path):
    seed = {
        "account_id": "111122223333",
        "region": "eu-west-1",
        "cache_subnet_groups": ["private"],
        "secrets": [
            {"store": "secretsmanager", "id": "prod/app", "keys": ["password"]},
            {"store": "ssm", "id": "/prod/token"},
        ],
    }

    def look(aws):
        account = aws.account(**seed)
        secret = account.client("secretsmanager").get_secret_value(SecretId="prod/app")
        value = account.client("ssm").get_parameter(Name="/prod/token", WithDecryption=True)
        groups = account.client("elasticache").describe_cache_subnet_groups()
        iam = account.client("iam")
        if not iam.list_roles()["Roles"]:
            iam.create_role(RoleName="app", AssumeRolePolicyDocument="{}")
        return account.made, (
            account.access_key_id,
            account.secret_access_key,
            secret["SecretString"],
            secret["VersionId"],
            secret["ARN"],
            value["Parameter"]["Value"],
            value["Parameter"]["Version"],
            iam.get_role(RoleName="app")["Role"]["RoleId"],
            sorted(each["CacheSubnetGroupName"] for each in groups["CacheSubnetGroups"]),
        )

    with ElastiCacheLocal(engines=False, data_dir=tmp_path) as aws:
        made, first = look(aws)
    with ElastiCacheLocal(engines=False, data_dir=tmp_path) as aws:
        made_again, second = look(aws)

    assert set(made) == {
        "cache_subnet_group/private",
        "secretsmanager/prod/app",
        "ssm//prod/token",
    }
    assert made_again == ()
    assert second == first
    assert processes_of(str(tmp_path)) == []


def test_a_session_that_can_not_start_says_why(tmp_path):
    aws = ElastiCacheLocal(engines=False, data_dir=tmp_path)

    with Instance(tmp_path), pytest.raises(LocalError, match="in use by a local ElastiCache"):
        aws.start()

    aws.stop()
    assert processes_of(str(tmp_path)) == []
