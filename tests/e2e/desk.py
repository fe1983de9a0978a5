"""What the browser tests of captures share: an agent beside a camera, and photos that it brings."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import numpy as np
from PIL import Image, ImageDraw

from infra.local.demo.cameras import Agent
from tests.e2e.gallery import Api
from tests.e2e.web import Visitor, eventually
from tests.factories.photos import encoded

_BEAT_SECONDS = 10


def view(number: int) -> bytes:
    """A photo that looks like no other number's, so that each is paid for; the same each time."""
    random = np.random.default_rng(number)
    noise = Image.fromarray(random.integers(0, 255, (9, 12, 3), dtype=np.uint8)).resize((640, 480))
    drawn = ImageDraw.Draw(noise)
    drawn.ellipse((number * 97 % 500, number * 53 % 300, number * 97 % 500 + 140, number * 53 % 300 + 140), fill="gold")
    drawn.text((20, 20), f"photo {number}", fill="white")
    return encoded(noise, quality=85)


class Desk:
    """One person's camera, and the agent that speaks for it while `running`."""

    def __init__(self, visitor: Visitor, name: str = "Desk", *, pair: bool = True) -> None:
        self.api = Api(visitor)
        self._base: str = visitor.stack["api"]
        made = self.api("POST", "/devices", {"name": name})
        self.id: str = made["id"]
        if pair:
            self.agent = Agent.paired(self._base, made["pairing_code"])
            self.agent.beat()

    def report(self, number: int, taken_at: datetime) -> dict[str, Any]:
        capture: dict[str, Any] = self.agent.report(view(number), taken_at, uuid4())
        return capture

    @contextmanager
    def answering(self, number: int = 1, act: Callable[[Agent, str], object] | None = None) -> Iterator[None]:
        """Takes a photo for each command that comes, or does what is told instead."""
        with answering(self.agent, number, act):
            yield

    def next_command(self) -> dict[str, Any]:
        return next_command(self.agent)


@contextmanager
def answering(agent: Agent, number: int = 1, act: Callable[[Agent, str], object] | None = None) -> Iterator[None]:
    over = Event()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            count = number
            while not over.is_set():
                agent.beat()
                for command in agent.commands(wait=1):
                    if command["type"] != "capture":
                        continue
                    if act is None:
                        agent.answer(command["capture_id"], view(count))
                    else:
                        act(agent, command["capture_id"])
                    count += 1
        except BaseException as error:  # noqa: BLE001 - told where the test ends
            failures.append(error)

    worker = Thread(target=work, daemon=True)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join(30)
    if failures:
        raise failures[0]


def next_command(agent: Agent) -> dict[str, Any]:
    """The next capture that is asked of it."""

    def look() -> dict[str, Any] | None:
        return next((command for command in agent.commands(wait=1) if command["type"] == "capture"), None)

    return eventually(look)
