"""Asking devices for photos: when a schedule's moment has come, and when a device is back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from captures.queries import asking
from captures.queries.asking import Plan
from captures.service import commands, planning, schedules
from captures.service.asking import ask, tell
from darkroom import clock, events, ids, log, messages
from darkroom.db import Tx
from darkroom.messages import Message, NotAMessage
from darkroom.settings import settings

QUEUE: Final = "dispatches"
DUE: Final = "capture.due"
CONNECTED: Final = events.DEVICE_CONNECTED


def read_scheduled(document: dict[str, Any]) -> Sequence[Message]:
    """What EventBridge Scheduler puts into the queue, as a message. Scheduler may deliver twice: the id is made of
    what the two have in common."""
    schedule_id, due_at = ids.parse_id(document["schedule_id"]), _moment(document["due_at"])
    name = f"schedule:{schedule_id}#{clock.rfc3339(due_at)}"
    message = messages.new(DUE, {"schedule_id": schedule_id, "due_at": clock.rfc3339(due_at)})
    return [replace(message, id=uuid5(NAMESPACE_URL, name))]


def fire(tx: Tx, message: Message) -> None:
    """A schedule's moment has come: one capture, whoever else makes it. It is written also for a device that cannot be
    reached: the photo that the agent took by itself takes it over, else it expires."""
    schedule_id = message.uuid("schedule_id")
    log.bind(schedule_id=str(schedule_id))
    said = _said_moment(message)
    plan = asking.plan(tx, schedule_id)
    device = asking.hold_device(tx, plan.device_id) if plan else None
    plan = asking.hold_plan(tx, device.id, schedule_id) if device else None
    if device is None or plan is None:
        log.info("captures.not_due", reason="the schedule, its device or its owner is gone")
        return
    due_at = _due(plan, said)
    if due_at is None or device.is_paused:
        log.info("captures.not_due", reason="paused" if device.is_paused else "switched off, or not its time")
        return
    expires_at = due_at + timedelta(seconds=settings().capture_expires_seconds)
    if expires_at <= clock.now():
        log.warning("captures.due_too_late", due_at=clock.rfc3339(due_at))
        return
    capture = asking.NewCapture(
        id=ids.new_id(),
        user_id=device.user_id,
        device_id=device.id,
        schedule_id=plan.id,
        due_at=due_at,
        requested_at=due_at,
        expires_at=expires_at,
    )
    if not asking.create(tx, capture):
        log.info("captures.due_already", due_at=clock.rfc3339(due_at))
        return
    ask(tx, device.id, [capture])
    tell(tx, [capture.id])


def welcome(tx: Tx, message: Message) -> None:
    """A device has opened its socket: it hears of its pause, its schedules, and the captures that wait for it. Those
    that it heard of before are among them: it may have been killed since. Schedules that are too many for a frame are
    left out by `realtime.push`; the revision in its heartbeat's answer then has the agent poll for them."""
    device = asking.hold_device(tx, message.uuid("device_id"))
    if device is None:
        return
    states = [
        commands.paused_command(device.revision, device.is_paused),
        commands.schedules_command(device.revision, schedules.day_ahead(tx, device.id)),
    ]
    waiting = [] if device.is_paused else asking.waiting(tx, device.id, clock.now())
    tell(tx, ask(tx, device.id, waiting, also=states))


def _due(plan: Plan, said: datetime) -> datetime | None:
    """The moment that was meant; None when nothing is due."""
    if not plan.enabled:
        return None
    due_at = planning.own_moment(plan, said)
    if due_at is None:
        log.warning("captures.unexpected_moment", due_at=clock.rfc3339(said))
        return said if planning.is_within(plan, said) else None
    return due_at


def _said_moment(message: Message) -> datetime:
    try:
        return _moment(message.data.get("due_at"))
    except (TypeError, ValueError):
        raise NotAMessage(f"{message.name}: data.due_at is not a moment") from None


def _moment(text: object) -> datetime:
    if not isinstance(text, str):
        raise TypeError("not a text")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment
