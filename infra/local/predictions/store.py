"""Predictions, webhooks that are owed, and files, on disk. Whatever ends, ends once: each change is guarded."""

import json
import sqlite3
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

STARTING, PROCESSING, SUCCEEDED, FAILED, CANCELED = "starting", "processing", "succeeded", "failed", "canceled"
ENDS = frozenset({SUCCEEDED, FAILED, CANCELED})
SPOILED = ("worse", "other_face")  # faults that are a result like any other, until it is looked at
KEPT_SECONDS = 3600  # inputs, outputs and logs; then only that there was a prediction
_FILE_SECONDS = 24 * 3600


@dataclass
class Prediction:
    """One request to a model, and what became of it."""

    id: str
    model: str
    version: str
    input: dict[str, Any]
    image: str
    secret: str  # of the output's address, which asks for no token
    fidelity: float
    upscale: int
    webhook: str | None = None
    events: list[str] = field(default_factory=list)
    fault: str | None = None
    status: str = STARTING
    logs: str = ""
    output: str | None = None
    error: str | None = None
    created_at: float = field(default_factory=time.time)
    started_at: float | None = None
    completed_at: float | None = None
    data_removed: bool = False

    @property
    def has_ended(self) -> bool:
        return self.status in ENDS


@dataclass
class Letter:
    """A webhook that is owed."""

    id: str
    url: str
    body: str
    attempts_left: int
    attempts: int = 0


class Store:
    """All of it by id, predictions in the order in which they came."""

    def __init__(self, folder: Path) -> None:
        self.files = folder / "files"
        self.inputs = folder / "inputs"
        self.outputs = folder / "outputs"
        for place in (self.files, self.inputs, self.outputs):
            place.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(folder / "replicate.sqlite", isolation_level=None)
        self._database.executescript(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = OFF;
            CREATE TABLE IF NOT EXISTS predictions (
                number integer PRIMARY KEY, id text UNIQUE NOT NULL, status text NOT NULL, document text NOT NULL,
                ended real);
            CREATE INDEX IF NOT EXISTS predictions_status ON predictions (status, number);
            CREATE TABLE IF NOT EXISTS letters (id text PRIMARY KEY, due real, document text NOT NULL, last text);
            CREATE INDEX IF NOT EXISTS letters_due ON letters (due);
            CREATE TABLE IF NOT EXISTS files (id text PRIMARY KEY, until real NOT NULL, document text NOT NULL);
            """
        )

    def close(self) -> None:
        self._database.close()

    # --- predictions

    def add(self, prediction: Prediction) -> None:
        self._database.execute(
            "INSERT INTO predictions (id, status, document) VALUES (?, ?, ?)",
            (prediction.id, prediction.status, json.dumps(asdict(prediction))),
        )

    def find(self, prediction_id: str) -> Prediction | None:
        row = self._database.execute("SELECT document FROM predictions WHERE id = ?", (prediction_id,)).fetchone()
        return Prediction(**json.loads(row[0])) if row else None

    def save(self, prediction: Prediction) -> bool:
        """Write it, unless it had ended. Whether it was written."""
        changed = self._database.execute(
            "UPDATE predictions SET status = ?, document = ?, ended = ? WHERE id = ? AND status IN (?, ?)",
            (
                prediction.status,
                json.dumps(asdict(prediction)),
                prediction.completed_at,
                prediction.id,
                STARTING,
                PROCESSING,
            ),
        )
        return changed.rowcount == 1

    def next(self) -> Prediction | None:
        """The first that waits, or was under way when the stack ended."""
        row = self._database.execute(
            "SELECT document FROM predictions WHERE status IN (?, ?) ORDER BY number LIMIT 1", (PROCESSING, STARTING)
        ).fetchone()
        return Prediction(**json.loads(row[0])) if row else None

    def newest(self, limit: int) -> list[Prediction]:
        rows = self._database.execute(
            "SELECT document FROM predictions ORDER BY number DESC LIMIT ?", (limit,)
        ).fetchall()
        return [Prediction(**json.loads(row[0])) for row in rows]

    def forget(self, now: float) -> None:
        """Take away what the service keeps for an hour only, and files that have run out."""
        rows = self._database.execute(
            "SELECT document FROM predictions WHERE ended < ?", (now - KEPT_SECONDS,)
        ).fetchall()
        for row in rows:
            prediction = Prediction(**json.loads(row[0]))
            self.output_of(prediction.id).unlink(missing_ok=True)
            prediction.input, prediction.image, prediction.output, prediction.logs = {}, "", None, ""
            prediction.data_removed = True
            self._database.execute(
                "UPDATE predictions SET document = ?, ended = NULL WHERE id = ?",
                (json.dumps(asdict(prediction)), prediction.id),
            )
        for row in self._database.execute("SELECT id FROM files WHERE until < ?", (now,)).fetchall():
            self.delete_file(row[0])

    def output_of(self, prediction_id: str) -> Path:
        return self.outputs / f"{prediction_id}.jpg"

    # --- webhooks

    def owe(self, letter: Letter) -> None:
        self._database.execute(
            "INSERT INTO letters VALUES (?, ?, ?, NULL)", (letter.id, time.time(), json.dumps(asdict(letter)))
        )

    def due(self, now: float, limit: int) -> list[Letter]:
        rows = self._database.execute(
            "SELECT document FROM letters WHERE due <= ? ORDER BY due, rowid LIMIT ?", (now, limit)
        ).fetchall()
        return [Letter(**json.loads(row[0])) for row in rows]

    def next_due(self) -> float | None:
        row = self._database.execute("SELECT min(due) FROM letters").fetchone()
        return None if row[0] is None else float(row[0])

    def tried(self, letter: Letter, due: float | None, last: str) -> None:
        """When it is to be tried again; None: it has arrived, or was given up."""
        self._database.execute(
            "UPDATE letters SET due = ?, document = ?, last = ? WHERE id = ?",
            (due, json.dumps(asdict(letter)), last, letter.id),
        )

    # --- files

    def add_file(self, file_id: str, content: bytes, document: dict[str, Any]) -> None:
        (self.files / file_id).write_bytes(content)
        until = time.time() + _FILE_SECONDS
        self._database.execute("INSERT INTO files VALUES (?, ?, ?)", (file_id, until, json.dumps(document)))

    def find_file(self, file_id: str) -> dict[str, Any] | None:
        row = self._database.execute("SELECT document FROM files WHERE id = ?", (file_id,)).fetchone()
        return json.loads(row[0]) if row else None

    def all_files(self) -> list[dict[str, Any]]:
        rows = self._database.execute("SELECT document FROM files ORDER BY rowid DESC").fetchall()
        return [json.loads(row[0]) for row in rows]

    def delete_file(self, file_id: str) -> bool:
        gone = self._database.execute("DELETE FROM files WHERE id = ?", (file_id,)).rowcount == 1
        if gone:
            (self.files / file_id).unlink(missing_ok=True)
        return gone
