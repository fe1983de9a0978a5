"""The same photos again: in one job, in a later one, by another person, at the same time. Nothing is there twice."""

from functools import partial
from threading import Barrier
from typing import Any

import pytest

from darkroom import db
from galleries import curate, making, preparation
from galleries.service import curations
from tests.fakes import queues
from tests.integration.galleries.conftest import World, picture
from tests.threads import at_once, own_connections


class TestSameBytes:
    def test_twice_in_one_job_are_one_image(self, world: World) -> None:
        keys = world.bring(picture(1), picture(2), picture(1))
        job_id = world.process(keys)
        world.deliver_all()
        world.work()
        job = world.status(job_id)
        assert job["result"]["photos"] == 2
        (twin,) = job["result"]["duplicates"]
        assert twin["storage_key"] in (keys[0], keys[2])
        assert twin["image_id"] in {image["id"] for image in world.images()}
        assert len(world.images()) == 2
        assert sum(album["image_count"] for album in world.albums()) == 2

    def test_in_a_later_job_are_the_image_that_is_there_and_stay_in_its_album(self, world: World) -> None:
        world.curate(picture(1))
        (album,) = world.albums()
        job = world.curate(picture(1))
        assert job["status"] == "completed"
        assert job["albums_created"] == 0
        assert [one["id"] for one in world.albums()] == [album["id"]]
        assert len(world.images()) == 1

    def test_of_two_people_are_two_images(self, world: World) -> None:
        world.curate(picture(1))
        other = world.other()
        other.curate(picture(1))
        assert len(world.images()) == len(other.images()) == 1
        assert world.images()[0]["id"] != other.images()[0]["id"]

    def test_brought_again_come_out_of_the_trash(self, world: World) -> None:
        world.curate(picture(1))
        (image,) = world.images()
        assert world.delete(f"/images/{image['id']}").status == 204
        world.curate(picture(1))
        assert [one["id"] for one in world.images()] == [image["id"]]

    def test_a_copys_key_may_be_processed_again(self, world: World) -> None:
        world.curate(picture(1))
        (copy,) = world.bring(picture(1))
        for _ in range(2):
            job_id = world.process([copy])
            world.deliver_all()
            world.work()
            assert world.status(job_id)["status"] == "completed"
        assert len(world.images()) == 1

    def test_the_copys_bytes_are_removed_from_storage_later(self, world: World) -> None:
        world.curate(picture(1))
        (copy,) = world.bring(picture(1))
        world.process([copy])
        world.deliver_all()
        world.work()
        with db.reading() as tx:
            listed = {row["storage_key"] for row in tx.all("SELECT storage_key FROM storage_erasures")}
        assert copy in listed
        assert world.images()[0]["id"] in next(key for key in world.bucket.objects if key.startswith("derivatives/"))


class TestAgain:
    def test_photos_processed_again_move_to_no_second_album(self, world: World) -> None:
        keys = world.bring(*[picture(n) for n in range(3)])
        for _ in range(2):
            world.process(keys)
            world.deliver_all()
            world.work()
        assert [album["image_count"] for album in world.albums()] == [3]

    def test_unless_the_person_asks_for_it(self, world: World) -> None:
        keys = world.bring(*[picture(n) for n in range(3)])
        world.process(keys)
        world.deliver_all()
        world.work()
        (before,) = world.albums()
        job_id = world.process(keys, regroup=True)
        world.deliver_all()
        world.work()
        (after,) = world.albums()
        assert after["id"] != before["id"], "the album that was left empty is gone"
        assert world.status(job_id)["albums_created"] == 1
        assert after["image_count"] == 3

    def test_an_album_that_a_person_touched_stays_though_it_was_emptied(self, world: World) -> None:
        keys = world.bring(picture(1))
        world.process(keys)
        world.deliver_all()
        world.work()
        (before,) = world.albums()
        world.patch(f"/albums/{before['id']}", {"title": "Mine"})
        world.process(keys, regroup=True)
        world.deliver_all()
        world.work()
        assert {album["title"] for album in world.albums()} > {"Mine"}

    def test_photos_in_the_trash_stay_there(self, world: World) -> None:
        keys = world.bring(picture(1), picture(2))
        world.process(keys)
        world.deliver_all()
        world.work()
        trashed = world.images()[0]["id"]
        world.delete(f"/images/{trashed}")
        job_id = world.process(keys, regroup=True)
        world.deliver_all()
        world.work()
        assert [each["reason"] for each in world.status(job_id)["result"]["skipped"]] == [preparation.IN_THE_TRASH]
        assert trashed not in {image["id"] for image in world.images()}


def test_two_jobs_over_the_same_photos_at_once_make_each_album_once(world: World) -> None:
    keys = world.bring(*[picture(n) for n in range(4)])
    jobs_started = [world.process(keys), world.process(keys)]
    world.deliver_all()
    world.work()
    assert {world.status(job_id)["status"] for job_id in jobs_started} == {"completed"}
    assert sum(album["image_count"] for album in world.albums()) == 4
    assert sum(world.status(job_id)["albums_created"] for job_id in jobs_started) == len(world.albums()) == 1


def test_two_deliveries_of_the_last_message_at_once_make_each_album_once(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have seen the job under way before either writes."""
    keys = committed_world.bring(*[picture(n) for n in range(3)])
    job_id = committed_world.process(keys, regroup=True)
    committed_world.deliver_all()
    while (messages := committed_world.sqs.take("curations")) and messages[0].name != curations.MAKE_ALBUMS:
        for message in messages:
            curate.handler(queues.event("curations", message), None)
    (last,) = messages
    both_have_read, find = Barrier(2), making.find_albums

    def find_together(*args: Any) -> Any:
        both_have_read.wait(timeout=20)
        return find(*args)

    monkeypatch.setattr(making, "find_albums", find_together)
    with own_connections(monkeypatch):
        at_once([partial(curate.handler, queues.event("curations", last), None)] * 2)
    result = committed_world.status(job_id)["result"]
    assert [album["id"] for album in committed_world.albums()] == result["album_ids"]
    assert result["albums_created"] == 1
