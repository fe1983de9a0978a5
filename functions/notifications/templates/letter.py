"""A mail as data: what it says, in blocks. `page` makes HTML of it and `plain` makes text, so that neither can differ
from the other, and text is escaped in one place."""

from dataclasses import dataclass


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
