"""The fixtures that other people's tests get."""

import pytest

pytest_plugins = ["pytester"]


def test_a_test_gets_an_instance_and_an_account_of_its_own(pytester: pytest.Pytester):
    pytester.makeini("[pytest]\nelasticache_local_engines = false\nelasticache_local_speed = 50\n")
    pytester.makepyfile(
        """
        seen = set()


        def test_one(elasticache_account):
            assert elasticache_account.account_id not in seen
            seen.add(elasticache_account.account_id)
            client = elasticache_account.client("elasticache")
            assert [user["UserId"] for user in client.describe_users()["Users"]] == ["default"]


        def test_other(elasticache_account):
            test_one(elasticache_account)


        def test_instance(elasticache_local):
            assert elasticache_local.control("status")["speed"] == 50
        """
    )

    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", timeout=60)

    result.assert_outcomes(passed=3)
