"""It is so that every decision equals the server's, for random strings of every construct."""

import oracle
import pytest
import randomacl

from reconciler.acl import AccessStringError, NotACommand, rights, table

pytestmark = pytest.mark.engines


def decisions(text, found, probes):
    """What we say, in the oracle's words: None where the engine does not come to rights."""
    try:
        ours = rights(text, found, channel_default="resetchannels", service=False)
    except AccessStringError as error:
        return error
    answers = []
    for probe in probes:
        try:
            answers.append(ours.allows(probe))
        except NotACommand:
            answers.append(None)
    return answers


def disagreements(engine, strings, probes_each, seed):
    found = table(engine.engine, engine.version)
    make = randomacl.Maker(found, seed)
    wrong, accepted = [], 0
    for _ in range(strings):
        text = make.text()
        probes = [make.probe() for _ in range(probes_each)]
        theirs, ours = engine.decides(text, probes), decisions(text, found, probes)
        if isinstance(theirs, oracle.Refusal) or isinstance(ours, AccessStringError):
            if type(theirs) is not oracle.Refusal or not isinstance(ours, AccessStringError):
                wrong.append((text, str(theirs), str(ours)))
            continue
        accepted += 1
        wrong += [
            (text, " ".join(probe), their, our)
            for probe, their, our in zip(probes, theirs, ours, strict=True)
            if their is not our
        ]
    assert accepted > strings / 5
    return wrong


def test_five_hundred_random_strings(engine):
    assert disagreements(engine, 500, 50, seed=20261120) == []


@pytest.mark.slow
def test_twenty_thousand_random_strings(engine):
    assert disagreements(engine, 20_000, 50, seed=4) == []


def test_the_table_of_this_version_is_the_engines_own(engine):
    found = table(engine.engine, engine.version)
    [answer] = engine.admin.ask([["COMMAND"]])
    flat = [one for command in answer for one in (command, *(command[9:] and command[9]))]

    assert found.name == engine.name
    assert {one[0].lower() for one in flat} == set(found.names)
    assert {one[0].lower(): one[1] for one in flat} == {
        name: found.command(name).arity for name in found.names
    }
    assert {one[0].lower(): sorted(cat.lstrip("@") for cat in one[6]) for one in flat} == {
        name: sorted(found.command(name).categories) for name in found.names
    }
