"""The merged OpenAPI 3.1 document of every product, committed beside the function that serves it.

python -m infra.tools.openapi            # write it
python -m infra.tools.openapi --check    # fail when it is not what the code says (CI)

Every module of functions/ that makes an app takes part. Two products that mean different things by one schema's name,
or the same address, are an error here and not a surprise to a client.
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "functions" / "operations" / "openapi.json"

_INFO = {
    "title": "Darkroom",
    "version": "1",
    "summary": "One photo backend: galleries, captures, restorations, vision and attendance.",
    "description": "Errors are problem+json (RFC 9457). Ids are UUIDv7, times RFC 3339 in UTC, money integer cents.",
    "license": {"name": "MIT", "identifier": "MIT"},
}


class Clash(Exception):
    """Two products claim one name for two things."""


def apps() -> list[str]:
    """The modules whose routes make up the API: a product's `api`, and its Lambdas of other trust beside it."""
    files = sorted((ROOT / "functions").glob("*/*.py"))
    return [f"{file.parent.name}.{file.stem}" for file in files if "app = create_app(" in file.read_text()]


def merged(documents: list[dict[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {"openapi": "3.1.0", "info": _INFO, "servers": [{"url": "/"}], "paths": {}}
    components: dict[str, dict[str, Any]] = {}
    for document in documents:
        _add(result["paths"], document.get("paths", {}), "the address")
        for kind, named in document.get("components", {}).items():
            _add(components.setdefault(kind, {}), named, kind)
    result["paths"] = dict(sorted(result["paths"].items()))
    result["components"] = {kind: dict(sorted(named.items())) for kind, named in sorted(components.items())}
    _check_operation_ids(result["paths"])
    return result


def _add(into: dict[str, Any], named: dict[str, Any], kind: str) -> None:
    for name, value in named.items():
        if into.setdefault(name, value) != value:
            raise Clash(f"{kind} {name} means two things")


def _check_operation_ids(paths: dict[str, Any]) -> None:
    seen: set[str] = set()
    for path in paths.values():
        for operation in path.values():
            name = operation["operationId"]
            if name in seen:
                raise Clash(f"the operation {name} stands twice")
            seen.add(name)


def generate() -> str:
    for folder in (ROOT / "functions", ROOT / "layers" / "darkroom"):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    documents = [import_module(name).app.openapi() for name in apps()]
    return json.dumps(merged(documents), indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str], file: Path = DOCUMENT) -> int:
    document = generate()
    if "--check" not in arguments:
        file.write_text(document)
        return 0
    if file.exists() and file.read_text() == document:
        return 0
    print(f"{file.name} is not what the code says: run `make generate` and commit it.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
