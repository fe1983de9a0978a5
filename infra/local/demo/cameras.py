"""Cameras: one that looks over a town from a desk, one on a mountain, and what they saw today and yesterday.

They are paired as any camera is, and their photos are reported as an agent reports what it took without a network: each
by its own name, so that doing it again adds nothing.
"""

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx
import numpy as np
from PIL import Image

from infra.local.demo.painting import city, light, terrain
from infra.local.demo.painting.canvas import Picture, Random
from infra.local.demo.painting.light import Light, View
from infra.local.demo.stories.shot import developed

_PROCESSES: Final = 2
_SIZE: Final = (960, 720)
_QUALITY: Final = 86
# The sky of an hour; between two of them it is a mixture.
_HOURS: Final[tuple[tuple[float, Light], ...]] = (
    (0.0, light.NIGHT),
    (5.5, light.NIGHT.at(140)),
    (7.0, light.DAWN),
    (9.0, light.MORNING),
    (12.5, light.NOON),
    (15.0, light.AFTERNOON),
    (17.0, light.GOLDEN.at(262)),
    (18.3, light.SUNSET.at(272)),
    (19.2, light.DUSK),
    (20.5, light.NIGHT),
    (24.0, light.NIGHT),
)


@dataclass(frozen=True)
class Camera:
    """`first` and `last` hour of its day, and how many photos in between."""

    name: str
    slug: str
    paint: Callable[[Light, Random], Picture]
    first: float
    last: float
    photos: int
    schedule: tuple[str, str]

    def hours(self) -> Iterator[float]:
        for number in range(self.photos):
            yield self.first + (self.last - self.first) * number / (self.photos - 1)


def _town(lit: Light, random: Random) -> Picture:
    what = city.City(1, hills=95, river=160, house=(12, 15), churches=0.006, streets=("#b3a998", "#d8d0c2"))
    return city.paint(what, View(60, 1_050, 42, 205, *_SIZE), lit, random)


def _mountain(lit: Light, random: Random) -> Picture:
    return terrain.paint(terrain.alps(3), View(4_300, 5_600, 25, 330, *_SIZE), lit, random)


CAMERAS: Final[tuple[Camera, ...]] = (
    Camera("Desk by the window", "town", _town, 6.5, 21.0, 30, ("From dawn to dusk", "cron(0/30 6-20 * * ? *)")),
    Camera("Hut on the pass", "hut", _mountain, 7.0, 19.0, 9, ("Every other hour", "cron(15 7-19/2 * * ? *)")),
)


def lit(hour: float) -> Light:
    """The light of an hour."""
    for (before, one), (after, other) in pairwise(_HOURS):
        if before <= hour <= after:
            return _between(one, other, (hour - before) / (after - before))
    raise ValueError(f"no hour of a day: {hour}")


def _between(one: Light, other: Light, share: float) -> Light:
    mixed: dict[str, Any] = {}
    for field in fields(Light):
        first, second = getattr(one, field.name), getattr(other, field.name)
        mixed[field.name] = _tint(first, second, share) if isinstance(first, str) else first + (second - first) * share
    return replace(one, **mixed)


