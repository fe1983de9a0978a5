"""Messages are a contract: every one that a worker handles has a schema, and schema and parser agree."""

import copy
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError  # type: ignore[import-untyped]

from darkroom import messages
from darkroom.messages import NotAMessage
from darkroom.worker import Worker
from tests.contract import schemas

FUNCTIONS = Path(__file__).parents[2] / "functions"
OF_MESSAGES = sorted(set(schemas.all_schemas()) - {"envelope"})


def workers() -> dict[str, Worker]:
    """Every module of functions/ whose handler is a queue's."""
    found = {}
    for file in FUNCTIONS.glob("*/*.py"):
        if "sqs_worker(" in file.read_text():
            module = f"{file.parent.name}.{file.stem}"
            found[module] = import_module(module).handler.__self__
    return found


def test_every_message_that_a_worker_handles_has_a_schema() -> None:
    assert len(workers()) >= 4
    for module, worker in workers().items():
        assert worker.names, module
        for name in worker.names:
            assert name in OF_MESSAGES, f"{module} handles {name}, which has no schema in tests/contract/messages"


@pytest.mark.parametrize("schema_id", ["envelope", *OF_MESSAGES])
def test_a_schema_is_one_and_is_filed_under_its_name(schema_id: str) -> None:
    Draft202012Validator.check_schema(schemas.all_schemas()[schema_id])
    assert (schemas.FOLDER / f"{schema_id}.schema.json").exists()


@pytest.mark.parametrize("schema_id", OF_MESSAGES)
def test_an_example_is_understood_by_schema_and_parser(schema_id: str) -> None:
    schema = schemas.all_schemas()[schema_id]
    assert schema["title"]
    for example in schema["examples"]:
        schemas.check(example)
        assert messages.to_document(messages.from_document(example)) == example
        assert f"{example['name']}.v{example['version']}" == schema_id


@pytest.mark.parametrize("schema_id", OF_MESSAGES)
def test_a_message_with_less_or_more_than_its_schema_is_refused(schema_id: str) -> None:
    (example,) = schemas.all_schemas()[schema_id]["examples"]
    for field in example["data"]:
        less = copy.deepcopy(example)
        del less["data"][field]
        with pytest.raises(ValidationError):
            schemas.check(less)
    more = copy.deepcopy(example)
    more["data"]["email"] = "ada@example.com"
    with pytest.raises(ValidationError):
        schemas.check(more)


scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=9)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)


@given(
    st.sampled_from(["id", "name", "version", "correlation_id", "attempt", "data", "extra"]),
    anything | st.dictionaries(st.sampled_from(["a", "user_id", "B"]), anything, max_size=3),
)
def test_the_envelopes_schema_and_the_parser_agree(field: str, value: Any) -> None:
    """Whatever stands in one field, both take it or both refuse it."""
    (example,) = schemas.all_schemas()["mail.send.v1"]["examples"]
    document = copy.deepcopy(example) | {field: value}
    try:
        messages.from_document(document)
    except NotAMessage:
        is_understood = False
    else:
        is_understood = True
    is_valid = schemas.validator("envelope").is_valid(document)
    if isinstance(value, float) and value.is_integer():
        return  # 1.0 is an integer to JSON Schema, and is never sent by us
    assert is_understood == (is_valid and not _holds_whole_float(value))


def _holds_whole_float(value: Any) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_holds_whole_float, inner))
