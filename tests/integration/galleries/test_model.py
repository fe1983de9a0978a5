"""Curating with the vision model: batches in sequence, retries and budget, and the fallback for what is left."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from darkroom import db, outbox, secrets
from darkroom.messages import Message
from darkroom.settings import settings
from galleries import curate
from galleries.curating import gemini, proposals
from galleries.curating.gemini import ModelBusy, ModelFailed, Picture
from galleries.curating.photos import Album
from galleries.service import curations
from tests.conftest import SECRETS
from tests.fakes import queues
from tests.integration.galleries.conftest import World, occasions, picture
from tests.threads import at_once, own_connections

Answer = dict[str, Any] | Exception


class Model:
    """Answers in turn what the test wants, and remembers what it was asked. By default all photos are one album."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[UUID], list[str], str | None]] = []
        self.pictures: list[Picture] = []
        self.answers: list[Answer] = []

    def propose(self, pictures: Sequence[Picture], so_far: Sequence[Album], instructions: str | None) -> Any:
        self.asked.append(([each.photo_id for each in pictures], [album.title for album in so_far], instructions))
        self.pictures += pictures
        numbers = list(range(1, len(pictures) + 1))
        answer = self.answers.pop(0) if self.answers else {"albums": [{"title": "One", "photos": numbers}]}
        if isinstance(answer, Exception):
            raise answer
        try:
            return proposals.checked(answer, [each.photo_id for each in pictures], len(so_far))
        except proposals.NonsenseAnswer as failure:
            raise ModelFailed(str(failure)) from None


