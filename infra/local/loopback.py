"""Asking others on this machine over HTTP."""

import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


def client(**options: Any) -> "httpx.AsyncClient":
    """A client that trusts nobody's certificate: there is no TLS here, and to read those of all authorities takes
    20 ms of CPU for each client."""
    import httpx  # slow to import

    return httpx.AsyncClient(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), **options)
