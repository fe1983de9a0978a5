"""Routes of people who are not signed in yet: registering, signing in, and the links of mails."""

from fastapi import Request, Response

from accounts import schemas
from accounts.service import password_reset, registration, sessions
from darkroom.auth import SignedIn
from darkroom.http import TxDep, caller_address, router

routes = router("/auth", tags=["auth"])


@routes.post(
    "/register",
    status_code=201,
    operation_id="registerAccount",
    summary="Make an account (anyone)",
    responses={409: {"description": "The address has an account already"}},
)
async def register(tx: TxDep, request: Request, body: schemas.Registration) -> schemas.User:
    person = registration.register(tx, body.email, body.password, body.name, caller_address(request))
    return schemas.User.model_validate(person)


@routes.post(
    "/login",
    operation_id="signIn",
    summary="Sign in with e-mail address and password (anyone)",
    responses={
        401: {"description": "Wrong address or password; which, is not said"},
        403: {"description": "The account is suspended"},
        429: {"description": "Too many failures, for this account or from this address"},
    },
)
async def sign_in(tx: TxDep, request: Request, body: schemas.SignIn) -> schemas.Tokens:
    issued = sessions.sign_in(tx, body.username, body.password, caller_address(request))
    return schemas.Tokens.model_validate(issued)


@routes.post(
    "/refresh",
    operation_id="refreshSession",
    summary="Exchange a refresh token for new tokens (whoever holds it); a second use ends the session",
    responses={401: {"description": "Unknown, spent or expired; a spent one has just ended its session"}},
)
async def refresh(tx: TxDep, body: schemas.RefreshToken) -> schemas.Tokens:
    return schemas.Tokens.model_validate(sessions.refresh(tx, body.refresh_token))


@routes.post(
    "/logout",
    status_code=204,
    operation_id="signOut",
    summary="End the session of a refresh token (whoever holds it)",
)
async def sign_out(tx: TxDep, body: schemas.RefreshToken) -> None:
    sessions.sign_out(tx, body.refresh_token)


@routes.post(
    "/password-reset",
    status_code=202,
    response_class=Response,
    operation_id="requestPasswordReset",
    summary="Have a link to set a new password mailed (anyone); the answer is always the same",
)
async def request_password_reset(tx: TxDep, request: Request, body: schemas.PasswordResetRequest) -> None:
    password_reset.request(tx, body.email, caller_address(request))


@routes.post(
    "/password-reset/confirm",
    status_code=204,
    operation_id="confirmPasswordReset",
    summary="Set a new password by the mail's link (whoever holds it); ends every session",
    responses={429: {"description": "Too many links that were not valid, from this address"}},
)
async def confirm_password_reset(tx: TxDep, request: Request, body: schemas.PasswordReset) -> None:
    password_reset.confirm(tx, body.token, body.password, caller_address(request))


@routes.post(
    "/confirm-email",
    status_code=204,
    operation_id="confirmEmail",
    summary="Confirm an e-mail address by the mail's link (whoever holds it)",
)
async def confirm_email(tx: TxDep, body: schemas.EmailConfirmation) -> None:
    registration.confirm_email(tx, body.token)


@routes.post(
    "/confirm-email/resend",
    status_code=202,
    response_class=Response,
    operation_id="resendEmailConfirmation",
    summary="Have the link to confirm the address mailed once more (user)",
    responses={409: {"description": "The address is confirmed already"}, 429: {"description": "Too many mails"}},
)
async def send_confirmation_again(tx: TxDep, user: SignedIn) -> None:
    registration.send_confirmation_again(tx, user.id)