@pytest.fixture
def model(environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> Model:
    environment.setenv("SECRETS_JSON", json.dumps(SECRETS | {"gemini_api_key": "test-key"}))
    settings.cache_clear()
    secrets.forget()
    found = Model()
    monkeypatch.setattr(gemini, "propose", found.propose)
    return found


@pytest.fixture
def three_at_a_time(model: Model, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GEMINI_PHOTOS_PER_CALL", "3")
    settings.cache_clear()


def shown(world: World) -> list[tuple[str, int, str]]:
    return [(album["title"], album["image_count"], album["curated_by"]) for album in world.albums()]


def test_the_model_is_asked_with_small_pictures_times_and_wishes(world: World, model: Model) -> None:
    job = world.curate(picture(2), picture(1), instructions="By colour, please")
    assert shown(world) == [("One", 2, "gemini")]
    assert job["result"]["curated_by"] == "gemini"
    ((ids, so_far, wishes),) = model.asked
    assert len(ids) == 2
    assert (so_far, wishes) == ([], "By colour, please")
    assert [each.taken_at for each in model.pictures] == ["2024-07-01T12:30", "2024-07-01T12:30"]
    assert all(each.content[:4] == b"RIFF" for each in model.pictures)
    assert job["progress"] == {"stage": "making albums", "done": 4, "total": 4}


@pytest.mark.usefixtures("three_at_a_time")
def test_batches_go_one_after_the_other_and_are_told_of_the_albums_so_far(world: World, model: Model) -> None:
    model.answers = [
        {"albums": [{"title": "Sea", "photos": [1, 2]}, {"title": "Hills", "photos": [3]}]},
        {"albums": [{"title": "Sea again", "photos": [1], "continues": 1}, {"title": "hills", "photos": [2, 3]}]},
    ]
    world.curate(*[picture(n) for n in range(7)])
    assert [so_far for _, so_far, _ in model.asked] == [[], ["Sea", "Hills"], ["Sea", "Hills"]]
    assert [len(ids) for ids, _, _ in model.asked] == [3, 3, 1]
    assert shown(world) == [("One", 1, "gemini"), ("Hills", 3, "gemini"), ("Sea", 3, "gemini")]


@pytest.mark.usefixtures("three_at_a_time")
def test_what_the_model_says_twice_wrongly_or_not_at_all_loses_no_photo(world: World, model: Model) -> None:
    model.answers = [
        {
            "albums": [
                {"title": "<script>alert(1)</script>" + "x" * 500, "photos": [1, 1, 99, -1, "2"]},
                {"title": "Twice", "photos": [1, 2]},
            ]
        }
    ]
    world.curate(*[picture(n) for n in range(3)])
    titles = {album["title"]: album["image_count"] for album in world.albums()}
    assert sum(titles.values()) == 3
    assert all(len(title) <= 120 for title in titles)
    assert titles["Twice"] == 1
    assert titles["More photos"] == 1


@pytest.mark.usefixtures("three_at_a_time")
def test_when_it_fails_for_good_the_fallback_groups_the_rest(world: World, model: Model) -> None:
    model.answers = [
        {"albums": [{"title": "Sea", "photos": [1, 2, 3]}]},
        ModelFailed("nonsense"),
        ModelFailed("nonsense"),
    ]
    job = world.curate(*[picture(n) for n in range(5)])
    assert job["status"] == "completed"
    assert max(shown(world)) == ("Sea", 3, "gemini")
    assert {curator for _, _, curator in shown(world)} == {"gemini", "fallback"}
    assert sum(count for _, count, _ in shown(world)) == 5
    assert len(model.asked) == 3, "nonsense is asked about once more"


def test_without_any_answer_the_fallback_serves_alone(world: World, model: Model) -> None:
    model.answers = [ModelBusy("status 429")] * 9
    job = world.curate(picture(1))
    assert len(model.asked) == settings().gemini_attempts
    assert (job["status"], job["result"]["curated_by"]) == ("completed", "fallback")
    assert [curator for _, _, curator in shown(world)] == ["fallback"]


def test_a_busy_model_is_asked_again_later(world: World, model: Model) -> None:
    model.answers = [ModelBusy("status 500"), ModelBusy("status 429", retry_after=37)]
    world.curate(picture(1))
    assert shown(world) == [("One", 1, "gemini")]
    delays = [delay for delay in world.sqs.delays if delay]
    assert len(delays) == 2
    assert delays[1] == 37


def test_nobody_waits_an_hour_for_it(world: World, model: Model) -> None:
    model.answers = [ModelBusy("status 429", retry_after=3_600)]
    job = world.curate(picture(1))
    assert len(model.asked) == 1
    assert job["result"]["curated_by"] == "fallback"


@pytest.mark.usefixtures("three_at_a_time")
def test_a_job_has_a_budget(world: World, model: Model, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GEMINI_CALLS_PER_JOB", "2")
    settings.cache_clear()
    job = world.curate(*[picture(n) for n in range(9)])
    assert len(model.asked) == 2
    assert job["status"] == "completed"
    assert sum(count for _, count, curator in shown(world) if curator == "gemini") == 6
    assert sum(count for _, count, _ in shown(world)) == 9


@pytest.mark.usefixtures("three_at_a_time")
def test_a_retry_asks_again_where_the_model_failed(world: World, model: Model) -> None:
    keys = world.bring(*[picture(n) for n in range(4)])
    job_id = world.process(keys)
    world.deliver_all()
    while [message for message in world.sqs.sent.get("curations", []) if message.name != "galleries.make_albums"]:
        if model.asked:
            model.answers = [ModelFailed("no")] * 9
        for message in world.sqs.take("curations"):
            curate.handler(queues.event("curations", message), None)
    world.give_up("curations")
    assert world.status(job_id)["status"] == "failed"
    model.answers.clear()
    asked = len(model.asked)
    assert world.post(f"/jobs/{job_id}/retry").status == 202
    world.deliver_all()
    world.work()
    assert [len(ids) for ids, _, _ in model.asked[asked:]] == [1], "the first batch's answer was kept"
    assert {curator for _, _, curator in shown(world)} == {"gemini"}


@pytest.mark.usefixtures("three_at_a_time")
def test_every_message_twice_asks_each_batch_once_and_makes_each_album_once(world: World, model: Model) -> None:
    world.process(world.bring(*[picture(n) for n in range(7)]))
    world.deliver_all()
    while messages := world.sqs.take("curations"):
        for message in messages:
            for _ in range(2):
                assert queues.failures(curate.handler(queues.event("curations", message), None)) == []
    assert [len(ids) for ids, _, _ in model.asked] == [3, 3, 1]
    assert shown(world) == [("One", 7, "gemini")]


def handle_at_once(monkeypatch: pytest.MonkeyPatch, *messages: Message) -> None:
    """Each by a worker of its own."""
    deliveries = [queues.event("curations", message) for message in messages]
    with own_connections(monkeypatch):
        answers = at_once([partial(curate.handler, delivery, None) for delivery in deliveries])
    assert [queues.failures(answer) for answer in answers] == [[]] * len(messages)


@pytest.mark.parametrize("configured", [True, False])
def test_photos_that_are_ready_at_one_moment_open_the_next_stage_once(
    committed_world: World, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, configured: bool
) -> None:
    if configured:
        request.getfixturevalue("model")
    committed_world.process(committed_world.bring(*[picture(n) for n in range(3)]))
    committed_world.deliver_all()
    first, second, third = committed_world.sqs.take("curations")
    all_are_settled, go_on = Barrier(3), curations.batch_is_prepared

    def wait_for_the_others(*args: Any) -> None:
        all_are_settled.wait(60)
        go_on(*args)

    with monkeypatch.context() as patched:
        patched.setattr(curations, "batch_is_prepared", wait_for_the_others)
        handle_at_once(patched, first, second, third)
    curate.handler(queues.event("curations", third, receives=2), None)  # and once more, when the next one waits
    (following,) = committed_world.sqs.sent["curations"]
    assert following.name == ("galleries.ask_model" if configured else "galleries.make_albums")
    committed_world.work()
    assert sum(album["image_count"] for album in committed_world.albums()) == 3


@pytest.mark.usefixtures("three_at_a_time")
def test_a_question_that_is_asked_twice_at_one_moment_is_followed_by_one(
    committed_world: World, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed_world.process(committed_world.bring(*[picture(n) for n in range(4)]))
    committed_world.deliver_all()
    for message in committed_world.sqs.take("curations"):
        curate.handler(queues.event("curations", message), None)
    (ask,) = committed_world.sqs.take("curations")
    both_ask, propose = Barrier(2), model.propose

    def ask_beside_the_other(*args: Any) -> Any:
        both_ask.wait(60)
        return propose(*args)

    with monkeypatch.context() as patched:
        patched.setattr(gemini, "propose", ask_beside_the_other)
        handle_at_once(patched, ask, ask)
    assert [(each.name, each.data["batch"]) for each in committed_world.sqs.sent["curations"]] == [
        ("galleries.ask_model", 1)
    ]
    committed_world.work()
    assert shown(committed_world) == [("One", 4, "gemini")]


def test_killed_between_answer_and_keeping_it_the_batch_is_asked_again_within_the_budget(
    world: World, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.process(world.bring(picture(1)))
    world.deliver_all()
    (prepare,) = world.sqs.take("curations")
    curate.handler(queues.event("curations", prepare), None)
    (ask,) = world.sqs.take("curations")

    def die(*_: Any, **__: Any) -> Callable[..., Any]:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("galleries.queries.curations.keep_answer", die)
        with pytest.raises(SystemExit):
            curate.handler(queues.event("curations", ask), None)
    curate.handler(queues.event("curations", ask, receives=2), None)
    world.work()
    assert shown(world) == [("One", 1, "gemini")]
    with db.reading() as tx:
        assert tx.value("SELECT model_calls FROM curations") == 2


def test_a_photo_whose_picture_is_gone_ends_among_the_others(world: World, model: Model) -> None:
    world.process(world.bring(picture(1), picture(2)))
    world.deliver_all()
    for message in world.sqs.take("curations"):
        curate.handler(queues.event("curations", message), None)
    key = next(key for key in world.bucket.objects if key.endswith("-1600.webp"))
    del world.bucket.objects[key]
    world.work()
    assert sorted(shown(world)) == [("More photos", 1, "gemini"), ("One", 1, "gemini")]
    assert outbox.relay() == 0


@pytest.mark.usefixtures("three_at_a_time")
def test_albums_of_model_and_fallback_are_shown_in_one_order_of_time(world: World, model: Model) -> None:
    model.answers = [{"albums": [{"title": "First", "photos": [1, 2, 3]}]}, ModelFailed("no"), ModelFailed("no")]
    world.curate(*occasions(2))
    assert [(title, curator) for title, _, curator in shown(world)][-1] == ("First", "gemini")
    assert shown(world)[0][2] == "fallback"


@pytest.mark.usefixtures("three_at_a_time")
def test_the_batches_of_the_model_are_steps_of_a_total_that_stays(world: World, model: Model) -> None:
    job = world.curate(*[picture(n) for n in range(7)])
    with db.reading() as tx:
        told = tx.all(
            "SELECT data FROM realtime_messages WHERE topic = %s ORDER BY sequence", (f"job:{job['job_id']}",)
        )
    progress = [each["data"]["progress"] for each in told]
    assert {each["total"] for each in progress} == {11}
    assert [each["done"] for each in progress if each["stage"] == "finding albums"] == [7, 8, 9]
    assert progress[-1]["done"] == 11
