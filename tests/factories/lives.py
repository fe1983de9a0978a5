"""What a person brings to be curated: photos of some months, and to which occasion each of them belongs.

A life goes on day by day: an outing, a day with several occasions, a night out, a weekend or a longer journey, two
people at two places at once. Cameras are as they are: a telephone knows where and in which zone it is, not always; a
camera knows neither, and its clock may be hours or years off. Some pictures have lost what they knew on their way
(messengers), some never knew it (scans, screenshots). Numbers were chosen for what people do, not for what a grouping
can.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from darkroom.images.fingerprints import perceptual_hash
from galleries.curating import looks
from galleries.curating.photos import Photo
from tests.factories import scenery
from tests.factories.scenery import Setting

# Towns with their offsets from UTC, in hours; no summer time is kept.
TOWNS = {
    "Lisbon": (38.7167, -9.1333, 0), "Munich": (48.1374, 11.5755, 1), "Kyoto": (35.0211, 135.7538, 9),
    "Boston": (42.3584, -71.0598, -5), "Chamonix": (45.9237, 6.8694, 1), "Cape Town": (-33.9258, 18.4232, 2),
    "Oslo": (59.9127, 10.7461, 1), "Athens": (37.9838, 23.7278, 2), "Reykjavik": (64.1355, -21.8954, 0),
    "Buenos Aires": (-34.6131, -58.3772, -3), "Ghent": (51.05, 3.7167, 1), "Istanbul": (41.0138, 28.9497, 3),
}  # fmt: skip


@dataclass(frozen=True)
class Camera:
    width: int
    height: int
    knows_place: bool = False
    knows_zone: bool = False
    clock_error: timedelta = timedelta()


@dataclass(frozen=True)
class Shot:
    """One picture with what its file says, and the occasion to which it belongs, which its file does not say."""

    id: UUID
    occasion: int
    setting: Setting
    view: int
    width: int
    height: int
    at: datetime
    """When it really was, for putting a life in order."""
    taken_at: datetime | None
    taken_at_offset: str | None
    place: tuple[float, float] | None
    created_at: datetime = datetime(2026, 3, 1, 9, tzinfo=UTC)


@dataclass
class _Life:
    luck: random.Random
    wanted: int
    home: str
    today: datetime
    phone: Camera
    others: list[Camera]
    shots: list[Shot] = field(default_factory=list)
    occasions: int = 0
    collections: dict[str, int] = field(default_factory=dict)
    """Scans belong together, and so do screenshots: nothing in their files says more."""

    @property
    def size(self) -> int:
        """How many photos an occasion has: fewer where fewer are wanted, and some have many."""
        typical = max(3.5, min(28.0, self.wanted / 9))
        return max(2, round(typical * self.luck.lognormvariate(0, 0.6)))

    def new_occasion(self) -> int:
        self.occasions += 1
        return self.occasions


def live(wanted: int, seed: int) -> list[Shot]:
    """Exactly so many photos of one person's life, in an order that says nothing."""
    luck = random.Random(f"life {seed} {wanted}")
    sizes = [(4032, 3024), (4000, 2252), (6000, 4000), (4608, 3456), (5184, 3888)]
    luck.shuffle(sizes)
    life = _Life(
        luck, wanted, luck.choice(list(TOWNS)), datetime(2024, luck.randint(1, 12), luck.randint(1, 28), tzinfo=UTC),
        Camera(*sizes[0], knows_place=luck.random() < 0.85, knows_zone=luck.random() < 0.8),
        [
            Camera(*sizes[1], knows_place=luck.random() < 0.6, knows_zone=luck.random() < 0.6),
            Camera(*sizes[2], clock_error=_clock_error(luck)),
            Camera(*sizes[3], clock_error=_clock_error(luck)),
        ],
    )  # fmt: skip
    while len(life.shots) < wanted:
        happening = luck.choices(
            (_outing, _busy_day, _night_out, _weekend_away, _journey, _two_places, _undated), (30, 18, 10, 9, 9, 9, 15)
        )[0]
        happening(life)
        life.today += timedelta(days=1 + int(luck.expovariate(1 / 6)))
    luck.shuffle(life.shots)
    return life.shots[:wanted]


