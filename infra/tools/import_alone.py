"""Imports one handler in an interpreter that sees its artifact, its layers and the runtime's packages alone.

    python -I -S -B infra/tools/import_alone.py '["<folder>", ...]' accounts.api.handler

Run by host_twin.py. Imports that stand inside functions run at the first request at the earliest, so the code that the
handler can reach is read for them as well, and each must be found. Needs nothing but the standard library.
"""

import ast
import importlib
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path


def main(folders: list[str], handler: str) -> str:
    """What is wrong, or nothing."""
    sys.path[:0] = folders
    module, _, name = handler.rpartition(".")
    if not callable(getattr(importlib.import_module(module), name)):
        return f"{handler} is not callable"
    foreign = sorted(
        name
        for name, loaded in sys.modules.items()
        if name != "__main__"
        and (file := getattr(loaded, "__file__", None))
        and not file.startswith((*folders, sys.base_prefix))
    )
    if foreign:
        return f"imported from elsewhere: {', '.join(foreign)}"
    ours = [Path(folder) for folder in folders if (Path(folder) / "darkroom").is_dir()] + [Path(folders[0])]
    missing = sorted(name for name in reachable(module, ours) if not _is_found(name))
    return f"would be missed later: {', '.join(missing)}" if missing else ""


def _is_found(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def reachable(start: str, ours: list[Path]) -> set[str]:
    """Every module that `start` names, and that the modules of ours among them name in turn."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        file = _source(name, ours)
        if file is not None:
            waiting += _imports(ast.parse(file.read_text()).body, ours)
    return seen


def _source(name: str, ours: list[Path]) -> Path | None:
    for folder in ours:
        base = folder.joinpath(*name.split("."))
        for file in (base.with_suffix(".py"), base / "__init__.py"):
            if file.is_file():
                return file
    return None


def _imports(body: list[ast.stmt], ours: list[Path]) -> Iterator[str]:
    """Modules named anywhere in the code, but not for type checkers, nor where their absence is expected."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name for name in names if _source(name, ours))
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _imports(node.orelse, ours)
        elif isinstance(node, ast.Try) and any("ImportError" in ast.unparse(h.type or node) for h in node.handlers):
            yield from _imports([*node.orelse, *node.finalbody], ours)
        else:
            yield from _imports([child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)], ours)
            if isinstance(node, ast.Try):
                yield from (name for handler in node.handlers for name in _imports(handler.body, ours))
            elif isinstance(node, ast.Match):
                yield from (name for case in node.cases for name in _imports(case.body, ours))


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1]), sys.argv[2]) or 0)
