"""Whatever is handed in as a spec, the answer is a sentence with a place."""

import os
import time

import pytest

from reconciler.errors import SpecError
from reconciler.spec import load


def refused(path, content=None):
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SpecError) as caught:
        load(path)
    [problem] = caught.value.problems
    assert problem.file == str(path)
    return problem.line, problem.column, problem.message


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        pytest.param(b"", (1, 1), "empty", id="empty"),
        pytest.param(b"# nothing yet\n\n", (1, 1), "empty", id="comments only"),
        pytest.param(b"~\n", (1, 1), "empty", id="null"),
        pytest.param(b"version: 1\nestate: a\0b\n", (2, 10), "NUL", id="NUL byte"),
        pytest.param(b"version: 1\nestate: \x07\n", (2, 9), "U+0007", id="control character"),
        pytest.param(b"version: 1\nestate: \xff\xfe\n", (2, 9), "UTF-8", id="not UTF-8"),
        pytest.param("version: 1\n".encode("utf-16"), (1, 1), "UTF-16", id="UTF-16"),
        pytest.param(b"\tversion: 1\n", (1, 1), "tab", id="tab"),
        pytest.param(b"version: 1\nusers:\n  a:\n\tb: 1\n", (4, 1), "tab", id="tab further down"),
        pytest.param(b"[" * 20_000, (1, 33), "nested", id="20,000 open brackets"),
        pytest.param(b"a: " + b"[" * 9 + b"]" * 8, (1, 21), "bracket", id="one bracket open"),
        pytest.param(b"- " * 50_000 + b"x", (1, 65), "nested", id="50,000 lists"),
        pytest.param(b"a: 1\n...\nb", (3, 1), "document", id="text after the end"),
    ],
)
def test_what_is_no_spec_is_refused_in_one_sentence(tmp_path, content, place, words):
    path = tmp_path / "spec.yaml"
    line, column, message = refused(path, content)

    assert (line, column) == place
    assert words in message


def test_a_large_file_is_refused_before_it_is_read_as_yaml(tmp_path):
    path = tmp_path / "spec.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    began = time.monotonic()

    assert "larger than 10 MB" in refused(path)[2]
    assert time.monotonic() - began < 2


def test_a_folder_names_the_specs_in_it(tmp_path):
    (tmp_path / "prod.yaml").touch()

    message = refused(tmp_path)[2]

    assert "folder" in message
    assert "prod.yaml" in message


def test_a_missing_file_names_the_one_that_was_meant(tmp_path):
    (tmp_path / "prod.yaml").touch()

    assert refused(tmp_path / "prd.yaml")[2].endswith(f"did you mean {tmp_path / 'prod.yaml'}?")
    assert refused(tmp_path / "spec" / "a.yaml")[2].endswith(f"nor a folder {tmp_path / 'spec'}")


def test_a_file_name_that_can_not_be_one_is_refused(tmp_path):
    assert "no name of a file" in refused(tmp_path / "a\0b")[2]
    assert "name too long" in refused(tmp_path / ("a" * 300))[2]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_rights_is_refused(tmp_path):
    path = tmp_path / "spec.yaml"
    path.touch(mode=0)

    assert "permission" in refused(path)[2]


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_bytes(
        b"\xef\xbb\xbfversion: 1\r\nestate: e\r\n"
        b'aws: {account_id: "123456789012", region: eu-west-1}\r\n'
    )

    assert load(path).estate.estate == "e"


def test_a_bomb_is_refused_at_once(tmp_path):
    levels = [f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 9)}]" for i in range(1, 30)]
    path = tmp_path / "spec.yaml"
    path.write_text("x0: &x0 [a]\n" + "\n".join(levels))
    began = time.monotonic()

    with pytest.raises(SpecError, match="aliases stand for more"):
        load(path)

    assert time.monotonic() - began < 2


def test_an_alias_is_allowed(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(
        'version: 1\nestate: e\naws: {account_id: "123456789012", region: eu-west-1}\nusers:\n'
        "  a: &a {engine: valkey, access_string: on ~a, authentication_mode: {type: password,"
        " passwords: [{env: A}]}}\n"
        "  b: *a\n"
    )

    users = load(path).resources.values()

    assert [user.access_string for user in users] == ["on ~a", "on ~a"]
