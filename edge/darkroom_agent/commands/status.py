"""`darkroom-agent status`."""

import argparse
from typing import Any

from darkroom_agent import VERSION
from darkroom_agent.clock import Clock, for_people, from_wire
from darkroom_agent.commands.pairing import camera_name
from darkroom_agent.errors import AgentError
from darkroom_agent.home import Home
from darkroom_agent.spool import Spool
from darkroom_agent.timetable import Timetable


def status(options: argparse.Namespace) -> int:
    home = Home()
    pairing = home.pairing()
    clock = Clock()
    is_running = home.is_running()
    with Spool.opened(home, pairing.device_id, clock) as spool:
        lines = [
            ("Device", f"{pairing.name} ({pairing.device_id})"),
            ("Darkroom", options.api or pairing.api),
            ("Agent", f"{VERSION}, {'running' if is_running else 'not running'}"),
            *_contact(home.notes(), is_running=is_running),
            ("Camera", _camera(home.notes(), options.camera or pairing.camera)),
            ("Paused", "yes, by its owner: no photo is taken" if spool.is_paused() else "no"),
            *_photos(spool),
            *(_times(spool, clock) if not home.notes().get("ended") else []),
        ]
    for name, text in lines:
        print(f"{name + ':' if name else '':<14}{text}")
    return 0


def _contact(notes: dict[str, Any], *, is_running: bool) -> list[tuple[str, str]]:
    reached = _when(notes.get("reached_at"))
    way = notes.get("way") if is_running else None
    told = [("Reached", f"{reached or 'not yet'}{f', by {way}' if way else ''}")]
    if is_running and reached and not way:
        told = [("Reached", f"last {reached}; out of reach now")]
    for name, what in (("ended", "Ended"), ("camera_trouble", "Camera says"), ("sending_trouble", "Sending")):
        if notes.get(name):
            told.append((what, str(notes[name])))
    return told


def _camera(notes: dict[str, Any], camera: str) -> str:
    return str(notes.get("camera") or camera_name(camera))


def _photos(spool: Spool) -> list[tuple[str, str]]:
    counts = spool.counts()
    told = [("Waiting", f"{_photos_of(counts.waiting)}, {_size(counts.waiting_bytes)}")]
    try:
        spool.check_room()
    except AgentError as error:
        told.append(("Spool", str(error)))
    if counts.elsewhere:
        told.append(
            ("Kept", f"{_photos_of(counts.elsewhere)} of an earlier pairing, to be sent when it is paired so again")
        )
    told.append(("Last photo", _when(spool.db.fact("last_photo_at")) or "none yet"))
    if counts.refused:
        told.append(("Refused", f"{_photos_of(counts.refused)} that Darkroom does not take; the last:"))
        told += [("", f"{_when(taken)}: {reason}") for taken, reason in spool.refusals()]
    return told


def _times(spool: Spool, clock: Clock) -> list[tuple[str, str]]:
    timetable = Timetable(spool.db, clock)
    coming = timetable.coming(5)
    if not coming:
        return [("Next", "nothing is planned")]
    lines = [f"{for_people(due.due)}  {timetable.name(due.schedule_id)}" for due in coming]
    return [("Next", lines[0]), *(("", line) for line in lines[1:])]


def _when(wire: Any) -> str:
    try:
        return for_people(from_wire(str(wire))) if wire else ""
    except AgentError:
        return ""


def _photos_of(count: int) -> str:
    return "1 photo" if count == 1 else f"{count:,} photos"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count:,} bytes"
