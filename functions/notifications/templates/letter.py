"""A mail as data: what it says, in blocks. `page` makes HTML of it and `plain` makes text, so that neither can differ
from the other, and text is escaped in one place."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    words: str


@dataclass(frozen=True)
class Button:
    """The one thing to do. Its address is also written out, for readers that show no buttons."""

    label: str
    url: str


@dataclass(frozen=True)
class Note:
    """What is said quietly: how long a link lasts, what to do when this was not you."""

    words: str


@dataclass(frozen=True)
class Facts:
    """Names and values, one pair a line."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Files:
    """Files that were too large to attach: their names, each with an address."""

    links: tuple[tuple[str, str], ...]


Block = Text | Button | Note | Facts | Files


@dataclass(frozen=True)
class Letter:
    """One mail before it is anybody's HTML. `preview` is what an inbox shows beside the subject."""

    subject: str
    preview: str
    blocks: tuple[Block, ...]


def moment(rfc3339: str) -> str:
    """A time as one reads it. In UTC and saying so, because a mail does not know where its reader is."""
    at = datetime.fromisoformat(rfc3339).astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
