"""What a place is called, offline: from a table of towns in the package `curating_data` (GeoNames, CC BY 4.0).

A town reaches further the more people live in it, and a place is named after the town of whose reach it is the smallest
part away. Far from all towns a place has no name: better none than one that its owner has never heard of.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DEGREE_KM = 111.2
_GLOBE_KM = 6_371
_OUTSKIRTS_KM = 3
"""Added to each town's reach: the smallest village has fields around it."""
_FAR_KM = 15
"""Beyond a town's reach and this, nobody says they were there."""


@dataclass(frozen=True, slots=True)
class Place:
    """A town, and what tells it from others of its name."""

    name: str
    region: str
    """The country; in the United States the state."""
    well_known: bool

    @property
    def full_name(self) -> str:
        return self.name if self.well_known or self.name == self.region else f"{self.name}, {self.region}"


@dataclass(frozen=True, slots=True)
class _Towns:
    """The table, from south to north."""

    latitude: "NDArray[np.float32]"
    longitude: "NDArray[np.float32]"
    reach: "NDArray[np.float32]"
    region: "NDArray[np.uint16]"
    known: "NDArray[np.bool_]"
    names: list[str]
    regions: list[str]


def with_article(region: str) -> str:
    """A country as it stands in a sentence: in the Netherlands, in Portugal."""
    plural = region.endswith(("Islands", "Republic")) or region in ("Bahamas", "Maldives", "Netherlands", "Philippines")
    return f"the {region}" if plural or region.startswith("United ") else region


def name_of(latitude: float, longitude: float) -> str | None:
    """The town at a place, with its country where the name alone might be another; None far from any."""
    place = place_at(latitude, longitude)
    return place.full_name if place else None


def place_at(latitude: float, longitude: float) -> Place | None:
    import numpy as np

    towns = _towns()
    furthest = float(towns.reach.max()) + _FAR_KM
    span = furthest / DEGREE_KM
    near = slice(*np.searchsorted(towns.latitude, (latitude - span, latitude + span)))
    across = (towns.longitude[near] - longitude + 180) % 360 - 180
    east, north = across * np.cos(np.radians(latitude)), towns.latitude[near] - latitude
    away, reach = np.hypot(east, north) * DEGREE_KM, towns.reach[near]
    parts = np.where(away <= reach + _FAR_KM, away / (reach + _OUTSKIRTS_KM), np.inf)
    if not parts.size or not np.isfinite(parts.min()):
        return None
    town = int(near.start + parts.argmin())
    return Place(towns.names[town], towns.regions[towns.region[town]], bool(towns.known[town]))


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance between two places, over the globe."""
    north = math.sin(math.radians(other[0] - one[0]) / 2) ** 2
    east = math.sin(math.radians(other[1] - one[1]) / 2) ** 2
    chord = north + math.cos(math.radians(one[0])) * math.cos(math.radians(other[0])) * east
    return 2 * _GLOBE_KM * math.asin(math.sqrt(min(1.0, chord)))


def kilometres_to(one: "NDArray[np.float64]", others: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """The same to many places at once."""
    import numpy as np

    here, there = np.radians(one), np.radians(others)
    north, east = np.sin((there - here) / 2).T ** 2
    chord = north + np.cos(here[0]) * np.cos(there[:, 0]) * east
    away: NDArray[np.float64] = 2 * _GLOBE_KM * np.arcsin(np.sqrt(np.minimum(1.0, chord)))
    return away


@cache
def _towns() -> _Towns:
    from importlib.resources import files

    import curating_data

    with (files(curating_data) / "places.npz").open("rb") as file:
        return _read(file)


def _read(file: IO[bytes]) -> _Towns:
    import numpy as np

    with np.load(file) as table:
        columns: dict[str, Any] = dict(table)
    names, regions = (bytes(columns.pop(column)).decode().split("\n") for column in ("names", "regions"))
    return _Towns(names=names, regions=regions, **columns)
