"""A letter as plain text: what a terminal, a watch or a screen reader shows."""

import textwrap

from notifications.templates.letter import Block, Button, Facts, Files, Letter, Note, Text

_WIDTH = 72


def render(letter: Letter, footer: str) -> str:
    parts = [_block(block) for block in letter.blocks]
    return "\n\n".join([*parts, "-- \n" + _wrapped(footer)]) + "\n"


def _block(block: Block) -> str:
    match block:
        case Text(words) | Note(words):
            return _wrapped(words)
        case Button(label, url):
            return f"{label}:\n{url}"
        case Facts(rows):
            width = max(len(name) for name, _ in rows)
            return "\n".join(f"{name + ':':<{width + 1}} {value}" for name, value in rows)
        case Files(links):
            return "\n".join(f"{name}\n{url}" for name, url in links)


def _wrapped(words: str) -> str:
    return textwrap.fill(words, _WIDTH, break_long_words=False, break_on_hyphens=False)
