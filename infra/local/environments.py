"""Execution environments: where every function of the stack runs, called by the gateway and by the emulator.

As on Lambda: a process for each environment, one event at a time, kept warm, more of them when events come at once,
killed at the function's timeout, dropped when idle. Code comes from the working tree; when a file of it changes, idle
environments are dropped and the next call sees the change.
"""

import asyncio
import contextlib
import json
import os
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local.environment_main import OK, READY
from infra.local.environment_processes import Process, Processes

_INIT_SECONDS = 30
_IDLE_SECONDS = 300
_SWEEP_SECONDS = 1.0
_TOTAL_MAX = 48  # more than there are functions; one takes 10 to 40 MB of its own
PAYLOAD_MAX = 6 * 1024 * 1024  # of an invocation that waits for its answer, and of that answer
_FROM_MACHINE = (
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "PASSWORD_HASH_COST",  # end-to-end tests make hundreds of people, whose passwords nobody steals
)


@dataclass(frozen=True)
class Function:
    """What the emulator's Lambda API says about a deployed function."""

    name: str
    arn: str
    handler: str
    timeout_seconds: int
    memory_mb: int
    environment: Mapping[str, str]
    credentials: Mapping[str, str]
    concurrency: int


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended. `error` is the type of the failure, None when the handler returned."""

    body: bytes
    error: str | None = None


LogLine = Callable[[str, str], None]


class _Environment:
    """One process."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.idle_since = time.monotonic()
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    @property
    def has_ended(self) -> bool:
        return self._reader.at_eof() or self._reader.exception() is not None

    async def open(self) -> Outcome | None:
        """Wait until the handler is imported; an outcome here is the import's failure."""
        self._reader, self._writer = await asyncio.open_connection(sock=self.process.link)
        status, body = await self._read()
        return None if status == READY else Outcome(body, "Runtime.ImportModuleError")

    async def call(self, header: dict[str, object], event: bytes) -> Outcome:
        head = json.dumps(header).encode()
        self._writer.write(len(head).to_bytes(4, "big") + head + len(event).to_bytes(4, "big") + event)
        await self._writer.drain()
        status, body = await self._read()
        if status == OK:
            return Outcome(body)
        return Outcome(body, str(json.loads(body)["errorType"]))

    async def _read(self) -> tuple[bytes, bytes]:
        status = await self._reader.readexactly(1)
        size = int.from_bytes(await self._reader.readexactly(4), "big")
        return status, await self._reader.readexactly(size)

    def kill(self) -> None:
        self.process.kill()
        if hasattr(self, "_writer"):
            self._writer.close()


