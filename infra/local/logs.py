"""What functions and the gateway said: in memory for the console, on disk for later, bad news on the terminal."""

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_KEPT = 20_000
_FILE_MAX = 50_000_000


class Logs:
    """Lines of JSON; what is not JSON becomes a message."""

    def __init__(self, file: Path, take_metric: Callable[[Mapping[str, Any]], None] = lambda _line: None) -> None:
        self._take_metric = take_metric
        if file.exists() and file.stat().st_size > _FILE_MAX:
            file.replace(file.with_suffix(".old"))
        self._file = file.open("a", buffering=1)
        self._lines: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def function_line(self, function: str, line: str) -> None:
        if not line.strip():
            return
        try:
            document = json.loads(line)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            document = {"level": "INFO", "message": line}
        if "_aws" in document:  # a metric in CloudWatch's embedded format
            self._take_metric(document)
            return
        self.record({"function": function, **document})

    def record(self, line: dict[str, Any]) -> None:
        line.setdefault("at", datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds"))
        self._lines.append(line)
        self._file.write(json.dumps(line, default=str) + "\n")
        if line.get("level") == "ERROR":
            print(
                f"  {line.get('function')}: {line.get('event') or line.get('message')} {line.get('error', '')}",
                flush=True,
            )

    def find(self, identifier: str, limit: int) -> list[dict[str, Any]]:
        """The newest lines, of one correlation or request when `identifier` names one; oldest first."""
        found: list[dict[str, Any]] = []
        for line in reversed(self._lines):
            if not identifier or identifier in (line.get("correlation_id"), line.get("request_id")):
                found.append(line)
                if len(found) == limit:
                    break
        return found[::-1]

    def close(self) -> None:
        self._file.close()
