"""What `sam build` made, and whether the runtime can run it: size, wheel tags, and the machine of every ELF file."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from infra.tools import templates

BUILT = templates.ROOT / ".aws-sam" / "build" / "template.yaml"
UNZIPPED_MAX = 262_144_000  # Lambda's limit for a function and its layers together

_ELF = b"\x7fELF"
_AARCH64 = 183
_GLIBC_MAX = (2, 34)  # Amazon Linux 2023
_LINUX_TAG = re.compile(r"manylinux_(\d+)_(\d+)_aarch64|manylinux(2014)_aarch64")


@dataclass(frozen=True)
class Layer:
    name: str
    folder: Path

    @property
    def packages(self) -> Path:
        """What the runtime has on sys.path of it."""
        return self.folder / "python"


@dataclass(frozen=True)
class Function:
    name: str
    folder: Path
    handler: str
    layers: tuple[Layer, ...]


def read(built: Path = BUILT) -> tuple[list[Layer], list[Function]]:
    """Every layer and every function of the built templates."""
    stacks = list(templates.load_all(built))
    layers = {
        name: Layer(name, stack.path.parent / properties["ContentUri"])
        for stack in stacks
        for name, properties in stack.of_type("AWS::Serverless::LayerVersion").items()
    }
    functions = [
        Function(
            name,
            stack.path.parent / properties["CodeUri"],
            stack.function_property(properties, "Handler"),
            tuple(layers[layer["Ref"]] for layer in stack.function_property(properties, "Layers") or ()),
        )
        for stack in stacks
        for name, properties in stack.of_type("AWS::Serverless::Function").items()
    ]
    return list(layers.values()), functions


def size(folder: Path) -> int:
    """Unzipped bytes."""
    return sum(file.stat().st_size for file in _files(folder))


def faults(folder: Path, python: str) -> Iterator[str]:
    """What in this artifact the runtime (Python `python` on arm64) could not load."""
    for file in _files(folder):
        if file.name == "WHEEL" and file.parent.suffix == ".dist-info":
            tags = HeaderParser().parsestr(file.read_text()).get_all("Tag") or []
            if not any(_fits(tag, python) for tag in tags):
                yield f"{file.parent.name} is a wheel for {', '.join(tags)}"
        machine = _machine(file)
        if machine not in (None, _AARCH64):
            yield f"{file.relative_to(folder)} is compiled for machine {machine}, not for aarch64"
        if file.suffix in (".pyd", ".dll", ".dylib"):
            yield f"{file.relative_to(folder)} is of another system"


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file() and not file.is_symlink())


def _machine(file: Path) -> int | None:
    """The machine an ELF file is compiled for; None for any other file."""
    with file.open("rb") as opened:
        header = opened.read(20)
    if len(header) < 20 or not header.startswith(_ELF):
        return None
    order = "<" if header[5] == 1 else ">"
    return int(struct.unpack_from(f"{order}H", header, 18)[0])


def _fits(tag: str, python: str) -> bool:
    """Whether the runtime takes wheels of this tag (PEP 425): its own Python or an older stable ABI, its own system."""
    interpreter, abi, platform = tag.split("-")
    minor = int(python.partition(".")[2])
    own = f"cp3{minor}"
    newer = re.fullmatch(r"cp3(\d+)", interpreter)
    if abi == "none":
        right_python = interpreter in ("py3", "py2.py3", own)
    elif abi == "abi3":
        right_python = newer is not None and int(newer[1]) <= minor
    else:
        right_python = (interpreter, abi) == (own, own)
    return right_python and (platform == "any" or _system_fits(platform))


def _system_fits(platform: str) -> bool:
    for part in platform.split("."):
        found = _LINUX_TAG.fullmatch(part)
        if found and (found[3] or (int(found[1]), int(found[2])) <= _GLIBC_MAX):
            return True
    return False
