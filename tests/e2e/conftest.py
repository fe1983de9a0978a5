"""One running stack for a worker's end-to-end tests (tests/distribution.py says whose). DARKROOM_STACK, the path of a
stack.json, names one that runs already.
"""

import json
import os
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cameras import folder  # noqa: F401 - what the agents of tests look at
from tests.e2e.gallery import api, files, paintings  # noqa: F401 - the fixtures of the galleries' web tests
from tests.e2e.old_photos import no_photos, old_photos  # noqa: F401 - the fixtures of the restorations' web tests
from tests.e2e.stacks import RunningStack
from tests.e2e.web import browser, new_visitor, playwright, visitor  # noqa: F401 - the web tests' fixtures

_HERE = Path(__file__).parent
_LINES_SHOWN = 40
_USUAL = ('"level": "INFO"', '"event": "gateway.request"')

_functions_log = pytest.StashKey[Path]()
_stood_at = pytest.StashKey[int]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Starting a stack takes part of the first test's time."""
    for item in items:
        if _HERE in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(240))


def pytest_runtest_setup(item: pytest.Item) -> None:
    log = item.config.stash.get(_functions_log, None)
    item.stash[_stood_at] = log.stat().st_size if log is not None else 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails tells what functions complained of meanwhile: elsewhere, nobody can look at the stack's log."""
    report = yield
    log = item.config.stash.get(_functions_log, None)
    if report.failed and log is not None:
        with log.open(errors="replace") as lines:
            lines.seek(item.stash[_stood_at])
            complaints = [line for line in lines if not any(usual in line for usual in _USUAL)]
        report.sections.append(("What functions complained of", "".join(complaints[-_LINES_SHOWN:]) or "Nothing."))
    return report


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Mapping[str, Any]]:
    """What stack.json says of the running stack."""
    running_already = os.environ.get("DARKROOM_STACK")
    if running_already:
        yield json.loads(Path(running_already).read_text())
        return
    running = RunningStack(tmp_path_factory.mktemp("stack") / "home")
    try:
        running.start()
        pytestconfig.stash[_functions_log] = running.home / "logs" / "functions.jsonl"
        yield running.stack
    finally:
        running.stop()
