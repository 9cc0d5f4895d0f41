"""It is so that a client's stream is cut by lengths, never by what it looks like."""

import pytest

from elasticache_local.host import resp
from elasticache_local.host.request import Request, Requests, split_line

GET = resp.command("GET", "k")
CONFIG = resp.command("CONFIG", "GET", "*")
AUTH = resp.command("auth", "app", "secret")


def pieces(stream, step):
    requests = Requests()
    found = []
    for at in range(0, len(stream), step):
        found += requests.feed(stream[at : at + step])
    return found


def raw(found):
    return b"".join(each.raw if isinstance(each, Request) else each for each in found)


@pytest.mark.parametrize("step", [1, 2, 7, 64, 10_000])
def test_every_byte_passes_once_and_in_order_however_it_is_split(step):
    stream = GET + AUTH + resp.command("SET", "k", b"x" * 500) + CONFIG + b"*0\r\n*-1\r\n" + GET

    found = pieces(stream, step)

    assert raw(found) == stream
    assert [each.name for each in found if isinstance(each, Request)] == [b"AUTH", b"CONFIG"]


@pytest.mark.parametrize("step", [1, 13, 10_000])
def test_a_payload_that_looks_like_a_command_is_a_payload(step):
    stream = resp.command("SET", "k", CONFIG + AUTH) + resp.command("ECHO", "CONFIG")

    found = pieces(stream, step)

    assert not [each for each in found if isinstance(each, Request)]
    assert raw(found) == stream


def test_a_large_value_passes_while_it_is_still_arriving():
    requests = Requests()

    first = requests.feed(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$10000000\r\n" + b"x" * 1000)

    assert raw(first).endswith(b"x" * 1000)


def test_neighbours_that_nobody_needs_to_see_pass_as_one():
    assert len(pieces(GET * 100 + AUTH + GET * 100, 1 << 20)) == 3


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param(b"CONFIG GET x\r", [b"CONFIG", b"GET", b"x"], id="plain"),
        pytest.param(rb'"CON\x46IG" get', [b"CONFIG", b"get"], id="hex in quotes"),
        pytest.param(rb"'it\'s' \x41", [b"it's", rb"\x41"], id="single quotes"),
        pytest.param(b'"a\\n" ""', [b"a\n", b""], id="escape and empty"),
        pytest.param(b"   ", [], id="nothing"),
        pytest.param(b'"open', None, id="open quote"),
        pytest.param(b'"a"b', None, id="quote in a word"),
    ],
)
def test_an_inline_command_is_split_as_engines_split_it(line, words):
    assert split_line(line) == words


@pytest.mark.parametrize("step", [1, 5, 100])
def test_an_inline_command_is_seen_under_any_spelling(step):
    found = pieces(b"PING\r\n" + rb'"\x63onfig" GET x' + b"\r\n", step)

    [request] = [each for each in found if isinstance(each, Request)]
    assert request.args == [b"config", b"GET", b"x"]


@pytest.mark.parametrize(
    "bad",
    [b"*x\r\n", b"*2\r\n+GET\r\n", b"*1\r\n$x\r\n", b"*2\r\n$3\r\nGET\r\n:1\r\n", b'"open\r\n'],
)
def test_what_the_engine_will_refuse_reaches_it_and_nothing_after_it(bad):
    requests = Requests()

    found = requests.feed(GET + bad + CONFIG)
    later = requests.feed(CONFIG)

    assert raw(found) == GET + bad + CONFIG
    assert not [each for each in found if isinstance(each, Request)]
    assert later == []


def test_what_comes_after_a_command_that_goes_on_in_another_form_is_not_lost():
    requests = Requests()

    found = requests.feed(b'PING\r\n"config" get x\nPING\r\n*x\r\n')

    assert raw(found) == b"PING\r\n" + resp.command("config", "get", "x") + b"PING\r\n*x\r\n"


@pytest.mark.parametrize("head", [b"*99999999999\r\n", b"*2\r\n$600000000\r\n"])
def test_what_no_engine_takes_is_passed_on_as_soon_as_it_is_told(head):
    assert raw(Requests().feed(head)) == head
