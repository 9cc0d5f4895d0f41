"""Secrets are opened late, told apart by version, and shown nowhere."""

from __future__ import annotations

import traceback

import pytest
from pydantic import SecretStr

from reconciler.errors import SecretUnavailable
from reconciler.model import SecretRef
from reconciler.secrets import Secrets

CANARY = "canary-5f0c9a1e-of-this-test"
ENV = SecretRef(store="env", id="APP_PASSWORD")
KEPT = SecretRef(store="secretsmanager", id="prod/app", key="password")


class Store:
    """A kept place that counts what was opened."""

    def __init__(self) -> None:
        self.opened: list[SecretRef] = []

    def version(self, ref: SecretRef) -> str:
        return "11111111-2222-3333-4444-555555555555"

    def open(self, ref: SecretRef) -> SecretStr:
        self.opened.append(ref)
        return SecretStr(CANARY)


def secrets(environ: dict[str, str] | None = None, **others: object) -> Secrets:
    return Secrets({}, environ=environ or {}, **others)


def test_a_variable_is_opened():
    assert secrets({"APP_PASSWORD": CANARY}).open(ENV).get_secret_value() == CANARY


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param(b"hunter2hunter2hunter2\n", "hunter2hunter2hunter2", id="line end"),
        pytest.param(b"hunter2hunter2hunter2\r\n", "hunter2hunter2hunter2", id="windows"),
        pytest.param(b" spaces stay \n\n", " spaces stay \n", id="only one line end"),
        pytest.param("pässwört".encode(), "pässwört", id="umlauts"),
    ],
)
def test_a_file_is_opened_without_the_editors_line_end(tmp_path, written, read):
    (tmp_path / "secret").write_bytes(written)
    ref = SecretRef(store="file", id="secret")

    assert secrets(folder=tmp_path).open(ref).get_secret_value() == read


@pytest.mark.parametrize("size", [0, 64 * 1024 + 1])
def test_a_file_that_can_be_no_secret_is_refused(tmp_path, size):
    (tmp_path / "secret").write_bytes(b"x" * size)

    with pytest.raises(SecretUnavailable, match=r"\{file: secret\}"):
        secrets(folder=tmp_path).open(SecretRef(store="file", id="secret"))


@pytest.mark.parametrize("ref", [ENV, SecretRef(store="file", id="nowhere"), KEPT])
def test_what_is_not_there_is_named_by_its_reference(tmp_path, ref):
    with pytest.raises(SecretUnavailable) as caught:
        secrets(folder=tmp_path).open(ref)

    assert str(ref) in str(caught.value)


def test_a_binary_file_shows_none_of_its_bytes(tmp_path):
    (tmp_path / "secret").write_bytes(CANARY.encode() + b"\xff\xfe")

    with pytest.raises(SecretUnavailable) as caught:
        secrets(folder=tmp_path).open(SecretRef(store="file", id="secret"))

    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert CANARY not in "".join(told.format_exception_only())
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_variables_version_moves_with_it_and_with_the_salt():
    one, other = secrets({"APP_PASSWORD": CANARY}), secrets({"APP_PASSWORD": CANARY + "x"})

    assert one.version(ENV, "salt") == secrets({"APP_PASSWORD": CANARY}).version(ENV, "salt")
    assert one.version(ENV, "salt") != other.version(ENV, "salt")
    assert one.version(ENV, "salt") != one.version(ENV, "another salt")


def test_a_variables_version_says_24_bits_and_not_a_letter_of_it():
    version = secrets({"APP_PASSWORD": CANARY}).version(ENV, "salt")

    assert len(version) == 6
    int(version, 16)


def test_a_stores_version_opens_nothing():
    store = Store()

    version = Secrets({"secretsmanager": store}, environ={}).version(KEPT, "salt")

    assert version == "11111111-2222-3333-4444-555555555555"
    assert store.opened == []


def test_a_stand_in_is_used_only_for_what_is_not_there():
    store = Store()
    stand_ins = {ENV: SecretRef(store="ssm", id="/local/env/APP_PASSWORD")}
    without = Secrets({"ssm": store}, environ={}, stand_ins=stand_ins)
    given = Secrets({"ssm": store}, environ={"APP_PASSWORD": "mine"}, stand_ins=stand_ins)

    assert without.open(ENV).get_secret_value() == CANARY
    assert given.open(ENV).get_secret_value() == "mine"
    assert [ref.store for ref in store.opened] == ["ssm"]


def test_what_is_opened_does_not_show_itself():
    opened = secrets({"APP_PASSWORD": CANARY}).open(ENV)

    assert CANARY not in f"{opened} {opened!r}"
    assert CANARY not in repr(secrets({"APP_PASSWORD": CANARY}))
