"""E-mail addresses."""

import pytest

from darkroom import mailbox


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada@example.com", "ada@example.com"),
        (" Ada.Lovelace+photos@Example.COM ", "Ada.Lovelace+photos@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
    ],
)
def test_an_address(typed: str, kept: str) -> None:
    assert mailbox.address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "a b@example.com",
        "ada@example.com\nBcc: eve@example.com",
        "ada@ex\rample.com",
        "ada,eve@example.com",
        "ada@1.2.3.4",
        ".ada@example.com",
        "ada..l@example.com",
        "Kada@example.com",
        "a" * 65 + "@example.com",
        "ada@" + "a" * 64 + ".com",
        "ada@" + "a." * 130 + "com",
    ],
)
def test_no_address(typed: str) -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        mailbox.address(typed)
