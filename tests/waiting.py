"""Waiting for what another process or task will do: looks until it is so; the test's timeout is the end of patience."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(look: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    """Return as soon as `look` says yes."""
    while True:
        found = look()
        if found if isinstance(found, bool) else await found:
            return
        await asyncio.sleep(0.01)
