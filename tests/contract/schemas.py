"""The messages' JSON schemas: what a producer may send and a consumer must understand.

The fake queues check everything that any test sends against them, so a message that changes without its schema (and
its version) fails where it is sent.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]
from referencing import Registry, Resource

FOLDER = Path(__file__).with_name("messages")


@lru_cache(maxsize=1)
def all_schemas() -> dict[str, dict[str, Any]]:
    """By `$id`: `envelope`, and `name.v1` for each message."""
    loaded = [json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.schema.json"))]
    return {schema["$id"]: schema for schema in loaded}


@lru_cache(maxsize=64)
def validator(schema_id: str) -> Draft202012Validator:
    registry: Registry[Any] = Registry().with_resources(
        (name, Resource.from_contents(schema)) for name, schema in all_schemas().items()
    )
    return Draft202012Validator(all_schemas()[schema_id], registry=registry, format_checker=FormatChecker())


def check(document: dict[str, Any]) -> None:
    """Raises when a message differs from its schema; one without a schema only has to be an envelope."""
    schema_id = f"{document['name']}.v{document['version']}"
    validator(schema_id if schema_id in all_schemas() else "envelope").validate(document)
