"""What the API answers, as far as this client reads it. What it does not know is passed over: the API may grow."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

_MARGIN_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    email: str
    name: str

    @classmethod
    def of(cls, wire: Mapping[str, Any]) -> Self:
        return cls(wire["id"], wire["email"], wire["name"])


@dataclass(frozen=True, slots=True)
class Target:
    """Where one file goes: PUT exactly the announced bytes to `url` with `headers`."""

    storage_key: str
    url: str = field(repr=False)
    headers: Mapping[str, str]
    good_until: float
    """A Unix time by this machine's clock; a little before the URL really expires."""

    @property
    def is_spent(self) -> bool:
        return time.time() >= self.good_until

    @classmethod
    def of(cls, wire: Mapping[str, Any]) -> Self:
        good_until = time.time() + float(wire["expires_in"]) - _MARGIN_SECONDS
        return cls(wire["storage_key"], wire["url"], dict(wire["headers"]), good_until)


@dataclass(frozen=True, slots=True)
class Job:
    """Work that goes on after its request: `status` is pending, processing, completed or failed."""

    id: str
    status: str
    kind: str = ""
    stage: str | None = None
    done: int = 0
    total: int = 0
    result: Mapping[str, Any] = field(default_factory=dict)
    error_message: str | None = None
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The whole answer."""

    @property
    def is_over(self) -> bool:
        return self.status in {"completed", "failed"}

    @classmethod
    def of(cls, wire: Mapping[str, Any]) -> Self:
        progress = wire.get("progress") or {}
        return cls(
            id=wire["job_id"],
            status=wire["status"],
            kind=wire.get("kind", ""),
            stage=progress.get("stage"),
            done=progress.get("done", 0),
            total=progress.get("total", 0),
            result=wire.get("result") or {},
            error_message=wire.get("error_message"),
            document=dict(wire),
        )


@dataclass(frozen=True, slots=True)
class Album:
    id: str
    title: str
    theme_description: str
    image_count: int
    curated_by: str
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The whole answer, its first images included."""

    @classmethod
    def of(cls, wire: Mapping[str, Any]) -> Self:
        return cls(
            wire["id"],
            wire["title"],
            wire.get("theme_description") or "",
            wire["image_count"],
            wire.get("curated_by") or "",
            dict(wire),
        )
