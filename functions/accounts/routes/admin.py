"""Routes of administrators about other people."""

from typing import Annotated

from fastapi import Query

from accounts import schemas
from accounts.service import administration
from darkroom.auth import Admin
from darkroom.http import Id, Page, PageQuery, TxDep, router

routes = router("/admin", tags=["admin"])


@routes.get(
    "/users",
    operation_id="listUsers",
    summary="People, newest first, by a part of the address or name, role or suspension (admin)",
    responses={403: {"description": "Not an administrator"}},
)
async def list_users(
    tx: TxDep,
    _: Admin,
    page: PageQuery,
    q: Annotated[str | None, Query(min_length=1, max_length=200, description="A part of the address or name")] = None,
    role: schemas.Role | None = None,
    suspended: bool | None = None,
) -> Page[schemas.AdministeredUser]:
    people, next_cursor = administration.list_people(tx, page, text=q, role=role, suspended=suspended)
    items = [schemas.AdministeredUser.model_validate(person) for person in people]
    return Page(items=items, next_cursor=next_cursor)


@routes.patch(
    "/users/{user_id}",
    operation_id="updateUser",
    summary="Suspend a person, let them in again, or change their role (admin); never one's own",
    responses={403: {"description": "Not an administrator, or one's own account"}, 404: {"description": "Nobody"}},
)
async def update_user(tx: TxDep, admin: Admin, user_id: Id, body: schemas.AccountChange) -> schemas.AdministeredUser:
    changed = administration.change(tx, admin.id, user_id, role=body.role, suspended=body.suspended)
    return schemas.AdministeredUser.model_validate(changed)
