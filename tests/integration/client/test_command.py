"""The `darkroom` command: what it says, its exit status, and that it can be killed at any moment and goes on."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from darkroom_client import Client
from darkroom_client.cli import main
from tests.factories import photos
from tests.fakes.public_api import PublicApi
from tests.integration.client.conftest import command


@pytest.fixture
def signed_in(client: Client) -> None:
    """By the file that the command finds as well."""


def run(*arguments: str | Path) -> int:
    return main([str(argument) for argument in arguments])


def test_from_signing_in_to_signing_out(
    server: PublicApi, state: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("login", "--email", server.email) == 0
    assert "Ada <ada@example.com>" in capsys.readouterr().out
    assert run("whoami", "--json") == 0
    assert json.loads(capsys.readouterr().out)["email"] == server.email

    assert run("upload", folder, "--curate", "--instructions", "by colour") == 0
    said = capsys.readouterr().out
    assert "5 photos brought, 0 known already." in said
    assert "notes.txt is no photo" in said
    assert "Album 1 (5 photos)" in said

    assert run("albums") == 0
    assert "5  Album 1" in capsys.readouterr().out
    to = tmp_path / "out.zip"
    assert run("download", "album", "-o", to) == 0
    assert to.read_bytes() == server.objects["album.zip"]
    assert [path.name for path in tmp_path.glob("*.part")] == []

    job_id = next(iter(server.jobs))
    assert run("status", job_id) == 0
    assert f"curation {job_id}: completed (5 of 5)" in capsys.readouterr().out

    assert run("logout") == 0
    assert run("whoami") == 1
    assert "You are not signed in" in capsys.readouterr().err


@pytest.mark.usefixtures("signed_in")
class TestUploading:
    def test_json_is_for_other_programs(
        self, server: PublicApi, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run("upload", "--json", "--curate", folder) == 0
        told = capsys.readouterr()
        document = json.loads(told.out)
        assert (document["uploaded"], document["known"], document["failed"]) == (5, 0, [])
        assert [Path(skipped["path"]).name for skipped in document["skipped"]] == ["notes.txt"]
        assert document["album_ids"] == [server.albums[0]["id"]]
        assert told.err == ""

    def test_something_failed_is_1(self, server: PublicApi, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        server.next("PUT", 400)
        assert run("upload", folder) == 1
        assert "Failed 1:" in capsys.readouterr().out

    def test_only_what_is_no_photo_is_no_failure(
        self, server: PublicApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "a.gif").write_bytes(b"GIF89a")
        assert run("upload", "--curate", tmp_path / "a.gif") == 0
        assert "is a GIF" in capsys.readouterr().out
        assert server.processed == []

    def test_an_album_that_is_gone_meanwhile_is_not_listed(
        self, server: PublicApi, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.keeps_albums = False
        assert run("upload", "--curate", folder) == 0
        assert "Album 1" not in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("stalled_at", "sent_before"), [("/uploads/generate-urls", 0), ("PUT", 0), ("/galleries/process", 5)]
    )
    def test_killed_it_goes_on_where_it_was(
        self, server: PublicApi, folder: Path, stalled_at: str, sent_before: int
    ) -> None:
        server.next(stalled_at, "stall")
        first = subprocess.Popen(command("upload", folder, "--curate", "--parallel", "1"), stderr=subprocess.DEVNULL)
        server.stalled.wait()
        first.kill()
        first.wait()
        assert len(server.objects) == sent_before
        assert run("upload", folder, "--curate") == 0
        assert len(server.objects) == 5
        assert [len(request["image_keys"]) for request in server.processed] == [5]

    def test_killed_between_the_job_and_writing_it_down(self, server: PublicApi, folder: Path) -> None:
        """The server has the job, the client does not know: it asks with the same key and gets the same job."""
        server.next("/galleries/process", "stall after")
        first = subprocess.Popen(command("upload", folder, "--curate"), stderr=subprocess.DEVNULL)
        server.stalled.wait()
        first.kill()
        first.wait()
        assert len(server.processed) == 1
        assert run("upload", folder, "--curate") == 0
        assert (len(server.processed), len(server.albums)) == (1, 1)

    def test_killed_between_a_put_and_writing_it_down(self, server: PublicApi, folder: Path) -> None:
        """The file is there, the client does not know: it tries the same target and is told so."""
        server.next("PUT", "stall after")
        first = subprocess.Popen(command("upload", folder, "--parallel", "1"), stderr=subprocess.DEVNULL)
        server.stalled.wait()
        first.kill()
        first.wait()
        assert len(server.objects) == 1
        assert run("upload", folder) == 0
        assert len(server.objects) == 5

    def test_ctrl_c_stops_at_once_and_says_so(self, server: PublicApi, folder: Path) -> None:
        server.next("PUT", "stall")
        running = subprocess.Popen(
            command("upload", folder, "--parallel", "1"), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        server.stalled.wait()
        running.send_signal(signal.SIGINT)
        server.release()
        _, said = running.communicate()
        assert running.returncode == 130
        assert said.endswith("darkroom: stopped\n")
        assert "Traceback" not in said
        assert run("upload", folder) == 0
        assert len(server.objects) == 5


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["upload"],
        ["upload", "nowhere.jpg"],
        ["upload", ".", "--parallel", "0"],
        ["upload", ".", "--parallel", "many"],
        ["upload", ".", "--instructions", "by colour"],
        ["dance"],
    ],
)
def test_a_wrong_call_is_2(arguments: list[str], state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status: object = main(arguments)
    except SystemExit as ended:
        status = ended.code
    assert status == 2
    assert "darkroom" in capsys.readouterr().err


def test_not_signed_in_is_said(state: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upload", str(folder)]) == 1
    assert capsys.readouterr().err == "darkroom: You are not signed in. Sign in with `darkroom login`.\n"


def test_a_wrong_password_is_said(
    server: PublicApi, state: Path, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("DARKROOM_PASSWORD", "guess")
    assert main(["login", "--email", server.email]) == 1
    assert capsys.readouterr().err == "darkroom: The e-mail address or the password is wrong.\n"


def test_something_else_at_the_address_is_said(
    server: PublicApi, state: Path, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("DARKROOM_URL", "ftp://example.com")
    assert main(["whoami"]) == 1
    assert "no address of a server" in capsys.readouterr().err


@pytest.mark.usefixtures("signed_in")
class TestAlbums:
    @pytest.fixture(autouse=True)
    def albums(self, server: PublicApi) -> None:
        for title in ("Lisbon", "Lisbon by night", "Rome", "Rome", "../../etc\x1b[2J"):
            album = {"id": f"id-{len(server.albums)}", "title": title, "image_count": 3}
            server.albums.append(album)

    def test_an_album_is_meant_by_its_title_its_beginning_or_its_id(
        self, server: PublicApi, tmp_path: Path, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        environment.chdir(tmp_path)
        for words, album_id, name in (
            ("lisbon", "id-0", "Lisbon.zip"),
            ("Lisbon b", "id-1", "Lisbon by night.zip"),
            ("id-3", "id-3", "Rome.zip"),
            ("..", "id-4", "_.._etc_[2J.zip"),
        ):
            assert run("download", words) == 0
            assert f"a ZIP of {album_id}".encode() in (tmp_path / name).read_bytes()
        assert run("download", "Rome") == 1
        told = capsys.readouterr().err
        assert "2 albums are called so" in told
        assert "id-2" in told
        assert run("download", "Paris") == 1
        assert "no album 'Paris'" in capsys.readouterr().err

    def test_a_file_that_is_there_is_not_replaced_unasked(
        self, tmp_path: Path, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        environment.chdir(tmp_path)
        (tmp_path / "Lisbon.zip").write_text("mine")
        assert run("download", "Lisbon") == 1
        assert "is there already" in capsys.readouterr().err
        assert (tmp_path / "Lisbon.zip").read_text() == "mine"

    def test_a_download_that_breaks_off_is_begun_again(self, server: PublicApi, tmp_path: Path) -> None:
        server.next("/album.zip", "drop", 503)
        to = tmp_path / "x.zip"
        assert run("download", "Lisbon", "-o", to) == 0
        assert to.read_bytes() == server.objects["album.zip"]

    def test_titles_do_not_command_the_terminal(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("albums") == 0
        told = capsys.readouterr().out
        assert "\x1b" not in told
        assert told.count("Lisbon") == 2

    def test_whoever_stops_reading_is_no_trouble(self) -> None:
        piped = subprocess.run(
            f"{' '.join(command('albums'))} | true", shell=True, check=False, capture_output=True, text=True
        )
        assert "Traceback" not in piped.stderr


def test_it_is_installed_as_darkroom() -> None:
    installed = Path(sys.executable).parent / "darkroom"
    told = subprocess.run([installed, "--help"], check=True, capture_output=True, text=True).stdout
    assert "upload" in told


def test_memory_does_not_grow_with_the_files(server: PublicApi, client: Client, tmp_path: Path) -> None:
    """Files of 40 MB, sent by a process that may hold no more than a part of one."""
    folder = tmp_path / "large"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(photos.jpeg(8, 8) + bytes([number]) * 40_000_000)
    measured = """
import sys, tracemalloc
from darkroom_client.cli import main
tracemalloc.start()
status = main(sys.argv[1:])
print(tracemalloc.get_traced_memory()[1])
sys.exit(status)
"""
    ended = subprocess.run(
        [sys.executable, "-c", measured, "upload", str(folder), "--json"], check=True, capture_output=True, text=True
    )
    assert int(ended.stdout.splitlines()[-1]) < 10_000_000


@pytest.mark.usefixtures("signed_in")
def test_a_terminal_gets_bars(server: PublicApi, folder: Path) -> None:
    server.next("PUT", 503)
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        running = subprocess.Popen(
            command("upload", folder, "--curate"),
            stderr=theirs,
            stdout=subprocess.PIPE,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
        )
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # how a terminal ends whose other side is closed
            while piece := screen.read(65_536):
                shown += piece
        answer, _ = running.communicate()
    assert running.returncode == 0
    assert b"Photos" in shown
    assert "━".encode() in shown
    assert b"5 photos brought" in answer
