"""`darkroom-agent pair CODE --api URL`."""

import argparse
import platform
import sys
from collections.abc import Mapping
from typing import Any, Final

from darkroom_agent import VERSION
from darkroom_agent.api import Api, checked
from darkroom_agent.cameras import open_source
from darkroom_agent.clock import Clock
from darkroom_agent.database import Database
from darkroom_agent.errors import AgentError, NotPaired, Refused, Unreachable, WrongUsage
from darkroom_agent.home import Home, Pairing
from darkroom_agent.pace import Pace
from darkroom_agent.timetable import Timetable

_CODE_LENGTH: Final = 6
_REASONS: Final[Mapping[int | None, str]] = {
    404: "This code is not known: it was mistyped, was used, or is older than ten minutes. Ask for a new one.",
    405: "This is not the address of Darkroom's API, which ends in /api/v1.",
    429: "Too many wrong codes came from here. Wait a quarter of an hour and ask for a new one.",
}


def pair(options: argparse.Namespace) -> int:
    home = Home()
    known = _known(home)
    address = options.api or (known.api if known else None)
    if address is None:
        raise WrongUsage("Where is Darkroom? Name it: --api https://darkroom.example/api/v1")
    code = "".join(char for char in options.code.upper() if char.isalnum())
    if len(code) != _CODE_LENGTH:
        raise WrongUsage(f"A pairing code has {_CODE_LENGTH} characters.")
    camera = options.camera or (known.camera if known else "0")
    agent = {"version": VERSION, "platform": _platform(), "cameras": _cameras(camera)}
    api = Api(address, None, Pace())
    try:
        found = api.pair(code, agent)
    except (Refused, Unreachable) as error:
        if error.status not in _REASONS:
            raise
        raise Refused(error.status, _REASONS[error.status]) from None
    finally:
        api.connections.close()
    pairing = _made(found, checked(address), camera)
    _begin_anew(home)
    home.pair(pairing)
    print(f"Paired as {pairing.name!r}. Photos come from {camera_name(camera)}.")
    if home.is_running():
        print("An agent runs here as it was paired before: stop it and start it again.")
    print("Start it with `darkroom-agent run`, or at every boot with `darkroom-agent service`.")
    return 0


def _made(found: Mapping[str, Any], address: str, camera: str) -> Pairing:
    try:
        return Pairing(
            api=address,
            device_id=str(found["device_id"]),
            device_token=str(found["device_token"]),
            websocket_url=str(found["websocket_url"]),
            name=str(found.get("name") or "this device"),
            camera=camera,
        )
    except KeyError:
        raise Unreachable(f"{address} does not answer as Darkroom does. Is the address right?") from None


def camera_name(camera: str) -> str:
    """For people, without any password."""
    try:
        return open_source(camera).name
    except AgentError:
        return "a camera that is not there now"


def _cameras(camera: str) -> list[dict[str, str]]:
    try:
        return open_source(camera).described()
    except WrongUsage:
        raise
    except AgentError as error:  # it may be plugged in later
        print(f"darkroom-agent: {error}", file=sys.stderr)
        return []


def _known(home: Home) -> Pairing | None:
    try:
        return home.pairing()
    except NotPaired:
        return None


def _begin_anew(home: Home) -> None:
    """What an earlier pairing knew of schedules and pauses does not count. Its photos stay."""
    db = Database(home.spool)
    try:
        Timetable(db, Clock()).forget()
    finally:
        db.close()


def _platform() -> str:
    return f"{platform.system()} {platform.release()} {platform.machine()}, Python {platform.python_version()}"[:100]
