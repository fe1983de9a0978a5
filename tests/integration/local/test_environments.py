"""Execution environments: one event at a time, more when needed, gone when they hang, crash, idle or are outdated."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.local import environment_processes
from infra.local.environments import PAYLOAD_MAX, Environments, Function
from infra.local.processes import is_alive
from tests.waiting import until

CODE = """
import json, os, sys, time
made = time.monotonic_ns()
def handler(event, context):
    do = event.get("do")
    if do == "sleep": time.sleep(event["seconds"])
    if do == "raise": raise ValueError("words")
    if do == "exit": os._exit(3)
    if do == "print": print("to standard output"); print(json.dumps({"event": "said"}), file=sys.stderr)
    if do == "large": return "x" * event["size"]
    return {"pid": os.getpid(), "made": made, "remaining": context.get_remaining_time_in_millis(),
            "arn": context.invoked_function_arn, "name": context.function_name, "environment": dict(os.environ),
            "folder": os.getcwd()}
"""

Invoke = Callable[..., Awaitable[Any]]


class Workplace:
    """Environments over a folder of code, with what functions said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "shop").mkdir()
        self.write(CODE)
        self.lines: list[str] = []
        self.environments = Environments([folder], lambda _name, line: self.lines.append(line))

    def write(self, code: str) -> None:
        (self.folder / "shop" / "api.py").write_text(code)

    def deploy(
        self,
        handler: str = "shop.api.handler",
        timeout: int = 20,
        concurrency: int = 2,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        arn = "arn:aws:lambda:us-east-1:000000000000:function:shop"
        given, credentials = variables or {"STAGE": "local"}, {"AWS_REGION": "us-east-1"}
        self.environments.deploy([Function("shop", arn, handler, timeout, 256, given, credentials, concurrency)])

    async def call(self, **event: Any) -> Any:
        outcome = await self.environments.invoke("shop", json.dumps(event).encode())
        document = json.loads(outcome.body)
        assert outcome.error is None or document["errorType"]
        return outcome.error or document


@pytest.fixture(params=[True, False], ids=["forks", "interpreters"])
def workplace(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    if request.param and not environment_processes._FORKS:
        pytest.skip("environments are forked on Linux")
    monkeypatch.setattr(environment_processes, "_FORKS", request.param)
    place = Workplace(tmp_path)
    place.deploy()
    return place


def within(place: Workplace, work: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        try:
            await work()
        finally:
            await place.environments.stop()

    asyncio.run(run())


def test_an_environment_stays_warm_and_is_told_what_lambda_tells(workplace: Workplace) -> None:
    async def work() -> None:
        first, second = await workplace.call(), await workplace.call()
        assert first["pid"] == second["pid"] != os.getpid()
        assert 0 < first["remaining"] <= 20_000
        assert first["name"] == "shop"
        assert first["arn"].endswith(":function:shop")
        assert first["environment"]["STAGE"] == "local"
        assert first["environment"]["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"

    within(workplace, work)


def test_a_secret_of_the_machine_is_not_handed_on(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEBODYS_TOKEN", "t")

    async def work() -> None:
        assert "SOMEBODYS_TOKEN" not in (await workplace.call())["environment"]

    within(workplace, work)


def test_events_at_once_run_side_by_side_up_to_the_limit(workplace: Workplace) -> None:
    async def work() -> None:
        answers = await asyncio.gather(*(workplace.call(do="sleep", seconds=0.2) for _ in range(5)))
        assert len({answer["pid"] for answer in answers}) == 2

    within(workplace, work)


def test_a_failure_is_told_and_the_environment_goes_on(workplace: Workplace) -> None:
    async def work() -> None:
        before = await workplace.call()
        assert await workplace.call(do="raise") == "ValueError"
        assert (await workplace.call())["pid"] == before["pid"]

    within(workplace, work)


def test_a_crash_costs_its_own_event_only(workplace: Workplace) -> None:
    async def work() -> None:
        before = await workplace.call()
        assert await workplace.call(do="exit") == "Runtime.ExitError"
        assert (await workplace.call())["pid"] != before["pid"]

    within(workplace, work)


def test_an_environment_has_its_functions_variables_and_no_others(workplace: Workplace) -> None:
    async def work() -> None:
        first = await workplace.call()
        workplace.deploy(variables={"OTHER": "o"})
        second = await workplace.call()
        assert set(first["environment"]) ^ set(second["environment"]) == {"STAGE", "OTHER"}
        assert first["folder"] == str(workplace.folder)

    within(workplace, work)


@pytest.mark.parametrize("workplace", [True], ids=["forks"], indirect=True)
def test_when_what_environments_are_forked_from_is_killed_there_is_another(workplace: Workplace) -> None:
    async def work() -> None:
        before = await workplace.call()
        warm = workplace.environments._processes._warm
        assert warm is not None
        warm._process.kill()
        await until(lambda: not is_alive(before["pid"]))
        await until(lambda: warm.has_ended)
        assert await workplace.call() not in ({}, before)

    within(workplace, work)


def test_what_hangs_is_killed_at_its_timeout(workplace: Workplace) -> None:
    async def work() -> None:
        workplace.deploy(timeout=1)
        before = await workplace.call()
        assert await workplace.call(do="sleep", seconds=600) == "Sandbox.Timedout"
        await until(lambda: not is_alive(before["pid"]))
        assert (await workplace.call())["pid"] != before["pid"]

    within(workplace, work)


def test_no_environment_to_spare_is_a_throttle(workplace: Workplace) -> None:
    async def work() -> None:
        workplace.deploy(timeout=1, concurrency=1)
        await workplace.call()
        both = await asyncio.gather(workplace.call(do="sleep", seconds=600), workplace.call(do="sleep", seconds=600))
        assert "Sandbox.Timedout" in both

    within(workplace, work)


@pytest.mark.parametrize("handler", ["shop.missing.handler", "shop.api.missing"])
def test_a_handler_that_cannot_be_imported_says_so(workplace: Workplace, handler: str) -> None:
    async def work() -> None:
        workplace.deploy(handler)
        assert await workplace.call() == "Runtime.ImportModuleError"
        await until(lambda: any("missing" in line for line in workplace.lines))  # lines travel beside the answer

    within(workplace, work)


def test_payloads_are_held_to_lambdas_limit(workplace: Workplace) -> None:
    async def work() -> None:
        assert await workplace.call(text="x" * PAYLOAD_MAX) == "RequestEntityTooLargeException"
        assert await workplace.call(do="large", size=PAYLOAD_MAX) == "Function.ResponseSizeTooLarge"
        assert len(await workplace.call(do="large", size=1_000_000)) == 1_000_000

    within(workplace, work)


def test_what_a_function_prints_is_a_log_line_and_never_an_answer(workplace: Workplace) -> None:
    async def work() -> None:
        assert "pid" in await workplace.call(do="print")
        await until(lambda: len(workplace.lines) == 2)
        assert set(workplace.lines) == {"to standard output", '{"event": "said"}'}

    within(workplace, work)


def test_changed_code_is_seen_without_a_restart(workplace: Workplace) -> None:
    async def work() -> None:
        sweeping = asyncio.create_task(workplace.environments.sweep())
        before = await workplace.call()
        workplace.write(CODE.replace('"pid"', '"changed": 1, "pid"'))
        os.utime(workplace.folder / "shop" / "api.py", (2**31, 2**31))

        async def is_changed() -> bool:
            return "changed" in await workplace.call()

        await until(is_changed)
        assert (await workplace.call())["pid"] != before["pid"]
        sweeping.cancel()

    within(workplace, work)


def test_a_new_deployment_takes_the_place_of_the_old(workplace: Workplace) -> None:
    async def work() -> None:
        before = await workplace.call()
        workplace.deploy(timeout=5)
        after = await workplace.call()
        assert after["pid"] != before["pid"]
        assert after["remaining"] <= 5_000

    within(workplace, work)
