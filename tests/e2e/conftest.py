"""One running stack for a worker's end-to-end tests (tests/distribution.py says whose). DARKROOM_STACK, the path of a
stack.json, names one that runs already.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cameras import folder  # noqa: F401 - what the agents of tests look at
from tests.e2e.gallery import api, files, paintings  # noqa: F401 - the fixtures of the galleries' web tests
from tests.e2e.old_photos import no_photos, old_photos  # noqa: F401 - the fixtures of the restorations' web tests
from tests.e2e.stacks import RunningStack
from tests.e2e.web import browser, new_visitor, playwright, visitor  # noqa: F401 - the web tests' fixtures

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Starting a stack takes part of the first test's time."""
    for item in items:
        if _HERE in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(240))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    """What stack.json says of the running stack."""
    running_already = os.environ.get("DARKROOM_STACK")
    if running_already:
        yield json.loads(Path(running_already).read_text())
        return
    running = RunningStack(tmp_path_factory.mktemp("stack") / "home")
    try:
        yield running.start().stack
    finally:
        running.stop()
