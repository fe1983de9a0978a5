"""What curating's data are made of: weights that are only read, and towns that people name."""

import io
import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from infra.tools import looks_model, places_table, torch_checkpoint
from infra.tools.places_table import Town

MAGIC = 0x1950A86A20F9469CFC6C


class _Named:
    """Pickles as a class of a package that is not here."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class _Storage:
    def __init__(self, key: str, length: int) -> None:
        self.reference = ("storage", _Named("torch", "FloatStorage"), key, "cpu", length, None)


class _Call:
    def __init__(self, function: _Named, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments


class _Pickler(pickle._Pickler):  # the one in Python can write names of classes that do not exist
    def persistent_id(self, thing: Any) -> Any:
        return thing.reference if isinstance(thing, _Storage) else None

    def save(self, thing: Any, save_persistent_id: bool = True) -> None:
        if isinstance(thing, _Named):
            self.write(pickle.GLOBAL + f"{thing.module}\n{thing.name}\n".encode())  # type: ignore[attr-defined]
        elif isinstance(thing, _Call):
            self.save(thing.function)
            self.save(thing.arguments)
            self.write(pickle.REDUCE)  # type: ignore[attr-defined]
        else:
            super().save(thing, save_persistent_id)  # type: ignore[misc]


def _checkpoint(folder: Path, state: Any, numbers: list[float], *, magic: int = MAGIC, said: int | None = None) -> Path:
    out = io.BytesIO()
    for part in (magic, 1001, {"little_endian": True}, state, ["a"]):
        _Pickler(out, 2).dump(part)
    out.write(struct.pack("<q", len(numbers) if said is None else said) + struct.pack(f"<{len(numbers)}f", *numbers))
    file = folder / "weights.pth"
    file.write_bytes(out.getvalue())
    return file


def _tensor(length: int, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> _Call:
    rebuild = _Named("torch._utils", "_rebuild_tensor_v2")
    return _Call(rebuild, _Storage("a", length), offset, shape, strides, False, OrderedDict())


def test_tensors_are_read_as_views_of_their_storage(tmp_path: Path) -> None:
    state = OrderedDict(
        whole=_tensor(6, 0, (2, 3), (3, 1)), turned=_tensor(6, 0, (3, 2), (1, 3)), part=_tensor(6, 4, (2,), (1,))
    )
    read = torch_checkpoint.read(_checkpoint(tmp_path, state, [1, 2, 3, 4, 5, 6]))
    assert read["whole"].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert read["turned"].tolist() == [[1, 4], [2, 5], [3, 6]]
    assert read["part"].tolist() == [5, 6]


def test_nothing_that_a_checkpoint_names_is_run(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    state = OrderedDict(evil=_Call(_Named("os", "system"), f"touch {witness}"))
    with pytest.raises(torch_checkpoint.NotACheckpoint, match=r"os\.system"):
        torch_checkpoint.read(_checkpoint(tmp_path, state, [1.0]))
    assert not witness.exists()


@pytest.mark.parametrize(
    ("offset", "shape", "strides"), [(0, (3,), (1,)), (1, (2,), (1,)), (0, (2, 2), (1, 1_000)), (0, (2,), (-1,))]
)
def test_a_tensor_stays_within_its_storage(
    tmp_path: Path, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    state = OrderedDict(weight=_tensor(2, offset, shape, strides))
    with pytest.raises(torch_checkpoint.NotACheckpoint, match="beyond"):
        torch_checkpoint.read(_checkpoint(tmp_path, state, [1.0, 2.0]))


def test_a_checkpoint_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    state = OrderedDict(weight=_tensor(4, 0, (4,), (1,)))
    with pytest.raises(torch_checkpoint.NotACheckpoint, match="cut off"):
        torch_checkpoint.read(_checkpoint(tmp_path, state, [1.0, 2.0], said=4))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a newer one is a ZIP archive", pickle.dumps([1])])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.pth"
    file.write_bytes(content)
    with pytest.raises(torch_checkpoint.NotACheckpoint):
        torch_checkpoint.read(file)


def test_a_folded_convolution_does_what_it_and_its_norm_did() -> None:
    luck = np.random.default_rng(3)
    weight, values = (luck.normal(size=size).astype(np.float32) for size in ((4, 3, 1, 1), (3,)))
    norm = {
        part: luck.uniform(0.5, 2, 4).astype(np.float32) for part in ("weight", "bias", "running_mean", "running_var")
    }
    plain = weight[:, :, 0, 0] @ values
    normed = (plain - norm["running_mean"]) / np.sqrt(norm["running_var"] + 1e-3) * norm["weight"] + norm["bias"]
    folded, bias = looks_model.folded(weight, norm)
    assert folded[:, :, 0, 0] @ values + bias == pytest.approx(normed, rel=1e-4)


def _town(name: str, latitude: float, population: int, region: str = "Somewhere") -> Town:
    return Town(name, region, latitude, 10.0, population)


def test_quarters_belong_to_their_town() -> None:
    city = _town("City", 50.0, 1_000_000)  # reaches 10 km, 0.09 degrees
    quarter, neighbour = _town("Quarter", 50.05, 90_000), _town("Neighbour", 50.15, 90_000)
    twin = _town("Twin", 49.95, 400_000)
    assert set(places_table.without_quarters([quarter, neighbour, twin, city])) == {city, neighbour, twin}


def test_a_quarter_of_a_quarter_swallows_nothing() -> None:
    """What lies beyond the city's reach stays, though it lies within that of a quarter."""
    city, quarter = _town("City", 50.0, 4_000_000), _town("Quarter", 50.17, 900_000)
    village = _town("Village", 50.22, 20_000)
    assert set(places_table.without_quarters([city, quarter, village])) == {city, village}


def test_a_name_alone_is_enough_for_the_largest_of_that_name() -> None:
    here, there = _town("Portland", 45.5, 650_000, "Oregon"), _town("Portland", 43.7, 68_000, "Maine")
    small = _town("Hallstatt", 47.5, 779)
    assert places_table.known([there, small, here]) == {here}
