"""Amounts as people read them."""

import pytest

from restorations.service import money


@pytest.mark.parametrize(
    ("cents", "currency", "shown"),
    [
        (0, "usd", "$0.00"),
        (5, "usd", "$0.05"),
        (900, "usd", "$9.00"),
        (123_456, "eur", "€1,234.56"),
        (900, "chf", "9.00 CHF"),
        (900, "jpy", "900 JPY"),
    ],
)
def test_amounts(cents: int, currency: str, shown: str) -> None:
    assert money.shown(cents, currency) == shown
