"""What nobody knows of the service is turned on the command line."""

import pytest

from elasticache_local import ElastiCacheLocal
from elasticache_local.__main__ import main
from elasticache_local.switch import BadSwitch, Switches, switches_of


def test_a_switch_is_read_as_what_it_is():
    turned = switches_of(
        ["tls_may_go_back=true", "user_quota=3", "tagging_lag_s=0.5", "user_filters=a,b"]
    )

    assert turned == Switches(
        tls_may_go_back=True, user_quota=3, tagging_lag_s=0.5, user_filters=("a", "b")
    )
    assert switches_of(["redis_version_to_valkey=6.2"]).redis_version_to_valkey == "6.2"


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("tls=true", "there is no switch 'tls'"),
        ("tls_may_go_back=yes", "'yes' is no value"),
        ("user_quota=many", "'many' is no value"),
        ("tls_may_go_back", "'' is no value"),
    ],
)
def test_a_wrong_one_is_refused_with_what_is_wrong(setting, told, capsys):
    with pytest.raises(BadSwitch, match=told):
        switches_of([setting])
    with pytest.raises(SystemExit, match="2"):
        main(["--switch", setting])
    assert told in capsys.readouterr().err


def test_a_running_instance_has_it():
    user = {
        "UserName": "app",
        "Engine": "valkey",
        "AccessString": "on ~* +@all",
        "Passwords": ["a-password-of-sixteen"],
    }
    with ElastiCacheLocal(engines=False, switches={"user_starts_creating": "true"}) as turned:
        answer = turned.client("elasticache").create_user(UserId="app", **user)

    assert answer["Status"] == "creating"
