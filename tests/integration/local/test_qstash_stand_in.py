"""The QStash stand-in against QStash's own SDK: published by its client, verified by its receiver."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from qstash import QStash, Receiver
from qstash.errors import SignatureError

from infra.local import ports
from infra.local.home import Home
from infra.local.server import Server
from infra.local.stand_ins import load
from infra.local.stand_ins.framework import PREFIX, Surroundings
from tests.waiting import until

KEYS = {
    "qstash_token": "token",
    "qstash_current_signing_key": "sig_current_0123456789abcdef0123456789abcdef",
    "qstash_next_signing_key": "sig_next_0123456789abcdef0123456789abcdef",
}


class Place:
    """A desk on a port, and a receiver that answers what it is told to."""

    def __init__(self, folder: Path) -> None:
        import socket

        self.listening = socket.socket()
        self.listening.bind((ports.LOOPBACK, 0))
        self.listening.listen()  # whoever comes before the server waits for it
        self.origin = f"http://{ports.LOOPBACK}:{self.listening.getsockname()[1]}"
        self.received: list[dict[str, Any]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.desk = load(Surroundings(Home(folder), self.origin, "http://127.0.0.1:9", KEYS))

        self.client = QStash("token", base_url=f"{self.origin}{PREFIX}qstash")

    def close(self) -> None:
        self.client.http._client.close()
        self.desk.close()
        self.listening.close()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        from infra.local import asgi

        if scope["path"].startswith(PREFIX):
            await self.desk(scope, receive, send)
            return
        body = await asgi.read_body(receive, 1_000_000)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.received.append({"path": scope["path"], "headers": headers, "body": body.decode()})
        status, extra = self.answers.pop(0) if self.answers else (200, {})
        await asgi.respond(send, status, list(extra.items()), b"heard")

    async def until(self, count: int) -> None:
        await until(lambda: len(self.received) >= count)

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        async def everything() -> None:
            server = Server(self, self.listening)
            tasks = [asyncio.create_task(server.serve()), asyncio.create_task(self.desk.stand_ins["qstash"].run())]
            try:
                await work()
            finally:
                server.stop()
                tasks[1].cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run(everything())

    async def publish(self, **message: Any) -> Any:
        return await asyncio.to_thread(lambda: self.client.message.publish_json(**message))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.close()


def _verify(place: Place, delivery: dict[str, Any], url: str | None = None) -> None:
    Receiver(KEYS["qstash_current_signing_key"], KEYS["qstash_next_signing_key"]).verify(
        signature=delivery["headers"]["upstash-signature"],
        body=delivery["body"],
        url=url or place.origin + delivery["path"],
    )


def test_a_message_arrives_signed_for_its_address_and_body(place: Place) -> None:
    async def work() -> None:
        answer = await place.publish(url=f"{place.origin}/hook", body={"id": 1}, headers={"X-Correlation": "c"})
        await place.until(1)
        (delivery,) = place.received
        assert json.loads(delivery["body"]) == {"id": 1}
        assert delivery["headers"]["x-correlation"] == "c"
        assert delivery["headers"]["upstash-message-id"] == answer.message_id
        assert delivery["headers"]["upstash-retried"] == "0"
        _verify(place, delivery)
        with pytest.raises(SignatureError):
            _verify(place, delivery | {"body": "{}"})
        with pytest.raises(SignatureError):
            _verify(place, delivery, "http://elsewhere")

    place.run(work)


def test_what_fails_is_tried_again_and_then_no_more(place: Place) -> None:
    async def work() -> None:
        place.answers = [(500, {"retry-after": "0"}), (503, {"retry-after": "0"}), (200, {})]
        await place.publish(url=f"{place.origin}/hook", body={})
        await place.until(3)
        assert [delivery["headers"]["upstash-retried"] for delivery in place.received] == ["0", "1", "2"]

    place.run(work)


def test_the_failure_callback_hears_of_a_message_that_never_arrived(place: Place) -> None:
    async def work() -> None:
        place.answers = [(500, {"retry-after": "0"}), (418, {})]
        await place.publish(
            url=f"{place.origin}/hook", body={"id": 7}, retries=1, failure_callback=f"{place.origin}/failed"
        )
        await place.until(3)
        told = place.received[2]
        assert told["path"] == "/failed"
        _verify(place, told)
        document = json.loads(told["body"])
        assert (document["status"], document["retried"], document["maxRetries"]) == (418, 1, 1)
        assert json.loads(base64.b64decode(document["sourceBody"])) == {"id": 7}
        states = [message["state"] for message in place.desk.describe("qstash")["messages"]]
        assert states.count("dead") == 1

    place.run(work)


def test_a_refusal_for_good_is_not_tried_again(place: Place) -> None:
    async def work() -> None:
        place.answers = [(489, {"upstash-nonretryable-error": "true"})]
        await place.publish(url=f"{place.origin}/hook", body={}, failure_callback=f"{place.origin}/failed")
        await place.until(2)
        assert [delivery["path"] for delivery in place.received] == ["/hook", "/failed"]

    place.run(work)


def test_a_repeat_with_the_same_deduplication_id_is_one_message(place: Place) -> None:
    async def work() -> None:
        first = await place.publish(url=f"{place.origin}/hook", body={}, deduplication_id="d")
        second = await place.publish(url=f"{place.origin}/hook", body={}, deduplication_id="d")
        await place.until(1)
        assert second.deduplicated
        assert second.message_id == first.message_id
        assert len(place.desk.describe("qstash")["messages"]) == 1

    place.run(work)


def test_a_delayed_message_waits_and_can_be_cancelled(place: Place) -> None:
    async def work() -> None:
        answer = await place.publish(url=f"{place.origin}/hook", body={}, delay="1h")
        await asyncio.to_thread(place.client.message.cancel, answer.message_id)
        await place.publish(url=f"{place.origin}/hook", body={}, delay="1s")
        await place.until(1)
        (message,) = [row for row in place.desk.describe("qstash")["messages"] if row["state"] == "canceled"]
        assert message["id"] == answer.message_id

    place.run(work)


def test_what_was_promised_survives_a_restart(place: Place, tmp_path: Path) -> None:
    async def publish() -> None:
        await place.publish(url=f"{place.origin}/hook", body={"id": 3}, delay="1s")

    place.run(publish)
    again = Place(tmp_path)
    (message,) = again.desk.describe("qstash")["messages"]
    again.close()
    assert message["state"] == "pending"


def test_a_wrong_token_is_refused_and_faults_are_acted_out(place: Place) -> None:
    async def work() -> None:
        import httpx

        url = f"{place.origin}{PREFIX}qstash/v2/publish/{place.origin}/hook"
        async with httpx.AsyncClient(trust_env=False) as client:
            refused = await client.post(url, headers={"authorization": "Bearer wrong"})
            assert refused.status_code == HTTPStatus.UNAUTHORIZED
            place.desk.plan("qstash", ["500", "429", "garbage", "empty", "timeout"])
            statuses = [(await client.post(url)).status_code for _ in range(4)]
            assert statuses == [500, 429, 200, 200]
            with pytest.raises(httpx.ReadTimeout):
                await client.post(url, timeout=0.3)
        assert [call["status"] for call in place.desk.describe("qstash")["calls"]] == [401, 500, 429, 200, 200, 0]

    place.run(work)
