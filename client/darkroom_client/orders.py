"""What the API answers about restoring old photos, as far as this client reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

from darkroom_client.photos import Photo

OVER: Final = frozenset({"completed", "failed", "refunded"})
PayWith = Literal["card", "credits"]


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a file: `pending`, `valid`, or `invalid` with the reason."""

    upload_id: str
    filename: str
    status: str
    reason: str | None

    @classmethod
    def of(cls, wire: Mapping[str, Any]) -> Self:
        return cls(wire["upload_id"], wire["filename"], wire["status"], wire.get("reason"))


@dataclass(frozen=True, slots=True)
class Tray:
    """An upload session: a day in which photos are brought and ordered. Its token opens it and nothing else."""

    id: str
    token: str = field(repr=False)
    expires_at: str
    photos: Sequence[Photo] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """How close to the original (0 to 1), in colour or not, how much larger (1, 2 or 4)."""

    fidelity: float = 0.7
    colorize: bool = False
    upscale: int = 1


@dataclass(frozen=True, slots=True)
class Checkout:
    """`url` is where to pay; None when credits have paid. `token` opens the order and nothing else."""

    order_id: str
    token: str = field(repr=False)
    url: str | None


@dataclass(frozen=True, slots=True)
class OrderPhoto:
    id: str
    filename: str
    status: str
    progress: int
    error: str | None

    @classmethod
    def of(cls, wire: Mapping[str, Any]) -> Self:
        return cls(wire["id"], wire.get("filename", ""), wire["status"], wire["progress"], wire.get("error"))


@dataclass(frozen=True, slots=True)
class Order:
    """`status` says how far the work is, `payment_status` how the money stands."""

    id: str
    status: str
    payment_status: str
    currency: str
    total_cents: int
    refunded_cents: int
    photos: Sequence[OrderPhoto]
    checkout_url: str | None
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The whole answer."""

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def restored(self) -> int:
        return sum(photo.status == "completed" for photo in self.photos)

    @property
    def ended(self) -> int:
        return sum(photo.status in {"completed", "failed"} for photo in self.photos)

    @classmethod
    def of(cls, wire: Mapping[str, Any]) -> Self:
        return cls(
            id=wire["id"],
            status=wire["status"],
            payment_status=wire["payment_status"],
            currency=wire["currency"],
            total_cents=wire["total_cents"],
            refunded_cents=wire["refunded_cents"],
            photos=tuple(OrderPhoto.of(image) for image in wire["images"]),
            checkout_url=wire.get("checkout_url"),
            document=dict(wire),
        )


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order in a list."""

    id: str
    status: str
    payment_status: str
    currency: str
    total_cents: int
    photos: int
    restored: int
    created_at: str
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, wire: Mapping[str, Any]) -> Self:
        return cls(
            wire["id"],
            wire["status"],
            wire["payment_status"],
            wire["currency"],
            wire["total_cents"],
            wire["image_count"],
            wire["completed_count"],
            wire["created_at"],
            dict(wire),
        )


def money(cents: int, currency: str) -> str:
    amount = f"{cents // 100:,}.{cents % 100:02}"
    return f"${amount}" if currency == "usd" else f"{amount} {currency.upper()}"
