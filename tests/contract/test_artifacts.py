"""What `make build` refuses: artifacts that the runtime could not load, and handlers whose artifact lacks something."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from infra.tools import artifacts, templates

_AARCH64, _X86_64 = 183, 62
_IMPORT_ALONE = templates.ROOT / "infra" / "tools" / "import_alone.py"


def _elf(machine: int) -> bytes:
    return b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, machine) + bytes(44)


def _wheel(folder: Path, *tags: str) -> None:
    information = folder / "python" / "thing-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "WHEEL").write_text("Wheel-Version: 1.0\n" + "".join(f"Tag: {tag}\n" for tag in tags))


@pytest.mark.parametrize(
    "tags",
    [
        ["py3-none-any"],
        ["cp313-cp313-manylinux_2_28_aarch64"],
        ["cp313-cp313-manylinux_2_17_aarch64", "cp313-cp313-manylinux2014_aarch64"],
        ["cp313-cp313-manylinux_2_17_aarch64.manylinux2014_aarch64"],
        ["cp39-abi3-manylinux_2_34_aarch64"],
        ["py3-none-manylinux_2_28_aarch64"],
    ],
)
def test_wheels_of_the_runtime_are_taken(tmp_path: Path, tags: list[str]) -> None:
    _wheel(tmp_path, *tags)
    assert list(artifacts.faults(tmp_path, "3.13")) == []


@pytest.mark.parametrize(
    "tag",
    [
        "cp313-cp313-manylinux_2_28_x86_64",
        "cp312-cp312-manylinux_2_28_aarch64",
        "cp314-abi3-manylinux_2_28_aarch64",
        "cp313-cp313t-manylinux_2_28_aarch64",
        "cp313-cp313-manylinux_2_39_aarch64",
        "cp313-cp313-musllinux_1_2_aarch64",
        "cp313-cp313-macosx_14_0_arm64",
        "py2-none-any",
    ],
)
def test_wheels_of_another_runtime_are_refused(tmp_path: Path, tag: str) -> None:
    _wheel(tmp_path, tag)
    assert list(artifacts.faults(tmp_path, "3.13")) == [f"thing-1.0.dist-info is a wheel for {tag}"]


def test_libraries_of_another_machine_are_refused(tmp_path: Path) -> None:
    (tmp_path / "right.so").write_bytes(_elf(_AARCH64))
    (tmp_path / "libwrong.so.6").write_bytes(_elf(_X86_64))
    (tmp_path / "mac.dylib").write_bytes(b"\xcf\xfa\xed\xfe" + bytes(28))
    assert list(artifacts.faults(tmp_path, "3.13")) == [
        "libwrong.so.6 is compiled for machine 62, not for aarch64",
        "mac.dylib is of another system",
    ]


def test_size_is_of_the_unzipped_files(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "a").write_bytes(bytes(1_000))
    (tmp_path / "deep" / "er" / "b").write_bytes(bytes(234))
    assert artifacts.size(tmp_path) == 1_234


def _import_alone(tmp_path: Path, source: str) -> str:
    """What is said of a handler with this source, beside a ground floor and a layer that hold one module each."""
    function, floor, layer = tmp_path / "function", tmp_path / "floor", tmp_path / "layer"
    for folder in (function / "product", floor / "darkroom", layer / "third"):
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
    (floor / "darkroom" / "late.py").write_text("def use():\n    import nowhere\n")
    (function / "product" / "work.py").write_text(source)
    folders = json.dumps([str(folder) for folder in (function, floor, layer)])
    command = [sys.executable, "-I", "-S", "-B", str(_IMPORT_ALONE), folders, "product.work.handler"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env={})
    return result.stderr.strip().rpartition("\n")[2] if result.returncode else ""


@pytest.mark.parametrize(
    "source",
    [
        "import json, third\ndef handler(event, context): ...",
        "def handler(event, context):\n    import third\n    from darkroom import something_made_at_run_time",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import nowhere\nhandler = print",
        "try:\n    import nowhere\nexcept ImportError:\n    pass\nhandler = print",
    ],
)
def test_a_handler_that_has_all_it_needs_is_taken(tmp_path: Path, source: str) -> None:
    assert _import_alone(tmp_path, source) == ""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import pytest\nhandler = print", "ModuleNotFoundError: No module named 'pytest'"),
        ("handler = 7", "product.work.handler is not callable"),
        ("def other(): ...", "AttributeError: module 'product.work' has no attribute 'handler'"),
        ("def handler(event, context):\n    import nowhere", "would be missed later: nowhere"),
        (
            "def handler(event, context):\n    with open('x'):\n        import nowhere.deep",
            "would be missed later: nowhere.deep",
        ),
        ("def handler(event, context):\n    from darkroom import late", "would be missed later: nowhere"),
        (
            "def handler(e, c):\n    match e:\n        case 1:\n            import nowhere",
            "would be missed later: nowhere",
        ),
    ],
)
def test_a_handler_that_would_miss_something_is_refused(tmp_path: Path, source: str, said: str) -> None:
    assert _import_alone(tmp_path, source) == said
