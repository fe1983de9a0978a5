"""Wire models of accounts."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts import fields
from darkroom.http import Answer, Body, Page

Role = Literal["user", "admin"]


class Registration(Body):
    email: fields.Email
    password: fields.NewPassword
    name: fields.PersonName


class SignIn(Body):
    """`username` is the e-mail address."""

    username: fields.Username
    password: fields.GivenPassword


class RefreshToken(Body):
    refresh_token: fields.OpaqueToken


class PasswordResetRequest(Body):
    email: fields.Email


class PasswordReset(Body):
    """`token` is that of the mail's link."""

    token: fields.OpaqueToken
    password: fields.NewPassword


class EmailConfirmation(Body):
    """`token` is that of the mail's link."""

    token: fields.OpaqueToken


class ProfileChange(Body):
    """What is left out stays as it is."""

    name: fields.PersonName | None = None


class PhoneChange(Body):
    phone: fields.PhoneNumber


class PhoneConfirmation(Body):
    """`code` came by SMS."""

    code: fields.PhoneCode


class PushKeys(Body):
    p256dh: fields.PushKey
    auth: fields.PushKey


class NewPushSubscription(Body):
    """What a browser's PushSubscription says of itself."""

    endpoint: fields.PushEndpoint
    keys: PushKeys
    expirationTime: float | None = None  # noqa: N815 - the browser's name; it is always null in practice


class PushEndpoint(Body):
    endpoint: fields.PushEndpoint


class AccountChange(Body):
    """By an administrator. What is left out stays as it is."""

    suspended: bool | None = None
    role: Role | None = None


class Tokens(Answer):
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the scheme's name
    expires_in: int


class User(Answer):
    """A person, as they see themselves."""

    id: UUID
    email: str
    name: str
    role: Role
    email_confirmed: bool
    phone: str | None
    created_at: datetime


class AdministeredUser(User):
    """A person, as administrators see them."""

    suspended: bool


class Stats(Answer):
    photos: int
    captures: int
    schedules: int
    active_schedules: int
    albums: int
    datasets: int
    models: int
    events: int
    balance_cents: int
    available_credits_cents: int
    earned_today_cents: int
    storage_bytes: int
    currency: str


class LedgerEntry(Answer):
    id: UUID
    kind: Literal["capture", "hold", "release", "restoration", "refund", "adjustment"]
    amount_cents: int
    balance_after_cents: int
    currency: str
    reference: str
    reason: str | None
    created_at: datetime


class Earnings(Page[LedgerEntry]):
    """`balance_cents` is what was earned so far, `available_credits_cents` what can be spent."""

    balance_cents: int
    available_credits_cents: int
    currency: str


class Phone(Answer):
    phone: str
    confirmed: bool
    code_expires_at: datetime | None


class PushSubscription(Answer):
    id: UUID
    endpoint: str
    created_at: datetime


class Deletion(Answer):
    """`kept` says in words what stays."""

    kept: str
