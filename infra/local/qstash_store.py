"""What the QStash stand-in has promised to deliver, in a file: QStash forgets nothing when its client restarts."""

import json
import sqlite3
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

DEDUPLICATION_SECONDS = 600
_PENDING, _DELIVERED, _DEAD, _CANCELED = "pending", "delivered", "dead", "canceled"


@dataclass
class Message:
    """One delivery that was asked for."""

    id: str
    url: str
    method: str
    headers: dict[str, str]
    body: str  # base64
    retries: int
    callback: str | None = None
    failure_callback: str | None = None
    timeout_seconds: float = 30
    attempts: int = 0
    created_at: float = field(default_factory=time.time)


class Store:
    """Messages by id and by when they are due."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.executescript(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = OFF;
            CREATE TABLE IF NOT EXISTS messages (
                id text PRIMARY KEY, state text NOT NULL, due real NOT NULL, document text NOT NULL, last text);
            CREATE INDEX IF NOT EXISTS messages_due ON messages (state, due);
            CREATE TABLE IF NOT EXISTS deduplication (key text PRIMARY KEY, id text NOT NULL, until real NOT NULL);
            """
        )

    def close(self) -> None:
        self._database.close()

    def add(self, message: Message, due: float, deduplication: str | None) -> str | None:
        """Keep a message. The id of an earlier one when this is its repeat."""
        now = time.time()
        self._database.execute("DELETE FROM deduplication WHERE until < ?", (now,))
        if deduplication:
            row = self._database.execute("SELECT id FROM deduplication WHERE key = ?", (deduplication,)).fetchone()
            if row:
                return str(row[0])
            until = now + DEDUPLICATION_SECONDS
            self._database.execute("INSERT INTO deduplication VALUES (?, ?, ?)", (deduplication, message.id, until))
        document = json.dumps(asdict(message))
        self._database.execute("INSERT INTO messages VALUES (?, ?, ?, ?, NULL)", (message.id, _PENDING, due, document))
        return None

    def due(self, now: float, limit: int, busy: set[str]) -> list[Message]:
        rows = self._database.execute(
            "SELECT document FROM messages WHERE state = ? AND due <= ? ORDER BY due LIMIT ?",
            (_PENDING, now, limit + len(busy)),
        ).fetchall()
        found = [Message(**json.loads(row[0])) for row in rows]
        return [message for message in found if message.id not in busy][:limit]

    def next_due(self, busy: set[str]) -> float | None:
        rows = self._database.execute(
            "SELECT due, id FROM messages WHERE state = ? ORDER BY due LIMIT ?", (_PENDING, len(busy) + 1)
        ).fetchall()
        return next((due for due, message_id in rows if message_id not in busy), None)

    def retry(self, message: Message, due: float, last: str) -> None:
        self._set(message, _PENDING, due, last)

    def delivered(self, message: Message, last: str) -> None:
        self._set(message, _DELIVERED, 0, last)

    def dead(self, message: Message, last: str) -> None:
        self._set(message, _DEAD, 0, last)

    def cancel(self, message_id: str) -> bool:
        changed = self._database.execute(
            "UPDATE messages SET state = ? WHERE id = ? AND state = ?", (_CANCELED, message_id, _PENDING)
        )
        return changed.rowcount == 1

    def revive(self, message_id: str) -> bool:
        """Give a dead message all its attempts again."""
        message = self.find(message_id)
        if message is None:
            return False
        message.attempts = 0
        document = json.dumps(asdict(message))
        changed = self._database.execute(
            "UPDATE messages SET state = ?, due = ?, document = ? WHERE id = ? AND state = ?",
            (_PENDING, time.time(), document, message_id, _DEAD),
        )
        return changed.rowcount == 1

    def find(self, message_id: str) -> Message | None:
        row = self._database.execute("SELECT document FROM messages WHERE id = ?", (message_id,)).fetchone()
        return Message(**json.loads(row[0])) if row else None

    def newest(self, limit: int) -> list[dict[str, Any]]:
        rows = self._database.execute(
            "SELECT document, state, due, last FROM messages ORDER BY rowid DESC LIMIT ?", (limit,)
        ).fetchall()
        shown = []
        for document, state, due, last in rows:
            message = json.loads(document)
            shown.append(
                {name: message[name] for name in ("id", "url", "attempts", "retries")}
                | {"state": state, "due": due if state == _PENDING else None, "last": last}
            )
        return shown

    def _set(self, message: Message, state: str, due: float, last: str) -> None:
        # A message cancelled while it was under way stays cancelled.
        self._database.execute(
            "UPDATE messages SET state = ?, due = ?, document = ?, last = ? WHERE id = ? AND state = ?",
            (state, due, json.dumps(asdict(message)), last, message.id, _PENDING),
        )
