"""Whatever is done to a good spec, the answer is a spec or sentences, never another exception."""

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import SpecError
from reconciler.model import SECTIONS, Estate
from reconciler.spec import load
from reconciler.spec.shape import written_fields

PROD = Path(__file__).parents[2] / "specs" / "prod.yaml"
LINES = PROD.read_text().splitlines()
PIECES = [
    *"{}[]:,&*!|>'\"%@`#-?~\t\\ \n",
    "- ",
    ": ",
    "<<: ",
    "null",
    "1e999",
    "0x",
    "true",
    "&a ",
    "*a",
    "!!int ",
    "---\n",
    "...",
    "\u2028",
    "\ufeff",
    "ä",
    "users:",
    "default",
]
PLACE = st.tuples(st.integers(0, len(LINES) - 1), st.integers(0, 60))
EDIT = st.tuples(
    st.sampled_from(["insert", "delete", "double", "drop line", "swap"]),
    PLACE,
    st.sampled_from(PIECES),
)


def edited(edits):
    lines = list(LINES)
    for what, (anywhere, column), piece in edits:
        row = min(anywhere, len(lines) - 1)
        line = lines[row]
        if what == "insert":
            lines[row] = line[:column] + piece + line[column:]
        elif what == "delete":
            lines[row] = line[:column] + line[column + len(piece) + 2 :]
        elif what == "double":
            lines.insert(row, line)
        elif what == "drop line" and len(lines) > 1:
            del lines[row]
        elif what == "swap":
            lines[row], lines[row - 1] = lines[row - 1], lines[row]
    return "\n".join(lines)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just("default")
)
NAMES = sorted(
    {
        *Estate.model_fields,
        *SECTIONS,
        *(name for noun in SECTIONS.values() for name in written_fields(noun)),
        *("defaults", "external", "unmanaged", "include", "user", "passwords", "type", "env"),
        *("secretsmanager", "allow", "max", "until", "address", "read", "id", "marks", "can"),
    }
)
KEYS = st.one_of(st.sampled_from(NAMES), st.text(max_size=5))
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("spec") / "spec.yaml"


def judged(path, text):
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    problems = problems_of(path)
    rows = len(re.split("\r\n|[\n\r\x85\u2028\u2029]", text))
    assert all(problem.message for problem in problems)
    assert all(1 <= one.line <= rows for one in problems if one.file == str(path))


def problems_of(path):
    try:
        load(path, dt.date(2026, 11, 20))
    except SpecError as error:
        assert error.problems  # noqa: PT017 - both ways on are right
        return error.problems
    return ()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits=st.lists(EDIT, min_size=1, max_size=4))
def test_an_edited_spec_is_a_spec_or_sentences(path, edits):
    judged(path, edited(edits))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tree=st.dictionaries(st.sampled_from(NAMES), TREES, max_size=6))
def test_any_tree_is_a_spec_or_sentences(path, tree):
    good = {"version": 1, "estate": "e", "aws": {"account_id": "1" * 12, "region": "eu-west-1"}}

    judged(path, json.dumps({**good, **tree}))
