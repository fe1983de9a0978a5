"""POST /orders/{id}/downloads and GET /download/{token}: links that are counted."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import pytest

from darkroom import crypto, db, ids
from darkroom.settings import settings
from restorations import archive
from tests.api import Answer
from tests.conftest import FrozenTime
from tests.factories.callers import signed_in
from tests.fakes import queues
from tests.integration.restorations.inout.conftest import World
from tests.threads import requests_at_once

WEEK = 7 * 86_400


def leads_to(answer: Answer) -> tuple[str, str]:
    """The key and the name that it is saved as."""
    assert answer.status == 302, (answer.status, answer.text)
    place = urlsplit(answer.headers["location"])
    disposition = parse_qs(place.query)["response-content-disposition"][0]
    return place.path.removeprefix("/"), unquote(disposition.partition("filename*=UTF-8''")[2])


def used(world: World) -> list[int]:
    with db.reading() as tx:
        return [row["downloads"] for row in tx.all("SELECT downloads FROM download_links ORDER BY id")]


class TestMaking:
    def test_one_photo(self, world: World) -> None:
        order = world.order()
        answer = world.link(order, [order.image_ids[1]])
        assert answer.status == 201
        made = answer.json()
        assert set(made) == {"token", "url", "expires_at", "max_downloads"}
        assert made["url"] == f"{settings().web_origin}/api/v1/download/{made['token']}"
        assert made["max_downloads"] == 10
        assert made["expires_at"].endswith("Z")
        assert leads_to(world.fetch(made["token"])) == (
            f"uploads/restored/{order.order_id}/IMG_002_restored.jpg",
            "Old photo 2_restored.jpg",
        )
        assert world.sqs.sent == {}

    def test_a_token_rests_as_its_hash(self, world: World) -> None:
        token = world.token(world.order())
        assert world.value("SELECT count(*) FROM download_links WHERE token_hash = %s", crypto.token_hash(token)) == 1
        assert token not in str(world.value("SELECT row(l.*)::text FROM download_links l"))

    def test_all_or_several_are_a_zip(self, world: World) -> None:
        order = world.order()
        tokens = [world.token(order), world.token(order, order.image_ids[:2])]
        world.work("archives")
        for token in tokens:
            key, name = leads_to(world.fetch(token))
            assert key.startswith(f"downloads/{order.order_id}/")
            assert key.endswith("_all_photos.zip")
            assert name.startswith("Restored photos 20")

    def test_the_same_choice_is_one_zip(self, world: World) -> None:
        order = world.order()
        both = order.image_ids[:2]
        for choice in (None, order.image_ids, list(reversed(order.image_ids)), both, [*both, both[0]]):
            world.token(order, choice)
        assert world.value("SELECT count(*) FROM order_archives") == 2
        assert len(world.work("archives")) == 2

    def test_all_of_an_order_with_one_photo_is_a_zip_too(self, world: World) -> None:
        order = world.order([b"only"])
        world.token(order)
        assert len(world.work("archives")) == 1

    @pytest.mark.parametrize("status", ["pending_payment", "processing", "failed", "refunded"])
    def test_an_order_that_is_not_completed_is_a_conflict(self, world: World, status: str) -> None:
        assert world.link(world.order(status=status)).status == 409

    def test_disputed_and_refunded_payments_freeze_it(self, world: World) -> None:
        assert world.link(world.order(payment_status="disputed")).status == 403
        assert world.link(world.order(payment_status="disputed", status="processing")).status == 403
        assert world.link(world.order(payment_status="refunded")).status == 403
        assert world.link(world.order(payment_status="partially_refunded")).status == 201

    def test_other_orders_photos_are_not_there(self, world: World) -> None:
        order, other = world.order(), world.order()
        assert world.link(order, [other.image_ids[0]]).status == 404
        assert world.link(order, [order.image_ids[0], other.image_ids[0]]).status == 404
        assert world.link(order, []).status == 400

    def test_photos_that_were_not_restored_are_a_conflict(self, world: World) -> None:
        order = world.order()
        world.execute("ALTER TABLE order_images DISABLE TRIGGER order_images_status_order")
        world.execute("UPDATE order_images SET status = 'failed', error = 'no' WHERE id = %s", order.image_ids[1])
        answer = world.link(order, order.image_ids)
        assert (answer.status, "Old photo 2.png" in answer.json()["detail"]) == (409, True)
        assert world.link(order).status == 201  # all means all that were restored
        assert world.value("SELECT cardinality(image_ids) FROM order_archives") == 2

    def test_who_may(self, world: World) -> None:
        with db.transaction() as tx:
            owner, stranger, admin = signed_in(tx), signed_in(tx), signed_in(tx, role="admin")
        order, other = world.order(user_id=owner.user_id), world.order()
        session = world.open(b"x")
        assert world.link(order).status == 201
        assert world.link(order, token=owner.token).status == 201
        assert world.link(order, token=admin.token).status == 201
        assert world.link(order, token=stranger.token).status == 404
        assert world.link(order, token=other.token).status == 404
        assert world.link(order, token=None).status == 401
        assert world.link(order, token=session.token).status == 401
        assert world.link(order._replace(order_id=ids.new_id())).status == 404

    def test_so_many_an_hour(self, world: World, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("ORDER_DOWNLOADS_PER_CALLER_HOUR", "2")
        settings.cache_clear()
        order = world.order()
        answers = [world.link(order) for _ in range(3)]
        assert [answer.status for answer in answers] == [201, 201, 429]

    def test_settings_say_how_often_and_how_long(
        self, world: World, environment: pytest.MonkeyPatch, frozen_time: FrozenTime
    ) -> None:
        environment.setenv("DOWNLOAD_COUNT", "2")
        environment.setenv("DOWNLOAD_SECONDS", "60")
        settings.cache_clear()
        order = world.order()
        token = world.token(order, order.image_ids[:1])
        assert [world.fetch(token).status for _ in range(3)] == [302, 302, 403]
        other = world.token(order, order.image_ids[:1])
        frozen_time.advance(60)
        assert world.fetch(other).status == 403


class TestFetching:
    @pytest.fixture
    def token(self, world: World) -> str:
        order = world.order()
        return world.token(order, order.image_ids[:1])

    def test_ten_times(self, world: World, token: str) -> None:
        assert [world.fetch(token).status for _ in range(11)] == [302] * 10 + [403]
        assert used(world) == [10]

    @pytest.mark.parametrize(
        "token",
        ["x", "é", "%00", "a/b", "..%2f..", "0" * 43, "x" * 3000, "e30.e30.e30", "%ed%a0%80", "null"],
    )
    def test_anything_else_is_refused(self, world: World, token: str) -> None:
        answer = world.fetch(token)
        assert answer.status == 403, answer.text
        assert answer.headers["content-type"] == "application/problem+json"

    def test_other_tokens_open_nothing(self, world: World) -> None:
        order = world.order()
        assert world.fetch(order.token).status == 403
        assert world.fetch(world.open(b"x").token).status == 403

    def test_a_week(self, world: World, token: str, frozen_time: FrozenTime) -> None:
        token = world.token(order := world.order(), order.image_ids[:1])
        frozen_time.advance(WEEK - 1)
        assert world.fetch(token).status == 302
        frozen_time.advance(1)
        assert world.fetch(token).status == 403

    def test_a_revoked_one(self, world: World) -> None:
        from restorations.service import downloads

        order, other = world.order(), world.order()
        token, kept = (world.token(each, each.image_ids[:1]) for each in (order, other))
        with db.transaction() as tx:
            downloads.revoke(tx, order.order_id)
            downloads.revoke(tx, order.order_id)
        assert world.fetch(token).status == 403
        assert world.fetch(kept).status == 302

    @pytest.mark.parametrize(
        ("column", "frozen", "thawed"), [("payment_status", "disputed", "paid"), ("payment_status", "refunded", "paid")]
    )
    def test_while_its_order_is_frozen(self, world: World, token: str, column: str, frozen: str, thawed: str) -> None:
        world.execute("UPDATE orders SET payment_status = %s", frozen)
        assert world.fetch(token).status == 403
        world.execute("UPDATE orders SET payment_status = %s", thawed)
        assert world.fetch(token).status == 302
        world.execute("UPDATE orders SET status = 'refunded'")
        assert world.fetch(token).status == 403
        assert used(world) == [1]

    def test_a_zip_that_is_not_there_yet(self, world: World) -> None:
        token = world.token(world.order())
        for _ in range(12):
            answer = world.fetch(token)
            assert (answer.status, answer.body) == (202, b"")
            assert int(answer.headers["retry-after"]) > 0
        assert used(world) == [0]
        assert len(world.work("archives")) == 1
        assert world.fetch(token).status == 302
        assert used(world) == [1]

    def test_people_see_a_page_that_waits_for_them(self, world: World) -> None:
        answer = world.fetch(world.token(world.order()), headers={"Accept": "text/html,*/*;q=0.8"})
        assert (answer.status, answer.headers["refresh"]) == (202, answer.headers["retry-after"])
        assert "Packing your photos" in answer.text
        assert answer.headers["content-type"].startswith("text/html")

    @pytest.mark.parametrize(
        ("accept", "is_person"),
        [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
            ("text/html", True),
            ("application/json;q=0.5, text/html", True),
            ("", False),
            ("*/*", False),
            ("application/json", False),
            ("application/problem+json, text/html;q=0.9", False),
            ("application/json, text/html", False),
            ("text/html;q=0", False),
            ("text/html;q=x", False),
        ],
    )
    def test_people_are_led_to_a_page_that_says_why(self, world: World, accept: str, is_person: bool) -> None:
        answer = world.fetch("0" * 43, headers={"Accept": accept})
        if is_person:
            assert (answer.status, answer.headers["location"]) == (302, f"{settings().web_origin}/restore/link")
            assert answer.headers["cache-control"] == "no-store"
        else:
            assert (answer.status, answer.headers["content-type"]) == (403, "application/problem+json")

    def test_people_are_told_of_a_zip_that_could_not_be_built(self, world: World) -> None:
        token = world.token(world.order())
        world.execute("UPDATE order_archives SET status = 'failed'")
        assert world.fetch(token).status == 503
        answer = world.fetch(token, headers={"Accept": "text/html"})
        assert (answer.status, answer.headers["location"]) == (302, f"{settings().web_origin}/restore/link?packing")

    def test_a_zip_that_was_cleared_away_is_built_again(self, world: World, frozen_time: FrozenTime) -> None:
        order = world.order()
        first = world.token(order)
        world.work("archives")
        frozen_time.advance(WEEK - 3 * 3600)
        second = world.token(order)
        assert leads_to(world.fetch(first)) == leads_to(world.fetch(second))
        frozen_time.advance(2 * 3600)  # it would be cleared away while it is downloaded
        assert world.fetch(second).status == 202
        assert len(world.work("archives")) == 1
        assert world.fetch(second).status == 302
        assert world.value("SELECT count(*) FROM order_archives WHERE status = 'ready'") == 1

    def test_a_zip_whose_object_and_row_are_gone_is_built_again(self, world: World) -> None:
        token = world.token(world.order())
        world.work("archives")
        world.execute("DELETE FROM order_archives")
        assert world.fetch(token).status == 202
        world.work("archives")
        assert world.fetch(token).status == 302

    def test_a_zip_that_could_not_be_built(self, world: World, frozen_time: FrozenTime) -> None:
        order = world.order()
        token = world.token(order)
        content = world.bucket.objects.pop(f"uploads/restored/{order.order_id}/IMG_002_restored.jpg")
        (message,) = world.sqs.take("archives")
        assert len(queues.failures(archive.handler(queues.event("archives", message), None))) == 1
        assert world.fetch(token).status == 503
        assert world.work("archives") == []
        world.bucket.objects[f"uploads/restored/{order.order_id}/IMG_002_restored.jpg"] = content
        frozen_time.advance(1801)
        assert world.fetch(token).status == 202
        world.work("archives")
        assert world.fetch(token).status == 302
        assert used(world) == [1]

    def test_other_methods_are_none(self, world: World, token: str) -> None:
        from restorations import download
        from tests.api import Api

        assert Api(download.handler).post(f"/download/{token}").status == 405
        assert used(world) == [0]


class TestAtOnce:
    def test_of_two_at_the_last_one_one_is_counted(
        self, committed_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world = committed_world
        order = world.order()
        tokens = [world.token(order, order.image_ids[:1]) for _ in range(6)]
        world.execute("UPDATE download_links SET downloads = max_downloads - 1")
        world.fetch("warm")
        for token in tokens:
            answers = requests_at_once([lambda token=token: world.fetch(token)] * 3, monkeypatch)  # type: ignore[misc]
            assert sorted(answer.status for answer in answers) == [302, 403, 403]
        assert used(world) == [10] * 6

    def test_many_at_once_are_each_counted(self, committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        world = committed_world
        order = world.order()
        token = world.token(order, order.image_ids[:1])
        world.fetch("warm")
        answers = requests_at_once([lambda: world.fetch(token)] * 8, monkeypatch)
        assert [answer.status for answer in answers] == [302] * 8
        assert used(world) == [8]

    def test_links_of_one_choice_made_at_once_begin_one_zip(
        self, committed_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world = committed_world
        order = world.order()
        world.token(order, order.image_ids[:1])
        answers = requests_at_once([lambda: world.link(order)] * 4, monkeypatch)
        assert [answer.status for answer in answers] == [201] * 4
        assert world.value("SELECT count(*) FROM order_archives") == 1
        assert len(world.work("archives")) == 1


def names(world: World, filenames: Sequence[str]) -> list[str]:
    """What each photo of an order is saved as."""
    order = world.order([b"x"] * len(filenames), filenames=filenames)
    tokens = [world.token(order, [image_id]) for image_id in order.image_ids]
    return [leads_to(world.fetch(token))[1] for token in tokens]


def test_photos_keep_their_names(world: World) -> None:
    assert names(world, ["Großmutter 1952.JPG", "scan", "写真.png", "Dr. No", "x" * 120, ".hidden", "con.jpg"]) == [
        "Großmutter 1952_restored.jpg",
        "scan_restored.jpg",
        "写真_restored.jpg",
        "Dr. No_restored.jpg",
        "x" * 101 + "_restored.jpg",
        "hidden_restored.jpg",
        "con_restored.jpg",
    ]


def test_the_mail_of_a_completed_order_gets_a_link_and_its_zip_is_begun(world: World) -> None:
    from restorations.service import downloads

    order = world.order()
    with db.transaction() as tx:
        link: Any = downloads.issue(tx, order.order_id)
        assert UUID(str(tx.value("SELECT order_id FROM download_links"))) == order.order_id
    assert len(world.work("archives")) == 1
    assert world.fetch(link.token).status == 302
