"""A channel pattern stands in place of the default: in the root, and in each selector by itself."""

import pytest

from elasticache_local.channel import in_place_of_default


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("on ~a &x &y +get", "on ~a resetchannels &x &y +get"),
        ("on resetchannels &x", "on resetchannels &x"),
        ("on &x resetchannels &y", "on resetchannels &x resetchannels &y"),
        ("on &* &x", "on &* &x"),
        ("on AllChannels &x", "on AllChannels &x"),
        ("on +get", "on +get"),
        ("on &x (~a +get) (&y +get)", "on resetchannels &x (~a +get) (resetchannels &y +get)"),
        ("on (~a &y) &x", "on (~a resetchannels &y) resetchannels &x"),
        ("on ( &y ) &x", "on ( resetchannels &y ) resetchannels &x"),
        ("on (&y) (&*)", "on (resetchannels &y) (&*)"),
        ("on ~a) &x", "on ~a) resetchannels &x"),
    ],
)
def test_it_is_said_once_where_the_first_pattern_stands(words, told):
    assert " ".join(in_place_of_default(words.split())) == told
