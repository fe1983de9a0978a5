"""What administrators may do, and what they may not."""

from typing import Any
from uuid import UUID

import pytest

from accounts import make_admin
from darkroom import auth, db, ids
from tests.integration.accounts.conftest import World, all_at_once


def test_people_are_listed_newest_first_in_pages(world: World) -> None:
    admin = world.member("admin@example.com", role="admin")
    people = [world.register(f"p{number}@example.com", name=f"Person {number}").json()["id"] for number in range(5)]
    first = world.get("/admin/users", token=admin.access, query={"limit": 4}).json()
    rest = world.get("/admin/users", token=admin.access, query={"limit": 4, "cursor": first["next_cursor"]}).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == [*reversed(people), admin.id]
    assert rest["next_cursor"] is None
    assert first["items"][0].keys() == {
        "id", "email", "name", "role", "email_confirmed", "phone", "created_at", "suspended",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "KING"}, ["ada@example.com"]),
        ({"q": "example.com"}, ["eve_x@example.com", "ada@example.com", "admin@example.com"]),
        ({"q": "e_x"}, ["eve_x@example.com"]),
        ({"q": "%"}, []),
        ({"q": "\\"}, []),
        ({"role": "admin"}, ["admin@example.com"]),
        ({"suspended": "true"}, ["eve_x@example.com"]),
        ({"suspended": "false", "role": "user"}, ["ada@example.com"]),
    ],
)
def test_people_are_found(world: World, query: dict[str, str], found: list[str]) -> None:
    admin = world.member("admin@example.com", role="admin")
    world.register("ada@example.com", name="Ada King")
    eve = world.register("eve_x@example.com", name="Eve").json()["id"]
    assert world.patch(f"/admin/users/{eve}", {"suspended": True}, token=admin.access).status == 200
    answer = world.get("/admin/users", token=admin.access, query=query)
    assert [item["email"] for item in answer.json()["items"]] == found


@pytest.mark.parametrize("query", ["role=owner", "suspended=perhaps", "q=", "q=" + "x" * 201, "q=%00", "cursor=x"])
def test_what_cannot_be_asked_is_refused(world: World, query: str) -> None:
    admin = world.member("admin@example.com", role="admin")
    assert world.get("/admin/users", token=admin.access, query=query).status == 400


def test_other_people_are_not_let_in(world: World) -> None:
    member = world.member()
    assert world.get("/admin/users", token=member.access).status == 403
    assert world.patch(f"/admin/users/{member.id}", {"role": "admin"}, token=member.access).status == 403
    assert world.patch("/admin/users/not-an-id", content=b"{", token=member.access).status == 403
    assert world.get("/users/me", token=member.access).json()["role"] == "user"


def test_a_suspension_ends_every_session_at_once_and_can_be_lifted(world: World) -> None:
    admin, member = world.member("admin@example.com", role="admin"), world.member()
    camera = _socket_of_a_camera(member.id)
    answer = world.patch(f"/admin/users/{member.id}", {"suspended": True}, token=admin.access)
    with db.reading() as tx:
        assert not tx.value("SELECT count(*) FROM realtime_connections WHERE id = %s", (camera,))
    assert (answer.status, answer.json()["suspended"]) == (200, True)
    assert not world.is_signed_in(member.access)
    assert world.refresh(member.refresh).status == 401
    assert world.login().status == 403
    answer = world.patch(f"/admin/users/{member.id}", {"suspended": False}, token=admin.access)
    assert (answer.status, answer.json()["suspended"]) == (200, False)
    assert not world.is_signed_in(member.access)
    assert world.login().status == 200


def test_a_role_counts_from_the_next_request_on(world: World) -> None:
    admin, other = world.member("admin@example.com", role="admin"), world.member()
    path = f"/admin/users/{other.id}"
    assert world.patch(path, {"role": "admin"}, token=admin.access).json()["role"] == "admin"
    assert world.get("/admin/users", token=other.access).status == 200
    assert world.patch(path, {"role": "user"}, token=admin.access).json()["role"] == "user"
    assert world.get("/admin/users", token=other.access).status == 403
    assert world.is_signed_in(other.access)


