"""Ties a child process to its parent, so that a killed stack leaves no orphans.

Two ways to use it. A Python child calls `hold(signal)` first thing. A foreign program (Postgres) is started through
this file as a script, which ties itself, takes an unprivileged user when asked to, and becomes the program:

    python -I tether.py --signal INT [--user nobody] -- postgres -D ...

On Linux the kernel delivers the signal (PR_SET_PDEATHSIG). Elsewhere a thread of the Python child watches its parent,
and what a foreign program leaves behind is found by its pid file at the next start.

Only the standard library, because the script runs isolated.
"""

import contextlib
import ctypes
import os
import signal
import struct
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
_LINUX = sys.platform.startswith("linux")


def hold(when_parent_dies: signal.Signals, parent: int | None = None) -> None:
    """Have this process receive the signal when its parent is gone."""
    expected = parent if parent is not None else os.getppid()
    if _LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(when_parent_dies), 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(expected, when_parent_dies), daemon=True).start()
    if os.getppid() != expected:  # it died before we asked
        os.kill(os.getpid(), when_parent_dies)


def _watch(parent: int, when_parent_dies: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), when_parent_dies)


def become(user: str) -> None:
    """Give up root for `user`, keeping only the right to pass directories that are closed to others.

    Postgres refuses to run as root, and a root user's checkout often lies under a home that nobody else may enter.
    Opening that home to all would change the machine; this one capability does not.
    """
    import pwd

    entry = pwd.getpwnam(user)
    libc = ctypes.CDLL(None, use_errno=True)
    if _LINUX:
        libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    if _LINUX:
        with contextlib.suppress(OSError):  # without it Postgres says itself which path it cannot enter
            _keep_capability(libc, _CAP_DAC_OVERRIDE)


def _keep_capability(libc: ctypes.CDLL, capability: int) -> None:
    mask = 1 << capability
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    data = struct.pack("IIIIII", mask, mask, mask, 0, 0, 0)
    if libc.capset(ctypes.create_string_buffer(header), ctypes.create_string_buffer(data)) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    if libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "ambient capability")


def main(arguments: list[str]) -> None:
    options, program = arguments[: arguments.index("--")], arguments[arguments.index("--") + 1 :]
    values = dict(zip(options[::2], options[1::2], strict=True))
    parent = int(values["--parent"])
    os.umask(0o077)
    if "--user" in values:
        become(values["--user"])
    if _LINUX:  # after the change of user, which clears it
        hold(signal.Signals[f"SIG{values['--signal']}"], parent)
    os.execv(program[0], program)  # noqa: S606 - becoming the program is the point


if __name__ == "__main__":
    main(sys.argv[1:])
