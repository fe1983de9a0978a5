"""Reads the tensors of a PyTorch checkpoint without PyTorch, and runs nothing that stands in it.

A checkpoint is a pickle, and a pickle may call whatever it names. This one may name an ordered dictionary, the kinds of
storage below and the rebuilding of a tensor, all of which are ours; anything else is refused. The layout read here is
the one before PyTorch 1.6, in which the model's package was made: three pickles that say what it is, the pickle of the
state with storages by name, the names, and the bytes of each storage after its length.
"""

import pickle
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001

Array = NDArray[Any]


class NotACheckpoint(Exception):
    """The file is something else, or wants more than tensors."""


@dataclass(frozen=True)
class _Kind:
    """The class of a storage, as far as it matters: how its numbers lie in the file."""

    dtype: str


@dataclass(frozen=True)
class _Storage:
    name: str
    dtype: str
    length: int


@dataclass(frozen=True)
class _Tensor:
    """A view into a storage; the storage's bytes come after the pickle."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _rebuild_tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_gradients: object
) -> _Tensor:
    return _Tensor(storage, offset, shape, strides)


_ADMITTED: Mapping[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch", "FloatStorage"): _Kind("<f4"),
    ("torch", "LongStorage"): _Kind("<i8"),
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise NotACheckpoint(f"the checkpoint names {module}.{name}, which is no part of a tensor") from None

    def persistent_load(self, reference: Any) -> _Storage:
        word, kind, name, _device, length, view = reference
        if word != "storage" or not isinstance(kind, _Kind) or view is not None:
            raise NotACheckpoint(f"the checkpoint refers to {word!r}")
        return _Storage(name, kind.dtype, length)


def read(path: Path) -> dict[str, Array]:
    """Every tensor by its name."""
    with path.open("rb") as file:
        magic, protocol, system = (_unpickle(file) for _ in range(3))
        if magic != _MAGIC or protocol != _PROTOCOL or not system.get("little_endian"):
            raise NotACheckpoint(f"{path.name} is no PyTorch checkpoint of the layout before 1.6")
        state: Mapping[str, _Tensor] = _unpickle(file)
        names: Sequence[str] = _unpickle(file)
        storages = {tensor.storage.name: tensor.storage for tensor in state.values()}
        numbers = {name: _read_storage(file, storages[name]) for name in names}
    return {name: _as_array(tensor, numbers[tensor.storage.name]) for name, tensor in state.items()}


def _unpickle(file: BinaryIO) -> Any:
    try:
        return _Unpickler(file).load()
    except (pickle.UnpicklingError, EOFError, TypeError, ValueError) as failure:
        raise NotACheckpoint(f"the checkpoint cannot be read: {failure}") from failure


def _read_storage(file: BinaryIO, storage: _Storage) -> Array:
    length = int.from_bytes(file.read(8), "little")
    dtype = np.dtype(storage.dtype)
    data = file.read(length * dtype.itemsize)
    if length != storage.length or len(data) != length * dtype.itemsize:
        raise NotACheckpoint(f"storage {storage.name} is cut off")
    return np.frombuffer(data, dtype)


def _as_array(tensor: _Tensor, numbers: Array) -> Array:
    """A copy that lies in order: strides of the file are not trusted to stay within the storage."""
    last = tensor.offset + sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.strides, strict=True))
    if tensor.offset < 0 or min(tensor.strides, default=0) < 0 or last >= len(numbers):
        raise NotACheckpoint("a tensor reaches beyond its storage")
    steps = [stride * numbers.itemsize for stride in tensor.strides]
    return np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.shape, steps, writeable=False).copy()
