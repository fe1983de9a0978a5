"""The AWS emulator's process: ministack, with what the local stack needs of it added in one place.

- It is tied to the supervisor, so that no orphan keeps its port.
- Functions are not run by it: every invocation (queues, rules, schedules, sockets, direct) is forwarded to the
  supervisor's execution environments (emulator_functions.py), where the HTTP API's run too. There is one way a function
  runs, one place its logs are, and none of the emulator's 50 ms wait for log lines.
- Its state reaches the disk shortly after it changes, not only at an orderly end, so that SIGKILL loses nothing that
  was answered more than a moment ago (emulator_state.py).
- Buckets refuse who brings no signature, and keep to their CORS rules (emulator_buckets.py).
- Updates of nested stacks work (emulator_updates.py), and functions are held to their roles (emulator_identities.py).
- Schedules fire when Scheduler's would (emulator_schedules.py), and the console can look at events and schedules.
- CloudWatch knows of queues, and alarms look at their own metrics (emulator_metrics.py).
- What somebody had from a queue when the stack ended is there again when it starts (emulator_queues.py).

Run as: python -m infra.local.emulator_main <home> ; everything else is in the environment, as ministack reads it.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime
from math import inf
from typing import Any

from infra.local import (
    asgi,
    emulator_buckets,
    emulator_functions,
    emulator_identities,
    emulator_metrics,
    emulator_queues,
    emulator_schedules,
    emulator_updates,
    schedule_context,
    tether,
)
from infra.local.emulated_aws import INVOKE_URL, STACK_STARTS, WINDOW
from infra.local.emulator_state import Snapshots

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_SETTLE_SECONDS = 0.25
_GRACE_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 5.0
_EVENTS_SHOWN = 500

View = Callable[[], Any]


class Emulator:
    """ministack's application with the window beside it, and the state saved as it changes: a moment after a request
    that may have changed it, and every few seconds anyway, because schedules fire and queues drain without requests."""

    def __init__(self, application: asgi.Application, save: Callable[[], float | None], views: dict[str, View]) -> None:
        self._application = application
        self._save = save
        self._views = views
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        if scope["type"] == "http" and scope["path"].startswith(WINDOW):
            view = self._views.get(scope["path"].removeprefix(WINDOW))
            status, document = (200, view()) if view else (404, None)
            body = json.dumps(document, default=str).encode()
            await asgi.respond(send, status, [("content-type", "application/json")], body)
            return
        try:
            wrapped = emulator_functions.with_refusals(send) if scope["type"] == "websocket" else send
            await self._application(scope, receive, wrapped)
        finally:
            if scope["type"] == "websocket" or scope.get("method") not in _READS:
                self._changed.set()

    async def _run(self) -> None:
        left_out: float | None = None
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(_LONGEST_WAIT_SECONDS, left_out or inf))
            await asyncio.sleep(_SETTLE_SECONDS)  # many changes, one write
            self._changed.clear()
            left_out = await asyncio.to_thread(self._save)


def main() -> None:
    tether.hold(signal.SIGTERM)
    # ministack reads its environment when it is imported.
    import yaml
    from hypercorn.config import Config
    from ministack import app as ministack
    from ministack.core import responses
    from ministack.services import eventbridge, scheduler
    from ministack.services.cloudformation import engine

    for part in (scheduler.start_scheduler, scheduler._list_schedules, eventbridge._invoke_target):  # noqa: SLF001
        assert callable(part)  # fail here, not at the first schedule, if a new version of ministack is made differently
    emulator_functions.forward(os.environ[INVOKE_URL])
    emulator_updates.keep_attributes()
    emulator_identities.enforce()
    emulator_metrics.enliven()
    if os.environ.get(STACK_STARTS):
        emulator_queues.give_back()

    if hasattr(yaml, "CSafeLoader"):  # libyaml reads templates many times as fast
        engine.CfnLoader = type(
            "CfnLoader",
            (yaml.CSafeLoader,),
            {
                "yaml_constructors": engine.CfnLoader.yaml_constructors,
                "yaml_implicit_resolvers": engine.CfnLoader.yaml_implicit_resolvers,
            },
        )

    # CloudFormation applies the SAM transform to nested templates too; ministack to the root's alone.
    parse_template = engine._parse_template  # noqa: SLF001
    engine._parse_template = lambda body: engine._apply_transforms(parse_template(body))  # noqa: SLF001

    def fire(key: tuple[str, str, str], schedule: dict[str, Any], due: datetime) -> None:
        account, region, _name = key
        responses.set_request_account_id(account)
        responses.set_request_region(region)
        event = {
            "EventId": responses.new_uuid(),
            "Source": "aws.scheduler",
            "DetailType": "Scheduled Event",
            "Detail": "{}",
            "Time": due.timestamp(),
            "Resources": [schedule.get("Arn", "")],
            "Account": account,
            "Region": region,
        }
        target = schedule.get("Target") or {}
        if target.get("Input"):
            target = target | {"Input": schedule_context.fill(target["Input"], due=due, arn=schedule.get("Arn", ""))}
        eventbridge._invoke_target(target, event, schedule)  # noqa: SLF001

    schedules = scheduler._schedules._data  # noqa: SLF001
    scheduler.start_scheduler = emulator_schedules.Clock(schedules, fire).start
    scheduler._list_schedules = emulator_schedules.in_pages(scheduler._list_schedules)  # noqa: SLF001
    eventbridge._SCHEDULER_TICK_INTERVAL = 1  # noqa: SLF001

    def timetable() -> list[dict[str, Any]]:
        now = time.time()
        return [
            {
                "name": schedule["Name"],
                "arn": schedule.get("Arn", ""),
                "group": schedule.get("GroupName", "default"),
                "expression": schedule.get("ScheduleExpression", ""),
                "timezone": schedule.get("ScheduleExpressionTimezone") or "UTC",
                "next_at": emulator_schedules.next_fire(schedule, now),
                "enabled": schedule.get("State") == "ENABLED",
                "target": schedule.get("Target") or {},
            }
            for schedule in list(schedules.values())
        ]

    def events() -> list[Any]:
        stored = list(eventbridge._events_log._data.values())  # noqa: SLF001
        return [event for entries in stored for event in entries[-_EVENTS_SHOWN:]]

    logging.getLogger("persistence").setLevel(logging.ERROR)
    ministack.app = Emulator(
        emulator_buckets.strict(ministack.app),
        Snapshots(ministack._build_persistence_save_dict).save,  # noqa: SLF001
        {"schedules": timetable, "events": events, "credentials": emulator_identities.credentials},
    )
    Config.graceful_timeout = _GRACE_SECONDS
    sys.argv = sys.argv[:1]  # ministack parses its own
    ministack.main()


if __name__ == "__main__":
    main()
