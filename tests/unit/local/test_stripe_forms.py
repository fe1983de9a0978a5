"""What Stripe's SDK encodes is read as it was meant; whatever else comes is refused, and breaks nothing."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe._encode import _api_encode

from infra.local.home import Home
from infra.local.stand_ins.framework import Call, Surroundings
from infra.local.stand_ins.stripe import forms
from infra.local.stand_ins.stripe.refused import Refused
from infra.local.stand_ins.stripe.service import Stripe

NAMES = st.text(st.characters(categories=["Ll"], max_codepoint=127), min_size=1, max_size=5)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TREES = st.dictionaries(
    NAMES,
    st.recursive(
        VALUES,
        lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(NAMES, inner, min_size=1, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)
ROUTES = [
    ("POST", "/v1/checkout/sessions"),
    ("GET", "/v1/checkout/sessions"),
    ("GET", "/v1/charges"),
    ("POST", "/v1/refunds"),
    ("GET", "/v1/events"),
    ("GET", "/v1/disputes"),
]
_WORDS = """
    limit created expand types status customer_details line_items metadata amount charge gte email price_data quantity
    mode success_url starting_after delivery_success 0 ²
"""
WORDS = st.sampled_from([*_WORDS.split(), ""])
FIELDS = st.lists(
    st.tuples(
        st.lists(WORDS, min_size=1, max_size=4).map(
            lambda words: words[0] + "".join(f"[{word}]" for word in words[1:])
        ),
        st.sampled_from(
            ["", "1", "-1", "١", "true", "payment", "data.charge", "a.b.c.d.e", "http://x", "\0", "é" * 600]
        ),
    ),
    max_size=6,
)


@given(TREES)
def test_what_the_sdk_encodes_is_read_as_it_was_meant(tree: dict[str, Any]) -> None:
    assert forms.read(urlencode(list(_api_encode(tree)))) == tree


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Refused):
        assert isinstance(forms.read(text), dict)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("stripe")
    made = Stripe(
        Surroundings(Home(folder), "http://127.0.0.1:1", "http://127.0.0.1:2", {"stripe_secret_key": "sk_test"})
    )
    yield made
    made.close()


@given(st.sampled_from(ROUTES), FIELDS, st.booleans())
def test_any_parameters_are_answered_or_refused(
    service: Stripe, route: tuple[str, str], fields: list[tuple[str, str]], has_key: bool
) -> None:
    headers = {"authorization": "Bearer sk_test"} | ({"idempotency-key": "one"} if has_key else {})
    query: dict[str, list[str]] = {}
    if route[0] == "GET":
        for name, value in fields:
            query.setdefault(name, []).append(value)
    body = urlencode(fields).encode() if route[0] == "POST" else b""
    reply = asyncio.run(service.answer(Call(*route, query, headers, body)))
    assert reply.status in (200, 400)
