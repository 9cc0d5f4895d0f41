"""It is so that rights have one text, and that we know the texts that engines give back."""

import pytest
import randomacl

from reconciler.acl import (
    TABLES,
    AccessStringError,
    canonical,
    is_rewriting,
    rights,
    same_rights,
    stored,
    table,
)

VALKEY = table("valkey", "8.1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on ~app:* +@read", "on ~app:* -@all +@read"),
        ("+@read ~app:* on", "on ~app:* -@all +@read"),
        ("on allkeys allcommands", "on ~* +@all"),
        ("on ~b ~a ~a* +get", "on ~a* ~b -@all +get"),
        ("on ~[a]* +get", "on ~a* -@all +get"),
        ("on +get -get", "on -@all"),
        ("on (+get ~a) (+get ~a)", "on ~a -@all +get"),
        ("on %R~a %W~a +get", "on ~a -@all +get"),
        ("on +@all -@dangerous +keys", "on +@all -@dangerous +keys"),
        ("off", "off -@all"),
        ("on +client|id +client", "on -@all +client"),
        ("on &b &a +publish", "on resetchannels &a &b -@all +publish"),
        ("on %R~ (~** +@all)", "on ~* +@all"),
        ("on %R~a:* ~a:** +get", "on ~a:* -@all +get"),
        ('on ~"q" +set (~b +get)', 'on ~"q" -@all +set (~b -@all +get)'),
        ('on ~"q" +get (~b +set)', 'on ~"q" -@all +get (~b -@all +set)'),
        ('on ~x" +get (~b +set)', 'on ~b -@all +set ("~x\\"" -@all +get)'),
        ("on ~x) +get (~b +set)", 'on ~b -@all +set ("~x)" -@all +get)'),
    ],
)
def test_rights_have_one_text(text, expected):
    assert canonical(text, VALKEY) == expected


@pytest.mark.parametrize("found", list(TABLES), ids=lambda one: one.name)
def test_the_canonical_text_of_random_strings_allows_the_same_and_stays(found):
    make = randomacl.Maker(found, seed=3)
    for _ in range(300):
        text = make.text(slips=0)
        try:
            rights(text, found, service=False)
        except AccessStringError:
            continue
        written = canonical(text, found, service=False)

        assert same_rights(written, text, [found]), text
        assert canonical(written, found, service=False) == written


def listed(text, *, sort):
    """ACL LIST's words, channels left out where they are at the default: as the service has it."""
    words = text.replace("(", "( ").replace(")", " )").split()
    kept = [word for word in words if word not in {"resetchannels", "skip-sanitize-payload"}]
    return sorted(kept) if sort else kept


@pytest.mark.engines
def test_the_stored_form_is_the_engines_own(engine):
    found = table(engine.engine, engine.version)
    derives = found.number <= (7, 0)
    make = randomacl.Maker(found, seed=12)
    compared = 0
    for _ in range(400):
        text = make.text()
        try:
            ours = stored(text, found, 7 if derives else 8, service=False)
        except AccessStringError:
            continue
        engine.accepts(text)
        compared += 1

        assert listed(ours, sort=derives) == listed(engine.listed(), sort=derives), text
    assert compared > 100


def test_what_an_engine_rewrites_is_recognised():
    sent = "on ~a* +@read -@dangerous"

    assert is_rewriting(sent, "on ~a* -@all +@read -sort_ro -keys")
    assert not is_rewriting(sent, "on ~a* -@all +@read -sort_ro")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("on ~a* +@read", "on ~a* -@all +@read", True),
        ("on ~a* ~ab* +get", "on ~a* +get", True),
        ("on ~a ~a?* +get", "on ~a* +get", True),
        ("on ~a +get (~a +get)", "on ~a +get", True),
        ("on ~a +get (~b +get)", "on ~a ~b +get", True),
        ("on ~a +mget (~b +mget)", "on ~a ~b +mget", False),
        ("on +@all", "on &* +@all", False),
        ("on +get", "off +get", False),
        ("on +@all", "on -@all +@all", True),
        ("on %RW~* +get", "on ~* +get", True),
        ("on nonsense", "on nonsense", True),
        ("on nonsense", "on +get", False),
    ],
)
def test_equality_is_rights_not_text(one, other, expected):
    assert same_rights(one, other, [VALKEY]) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("on ~a +json.get", "on ~a +JSON.GET", True),
        ("on ~a +json.get", "on ~a", False),
        ("on ~a +@json", "on ~a +@json -json.del", False),
        ("on ~a +json.get +@all", "on ~a +@all", True),
        ("on ~a +@all -json.del", "on ~a +@all", False),
        ("on ~a +json.get -@read", "on ~a -@read +json.get", False),
        ("on ~a +@read -json.get", "on ~a +@read", False),
        ("on ~a -json.get +@read", "on ~a +@read -json.get", False),
        ("on ~a +@all -@read +json.get", "on ~a +@all -@read", False),
        ("on ~a +json.get -set", "on ~a -set +json.get", True),
        ("on ~a +@read +json.get", "on ~a +json.get +@read", True),
    ],
)
def test_rules_on_modules_are_compared_as_they_are_written(one, other, expected):
    assert same_rights(one, other, [VALKEY]) is expected


def test_rules_on_modules_are_kept():
    text = "on ~a +@read +JSON.SET -@dangerous"

    assert canonical(text, VALKEY) == "on ~a -@all +@read +json.set -@dangerous"
    assert stored(text, VALKEY, 8) == "on ~a -@all +@read +json.set -@dangerous"


def test_equality_asks_every_version_in_reach():
    expanded = "on ~a* " + stored("on ~a* +@list", table("redis", "7.0"), 7).split(" ", 2)[2]
    one, other = "on ~a* -@all +@read", "on ~a* -@all +@read -hexpiretime"

    assert same_rights("on ~a* +@list", expanded, TABLES)
    assert not same_rights(one, other, TABLES)
