"""What a folder starts with: a first spec, and a CI that looks before anybody applies."""

from __future__ import annotations

from reconciler.spec.quote import quoted, scalar

SCHEMA_FILE = "reconcile.schema.json"

_SPEC = """\
# yaml-language-server: $schema=./{schema}
# What a field means: reconcile explain user.access_string. What is there already, as YAML:
# reconcile import --all -f {name}
version: 1
estate: {estate}
aws:
  account_id: {account}
  region: {region}

# A user that may read and write its own keys, the group that lets it in, and a cache for it.
# Take the marks off, and try it without an account: reconcile apply --local
#
# users:
#   app:
#     engine: valkey
#     # A client of a serverless cache asks which node holds which keys: cluster|slots.
#     access_string: >-
#       on ~app:* -@all +@read +@write +@connection -@dangerous -@scripting
#       +cluster|slots +cluster|shards
#     authentication_mode: {{type: iam}}
#     expect: {{can: ["SET app:1 x"], cannot: ["SET other:1 x", FLUSHALL]}}
# user_groups:
#   app: {{engine: valkey, user_ids: [app]}}
# serverless_caches:
#   app:
#     engine: valkey
#     major_engine_version: "8"
#     user_group_id: app
#     verify: {{writes: true}} # lets verify write keys of its own, for a minute
"""

_CI = """\
# Looks at every change of a spec; nobody applies from here. The role may only read:
# reconcile iam-policy --for plan
name: reconcile
on: pull_request
permissions:
  contents: read
  id-token: write
jobs:
  plan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {{python-version: "3.13"}}
      # Where you keep this tool: a wheel, or git+https://...
      - run: pip install ${{{{ vars.RECONCILE_PACKAGE }}}}
      - run: reconcile fmt --check --diff specs/*.yaml
      - run: reconcile validate --format github specs
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: ${{{{ vars.RECONCILE_READ_ROLE }}}}
          aws-region: {region}
      - run: reconcile plan --exit-zero --format markdown specs >> "$GITHUB_STEP_SUMMARY"
"""


def first_files(account: str, region: str, estate: str) -> dict[str, str]:
    """Give the files by their paths in the folder, but for the schema."""
    name = f"specs/{estate}.yaml"
    spec = _SPEC.format(
        schema=SCHEMA_FILE,
        name=name,
        estate=scalar(estate),
        account=quoted(account),
        region=scalar(region),
    )
    return {name: spec, ".github/workflows/reconcile.yml": _CI.format(region=region)}
