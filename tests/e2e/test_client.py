"""The Python client against the running stack: real targets, real storage, real jobs."""

import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from darkroom_client import Client, FileTokens, Journal, Options, bring, look
from darkroom_client.cli import main
from tests.factories import photos

PASSWORD = "correct horse battery"
PHOTOS = 12
ROOT = Path(__file__).parents[2]


@pytest.fixture
def email(stack: Mapping[str, Any], tmp_path: Path, environment: pytest.MonkeyPatch) -> str:
    """Somebody who has registered; the command finds the stack, their password and a folder of its own."""
    address = f"{uuid4()}@example.com"
    environment.setenv("DARKROOM_URL", stack["web"])
    environment.setenv("DARKROOM_STATE", str(tmp_path / "state"))
    environment.setenv("DARKROOM_PASSWORD", PASSWORD)
    with Client(stack["web"]) as client:
        client.register(address, PASSWORD, "Ada")
    return address


@pytest.fixture
def client(stack: Mapping[str, Any], email: str) -> Iterator[Client]:
    with Client(stack["web"], FileTokens()) as opened:
        opened.sign_in(email, PASSWORD)
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two days of photos, one that is cut off, and a text."""
    made = tmp_path / "photos"
    made.mkdir()
    for number in range(PHOTOS):
        day, minute = 1 + number // 6, number % 6
        taken = photos.exif(taken=f"2024:07:0{day} 12:{minute:02}:00", offset="+02:00")
        (made / f"{number:02}.jpg").write_bytes(photos.jpeg(320 + number, 240, exif=taken))
    (made / "cut off.jpg").write_bytes(photos.jpeg(333, 222)[:2_000])
    (made / "notes.txt").write_text("not a photo")
    return made


def test_from_a_folder_to_albums_and_back(
    email: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["login", "--email", email]) == 0
    capsys.readouterr()
    assert main(["upload", str(folder), "--curate", "--json"]) == 1
    brought = json.loads(capsys.readouterr().out)
    assert (brought["uploaded"], brought["known"]) == (PHOTOS + 1, 0)
    assert [Path(each["path"]).name for each in brought["skipped"]] == ["notes.txt"]
    assert [Path(each["path"]).name for each in brought["failed"]] == ["cut off.jpg"]
    assert [job["status"] for job in brought["jobs"]] == ["completed"]

    assert main(["albums", "--json"]) == 0
    albums = json.loads(capsys.readouterr().out)
    assert {album["id"] for album in albums} == set(brought["album_ids"])
    assert sum(album["image_count"] for album in albums) == PHOTOS

    (folder / "cut off.jpg").unlink()
    assert main(["upload", str(folder), "--curate", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["uploaded"], again["known"], again["jobs"]) == (0, PHOTOS, [])

    originals = set()
    for album in albums:
        to = tmp_path / f"{album['id']}.zip"
        assert main(["download", album["id"], "-o", str(to)]) == 0
        with zipfile.ZipFile(to) as archive:
            assert archive.testzip() is None
            originals |= {archive.read(name) for name in archive.namelist()}
    assert originals == {path.read_bytes() for path in folder.glob("*.jpg")}

    assert main(["status", brought["jobs"][0]["job_id"]]) == 0
    assert main(["logout"]) == 0
    assert main(["whoami"]) == 1


def test_killed_while_it_sends_it_goes_on(client: Client, folder: Path, tmp_path: Path) -> None:
    """Killed once some photos have gone up; nothing of them is brought a second time."""
    (folder / "cut off.jpg").unlink()
    command = [sys.executable, "-m", "darkroom_client", "upload", str(folder), "--curate", "--parallel", "1"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with Journal() as journal:
        states = "SELECT count(*) FROM uploads WHERE state != 'announced'"
        while running.poll() is None and journal.one(states)[0] < 2:
            time.sleep(0.005)
        running.kill()
        running.wait()
        before = journal.one(states)[0]
        outcome = bring(client, journal, [folder], Options(curate=True))
    assert before >= 2
    assert outcome.is_good
    assert outcome.uploaded + outcome.known == PHOTOS
    assert outcome.known >= before
    assert sum(album.image_count for album in client.albums()) == PHOTOS


def test_the_typescript_example_does_what_the_python_client_does(
    stack: Mapping[str, Any], email: str, client: Client, folder: Path, tmp_path: Path
) -> None:
    """web/examples/albums.ts, its types taken off."""
    path = f"{ROOT / '.tools' / 'node' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    node = shutil.which("node", path=path)
    if node is None:
        pytest.skip("there is no Node")
    web, program = ROOT / "web", tmp_path / "albums.mjs"
    rolldown, example = web / "node_modules" / ".bin" / "rolldown", web / "examples" / "albums.ts"
    bundle: list[str | Path] = [node, rolldown, example, "--platform", "node"]
    subprocess.run([*bundle, "-o", program], check=True, capture_output=True, cwd=web)
    pictures = sorted(folder.glob("0*.jpg"))[:4]
    ended = subprocess.run(
        [node, program, stack["web"], email, PASSWORD, *pictures], check=False, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    albums = {album.title: album.image_count for album in client.albums()}
    assert sum(albums.values()) == len(pictures)
    assert sorted(ended.stdout.splitlines()) == sorted(f"{title}: {count} photos" for title, count in albums.items())


def test_a_target_that_was_used_is_done(client: Client, folder: Path) -> None:
    """Storage says 412 to the second, and the client knows what that means."""
    photo = look(folder / "00.jpg")
    [target] = client.targets([photo])
    assert client.send(photo, target) == target.storage_key
    assert client.send(photo, target) == target.storage_key


def test_a_target_that_storage_refuses_is_replaced(client: Client, folder: Path) -> None:
    """As one that has expired is: the signature of another photo's target does not fit."""
    photo, other = look(folder / "00.jpg"), look(folder / "07.jpg")
    [target] = client.targets([other])
    assert client.send(photo, target) != target.storage_key
