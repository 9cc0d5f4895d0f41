"""It is so that an access string comes back as an engine stores it, or is refused by it."""

import pytest
from dataplane import Plane

from elasticache_local.want import BadAccessString

pytestmark = pytest.mark.engines


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("on ~* +@all", "on ~* +@all"),
        ("off ~* -@all", "off ~* -@all"),
        ("on ~app:* +@read", "on ~app:* -@all +@read"),
        ("~objects:* ~items:*", "off ~objects:* ~items:* -@all"),
        ("+get on ~keys*", "on ~keys* -@all +get"),
        ("on allkeys allcommands allchannels", "on ~* &* +@all"),
        ("on ~a &news:* +get", "on ~a &news:* -@all +get"),
        ("on %RW~x %R~y", "on ~x %R~y -@all"),
        ("on ~a (~b* +set)", "on ~a -@all (~b* -@all +set)"),
        ("on resetchannels ~a", "on ~a resetchannels -@all"),
    ],
)
def test_it_comes_back_as_stored(plane, sent, stored):
    assert plane.host.normalise(sent) == stored
    assert plane.host.normalise(stored) == stored


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("on +nope", "Error in ACL SETUSER modifier '+nope': Unknown command or category"),
        ("on nosuch", "Error in ACL SETUSER modifier 'nosuch': Syntax error"),
        ("on ~* ~b", "Adding a pattern after the * pattern"),
        ("on (+get", "Unmatched parenthesis"),
    ],
)
def test_a_bad_one_is_refused_in_the_engines_words(plane, sent, words):
    with pytest.raises(BadAccessString) as refused:
        plane.host.normalise(sent)
    assert words in str(refused.value)


def test_it_works_where_no_engine_is_wanted(tmp_path):
    plane = Plane(tmp_path, engines=False)
    try:
        assert plane.host.normalise("on ~app:* +@read") == "on ~app:* -@all +@read"
    finally:
        plane.host.stop()
