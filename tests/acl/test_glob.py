"""It is so that patterns match as engines match them, and that covering is decided exactly."""

import itertools
import random

import pytest

from reconciler.acl.glob import covers, matches, parts, simplified


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("app:*", "app:1", True),
        ("app:*", "app:", True),
        ("app:*", "apq:1", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("?", "é", False),
        ("??", "é", True),
        ("[ab]x", "bx", True),
        ("[^ab]x", "cx", True),
        ("[^ab]x", "ax", False),
        ("[a-c]", "b", True),
        ("[c-a]", "b", True),
        ("[a", "a", True),
        ("[^", "z", True),
        ("\\*", "*", True),
        ("\\*", "a", False),
        ("a\\", "a\\", True),
        ("[\\]]", "]", True),
        ("*", "", False),
        ("", "", True),
        ("*a*b", "xxaxxb", True),
        ("*a*b", "xxaxx", False),
    ],
)
def test_a_pattern_matches_as_the_engine_says(pattern, text, expected):
    assert matches(pattern, text) is expected


@pytest.mark.engines
def test_random_patterns_match_as_the_engine_says(engine):
    rng = random.Random(11)
    texts = ["".join(pair) for size in (1, 2, 3) for pair in itertools.product("ab]", repeat=size)]
    for _ in range(300):
        pattern = "".join(rng.choice("ab*?[]^-\\") for _ in range(rng.randint(1, 6)))
        if pattern == "*":
            continue
        theirs = engine.decides(f"+get ~{pattern}", [["GET", text] for text in texts])

        assert theirs == [matches(pattern, text) for text in texts], pattern


@pytest.mark.parametrize(
    ("patterns", "wider", "expected"),
    [
        (["app:1"], ["app:*"], True),
        (["app:*"], ["app:1"], False),
        (["app:*"], ["a*", "b*"], True),
        (["a?"], ["a[^x]", "ax"], True),
        (["a*"], ["a", "a?*"], True),
        (["*a"], ["a*"], False),
        (["a*b"], ["a*", "*b"], True),
        (["[ab]1", "c2"], ["a1", "b1", "c*"], True),
        (["[ab]1"], ["a1"], False),
        (["*"], ["**"], True),
        (["x"], [], False),
        ([], ["x"], True),
        ([""], ["*"], True),
        ([""], ["a*"], False),
    ],
)
def test_covering_is_decided(patterns, wider, expected):
    assert covers(frozenset(patterns), frozenset(wider)) is expected


def test_what_is_too_large_is_not_guessed():
    tail = "?" * 14

    assert covers(frozenset({f"*a{tail}"}), frozenset({f"*[ab]{tail}"})) is None


def made(rng):
    pieces = ("a", "b", "*", "?", "[ab]", "[^a]", "[a-c]")
    return "".join(rng.choice(pieces) for _ in range(rng.randint(1, 4)))


def test_covering_agrees_with_trying_every_short_text():
    rng = random.Random(5)
    texts = ["".join(t) for size in range(1, 6) for t in itertools.product("abcd", repeat=size)]
    answers = set()
    for _ in range(400):
        inner = frozenset(made(rng) for _ in range(rng.randint(1, 2)))
        outer = frozenset(made(rng) for _ in range(rng.randint(1, 3)))
        missed = any(
            any(matches(one, text) for one in inner)
            and not any(matches(one, text) for one in outer)
            for text in texts
        )
        answer = covers(inner, outer)
        answers.add(answer)
        assert answer is not missed, (inner, outer)
    assert answers == {True, False}


def test_a_simplified_pattern_matches_the_same():
    rng = random.Random(6)
    for _ in range(3000):
        pattern = "".join(rng.choice("ab*?[]^-\\c") for _ in range(rng.randint(0, 7)))

        assert parts(simplified(pattern)) == parts(pattern), pattern
