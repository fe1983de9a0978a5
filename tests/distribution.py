"""Which tests one worker runs together, and which are begun first.

A file's tests stay together, so that what they share is made once. Those that share the running stack stay together
whatever their file, in two rows: with a browser and without. They are the longest there are and begin first; then the
files that start stacks of their own; unit tests, the smallest pieces, come last, so that all workers end together.

xdist's own groups would do the first half, but it tells its controller of them by renaming tests, which pytest 9.2 has
put an end to: they are ignored in silence (pytest-xdist, issue 1386).
"""

from functools import cache
from pathlib import Path

from xdist.scheduler.loadscope import LoadScopeScheduling  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[1]

_END_TO_END = "tests/e2e/"
_WITH_A_BROWSER = "tests/e2e/test_web_"
_ROWS = ("the stack, in a browser", "the stack")
_FOLDERS = (_END_TO_END, "tests/integration/", "tests/contract/", "")


class Files(LoadScopeScheduling):  # type: ignore[misc]  # xdist is untyped
    """Hands out rows and files in the order in which their first tests were collected."""

    def _split_scope(self, nodeid: str) -> str:
        path = _path(nodeid)
        return _row(path) or path


def place(nodeid: str) -> int:
    """Lower ones are begun first."""
    path = _path(nodeid)
    row = _row(path)
    if row is not None:
        return _ROWS.index(row)
    return len(_ROWS) + next(number for number, folder in enumerate(_FOLDERS) if path.startswith(folder))


def _path(nodeid: str) -> str:
    return nodeid.partition("::")[0]


@cache
def _row(path: str) -> str | None:
    """The row of an end-to-end file, unless it starts stacks of its own, which it says by this name."""
    if not path.startswith(_END_TO_END) or "RunningStack" in (ROOT / path).read_text():
        return None
    return _ROWS[0] if path.startswith(_WITH_A_BROWSER) else _ROWS[1]
