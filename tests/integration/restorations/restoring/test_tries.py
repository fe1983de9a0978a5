"""Every end of a try is an end: it is told, tried again where that helps, and given back where it does not."""

from typing import Any

import pytest
from PIL import ImageOps

from darkroom import faces
from darkroom.settings import settings
from tests.factories import photos as factory
from tests.fakes.replicate import DOCUMENTS
from tests.integration.restorations.restoring.conftest import Restoring, old_photo, restored, worse_photo


@pytest.mark.parametrize("end", ["failed", "canceled", "succeeded_empty"])
def test_what_fails_is_tried_again_later_each_time(restoring: Restoring, end: str) -> None:
    restoring.replicate.ends = [end, end, end, "succeeded"]
    order = restoring.paid()
    restoring.run()
    assert restoring.status(order) == "completed"
    assert restoring.job(order)["try_number"] == 4
    assert [delay for delay in restoring.sqs.delays if delay in {1, 2, 4}] == [1, 2, 4]
    assert [each["input"]["fidelity"] for each in restoring.replicate.created] == [0.7] * 4
    assert restoring.given_back == []


def test_after_the_last_try_the_photo_is_given_back_and_everybody_told(restoring: Restoring) -> None:
    admin = restoring.admin()
    restoring.replicate.ends = ["failed"] * 4 + ["succeeded"]
    order = restoring.paid()
    restoring.run()
    photo, job = restoring.photo(order), restoring.job(order)
    assert len(restoring.replicate.created) == 4
    assert (photo["status"], job["status"], job["kind_of_error"]) == ("failed", "failed", "failed")
    assert job["error"] == DOCUMENTS["failed"]["error"]
    assert "CUDA" not in photo["error"]
    assert restoring.given_back == [(photo["id"], photo["error"])]
    assert restoring.settled == [(order.id, 0)]
    assert restoring.status(order) == "failed"
    (told,) = restoring.mails("order_photos_failed")
    assert told["failures"] == [["grandma 1.jpg", photo["error"]]]
    assert told["refunded"] == "$9.00"
    email = restoring.row("users", admin.user_id)["email"]
    assert len(restoring.mails("admin_photo_failed", email)) == 1
    assert restoring.mails("order_completed") == []


def test_an_administrator_who_has_not_confirmed_their_address_gets_no_mail_about_strangers(
    restoring: Restoring,
) -> None:
    admin = restoring.admin()
    restoring.execute("UPDATE users SET email_confirmed_at = NULL WHERE id = %s", admin.user_id)
    restoring.replicate.ends = ["failed"] * 4
    restoring.paid()
    restoring.run()
    assert len(restoring.mails("order_photos_failed")) == 1
    assert restoring.mails("admin_photo_failed", restoring.row("users", admin.user_id)["email"]) == []


def test_one_failed_of_two_leaves_the_order_completed_in_part(restoring: Restoring) -> None:
    restoring.replicate.ends = ["nsfw", "succeeded"]
    order = restoring.paid(2)
    restoring.run()
    assert sorted(photo["status"] for photo in restoring.photos(order)) == ["completed", "failed"]
    assert restoring.status(order) == "completed"
    (completed,) = restoring.mails("order_completed")
    assert (completed["photos"], completed["failed"]) == ("1 photo", "1 photo")
    assert len(restoring.mails("order_photos_failed")) == 1
    assert restoring.settled == [(order.id, 1)]


def test_what_the_model_refuses_for_what_it_shows_is_not_tried_again(restoring: Restoring) -> None:
    restoring.replicate.ends = ["nsfw", "succeeded"]
    order = restoring.paid()
    restoring.run()
    assert len(restoring.replicate.created) == 1
    assert "because of what it shows" in restoring.photo(order)["error"]
    assert restoring.status(order) == "failed"


def test_the_last_of_several_outputs_is_the_result(restoring: Restoring) -> None:
    restoring.replicate.ends = ["succeeded_list"]
    order = restoring.paid()
    restoring.run()
    assert restoring.status(order) == "completed"


def _results(restoring: Restoring, *contents: bytes | None) -> None:
    """The outputs of predictions in turn; None is a good one."""
    waiting = list(contents)

    def next_one(prediction: dict[str, Any]) -> bytes:
        content = waiting.pop(0) if waiting else None
        return factory.encoded(restored(restoring.shown(prediction)), "PNG") if content is None else content

    restoring.replicate.restored = next_one


def test_a_result_that_is_worse_is_never_sent_and_the_next_keeps_closer(restoring: Restoring) -> None:
    _results(restoring, worse_photo(), worse_photo())
    order = restoring.paid()
    restoring.run()
    assert [each["input"]["fidelity"] for each in restoring.replicate.created] == [0.7, 0.85, 1.0]
    assert restoring.status(order) == "completed"


