"""The Replicate stand-in against Replicate's own SDK: asked by its client, its webhooks read by its validator."""

import asyncio
import base64
import io
import json
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from replicate.client import Client
from replicate.exceptions import ReplicateError
from replicate.prediction import Prediction
from replicate.webhook import InvalidSignatureError, Webhooks, WebhookSigningSecret

from infra.local import asgi, ports
from infra.local.home import Home
from infra.local.server import Server
from infra.local.stand_ins.framework import PREFIX, Desk, Surroundings
from infra.local.stand_ins.replicate import Replicate
from tests.factories.photos import encoded, jpeg, scene
from tests.waiting import until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
KEYS = {"replicate_api_token": "r8_made_for_this_run", "replicate_webhook_secret": SECRET}
MODEL = "darkroom/restorer"
PHOTO = jpeg(160, 120)


class Place:
    """A desk on a port, with photos to be fetched, and a receiver that answers what it is told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listening = socket.socket()
        self.listening.bind((ports.LOOPBACK, 0))
        self.listening.listen()  # whoever comes before the server waits for it
        self.origin = f"http://{ports.LOOPBACK}:{self.listening.getsockname()[1]}"
        self.received: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.photo = PHOTO
        self.fetched = asyncio.Event()
        self.hold: asyncio.Event | None = None
        self.running: asyncio.Task[None]
        self.begin()

    def begin(self) -> None:
        """As the stack does when it starts, also for another time."""
        surroundings = Surroundings(Home(self.folder), self.origin, "http://127.0.0.1:9", KEYS)
        self.stand_in = Replicate(surroundings)
        self.desk = Desk([self.stand_in])
        self.client = Client(KEYS["replicate_api_token"], base_url=surroundings.address("replicate"))

    def close(self) -> None:
        self.desk.close()
        self.client._client.close()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].startswith(PREFIX):
            await self.desk(scope, receive, send)
            return
        body = await asgi.read_body(receive, 100_000_000)
        if scope["path"] == "/photo":
            self.fetched.set()
            if self.hold:
                await self.hold.wait()
            await asgi.respond(send, 200 if self.photo else 404, [], self.photo)
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.received.append({"headers": headers, "body": body.decode()})
        await asgi.respond(send, self.answers.pop(0) if self.answers else 200, [], b"")

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        async def everything() -> None:
            server = Server(self, self.listening)
            serving, self.running = asyncio.create_task(server.serve()), asyncio.create_task(self.stand_in.run())
            try:
                async with asyncio.timeout(60):
                    await work()
            finally:
                self.running.cancel()
                server.stop()
                await asyncio.gather(serving, self.running, return_exceptions=True)
                await self.client._async_client.aclose()

        asyncio.run(everything())

    async def restart(self) -> None:
        """As if the stack had been killed and started again at the same address."""
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        await self.client._async_client.aclose()
        self.close()
        self.begin()
        self.running = asyncio.create_task(self.stand_in.run())

    async def create(self, **given: Any) -> Prediction:
        image = given.pop("image", f"{self.origin}/photo")
        more = given.pop("input", {})
        return await self.client.predictions.async_create(model=MODEL, input={"image": image, **more}, **given)

    async def ended(self, prediction: Prediction) -> Prediction:
        while prediction.status not in {"succeeded", "failed", "canceled"}:
            await asyncio.sleep(0.05)
            await prediction.async_reload()
        return prediction

    async def fetch(self, url: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.get(url)

    def told(self) -> list[str]:
        return [json.loads(letter["body"])["status"] for letter in self.received]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.close()
    made.listening.close()


def test_a_photo_is_restored_and_its_webhooks_are_signed(place: Place) -> None:
    async def work() -> None:
        events = ["start", "output", "logs", "completed"]
        prediction = await place.create(webhook=f"{place.origin}/hook", webhook_events_filter=events)
        assert (prediction.status, prediction.output, prediction.model) == ("starting", None, MODEL)
        await place.ended(prediction)
        assert (prediction.status, prediction.error) == ("succeeded", None)
        assert prediction.progress is not None
        assert prediction.progress.percentage == 1.0
        assert prediction.metrics is not None
        assert prediction.metrics["predict_time"] > 0
        restored = Image.open(io.BytesIO((await place.fetch(str(prediction.output))).content))
        assert (restored.format, restored.size) == ("JPEG", (160, 120))
        await until(lambda: "succeeded" in place.told())
        assert set(place.told()) == {"processing", "succeeded"}
        secret = await place.client.webhooks.default.async_secret()
        for letter in place.received:
            Webhooks.validate(headers=letter["headers"], body=letter["body"], secret=secret, tolerance=60)
            assert json.loads(letter["body"])["id"] == prediction.id
        with pytest.raises(InvalidSignatureError):
            Webhooks.validate(headers=place.received[0]["headers"], body="{}", secret=secret)
        with pytest.raises(InvalidSignatureError):
            other = WebhookSigningSecret(key="whsec_" + SECRET[6:].swapcase())
            Webhooks.validate(headers=place.received[0]["headers"], body=place.received[0]["body"], secret=other)

    place.run(work)


def test_photos_come_by_data_uri_by_upload_and_by_address(place: Place) -> None:
    async def work() -> None:
        by_upload = await place.create(image=io.BytesIO(PHOTO))
        by_data = await place.create(image="data:image/jpeg;base64," + base64.b64encode(PHOTO).decode())
        by_address = await place.create(input={"upscale": 2, "fidelity": 0.9})
        results = []
        for prediction in (by_upload, by_data, by_address):
            await place.ended(prediction)
            assert prediction.status == "succeeded", prediction.error
            results.append((await place.fetch(str(prediction.output))).content)
        assert results[0] == results[1]
        assert Image.open(io.BytesIO(results[2])).size == (320, 240)

    place.run(work)


def test_by_version_and_while_the_caller_waits(place: Place) -> None:
    async def work() -> None:
        model = await place.client.models.async_get(MODEL)
        assert model.latest_version is not None
        assert "colorize" not in model.latest_version.openapi_schema["components"]["schemas"]["Input"]["properties"]
        prediction = await place.client.predictions.async_create(
            model.latest_version.id, {"image": f"{place.origin}/photo"}, wait=60
        )
        assert prediction.status == "succeeded"
        listed = await place.client.predictions.async_list()
        assert [one.id for one in listed] == [prediction.id]
        assert (await place.client.accounts.async_current()).username == "darkroom"

    place.run(work)


def test_files_are_kept_until_they_are_deleted(place: Place) -> None:
    async def work() -> None:
        content = b"\r\n--not the boundary\r\n\r\n" + bytes(range(256)) * 40
        made = await place.client.files.async_create(io.BytesIO(content), filename="old print.jpg")
        found = await place.client.files.async_get(made.id)
        assert (found.name, found.size, found.content_type) == ("old print.jpg", len(content), "image/jpeg")
        assert (place.folder / "replicate" / "files" / made.id).read_bytes() == content
        assert [one.id for one in await place.client.files.async_list()] == [made.id]
        assert await place.client.files.async_delete(made.id)
        with pytest.raises(ReplicateError) as caught:
            await place.client.files.async_get(made.id)
        assert caught.value.status == 404
        gone = await place.ended(await place.create(image=made.urls["get"]))
        assert (gone.status, gone.error) == ("failed", "The file does not exist or has expired")

    place.run(work)


def test_what_the_service_refuses_is_refused(place: Place) -> None:
    async def refused(status: int, detail: str, asked: Awaitable[Any]) -> None:
        with pytest.raises(ReplicateError) as caught:
            await asked
        assert caught.value.status == status
        assert detail in (caught.value.detail or "")

    async def work() -> None:
        await refused(422, "input.colorize: is not allowed", place.create(input={"colorize": True}))
        await refused(422, "between 0 and 1", place.create(input={"fidelity": 2}))
        await refused(422, "Expected: number", place.create(input={"fidelity": "much"}))
        await refused(422, "must be one of", place.create(input={"upscale": 3}))
        await refused(422, "image is required", place.client.predictions.async_create(model=MODEL, input={}))
        await refused(422, "this machine only", place.create(webhook="https://example.com/hook"))
        await refused(422, "must be among", place.create(webhook_events_filter=["everything"]))
        await refused(422, "does not exist", place.client.predictions.async_create("0" * 64, {"image": "data:,"}))
        await refused(404, "not be found", place.client.predictions.async_create(model="no/such", input={}))
        await refused(404, "not be found", place.client.predictions.async_get("nothing"))
        other = Client("r8_other", base_url=place.client._base_url)
        await refused(401, "valid authentication token", other.predictions.async_get("nothing"))
        await other._async_client.aclose()

    place.run(work)


def test_photos_that_cannot_be_had_or_read_fail(place: Place) -> None:
    async def work() -> None:
        place.photo = b""
        missing = await place.ended(await place.create())
        assert missing.status == "failed"
        assert "could not be fetched" in (missing.error or "")
        elsewhere = await place.ended(await place.create(image="https://example.com/photo.jpg"))
        assert "this machine only" in (elsewhere.error or "")
        place.photo = b"no photo"
        unreadable = await place.ended(await place.create())
        assert (unreadable.status, unreadable.error) == ("failed", "the image cannot be read")

    place.run(work)


def test_a_prediction_is_canceled_while_it_waits_and_while_it_runs(place: Place) -> None:
    async def work() -> None:
        place.photo = jpeg(3000, 2000)
        runs = await place.create(webhook=f"{place.origin}/hook")
        waits = await place.create()
        while not (runs.logs or "").startswith("  0%"):
            await asyncio.sleep(0.02)
            await runs.async_reload()
        await waits.async_cancel()
        await runs.async_cancel()
        assert [runs.status, waits.status] == ["canceled", "canceled"]
        await until(lambda: place.told() == ["canceled"])
        place.photo = PHOTO
        after = await place.ended(await place.create())
        assert after.status == "succeeded"
        await after.async_cancel()
        assert after.status == "succeeded"
        await runs.async_reload()
        assert (runs.status, runs.output) == ("canceled", None)

    place.run(work)


def test_the_last_webhook_is_repeated_until_it_is_heard(place: Place) -> None:
    async def work() -> None:
        place.answers = [500, 503, 200]
        await place.create(webhook=f"{place.origin}/hook", webhook_events_filter=["completed"])
        await until(lambda: len(place.received) == 3)
        ids = {letter["headers"]["webhook-id"] for letter in place.received}
        assert len(ids) == 1
        secret = WebhookSigningSecret(key=SECRET)
        for letter in place.received:
            Webhooks.validate(headers=letter["headers"], body=letter["body"], secret=secret, tolerance=60)

    place.run(work)


def test_what_a_killed_stack_left_is_finished_by_the_next(place: Place) -> None:
    async def work() -> None:
        place.hold = asyncio.Event()
        made = [await place.create(webhook=f"{place.origin}/hook"), await place.create()]
        await place.fetched.wait()
        await made[0].async_reload()
        assert made[0].status == "processing"
        await place.restart()
        place.hold.set()
        for prediction in made:
            again = await place.ended(await place.client.predictions.async_get(prediction.id))
            assert again.status == "succeeded"
        await until(lambda: "succeeded" in place.told())

    place.run(work)


def test_after_an_hour_only_that_it_was_there_is_known(place: Place) -> None:
    async def work() -> None:
        prediction = await place.ended(await place.create())
        url = str(prediction.output)
        assert (await place.fetch(url.replace("/output", "x/output"))).status_code == 404
        assert (await place.fetch(url)).status_code == 200
        place.stand_in._store.forget(time.time() + 3700)
        assert (await place.fetch(url)).status_code == 404
        await prediction.async_reload()
        assert (prediction.status, prediction.output, prediction.input) == ("succeeded", None, {})

    place.run(work)


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [("failed", "failed", "CUDA"), ("nsfw", "failed", "NSFW content detected"), ("canceled", "canceled", None)],
)
def test_predictions_that_end_badly(place: Place, fault: str, status: str, error: str | None) -> None:
    async def work() -> None:
        place.desk.plan("replicate", [fault])
        await place.client.accounts.async_current()  # which is no prediction, and takes no such fault
        prediction = await place.ended(await place.create(webhook=f"{place.origin}/hook"))
        assert (prediction.status, prediction.output) == (status, None)
        assert (error or "") in (prediction.error or "")
        await until(lambda: place.told() == [status])
        assert (await place.ended(await place.create())).status == "succeeded"

    place.run(work)


def test_a_lost_webhook_leaves_the_result_to_be_asked_for(place: Place) -> None:
    async def work() -> None:
        place.desk.plan("replicate", ["lost_webhook"])
        lost = await place.ended(await place.create(webhook=f"{place.origin}/hook"))
        heard = await place.ended(await place.create(webhook=f"{place.origin}/hook"))
        assert [lost.status, heard.status] == ["succeeded", "succeeded"]
        await until(lambda: "succeeded" in place.told())
        assert {json.loads(letter["body"])["id"] for letter in place.received} == {heard.id}

    place.run(work)


@pytest.mark.parametrize("fault", ["worse", "other_face"])
def test_results_that_nobody_should_accept_look_like_any_other(place: Place, fault: str) -> None:
    async def work() -> None:
        place.photo = encoded(scene(320, 240))
        good = await place.ended(await place.create())
        place.desk.plan("replicate", [fault])
        bad = await place.ended(await place.create())
        assert (good.status, bad.status) == ("succeeded", "succeeded")
        one, other = [(await place.fetch(str(made.output))).content for made in (good, bad)]
        assert one != other
        assert Image.open(io.BytesIO(other)).size == (320, 240)

    place.run(work)


def test_calls_that_fail(place: Place) -> None:
    async def work() -> None:
        place.desk.plan("replicate", ["429", "500", "garbage", "empty"])
        for status in (429, 500):
            with pytest.raises(ReplicateError) as caught:
                await place.create()
            assert caught.value.status == status
        for _ in range(2):
            with pytest.raises(ValueError, match=r"."):
                await place.create()
        place.desk.plan("replicate", ["timeout"])
        hurried = Client(KEYS["replicate_api_token"], base_url=place.client._base_url, timeout=httpx.Timeout(0.5))
        with pytest.raises(httpx.ReadTimeout):
            await hurried.predictions.async_list()
        await hurried._async_client.aclose()
        assert (await place.ended(await place.create())).status == "succeeded"

    place.run(work)
