"""`make build`: every artifact of the template, without a container, measured and checked.

    python -m infra.tools.build

Builds with `sam build`, prints each function's and layer's unzipped size against Lambda's limit, and fails when an
artifact holds what the runtime cannot load or lacks what its handler imports.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra.tools import artifacts, host_twin
from infra.tools.artifacts import UNZIPPED_MAX, Function, Layer
from infra.tools.templates import ROOT

_SAM = ROOT / ".tools" / "sam" / "bin" / "sam"
_LOG = ROOT / ".build" / "sam-build.log"


def main() -> int:
    if not _sam_build():
        return 1
    tools = host_twin.toolchain()
    layers, functions = artifacts.read()
    failures = _print_sizes(layers, functions)
    for name, folder in _folders(layers, functions).items():
        failures += [f"{name}: {fault}" for fault in artifacts.faults(folder, tools.version)]
    print(f"\n  wheel tags and machines of {len(layers) + len(functions)} artifacts: checked for {tools.platform}")
    failures += _import_failures(layers, functions, tools)
    if not tools.runtime_python:
        print(f"  there is no Python {tools.version} here: artifacts carry no bytecode, and cold starts compile")
    for failure in failures:
        print(f"  FAILED  {failure}", file=sys.stderr)
    return 1 if failures else 0


def _sam_build() -> bool:
    _LOG.parent.mkdir(parents=True, exist_ok=True)
    print("  sam build …", flush=True)
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0"}
    with _LOG.open("wb") as log:
        result = subprocess.run([_SAM, "build"], cwd=ROOT, env=environment, stdout=log, stderr=log, check=False)
    if result.returncode:
        print(_LOG.read_text(errors="replace")[-4_000:], file=sys.stderr)
    return result.returncode == 0


def _folders(layers: Sequence[Layer], functions: Sequence[Function]) -> dict[str, Path]:
    return {layer.name: layer.folder for layer in layers} | {function.name: function.folder for function in functions}


def _print_sizes(layers: Sequence[Layer], functions: Sequence[Function]) -> list[str]:
    sizes = {name: artifacts.size(folder) for name, folder in _folders(layers, functions).items()}
    failures = []
    print(f"\n  {'unzipped bytes':<24}{'alone':>12}{'with layers':>14}{'of ' + format(UNZIPPED_MAX, ','):>18}")
    for layer in layers:
        print(f"  {layer.name:<24}{sizes[layer.name]:>12,}")
    for function in functions:
        whole = sizes[function.name] + sum(sizes[layer.name] for layer in function.layers)
        print(f"  {function.name:<24}{sizes[function.name]:>12,}{whole:>14,}{whole / UNZIPPED_MAX:>18.1%}")
        if whole > UNZIPPED_MAX:
            failures.append(f"{function.name}: {whole:,} bytes unzipped, Lambda takes {UNZIPPED_MAX:,}")
    return failures


def _import_failures(layers: Sequence[Layer], functions: Sequence[Function], tools: host_twin.Toolchain) -> list[str]:
    twins = host_twin.build(layers, tools)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = list(pool.map(lambda function: host_twin.import_failure(function, twins, tools), functions))
    good = f"{found.count('')} of {len(functions)}"
    print(f"  {good} handlers import from their artifacts alone (Python {tools.host_version})")
    return [
        f"{function.name}: {function.handler}: {failure}"
        for function, failure in zip(functions, found, strict=True)
        if failure
    ]


if __name__ == "__main__":
    sys.exit(main())
