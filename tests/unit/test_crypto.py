"""Keys and seals: one purpose each, and no byte may change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom import crypto


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_what_was_sealed_opens(plain: bytes, context: bytes) -> None:
    sealed = crypto.seal("letters", plain, context)
    assert crypto.open_sealed("letters", sealed, context) == plain
    assert sealed != crypto.seal("letters", plain, context)


@given(st.integers(0, 10_000))
def test_a_changed_byte_does_not_open(position: int) -> None:
    sealed = bytearray(crypto.seal("letters", b"one hundred dollars"))
    sealed[position % len(sealed)] ^= 1
    with pytest.raises(crypto.NotSealedHere):
        crypto.open_sealed("letters", bytes(sealed))


def test_another_purpose_context_or_length_does_not_open() -> None:
    sealed = crypto.seal("letters", b"x", b"mine")
    for purpose, data, context in (
        ("parcels", sealed, b"mine"),
        ("letters", sealed, b"yours"),
        ("letters", sealed[:-1], b"mine"),
        ("letters", b"", b"mine"),
    ):
        with pytest.raises(crypto.NotSealedHere):
            crypto.open_sealed(purpose, data, context)


def test_keys_differ_by_purpose() -> None:
    assert crypto.derived_key("a") != crypto.derived_key("b")
    assert len(crypto.derived_key("a")) == 32
    assert crypto.signature("a", b"m") != crypto.signature("b", b"m")


def test_tokens_are_long_unlike_and_hashed() -> None:
    token, hashed = crypto.new_token()
    assert len(token) == 43
    assert "." not in token
    assert hashed == crypto.token_hash(token)
    assert crypto.new_token()[0] != token
    assert len(hashed) == 32


def test_subjects_are_hashed_with_a_key() -> None:
    import hashlib

    assert crypto.subject_hash("203.0.113.7") != hashlib.sha256(b"203.0.113.7").digest()
