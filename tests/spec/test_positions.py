"""Every value knows its line, through defaults, includes, quotes and folding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import SpecError
from reconciler.model import Address
from reconciler.spec import load
from reconciler.spec.compose import compose
from reconciler.spec.node import Source
from reconciler.spec.place import place_in

HEAD = 'version: 1\nestate: e\naws: {account_id: "123456789012", region: eu-west-1}\n'
SPEC = (
    HEAD
    + """\
safety:
  protect: [replication_group/r]
defaults:
  replication_group:
    engine: valkey
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
    security_group_ids: [sg-0a1b2c3d4e5f60718]
    verify: {writes: true}
    tags: {team: shop, tier: low}
users:
  app:
    engine: valkey
    access_string: on ~app:* -@all +@read
    authentication_mode:
      type: password
      passwords:
        - {env: A}
        - {secretsmanager: app, key: password}
replication_groups:
  r:
    replication_group_description: d
    num_cache_clusters: 3
    verify: {negative: false}
    tags:
      tier: high
"""
)
GROUP, USER = Address("replication_group", "r"), Address("user", "app")


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    return load(path)


def line_of(text):
    return next(n for n, line in enumerate(SPEC.splitlines(), 1) if text in line)


@pytest.mark.parametrize(
    ("address", "field", "text"),
    [
        pytest.param(USER, "", "  app:", id="an entry"),
        pytest.param(USER, "access_string", "on ~app:*", id="a field"),
        pytest.param(USER, "user_name", "  app:", id="a field that was left out"),
        pytest.param(
            USER, "authentication_mode.passwords[1].key", "secretsmanager: app", id="inside a list"
        ),
        pytest.param(GROUP, "num_cache_clusters", "clusters: 3", id="instead of the default"),
        pytest.param(GROUP, "cache_node_type", "r7g.large", id="from the defaults"),
        pytest.param(GROUP, "tags.team", "team: shop", id="a tag from the defaults"),
        pytest.param(GROUP, "tags.tier", "tier: high", id="a tag of its own"),
        pytest.param(None, "safety.protect[0]", "protect:", id="from the top"),
    ],
)
def test_a_value_knows_its_line(spec, address, field, text):
    where = spec.at(address, field)

    assert where.line == line_of(text)
    assert str(where) == f"{spec.path}:{where.line}"


def test_a_value_says_whether_it_came_from_the_defaults(spec):
    assert spec.origin(GROUP, "engine") == "defaults"
    assert spec.origin(GROUP, "num_cache_clusters") == "entry"
    assert spec.origin(USER, "engine") == "entry"


def test_an_entry_replaces_a_default_whole_but_merges_tags(spec):
    group = spec.resources[GROUP]

    assert group.tags == {"team": "shop", "tier": "high"}
    assert (group.verify.writes, group.verify.negative) == (False, False)
    assert group.security_group_ids == ("sg-0a1b2c3d4e5f60718",)


def test_included_values_keep_their_own_file(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "d.yaml").write_text("\ndefaults:\n  user: {engine: valkey}\n")
    path = tmp_path / "spec.yaml"
    path.write_text(
        f"{HEAD}include: [parts/d.yaml]\nusers:\n"
        "  app: {access_string: on ~a, authentication_mode: {type: iam}}\n"
    )

    spec = load(path)

    assert spec.at(USER, "engine").file == str(tmp_path / "parts" / "d.yaml")
    assert spec.at(USER, "engine").line == 3
    assert spec.at(USER, "access_string").file == str(path)


def test_the_digest_changes_with_an_included_file(tmp_path):
    path, part = tmp_path / "spec.yaml", tmp_path / "part.yaml"
    path.write_text(f"{HEAD}include: part.yaml\n")
    part.write_text("users: {}\n")
    before = load(path).sha256
    part.write_text("users:\n")

    assert load(path).sha256 != before


STYLES = {
    "plain": "access_string: {}",
    "single": "access_string: '{}'",
    "double": 'access_string: "{}"',
    "folded": "access_string: >-\n      {}",
    "folded over lines": "access_string: >-\n      {}",
    "plain over lines": "access_string: {}",
    "double over lines": 'access_string: "{}"',
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("before", ["on", "on ~a:*", "on ~ä:* -@all", "on ~it's", 'on ~"x"'])
def test_a_wrong_rule_is_pointed_at_whatever_the_quotes(tmp_path, style, before):
    joint = "\n      " if "over lines" in style else " "
    text = joint.join([*before.split(), "+@raed", "+get"])
    if style == "single":
        text = text.replace("'", "''")
    if style.startswith("double"):
        text = text.replace('"', '\\"')
    path = tmp_path / "spec.yaml"
    path.write_text(
        f"{HEAD}users:\n  app:\n    engine: valkey\n    authentication_mode: {{type: iam}}\n"
        f"    {STYLES[style].format(text)}\n"
    )

    with pytest.raises(SpecError) as caught:
        load(path)

    [problem] = caught.value.problems
    assert (
        path.read_text().splitlines()[problem.line - 1][problem.column - 1 :].startswith("+@raed")
    )


WORDS = st.text("ab'\"\\:*ä&~+-@|% ", min_size=1, max_size=6)


@given(st.lists(WORDS, min_size=1, max_size=6), st.data())
def test_every_character_of_a_quoted_text_is_found_again(words, data):
    value = " ".join(words)
    offset = data.draw(st.integers(0, len(value) - 1))
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    for text in ("'{}'".format(value.replace("'", "''")), f'"{escaped}"'):
        scalar = compose(Source("s", f"a:\n  b: {text}\n"), []).values["a"].values["b"]
        assert scalar.text == value

        where = place_in(scalar, offset)

        if value[offset] != " ":
            found = scalar.source.text.splitlines()[where.line - 1][where.column - 1 :]
            escape = "\\" if text[0] == '"' and value[offset] in '\\"' else ""
            assert found.removeprefix(escape)[0] == value[offset]
