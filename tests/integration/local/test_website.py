"""The web app's files, the shell for its addresses, and nothing outside its folder."""

import asyncio
import gzip
from pathlib import Path
from typing import Any

import pytest

from infra.local.website import Website


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret")
    web = tmp_path / "build"
    (web / "_app" / "immutable").mkdir(parents=True)
    (web / "index.html").write_text("<title>shell</title>")
    (web / "docs.html").write_text("<title>docs</title>")
    (web / "_app" / "immutable" / "a.js").write_text("export {}" * 100)
    (web / "icon.png").write_bytes(b"\x89PNG")
    return web


def _get(folder: Path, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": raw}
    asyncio.run(Website(folder, "http://127.0.0.1:8000")(scope, receive, send))
    named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], named, sent[1]["body"]


@pytest.mark.parametrize("path", ["/", "/albums/7", "/index.html", "/does-not-exist"])
def test_every_address_of_the_app_is_its_shell(folder: Path, path: str) -> None:
    status, headers, body = _get(folder, path)
    assert (status, body) == (200, b"<title>shell</title>")
    assert headers["cache-control"] == "no-cache"
    assert headers["content-type"] == "text/html; charset=utf-8"


def test_a_page_of_its_own_is_found_without_its_ending(folder: Path) -> None:
    assert _get(folder, "/docs")[2] == b"<title>docs</title>"


def test_hashed_files_are_kept_for_ever_and_compressed(folder: Path) -> None:
    status, headers, body = _get(folder, "/_app/immutable/a.js", accept_encoding="gzip")
    assert status == 200
    assert "immutable" in headers["cache-control"]
    assert gzip.decompress(body).startswith(b"export")
    assert headers["content-type"].startswith("text/javascript")


def test_a_hashed_file_of_an_older_build_is_not_the_shell(folder: Path) -> None:
    assert _get(folder, "/_app/immutable/old.js")[0] == 404


def test_an_unchanged_file_is_not_sent_twice(folder: Path) -> None:
    tag = _get(folder, "/icon.png")[1]["etag"]
    assert _get(folder, "/icon.png", if_none_match=tag)[0] == 304


@pytest.mark.parametrize("path", ["/../secret.txt", "/_app/../../secret.txt", "//secret.txt"])
def test_nothing_outside_the_folder_is_served(folder: Path, path: str) -> None:
    assert b"secret" not in _get(folder, path)[2]


def test_writing_is_refused(folder: Path) -> None:
    assert _get(folder, "/", "POST")[0] == 405


def test_the_other_name_of_this_machine_leads_to_the_address_that_storage_knows(folder: Path) -> None:
    status, headers, _ = _get(folder, "/albums/7", host="localhost:8000")
    assert (status, headers["location"]) == (307, "http://127.0.0.1:8000/albums/7")
    assert _get(folder, "/albums/7", host="127.0.0.1:8000")[0] == 200
