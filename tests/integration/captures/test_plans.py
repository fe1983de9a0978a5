"""What runs all the time goes by indexes, however much there is."""

from captures.queries import polls
from darkroom import db
from tests.integration.captures.conftest import World


def test_a_look_is_answered_by_two_indexes(committed_world: World) -> None:
    """It runs twice a second for each waiting agent: never a table from end to end, however many there are."""
    agent = committed_world.camera()
    with db.transaction() as tx:
        tx.execute(
            """INSERT INTO users (id, email, name)
               SELECT uuidv7(), n || '@example.com', 'x' FROM generate_series(1, 2000) AS n"""
        )
        tx.execute(
            """INSERT INTO devices (id, user_id, name)
               SELECT uuidv7(), user_id, 'x' FROM devices, generate_series(1, 2000)"""
        )
        tx.execute(
            """INSERT INTO captures (id, user_id, device_id, status, requested_at, expires_at)
               SELECT uuidv7(), user_id, id, CASE WHEN n = 1 THEN 'requested' ELSE 'expired' END, now(),
                      now() + interval '5 minutes'
                 FROM devices, generate_series(1, 5) AS n"""
        )
    committed_world.execute("ANALYZE users, devices, captures")
    with db.reading() as tx:
        plan = tx.all("EXPLAIN " + polls._STATE, polls._of(agent.id))
    shown = "\n".join(row["QUERY PLAN"] for row in plan)
    assert "Seq Scan" not in shown, shown
    assert "captures_waiting_idx" in shown, shown
