"""Keeps the emulator's state on disk, in ministack's own files: of each service only when it has changed.

ministack writes every service each time, encoded by `json.dump`, which does it in Python: an eighth of a second of one
CPU, several times a second while anything happens, for the one megabyte that CloudFormation knows of a stack. And to
look whether a service has changed is to copy all it knows: looking is bounded to a small part of a CPU for each, so
that queues are looked at every time and CloudFormation every other second.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

States = Callable[[], Mapping[str, Callable[[], Any]]]

_REST = 200  # times what the last look at a service took, so that none takes more than half a hundredth of a CPU
_REST_SECONDS_MAX = 2.0

_log = logging.getLogger("persistence")


class Snapshots:
    """`states` says how to ask each service for its state; None is of a service that has nothing to say."""

    def __init__(self, states: States, rest: float = _REST) -> None:
        from ministack.core import persistence  # after its environment is set

        for name in ("_json_default", "_state_format_version"):
            assert callable(getattr(persistence, name)), f"ministack has no {name}"
        self._states = states
        self._rest = rest
        self._folder = Path(persistence.STATE_DIR)
        self._default = persistence._json_default  # noqa: SLF001
        self._version = persistence._state_format_version  # noqa: SLF001
        self._written: dict[str, str] = {}
        self._rests_until: dict[str, float] = {}

    def save(self) -> float | None:
        """In how many seconds to look again at what was left out, or None when nothing was."""
        self._folder.mkdir(parents=True, exist_ok=True)
        left_out = []
        for service, state_of in self._states().items():
            rest = self._rests_until.get(service, 0.0) - time.monotonic()
            if rest > 0:
                left_out.append(rest)
                continue
            began = time.thread_time()
            try:
                self._save(service, state_of())
            except Exception:  # noqa: BLE001 - one service that cannot be saved must not hold up the others
                _log.exception("the state of %s is not saved", service)
            rest = min(self._rest * (time.thread_time() - began), _REST_SECONDS_MAX)
            self._rests_until[service] = time.monotonic() + rest
        return max(left_out, default=None)

    def _save(self, service: str, state: Any) -> None:
        if state is None:
            return
        document = {"__ministack_format__": self._version(service), "payload": state}
        text = json.dumps(document, default=self._default)
        if self._written.get(service) == text:
            return
        beside = self._folder / f"{service}.json.tmp"
        beside.write_text(text)
        beside.replace(self._folder / f"{service}.json")
        self._written[service] = text
