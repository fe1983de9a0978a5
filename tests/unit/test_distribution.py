"""How tests are handed out: rows that share a stack whole, files whole, the long ones first."""

import pytest

from tests import distribution

BROWSED, SHARED = "the stack, in a browser", "the stack"


@pytest.mark.parametrize(
    ("test", "together"),
    [
        ("tests/e2e/test_web_walks.py::test_a", BROWSED),
        ("tests/e2e/test_web_photos.py::TestX::test_a[a::b]", BROWSED),
        ("tests/e2e/test_mail.py::test_a[tests/e2e/test_web_walks.py]", SHARED),
        ("tests/e2e/test_gemini.py::test_a", "tests/e2e/test_gemini.py"),
        ("tests/e2e/test_stack_lifetimes.py::test_a", "tests/e2e/test_stack_lifetimes.py"),
        ("tests/unit/test_ids.py::TestX::test_a", "tests/unit/test_ids.py"),
    ],
)
def test_what_one_worker_runs_together(test: str, together: str) -> None:
    files = distribution.Files.__new__(distribution.Files)
    assert files._split_scope(test) == together


def test_what_is_begun_first() -> None:
    collected = [
        "tests/unit/test_ids.py::test_a",
        "tests/contract/test_web.py::test_a",
        "tests/e2e/test_accounts.py::test_a",
        "tests/e2e/test_gemini.py::test_a",
        "tests/e2e/test_web_walks.py::test_a",
        "tests/integration/test_jobs.py::test_a",
    ]
    assert sorted(collected, key=distribution.place) == [
        "tests/e2e/test_web_walks.py::test_a",
        "tests/e2e/test_accounts.py::test_a",
        "tests/e2e/test_gemini.py::test_a",
        "tests/integration/test_jobs.py::test_a",
        "tests/contract/test_web.py::test_a",
        "tests/unit/test_ids.py::test_a",
    ]
