"""Inside an execution environment: imports one handler and calls it, one event at a time, until its parent is gone.

Started by environment_processes.py with a socket as its only link. Frames are length-prefixed: a JSON header and the
event's bytes come in; a status byte and the answer's bytes go out. Standard output and error are the function's own, as
on Lambda, so a handler that prints disturbs nothing.
"""

import importlib
import json
import os
import signal
import socket
import sys
import time
import traceback
from typing import Any

OK, FAILED, READY = b"0", b"1", b"2"


class Context:
    """What a handler is told about its invocation."""

    def __init__(self, header: dict[str, Any]) -> None:
        self.aws_request_id: str = header["request_id"]
        self.invoked_function_arn: str = header["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline_ms: int = header["deadline_ms"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, self._deadline_ms - int(time.time() * 1000))


def _failure(error: BaseException) -> bytes:
    stack = traceback.format_list(traceback.extract_tb(error.__traceback__))
    document = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": stack}
    sys.stderr.write("".join(traceback.format_exception(error)))
    return json.dumps(document).encode()


def _read(link: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = link.recv(min(size, 1 << 20))
        if not part:
            os._exit(0)  # the parent is gone
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _read_frame(link: socket.socket) -> bytes:
    return _read(link, int.from_bytes(_read(link, 4), "big"))


def _write(link: socket.socket, status: bytes, body: bytes) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    link.sendall(status + len(body).to_bytes(4, "big") + body)


def main() -> None:
    from tether import hold  # type: ignore[import-not-found]

    hold(signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    del sys.path[0]  # this script's folder
    serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2].split(os.pathsep))


def serve(link: socket.socket, roots: list[str]) -> None:
    sys.path[0:0] = roots
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    try:
        module, _, name = os.environ["_HANDLER"].replace("/", ".").rpartition(".")
        handler = getattr(importlib.import_module(module), name)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent has to hear of it
        _write(link, FAILED, _failure(error))
        return
    _write(link, READY, b"")
    while True:
        header = json.loads(_read_frame(link))
        event = json.loads(_read_frame(link))
        os.environ["_X_AMZN_TRACE_ID"] = header["trace_id"]
        try:
            status, answer = OK, json.dumps(handler(event, Context(header)), default=str).encode()
        except Exception as error:  # noqa: BLE001 - an invocation that failed; the environment goes on
            status, answer = FAILED, _failure(error)
        _write(link, status, answer)


if __name__ == "__main__":
    main()
