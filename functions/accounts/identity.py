"""The one form in which addresses, names and phone numbers are kept. What has none is refused in words for people."""

import re

from darkroom import mailbox
from darkroom.line import one_line

EMAIL_MAX = mailbox.LENGTH_MAX
NAME_MAX = 200
PHONE_MAX = 30  # as typed, with its spaces

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PHONE_PUNCTUATION = re.compile(r"[ ()./\u00a0-]")


def email_address(text: str) -> str:
    """Lower case, with the domain as DNS has it. Two spellings of one mailbox are one account."""
    return mailbox.address(text).lower()


def person_name(text: str) -> str:
    name = one_line(text)
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
