"""E-mail addresses: what may be one, and the form in which it is kept."""

import re
from typing import Final

LENGTH_MAX: Final = 254

_LOCAL_MAX: Final = 64
_ATOM: Final = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LOCAL: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")


def address(text: str) -> str:
    """Trimmed, with the domain as DNS has it, and the name before the @ as it was written. ValueError in words for
    people where it is none; so nothing that ends a header's line is ever in one."""
    local, at, domain = text.strip().rpartition("@")
    # ASCII before lower(): the Kelvin sign in lower case is a k, and k@… is somebody else.
    if not at or not local.isascii() or len(local) > _LOCAL_MAX or not _LOCAL.fullmatch(local.lower()):
        raise ValueError("This is not an e-mail address.")
    found = f"{local}@{_as_dns(domain)}"
    if len(found) > LENGTH_MAX:
        raise ValueError("This e-mail address is too long.")
    return found


def _as_dns(domain: str) -> str:
    try:
        name = domain.encode("idna").decode().lower()
    except UnicodeError:
        name = ""
    if not _DOMAIN.fullmatch(name):
        raise ValueError("This is not an e-mail address.")
    return name
