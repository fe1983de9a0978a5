"""A code makes an agent the one that speaks for a device."""

import secrets as random
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

from captures.queries import devices, pairings
from captures.service import telling
from darkroom import auth, clock, crypto, log, realtime, throttle
from darkroom.db import Tx
from darkroom.errors import NotFound
from darkroom.settings import settings

# Read out, typed off a screen, written on paper: without 0 and O, 1, I and L, and without U, which looks like V. Of
# these, 600 million codes can be made.
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 6

_KIND: Final = "device"
_ADDRESS: Final = "pairing: address"
_TOO_MANY: Final = "Too many wrong pairing codes came from here. Please wait a while."
_WRONG: Final = "This pairing code is wrong, was used already, or is too old. Ask for a new one."


class Paired(NamedTuple):
    device_id: UUID
    device_token: str
    websocket_url: str
    name: str


def new_code() -> str:
    return "".join(random.choice(ALPHABET) for _ in range(LENGTH))


def code_hash(code: str) -> bytes:
    """How a code rests in the database, however it was typed."""
    plain = "".join(code.upper().replace("-", " ").split())
    return crypto.subject_hash(f"pairing code {plain}")


def pair(tx: Tx, code: str, agent: Mapping[str, Any], address: str) -> Paired:
    """The device's new token; whoever had an older one is nobody from now on.

    An attempt counts before the code is looked at, so that a storm of guesses gets no more than the limit, and the
    count is taken back when the code was right.
    """
    limits, now, hashed = settings(), clock.now(), code_hash(code)
    counted = throttle.hit(
        tx, _ADDRESS, address, limits.pairing_failures_per_address, limits.pairing_window_seconds, _TOO_MANY
    )
    device_id = pairings.device_of(tx, hashed, now)
    # The device's row first, as whoever deletes the device or makes a new code does it. Of two who have the same code
    # the second one waits here, and then finds it spent.
    device = devices.hold_by_id(tx, device_id) if device_id is not None else None
    if device is None or not pairings.spend(tx, hashed, now):
        log.info("captures.pairing_failed")
        raise NotFound(_WRONG)
    throttle.undo(tx, counted)
    auth.revoke_opaque(tx, _KIND, device.id)
    realtime.end_caller(tx, _KIND, device.id)
    said = {name: agent[name] for name in ("version", "platform")}
    devices.pair(tx, device.id, said, list(agent["cameras"]), now)
    token = auth.issue_opaque(tx, _KIND, device.id, owner_id=device.user_id)
    log.info("captures.device_paired", device_id=str(device.id), user_id=str(device.user_id))
    row = devices.by_id(tx, device.id)
    if row is not None:
        telling.device_updated(tx, row)
    return Paired(device.id, token, settings().public_websocket_url, device.name)


def forget_codes(tx: Tx, limit: int) -> int:
    """Codes that work no more; how many there were."""
    return pairings.sweep(tx, clock.now(), limit)
