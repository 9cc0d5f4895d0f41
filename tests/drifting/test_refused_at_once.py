"""What a round could not do in the end is refused before anybody is asked or told."""

from __future__ import annotations

import pytest

from reconciler.cli import run

SPEC = """\
version: 1
estate: shop
aws: {account_id: "123456789012", region: eu-west-1}
users: {app: {engine: valkey, access_string: "on +get", authentication_mode: {type: iam}}}
"""


@pytest.fixture
def nobody(tmp_path, monkeypatch):
    """A folder, and credentials of an endpoint that nobody is to ask."""
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--metrics", ":9100"], "is for --every"),
        (["--metrics", "missing/x.prom"], "there is no such folder"),
        (["--metrics", "figures.txt"], "a file *.prom"),
        (["--html", "file/out"], "--html file/out: Not a directory"),
        (["--html", "out", "--report", "nonesuch.json"], "--report nonesuch.json: No such file"),
        (["--html", "out", "--report", "file"], "is no report of verify or drill"),
        (["--report", "file"], "--report goes on the pages"),
        (["--notify", "json://127.0.0.1:9/x"], "--notify needs --memory"),
        (["--memory", "m.json", "--notify", "nonsense"], "this is none"),
        (["--every", "0.5s"], "a second at least"),
        (["--every", "15"], "give a number and s, m or h"),
        (["--memory", "."], "is a folder"),
        (["--memory", "s3://bucket"], "names one object"),
    ],
)
def test_it_is_refused_before_the_service_is_asked(nobody, capsys, options, said):
    code = run(["drift", "spec.yaml", *options])

    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert said in told.err
    assert not (nobody / "m.json").exists()


@pytest.mark.slow
def test_without_a_mistake_it_is_asked(nobody, capsys):
    assert run(["drift", "spec.yaml", "--memory", "m.json"]) == 6
    assert "no connection could be made" in capsys.readouterr().out
    assert (nobody / "m.json").exists()
