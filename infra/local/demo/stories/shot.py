"""A photo that is to be painted, and what its camera would write down."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import cos, sin

from PIL import Image

from infra.local.demo.painting.canvas import Picture, Random, develop
from infra.local.demo.painting.light import Light, View

Paint = Callable[[Random], Image.Image]
Place = tuple[float, float]


@dataclass(frozen=True)
class Shot:
    """`taken` is the wall time there; a print from an album has none, and no place."""

    name: str
    paint: Paint
    taken: datetime | None = None
    offset: str | None = None
    place: Place | None = None


@dataclass(frozen=True)
class Stop:
    """Some pictures from one spot: minutes after the first, where the camera looks, and how close."""

    start: datetime
    place: Place
    view: View
    light: Light
    pictures: tuple[tuple[float, float, float], ...]

    def views(self) -> Iterator[tuple[datetime, View]]:
        for minutes, heading, zoom in self.pictures:
            yield later(self.start, minutes), replace(self.view, heading=heading, zoom=zoom)


def taken_at(taken: datetime, offset: str, place: Place, paint: Paint) -> Shot:
    """As a phone names it."""
    return Shot(f"IMG_{taken:%Y%m%d_%H%M%S}.jpg", paint, taken, offset, place)


def day(year: int, month: int, of_month: int, hour: int = 0, minute: int = 0) -> datetime:
    """A wall time; the zone is written beside it."""
    return datetime(year, month, of_month, hour, minute)  # noqa: DTZ001


def later(start: datetime, minutes: float) -> datetime:
    return start + timedelta(seconds=round(minutes * 60))


def near(place: Place, number: int) -> Place:
    """Some steps away, another way each time."""
    steps = number % 5 / 4
    return place[0] + 0.0006 * sin(number * 2.399) * steps, place[1] + 0.0008 * cos(number * 2.399) * steps


def upright(view: View) -> View:
    """The camera turned by a quarter."""
    return replace(view, width=view.height, height=view.width, horizon=0.46, zoom=view.zoom * 0.8)


def developed(picture: Picture, light: Light, random: Random) -> Image.Image:
    return develop(picture, random, exposure=light.exposure, warmth=light.warmth, saturation=light.saturation)
