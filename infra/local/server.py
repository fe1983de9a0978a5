"""uvicorn on a socket that is already bound, without its own signal handling: the supervisor stops things in order."""

import contextlib
import logging
import socket
from collections.abc import Iterator
from typing import Any, cast

import uvicorn

from infra.local import asgi


def _is_worth_saying(record: logging.LogRecord) -> bool:
    """Not that a handshake was refused, nor that we do not wait for open connections at the end."""
    message = record.getMessage()
    return "without completing handshake" not in message and "graceful shutdown exceeded" not in message


class _Quiet(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Server:
    """The gateway's listener."""

    def __init__(self, application: asgi.Application, listening: socket.socket) -> None:
        config = uvicorn.Config(
            cast("Any", application),
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
            timeout_graceful_shutdown=1,
            server_header=False,
            ws_max_size=256 * 1024,
            proxy_headers=False,
        )
        logging.getLogger("uvicorn.error").addFilter(_is_worth_saying)
        self._server = _Quiet(config)
        self._listening = listening

    async def serve(self) -> None:
        await self._server.serve(sockets=[self._listening])

    def stop(self) -> None:
        self._server.should_exit = True
