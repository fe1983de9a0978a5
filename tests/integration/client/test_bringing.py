"""Bringing photos: what fails and passes, what is brought once, and what albums are asked for."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from darkroom_client import Client, Journal, NotSignedIn, Options, Refused, Unreachable, Watcher, bring, look
from tests.factories import photos
from tests.fakes.public_api import PublicApi
from tests.integration.client.conftest import brought

REPEATED = photos.jpeg(8, 8)


def contents(folder: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in folder.rglob("*.jpg"))


def test_every_photo_is_brought_once_and_the_rest_is_skipped(server: PublicApi, client: Client, folder: Path) -> None:
    outcome = brought(client, folder)
    assert (outcome.uploaded, outcome.known, outcome.failed) == (5, 0, [])
    assert outcome.skipped == [(folder / "notes.txt", "is no photo; JPEG, PNG, WebP and HEIC photos are taken")]
    assert sorted(server.objects.values()) == contents(folder)
    again = brought(client, folder)
    assert (again.uploaded, again.known, again.is_good) == (0, 5, True)
    assert server.count("PUT") == 5
    assert server.processed == []


def test_a_copy_or_a_renamed_photo_is_not_brought_again(server: PublicApi, client: Client, folder: Path) -> None:
    (folder / "copy.jpg").write_bytes((folder / "0.jpg").read_bytes())
    first = brought(client, folder)
    assert (first.uploaded, first.known) == (5, 1)
    (folder / "1.jpg").rename(folder / "one.jpg")
    assert brought(client, folder).known == 6
    assert server.count("PUT") == 5


def test_another_photo_under_the_same_name_is_brought(server: PublicApi, client: Client, folder: Path) -> None:
    brought(client, folder)
    (folder / "0.jpg").write_bytes(photos.jpeg(99, 9))
    assert brought(client, folder).uploaded == 1


@pytest.mark.parametrize("fault", [500, 503, 429, "drop", "lose"])
def test_what_passes_is_tried_again(server: PublicApi, client: Client, folder: Path, fault: str | int) -> None:
    server.next("PUT", fault, fault)
    server.next("/uploads/generate-urls", 503, "drop")
    outcome = brought(client, folder)
    assert (outcome.uploaded, outcome.failed) == (5, [])
    assert sorted(server.objects.values()) == contents(folder)
    assert server.count("PUT") == 7


def test_an_answer_that_was_lost_is_found_out_by_412(server: PublicApi, client: Client, folder: Path) -> None:
    server.next("PUT", "lose")
    outcome = brought(client, folder, parallel=1)
    assert outcome.uploaded == 5
    assert len(server.objects) == 5  # not one of them twice


def test_targets_that_expire_are_replaced(server: PublicApi, client: Client, folder: Path) -> None:
    class Slow(Watcher):
        def stored(self, photo: object) -> None:
            server.expire_urls()

    with Journal() as journal:
        outcome = bring(client, journal, [folder], Options(parallel=1), Slow())
    assert (outcome.uploaded, outcome.failed) == (5, [])
    assert sorted(server.objects.values()) == contents(folder)


def test_a_target_known_to_be_spent_is_not_tried(server: PublicApi, client: Client, folder: Path) -> None:
    server.url_seconds = 10  # less than the margin that a slow start may take
    target = client.targets([look(folder / "0.jpg")])[0]
    server.url_seconds = 300
    key = client.send(look(folder / "0.jpg"), target)
    assert key != target.storage_key
    assert server.count("PUT") == 1


def test_what_storage_refuses_for_good_fails_alone(server: PublicApi, client: Client, folder: Path) -> None:
    server.next("PUT", 400)
    outcome = brought(client, folder, parallel=1)
    assert outcome.uploaded == 4
    assert outcome.failed == [(folder / "0.jpg", "storage refused it (400)")]
    assert not outcome.is_good
    assert brought(client, folder).uploaded == 1


def test_storage_that_never_answers_ends_the_run(server: PublicApi, client: Client, folder: Path) -> None:
    for number in range(20):
        (folder / f"more-{number}.jpg").write_bytes(photos.jpeg(30 + number, 8))
    server.next("PUT", *["drop"] * 1_000)
    with pytest.raises(Unreachable, match="Nothing gets through"):
        brought(client, folder)
    assert server.count("PUT") < 80
    server.forget_faults()
    assert brought(client, folder).uploaded == 25


def test_a_session_that_ends_meanwhile_ends_the_run_and_the_next_goes_on(
    server: PublicApi, client: Client, folder: Path
) -> None:
    class Ended(Watcher):
        def stored(self, photo: object) -> None:
            server.end_sessions()
            server.expire_urls()

    with Journal() as journal, pytest.raises(NotSignedIn):
        bring(client, journal, [folder], Options(parallel=1), Ended())
    client.sign_in(server.email, "correct horse battery")
    outcome = brought(client, folder)
    assert outcome.uploaded + outcome.known == 5
    assert outcome.known >= 1


def test_the_session_is_renewed_in_the_middle(server: PublicApi, client: Client, folder: Path) -> None:
    class Expiring(Watcher):
        def stored(self, photo: object) -> None:
            server.expire_access()
            server.expire_urls()

    with Journal() as journal:
        outcome = bring(client, journal, [folder], Options(curate=True, parallel=2), Expiring())
    assert (outcome.uploaded, len(outcome.album_ids)) == (5, 1)
    assert server.count("POST", "/auth/refresh") >= 2
    assert server.sessions_ended_by_replay == 0


def test_files_go_side_by_side_but_not_more_than_asked(server: PublicApi, client: Client, folder: Path) -> None:
    server.delay_seconds = 0.05
    brought(client, folder, parallel=3)
    assert server.busiest == 3


def test_a_file_that_changes_on_its_way_fails(server: PublicApi, client: Client, folder: Path) -> None:
    class Writing(Watcher):
        def sending(self, photo: object) -> None:
            os.truncate(folder / "0.jpg", 10)

    with Journal() as journal:
        outcome = bring(client, journal, [folder], Options(parallel=1), Writing())
    assert outcome.failed == [(folder / "0.jpg", "the file changed while it was being brought")]
    assert outcome.uploaded == 4


class TestAlbums:
    def test_a_job_is_asked_for_and_waited_for(self, server: PublicApi, client: Client, folder: Path) -> None:
        server.polls = 2
        outcome = brought(client, folder, curate=True, instructions="by colour")
        [request] = server.processed
        assert request["instructions"] == "by colour"
        assert [server.objects[key] for key in request["image_keys"]] == [
            path.read_bytes() for path in sorted(folder.glob("*.jpg"))
        ]
        assert len(outcome.album_ids) == 1
        assert outcome.document()["jobs"][0]["status"] == "completed"

    def test_doing_it_again_asks_for_nothing(self, server: PublicApi, client: Client, folder: Path) -> None:
        brought(client, folder, curate=True)
        outcome = brought(client, folder, curate=True)
        assert (outcome.jobs, outcome.is_good) == ([], True)
        assert len(server.processed) == 1

    def test_photos_that_were_only_uploaded_are_processed_later(
        self, server: PublicApi, client: Client, folder: Path
    ) -> None:
        brought(client, folder)
        (folder / "more.jpg").write_bytes(photos.jpeg(70, 8))
        outcome = brought(client, folder, curate=True)
        assert outcome.uploaded == 1
        assert len(server.processed[0]["image_keys"]) == 6

    def test_regroup_asks_for_all_of_them_again(self, server: PublicApi, client: Client, folder: Path) -> None:
        brought(client, folder, curate=True)
        brought(client, folder, regroup=True)
        first, second = server.processed
        assert first["image_keys"] == second["image_keys"]
        assert ("regroup" in first, second["regroup"]) == (False, True)

    def test_at_most_500_go_into_one_job(self, server: PublicApi, client: Client, tmp_path: Path) -> None:
        folder = tmp_path / "many"
        folder.mkdir()
        for number in range(501):
            (folder / f"{number:03}.jpg").write_bytes(REPEATED + str(number).encode())
        outcome = brought(client, folder, curate=True, parallel=8)
        assert [len(request["image_keys"]) for request in server.processed] == [500, 1]
        assert len(outcome.jobs) == 2

    @pytest.mark.parametrize("fault", ["lose", "drop", 503])
    def test_a_lost_answer_makes_no_second_job(
        self, server: PublicApi, client: Client, folder: Path, fault: str | int
    ) -> None:
        server.next("/galleries/process", fault)
        brought(client, folder, curate=True)
        assert len(server.processed) == 1

    def test_what_a_job_skipped_is_said_and_stays_said(self, server: PublicApi, client: Client, folder: Path) -> None:
        server.skips[(folder / "2.jpg").read_bytes()] = "The photo is cut off."
        outcome = brought(client, folder, curate=True)
        assert outcome.failed == [(folder / "2.jpg", "The photo is cut off.")]
        assert len(outcome.album_ids) == 1
        again = brought(client, folder, curate=True)
        assert again.failed == outcome.failed
        assert (server.count("PUT"), len(server.processed)) == (5, 1)

    def test_photos_that_the_server_lost_are_named_and_brought_again_next_time(
        self, server: PublicApi, client: Client, folder: Path
    ) -> None:
        brought(client, folder)
        lost = next(key for key, content in server.objects.items() if content == (folder / "3.jpg").read_bytes())
        del server.objects[lost]
        outcome = brought(client, folder, curate=True)
        assert outcome.failed == [(folder / "3.jpg", "nothing has been brought here yet.")]
        assert len(server.processed[0]["image_keys"]) == 4
        again = brought(client, folder, curate=True)
        assert (again.uploaded, again.is_good) == (1, True)
        assert len(server.processed[1]["image_keys"]) == 1

    def test_a_failed_job_is_said_and_started_once_more_next_time(
        self, server: PublicApi, client: Client, folder: Path
    ) -> None:
        server.failing_jobs = 1
        outcome = brought(client, folder, curate=True)
        assert [job.status for job in outcome.jobs] == ["failed"]
        assert not outcome.is_good
        again = brought(client, folder, curate=True)
        assert ([job.status for job in again.jobs], again.is_good) == (["completed"], True)
        assert server.count("POST", "/galleries/process") == 1
        assert server.count("POST", f"/jobs/{again.jobs[0].id}/retry") == 1

    def test_a_job_that_the_server_forgot_is_asked_for_anew(
        self, server: PublicApi, client: Client, folder: Path
    ) -> None:
        server.failing_jobs = 1
        brought(client, folder, curate=True)
        server.jobs.clear()
        again = brought(client, folder, curate=True)
        assert again.is_good
        assert len(server.processed) == 2

    def test_other_folders_batches_are_left_alone(self, server: PublicApi, client: Client, folder: Path) -> None:
        server.failing_jobs = 1
        brought(client, folder / "0.jpg", curate=True)
        outcome = brought(client, folder / "1.jpg", curate=True)
        assert outcome.is_good
        assert len(outcome.jobs) == 1


def test_two_at_once_ask_for_each_photo_once(server: PublicApi, client: Client, folder: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: brought(client, folder, curate=True), range(2)))
    asked = [key for request in server.processed for key in request["image_keys"]]
    assert len(asked) == len(set(asked))


def test_a_refusal_that_names_no_photo_is_raised_and_forgotten(server: PublicApi, client: Client, folder: Path) -> None:
    server.next("/galleries/process", 400)
    with pytest.raises(Refused, match="Planned"):
        brought(client, folder, curate=True)
    assert brought(client, folder, curate=True).is_good


def test_the_library_brings_one_photo_in_one_line(server: PublicApi, client: Client, folder: Path) -> None:
    keys = [client.upload(path) for path in sorted(folder.glob("*.jpg"))]
    job = client.wait(client.process(keys, "by colour").id)
    assert job.result["albums_created"] == 1
    [album] = client.albums()
    assert album.image_count == 5