def seen(shot: Shot) -> Photo:
    """The photo as curating has it after it was inspected: painted, and looked at by the real network."""
    picture = scenery.paint(shot.setting, shot.view)
    return Photo(
        id=shot.id, created_at=shot.created_at, taken_at=shot.taken_at, taken_at_offset=shot.taken_at_offset,
        place=shot.place, width=shot.width, height=shot.height,
        phash=perceptual_hash(picture), look=looks.look(picture),
    )  # fmt: skip


def _clock_error(luck: random.Random) -> timedelta:
    """Two in three clocks are right; the others were never set after winter, after a flight, or at all."""
    if luck.random() < 0.65:
        return timedelta()
    return luck.choice(
        [
            timedelta(hours=1),
            timedelta(hours=-1),
            timedelta(hours=luck.randint(5, 11)),
            -timedelta(days=luck.randint(700, 4_000)),
        ]
    )


def _outing(life: _Life) -> None:
    start = life.today + timedelta(hours=life.luck.uniform(9, 18))
    _occasion(life, life.new_occasion(), _near(life, life.home), start, life.luck.uniform(0.5, 6), life.size)


def _busy_day(life: _Life) -> None:
    hour = life.luck.uniform(8, 11)
    for _ in range(life.luck.randint(2, 3)):
        lasts = life.luck.uniform(0.5, 2.5)
        start = life.today + timedelta(hours=hour)
        _occasion(life, life.new_occasion(), _near(life, life.home), start, lasts, life.size)
        hour += lasts + life.luck.uniform(1.5, 4)


def _night_out(life: _Life) -> None:
    start = life.today + timedelta(hours=life.luck.uniform(20, 22.5))
    kinds = scenery.INDOOR
    _occasion(life, life.new_occasion(), _near(life, life.home), start, life.luck.uniform(3.5, 7), life.size, kinds)


def _weekend_away(life: _Life) -> None:
    _away(life, days=2)


def _journey(life: _Life) -> None:
    _away(life, days=life.luck.randint(3, 9))


def _away(life: _Life, days: int) -> None:
    """One journey; some stay in a town and some go on each day."""
    occasion, town = life.new_occasion(), life.luck.choice([town for town in TOWNS if town != life.home])
    latitude, longitude, zone = TOWNS[town]
    on_the_road = life.luck.uniform(0.3, 1.2) if life.luck.random() < 0.35 else 0.0
    for day in range(days):
        base = latitude + on_the_road * day * 0.6, longitude + on_the_road * day * 0.8, zone
        hour = life.luck.uniform(8.5, 11)
        for _ in range(life.luck.randint(1, 3)):
            lasts = life.luck.uniform(0.5, 3)
            number = max(2, round(life.size * 0.5))
            start = life.today + timedelta(hours=hour)
            _occasion(life, occasion, _around(life, base, 0.25), start, lasts, number, others=False)
            hour += lasts + life.luck.uniform(0.5, 3)
        life.today += timedelta(days=1)


def _two_places(life: _Life) -> None:
    """Two people, each with a telephone, at two places at the same time."""
    start, lasts = life.today + timedelta(hours=life.luck.uniform(10, 17)), life.luck.uniform(1.5, 5)
    mine, theirs = _near(life, life.home), _near(life, life.luck.choice([life.home, *TOWNS]), 0.15)
    _occasion(life, life.new_occasion(), mine, start, lasts, life.size, others=False)
    later = start + timedelta(hours=life.luck.uniform(-0.5, 0.5))
    _occasion(life, life.new_occasion(), theirs, later, lasts, life.size, cameras=[life.others[0]])


