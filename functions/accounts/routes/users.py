"""Routes of a signed-in person about themselves."""

from accounts import schemas
from accounts.service import deletion, exports, phone, profile, push_subscriptions
from darkroom import db, jobs
from darkroom.auth import SignedIn
from darkroom.http import Id, JobAccepted, PageQuery, TxDep, router
from darkroom.ledger import CURRENCY

routes = router("/users/me", tags=["users"])


@routes.get("", operation_id="getMe", summary="Your profile (user)")
async def get_me(tx: TxDep, user: SignedIn) -> schemas.User:
    return schemas.User.model_validate(profile.get(tx, user.id))


@routes.patch("", operation_id="updateMe", summary="Change your name (user)")
async def update_me(tx: TxDep, user: SignedIn, body: schemas.ProfileChange) -> schemas.User:
    return schemas.User.model_validate(profile.rename(tx, user.id, body.name))


@routes.delete(
    "",
    operation_id="deleteMe",
    summary="Delete your account, photos, face templates and tokens (user); says what is kept",
)
async def delete_me(tx: TxDep, user: SignedIn) -> schemas.Deletion:
    return schemas.Deletion(kept=deletion.delete(tx, user.id))


@routes.get("/stats", operation_id="getMyStats", summary="Everything the dashboard shows (user)")
async def get_stats(tx: TxDep, user: SignedIn) -> schemas.Stats:
    return schemas.Stats(**profile.dashboard(tx, user.id)._asdict(), currency=CURRENCY)


@routes.get("/earnings", operation_id="getMyEarnings", summary="Your balances and the entries behind them (user)")
async def get_earnings(tx: TxDep, user: SignedIn, page: PageQuery) -> schemas.Earnings:
    balances, entries, next_cursor = profile.earnings(tx, user.id, page)
    return schemas.Earnings(
        balance_cents=balances.balance_cents,
        available_credits_cents=balances.available_credits_cents,
        currency=CURRENCY,
        items=[schemas.LedgerEntry.model_validate(entry) for entry in entries],
        next_cursor=next_cursor,
    )


@routes.get(
    "/export",
    status_code=202,
    operation_id="exportMe",
    summary="Have everything you have made into a ZIP (user): a job, the one under way where there is one",
    responses={429: {"description": "Too many exports"}},
)
async def export_me(user: SignedIn) -> JobAccepted:
    with db.transaction() as tx:  # a GET that writes: committed here, before the answer
        job = exports.start(tx, user.id)
    return JobAccepted.model_validate(jobs.accepted(job))


@routes.put(
    "/phone",
    operation_id="setMyPhone",
    summary="Have a code sent to your new phone number (user)",
    responses={429: {"description": "Too many codes"}},
)
async def set_phone(tx: TxDep, user: SignedIn, body: schemas.PhoneChange) -> schemas.Phone:
    return schemas.Phone.model_validate(phone.set_number(tx, user.id, body.phone))


@routes.post("/phone/confirm", operation_id="confirmMyPhone", summary="Give the code that came by SMS (user)")
async def confirm_phone(tx: TxDep, user: SignedIn, body: schemas.PhoneConfirmation) -> schemas.Phone:
    return schemas.Phone.model_validate(phone.confirm_number(tx, user.id, body.code))


@routes.delete("/phone", status_code=204, operation_id="removeMyPhone", summary="Forget your phone number (user)")
async def remove_phone(tx: TxDep, user: SignedIn) -> None:
    phone.remove_number(tx, user.id)


@routes.post(
    "/push-subscriptions",
    status_code=201,
    operation_id="addPushSubscription",
    summary="Send push messages to this browser (user)",
)
async def add_push_subscription(
    tx: TxDep, user: SignedIn, body: schemas.NewPushSubscription
) -> schemas.PushSubscription:
    saved = push_subscriptions.add(tx, user.id, body.endpoint, body.keys.p256dh, body.keys.auth)
    return schemas.PushSubscription.model_validate(saved)


@routes.delete(
    "/push-subscriptions",
    status_code=204,
    operation_id="removePushSubscription",
    summary="Send no more push messages to this browser, which knows its endpoint alone (user)",
)
async def remove_push_subscription(tx: TxDep, user: SignedIn, body: schemas.PushEndpoint) -> None:
    push_subscriptions.remove(tx, user.id, endpoint=body.endpoint)


@routes.delete(
    "/push-subscriptions/{subscription_id}",
    status_code=204,
    operation_id="removePushSubscriptionById",
    summary="Send no more push messages to one of your browsers (user)",
)
async def remove_push_subscription_by_id(tx: TxDep, user: SignedIn, subscription_id: Id) -> None:
    push_subscriptions.remove(tx, user.id, subscription_id=subscription_id)
