"""What goes to stderr with ``--log json``: one object a line, whatever happens."""

from __future__ import annotations

import json

import pytest

SPEC = """\
version: 1
estate: shop
aws: {account_id: "123456789012", region: eu-west-1}
"""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["plan", "spec.yaml"], 1, id="no credentials"),
        pytest.param(["plan", "no.yaml"], 2, id="no such spec"),
        pytest.param(["apply", "spec.yaml"], 2, id="nobody to ask"),
    ],
)
def test_also_the_end_is_a_line_of_json(reconcile, tmp_path, arguments, code):
    (tmp_path / "spec.yaml").write_text(SPEC)

    ended = reconcile(*arguments, "--log", "json")

    lines = [json.loads(line) for line in ended.err.splitlines()]
    assert lines[-1]["event"] == "Ended"
    assert lines[-1]["exit_code"] == ended.code == code
    assert lines[-1]["text"]
