"""Where execution environments come from on Linux: a process that has imported what most functions import of others',
and becomes an environment by a fork. That takes a tenth of a second of CPU, where a new interpreter takes seven.

It never imports code of ours: a function's own modules are imported after the fork, with the function's variables, in a
folder and process of its own, so that changed code is seen and nothing is shared but what would have been the same.

Started by environment_processes.py with a socket of packets as its only link. A packet that starts an environment is
JSON and brings its link, standard output and standard error as descriptors; the answer is its pid. Who has ended stays
a zombie until a packet says so, so that a pid never means somebody else.
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
import time
from typing import Any

from environment_main import serve  # type: ignore[import-not-found]
from tether import hold  # type: ignore[import-not-found]

# Only what starts no threads, which a fork would lose (numpy does).
_SHARED = (
    "aws_lambda_powertools.utilities.batch",
    "botocore.auth",
    "fastapi",
    "httpx",
    "mangum",
    "psycopg",
    "stripe",
    "zipfile",
    "zoneinfo",
)
_PACKET_MAX = 1 << 18
_DESCRIPTORS = 3


def main() -> None:
    hold(signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    del sys.path[0]  # this script's folder
    for name in _SHARED:
        with contextlib.suppress(ImportError):  # who needs it says so
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # so that a collection writes to no page that is shared
    orders = socket.socket(fileno=int(sys.argv[1]))
    while True:
        packet, descriptors, _, _ = socket.recv_fds(orders, _PACKET_MAX, _DESCRIPTORS)
        if not packet:
            return
        order = json.loads(packet)
        if "ended" in order:
            _bury(order["ended"])
            continue
        ours = os.getpid()
        pid = os.fork()
        if pid == 0:
            orders.close()
            _become(order, descriptors, ours)
        for descriptor in descriptors:
            os.close(descriptor)
        orders.send(str(pid).encode())


def _become(order: dict[str, Any], descriptors: list[int], parent: int) -> None:
    """The environment, until it ends."""
    try:
        hold(signal.SIGKILL, parent)
        link, output, errors = descriptors
        for descriptor, standard in ((output, 1), (errors, 2)):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        os.set_inheritable(link, False)
        os.environ.clear()
        os.environ.update(order["variables"])
        time.tzset()
        os.chdir(order["roots"][0])
        serve(socket.socket(fileno=link), order["roots"])
    finally:
        os._exit(1)  # whatever happens, never on into the loop of the parent


def _bury(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
