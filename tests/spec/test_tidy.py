"""``fmt``: one form, reached at once; comments stay and the meaning never changes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from reconciler.cli import run
from reconciler.errors import ReconcilerError, SpecError
from reconciler.spec import load
from reconciler.spec.compose import compose
from reconciler.spec.node import Source
from reconciler.spec.tidy import tidied

SPECS = sorted(Path(__file__).parents[2].glob("specs/**/*.yaml"))
UNTIDY = """\
# why this is so
version:   1
estate: shop      # ours
aws: { account_id: "123456789012" , region: eu-west-1 }
users:
    app:   # first
        engine: valkey
        access_string: "on ~a:* +get"
        authentication_mode:
          {type: password, passwords: [{secretsmanager: a-name/that-is-long, key: password}]}
safety:
    protect:
    - user/app   # never
"""
TIDY = """\
# why this is so
version: 1
estate: shop      # ours
aws: {account_id: "123456789012", region: eu-west-1}
users:
  app:     # first
    engine: valkey
    access_string: "on ~a:* +get"
    authentication_mode:
      type: password
      passwords: [{secretsmanager: a-name/that-is-long, key: password}]
safety:
  protect:
    - user/app   # never
"""


def fmt(text: str) -> str:
    return tidied(Source("spec.yaml", text))


def plain(text: str) -> str:
    return repr(compose(Source("spec.yaml", text), []).plain())


def test_the_one_form():
    assert fmt(UNTIDY) == TIDY


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_the_specs_of_this_repository_mean_the_same_and_settle_at_once(path):
    text = path.read_text()

    once = fmt(text)

    assert fmt(once) == once
    assert plain(once) == plain(text)
    assert once.count("#") == text.count("#")


def test_it_loads_as_an_equal_spec(tmp_path):
    (tmp_path / "before.yaml").write_text(UNTIDY)
    (tmp_path / "after.yaml").write_text(fmt(UNTIDY))

    before, after = (load(tmp_path / name) for name in ("before.yaml", "after.yaml"))

    assert (before.resources, before.estate) == (after.resources, after.estate)


WORDS = st.sampled_from(
    [
        "on",
        "~",
        "null",
        "7.10",
        "0777",
        "on ~a:* +get",
        "a: b",
        "# no",
        "%R~x",
        "",
        "'",
        '"',
        "sg-0a",
    ]
)
SCALARS = WORDS | st.integers(-9, 9) | st.booleans() | st.none()
KEYS = st.sampled_from(["engine", "tags", "allow", "a-b", "x.y", "on", "7"])


def _collections(inner):
    return st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)


VALUES = st.recursive(SCALARS, _collections, max_leaves=12)
NOTES = st.lists(st.sampled_from(["", "# a note", "# 'odd", "#: x"]), min_size=3, max_size=3)


def _styled(value, draw):
    """Write as people do: braces here and there, comments where a line ends."""
    match value:
        case dict():
            made = CommentedMap({key: _styled(one, draw) for key, one in value.items()})
        case list():
            made = CommentedSeq(_styled(one, draw) for one in value)
        case _:
            return value
    if draw(st.booleans()):
        made.fa.set_flow_style()
    return made


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_document_keeps_its_meaning_and_its_comments_and_settles_at_once(data):
    value = data.draw(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
    emitter, out = YAML(), io.StringIO()
    emitter.indent(
        mapping=data.draw(st.integers(2, 6)), sequence=4, offset=data.draw(st.integers(0, 2))
    )
    emitter.width = data.draw(st.sampled_from([20, 80, 4096]))
    emitter.dump(CommentedMap({k: _styled(v, data.draw) for k, v in value.items()}), out)
    top, between, last = data.draw(NOTES)
    text = f"{top}\nversion: 1  {between}\n{out.getvalue()}{last}\n"
    try:
        meant = plain(text)
    except SpecError:
        return
    problems: list = []
    compose(Source("spec.yaml", text), problems)
    if problems:
        with pytest.raises(SpecError):
            fmt(text)
        return

    try:
        once = fmt(text)
    except ReconcilerError as left:
        # It is known when a comment does not come through, and rare: hypothesis counts these.
        assume("a comment would be lost" not in str(left))
        raise

    assert plain(once) == meant
    assert fmt(once) == once
    for note in (top, between, last):
        assert note in once


@pytest.mark.parametrize(
    "text",
    ["a: [", "", "- a list", "a: 1\na: 2", "a: &x 1"],
    ids=["open", "empty", "list", "twice", "anchor"],
)
def test_what_is_no_spec_is_left_alone(text):
    with pytest.raises(SpecError):
        fmt(text)


def test_a_comment_that_would_be_lost_leaves_the_file_alone():
    with pytest.raises(ReconcilerError, match=r"a comment would be lost.*left as it is"):
        fmt("version: 1\nengine:\n-   - []\n# a note\n")


@pytest.fixture
def typed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yaml").write_text(UNTIDY)

    def call(*arguments):
        code = run(["fmt", *arguments, "spec.yaml"])
        return code, capsys.readouterr().out, (tmp_path / "spec.yaml").read_text()

    return call


def test_check_writes_nothing_and_exits_3(typed):
    assert typed("--check") == (3, "spec.yaml\n", UNTIDY)


def test_a_diff_shows_each_line(typed):
    code, out, text = typed("--check", "--diff")

    assert (code, text) == (3, UNTIDY)
    assert "-version:   1\n+version: 1\n" in out


def test_it_is_written_once_with_its_mode_and_then_left(typed, tmp_path):
    (tmp_path / "spec.yaml").chmod(0o640)

    assert typed() == (0, "spec.yaml\n", TIDY)
    assert typed() == (0, "", TIDY)
    assert typed("--check") == (0, "", TIDY)
    assert (tmp_path / "spec.yaml").stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["spec.yaml"]
