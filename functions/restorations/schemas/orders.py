"""What is said about orders."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from darkroom.http import Answer, Body, Id, Page
from restorations.schemas.uploads import FILES_MAX

OrderStatus = Literal["pending_payment", "processing", "completed", "failed", "refunded"]
PaymentStatus = Literal["unpaid", "held", "paid", "partially_refunded", "refunded", "disputed"]
ImageStatus = Literal["pending", "uploaded", "processing", "completed", "failed"]

EmailAddress = Annotated[str, Field(min_length=3, max_length=254)]


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("This is 1, 2 or 4.")  # noqa: TRY004 - pydantic's own way
    return value


class Options(Body):
    """What the model is asked for. How much it may change (1: least), whether it colours, how much larger."""

    fidelity: Annotated[float, Field(ge=0, le=1)] = 0.7
    colorize: bool = False
    upscale: Annotated[Literal[1, 2, 4], BeforeValidator(_no_flag)] = 1


class CheckoutRequest(Body):
    """The session's token stands here, because a signed-in person's own may be in the header. The same bytes twice are
    ordered once, unless `keep_duplicates` says that this is meant."""

    session_id: Id
    session_token: Annotated[str, Field(min_length=1, max_length=2_000)]
    email: EmailAddress
    options: Options = Options()
    pay_with: Literal["card", "credits"] = "card"
    keep_duplicates: bool = False


class Checkout(Answer):
    """Where to pay; null when credits have paid. `order_token` opens the order and nothing else; it is shown once."""

    order_id: UUID
    order_token: str
    checkout_url: str | None


class OrderImage(Answer):
    id: UUID
    filename: str
    status: ImageStatus
    progress: Annotated[int, Field(ge=0, le=100)]
    width: int
    height: int
    original_url: str | None
    """Null once it is gone: of an order that nobody paid."""
    restored_url: str | None
    original_view_url: str | None
    """A smaller picture that every browser shows; null when there is none. While the photo is being restored it is the
    watermarked one that was shown before."""
    restored_view_url: str | None
    error: str | None


class Order(Answer):
    id: UUID
    email: str | None
    """Whom its letters go to; null once its person is gone."""
    status: OrderStatus
    payment_status: PaymentStatus
    currency: str
    total_cents: int
    refunded_cents: int
    pay_with: Literal["card", "credits"]
    options: Options
    images: list[OrderImage]
    checkout_url: str | None
    """The payment page that is open, while nothing is paid."""
    held_reason: str | None
    created_at: datetime
    paid_at: datetime | None
    completed_at: datetime | None


class OrderSummary(Answer):
    """An order in a list."""

    id: UUID
    email: str | None
    status: OrderStatus
    payment_status: PaymentStatus
    currency: str
    total_cents: int
    refunded_cents: int
    image_count: int
    completed_count: int
    cover_url: str | None
    """Its first restored photo, small; null until there is one."""
    created_at: datetime
    paid_at: datetime | None
    completed_at: datetime | None


class OrderList(Page[OrderSummary]):
    pass


class RefundRequest(Body):
    """The photos whose price goes back; without them, all that is left."""

    image_ids: Annotated[list[Id] | None, Field(min_length=1, max_length=FILES_MAX)] = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class LookupRequest(Body):
    email: EmailAddress


class LookupAccepted(Answer):
    status: Literal["accepted"]


class DownloadRequest(Body):
    """One photo's file, or a ZIP of several; without ids a ZIP of all that were restored."""

    image_ids: Annotated[list[Id] | None, Field(min_length=1, max_length=FILES_MAX)] = None


class DownloadLink(Answer):
    """`url` downloads at most so many times and until then; whoever has it needs nothing else."""

    token: str
    url: str
    expires_at: datetime
    max_downloads: int
