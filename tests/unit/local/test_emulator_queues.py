"""What was in flight when the emulator ended is in nobody's hands when it comes back."""

import time

from infra.local import emulator_queues


def test_in_flight_is_let_go_and_delayed_goes_on_waiting() -> None:
    later = time.time() + 3600
    in_flight = {"receive_count": 2, "visible_at": later}
    delayed = {"receive_count": 0, "visible_at": later}
    waiting = {"receive_count": 0, "visible_at": 1.0}
    emulator_queues.release([in_flight, delayed, waiting])
    assert in_flight["visible_at"] <= time.time()
    assert (delayed["visible_at"], waiting["visible_at"]) == (later, 1.0)
    assert in_flight["receive_count"] == 2  # it counts towards the dead letters, as before
