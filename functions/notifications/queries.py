"""Every SQL statement of the mail worker. An e-mail's states move only here, each by a guarded UPDATE."""

from typing import Any, NamedTuple
from uuid import UUID

from darkroom.db import Tx

LEASE_SECONDS = 120
FORGOTTEN = "deleted"
_REASON_MAX = 500


class Claimed(NamedTuple):
    """An e-mail that this worker, and no other, is to send."""

    id: UUID
    to_address: str
    template: str
    data: bytes
    attachments: list[dict[str, Any]]
    attempts: int
    suppressed: str | None


def status(tx: Tx, email_id: UUID) -> str | None:
    value: str | None = tx.value("SELECT status FROM emails WHERE id = %(id)s", {"id": email_id})
    return value


def revive(tx: Tx, email_id: UUID) -> None:
    """failed -> pending: the message came again, because the last try failed for a passing reason or was redriven."""
    tx.execute(
        "UPDATE emails SET status = 'pending', leased_until = NULL WHERE id = %(id)s AND status = 'failed'",
        {"id": email_id},
    )


def claim(tx: Tx, email_id: UUID) -> Claimed | None:
    """pending -> sending, or take over from a worker that died while sending. None: it is somebody else's, or done."""
    return tx.one(
        """
        UPDATE emails e
        SET status = 'sending', attempts = attempts + 1,
            leased_until = clock_timestamp() + %(lease)s * interval '1 second'
        WHERE e.id = %(id)s AND (e.status = 'pending' OR (e.status = 'sending' AND e.leased_until < clock_timestamp()))
        RETURNING e.id, e.to_address, e.template, e.data, e.attachments, e.attempts,
            (SELECT s.reason FROM email_suppressions s WHERE s.address = lower(e.to_address)) AS suppressed""",
        {"id": email_id, "lease": LEASE_SECONDS},
        into=Claimed,
    )


def mark_sent(tx: Tx, claimed: Claimed, provider_message_id: str, *, forget_address: bool) -> bool:
    """sending -> sent. What the mail said is not kept: a link in it may open an account."""
    return bool(
        tx.execute(
            """
            UPDATE emails
            SET status = 'sent', sent_at = clock_timestamp(), provider_message_id = %(provider_message_id)s,
                error_message = NULL, leased_until = NULL, data = '',
                to_address = CASE WHEN %(forget)s THEN %(forgotten)s ELSE to_address END
            WHERE id = %(id)s AND status = 'sending' AND attempts = %(attempts)s""",
            {
                "id": claimed.id,
                "attempts": claimed.attempts,
                "provider_message_id": provider_message_id,
                "forget": forget_address,
                "forgotten": FORGOTTEN,
            },
        )
    )


def mark_failed(tx: Tx, claimed: Claimed, reason: str) -> bool:
    """sending -> failed. `attempts` is the fence: a worker that lost its lease marks nothing."""
    return bool(
        tx.execute(
            """
            UPDATE emails SET status = 'failed', error_message = %(reason)s, leased_until = NULL
            WHERE id = %(id)s AND status = 'sending' AND attempts = %(attempts)s""",
            {"id": claimed.id, "attempts": claimed.attempts, "reason": reason[:_REASON_MAX]},
        )
    )
