"""What administrators may do with other people's accounts."""

from uuid import UUID

from accounts.queries import users
from accounts.queries.users import Person
from accounts.service import sessions
from darkroom import log, realtime
from darkroom.db import Tx
from darkroom.errors import Forbidden, NotFound
from darkroom.pagination import PageRequest


def list_people(
    tx: Tx, page: PageRequest, *, text: str | None, role: str | None, suspended: bool | None
) -> tuple[list[Person], str | None]:
    after = page.after(UUID)
    found = users.search(
        tx, text=text, role=role, suspended=suspended, before=after[0] if after else None, limit=page.fetch
    )
    return page.split(found, lambda person: (person.id,))


def change(tx: Tx, admin_id: UUID, user_id: UUID, *, role: str | None, suspended: bool | None) -> Person:
    """Suspend, let in again, or change the role of somebody else.

    Nobody does it to themselves, and who does it is an administrator still, with both rows locked: so one remains,
    also when two take each other's role away at the same moment. A suspension ends every session; a role counts from
    the next request on, since each looks it up.
    """
    people = users.lock(tx, admin_id, user_id)
    admin, person = people.get(admin_id), people.get(user_id)
    if admin is None or admin.role != "admin" or admin.suspended:
        raise Forbidden
    if person is None:
        raise NotFound
    role = person.role if role is None else role
    suspended = person.suspended if suspended is None else suspended
    if (role, suspended) == (person.role, person.suspended):
        return person
    if admin_id == user_id:
        raise Forbidden("Another administrator has to do this to your account.")
    changed = users.administer(tx, user_id, role=role, suspended=suspended)
    assert changed is not None
    if suspended and not person.suspended:
        sessions.end_all(tx, user_id, "suspended")
        realtime.end_owned(tx, user_id)
    log.info("accounts.administered", by=str(admin_id), user_id=str(user_id), role=role, suspended=suspended)
    return changed


def make_admin(tx: Tx, email: str) -> UUID:
    """The operator's word: the first administrator comes from here."""
    made = users.make_admin(tx, email)
    if made is None:
        raise NotFound(f"Nobody has registered with {email}.")
    log.info("accounts.made_admin", user_id=str(made))
    return made