def _undated(life: _Life) -> None:
    """Scans or screenshots; or pictures of an occasion that came by a messenger."""
    way = life.luck.random()
    if way < 0.4 and life.shots:
        occasion = life.luck.choice(life.shots).occasion
        of_it = [shot for shot in life.shots if shot.occasion == occasion and shot.width > 2_000]
        for shot in of_it[: max(2, len(of_it) // 4)]:
            view = life.luck.getrandbits(32)
            bare = replace(shot, id=_id(life), view=view, width=1_600, height=1_200)
            life.shots.append(replace(bare, taken_at=None, taken_at_offset=None, place=None))
        return
    kind, size = ("print", (2_480, 1_754)) if way < 0.7 else ("screen", (2_532, 1_170))
    occasion = life.collections.setdefault(kind, life.occasions + 1)
    life.occasions, setting = max(life.occasions, occasion), Setting(kind, life.luck.getrandbits(32))
    for _ in range(life.size):
        shot = Shot(_id(life), occasion, setting, life.luck.getrandbits(32), *size, life.today, None, None, None)
        life.shots.append(shot)


def _near(life: _Life, town: str, spread: float = 0.06) -> tuple[float, float, int]:
    return _around(life, TOWNS[town], spread)


def _around(life: _Life, where: tuple[float, float, int], spread: float) -> tuple[float, float, int]:
    latitude, longitude, zone = where
    return latitude + life.luck.uniform(-spread, spread), longitude + life.luck.uniform(-spread, spread), zone


def _occasion(
    life: _Life,
    occasion: int,
    where: tuple[float, float, int],
    start: datetime,
    hours: float,
    number: int,
    kinds: tuple[str, ...] = (),
    *,
    others: bool = True,
    cameras: Sequence[Camera] = (),
) -> None:
    """Bursts of pictures of one to three settings, one after another, by one camera or two."""
    luck = life.luck
    settings = [scenery.new_setting(luck, kinds) for _ in range(luck.choice((1, 1, 2, 3)))]
    second = [luck.choice(life.others)] if others and luck.random() < 0.35 else []
    used = cameras or [life.phone, *second]
    walk = (luck.uniform(-0.05, 0.05), luck.uniform(-0.05, 0.05)) if luck.random() < 0.3 else (0.0, 0.0)
    for share in _bursts(luck, number):
        setting = settings[min(len(settings) - 1, int(share * len(settings)))]
        at = start + timedelta(hours=hours * share)
        there = where[0] + walk[0] * share, where[1] + walk[1] * share, where[2]
        life.shots.append(_shot(life, occasion, setting, there, at, luck.choice(used)))


def _bursts(luck: random.Random, number: int) -> Iterator[float]:
    middles = [luck.random() for _ in range(max(1, number // 3))]
    for _ in range(number):
        yield min(1.0, max(0.0, luck.choice(middles) + luck.gauss(0, 0.01)))


def _shot(
    life: _Life, occasion: int, setting: Setting, where: tuple[float, float, int], at: datetime, camera: Camera
) -> Shot:
    """`at` is the wall time there, marked UTC."""
    luck, (latitude, longitude, zone) = life.luck, where
    has_place = camera.knows_place and luck.random() < 0.85
    walked = (latitude + luck.gauss(0, 0.002), longitude + luck.gauss(0, 0.002))
    taken = (at - timedelta(hours=zone) if camera.knows_zone else at) + camera.clock_error
    size = (camera.width, camera.height) if luck.random() < 0.7 else (camera.height, camera.width)
    if luck.random() < 0.04:  # somebody has cut it to size
        size = (luck.randint(1_200, size[0]), luck.randint(1_200, size[1]))
    return Shot(
        _id(life), occasion, setting, luck.getrandbits(32), *size, at, taken.replace(microsecond=0),
        f"{'-' if zone < 0 else '+'}{abs(zone):02}:00" if camera.knows_zone else None,
        walked if has_place else None,
    )  # fmt: skip


def _id(life: _Life) -> UUID:
    return UUID(int=life.luck.getrandbits(128), version=4)
