"""The service between calls: it moves on, and what has changed is saved."""

import threading
import time

import pytest

from elasticache_local.control.clock import MovableClock
from elasticache_local.control.door import SMALL, Door
from elasticache_local.fault import Fault
from elasticache_local.instance import InstanceError
from elasticache_local.service import Principal, Service
from elasticache_local.service.null_host import NullHost

SOMEBODY = Principal("123456789012", "eu-west-1")
USER = {
    "UserId": "app",
    "UserName": "app",
    "Engine": "valkey",
    "AccessString": "on ~* +@all",
    "Passwords": ["a-long-enough-password"],
}


class Saves:
    """Counts, and can be made to fail; ``size`` is what the state is said to have."""

    def __init__(self):
        self.count, self.happened, self.broken, self.size = 0, threading.Event(), None, 0

    def __call__(self, synced):
        self.count += 1
        if synced:
            self.happened.set()
        if self.broken:
            raise self.broken
        return self.size


@pytest.fixture
def saves():
    return Saves()


@pytest.fixture
def service():
    return Service(MovableClock(speed=1000), NullHost(lambda text: text))


@pytest.fixture
def door(service, saves):
    door = Door(service, service.clock, saves)
    door.start()
    yield door
    door.stop()


def until(done, seconds=5):
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.005)
    return done()


def test_life_cycles_move_on_though_nobody_calls(door, service):
    door.call("CreateUser", USER, SOMEBODY)
    group = {"UserGroupId": "g", "Engine": "valkey", "UserIds": ["app"]}
    door.call("CreateUserGroup", group, SOMEBODY)

    assert until(lambda: service.next_due() is None)
    assert service._state.regions[SOMEBODY.scope].user_groups["g"].status == "active"


def create_users(door, count):
    for number in range(count):
        door.call("CreateUser", USER | {"UserId": f"u{number}", "UserName": f"u{number}"}, SOMEBODY)


def test_a_change_is_saved_before_it_is_answered_and_synced_soon(service, saves):
    door = Door(service, service.clock, saves)
    create_users(door, 5)
    assert saves.count == 5
    assert not saves.happened.is_set()

    door.start()
    assert saves.happened.wait(5)
    assert saves.count == 6
    door.stop()


def test_a_large_state_is_saved_soon_and_a_burst_of_changes_not_each(door, saves):
    saves.size = SMALL + 1
    create_users(door, 20)

    assert saves.happened.wait(5)
    assert saves.count <= 3


def test_a_look_saves_nothing(door, saves):
    door.call("DescribeUsers", {}, SOMEBODY)

    assert not saves.happened.wait(0.6)


def test_a_refused_change_is_refused_through_the_door(door):
    with pytest.raises(Fault, match="UserNotFound"):
        door.call("DeleteUser", {"UserId": "nobody"}, SOMEBODY)


def test_a_save_that_fails_stops_nothing(door, saves, caplog):
    saves.broken = OSError("disk full")
    door.call("CreateUser", USER, SOMEBODY)
    assert saves.happened.wait(5)

    saves.broken = None
    saves.happened.clear()
    door.call("CreateUser", USER | {"UserId": "b", "UserName": "b"}, SOMEBODY)

    assert saves.happened.wait(5)
    assert "disk full" in caplog.text


def test_a_state_that_finds_no_room_is_written_once_there_is_some(door, saves, caplog):
    saves.broken = InstanceError("no room")
    door.call("CreateUser", USER, SOMEBODY)
    assert until(lambda: saves.count == 3)

    saves.broken = None
    saves.happened.clear()

    assert saves.happened.wait(5)
    assert caplog.text.count("no room") == 1


def test_the_tagging_api_gets_tags_by_arn(door):
    door.call("CreateUser", USER | {"Tags": [{"Key": "a", "Value": "b"}]}, SOMEBODY)

    [(arn, tags)] = door.tagged_resources(SOMEBODY).items()

    assert (arn.rpartition(":")[2], tags) == ("app", {"a": "b"})


def test_a_delay_is_for_the_shell_to_sleep(door):
    door.faults.add({"sort": "delay", "actions": ["Create*"], "seconds": 2, "count": 1})

    assert door.delay_s("DescribeUsers") == 0
    assert door.delay_s("CreateUser") == 2
    assert door.delay_s("CreateUser") == 0
