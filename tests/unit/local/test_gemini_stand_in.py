"""The stand-in, as curating reaches it: by the vendor's own SDK, over HTTP."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from PIL import Image

from darkroom.settings import settings
from galleries.curating import gemini, proposals
from galleries.curating.gemini import ModelBusy, ModelFailed, Picture
from infra.local import ports
from infra.local.home import Home
from infra.local.server import Server
from infra.local.stand_ins.framework import Call, Desk, Surroundings
from infra.local.stand_ins.gemini import Gemini
from tests.conftest import SECRETS
from tests.factories.photos import encoded

_KEY = "made-for-this-run"
_GREEN, _BLUE, _WHITE = (20, 160, 40), (30, 60, 200), (250, 250, 250)


@pytest.fixture
def desk(tmp_path: Path, environment: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk with the stand-in on loopback; settings lead the adapter to it."""
    listening = socket.socket()
    listening.bind((ports.LOOPBACK, 0))
    listening.listen()  # whoever comes before the server waits for it
    origin = f"http://{ports.LOOPBACK}:{listening.getsockname()[1]}"
    surroundings = Surroundings(Home(tmp_path), origin, "http://127.0.0.1:9", {"gemini_api_key": _KEY})
    desk = Desk([Gemini(surroundings)])
    server = Server(desk, listening)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    environment.setenv("GEMINI_URL", surroundings.address("gemini"))
    environment.setenv("GEMINI_TIMEOUT_SECONDS", "20")
    environment.setenv("SECRETS_JSON", json.dumps(SECRETS | {"gemini_api_key": _KEY}))
    settings.cache_clear()
    yield desk
    gemini._client.cache_clear()  # which closes its connections
    server.stop()
    thread.join()
    listening.close()


def _picture(colour: tuple[int, int, int], taken_at: str | None = None, photo: int = 1) -> Picture:
    return Picture(UUID(int=photo), encoded(Image.new("RGB", (64, 48), colour), "WEBP"), taken_at=taken_at)


def _shape(kept: proposals.KeptAnswer) -> list[tuple[str, list[int], int | None]]:
    return [(album["title"], album["photos"], album["continues"]) for album in kept["albums"]]


def test_photos_are_sorted_by_what_is_seen_and_when(desk: Desk) -> None:
    pictures = [
        _picture(_GREEN, "2026-05-01T09:00:00+02:00"),
        _picture(_GREEN, "2026-05-01T10:00:00+02:00"),
        _picture(_BLUE, "2026-05-01T11:00:00+02:00"),
        _picture(_BLUE, "2026-05-02T11:00:00+02:00"),
        _picture(_WHITE),
    ]
    assert _shape(gemini.propose(pictures, [], None)) == [
        ("Green, 2026-05-01", [1, 2], None),
        ("Blue, 2026-05-01", [3], None),
        ("Blue, 2026-05-02", [4], None),
        ("Bright", [5], None),
    ]
    (call,) = desk.describe("gemini")["calls"]
    assert (call["method"], call["status"]) == ("POST", 200)
    assert call["path"] == f"/v1/models/{settings().gemini_model}:generateContent"


def test_a_second_batch_goes_on_with_an_album_of_the_first(desk: Desk) -> None:
    photos = [UUID(int=number) for number in range(1, 5)]
    first = gemini.propose([_picture(_BLUE, photo=1), _picture(_GREEN, photo=2)], [], None)
    so_far = proposals.albums_so_far([first])
    second = gemini.propose([_picture(_GREEN, photo=3), _picture(_WHITE, photo=4)], so_far, "by colour")
    assert _shape(second) == [("Green", [1], 2), ("Bright", [2], None)]
    merged = proposals.merge(photos, [first, second])
    assert [(album.title, [photo.int for photo in album.photo_ids]) for album in merged.albums] == [
        ("Blue", [1]),
        ("Green", [2, 3]),
        ("Bright", [4]),
    ]


@pytest.mark.parametrize("fault", ["429", "500", "garbage", "empty"])
def test_faults_that_pass(desk: Desk, fault: str) -> None:
    desk.plan("gemini", [fault])
    with pytest.raises(ModelBusy) as caught:
        gemini.propose([_picture(_BLUE)], [], None)
    assert caught.value.retry_after == (1 if fault == "429" else None)
    assert _shape(gemini.propose([_picture(_BLUE)], [], None)) == [("Blue", [1], None)]


def test_a_hanging_service_is_given_up(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GEMINI_TIMEOUT_SECONDS", "1")
    settings.cache_clear()
    desk.plan("gemini", ["timeout"])
    with pytest.raises(ModelBusy):
        gemini.propose([_picture(_BLUE)], [], None)


@pytest.mark.parametrize("fault", ["half_json", "blocked"])
def test_faults_that_do_not_pass(desk: Desk, fault: str) -> None:
    desk.plan("gemini", [fault])
    with pytest.raises(ModelFailed):
        gemini.propose([_picture(_BLUE)], [], None)


def test_an_injected_answer_can_do_no_more_than_title_albums(desk: Desk) -> None:
    desk.plan("gemini", ["injection"])
    photos = [UUID(int=1), UUID(int=2), UUID(int=3)]
    kept = gemini.propose([_picture(_BLUE, photo=photo.int) for photo in photos], [], None)
    albums, unanswered = proposals.merge(photos, [kept])
    assert [album.photo_ids for album in albums] == [(photos[0],), (photos[1],), (photos[2],)]
    assert albums[0].title.startswith("<script>alert('title')</script>Now Now")
    assert all(len(album.title) <= 120 and "\x00" not in album.title for album in albums)
    assert unanswered == []


def test_what_the_service_refuses_is_refused(desk: Desk, environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelFailed, match="400"):
        gemini.propose([Picture(UUID(int=1), b"no picture")], [], None)
    environment.setenv("GEMINI_MODEL", "some-other-model")
    settings.cache_clear()
    with pytest.raises(ModelFailed, match="404"):
        gemini.propose([_picture(_BLUE)], [], None)
    environment.setenv("SECRETS_JSON", json.dumps(SECRETS | {"gemini_api_key": "another"}))
    settings.cache_clear()
    with pytest.raises(ModelFailed, match="400"):
        gemini.propose([_picture(_BLUE)], [], None)


@pytest.mark.parametrize("document", [None, [], {}, {"contents": [{"parts": [{"text": "Photo 1"}]}]}, {"contents": 1}])
def test_a_call_that_is_no_sorting_of_photos_is_refused(desk: Desk, document: Any) -> None:
    url = f"{settings().gemini_url}/v1beta/models/gemini-x:generateContent"
    with httpx.Client(trust_env=False) as client:
        answer = client.post(url, json=document, headers={"x-goog-api-key": _KEY})
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_answers_count_tokens_as_the_service_does(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    gemini.propose([_picture(_BLUE)] * 2, [], None)
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert line["tokens_in"] > 2 * 250
    assert line["tokens_out"] > 0


def test_nobody_is_let_in_while_there_is_no_key(tmp_path: Path) -> None:
    closed = Gemini(Surroundings(Home(tmp_path), "http://127.0.0.1:1", "http://127.0.0.1:2", {"gemini_api_key": ""}))
    call = Call("POST", "/v1/models/gemini-x:generateContent", {}, {"x-goog-api-key": ""}, b"{}")
    assert asyncio.run(closed.answer(call)).status == 400
