"""Codes that people read out and type."""

import pytest

from captures.service import pairing


def test_codes_are_six_characters_that_nobody_mistakes() -> None:
    codes = {pairing.new_code() for _ in range(2_000)}
    assert {len(code) for code in codes} == {6}
    seen = set("".join(codes))
    assert seen == set(pairing.ALPHABET)
    assert not seen & set("01OILU")
    assert len(codes) > 1_990


@pytest.mark.parametrize("typed", ["k7p-2qx", " K7P2QX ", "K7P 2QX", "k 7 p 2 q x", "K7P--2QX\t"])
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    assert pairing.code_hash(typed) == pairing.code_hash("K7P2QX")


def test_another_code_is_another() -> None:
    assert pairing.code_hash("K7P2QX") != pairing.code_hash("K7P2QY")
