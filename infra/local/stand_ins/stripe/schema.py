"""What a request may say. A parameter that is not named in a route's shape is refused, as Stripe does."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from infra.local.stand_ins.stripe.refused import Refused

Check = Callable[[Any, str], Any]
Shape = Check | Mapping[str, Any] | Sequence[Any]
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*\.[^@\s.]+")
_METADATA_KEYS, _METADATA_KEY_LENGTH, _METADATA_LENGTH = 50, 40, 500


def check(shape: Shape, given: Any, name: str = "") -> Any:
    """What was given, with numbers and booleans as such."""
    if callable(shape):
        if given == "":
            raise Refused(f"You passed an empty string for '{name}'.", code="parameter_invalid_empty", param=name)
        return shape(given, name)
    if isinstance(shape, Mapping):
        return _mapping(shape, given, name)
    if not isinstance(given, list):
        raise Refused("Invalid array", param=name)
    return [check(shape[0], value, f"{name}[{index}]") for index, value in enumerate(given)]


def _mapping(shape: Mapping[str, Any], given: Any, name: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Refused("Invalid object", param=name)
    found = {}
    for key, value in given.items():
        full = f"{name}[{key}]" if name else key
        if key not in shape:
            raise Refused(f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
        found[key] = check(shape[key], value, full)
    return found


def needed(given: Mapping[str, Any], *names: str, within: str = "") -> None:
    for name in names:
        if name not in given:
            full = f"{within}[{name}]" if within else name
            raise Refused(f"Missing required param: {full}.", code="parameter_missing", param=full)


def text(length: int = 5_000) -> Check:
    def look(value: Any, name: str) -> str:
        if not isinstance(value, str):
            raise Refused(f"Invalid string: {value}", param=name)
        if len(value) > length:
            raise Refused(
                f"Invalid string: must be at most {length} characters", code="parameter_invalid_string", param=name
            )
        return value

    return look


def integer(least: int = 0, most: int = 99_999_999) -> Check:
    def look(value: Any, name: str) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,18}", value):
            raise Refused(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
        number = int(value)
        if number < least:
            raise Refused(
                f"This value must be greater than or equal to {least}.", code="parameter_invalid_integer", param=name
            )
        if number > most:
            raise Refused(
                f"This value must be less than or equal to {most}.", code="parameter_invalid_integer", param=name
            )
        return number

    return look


def choice(*words: str) -> Check:
    def look(value: Any, name: str) -> str:
        if value not in words:
            raise Refused(f"Invalid {name}: must be one of {', '.join(words)}", param=name)
        return str(value)

    return look


def email(value: Any, name: str) -> str:
    found = str(text(512)(value, name))
    if not _EMAIL.fullmatch(found):
        raise Refused(f"Invalid email address: {found}", code="email_invalid", param=name)
    return found


def url(value: Any, name: str) -> str:
    found = str(text()(value, name))
    if not re.match(r"https?://[^/\s]+", found):
        raise Refused(
            "Not a valid URL: an explicit scheme (such as https) must be provided.", code="url_invalid", param=name
        )
    return found


def currency(value: Any, name: str) -> str:
    found = str(text()(value, name)).lower()
    if not re.fullmatch(r"[a-z]{3}", found):
        raise Refused(f"Invalid currency: {found}", param=name)
    return found


def flag(value: Any, name: str) -> bool:
    if value not in ("true", "false"):
        raise Refused(f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def metadata(value: Any, name: str) -> dict[str, str]:
    """Up to 50 pairs. An empty value takes a key away, which at creation is as if it had not been given."""
    if isinstance(value, list):  # keys that are all numbers
        value = {str(index): item for index, item in enumerate(value)}
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise Refused("Invalid object", param=name)
    if len(value) > _METADATA_KEYS:
        raise Refused(f"Metadata can have up to {_METADATA_KEYS} keys", param=name)
    for key, item in value.items():
        if len(key) > _METADATA_KEY_LENGTH or len(item) > _METADATA_LENGTH:
            raise Refused(
                f"Metadata keys can have up to {_METADATA_KEY_LENGTH} characters and values up to {_METADATA_LENGTH}.",
                param=f"{name}[{key}]",
            )
    return {key: item for key, item in value.items() if item}


def moments(value: Any, name: str) -> dict[str, int]:
    """`created`: a time, or a hash of gt, gte, lt and lte."""
    moment = integer(most=10**12)
    if isinstance(value, str):
        return {"eq": moment(value, name)}
    found: dict[str, int] = check({"gt": moment, "gte": moment, "lt": moment, "lte": moment}, value, name)
    return found


EXPAND = [text(200)]
PAGE = {
    "limit": integer(1, 100),
    "starting_after": text(200),
    "ending_before": text(200),
    "created": moments,
    "expand": EXPAND,
}
