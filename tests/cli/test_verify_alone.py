"""``verify`` of targets that are not AWS's: no account, no credentials, and a report for others."""

from __future__ import annotations

from reconciler.report.site.proof import proof_of

SPEC = """\
version: 1
estate: own
aws: {account_id: "123456789012", region: eu-west-1}
external:
  one: {addresses: ["127.0.0.1:1"]}
"""


def test_what_it_writes_as_json_goes_onto_the_pages_of_drift(reconcile, tmp_path):
    (tmp_path / "own.yaml").write_text(SPEC)

    told = reconcile("verify", "own.yaml", "--format", "json")

    assert told.code in (5, 6), told.err
    found = proof_of(told.out, "verified.json").verification
    assert found is not None
    assert found.spec == "own.yaml"
    assert found.exit_code == told.code
    assert found.unwell