class _Pool:
    """The environments of one function."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.idle: deque[_Environment] = deque()
        self.slots = asyncio.Semaphore(function.concurrency)


class Environments:
    """All functions' environments."""

    def __init__(self, roots: Sequence[Path], log: LogLine) -> None:
        self._roots = roots
        self._processes = Processes(roots)
        self._log = log
        self._pools: dict[str, _Pool] = {}
        self._alive: set[_Environment] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def deploy(self, functions: Sequence[Function]) -> None:
        """Take these functions as they now are; environments of what was before finish their event and go."""
        old = self._pools
        self._pools = {function.name: _Pool(function) for function in functions}
        for pool in old.values():
            self._drop_idle(pool)

    def knows(self, name: str) -> bool:
        return name in self._pools

    async def invoke(self, name: str, event: bytes, trace_id: str = "") -> Outcome:
        """Call a function with an event of JSON. Never raises for what the function does."""
        pool = self._pools[name]
        function = pool.function
        if len(event) > PAYLOAD_MAX:
            return _platform_failure("RequestEntityTooLargeException", "the event exceeds 6 MB")
        try:
            async with asyncio.timeout(function.timeout_seconds):
                await pool.slots.acquire()
        except TimeoutError:
            return _platform_failure("TooManyRequestsException", f"{name} has no environment to spare")
        try:
            outcome = await self._run(pool, event, trace_id)
        finally:
            pool.slots.release()
        if len(outcome.body) > PAYLOAD_MAX:
            return _platform_failure("Function.ResponseSizeTooLarge", "the answer exceeds 6 MB")
        return outcome

    async def _run(self, pool: _Pool, event: bytes, trace_id: str) -> Outcome:
        function = pool.function
        environment = self._warm(pool)
        if environment is None:
            started = await self._start(function)
            if isinstance(started, Outcome):
                return started
            environment = started
        header: dict[str, object] = {
            "request_id": str(uuid.uuid4()),
            "arn": function.arn,
            "deadline_ms": int((time.time() + function.timeout_seconds) * 1000),
            "trace_id": trace_id,
        }
        kept = False
        try:
            async with asyncio.timeout(function.timeout_seconds):
                outcome = await environment.call(header, event)
            kept = True
        except TimeoutError:
            outcome = _platform_failure(
                "Sandbox.Timedout", f"Task timed out after {function.timeout_seconds}.00 seconds"
            )
        except (asyncio.IncompleteReadError, ConnectionError):
            outcome = _platform_failure("Runtime.ExitError", "the execution environment ended during the call")
        finally:
            if kept and self._pools.get(function.name) is pool:
                environment.idle_since = time.monotonic()
                pool.idle.append(environment)
            else:
                environment.kill()
        if not kept:
            self._log(function.name, outcome.body.decode())
        return outcome

    def _warm(self, pool: _Pool) -> _Environment | None:
        while pool.idle:
            environment = pool.idle.pop()
            if not environment.has_ended:
                return environment
            environment.kill()
        return None

    async def _start(self, function: Function) -> _Environment | Outcome:
        if len(self._alive) >= _TOTAL_MAX:
            self._drop_longest_idle()
        environment = _Environment(await self._processes.start(_variables(function)))
        self._alive.add(environment)
        self._spawn(self._watch(environment, function.name))
        try:
            async with asyncio.timeout(_INIT_SECONDS):
                failed = await environment.open()
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            failed = _platform_failure("Runtime.InitError", f"{function.handler} did not start")
        except BaseException:
            environment.kill()
            raise
        if failed is not None:
            environment.kill()
            return failed
        return environment

    async def _watch(self, environment: _Environment, name: str) -> None:
        """Pass on what the function prints, until it has ended."""
        process = environment.process
        await asyncio.gather(self._pass_on(process.output, name), self._pass_on(process.errors, name))
        await process.ended()
        self._alive.discard(environment)

    async def _pass_on(self, stream: asyncio.StreamReader, name: str) -> None:
        rest = b""
        while chunk := await stream.read(1 << 16):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._log(name, line.decode(errors="replace"))
        if rest:
            self._log(name, rest.decode(errors="replace"))

    async def sweep(self) -> None:
        """Drop what has been idle for long, and what runs code that has changed since. Runs until it is cancelled."""
        newest = self._newest_source()
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            source = await asyncio.to_thread(self._newest_source)
            if source != newest:
                newest = source
                self.deploy([pool.function for pool in self._pools.values()])
            oldest = time.monotonic() - _IDLE_SECONDS
            for pool in self._pools.values():
                while pool.idle and pool.idle[0].idle_since < oldest:
                    pool.idle.popleft().kill()

    def _newest_source(self) -> float:
        return max(map(_newest_below, map(str, self._roots)), default=0.0)

    async def stop(self) -> None:
        self._pools = {}
        for environment in list(self._alive):
            environment.kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._processes.stop()

    def _drop_idle(self, pool: _Pool) -> None:
        while pool.idle:
            pool.idle.pop().kill()

    def _drop_longest_idle(self) -> None:
        waiting = [pool for pool in self._pools.values() if pool.idle]
        if waiting:
            min(waiting, key=lambda pool: pool.idle[0].idle_since).idle.popleft().kill()

    def _spawn(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _newest_below(folder: str) -> float:
    """It is asked for every second: this takes a third of what `Path.rglob` does."""
    newest = 0.0
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                newest = max(newest, entry.stat().st_mtime)
            elif entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                newest = max(newest, _newest_below(entry.path))
    return newest


def _platform_failure(kind: str, message: str) -> Outcome:
    return Outcome(json.dumps({"errorType": kind, "errorMessage": message}).encode(), kind)


def _variables(function: Function) -> dict[str, str]:
    from_machine = {name: os.environ[name] for name in _FROM_MACHINE if name in os.environ}
    return {
        **from_machine,
        "PYTHONUNBUFFERED": "1",
        "TZ": "UTC",
        **function.environment,
        **function.credentials,
        "_HANDLER": function.handler,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": uuid.uuid4().hex,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": "functions",
    }
