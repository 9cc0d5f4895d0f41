"""The runner's package: a zip that is the same, byte for byte, from the same versions.

It holds this tool without its command line, what verifying needs of its libraries, and no secret.
pydantic's core is machine code: for another Python or processor than this one its wheel is asked of
pip, in the very version that is installed here; everything else is copied from here. Of botocore
only the service models that a runner speaks to are taken.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import io
import platform
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

import reconciler
from reconciler.errors import ReconcilerError
from reconciler.ports import Call, Writer

Architecture = Literal["x86_64", "arm64"]

SHIPPED = (
    "annotated-types",
    "boto3",
    "botocore",
    "jmespath",
    "pydantic",
    "pydantic-core",
    "python-dateutil",
    "redis",
    "s3transfer",
    "six",
    "typing-extensions",
    "typing-inspection",
    "urllib3",
)
"""What verifying needs, and what that needs; a test holds this to the installed metadata."""
LARGEST = 20 * 1024 * 1024

FOR_DRIFT = ("cachebox", "deepdiff", "orderly-set")
"""What a round of drift needs besides."""
FOR_TELLING = (
    "apprise",
    "certifi",
    "charset-normalizer",
    "click",
    "idna",
    "markdown",
    "oauthlib",
    "pyyaml",
    "requests",
    "requests-oauthlib",
)
"""What people are told with."""

_MODELS = frozenset({"secretsmanager", "ssm", "sts"})
_DRIFT_MODELS = _MODELS | {"elasticache", "iam", "resourcegroupstaggingapi", "s3"}
_LEFT_AT_HOME = ("cli",)
_UNTRUE_ELSEWHERE = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PIP_S = 300

Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Target:
    """What the package is to run on."""

    python: str = "3.12"
    architecture: Architecture = "x86_64"

    @property
    def runtime(self) -> str:
        """Give Lambda's name for it."""
        return f"python{self.python}"

    @classmethod
    def here(cls) -> Target:
        """Give this very interpreter: the local service runs functions on its own."""
        arm = platform.machine().lower() in ("arm64", "aarch64")
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return cls(version, "arm64" if arm else "x86_64")

    @property
    def is_here(self) -> bool:
        """Whether what is installed here runs there too."""
        # Only glibc's Linux is like Lambda's own, and the local service runs on this machine.
        return self == Target.here()

    @property
    def platforms(self) -> tuple[str, ...]:
        """Give pip's tags of what Lambda's Amazon Linux 2023 (glibc 2.34) can load."""
        machine = "aarch64" if self.architecture == "arm64" else "x86_64"
        return tuple(f"{one}_{machine}" for one in ("manylinux_2_28", "manylinux2014"))


@dataclass(frozen=True)
class Package:
    """The zip, and the digest by which Lambda shows it."""

    content: bytes
    target: Target

    @property
    def sha256(self) -> str:
        """Give the digest as the service does: Base64 of SHA-256."""
        return base64.b64encode(hashlib.sha256(self.content).digest()).decode()


class PackageError(ReconcilerError):
    """The package could not be made; says what is missing."""


def build(
    target: Target | None = None, *, local: bool = False, drift: bool = False, tells: bool = False
) -> Package:
    """Make the package. ``local``: for the interpreter at hand, whatever its system is.

    ``drift``: it can look for drift; ``tells``: and tell people.
    """
    target = Target.here() if local else target or Target()
    files = dict(_own_files())
    models = _DRIFT_MODELS if drift else _MODELS
    for name in (*SHIPPED, *(FOR_DRIFT if drift else ()), *(FOR_TELLING if tells else ())):
        files |= _chosen(_library(name, target, local=local), models)
    content = _zipped(files)
    if len(content) > LARGEST:
        raise PackageError(f"the package has {len(content):,} bytes; at most {LARGEST:,} are meant")
    return Package(content, target)


def _own_files() -> Iterator[tuple[str, bytes]]:
    root = Path(reconciler.__file__).parent
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if path.is_file() and inside.parts[0] not in _LEFT_AT_HOME and _is_source(inside):
            yield f"reconciler/{inside.as_posix()}", path.read_bytes()


def _is_source(path: Path | PurePosixPath) -> bool:
    return "__pycache__" not in path.parts and path.suffix not in (".pyc", ".pyo", ".pth")


def _library(name: str, target: Target, *, local: bool) -> Files:
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        raise PackageError(f"{name} is not installed here: install reconcile again") from None
    pure = "Root-Is-Purelib: true" in (found.read_text("WHEEL") or "")
    fits = target.is_here and (local or sys.platform == "linux")
    if pure or fits:
        return _installed(found)
    return _downloaded(name, found.version, target)


def _installed(found: importlib.metadata.Distribution) -> Files:
    files = {}
    for entry in found.files or ():
        path = Path(str(found.locate_file(entry)))
        if ".." not in entry.parts and path.is_file():
            files[entry.as_posix()] = path.read_bytes()
    if not files:
        raise PackageError(f"{found.name} lists no files here: install it with pip")
    return files


def _downloaded(name: str, version: str, target: Target) -> Files:
    """Ask pip, which knows the index, the mirror and the hashes that this machine trusts."""
    with tempfile.TemporaryDirectory(prefix="reconcile-runner-") as folder:
        wanted = f"{name}=={version}"
        platforms = [word for one in target.platforms for word in ("--platform", one)]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", folder]
        command += ["--implementation", "cp", "--python-version", target.python, *platforms]
        try:
            done = subprocess.run(
                [*command, wanted], capture_output=True, text=True, timeout=_PIP_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise PackageError(f"pip did not give {wanted} within {_PIP_S} s") from None
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or len(wheels) != 1:
            why = (done.stderr.strip().splitlines() or ["it gave no wheel"])[-1]
            raise PackageError(
                f"{wanted} for {target.runtime} on {target.architecture} could not be had by pip: "
                f"{why}"
            )
        with zipfile.ZipFile(wheels[0]) as wheel:
            return {one.filename: wheel.read(one) for one in wheel.infolist() if not one.is_dir()}


def _chosen(files: Mapping[str, bytes], models: frozenset[str]) -> Files:
    return {
        name: content for name, content in files.items() if _is_wanted(PurePosixPath(name), models)
    }


def _is_wanted(path: PurePosixPath, models: frozenset[str]) -> bool:
    if not _is_source(path) or path.name in _UNTRUE_ELSEWHERE:
        return False
    if path.parts[:2] == ("botocore", "data") and len(path.parts) > 3:
        return path.parts[2] in models
    return True


def _zipped(files: Files) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, files[name])
    return held.getvalue()


class WithPackage:
    """A ports.Writer that puts the zip, and what a schedule hands over, in the place of digests."""

    def __init__(self, writer: Writer, package: Package, carried: str = "") -> None:
        self._writer, self._package, self._carried = writer, package, carried

    def send(self, call: Call) -> Mapping[str, object]:
        """Send; a call that carries neither goes as it is."""
        params = dict(call.params)
        content = self._package.content
        match call.operation:
            case "create_function":
                params["Code"] = {"ZipFile": content}
            case "update_function_code":
                params["ZipFile"] = content
            case "create_schedule" | "update_schedule":
                params["Target"] = {**params["Target"], "Input": self._carried}
        return self._writer.send(Call(call.service, call.operation, params))
