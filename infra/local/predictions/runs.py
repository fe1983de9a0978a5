"""Runs what was asked for, one after the other. What a killed stack left half done is begun again."""

import asyncio
import base64
import binascii
import contextlib
import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from infra.local.home import REPOSITORY
from infra.local.predictions import store as states
from infra.local.predictions.post import Post, is_here
from infra.local.predictions.store import SPOILED, Prediction, Store

_IMAGE_MAX = 50_000_000
_FETCH_SECONDS = 60
_RUN_SECONDS = 1800
_LOGS_EVERY_SECONDS = 0.5
_CLEAN_EVERY_SECONDS = 60
_ENDS = {
    "failed": (states.FAILED, "CUDA out of memory. Tried to allocate 2.00 GiB."),
    "nsfw": (states.FAILED, "NSFW content detected. Try running it again, or try a different prompt."),
    "canceled": (states.CANCELED, None),
}


class Abandoned(Exception):
    """It cannot be done; the message becomes the prediction's error."""


class Runs:
    """The queue's one worker."""

    def __init__(self, store: Store, post: Post, address: str) -> None:
        self._store = store
        self._post = post
        self._address = address
        self._wake = asyncio.Event()
        self._ended = asyncio.Condition()
        self._running: tuple[str, asyncio.subprocess.Process] | None = None

    def wake(self) -> None:
        self._wake.set()

    async def cancel(self, prediction: Prediction) -> None:
        """Has no effect on what has ended."""
        prediction.status, prediction.completed_at = states.CANCELED, time.time()
        if await self._end(prediction) and self._running and self._running[0] == prediction.id:
            _kill(self._running[1])

    async def wait(self, prediction_id: str, seconds: float) -> None:
        """Until it has ended, or for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._ended:
                await self._ended.wait_for(lambda: self._has_ended(prediction_id))

    def _has_ended(self, prediction_id: str) -> bool:
        found = self._store.find(prediction_id)
        return found is None or found.has_ended

    async def run(self) -> None:
        import httpx

        async with httpx.AsyncClient(trust_env=False, timeout=_FETCH_SECONDS) as client:
            while True:
                self._wake.clear()
                self._store.forget(time.time())
                prediction = self._store.next()
                if prediction is not None:
                    await self._run(client, prediction)
                    continue
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), _CLEAN_EVERY_SECONDS)

    async def _run(self, client: Any, prediction: Prediction) -> None:
        try:
            await self._process(client, prediction)
        except Exception as failure:  # noqa: BLE001 - one prediction must not end the others
            prediction.status, prediction.error = states.FAILED, str(failure) or repr(failure)
        prediction.completed_at = time.time()
        await self._end(prediction)

    async def _end(self, prediction: Prediction) -> bool:
        """Write the end and tell of it, unless there was another before."""
        ended = self._store.save(prediction)
        if ended:
            self._post.tell(prediction, "completed")
        async with self._ended:
            self._ended.notify_all()
        return ended

    async def _process(self, client: Any, prediction: Prediction) -> None:
        prediction.status, prediction.logs = states.PROCESSING, ""
        prediction.started_at = time.time()
        if not self._store.save(prediction):
            return
        self._post.tell(prediction, "start")
        source, target = self._store.inputs / prediction.id, self._store.output_of(prediction.id)
        try:
            source.write_bytes(await self._image(client, prediction.image))
            await self._restore(prediction, source, target)
        finally:
            source.unlink(missing_ok=True)
        if prediction.fault in _ENDS:
            prediction.status, prediction.error = _ENDS[prediction.fault]
            target.unlink(missing_ok=True)
            return
        prediction.output = f"{self._address}/delivery/{prediction.id}/{prediction.secret}/output.jpg"
        if self._store.save(prediction):
            self._post.tell(prediction, "output")
        prediction.status = states.SUCCEEDED

    async def _restore(self, prediction: Prediction, source: Path, target: Path) -> None:
        """In a process of its own, which a cancellation kills."""
        wishes = ["--fidelity", str(prediction.fidelity), "--upscale", str(prediction.upscale)]
        spoil = ["--spoil", prediction.fault] if prediction.fault in SPOILED else []
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "infra.local.predictions.work", str(source), str(target), *wishes, *spoil,
            cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._running = (prediction.id, process)
        try:
            if self._has_ended(prediction.id):  # cancelled while its image was fetched
                raise Abandoned
            async with asyncio.timeout(_RUN_SECONDS):
                said, _ = await asyncio.gather(_all(process.stderr), self._follow(prediction, process.stdout))
                status = await process.wait()
        except TimeoutError:
            raise Abandoned(f"Prediction timed out after {_RUN_SECONDS} seconds") from None
        finally:
            self._running = None
            if process.returncode is None:
                _kill(process)
                await process.wait()
        if status != 0:
            raise Abandoned(said.strip().splitlines()[-1] if said.strip() else f"Prediction interrupted ({status})")

    async def _follow(self, prediction: Prediction, lines: asyncio.StreamReader | None) -> None:
        """Keep what the process says as logs. Webhooks of it are sent twice a second at most, as the service does."""
        told = 0.0
        while lines is not None and (line := await lines.readline()):
            prediction.logs += line.decode(errors="replace")
            self._store.save(prediction)
            if time.monotonic() - told >= _LOGS_EVERY_SECONDS:
                told = time.monotonic()
                self._post.tell(prediction, "logs")

    async def _image(self, client: Any, given: str) -> bytes:
        """The photo: in the input itself, among the uploaded files, or at an address of this machine."""
        import httpx

        if given.startswith("data:"):
            return _from_data(given)
        mine = f"{self._address}/v1/files/"
        if given.startswith(mine):
            file = self._store.files / Path(given.removeprefix(mine)).name
            if not await asyncio.to_thread(file.exists):
                raise Abandoned("The file does not exist or has expired")
            return await asyncio.to_thread(file.read_bytes)
        if not is_here(given):
            raise Abandoned("This stand-in fetches images from this machine only")
        content = bytearray()
        try:
            async with client.stream("GET", given) as answer:
                answer.raise_for_status()
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > _IMAGE_MAX:
                        raise Abandoned("The image is too large")
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            raise Abandoned(f"The image could not be fetched: {failure}") from failure
        return bytes(content)


async def _all(stream: asyncio.StreamReader | None) -> str:
    return (await stream.read()).decode(errors="replace") if stream else ""


def _from_data(given: str) -> bytes:
    head, _, body = given.partition(",")
    try:
        return base64.b64decode(body, validate=True) if head.endswith(";base64") else unquote_to_bytes(body)
    except (binascii.Error, ValueError) as failure:
        raise Abandoned("The data URI cannot be read") from failure


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
