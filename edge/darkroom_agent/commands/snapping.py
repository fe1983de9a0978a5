"""`darkroom-agent snap`: one photo, now."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from darkroom_agent.agent import HeldCamera
from darkroom_agent.api import Api, checked
from darkroom_agent.cameras import open_source
from darkroom_agent.clock import Clock
from darkroom_agent.errors import AgentError, CameraFailed, NotPaired, Paused, Refused, Unreachable
from darkroom_agent.home import Home, Pairing
from darkroom_agent.images import NotAPhoto, look
from darkroom_agent.inbox import Inbox
from darkroom_agent.pace import Pace
from darkroom_agent.photographer import Photographer
from darkroom_agent.sender import Sender
from darkroom_agent.spool import Spool, Wish
from darkroom_agent.timetable import Timetable

_ASKING_SECONDS = 5.0


def snap(options: argparse.Namespace) -> int:
    home = Home()
    pairing = _pairing(home, options)
    if pairing is None and options.output is None:
        raise NotPaired("This agent is not paired, so the photo needs a place: --output FILE.")
    camera = HeldCamera(home, open_source(options.camera or (pairing.camera if pairing else "0")))
    if pairing is None:
        _to_file(camera, options.output)
        return 0
    clock = Clock()
    with Spool.opened(home, pairing.device_id, clock) as spool:
        _learn_of_pause(home, pairing, spool, clock)
        if spool.is_paused():
            raise Paused
        if options.output is not None:
            _to_file(camera, options.output)
        else:
            _to_spool(home, pairing, spool, clock, camera)
    return 0


def _pairing(home: Home, options: argparse.Namespace) -> Pairing | None:
    try:
        pairing = home.pairing()
    except NotPaired:
        return None
    return replace(pairing, api=checked(options.api)) if options.api else pairing


def _learn_of_pause(home: Home, pairing: Pairing, spool: Spool, clock: Clock) -> None:
    """While `run` works it is known here; else Darkroom is asked, and what was known counts when it is away."""
    if home.is_running():
        return
    pace = replace(Pace(), connect_timeout=_ASKING_SECONDS, answer_timeout=_ASKING_SECONDS)
    api = Api(pairing.api, pairing.device_token, pace)
    inbox = Inbox(spool, Timetable(spool.db, clock), clock)
    try:
        for command in api.commands(0, 0).commands:
            if command.get("type") != "capture":  # it will come again, to `run`
                inbox.accept(command)
    except (Unreachable, Refused):
        pass
    finally:
        api.connections.close()


def _to_file(camera: HeldCamera, output: Path) -> None:
    content = camera.take()
    try:
        found = look(content)
    except NotAPhoto as error:
        raise CameraFailed(f"The camera gave {error}.") from None
    try:
        output.write_bytes(content)
    except OSError as error:
        raise AgentError(f"{output} cannot be written: {error.strerror}") from None
    print(f"{output}: {found.width} × {found.height}, {len(content):,} bytes")


def _to_spool(home: Home, pairing: Pairing, spool: Spool, clock: Clock, camera: HeldCamera) -> None:
    timetable = Timetable(spool.db, clock)
    photographer = Photographer(
        camera=camera,
        spool=spool,
        timetable=timetable,
        inbox=Inbox(spool, timetable, clock),
        clock=clock,
        pace=Pace.from_environment(),
    )
    photo = photographer.take(Wish())
    assert photo is not None, "nothing else was asked for with this photo"
    print(f"Taken: {photo.width} × {photo.height}, {photo.size:,} bytes.")
    if home.is_running():
        print("It is sent by the agent that runs.")
    else:
        _send(home, pairing, spool, clock, photo.id)


def _send(home: Home, pairing: Pairing, spool: Spool, clock: Clock, photo_id: str) -> None:
    pace = Pace.from_environment()
    api = Api(pairing.api, pairing.device_token, pace)
    sender = Sender(api, spool, clock, pace)
    try:
        with home.locked("sending") as is_mine:
            if is_mine:
                sender.send_waiting()
    finally:
        api.connections.close()
    if photo_id in sender.deleted:
        raise Paused
    reason = spool.refusal(photo_id)
    if reason is not None:
        raise Refused(400, reason)
    if spool.photo(photo_id) is None:
        print("Sent.")
    else:
        print("It waits here until Darkroom can be reached: `darkroom-agent run` sends it.", file=sys.stderr)
