"""A running stack with a camera on a desk, for measurements."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.cameras import Desk
from tests.e2e.stacks import RunningStack


@contextmanager
def desk(camera: str, *, polls: bool = False) -> Iterator[Desk]:
    """Somebody whose agent runs and has been heard of."""
    with tempfile.TemporaryDirectory() as folder:
        running = RunningStack(Path(folder) / "stack").start()
        try:
            somebody = Desk(running.stack, Path(folder) / "agent", camera, polls=polls)
            try:
                somebody.start()
                somebody.until_online()
                yield somebody
            finally:
                somebody.close()
        finally:
            running.stop()
