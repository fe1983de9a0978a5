"""The form encoding that Stripe speaks: `line_items[0][price_data][currency]=usd` is a tree."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from infra.local.stand_ins.stripe.refused import Refused

_NAME = re.compile(r"(?P<first>[^\[\]]+)(?P<rest>(?:\[[^\[\]]*\])*)")
_INDEX = re.compile(r"[0-9]{1,4}")
_DEPTH_MAX = 12


def read(text: str) -> dict[str, Any]:
    """The tree of a query or a body."""
    return tree(parse_qsl(text, keep_blank_values=True))


def tree(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, value in pairs:
        found = _NAME.fullmatch(name)
        steps = [found["first"], *re.findall(r"\[([^\[\]]*)\]", found["rest"])] if found else []
        if not steps or len(steps) > _DEPTH_MAX:
            raise Refused(f"Invalid parameter name: {name}", param=name)
        _place(root, steps, value, name)
    return {name: _lists(value) for name, value in root.items()}


def _place(node: dict[str, Any], steps: list[str], value: str, name: str) -> None:
    for step in steps[:-1]:
        following = node.setdefault(_key(node, step), {})
        if not isinstance(following, dict):
            raise Refused(f"Invalid hash: {name}", param=name)
        node = following
    node[_key(node, steps[-1])] = value


def _key(node: dict[str, Any], step: str) -> str:
    return step or str(len(node))


def _lists(node: Any) -> Any:
    """A hash whose keys are numbers is a list."""
    if not isinstance(node, dict):
        return node
    if node and all(_INDEX.fullmatch(key) for key in node):
        return [_lists(node[key]) for key in sorted(node, key=int)]
    return {key: _lists(value) for key, value in node.items()}
