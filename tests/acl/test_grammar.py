"""It is so that a bad access string says where, what and what would be right."""

import re

import oracle
import pytest
import randomacl
from documented import DOCUMENTED

from reconciler.acl import TABLES, AccessStringError, parse, rights, table


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        pytest.param("", 0, "empty", id="empty"),
        pytest.param("   ", 0, "empty", id="spaces only"),
        pytest.param("on ~a +@raed", 6, "did you mean @read?", id="category slip"),
        pytest.param("on +gett", 3, "did you mean +get?", id="command slip"),
        pytest.param("on -gett", 3, "did you mean -get?", id="removed command slip"),
        pytest.param("on get", 3, "did you mean +get or -get?", id="no sign"),
        pytest.param("on @read", 3, "did you mean +@read or -@read?", id="no sign before category"),
        pytest.param("onn ~*", 0, "did you mean on?", id="keyword slip"),
        pytest.param("on nopass ~*", 3, "authentication_mode", id="nopass"),
        pytest.param("on resetpass", 3, "authentication_mode", id="resetpass"),
        pytest.param("on reset", 3, "refuses reset", id="reset"),
        pytest.param("on +config|get", 3, "hides this command", id="hidden command"),
        pytest.param("on +@all -debug", 9, "hides this command", id="hidden command taken away"),
        pytest.param("on +acl|setuser", 3, "hides this command", id="hidden subcommand"),
        pytest.param("on %X~a", 3, "%R~, %W~ or %RW~", id="rights on a key"),
        pytest.param("on %RR~a", 3, "%R~, %W~ or %RW~", id="the same right twice"),
        pytest.param("on %", 3, "%R~, %W~ or %RW~", id="a lone per cent sign"),
        pytest.param("on ~* ~a", 6, "put resetkeys before it", id="pattern after every key"),
        pytest.param(
            "on &* &a", 6, "put resetchannels before it", id="pattern after every channel"
        ),
        pytest.param("on (+get", 3, "never closed", id="open selector"),
        pytest.param("on (+get (+set)", 9, "do not nest", id="selector in a selector"),
        pytest.param("on (+get off)", 9, "of a user", id="user rule in a selector"),
        pytest.param("on (~* ~a)", 7, "resetkeys", id="pattern after every key in a selector"),
        pytest.param("on ~a\tb", 5, "only spaces", id="tab"),
        pytest.param("on\n~a", 2, "one line", id="line break"),
        pytest.param("on +get|", 3, "a subcommand must follow", id="nothing after the bar"),
        pytest.param("on db=1", 3, "database rules", id="database rule"),
        pytest.param("on +@", 3, "no engine has this category", id="empty category"),
        pytest.param("on +", 3, "no engine has this command", id="empty command"),
    ],
)
def test_the_error_says_where_and_what_would_be_right(text, position, said):
    with pytest.raises(AccessStringError) as caught:
        rights(text, table("valkey", "8.1"))

    assert caught.value.position == position
    assert said in str(caught.value)
    assert f"position {position}" in str(caught.value)


@pytest.mark.parametrize("rule", [">", "<", "#", "!"])
def test_a_password_is_refused_and_never_repeated(rule):
    with pytest.raises(AccessStringError) as caught:
        parse(f"on {rule}s3cr3t-canary ~*")

    assert "canary" not in str(caught.value) + repr(caught.value) + caught.value.token


@pytest.mark.parametrize(
    ("text", "engine", "version", "said"),
    [
        pytest.param("on %R~a", "redis", "6.2", "7.0", id="key rights before 7.0"),
        pytest.param(
            "on (+get)", "redis", "6.2", "selectors come with 7.0", id="selector before 7.0"
        ),
        pytest.param("on -client|kill", "redis", "6.2", "no such command", id="taken subcommand"),
        pytest.param(
            "on +waitaof", "redis", "7.0", "redis 7.0 has no such command", id="later command"
        ),
        pytest.param(
            "on +client|nope", "valkey", "8.0", "no such command", id="no such subcommand"
        ),
        pytest.param("on +select|0|1", "valkey", "8.0", "no such command", id="two arguments"),
    ],
)
def test_what_only_some_versions_refuse_names_the_version(text, engine, version, said):
    parse(text)

    with pytest.raises(AccessStringError, match=said):
        rights(text, table(engine, version))


@pytest.mark.parametrize(
    "rule", ['~"a b"', '"~a b"', '"&a b"', '"+select|a b"', '"+get "', '" ~a"']
)
def test_quotes_let_no_space_into_a_rule(rule):
    with pytest.raises(AccessStringError, match="only spaces separate rules"):
        rights(f"on ({rule} +get)", TABLES[-1])


def test_a_selector_ends_with_its_last_letter_only():
    inner = rights("on (~a)b +get)", table("valkey", "8.1")).selectors[1]

    assert inner.patterns(0) == {"a)b"}


def mutated(make, text):
    """Break a good string in one to three places."""
    letters = list(text)
    for _ in range(make.random.randint(1, 3)):
        at = make.random.randrange(len(letters) + 1)
        what = make.random.randrange(4)
        if what == 0 and at < len(letters):
            del letters[at]
        elif what == 1:
            letters.insert(at, make.random.choice("~%&+-@|()* \"'\\xR0é[]^?<>#!$"))
        elif what == 2 and at < len(letters):
            letters[at] = make.random.choice("~%&+-@|()* abz")
        else:
            letters[at:at] = make.random.choice(["+@", "(", ")", "%R~", "-", "||", "+nosuch "])
    return "".join(letters)


def judged(text, found):
    """Give why a plain engine of this version refuses it, as we see it."""
    try:
        rights(text, found, service=False)
    except AccessStringError as error:
        return error
    return None


def is_ours(error):
    """Refused by us where a plain engine takes it: ElastiCache's own rules."""
    own = ("takes no password", "refuses reset", "database rules", "only spaces")
    return any(one in str(error) for one in own)


def is_nested(text):
    """A selector opens inside another; redis 7.0 alone then forgets the first, silently."""
    return re.search(r"\([^)]*\(", text) is not None


def mutants(found, count, seed):
    make = randomacl.Maker(found, seed)
    for _ in range(count):
        yield mutated(make, make.random.choice(DOCUMENTED))


@pytest.mark.engines
def test_a_mutated_string_is_refused_only_where_the_server_refuses_it(engine):
    found = table(engine.engine, engine.version)
    wrong = []
    for text in mutants(found, 2500, seed=99):
        ours = judged(text, found)
        if (ours is not None and is_ours(ours)) or is_nested(text):
            continue
        theirs = engine.accepts(text)
        if isinstance(theirs, oracle.Refusal) != (ours is not None):
            wrong.append((text, str(theirs), str(ours)))

    assert wrong == []


def test_ten_thousand_mutated_strings_raise_nothing_but_the_deliberate_error():
    refused = sum(
        judged(text, found) is not None
        for found in TABLES
        for text in mutants(found, 1700, seed=found.number[0])
    )

    assert refused > 3000
