"""What Stripe remembers, in a file of the home: objects, timers, answers to idempotency keys, webhooks to be sent."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PENDING, DELIVERED, DEAD, LOST = "pending", "delivered", "dead", "lost"
_COMPARED = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_TABLES = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS objects (
        number integer PRIMARY KEY AUTOINCREMENT, id text NOT NULL UNIQUE, kind text NOT NULL, created integer NOT NULL,
        document text NOT NULL);
    CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, number);
    CREATE TABLE IF NOT EXISTS timers (
        number integer PRIMARY KEY AUTOINCREMENT, due real NOT NULL, act text NOT NULL, subject text NOT NULL);
    CREATE TABLE IF NOT EXISTS answers (
        key text PRIMARY KEY, asked text NOT NULL, status integer NOT NULL, body text NOT NULL, request text NOT NULL,
        until real NOT NULL);
    CREATE TABLE IF NOT EXISTS deliveries (
        number integer PRIMARY KEY AUTOINCREMENT, place integer NOT NULL, event text NOT NULL, due real NOT NULL,
        held integer NOT NULL DEFAULT 0, state text NOT NULL, attempts integer NOT NULL DEFAULT 0, last text);
    CREATE INDEX IF NOT EXISTS deliveries_state ON deliveries (state, place);
"""


class Store:
    """Rows and documents; the rules are elsewhere."""

    def __init__(self, file: Path) -> None:
        self.database = sqlite3.connect(file, isolation_level=None)
        self.database.executescript(_TABLES)

    def close(self) -> None:
        self.database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing, also when the stack is killed in the middle."""
        self.database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.database.execute("ROLLBACK")
            raise
        self.database.execute("COMMIT")

    # --- objects ---

    def add(self, document: Mapping[str, Any]) -> None:
        self.database.execute(
            "INSERT INTO objects (id, kind, created, document) VALUES (?, ?, ?, ?)",
            (document["id"], document["object"], document["created"], json.dumps(document)),
        )

    def save(self, document: Mapping[str, Any]) -> None:
        self.database.execute("UPDATE objects SET document = ? WHERE id = ?", (json.dumps(document), document["id"]))

    def find(self, kind: str, identifier: str) -> dict[str, Any] | None:
        row = self.database.execute(
            "SELECT document FROM objects WHERE id = ? AND kind = ?", (identifier, kind)
        ).fetchone()
        found: dict[str, Any] | None = json.loads(row[0]) if row else None
        return found

    def page(
        self,
        kind: str,
        *,
        equal: Mapping[str, Any] | None = None,
        created: Mapping[str, int] | None = None,
        types: list[str] | None = None,
        delivered: bool | None = None,
        after: str | None = None,
        before: str | None = None,
        limit: int = 10,
    ) -> tuple[list[dict[str, Any]], bool]:
        """Newest first: what follows `after`, or what stands just before `before`; and whether there is more."""
        where: list[str] = ["kind = ?"]
        values: list[Any] = [kind]
        for path, wanted in (equal or {}).items():
            where.append(f"json_extract(document, '$.{path}') = ?")
            values.append(wanted)
        for how, moment in (created or {}).items():
            where.append(f"created {_COMPARED[how]} {int(moment)}")
        if types is not None:
            where.append(f"json_extract(document, '$.type') IN ({', '.join('?' * len(types))})")
            values.extend(types)
        if delivered is not None:
            where.append("(id IN (SELECT event FROM deliveries WHERE state <> ?)) <> ?")
            values.extend((DELIVERED, delivered))
        if after is not None:
            where.append("number < (SELECT number FROM objects WHERE id = ?)")
            values.append(after)
        if before is not None:
            where.append("number > (SELECT number FROM objects WHERE id = ?)")
            values.append(before)
        order = "ASC" if before is not None else "DESC"
        statement = (
            f"SELECT document FROM objects WHERE {' AND '.join(where)} ORDER BY number {order} LIMIT {limit + 1}"  # noqa: S608 - names and numbers of ours
        )
        found = [json.loads(row[0]) for row in self.database.execute(statement, values)]
        page = found[:limit]
        return (page[::-1] if before is not None else page), len(found) > limit

    # --- timers ---

    def set_timer(self, due: float, act: str, subject: str) -> None:
        self.database.execute("INSERT INTO timers (due, act, subject) VALUES (?, ?, ?)", (due, act, subject))

    def take_due_timer(self, now: float) -> tuple[str, str] | None:
        row = self.database.execute(
            "DELETE FROM timers WHERE number = (SELECT number FROM timers WHERE due <= ? ORDER BY due, number LIMIT 1)"
            " RETURNING act, subject",
            (now,),
        ).fetchall()
        return (str(row[0][0]), str(row[0][1])) if row else None

    def next_timer(self) -> float | None:
        found: float | None = self.database.execute("SELECT min(due) FROM timers").fetchone()[0]
        return found

    # --- answers that an idempotency key repeats ---

    def answer(self, key: str, now: float) -> tuple[str, int, str, str] | None:
        self.database.execute("DELETE FROM answers WHERE until <= ?", (now,))
        row = self.database.execute("SELECT asked, status, body, request FROM answers WHERE key = ?", (key,)).fetchone()
        return (row[0], row[1], row[2], row[3]) if row else None

    def keep_answer(self, key: str, answer: tuple[str, int, str, str], until: float) -> None:
        """What was asked, the answer's status and body, and the request's id."""
        self.database.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?)", (key, *answer, until))
