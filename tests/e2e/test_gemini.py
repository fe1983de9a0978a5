"""Curating with Gemini on a running stack of its own: the real SDK against the stand-in, which is told to fail."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.people import Photographer
from tests.e2e.stacks import RunningStack
from tests.integration.galleries.conftest import picture


@pytest.fixture(scope="module")
def with_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """As `make run GEMINI=stand-in`."""
    running = RunningStack(tmp_path_factory.mktemp("gemini") / "home", environment={"GEMINI": "stand-in"})
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def ada(with_model: RunningStack) -> Iterator[Photographer]:
    person = Photographer(with_model.stack)
    yield person
    person.client.close()


def fail_next(stack: RunningStack, *faults: str) -> None:
    assert stack.post("/_local/stand-ins/gemini/faults", json={"next": faults}).is_success


def calls(stack: RunningStack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stack.get("/_local/stand-ins/gemini").json()["calls"]
    return found


def curate(person: Photographer) -> dict[str, Any]:
    return person.finished(person.process(person.bring(*[picture(n) for n in range(3)])))


def test_the_model_names_the_albums(ada: Photographer, with_model: RunningStack) -> None:
    before = len(calls(with_model))
    job = curate(ada)
    assert job["result"]["curated_by"] == "gemini"
    assert {album["curated_by"] for album in ada.albums()} == {"gemini"}
    assert sum(album["image_count"] for album in ada.albums()) == 3
    made = calls(with_model)[before:]  # one, or more where the queue brought the message twice
    assert made
    assert all(call["path"].endswith(":generateContent") for call in made)


@pytest.mark.parametrize("faults", [["429"], ["500"], ["garbage"], ["empty"], ["half_json"]])
def test_one_bad_moment_is_waited_out(ada: Photographer, with_model: RunningStack, faults: list[str]) -> None:
    fail_next(with_model, *faults)
    assert curate(ada)["result"]["curated_by"] == "gemini"


@pytest.mark.parametrize("faults", [["blocked"] * 4, ["half_json"] * 4])
def test_a_model_that_does_not_help_is_done_without(
    ada: Photographer, with_model: RunningStack, faults: list[str]
) -> None:
    fail_next(with_model, *faults)
    job = curate(ada)
    fail_next(with_model)
    assert (job["status"], job["result"]["curated_by"]) == ("completed", "fallback")
    assert sum(album["image_count"] for album in ada.albums()) == 3


def test_an_answer_that_a_photo_dictated_can_do_no_more_than_a_title(
    ada: Photographer, with_model: RunningStack
) -> None:
    fail_next(with_model, "injection")
    job = curate(ada)
    assert job["status"] == "completed"
    albums = ada.albums()
    assert sorted(image["id"] for album in albums for image in album["images"]) == sorted(
        image["id"] for image in ada.ok(ada.client.get("/images"))["items"]
    )
    for album in albums:
        assert 0 < len(album["title"]) <= 120
        assert album["title"].isprintable()
