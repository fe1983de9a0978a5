"""A platform to talk to, a folder for what the client remembers, and photos."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from darkroom_client import Client, FileTokens, Journal, Options, Outcome, Patience, bring
from tests.factories import photos
from tests.fakes.public_api import PASSWORD, PublicApi

IMPATIENT = Patience(attempts=4, first_seconds=0.01, most_seconds=0.02)


@pytest.fixture
def server() -> Iterator[PublicApi]:
    with PublicApi() as running:
        yield running


@pytest.fixture
def state(tmp_path: Path, environment: pytest.MonkeyPatch, server: PublicApi) -> Path:
    """The client's own folder; the command finds it and the server by the environment."""
    environment.setenv("DARKROOM_STATE", str(tmp_path / "state"))
    environment.setenv("DARKROOM_URL", server.url)
    environment.setenv("DARKROOM_PASSWORD", PASSWORD)
    return tmp_path / "state"


@pytest.fixture
def client(server: PublicApi, state: Path) -> Iterator[Client]:
    """Signed in."""
    with Client(server.url, FileTokens(), patience=IMPATIENT) as opened:
        opened.sign_in(server.email, PASSWORD)
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five photos, and a text between them."""
    made = tmp_path / "photos"
    made.mkdir()
    for number in range(5):
        (made / f"{number}.jpg").write_bytes(photos.jpeg(8 + number, 8))
    (made / "notes.txt").write_text("not a photo")
    return made


def brought(client: Client, folder: Path, **options: object) -> Outcome:
    """One run of `bring` over the folder."""
    with Journal() as journal:
        return bring(client, journal, [folder], Options(**options))  # type: ignore[arg-type]


def command(*arguments: str | Path) -> list[str]:
    """The `darkroom` command, in a process of its own."""
    return [sys.executable, "-m", "darkroom_client", *map(str, arguments)]
