"""Left out, null and given are three things; YAML 1.2 decides what a word is."""

import pytest

from reconciler.model import Address
from reconciler.spec import load
from reconciler.spec.scalar import read_plain

HEAD = 'version: 1\nestate: e\naws: {account_id: "123456789012", region: eu-west-1}\n'


def loaded(tmp_path, text):
    path = tmp_path / "spec.yaml"
    path.write_text(HEAD + text)
    return load(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("0777", 777),
        ("0o17", 15),
        ("0x1F", 31),
        ("7.10", 7.1),
        ("1e3", 1000.0),
        ("-3", -3),
        ("2026-12-31", "2026-12-31"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("~", None),
        ("", None),
        ("True", True),
        ("-", "-"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_an_unquoted_word_is_what_yaml_1_2_says(text, value):
    assert read_plain(text) == value
    assert type(read_plain(text)) is type(value)


def test_left_out_is_not_given_and_null_is(tmp_path):
    spec = loaded(
        tmp_path,
        "replication_groups:\n  r: {replication_group_description: d, engine: redis,"
        " cache_node_type: cache.r7g.large, snapshot_window: ~}\n",
    )

    [group] = spec.resources.values()

    assert "snapshot_window" in group.model_fields_set
    assert "port" not in group.model_fields_set


def test_the_user_name_is_the_key_unless_given(tmp_path):
    spec = loaded(
        tmp_path,
        "defaults:\n  user: {engine: valkey, access_string: on ~a,"
        " authentication_mode: {type: password, passwords: [{env: A}]}}\n"
        "users:\n  App:\n  other: {user_name: app}\n",
    )

    assert spec.resources[Address("user", "app")].user_name == "App"
    assert spec.resources[Address("user", "other")].user_name == "app"
    assert "user_name" in spec.resources[Address("user", "app")].model_fields_set


def test_ids_are_folded_as_the_service_folds_them(tmp_path):
    spec = loaded(
        tmp_path,
        "users:\n  App: {engine: Valkey, access_string: on ~a, authentication_mode:"
        " {type: password, passwords: [{env: A}]}}\n"
        "user_groups:\n  G: {engine: valkey, user_ids: [APP]}\n",
    )

    group = spec.resources[Address("user_group", "g")]

    assert group.user_ids == ("app",)
    assert spec.resources[Address("user", "app")].engine == "valkey"


def test_what_others_keep_may_be_referred_to(tmp_path):
    spec = loaded(
        tmp_path,
        "unmanaged: [user/platform-admin, user_group/platform]\n"
        "user_groups:\n  g: {engine: redis, user_ids: [default, platform-admin]}\n"
        "serverless_caches:\n  s: {engine: valkey, user_group_id: platform}\n",
    )

    assert spec.unmanaged == {
        Address("user", "platform-admin"),
        Address("user_group", "platform"),
    }


def test_every_secret_reference_is_given_once(tmp_path):
    spec = loaded(
        tmp_path,
        "users:\n"
        "  a: {engine: valkey, access_string: on ~a, authentication_mode: {type: password,"
        " passwords: [{secretsmanager: a, key: password}, {ssm: /b}]}}\n"
        "  b: {engine: valkey, access_string: on ~a, authentication_mode: {type: password,"
        " passwords: [{ssm: /b}]}}\n"
        "replication_groups:\n  r: {replication_group_description: d, engine: valkey,"
        " cache_node_type: cache.r7g.large, num_cache_clusters: 2,"
        " transit_encryption_enabled: true, auth_token: {file: token}}\n"
        'external:\n  x: {addresses: ["10.0.0.5:6379"], password: {env: X}}\n',
    )

    assert [str(ref) for ref in spec.secret_refs()] == [
        "{secretsmanager: a, key: password}",
        "{ssm: /b}",
        "{file: token}",
        "{env: X}",
    ]


def test_observing_asks_for_nothing_that_is_left_out(tmp_path):
    spec = loaded(
        tmp_path,
        "mode: observe\nreplication_groups:\n"
        "  r: {engine: valkey, multi_az_enabled: true, transit_encryption_mode: required}\n"
        "users:\n  app: {access_string: on ~a}\n",
    )

    assert spec.estate.mode == "observe"
    assert len(spec.resources) == 2


def test_a_section_with_nothing_in_it_is_empty(tmp_path):
    spec = loaded(tmp_path, "safety:\nusers:\nuser_groups: {}\nexternal: ~\n")

    assert spec.resources == {}
    assert spec.estate.safety.max.interrupt == 1
