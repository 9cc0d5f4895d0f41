"""A password that got into a spec is in no message, no repr and no traceback."""

import traceback

import pytest

from reconciler.errors import SpecError
from reconciler.spec import load, problem_report

HEAD = 'version: 1\nestate: e\naws: {account_id: "123456789012", region: eu-west-1}\n'
CANARY = "Kanarienvogel9217"
USER = "users:\n  app: {{engine: valkey, access_string: on ~a, authentication_mode: {}}}\n"
GROUP = (
    "replication_groups:\n  r: {{replication_group_description: d, engine: valkey,"
    " cache_node_type: cache.r7g.large, num_cache_clusters: 2,"
    " transit_encryption_enabled: true, auth_token: {}}}\n"
)

PLACES = {
    "a password": USER.format(f"{{type: password, passwords: [{CANARY}]}}"),
    "a quoted password": USER.format(f"{{type: password, passwords: ['{CANARY}']}}"),
    "passwords": USER.format(f"{{type: password, passwords: {CANARY}}}"),
    "passwords as a map": USER.format(f"{{type: password, passwords: {{{CANARY}: 1}}}}"),
    "an unknown store": USER.format(f"{{type: password, passwords: [{{vault: {CANARY}}}]}}"),
    "a store's name": USER.format(f"{{type: password, passwords: [{{{CANARY}: a}}]}}"),
    "a reference's key": USER.format(
        f"{{type: password, passwords: [{{secretsmanager: a, {CANARY}: b}}]}}"
    ),
    "a list in a reference": USER.format(f"{{type: password, passwords: [{{env: [{CANARY}]}}]}}"),
    "two stores": USER.format(
        f"{{type: password, passwords: [{{env: A, file: {CANARY}, ssm: b}}]}}"
    ),
    "the model's form": USER.format(
        f"{{type: password, passwords: [{{store: {CANARY}, id: {CANARY}}}]}}"
    ),
    "a misspelt field": USER.format(f"{{type: password, pasword: {CANARY}}}"),
    "a password beside": USER.format(f"{{type: iam}}, password: {CANARY}"),
    "a mode": USER.format(f"{{type: password, passwords: [{{env: A}}]}}, auth_token: {CANARY}"),
    "an alias": USER.format(f"{{type: password, passwords: [*{CANARY}]}}"),
    "an anchor": USER.format(f"{{type: password, passwords: [&{CANARY}]}}"),
    "a tag": USER.format(f"{{type: password, passwords: [!{CANARY} x]}}"),
    "a percent": USER.format(f"{{type: password, passwords: [%{CANARY}]}}"),
    "a directive": USER.format(f'{{type: password, passwords: ["{CANARY}\\q"]}}'),
    "an open quote": USER.format(f'{{type: password, passwords: ["{CANARY}]}}'),
    "a colon": USER.format(f"{{type: password, passwords: [env:{CANARY}]}}"),
    "a double key": USER.format(f"{{type: password, passwords: [{{{CANARY}: 1, {CANARY}: 2}}]}}"),
    "a rule with a password": USER.format("{type: iam}").replace("on ~a", f"on >{CANARY} ~a"),
    "a rule with a hash": USER.format("{type: iam}").replace("on ~a", f'"on #{CANARY} ~a"'),
    "a rule that removes one": USER.format("{type: iam}").replace("on ~a", f"on <{CANARY} ~a"),
    "a bare word among rules": USER.format("{type: iam}").replace("on ~a", f"on {CANARY} ~a"),
    "a token": GROUP.format(CANARY),
    "a token in a list": GROUP.format(f"[{CANARY}]"),
    "a token in a map": GROUP.format(f"{{token: {CANARY}}}"),
    "a token in the defaults": f"defaults:\n  replication_group: {{auth_token: {CANARY}}}\n",
    "an external password": (
        f'external:\n  x: {{addresses: ["10.0.0.5:6379"], password: {CANARY}}}\n'
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_password_never_shows(tmp_path, place):
    path = tmp_path / "spec.yaml"
    path.write_text(HEAD + PLACES[place])

    with pytest.raises(SpecError) as caught:
        load(path)

    error = caught.value
    seen = [str(error), repr(error), str(problem_report(error.problems))]
    seen += ["".join(traceback.format_exception(error))]
    assert not [text for text in seen if CANARY.lower() in text.lower()]


def test_a_spec_shows_references_only(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(HEAD + USER.format("{type: password, passwords: [{env: APP}]}") + f"# {CANARY}")

    spec = load(path)

    assert CANARY not in repr(spec)
    assert "APP" in repr(spec)
