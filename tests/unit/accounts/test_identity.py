"""The one form of addresses, names and phone numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import identity


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada@example.com", "ada@example.com"),
        (" Ada.King+Darkroom@Example.COM\n", "ada.king+darkroom@example.com"),
        ("o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("a@b.co", "a@b.co"),
    ],
)
def test_an_address_has_one_form(typed: str, kept: str) -> None:
    assert identity.email_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "@", "ada", "ada@", "@example.com", "ada@localhost", "ada@example", "ada@.com", "ada@example..com",
        "ada@-example.com", "ada@example-.com", "ada@127.0.0.1", "ada@[127.0.0.1]", "a da@example.com",
        ".ada@example.com", "ada.@example.com", "a..da@example.com", "ada@exam_ple.com",
        "ada@example.com,eve@example.com", "ada@example.com\r\nBcc: eve@example.com", "\u212aada@example.com",
        "adä@example.com", "ada\x00@example.com", "<ada@example.com>", "ada@" + "a" * 64 + ".com",
        "a" * 65 + "@example.com",
    ],
)  # fmt: skip
def test_what_is_no_address_has_none(typed: str) -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        identity.email_address(typed)


@given(st.text(max_size=300))
def test_an_address_is_ascii_lower_case_bounded_and_its_own_form(typed: str) -> None:
    try:
        kept = identity.email_address(typed)
    except ValueError:
        return
    assert kept.isascii()
    assert kept == kept.lower()
    assert 3 <= len(kept) <= identity.EMAIL_MAX
    assert identity.email_address(kept) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada", "Ada"),
        ("  Ada King ", "Ada King"),
        ("Amélie", "Am\u00e9lie"),
        ("Ame\u0301lie", "Am\u00e9lie"),
        ("مريم", "مريم"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("O'Neil-Smith, Jr.", "O'Neil-Smith, Jr."),
    ],
)
def test_a_name_is_kept_as_it_looks(typed: str, kept: str) -> None:
    assert identity.person_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "  ", "\u200b", "\u00a0", "A\nB", "A\x1bB", "A\u2028B", "A\u202eB", "x" * 201])
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"one line|nothing to be read|A name has"):
        identity.person_name(typed)


@given(st.text(max_size=250))
def test_a_name_fits_its_column_and_is_its_own_form(typed: str) -> None:
    try:
        kept = identity.person_name(typed)
    except ValueError:
        return
    assert 1 <= len(kept) <= identity.NAME_MAX
    assert identity.person_name(kept) == kept


def test_a_number_has_one_form() -> None:
    assert identity.phone_number(" +49 (151) 234-56.789 ") == "+4915123456789"
    assert identity.masked_phone("+4915123456789") == "+49 … 89"
