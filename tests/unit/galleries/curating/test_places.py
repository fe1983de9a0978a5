"""Names of places: towns as people say them, and none where nobody would."""

import json
from pathlib import Path

import pytest

from galleries.curating import places
from infra.tools import places_table


@pytest.mark.parametrize(
    ("latitude", "longitude", "name"),
    [
        (38.7080, -9.1366, "Lisbon"),
        (45.9237, 6.8694, "Chamonix-Mont-Blanc, France"),
        (47.5623, 13.6490, "Hallstatt, Austria"),
        (48.8584, 2.2945, "Paris"),  # the Eiffel tower stands in a quarter
        (48.8049, 2.1204, "Versailles, France"),  # large, near a larger one, and a town of its own
        (35.4500, 139.6400, "Yokohama"),
        (43.6600, -70.2550, "Portland, Maine"),  # the other Portland is larger
        (51.7520, -1.2577, "Oxford, United Kingdom"),
        (1.2900, 103.8500, "Singapore"),
        (43.7384, 7.4246, "Monaco"),  # not "Monaco, Monaco"
        (-16.5000, 179.9900, None),  # sea, at the edge of the map
        (30.0000, -40.0000, None),  # an ocean
        (23.0000, 10.0000, None),  # a desert
        (89.9000, 0.0000, None),
        (-90.0000, 180.0000, None),
    ],
)
def test_a_place_is_called_what_people_say(latitude: float, longitude: float, name: str | None) -> None:
    assert places.name_of(latitude, longitude) == name


def test_the_line_where_the_day_changes_is_no_border(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = {"countrycode": "FJ", "name": " Far  East ", "admin1code": "01", "latitude": -16.8, "longitude": 179.98}
    (tmp_path / "cities500.json").write_text(json.dumps({"1": town | {"population": 900}}))
    (tmp_path / "countries.json").write_text(json.dumps({"FJ": {"name": "Fiji"}}))
    (tmp_path / "us_states.json").write_text("{}")
    places_table.make(tmp_path / "places.npz", tmp_path)
    with (tmp_path / "places.npz").open("rb") as file:
        table = places._read(file)
    monkeypatch.setattr(places, "_towns", lambda: table)
    assert places.name_of(-16.8, -179.98) == "Far East, Fiji"
    assert places.name_of(-16.8, -179.7) is None


@pytest.mark.parametrize(
    ("region", "said"),
    [("Portugal", "Portugal"), ("Netherlands", "the Netherlands"), ("United Kingdom", "the United Kingdom")],
)
def test_a_country_is_said_as_in_a_sentence(region: str, said: str) -> None:
    assert places.with_article(region) == said


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        ((52.52, 13.405), (48.8566, 2.3522), 878),
        ((0.0, 179.5), (0.0, -179.5), 111),
        ((90.0, 0.0), (-90.0, 0.0), 20_015),
        ((10.0, 10.0), (10.0, 10.0), 0),
    ],
)
def test_distances_are_over_the_globe(one: tuple[float, float], other: tuple[float, float], km: float) -> None:
    assert places.kilometres(one, other) == pytest.approx(km, abs=1)