def test_only_worse_results_are_given_back(restoring: Restoring) -> None:
    _results(restoring, *[worse_photo()] * 4)
    order = restoring.paid()
    restoring.run()
    assert restoring.job(order)["kind_of_error"] == "worse"
    assert "no better than your own" in restoring.photo(order)["error"]
    assert restoring.photo(order)["restored_key"] is None
    assert not [key for key in restoring.bucket.objects if key.endswith(("_restored.png", "-restored-1600.webp"))]


@pytest.mark.parametrize("content", [b"no photo at all", b"", factory.png_bomb()], ids=["junk", "nothing", "bomb"])
def test_what_is_no_photo_is_tried_again(restoring: Restoring, content: bytes) -> None:
    _results(restoring, content)
    order = restoring.paid()
    restoring.run()
    assert restoring.status(order) == "completed"
    assert restoring.job(order)["try_number"] == 2


class TestGate:
    @pytest.fixture(autouse=True)
    def endpoint(self, restoring: Restoring, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("FACES_ENDPOINT", "darkroom-test-faces")
        settings.cache_clear()

    def test_another_face_fails_the_result_and_the_next_keeps_closer(self, restoring: Restoring) -> None:
        restoring.same = [False, True]
        order = restoring.paid()
        restoring.run()
        assert [each["input"]["fidelity"] for each in restoring.replicate.created] == [0.7, 0.85]
        assert restoring.status(order) == "completed"

    def test_another_face_each_time_is_given_back(self, restoring: Restoring) -> None:
        restoring.same = [False]
        order = restoring.paid(fidelity=1.0)
        restoring.run()
        assert [each["input"]["fidelity"] for each in restoring.replicate.created] == [1.0] * 4
        assert restoring.job(order)["kind_of_error"] == "other_face"
        assert "changed a face" in restoring.photo(order)["error"]
        assert len(restoring.given_back) == 1

    def test_a_face_that_moves_the_structure_too_is_called_a_face(self, restoring: Restoring) -> None:
        _results(restoring, *[factory.encoded(ImageOps.mirror(restored(old_photo())), "PNG")] * 4)
        restoring.same = [False]
        order = restoring.paid()
        restoring.run()
        assert restoring.job(order)["kind_of_error"] == "other_face"

    def test_what_nobody_can_say_passes(self, restoring: Restoring) -> None:
        restoring.same = [None]
        order = restoring.paid()
        restoring.run()
        assert restoring.status(order) == "completed"
        assert len(restoring.replicate.created) == 1

    def test_while_the_service_is_away_nothing_is_sent_unseen(
        self, restoring: Restoring, environment: pytest.MonkeyPatch
    ) -> None:
        def away(one: bytes, other: bytes) -> None:
            raise faces.FacesUnavailable

        order = restoring.submitted()
        restoring.step("restorations")
        with environment.context() as patched:
            patched.setattr(faces, "faces", type("Away", (), {"compare": staticmethod(away)}))
            restoring.fails("judgements")
            restoring.fails("judgements")
        assert restoring.photo(order)["status"] == "processing"
        assert restoring.sweep()["restorations"] == 0  # the message comes again by itself
        restoring.run()
        assert restoring.status(order) == "completed"
        assert len(restoring.replicate.created) == 1

    def test_what_the_service_cannot_read_does_not_pass(
        self, restoring: Restoring, environment: pytest.MonkeyPatch
    ) -> None:
        def unreadable(one: bytes, other: bytes) -> None:
            raise faces.UnreadablePhoto

        environment.setattr(faces, "faces", type("Blind", (), {"compare": staticmethod(unreadable)}))
        order = restoring.paid()
        restoring.run()
        assert restoring.status(order) == "failed"

    def test_switched_off_nobody_is_asked(self, restoring: Restoring, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("IDENTITY_GATE", "0")
        settings.cache_clear()
        restoring.same = [False]
        order = restoring.paid()
        restoring.run()
        assert restoring.compared == 0
        assert restoring.status(order) == "completed"

    def test_both_photos_are_shown_small_and_no_numbers_are_logged(
        self, restoring: Restoring, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        shown: list[tuple[bytes, bytes]] = []
        own = faces.faces()

        class Watching:
            def compare(self, one: bytes, other: bytes) -> Any:
                shown.append((one, other))
                return own.compare(one, other)

        environment.setattr(faces, "faces", Watching)
        restoring.same = [True]
        restoring.paid(content=factory.jpeg(2600, 1000))
        _results(restoring)
        restoring.run()
        assert all(len(one) + len(other) < faces.COMPARED_BYTES_MAX for one, other in shown)
        assert all(content.startswith(b"\xff\xd8") for pair in shown for content in pair)
        said = "".join(capsys.readouterr())
        assert "likeness" not in said
        assert "embedding" not in said
