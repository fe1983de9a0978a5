"""Starts the processes of execution environments: forks of one that is warm (environment_forks.py) on Linux, new
interpreters elsewhere, where a fork without exec is not safe, and whenever the warm one is of no use."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

_FORKS = sys.platform.startswith("linux")
_HERE = Path(__file__).parent
_PID_DIGITS = 20
_FORK_SECONDS = 30  # the first one waits for the imports


class Process(Protocol):
    """One environment's."""

    link: socket.socket
    output: asyncio.StreamReader
    errors: asyncio.StreamReader

    def kill(self) -> None: ...

    async def ended(self) -> None:
        """To be waited for once both streams have ended."""


class Processes:
    """All of one stack."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = [str(root) for root in roots]
        self._warm: _Warm | None = None
        self._one_at_a_time = asyncio.Lock()

    async def start(self, variables: Mapping[str, str]) -> Process:
        """With these variables and no others."""
        if _FORKS:
            forking = asyncio.ensure_future(self._fork(variables))
            try:
                with contextlib.suppress(OSError, ValueError):
                    return await asyncio.shield(forking)  # half a fork would leave an answer that belongs to nobody
            except asyncio.CancelledError:
                forking.add_done_callback(_discard)
                raise
        return await _New.start(variables, self._roots)

    async def _fork(self, variables: Mapping[str, str]) -> "_Forked":
        async with self._one_at_a_time, asyncio.timeout(_FORK_SECONDS):
            if self._warm is not None and self._warm.has_ended:
                await self._warm.stop()
                self._warm = None
            self._warm = self._warm or await _Warm.start(variables)
            return await self._warm.fork(variables, self._roots)

    async def stop(self) -> None:
        if self._warm is not None:
            await self._warm.stop()


class _New:
    """A new interpreter."""

    def __init__(self, process: asyncio.subprocess.Process, link: socket.socket) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.link, self.output, self.errors = link, process.stdout, process.stderr
        self._process = process

    @classmethod
    async def start(cls, variables: Mapping[str, str], roots: Sequence[str]) -> "_New":
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(_HERE / "environment_main.py"),
                str(theirs.fileno()),
                os.pathsep.join(roots),
                cwd=roots[0],
                env=variables,
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        return cls(process, ours)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def ended(self) -> None:
        await self._process.wait()


class _Warm:
    """The process that forks, and what it is told."""

    def __init__(self, process: asyncio.subprocess.Process, orders: socket.socket) -> None:
        self._process = process
        self._orders = orders

    @classmethod
    async def start(cls, variables: Mapping[str, str]) -> "_Warm":
        """Variables of no function in particular: those that an interpreter reads when it begins."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        begins = ("PATH", "HOME", "TMPDIR", "LANG", "TZ", "PYTHONUNBUFFERED")
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(_HERE / "environment_forks.py"),
                str(theirs.fileno()),
                env={name: variables[name] for name in begins if name in variables},
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
            )
        return cls(process, ours)

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None

    async def fork(self, variables: Mapping[str, str], roots: Sequence[str]) -> "_Forked":
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        (output, says), (errors, warns) = os.pipe(), os.pipe()
        given = (theirs.fileno(), says, warns)
        try:
            socket.send_fds(self._orders, [json.dumps({"variables": variables, "roots": roots}).encode()], given)
            pid = int(await asyncio.get_running_loop().sock_recv(self._orders, _PID_DIGITS))
        except BaseException:
            ours.close()
            os.close(output)
            os.close(errors)
            self._process.kill()  # what it would answer next belongs to nobody
            raise
        finally:
            theirs.close()
            os.close(says)
            os.close(warns)
        return _Forked(self, pid, ours, await _reading(output), await _reading(errors))

    def bury(self, pid: int) -> None:
        with contextlib.suppress(OSError):  # it has ended, and all that it forked with it
            self._orders.send(json.dumps({"ended": pid}).encode())

    async def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self._orders.close()


class _Forked:
    """A fork of the warm one: not a child of this process."""

    def __init__(
        self, warm: _Warm, pid: int, link: socket.socket, output: asyncio.StreamReader, errors: asyncio.StreamReader
    ) -> None:
        self.link, self.output, self.errors = link, output, errors
        self._warm = warm
        self._pid = pid
        self._is_buried = False

    def kill(self) -> None:
        if not self._is_buried and not self._warm.has_ended:  # until then nobody else has its pid
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    async def ended(self) -> None:
        self._is_buried = True
        self._warm.bury(self._pid)


def _discard(forking: "asyncio.Future[_Forked]") -> None:
    """Who wanted it is gone."""
    if not forking.cancelled() and forking.exception() is None:
        forking.result().kill()
        forking.result().link.close()


async def _reading(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(descriptor, "rb", 0))
    return reader
