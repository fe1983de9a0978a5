"""The long poll, for agents that have no WebSocket."""

from typing import Annotated

from fastapi import Query

from captures.schemas.agent import Commands
from captures.service import polling
from darkroom.auth import DeviceCaller
from darkroom.http import router

routes = router("/agent", tags=["agent"])


@routes.get("/commands", operation_id="pollCommands", summary="What there is to do, as soon as there is any (device)")
async def poll_commands(
    device: DeviceCaller,
    *,
    wait: Annotated[int, Query(ge=0, le=25, description="Seconds to wait for something to do")] = 0,
    revision: Annotated[int | None, Query(ge=0, description="Which schedules and pause the agent knows")] = None,
) -> Commands:
    return Commands.model_validate(polling.poll(device.id, wait, revision))
