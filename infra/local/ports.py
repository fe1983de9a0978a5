"""Ports on loopback: the emulator keeps its own over restarts, because deployed resources carry its address."""

import socket

from infra.local.home import Home, read_document, write_private

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def any_free() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def remembered(home: Home) -> int | None:
    document = read_document(home.ports)
    return document["emulator"] if document and isinstance(document.get("emulator"), int) else None


def remember(home: Home, port: int) -> None:
    write_private(home.ports, {"emulator": port})
