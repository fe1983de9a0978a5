"""POST /devices/{id}/timelapse: a camera's photos as a film, by a job."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from captures import timelapse
from captures.queries import timelapses as queries
from captures.service import timelapses
from darkroom import db, jobs, pictures
from darkroom.settings import settings
from tests.factories import cameras, films
from tests.fakes import queues
from tests.integration.captures.conftest import Agent, World

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = {"from": "2026-11-01T00:00:00Z", "to": "2026-11-02T00:00:00Z"}


@pytest.fixture
def agent(world: World) -> Agent:
    return world.camera("Desk / <window>")


def take(world: World, agent: Agent, minute: float, colour: str | None, size: tuple[int, int] = (320, 240)) -> UUID:
    """A photo of one colour, so many minutes after noon; without a colour storage has nothing of it. Its image."""
    with db.transaction() as tx:
        photo = cameras.photo(tx, agent.id, NOON + timedelta(minutes=minute))
    if colour is not None:
        world.bucket.objects[pictures.key(photo.image_id, pictures.VIEW_EDGE)] = films.webp(colour, size)
    return photo.image_id


def ask(world: World, agent: Agent, **wish: Any) -> str:
    answer = world.post(f"/devices/{agent.id}/timelapse", {**DAY, "fps": 10, **wish})
    assert answer.status == 202, answer.text
    job_id: str = answer.json()["job_id"]
    return job_id


def film(world: World, job_id: str) -> films.Shown:
    return films.shown(world.bucket.objects[f"downloads/{world.person.user_id}/{job_id}.mp4"])


class TestFilms:
    def test_photos_are_shown_in_the_order_in_which_they_were_taken(self, world: World, agent: Agent) -> None:
        for minute, colour in ((3, "blue"), (1, "red"), (2, "green"), (4, "white")):
            take(world, agent, minute, colour)
        job_id = ask(world, agent)
        assert world.work("timelapses") == ["captures.build_timelapse"]
        job = world.job(job_id)
        assert (job["kind"], job["status"]) == ("timelapse", "completed")
        assert job["progress"] == {"stage": "making the film", "done": 4, "total": 4}
        shown = film(world, job_id)
        assert shown.colours == ["red", "green", "blue", "white"]
        assert (shown.size, shown.fps) == ((320, 240), 10)
        result = job["result"]
        assert set(result) == {"url", "expires_at", "frames", "duration_seconds", "size_bytes"}
        assert (result["frames"], result["duration_seconds"]) == (4, 0.4)
        assert result["size_bytes"] == len(world.bucket.objects[f"downloads/{world.person.user_id}/{job_id}.mp4"])
        assert f"downloads/{world.person.user_id}/{job_id}.mp4" in result["url"]
        assert "2026-11-01.mp4" in result["url"]

    def test_the_end_is_not_part_of_it_and_the_beginning_is(self, world: World, agent: Agent) -> None:
        for minute, colour in ((-720.01, "white"), (-720, "red"), (719.99, "green"), (720, "blue")):
            take(world, agent, minute, colour)
        job_id = ask(world, agent)
        world.work("timelapses")
        assert film(world, job_id).colours == ["red", "green"]

    def test_only_photos_that_are_there_are_shown(self, world: World, agent: Agent) -> None:
        take(world, agent, 1, "red")
        world.execute("UPDATE images SET trashed_at = now() WHERE id = %s", take(world, agent, 2, "green"))
        take(world, agent, 3, None)
        broken = take(world, agent, 4, "white")
        world.bucket.objects[pictures.key(broken, pictures.VIEW_EDGE)] = b"RIFF nonsense"
        take(world, agent, 5, "blue")
        take(world, world.camera(), 5, "white")
        world.capture(agent.id, "uploading", taken_at=NOON)
        job_id = ask(world, agent)
        world.work("timelapses")
        job = world.job(job_id)
        assert film(world, job_id).colours == ["red", "blue"]
        assert job["result"]["frames"] == 2
        assert job["progress"]["done"] == job["progress"]["total"] == 4

    def test_the_first_photo_decides_the_shape(self, world: World, agent: Agent) -> None:
        take(world, agent, 1, "red", (301, 201))
        take(world, agent, 2, "green", (200, 400))
        job_id = ask(world, agent)
        world.work("timelapses")
        shown = film(world, job_id)
        assert (shown.size, shown.colours) == ((300, 200), ["red", "green"])
        assert films.colour_at(shown.frames[1], 10, 100) == "black"

    def test_progress_is_told_as_it_goes(self, world: World, agent: Agent) -> None:
        for minute in range(45):
            take(world, agent, minute, "red")
        job_id = ask(world, agent)
        world.work("timelapses")
        told = [data["progress"]["done"] for _, data in world.pushed(f"job:{job_id}")]
        assert told == sorted(told)
        assert {20, 40, 45} <= set(told)


class TestThinning:
    @pytest.mark.parametrize(("photos", "frames"), [(3, 10), (10, 10), (11, 10), (25, 10), (40, 1)])
    def test_of_too_many_so_many_are_chosen_evenly(self, world: World, agent: Agent, photos: int, frames: int) -> None:
        taken = [take(world, agent, minute, None) for minute in range(photos)]
        scope = queries.Scope(world.person.user_id, agent.id, NOON, NOON + timedelta(days=1))
        with db.reading() as tx:
            chosen = queries.photos(tx, scope, frames)
            assert queries.count(tx, scope, frames) == min(photos, frames)
        assert len(chosen) == min(photos, frames)
        places = [taken.index(image_id) for image_id in chosen]
        steps = [later - earlier for earlier, later in pairwise(places)]
        assert all(step in {photos // frames, photos // frames + 1} for step in steps) or photos <= frames
        assert places == sorted(places)

    def test_a_film_has_no_more_frames_than_that(
        self, world: World, agent: Agent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(timelapses, "FRAMES_MAX", 4)
        for minute in range(9):
            take(world, agent, minute, "red")
        job_id = ask(world, agent)
        world.work("timelapses")
        assert world.job(job_id)["result"]["frames"] == 4
        assert world.job(job_id)["progress"]["total"] == 4


class TestRefusals:
    def test_without_photos_there_is_no_film(self, world: World, agent: Agent) -> None:
        assert world.post(f"/devices/{agent.id}/timelapse", DAY).status == 409
        world.execute("UPDATE images SET trashed_at = now() WHERE id = %s", take(world, agent, 1, "red"))
        assert world.post(f"/devices/{agent.id}/timelapse", DAY).status == 409
        assert world.value("SELECT count(*) FROM jobs") == 0

    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            ({"to": DAY["from"]}, "to"),
            ({"from": "2026-11-03T00:00:00Z"}, "to"),
            ({"from": "2025-10-31T00:00:00Z"}, "to"),
            ({"from": "0001-01-01T00:00:00+14:00", "to": "9999-12-31T23:59:59-14:00"}, "to"),
            ({"from": "2026-11-01T00:00:00"}, "from"),
            ({"to": None}, "to"),
            ({"fps": 0}, "fps"),
            ({"fps": 61}, "fps"),
            ({"fps": 1.5}, "fps"),
            ({"speed": 2}, "speed"),
        ],
    )
    def test_what_cannot_be(self, world: World, agent: Agent, wish: dict[str, Any], field: str) -> None:
        take(world, agent, 1, "red")
        answer = world.post(f"/devices/{agent.id}/timelapse", {**DAY, **wish})
        assert answer.status == 400, answer.text
        assert [error["field"] for error in answer.json()["errors"]] == [field]

    def test_a_year_may_be_spanned(self, world: World, agent: Agent) -> None:
        take(world, agent, 1, "red")
        ask(world, agent, **{"from": "2025-11-01T00:00:00Z"}, to="2026-11-02T00:00:00Z")

    def test_the_first_day_of_all_has_no_photos(self, world: World, agent: Agent) -> None:
        wish = {"from": "0001-01-01T00:00:00+14:00", "to": "0001-01-02T00:00:00Z"}
        assert world.post(f"/devices/{agent.id}/timelapse", wish).status == 409

    def test_what_is_anothers_is_unknown(self, world: World, agent: Agent) -> None:
        take(world, agent, 1, "red")
        assert world.other().post(f"/devices/{agent.id}/timelapse", DAY).status == 404

    def test_films_are_limited(self, world: World, agent: Agent, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("TIMELAPSES_PER_CALLER_HOUR", "1")
        settings.cache_clear()
        take(world, agent, 1, "red")
        ask(world, agent)
        answer = world.post(f"/devices/{agent.id}/timelapse", DAY)
        assert answer.status == 429
        assert int(answer.headers["retry-after"]) > 0


class TestAgain:
    def test_a_message_that_comes_twice_makes_one_film(self, world: World, agent: Agent) -> None:
        take(world, agent, 1, "red")
        job_id = ask(world, agent)
        (message,) = world.sqs.take("timelapses")
        for _ in range(2):
            assert queues.failures(timelapse.handler(queues.event("timelapses", message), None)) == []
        assert world.job(job_id)["status"] == "completed"
        assert len([key for key in world.bucket.objects if key.startswith("downloads/")]) == 1

    def test_a_film_that_was_begun_and_lost_is_made_from_the_start(
        self, world: World, agent: Agent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for minute in range(3):
            take(world, agent, minute, "red")
        job_id = ask(world, agent)
        (message,) = world.sqs.take("timelapses")
        store = world.bucket.write_stream
        with monkeypatch.context() as broken:
            broken.setattr("darkroom.storage.write_stream", lambda *_: exec("raise ConnectionError"))
            assert len(queues.failures(timelapse.handler(queues.event("timelapses", message), None))) == 1
        monkeypatch.setattr("darkroom.storage.write_stream", store)
        assert world.job(job_id)["status"] == "processing"
        assert queues.failures(timelapse.handler(queues.event("timelapses", message), None)) == []
        assert film(world, job_id).colours == ["red"] * 3

    def test_photos_that_went_meanwhile_fail_the_job_in_words(self, world: World, agent: Agent) -> None:
        image_id = take(world, agent, 1, "red")
        lost, trashed = ask(world, agent), ask(world, agent)
        first, second = world.sqs.take("timelapses")
        world.bucket.objects.clear()
        timelapse.handler(queues.event("timelapses", first), None)
        world.execute("UPDATE images SET trashed_at = now() WHERE id = %s", image_id)
        timelapse.handler(queues.event("timelapses", second), None)
        for job_id in (lost, trashed):
            job = world.job(job_id)
            assert (job["status"], job["error_message"]) == ("failed", timelapse.GONE)
        assert world.bucket.objects == {}

    def test_a_job_that_is_over_is_not_worked_on(
        self, world: World, agent: Agent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        take(world, agent, 1, "red")
        job_id = ask(world, agent)
        report = timelapse._report

        def over(job: jobs.Job, done: int) -> None:
            with db.transaction() as tx:
                jobs.fail(tx, job.id, "stopped")
            report(job, done)

        monkeypatch.setattr(timelapse, "_report", over)
        world.work("timelapses")
        assert world.job(job_id)["error_message"] == "stopped"
        assert not [key for key in world.bucket.objects if key.startswith("downloads/")]