def _tint(one: str, other: str, share: float) -> str:
    parts = [round(int(one[at : at + 2], 16) * (1 - share) + int(other[at : at + 2], 16) * share) for at in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def write(folder: Path) -> dict[str, list[Path]]:
    """The photos of a day of each camera as files; those that are there already stay."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {
        camera.slug: [(at, hour, folder / f"{camera.slug}-{at:02}.jpg") for at, hour in enumerate(camera.hours())]
        for camera in CAMERAS
    }
    missing = [
        (index, number, hour, path)
        for index, camera in enumerate(CAMERAS)
        for number, hour, path in wanted[camera.slug]
        if not path.exists()
    ]
    if missing:
        with ProcessPoolExecutor(_PROCESSES) as pool:
            list(pool.map(_write, missing))
    return {slug: [path for _, _, path in plan] for slug, plan in wanted.items()}


def _write(task: tuple[int, int, float, Path]) -> None:
    index, number, hour, path = task
    now = lit(hour)
    random = np.random.default_rng(1_000 * index + number)
    image = developed(CAMERAS[index].paint(now, random), now, random)
    content = io.BytesIO()
    image.save(content, "JPEG", quality=_QUALITY)
    partial = path.with_name(f".{path.name}")
    partial.write_bytes(content.getvalue())
    partial.rename(path)


class Agent:
    """What runs beside a camera, as far as the platform sees it: HTTP with a device's token."""

    def __init__(self, api: str, device_id: str, token: str) -> None:
        self.device_id = device_id
        self._api = api
        self._headers = {"Authorization": f"Bearer {token}"}

    @classmethod
    def paired(cls, api: str, code: str, platform: str = "Linux-6.12-aarch64") -> "Agent":
        agent = {"version": "0.1.0", "platform": platform, "cameras": [{"id": "test", "name": "Test picture"}]}
        answer = httpx.post(
            f"{api}/devices/pair", json={"pairing_code": code, "agent": agent}, timeout=60, trust_env=False
        )
        paired = answer.raise_for_status().json()
        return cls(api, paired["device_id"], paired["device_token"])

    def beat(self, queued: int = 0, disk_free: int = 21_400_000_000) -> Any:
        cameras = [{"id": "test", "name": "Test picture"}]
        return self.call("/agent/heartbeat", {"cameras": cameras, "disk_free": disk_free, "queued": queued})

    def commands(self, wait: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", f"/agent/commands?wait={wait}")["commands"]
        return found

    def report(self, photo: bytes, taken_at: datetime, client_id: UUID) -> Any:
        """A photo that was taken earlier."""
        said = {"client_id": str(client_id), "taken_at": _moment(taken_at), **_announced(photo)}
        place = self.call("/agent/captures", said)
        return self.bring(place, photo, taken_at)

    def answer(self, capture_id: str, photo: bytes, taken_at: datetime | None = None) -> Any:
        """A photo that was asked for."""
        place = self.call(f"/agent/captures/{capture_id}/upload-url", _announced(photo))
        return self.bring(place, photo, taken_at or datetime.now(UTC))

    def bring(self, place: dict[str, Any], photo: bytes, taken_at: datetime) -> Any:
        put = httpx.request(
            place["method"], place["url"], content=photo, headers=place["headers"], timeout=60, trust_env=False
        )
        if put.status_code != httpx.codes.PRECONDITION_FAILED:  # else it is there already
            put.raise_for_status()
        width, height = Image.open(io.BytesIO(photo)).size
        said = {
            "storage_key": place["storage_key"],
            "sha256": hashlib.sha256(photo).hexdigest(),
            "taken_at": _moment(taken_at),
            "width": width,
            "height": height,
        }
        return self.call(f"/agent/captures/{place['capture_id']}/complete", said)

    def fail(self, capture_id: str, reason: str) -> Any:
        return self.call(f"/agent/captures/{capture_id}/fail", {"reason": reason})

    def call(self, path: str, body: dict[str, Any]) -> Any:
        return self._ask("POST", path, json=body)

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        options |= {"headers": self._headers, "timeout": 60, "trust_env": False}
        return httpx.request(method, self._api + path, **options).raise_for_status().json()


def _announced(photo: bytes) -> dict[str, Any]:
    return {"content_type": "image/jpeg", "size_bytes": len(photo), "sha256": hashlib.sha256(photo).hexdigest()}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fill(api: httpx.Client, folder: Path, days: Sequence[int] = (1, 0)) -> dict[str, str]:
    """The cameras of whoever `api` is signed in as, their schedules and the photos of some days ago; ids by slug."""
    files = write(folder)
    now = datetime.now(UTC)
    ids = {}
    for camera in CAMERAS:
        made = api.post("/devices", json={"name": camera.name}).raise_for_status().json()
        ids[camera.slug] = made["id"]
        agent = Agent.paired(str(api.base_url).rstrip("/"), made["pairing_code"])
        name, expression = camera.schedule
        schedule = {"device_id": made["id"], "name": name, "expression": expression, "timezone": "UTC"}
        api.post("/schedules", json=schedule).raise_for_status()
        for ago in days:
            midnight = datetime.combine(now.date() - timedelta(days=ago), time(), UTC)
            for hour, path in zip(camera.hours(), files[camera.slug], strict=True):
                taken = midnight + timedelta(hours=hour)
                if taken < now:
                    agent.report(path.read_bytes(), taken, uuid5(NAMESPACE_URL, f"{made['id']} {taken.isoformat()}"))
        agent.beat()
    return ids
