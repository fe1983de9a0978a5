"""The demo person's photos: a weekend, a hike, a week at the sea, a birthday, a walk in the rain, and some old prints.

The same list comes out every time.
"""

from infra.local.demo.stories.cities import lisbon, rainy_walk
from infra.local.demo.stories.home import birthday, prints
from infra.local.demo.stories.outdoors import dolomites, sea
from infra.local.demo.stories.shot import Shot

__all__ = ["Shot", "shots"]


def shots() -> list[Shot]:
    return [*lisbon(), *dolomites(), *sea(), *birthday(), *rainy_walk(), *prints()]
