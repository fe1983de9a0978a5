"""One line of text as a person writes it: a name, a title."""

import unicodedata

# Controls, surrogates, line and paragraph separators, and the marks that turn the reading direction of what follows.
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """Trimmed and composed (NFC), so that what looks the same is the same; ValueError says what it cannot hold."""
    line = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(each) in _CONTROLS or each in _DIRECTION_MARKS for each in line):
        raise ValueError("This is one line of text, without control characters.")
    if not any(each.isprintable() and not each.isspace() for each in line):
        raise ValueError("There is nothing to be read in this.")
    return line
