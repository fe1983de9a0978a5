"""What the emulator asks of functions: while the stack is still starting, and of nobody who has not its token."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local import gateway
from infra.local.environments import Environments, Function
from infra.local.gateway import INVOKE_PATH, Invocations

SHOP = Function("shop", "arn:aws:lambda:us-east-1:000000000000:function:shop", "shop.handler", 20, 256, {}, {}, 1)


class Place:
    """A stack that is not ready yet, as the emulator finds it."""

    def __init__(self, folder: Path) -> None:
        (folder / "shop.py").write_text("def handler(event, context): return {'sold': event['what']}\n")
        self.environments = Environments([folder], lambda *_: None)
        self.ready = asyncio.Event()
        self._application = Invocations(self.environments, "token", self.ready)

    def deploy(self) -> None:
        self.environments.deploy([SHOP])
        self.ready.set()

    async def invoke(self, name: str = "shop", token: str = "token") -> tuple[int, Any]:
        transport = httpx.ASGITransport(self._application)
        async with httpx.AsyncClient(transport=transport, base_url="http://stack") as client:
            headers = {"x-amzn-lambda-function-name": name}
            answer = await client.post(INVOKE_PATH + token, headers=headers, content=json.dumps({"what": "bread"}))
        return answer.status_code, answer.json()

    def run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def and_stop() -> None:
            try:
                await work()
            finally:
                await self.environments.stop()

        asyncio.run(and_stop())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_who_comes_before_the_stack_is_ready_waits_for_it(place: Place) -> None:
    async def work() -> None:
        early = asyncio.create_task(place.invoke())
        for _ in range(100):
            await asyncio.sleep(0)
        assert not early.done()
        place.deploy()
        assert await early == (200, {"sold": "bread"})
        assert await place.invoke() == (200, {"sold": "bread"})

    place.run(work)


def test_the_waiting_has_an_end(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "_START_SECONDS", 0.01)

    async def work() -> None:
        status, problem = await place.invoke()
        assert (status, problem["detail"]) == (503, "The stack is starting.")

    place.run(work)


def test_unknown_functions_and_tokens_are_refused_and_a_token_at_once(place: Place) -> None:
    async def work() -> None:
        assert (await place.invoke(token="guessed"))[0] == 404
        place.deploy()
        assert (await place.invoke("another"))[0] == 404

    place.run(work)
