"""POST /jobs/{id}/undo: a job's albums go, photos stay, and what a person has touched stays too."""

from tests.integration.galleries.conftest import World, occasions, picture


def undo(world: World, job_id: str) -> str:
    answer = world.post(f"/jobs/{job_id}/undo")
    assert answer.status == 202, answer.text
    assert answer.json()["status"] == "pending"
    undo_id: str = answer.json()["job_id"]
    assert undo_id != job_id
    return undo_id


def test_albums_go_and_photos_stay(world: World) -> None:
    job = world.curate(picture(1), picture(2, day=20))
    undo_id = undo(world, job["job_id"])
    world.work()
    assert world.status(undo_id)["result"] == {"albums_removed": 2, "albums_kept": 0}
    assert world.albums() == []
    assert [image["album_ids"] for image in world.images()] == [[], []]


def test_what_a_person_touched_stays(world: World) -> None:
    job = world.curate(*occasions(5))
    renamed, reordered, merged, gone, untouched = world.albums()
    assert world.patch(f"/albums/{renamed['id']}", {"title": "Ours"}).status == 200
    ids = [image["id"] for image in reordered["images"]]
    assert world.put(f"/albums/{reordered['id']}/images", {"image_ids": ids}).status == 200
    assert world.post(f"/albums/{merged['id']}/merge", {"album_id": gone["id"]}).status == 200
    world.get(f"/albums/{untouched['id']}")  # reading is no touch
    undo_id = undo(world, job["job_id"])
    world.work()
    assert {album["id"] for album in world.albums()} == {renamed["id"], reordered["id"], merged["id"]}
    assert world.status(undo_id)["result"] == {"albums_removed": 1, "albums_kept": 3}


def test_sharing_is_no_touch_and_the_link_goes_with_the_album(world: World) -> None:
    job = world.curate(picture(1))
    token = world.post(f"/albums/{world.albums()[0]['id']}/share").json()["token"]
    assert world.guest.get(f"/shared/{token}").status == 200
    undo(world, job["job_id"])
    world.work()
    assert world.guest.get(f"/shared/{token}").status == 404


def test_while_the_job_runs_or_waits_it_is_refused(world: World) -> None:
    job_id = world.process(world.bring(picture(1)))
    assert world.post(f"/jobs/{job_id}/undo").status == 409
    world.deliver_all()
    assert world.post(f"/jobs/{job_id}/undo").status == 409
    world.work()
    assert world.post(f"/jobs/{job_id}/undo").status == 202


def test_twice_is_refused_also_before_the_first_is_done(world: World) -> None:
    job = world.curate(picture(1))
    undo(world, job["job_id"])
    assert world.post(f"/jobs/{job['job_id']}/undo").status == 409
    world.work()
    assert world.post(f"/jobs/{job['job_id']}/undo").status == 409


def test_what_made_no_albums_has_nothing_to_undo(world: World) -> None:
    failed = world.curate(b"no photo")
    assert failed["status"] == "failed"
    assert world.post(f"/jobs/{failed['job_id']}/undo").status == 409
    done = world.curate(picture(1))
    undo_id = undo(world, done["job_id"])
    world.work()
    assert world.post(f"/jobs/{undo_id}/undo").status == 409, "an undoing is not undone"


def test_somebody_elses_job_is_unknown(world: World) -> None:
    job = world.curate(picture(1))
    assert world.other().post(f"/jobs/{job['job_id']}/undo").status == 404
    assert len(world.albums()) == 1


def test_an_undoing_that_failed_for_good_may_be_tried_again(world: World) -> None:
    job = world.curate(picture(1))
    undo_id = undo(world, job["job_id"])
    world.give_up("curations")
    assert world.status(undo_id)["status"] == "failed"
    assert world.post(f"/jobs/{undo_id}/retry").status == 202
    world.work()
    assert world.status(undo_id)["status"] == "completed"
    assert world.albums() == []


def test_or_another_one_may_be_asked_for(world: World) -> None:
    job = world.curate(picture(1))
    first = undo(world, job["job_id"])
    world.give_up("curations")
    second = undo(world, job["job_id"])
    assert world.post(f"/jobs/{first}/retry").status == 409
    world.work()
    assert world.status(second)["result"] == {"albums_removed": 1, "albums_kept": 0}


def test_photos_can_be_curated_again_afterwards(world: World) -> None:
    keys = world.bring(picture(1))
    job_id = world.process(keys)
    world.deliver_all()
    world.work()
    undo(world, job_id)
    world.work()
    world.process(keys)
    world.deliver_all()
    world.work()
    assert [album["image_count"] for album in world.albums()] == [1]


def test_undo_of_one_job_while_another_runs_over_the_same_photos(world: World) -> None:
    keys = world.bring(picture(1))
    first = world.process(keys)
    world.deliver_all()
    world.work()
    second = world.process(keys)
    world.deliver_all()
    undo(world, first)
    world.work()
    assert world.status(second)["status"] == "completed"
    assert sum(album["image_count"] for album in world.albums()) <= 1
