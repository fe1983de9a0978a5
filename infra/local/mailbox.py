"""Every mail the stack has sent, in a journal of one line a mail, so that it outlives restarts and the emulator."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class Mailbox:
    """Appends and reads; nothing is ever changed."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal

    def add(self, mail: dict[str, Any]) -> None:
        sent_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"id": str(uuid.uuid4()), **mail, "sent_at": sent_at})
        with self._journal.open("a") as file:
            file.write(line + "\n")

    def newest_first(self) -> list[dict[str, Any]]:
        mails: list[dict[str, Any]] = []
        if self._journal.exists():
            for line in self._journal.read_text().splitlines():
                try:
                    mails.append(json.loads(line))
                except ValueError:  # cut short by a kill
                    continue
        return mails[::-1]
