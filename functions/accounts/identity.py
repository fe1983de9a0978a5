"""The one form in which addresses, names and phone numbers are kept. What has none is refused in words for people."""

import re
import unicodedata

EMAIL_MAX = 254
NAME_MAX = 200
PHONE_MAX = 30  # as typed, with its spaces

_LOCAL_MAX = 64
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PHONE_PUNCTUATION = re.compile(r"[ ()./\u00a0-]")
# Controls, surrogates, line and paragraph separators, and the marks that turn the reading direction of what follows.
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def email_address(text: str) -> str:
    """Lower case, with the domain as DNS has it. Two spellings of one mailbox are one account."""
    local, at, domain = text.strip().rpartition("@")
    # ASCII before lower(): the Kelvin sign in lower case is a k, and k@… is somebody else.
    if not at or not local.isascii() or len(local) > _LOCAL_MAX or not _LOCAL.fullmatch(local.lower()):
        raise ValueError("This is not an e-mail address.")
    address = f"{local.lower()}@{_as_dns(domain)}"
    if len(address) > EMAIL_MAX:
        raise ValueError("This e-mail address is too long.")
    return address


def person_name(text: str) -> str:
    """Trimmed and composed (NFC), so that what looks the same is the same."""
    name = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(each) in _CONTROLS or each in _DIRECTION_MARKS for each in name):
        raise ValueError("A name has no control characters.")
    if not any(each.isprintable() and not each.isspace() for each in name):
        raise ValueError("Please give a name.")
    if len(name) > NAME_MAX:
        raise ValueError(f"A name has {NAME_MAX} characters at most.")
    return name


def phone_number(text: str) -> str:
    """E.164: a plus, the country, the number."""
    number = _PHONE_PUNCTUATION.sub("", text.strip())
    if not _E164.fullmatch(number):
        raise ValueError("Please give the number with its country, like +49 151 23456789.")
    return number


def masked_phone(number: str) -> str:
    """Enough for its owner to know it by."""
    return f"{number[:3]} … {number[-2:]}"


def _as_dns(domain: str) -> str:
    try:
        name = domain.encode("idna").decode().lower()
    except UnicodeError:
        name = ""
    if not _DOMAIN.fullmatch(name):
        raise ValueError("This is not an e-mail address.")
    return name
