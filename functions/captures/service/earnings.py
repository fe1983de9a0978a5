"""A photo pays its owner once: in full, or nothing and a reason in words.

The person is locked first, so that payments of one person are made one after another: the caps are exact however many
photos arrive at once. What is near a photo is looked for among those that arrived before it, paid or not, so that the
order in which messages come makes no difference.
"""

from datetime import UTC
from typing import Final
from uuid import UUID

from captures import shaping
from captures.queries import captures as rows
from captures.queries import earnings as queries
from captures.queries.earnings import Arrived, View
from darkroom import clock, ledger, log, realtime
from darkroom.db import Tx
from darkroom.messages import Message
from darkroom.settings import settings

QUEUE: Final = "earnings"
PAID: Final = "capture.paid"

_ONE_STEP: Final = 1  # of a ThumbHash's colours


def pay(tx: Tx, message: Message) -> None:
    capture_id = message.uuid("capture_id")
    ledger.lock(tx, message.uuid("user_id"))
    photo = queries.arrived(tx, capture_id)
    if photo is None:  # it was paid for, or the account was deleted meanwhile
        log.info("captures.nothing_to_pay", capture_id=str(capture_id))
        return
    reason = _why_nothing(tx, photo)
    amount = 0 if reason else settings().capture_pays_cents
    entry = ledger.post(tx, photo.user_id, "capture", amount, str(photo.id), reason=reason)
    log.info("captures.paid", capture_id=str(photo.id), amount_cents=entry.amount_cents)
    _tell(tx, photo.user_id, photo.id, entry)


def _why_nothing(tx: Tx, photo: Arrived) -> str | None:
    """Why this photo earns nothing, in words; None when it earns."""
    limits = settings()
    for view in queries.alike(tx, photo, limits.near_duplicate_bits, limits.near_duplicate_photos):
        if are_alike(photo, view):
            when = f"{view.taken_at.astimezone(UTC):%-d %B, %H:%M} UTC"
            return f"near-duplicate: it shows the same as your photo of {when}"
    paid = queries.paid(tx, photo)
    if paid.of_device >= limits.captures_paid_per_device_day:
        return f"daily cap: {limits.captures_paid_per_device_day} photos of one camera are paid for a day"
    if paid.of_person >= limits.captures_paid_per_person_day:
        return f"daily cap: {limits.captures_paid_per_person_day} photos of one person are paid for a day"
    return None


def are_alike(one: Arrived | View, other: Arrived | View) -> bool:
    """Whether two photos with near hashes show the same. A hash tells shapes apart; where a picture has none, because
    it is one colour all over, its colour has to be the same as well."""
    if _is_flat(one.thumbhash) and _is_flat(other.thumbhash):
        pairs = zip(_colour(one.thumbhash), _colour(other.thumbhash), strict=True)
        return all(abs(mine - others) <= _ONE_STEP for mine, others in pairs)
    return True


def _is_flat(thumbhash: bytes) -> bool:
    """A ThumbHash's first three bytes hold the mean lightness and colours, and how much the lightness varies."""
    return int.from_bytes(thumbhash[:3], "little") >> 18 & 31 == 0


def _colour(thumbhash: bytes) -> tuple[int, int, int]:
    packed = int.from_bytes(thumbhash[:3], "little")
    return packed & 63, packed >> 6 & 63, packed >> 12 & 63


def _tell(tx: Tx, user_id: UUID, capture_id: UUID, entry: ledger.Entry) -> None:
    capture = rows.get(tx, user_id, capture_id)
    assert capture is not None
    balances = ledger.balances(tx, user_id)
    realtime.push(
        tx,
        f"user:{user_id}",
        PAID,
        {
            "capture": shaping.document(shaping.capture(capture)),
            "entry": {
                "id": str(entry.id),
                "kind": entry.kind,
                "amount_cents": entry.amount_cents,
                "balance_after_cents": entry.balance_after_cents,
                "currency": entry.currency,
                "reference": entry.reference,
                "reason": entry.reason,
                "created_at": clock.rfc3339(entry.created_at),
            },
            "balance_cents": balances.balance_cents,
            "available_credits_cents": balances.available_credits_cents,
            "currency": entry.currency,
        },
    )
