"""Steps that there are not are refused by the tables themselves, whoever tries them."""

from itertools import product

import psycopg
import pytest

from darkroom.db import Tx
from tests.factories import orders

ORDER = ("pending_payment", "processing", "completed", "failed", "refunded")
PHOTO = ("pending", "uploaded", "processing", "completed", "failed")
JOB = ("pending", "queued", "processing", "completed", "failed")

ORDER_STEPS = {
    ("pending_payment", "processing"),
    ("pending_payment", "failed"),
    ("pending_payment", "refunded"),
    ("processing", "completed"),
    ("processing", "failed"),
    ("processing", "refunded"),
    ("completed", "refunded"),
}
PHOTO_STEPS = {
    ("pending", "uploaded"),
    ("uploaded", "processing"),
    ("processing", "completed"),
    ("pending", "failed"),
    ("uploaded", "failed"),
    ("processing", "failed"),
}
JOB_STEPS = {
    ("pending", "queued"),
    ("queued", "processing"),
    ("processing", "completed"),
    ("pending", "failed"),
    ("queued", "failed"),
    ("processing", "failed"),
    ("failed", "queued"),
}


def _other(states: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(before, after) for before, after in product(states, states) if before != after]


@pytest.mark.parametrize(("before", "after"), _other(ORDER))
def test_an_order_moves_as_drawn_and_no_other_way(tx: Tx, before: str, after: str) -> None:
    made = orders.order(tx, before, paid_at="now")
    if (before, after) in ORDER_STEPS:
        assert tx.execute("UPDATE orders SET status = %s WHERE id = %s", (after, made.id)) == 1
    else:
        with pytest.raises(psycopg.errors.CheckViolation, match="does not go"), tx.savepoint():
            tx.execute("UPDATE orders SET status = %s WHERE id = %s", (after, made.id))


@pytest.mark.parametrize(("before", "after"), _other(PHOTO))
def test_a_photo_moves_as_drawn_and_no_other_way(tx: Tx, before: str, after: str) -> None:
    made = orders.order(tx, "processing", photos=0, total_cents=900)
    image_id = orders.photo(tx, made.id, status=before)
    step = """UPDATE order_images SET status = %(after)s, error = 'x', original_key = 'a', restored_key = 'b',
                     restored_type = 'image/jpeg', restored_bytes = 1, restored_width = 1, restored_height = 1,
                     restored_crc32 = 1, completed_at = now() WHERE id = %(id)s"""
    if (before, after) in PHOTO_STEPS:
        assert tx.execute(step, {"after": after, "id": image_id}) == 1
    else:
        with pytest.raises(psycopg.errors.CheckViolation, match="does not go"), tx.savepoint():
            tx.execute(step, {"after": after, "id": image_id})


@pytest.mark.parametrize(("before", "after"), _other(JOB))
def test_a_job_moves_as_drawn_and_no_other_way(tx: Tx, before: str, after: str) -> None:
    made = orders.order(tx, "processing")
    job_id = orders.job(tx, made.id, made.image_ids[0], before)
    if (before, after) in JOB_STEPS:
        assert tx.execute("UPDATE restoration_jobs SET status = %s WHERE id = %s", (after, job_id)) == 1
    else:
        with pytest.raises(psycopg.errors.CheckViolation, match="does not go"), tx.savepoint():
            tx.execute("UPDATE restoration_jobs SET status = %s WHERE id = %s", (after, job_id))


def test_no_work_without_payment(tx: Tx) -> None:
    made = orders.order(tx)
    with pytest.raises(psycopg.errors.CheckViolation, match="orders_work_is_paid"), tx.savepoint():
        tx.execute("UPDATE orders SET status = 'processing' WHERE id = %s", (made.id,))


def test_no_more_goes_back_than_came(tx: Tx) -> None:
    made = orders.order(tx, "processing")
    with pytest.raises(psycopg.errors.CheckViolation, match="orders_refunds_bounded"), tx.savepoint():
        tx.execute("UPDATE orders SET refunded_cents = total_cents + 1 WHERE id = %s", (made.id,))
