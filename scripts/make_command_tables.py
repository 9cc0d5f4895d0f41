"""Make reconciler/acl/tables/*.json: the commands of an engine version, as an engine says them.

    python scripts/make_command_tables.py /path/to/redis-server [/path/to/valkey-server ...]

Each engine is started on a Unix socket in a folder of its own, asked COMMAND, ACL CAT and
ACL CAT x, and stopped. What COMMAND says of categories must equal what ACL CAT says, or
nothing is written.
A table is named after the engine's minor version (valkey-8.1.json); which build it came from
stands inside. Only facts of the command table are taken, in a form that loads in about a
millisecond, one command a line so that two versions can be compared by eye.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis

TABLES = Path(__file__).resolve().parent.parent / "reconciler" / "acl" / "tables"
# What changes which keys a command is seen to touch; the other flags are advice to clients.
KEPT_FLAGS = ("no_auth", "movablekeys")
KEY_FLAGS = ("access", "insert", "delete", "update", "not_key", "incomplete", "variable_flags")
START_TIMEOUT_S = 10


class Engine:
    """A running engine; ``ask`` gives its answer as it came over the wire."""

    def __init__(self, binary: str, folder: str) -> None:
        self.socket = f"{folder}/engine.sock"
        self.process = subprocess.Popen(
            [binary, "--port", "0", "--unixsocket", self.socket, "--dir", folder, "--save", ""],
            stdout=subprocess.DEVNULL,
        )
        self.connection = redis.UnixDomainSocketConnection(path=self.socket)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit(f"{binary} did not start")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            self.connection.connect()
        except redis.ConnectionError:
            return False
        return True

    def ask(self, *words: str) -> Any:
        """Send one command and give its answer, bytes decoded."""
        self.connection.send_command(*words)
        return _decoded(self.connection.read_response())

    def stop(self) -> None:
        """End the process that was started here, and no other."""
        self.connection.disconnect()
        self.process.terminate()
        self.process.wait(START_TIMEOUT_S)


def _decoded(answer: Any) -> Any:
    if isinstance(answer, bytes):
        return answer.decode()
    if isinstance(answer, list | set | tuple):
        return [_decoded(item) for item in answer]
    if isinstance(answer, dict):
        return {_decoded(key): _decoded(value) for key, value in answer.items()}
    return answer


def _mapping(answer: Any) -> dict[str, Any]:
    """Give a RESP map, which RESP2 sends as a flat list."""
    if isinstance(answer, dict):
        return answer
    return dict(zip(answer[::2], answer[1::2], strict=True))


def _flat(commands: list[Any]) -> Iterator[list[Any]]:
    for command in commands:
        yield command
        if len(command) > 9:
            yield from command[9]


def _key_spec(answer: Any) -> dict[str, Any]:
    """Give one key specification in short: where to begin, how keys follow, what is done."""
    spec = _mapping(answer)
    begin, find = _mapping(spec["begin_search"]), _mapping(spec["find_keys"])
    flags = [flag.lower() for flag in spec["flags"]]
    return {
        "begin": [begin["type"], *_mapping(begin["spec"]).values()],
        "find": [find["type"], *_mapping(find["spec"]).values()],
        "flags": [flag for flag in KEY_FLAGS if flag in flags],
    }


def _row(command: list[Any]) -> tuple[str, dict[str, Any]]:
    name, arity, flags, first, last, step, categories = command[:7]
    row: dict[str, Any] = {
        "arity": arity,
        "cats": sorted(category.lstrip("@") for category in categories),
    }
    if kept := [flag for flag in KEPT_FLAGS if flag in flags]:
        row["flags"] = kept
    if len(command) > 8:
        if specs := [_key_spec(spec) for spec in command[8]]:
            row["keys"] = specs
    elif first:
        row["positions"] = [first, last, step]
    return name.lower(), row  # redis 8 lists its vector commands in capitals


def _check(engine: Engine, commands: dict[str, Any], categories: list[str]) -> None:
    """Stop unless ACL CAT x names, for each category, just the commands that COMMAND puts in it."""
    containers = {name.partition("|")[0] for name in commands if "|" in name}
    for category in categories:
        said = set(engine.ask("ACL", "CAT", category))
        told = {name for name, row in commands.items() if category in row["cats"]}
        if said - containers != told - containers:
            raise SystemExit(f"@{category}: COMMAND and ACL CAT differ in {sorted(said ^ told)}")


def make(binary: str) -> Path:
    """Write the table of this engine and give its path."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(binary, folder)
        try:
            info = dict(
                line.split(":", 1)
                for line in engine.ask("INFO", "server").splitlines()
                if ":" in line
            )
            name = "valkey" if "valkey_version" in info else "redis"
            version = info[f"{name}_version"]
            commands = dict(sorted(_row(command) for command in _flat(engine.ask("COMMAND"))))
            categories = engine.ask("ACL", "CAT")
            _check(engine, commands, categories)
        finally:
            engine.stop()
    minor = ".".join(version.split(".")[:2])
    made_from = f"{name} {version}, build {info['redis_build_id']}, by COMMAND and ACL CAT"
    head = {"engine": name, "version": minor, "made_from": made_from, "categories": categories}
    path = TABLES / f"{name}-{minor}.json"
    rows = ",\n".join(
        f"{json.dumps(one)}: {json.dumps(row, separators=(',', ':'))}"
        for one, row in commands.items()
    )
    path.write_text(
        json.dumps(head, indent=0)[:-2].replace("\n", " ") + f',\n"commands": {{\n{rows}\n}}}}\n'
    )
    return path


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    for server in sys.argv[1:]:
        print(make(server))
