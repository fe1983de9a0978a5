"""Starting, finding and ending the stack's child processes."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

_POLL_SECONDS = 0.05


def command_of(pid: int) -> str:
    """The command line of a process, empty when there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        if Path("/proc/self").exists():
            return ""
    try:
        return subprocess.run(
            ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout.strip()
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end_leftover(pid: int, marks: tuple[str, ...], polite: signal.Signals, patience_seconds: float = 8) -> None:
    """End a process that an earlier run left, when it is that process still: its command shows all of `marks`."""

    def is_it() -> bool:
        command = command_of(pid)
        return bool(command) and all(mark in command for mark in marks)

    if not is_it():
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, polite)
    give_up = time.monotonic() + patience_seconds
    while time.monotonic() < give_up:
        if not is_it():
            return
        time.sleep(_POLL_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    while is_it():
        time.sleep(_POLL_SECONDS)


async def stop(process: asyncio.subprocess.Process, polite: signal.Signals, patience_seconds: float) -> None:
    """Ask a child to end, then insist."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(polite)
    try:
        await asyncio.wait_for(process.wait(), patience_seconds)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def last_lines(path: Path, count: int = 15) -> str:
    """The end of a log, for an error that has to explain itself."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return ""