def test_a_change_that_changes_nothing_ends_nothing(world: World) -> None:
    admin, member = world.member("admin@example.com", role="admin"), world.member()
    for change in ({}, {"suspended": False}, {"role": "user"}, {"role": None}):
        assert world.patch(f"/admin/users/{member.id}", change, token=admin.access).status == 200
    assert world.is_signed_in(member.access)


@pytest.mark.parametrize("change", [{"suspended": True}, {"role": "user"}])
def test_nobody_does_it_to_themselves(world: World, change: dict[str, Any]) -> None:
    admin = world.member("admin@example.com", role="admin")
    world.member("second@example.com", role="admin")
    assert world.patch(f"/admin/users/{admin.id}", change, token=admin.access).status == 403
    assert world.get("/admin/users", token=admin.access).status == 200


def test_of_two_who_demote_each_other_at_once_one_remains(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = committed_world.member("one@example.com", role="admin")
    two = committed_world.member("two@example.com", role="admin")
    answers = all_at_once(
        [
            lambda: committed_world.patch(f"/admin/users/{two.id}", {"role": "user"}, token=one.access),
            lambda: committed_world.patch(f"/admin/users/{one.id}", {"role": "user"}, token=two.access),
        ],
        monkeypatch,
    )
    lower, higher = sorted(answer.status for answer in answers)
    assert lower == 200
    assert higher in {401, 403}
    with db.reading() as tx:
        assert tx.value("SELECT count(*) FROM users WHERE role = 'admin'") == 1


@pytest.mark.parametrize("change", [{"role": "owner"}, {"suspended": "yes"}, {"suspended": 1}, {"email": "x@y.zz"}, []])
def test_what_cannot_be_changed_is_refused(world: World, change: Any) -> None:
    admin, member = world.member("admin@example.com", role="admin"), world.member()
    assert world.patch(f"/admin/users/{member.id}", change, token=admin.access).status == 400


@pytest.mark.parametrize("user_id", ["x", "0190c1a5-7b1e-7000-8000-000000000000", "{0190c1a57b1e70008000000000000000}"])
def test_who_is_not_there_is_404(world: World, user_id: str) -> None:
    admin = world.member("admin@example.com", role="admin")
    assert world.patch(f"/admin/users/{user_id}", {"suspended": True}, token=admin.access).status == 404


# --- the first administrator ----------------------------------------------------------------------------------------


def test_the_operator_makes_the_first_administrator(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    member = world.member()
    assert make_admin.main(["ADA@example.com"]) == 0
    assert "ada@example.com is an administrator" in capsys.readouterr().out
    assert world.get("/admin/users", token=member.access).status == 200


def test_the_operator_is_told_what_is_wrong(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert make_admin.main(["nobody@example.com"]) == 1
    assert make_admin.main(["nobody"]) == 1
    assert make_admin.main([]) == 2
    told = capsys.readouterr().err
    assert "Nobody has registered with nobody@example.com" in told
    assert "usage" in told


def test_on_aws_it_is_an_invocation(world: World) -> None:
    member = world.member()
    assert make_admin.handler({"email": "ada@example.com"}, None) == {"admin": "ada@example.com"}
    assert world.get("/admin/users", token=member.access).status == 200


def _socket_of_a_camera(owner_id: UUID | str) -> str:
    """An open socket of something that is this person's."""
    with db.transaction() as tx:
        subject = ids.new_id()
        auth.issue_opaque(tx, "device", subject, owner_id=UUID(str(owner_id)))
        tx.execute(
            "INSERT INTO realtime_connections (id, caller_kind, caller_id) VALUES ('camera', 'device', %s)", (subject,)
        )
    return "camera"
