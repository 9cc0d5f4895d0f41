"""What a command leaves in the folder where it works is not committed by accident."""

import shutil
import subprocess

import pytest

from reconciler import own_folder


@pytest.mark.parametrize("place", ["journal", "local"])
def test_git_does_not_see_it(tmp_path, place):
    git = shutil.which("git")
    if git is None:
        pytest.skip("no git here")
    subprocess.run([git, "init", "-q", tmp_path], check=True)

    own_folder.make(tmp_path / ".reconcile" / place)
    (tmp_path / ".reconcile" / place / "ca-key.pem").write_text("x")

    said = subprocess.run(
        [git, "-C", tmp_path, "status", "--short"], check=True, capture_output=True, text=True
    )
    assert said.stdout == ""


def test_it_is_one_persons_own(tmp_path):
    own_folder.make(tmp_path / ".reconcile" / "local")

    assert (tmp_path / ".reconcile" / "local").stat().st_mode & 0o777 == 0o700


def test_what_a_person_wrote_there_stays(tmp_path):
    (tmp_path / ".reconcile").mkdir()
    (tmp_path / ".reconcile" / ".gitignore").write_text("local/\n")

    own_folder.make(tmp_path / ".reconcile" / "journal")

    assert (tmp_path / ".reconcile" / ".gitignore").read_text() == "local/\n"


def test_a_folder_elsewhere_gets_nothing_besides(tmp_path):
    own_folder.make(tmp_path / "journals")

    assert [one.name for one in tmp_path.rglob("*")] == ["journals"]
