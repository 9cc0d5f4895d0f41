"""How many calls that change anything an apply makes, counted between the tool and the service."""

from __future__ import annotations

from commandline import CREATES, WHOLE


def test_what_is_not_there_is_created_once_and_then_nothing_is_written(estate):
    before = estate.run("plan")
    first = estate.run("apply", "--yes")
    made = sorted(estate.proxy.writes)
    plan = estate.run("plan")
    again = estate.run("apply", "--yes")

    assert before.code == 3
    assert before.out.count("will be created") == len(CREATES)
    assert (first.code, made) == (0, CREATES), first.err
    assert estate.there() == WHOLE
    assert plan.code == 0
    assert plan.out.splitlines()[-1].startswith("No changes. 5 resources match ")
    assert (again.code, estate.proxy.writes) == (0, [])
    assert ("ssm", "PutParameter") not in estate.proxy.calls
