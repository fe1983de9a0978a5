"""Idempotency-Key: one effect and one answer, whatever is repeated, raced or killed."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Annotated, Any

import psycopg
import pytest
from fastapi import Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from darkroom import auth, db, errors, ids
from darkroom.http import Body, TxDep, create_app, lambda_handler, router
from tests.api import Api
from tests.conftest import FrozenTime
from tests.factories.callers import signed_in

routes = router()


class Order(Body):
    item: str
    how: str = ""


class Hook:
    """What a test wants to happen in the middle of a request."""

    def __init__(self) -> None:
        self.action: Callable[[], object] = lambda: None

    async def __call__(self) -> "Hook":
        return self


hook = Hook()


def add(tx: db.Tx) -> str:
    made = str(ids.new_id())
    tx.execute("INSERT INTO email_suppressions (address, reason) VALUES (%(id)s, 'test')", {"id": made})
    return made


def place(tx: db.Tx, order: Order) -> Response:
    made = add(tx)
    hook.action()
    failures: dict[str, type[errors.Problem]] = {
        "400": errors.BadRequest,
        "404": errors.NotFound,
        "409": errors.Conflict,
        "429": errors.TooMany,
        "502": errors.ProviderFailed,
    }
    if order.how in failures:
        raise failures[order.how](f"no {made}")
    if order.how == "bug":
        raise RuntimeError
    return JSONResponse({"id": made, "access_token": "s3cret"}, 201, headers={"location": f"/orders/{made}"})


@routes.post("/open/orders", status_code=201)
async def open_order(order: Order, tx: TxDep, _: Annotated[Hook, Depends(hook)]) -> Response:
    return place(tx, order)


@routes.post("/orders", status_code=201)
async def own_order(user: auth.SignedIn, order: Order, tx: TxDep) -> Response:
    return place(tx, order)


@routes.post("/others", status_code=201)
async def other_order(user: auth.SignedIn, order: Order, tx: TxDep) -> Response:
    return place(tx, order)


@routes.put("/orders", status_code=200)
async def put_order(order: Order, tx: TxDep, request: Request) -> Response:
    return place(tx, order)


handler = lambda_handler(create_app("test", [routes]))
LAMP = {"item": "lamp"}


@pytest.fixture
def api(committed_db: str) -> Api:
    hook.action = lambda: None
    return Api(handler)


def count(url: str, what: str = "email_suppressions") -> int:
    with psycopg.connect(url) as other:
        found = other.execute(f"SELECT count(*) FROM {what}").fetchone()
    assert found
    return int(found[0])


def test_a_repeat_gets_the_first_answer_whole(api: Api, committed_db: str) -> None:
    first = api.post("/open/orders", LAMP, key="k-1")
    again = api.post("/open/orders", LAMP, key="k-1")
    assert first.status == again.status == 201
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert count(committed_db) == 1


def test_without_a_key_each_request_is_its_own(api: Api, committed_db: str) -> None:
    api.post("/open/orders", LAMP)
    api.post("/open/orders", LAMP)
    assert count(committed_db) == 2


def test_another_body_is_a_conflict(api: Api, committed_db: str) -> None:
    api.post("/open/orders", LAMP, key="k-1")
    answer = api.post("/open/orders", {"item": "chair"}, key="k-1")
    assert (answer.status, answer.headers["content-type"]) == (409, "application/problem+json")
    assert count(committed_db) == 1


def test_a_key_is_the_callers_own(api: Api, committed_db: str) -> None:
    with db.transaction() as tx:
        ada, bob = signed_in(tx), signed_in(tx)
    answers = [
        api.post("/orders", LAMP, key="k-1", token=ada.token),
        api.post("/orders", LAMP, key="k-1", token=bob.token),
        api.post("/open/orders", LAMP, key="k-1"),
        Api(handler, source_ip="203.0.113.5").post("/open/orders", LAMP, key="k-1"),
    ]
    assert [answer.status for answer in answers] == [201] * 4
    assert count(committed_db) == 4
    assert api.post("/others", LAMP, key="k-1", token=ada.token).status == 409
    assert api.post("/orders", LAMP, key="k-1", token=ada.token).json() == answers[0].json()


def test_a_kept_answer_is_nobodys_without_credentials(api: Api) -> None:
    with db.transaction() as tx:
        ada = signed_in(tx)
    api.post("/orders", LAMP, key="k-1", token=ada.token)
    assert api.post("/orders", LAMP, key="k-1").status == 401
    with db.transaction() as tx:
        tx.execute("UPDATE sessions SET revoked_at = now()")
    assert api.post("/orders", LAMP, key="k-1", token=ada.token).status == 401


def test_what_is_kept_is_encrypted_and_names_no_address(api: Api, committed_db: str) -> None:
    api.post("/open/orders", LAMP, key="k-1")
    with psycopg.connect(committed_db) as other:
        kept = other.execute("SELECT caller, key, response FROM idempotency_keys").fetchone()
    assert kept
    assert b"s3cret" not in bytes(kept[2])
    assert "198.51.100.7" not in kept[0]


def test_a_kept_answer_cannot_be_moved_to_another_key(api: Api, committed_db: str) -> None:
    api.post("/open/orders", LAMP, key="k-1")
    with psycopg.connect(committed_db, autocommit=True) as other:
        other.execute("UPDATE idempotency_keys SET key = 'k-2'")
    assert api.post("/open/orders", LAMP, key="k-2").status == 500


@pytest.mark.parametrize("key", [" ", "a b", "x" * 201, "schlüssel", "\x7f"])
def test_a_bad_key_is_a_400(api: Api, key: str) -> None:
    assert api.post("/open/orders", LAMP, headers={"idempotency-key": key}).status == 400


def test_other_methods_take_no_key(api: Api, committed_db: str) -> None:
    api.put("/orders", LAMP, key="k-1")
    api.put("/orders", LAMP, key="k-1")
    assert count(committed_db) == 2


# --- which answers are kept -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["400", "404"])
def test_a_refusal_is_kept_without_its_effects(api: Api, committed_db: str, how: str) -> None:
    first = api.post("/open/orders", {**LAMP, "how": how}, key="k-1")
    again = api.post("/open/orders", {**LAMP, "how": how}, key="k-1")
    assert first.status == again.status == int(how)
    assert first.json()["detail"] == again.json()["detail"]  # it names an id that is made anew each time
    assert again.headers["content-type"] == "application/problem+json"
    assert count(committed_db) == 0


@pytest.mark.parametrize(("how", "status"), [("409", 409), ("429", 429), ("502", 502), ("bug", 500)])
def test_what_may_go_another_way_is_not_kept(api: Api, committed_db: str, how: str, status: int) -> None:
    for _ in range(2):
        answer = api.post("/open/orders", {**LAMP, "how": how}, key="k-1")
        assert answer.status == status
        assert "idempotency-replayed" not in answer.headers
    assert count(committed_db) == 0
    assert count(committed_db, "idempotency_keys") == 0


def test_a_malformed_body_is_answered_alike_twice(api: Api) -> None:
    assert api.post("/open/orders", content=b"{", key="k-1").status == 400
    assert api.post("/open/orders", content=b"{", key="k-1").status == 400
    assert api.post("/open/orders", LAMP, key="k-1").status == 409


def test_a_day_later_it_is_a_first_request(api: Api, committed_db: str, frozen_time: FrozenTime) -> None:
    first = api.post("/open/orders", LAMP, key="k-1")
    frozen_time.advance(86_399)
    assert api.post("/open/orders", LAMP, key="k-1").json() == first.json()
    frozen_time.advance(1)
    assert api.post("/open/orders", {"item": "chair"}, key="k-1").json() != first.json()
    assert count(committed_db) == 2


# --- races and crashes ------------------------------------------------------------------------------------------------


def test_a_repeat_while_the_first_runs_is_a_conflict(api: Api, committed_db: str) -> None:
    repeats: list[Any] = []

    def repeat() -> None:
        """From another execution environment: its own process in truth, its own connection here."""
        kept = db.connection()
        db.use(None)
        hook.action = lambda: None
        try:
            repeats.append(Api(lambda_handler_in_a_thread).post("/open/orders", LAMP, key="k-1"))
        finally:
            db.close()
            db.use(kept)

    hook.action = repeat
    assert api.post("/open/orders", LAMP, key="k-1").status == 201
    assert repeats[0].status == 409
    assert repeats[0].headers["retry-after"] == "1"
    assert count(committed_db) == 1


def lambda_handler_in_a_thread(request: dict[str, Any], context: Any) -> dict[str, Any]:
    """An event loop that runs cannot run another call: give it a thread, and that thread a loop."""
    import asyncio

    from mangum import Mangum

    answers: list[dict[str, Any]] = []

    def run() -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        answers.append(Mangum(create_app("test", [routes]), lifespan="off")(request, context))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return answers[0]


class Killed(BaseException):
    """The process ends here: nothing after it runs, as far as the database can tell."""


def test_a_request_killed_before_its_commit_frees_the_key_when_its_lease_ends(
    api: Api, committed_db: str, frozen_time: FrozenTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die() -> None:
        db.connection().close()  # the server rolls back, and no statement of this process follows
        raise Killed

    hook.action = die
    monkeypatch.setattr("darkroom.idempotency.Claim.release", lambda self: None)
    assert api.post("/open/orders", LAMP, key="k-1").status == 500
    assert count(committed_db) == 0
    hook.action = lambda: None
    assert api.post("/open/orders", LAMP, key="k-1").status == 409
    frozen_time.advance(59)
    assert api.post("/open/orders", LAMP, key="k-1").status == 409
    frozen_time.advance(1)
    assert api.post("/open/orders", LAMP, key="k-1").status == 201
    assert count(committed_db) == 1


_KILLED_REQUEST = """
import os, signal
from tests.api import Api
from tests.integration.test_idempotency import LAMP, handler, hook
hook.action = lambda: os.kill(os.getpid(), signal.SIGKILL)
Api(handler).post("/open/orders", LAMP, key="k-1")
"""


def test_a_process_killed_in_the_middle_leaves_nothing_but_a_lease(
    api: Api, committed_db: str, frozen_time: FrozenTime
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED_REQUEST],
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert killed.returncode == -signal.SIGKILL
    assert count(committed_db) == 0
    assert count(committed_db, "idempotency_keys") == 1
    assert api.post("/open/orders", LAMP, key="k-1").status == 409
    frozen_time.advance(120)
    assert api.post("/open/orders", LAMP, key="k-1").status == 201
    assert count(committed_db) == 1


def test_the_answer_is_durable_exactly_when_its_effect_is(api: Api, committed_db: str) -> None:
    """One transaction holds both: a COMMIT that fails leaves neither."""
    with psycopg.connect(committed_db, autocommit=True) as conn:
        conn.execute("ALTER TABLE email_suppressions ADD COLUMN n int UNIQUE DEFERRABLE INITIALLY DEFERRED DEFAULT 1")
    try:
        assert api.post("/open/orders", LAMP, key="k-1").status == 201
        assert api.post("/open/orders", LAMP, key="k-2").status == 500
        with psycopg.connect(committed_db, autocommit=True) as conn:
            conn.execute("DELETE FROM email_suppressions")
        assert api.post("/open/orders", LAMP, key="k-2").status == 201
        assert count(committed_db) == 1
    finally:
        db.close()
        with psycopg.connect(committed_db, autocommit=True) as conn:
            conn.execute("ALTER TABLE email_suppressions DROP COLUMN n")


def test_who_lost_the_lease_cannot_commit(api: Api, committed_db: str, frozen_time: FrozenTime) -> None:
    """A request slower than its lease finds that a repeat took over: its effects are undone."""

    def take_over() -> None:
        with psycopg.connect(committed_db, autocommit=True) as other:
            other.execute("UPDATE idempotency_keys SET lease_until = lease_until + interval '1 hour'")

    hook.action = take_over
    assert api.post("/open/orders", LAMP, key="k-1").status == 409
    assert count(committed_db) == 0


def test_an_abandoned_key_is_still_bound_to_its_body(
    api: Api, committed_db: str, frozen_time: FrozenTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die() -> None:
        raise Killed

    hook.action = die
    monkeypatch.setattr("darkroom.idempotency.Claim.release", lambda self: None)
    api.post("/open/orders", LAMP, key="k-1")
    hook.action = lambda: None
    frozen_time.advance(61)
    assert api.post("/open/orders", {"item": "chair"}, key="k-1").status == 409
    assert api.post("/open/orders", LAMP, key="k-1").status == 201


def test_two_that_find_a_key_abandoned_do_not_both_take_it(committed_db: str, frozen_time: FrozenTime) -> None:
    from darkroom import idempotency

    first = idempotency._claim("user:1", "k-1", b"hash")
    assert first is not None
    frozen_time.advance(61)
    second = idempotency._claim("user:1", "k-1", b"hash")
    assert second is not None
    assert idempotency._claim("user:1", "k-1", b"hash") is None
    assert second.lease_until != first.lease_until
    first.release()  # not its own any more
    assert idempotency._claim("user:1", "k-1", b"hash") is None
