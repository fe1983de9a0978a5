"""Which tests one worker runs together, and which are begun first.

A file's tests stay together, so that what they share is made once; all that share the running stack do, whatever their
file, so that there is one. These are the longest row there is and begin first; then the files that start stacks of
their own; unit tests, the smallest pieces, come last, so that all workers end together.

xdist's own groups would do the first half, but it tells its controller of them by renaming tests, which pytest 9.2 has
put an end to: they are ignored in silence (pytest-xdist, issue 1386).
"""

from functools import cache
from pathlib import Path

from xdist.scheduler.loadscope import LoadScopeScheduling  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[1]
THE_STACK = "the stack"

_END_TO_END = "tests/e2e/"
_FOLDERS = ("tests/integration/", "tests/contract/")


class Files(LoadScopeScheduling):  # type: ignore[misc]  # xdist is untyped
    """Hands out files in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return THE_STACK if shares_the_stack(path) else path


@cache
def shares_the_stack(path: str) -> bool:
    """Whether an end-to-end file is about the one running stack. One that starts its own says so by this name."""
    return path.startswith(_END_TO_END) and "RunningStack" not in (ROOT / path).read_text()


def place(path: str) -> int:
    """Lower ones are begun first."""
    if path.startswith(_END_TO_END):
        return 0 if shares_the_stack(path) else 1
    return next((number for number, folder in enumerate(_FOLDERS, start=2) if path.startswith(folder)), 9)
