"""Access strings: refused before the engine sees them, or stored as the engine stores them."""

from __future__ import annotations

import pytest
from service_bench import PASSWORD

COMMON = {"UserId": "new", "UserName": "new", "Engine": "redis", "Passwords": [PASSWORD]}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("on ~* +@all", "on ~* +@all"),
        ("off ~* -@all", "off ~* -@all"),
        ("on ~app::* -@all +@read", "on ~app::* -@all +@read"),
        ("on ~app:* +@read", "on ~app:* -@all +@read"),
        (
            "~objects:* ~items:* ~public:*",
            "off ~objects:* ~items:* ~public:* -@all",
        ),
        ("on +get ~keys*", "on ~keys* -@all +get"),
        ("on allkeys allcommands allchannels", "on ~* &* +@all"),
        ("on %RW~x +get", "on ~x -@all +get"),
    ],
)
def test_what_is_stored_is_the_engines_own_description(aws, sent, stored):
    assert aws("CreateUser", AccessString=sent, **COMMON)["AccessString"] == stored


@pytest.mark.parametrize(
    "bad",
    [
        "on >secret ~* +@all",
        "on <secret",
        "on #9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "on nopass",
        "on resetpass",
        "reset on",
        "RESET",
        "on +config",
        "on +@all -config",
        "on +acl|setuser",
        "on (~a >secret)",
        "nosuch",
        "%X~a",
        "+nope",
        "+@nope",
        "(+get",
        "on ~* ~b",
        "   ",
    ],
)
def test_a_string_that_the_service_does_not_take_is_refused_whole(aws, bad):
    fault = aws.refusal("CreateUser", AccessString=bad, **COMMON)

    assert fault.code == "InvalidParameterValue"


def test_a_password_in_a_string_is_not_repeated_in_the_refusal(aws):
    fault = aws.refusal("CreateUser", AccessString="on >my-own-secret", **COMMON)

    assert "my-own-secret" not in str(fault)


def test_whether_a_hidden_command_may_be_taken_away_is_a_switch(make_aws):
    aws = make_aws(hidden_command_may_not_be_taken_away=False)

    aws("CreateUser", AccessString="on ~* +@all -config", **COMMON)

    assert aws.refusal("ModifyUser", UserId="new", AccessString="+config").code


@pytest.mark.parametrize("kept", [True, False])
def test_whether_channels_survive_is_a_switch(make_aws, kept):
    aws = make_aws(keeps_channels_sent=kept)

    stored = aws("CreateUser", AccessString="on ~* &* +@all", **COMMON)["AccessString"]

    assert stored == ("on ~* &* +@all" if kept else "on ~* +@all")


@pytest.mark.parametrize(
    ("access_string", "version"),
    [
        ("on ~* +@all", "6.0"),
        ("on ~* &news:* +@all", "6.2"),
        ("on %R~x +get", "7.0"),
        ("on ~a +get (~b +set)", "7.0"),
        ("on ~a +client|id", "7.0"),
    ],
)
def test_a_string_says_which_engine_version_it_needs(aws, access_string, version):
    aws("CreateUser", AccessString=access_string, **COMMON)

    assert aws.show_user("new")["MinimumEngineVersion"] == version


def test_a_group_needs_what_its_most_demanding_user_needs(aws):
    aws.user("new", AccessString="on %R~x +get")
    aws.user_group(UserIds=["new", aws.user("d", UserName="default")])

    assert aws.show_user_group()["MinimumEngineVersion"] == "7.0"
    fault = aws.refusal(
        "CreateReplicationGroup",
        ReplicationGroupId="old",
        ReplicationGroupDescription="d",
        Engine="redis",
        EngineVersion="6.2",
        TransitEncryptionEnabled=True,
        UserGroupIds=["people"],
    )
    assert fault.code == "InvalidParameterValue"


@pytest.mark.parametrize("taken", [True, False])
def test_whether_a_channel_pattern_stands_in_place_of_the_default_is_a_switch(make_aws, taken):
    aws = make_aws(channel_pattern_replaces_default=taken)
    sent = "on ~orders:* &orders:* -@all +@read +@pubsub"
    reset = "on ~orders:* resetchannels &orders:* -@all +@read +@pubsub"

    if taken:
        assert aws("CreateUser", AccessString=sent, **COMMON)["AccessString"] == sent
        return
    assert aws.refusal("CreateUser", AccessString=sent, **COMMON).code == "InvalidParameterValue"
    aws("CreateUser", AccessString=reset, **COMMON)
    refused = aws.refusal("ModifyUser", UserId="new", AccessString="on -@all (~a &b +get)")
    assert refused.code == "InvalidParameterValue"
    assert "(~a &b +get)" not in aws.show_user("new")["AccessString"]
