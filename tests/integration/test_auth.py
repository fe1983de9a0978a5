"""Who is calling, asked of the database each time: what ended a session ends its access tokens at once."""

from datetime import timedelta
from typing import Any

import pytest

from darkroom import auth, clock, db, ids
from darkroom.errors import Unauthorized
from darkroom.http import create_app, lambda_handler, router
from tests.api import Api
from tests.conftest import FrozenTime
from tests.factories.callers import SignedIn, signed_in

routes = router()


@routes.get("/me")
async def me(user: auth.SignedIn) -> dict[str, Any]:
    return {"id": user.id, "role": user.role, "session_id": user.session_id, "is_admin": user.is_admin}


@routes.post("/admin")
async def admin(user: auth.Admin) -> dict[str, Any]:
    return {"id": user.id}


@routes.post("/anyone")
async def anyone(caller: auth.AnyCaller) -> dict[str, Any]:
    return caller._asdict()


@routes.post("/device")
async def device(caller: auth.DeviceCaller) -> dict[str, Any]:
    return caller._asdict()


@routes.post("/order")
async def order(caller: auth.OrderCaller) -> dict[str, Any]:
    return caller._asdict()


@routes.post("/upload")
async def upload(caller: auth.UploadCaller) -> dict[str, Any]:
    return caller._asdict()


handler = lambda_handler(create_app("test", [routes]))


@pytest.fixture
def api(rolled_back_db: None) -> Api:
    return Api(handler)


@pytest.fixture
def ada(tx: db.Tx) -> SignedIn:
    return signed_in(tx)


def test_a_signed_in_person_is_known(api: Api, ada: SignedIn) -> None:
    assert api.get("/me", token=ada.token).json() == {
        "id": str(ada.user_id),
        "role": "user",
        "session_id": str(ada.session_id),
        "is_admin": False,
    }


def test_the_check_is_one_statement(api: Api, ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    statements: list[object] = []
    run = db.Tx._run

    def counting(self: db.Tx, statement: Any, *rest: Any) -> Any:
        statements.append(statement)
        return run(self, statement, *rest)

    monkeypatch.setattr(db.Tx, "_run", counting)
    assert api.get("/me", token=ada.token).status == 200
    assert len(statements) == 1


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE sessions SET revoked_at = now()",
        "UPDATE sessions SET expires_at = now() - interval '1 second'",
        "UPDATE users SET suspended_at = now()",
        "UPDATE users SET deleted_at = now(), email = NULL",
        "DELETE FROM sessions",
    ],
)
def test_what_ends_a_session_ends_its_access_tokens_at_once(api: Api, tx: db.Tx, ada: SignedIn, end: str) -> None:
    assert api.get("/me", token=ada.token).status == 200
    tx.execute(end)
    assert api.get("/me", token=ada.token).status == 401


def test_anothers_session_is_none_of_mine(api: Api, tx: db.Tx, ada: SignedIn) -> None:
    other = signed_in(tx)
    assert api.get("/me", token=auth.issue_access(ada.user_id, other.session_id, "user")).status == 401


def test_a_role_is_what_the_database_says_now(api: Api, tx: db.Tx, ada: SignedIn) -> None:
    claimed = auth.issue_access(ada.user_id, ada.session_id, "admin")
    assert api.post("/admin", token=claimed).status == 403
    tx.execute("UPDATE users SET role = 'admin'")
    assert api.post("/admin", token=ada.token).status == 200
    assert api.get("/me", token=ada.token).json()["is_admin"] is True


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "bearer", "Token x", "Bearer x y", "Bearer " + "x" * 3_000],
)
def test_no_credentials_are_401(api: Api, header: str) -> None:
    answer = api.get("/me", headers={"authorization": header} if header else {})
    assert answer.status == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_scheme_is_read_in_any_case(api: Api, ada: SignedIn) -> None:
    assert api.get("/me", headers={"authorization": f"bearer {ada.token}"}).status == 200


# --- opaque tokens ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["device", "order", "upload"])
def test_an_opaque_token_opens_its_own_kind_and_no_other(api: Api, tx: db.Tx, ada: SignedIn, kind: str) -> None:
    subject = ids.new_id()
    token = auth.issue_opaque(tx, kind, subject)
    for path in ("device", "order", "upload"):
        answer = api.post(f"/{path}", token=token)
        assert answer.status == (200 if path == kind else 401)
    assert api.post(f"/{kind}", token=token).json()["id"] == str(subject)
    assert api.get("/me", token=token).status == 401
    assert api.post("/admin", token=token).status == 401
    assert api.post(f"/{kind}", token=ada.token).status == 401


def test_any_caller_is_any_of_them(api: Api, tx: db.Tx, ada: SignedIn) -> None:
    subject = ids.new_id()
    assert api.post("/anyone", token=auth.issue_opaque(tx, "device", subject)).json() == {
        "kind": "device",
        "id": str(subject),
        "role": None,
        "session_id": None,
    }
    assert api.post("/anyone", token=ada.token).json()["kind"] == "user"
    assert api.post("/anyone", token="x" * 43).status == 401
    assert api.post("/anyone").status == 401


def test_what_is_a_persons_opens_nothing_while_they_are_suspended(api: Api, tx: db.Tx, ada: SignedIn) -> None:
    token = auth.issue_opaque(tx, "device", ids.new_id(), owner_id=ada.user_id)
    assert api.post("/device", token=token).status == 200
    tx.execute("UPDATE users SET suspended_at = now() WHERE id = %s", (ada.user_id,))
    assert api.post("/device", token=token).status == 401
    tx.execute("UPDATE users SET suspended_at = NULL WHERE id = %s", (ada.user_id,))
    assert api.post("/device", token=token).status == 200


def test_an_opaque_token_ends(api: Api, tx: db.Tx, frozen_time: FrozenTime) -> None:
    subject = ids.new_id()
    short = auth.issue_opaque(tx, "device", subject, clock.now() + timedelta(minutes=1))
    lasting = auth.issue_opaque(tx, "device", subject)
    frozen_time.advance(60)
    assert api.post("/device", token=short).status == 401
    assert api.post("/device", token=lasting).status == 200
    assert auth.revoke_opaque(tx, "device", subject) == 2
    assert auth.revoke_opaque(tx, "device", subject) == 0
    assert api.post("/device", token=lasting).status == 401


def test_tokens_rest_as_hashes(tx: db.Tx) -> None:
    token = auth.issue_opaque(tx, "order", ids.new_id())
    kept = tx.all("SELECT * FROM opaque_tokens")
    assert token not in str(kept)
    assert bytes(kept[0]["token_hash"]) == auth.token_hash(token)


def test_identify_serves_others_than_routes(tx: db.Tx, ada: SignedIn) -> None:
    """A WebSocket's $connect has no route."""
    assert auth.identify(tx, ada.token) == auth.Caller("user", ada.user_id, "user", ada.session_id)
    with pytest.raises(Unauthorized):
        auth.identify(tx, "é")
