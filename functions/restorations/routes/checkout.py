"""Paying and giving back: what needs the payment provider's kit."""

from starlette.requests import Request

from darkroom.address import caller_address
from darkroom.auth import Admin, MaybeSignedIn
from darkroom.http import Id, PageQuery, TxDep, router
from restorations import shaping
from restorations.schemas.orders import Checkout, CheckoutRequest, Order, OrderList, PaymentStatus, RefundRequest
from restorations.service import administration, checkout

routes = router(tags=["restorations"])

_NO_ADMIN = {"description": "Not an administrator"}


@routes.post(
    "/checkout",
    operation_id="checkOut",
    summary="Order what an upload session holds, and where to pay for it",
    responses={
        401: {"description": "The session's token or the person's own is none, or credits without a person"},
        402: {"description": "Too few credits"},
        404: {"description": "The token is another session's"},
        409: {"description": "A file is still being looked into, or the session is paid already"},
        410: {"description": "The session has expired"},
        429: {"description": "Too many checkouts"},
        502: {"description": "The payment provider cannot be reached"},
    },
)
async def check_out(tx: TxDep, request: Request, user: MaybeSignedIn, body: CheckoutRequest) -> Checkout:
    wish = checkout.Wish(
        session_id=body.session_id,
        session_token=body.session_token,
        email=body.email,
        fidelity=body.options.fidelity,
        colorize=body.options.colorize,
        upscale=body.options.upscale,
        pay_with=body.pay_with,
    )
    return Checkout.model_validate(checkout.check_out(tx, wish, user.id if user else None, caller_address(request)))


@routes.post(
    "/orders/{order_id}/refund",
    operation_id="refundOrder",
    summary="Give the price of some photos back, or of all (admin); repeating it changes nothing",
    responses={403: _NO_ADMIN, 409: {"description": "Nothing was paid, or a bank disputes the payment"}},
)
async def refund_order(tx: TxDep, admin: Admin, order_id: Id, body: RefundRequest) -> Order:
    return shaping.order(*administration.refund(tx, order_id, body.image_ids, body.reason))


@routes.post(
    "/orders/{order_id}/accept",
    operation_id="acceptPayment",
    summary="Begin an order whose payment was held although the amount differs (admin)",
    responses={403: _NO_ADMIN, 409: {"description": "No payment is held"}},
)
async def accept_payment(tx: TxDep, admin: Admin, order_id: Id) -> Order:
    return shaping.order(*administration.accept(tx, order_id))


@routes.get(
    "/admin/orders",
    operation_id="listAllOrders",
    summary="Everybody's orders, newest first (admin)",
    responses={403: _NO_ADMIN},
)
async def list_all_orders(
    tx: TxDep, admin: Admin, page: PageQuery, payment_status: PaymentStatus | None = None
) -> OrderList:
    found, following = administration.listed(tx, payment_status, page)
    return OrderList(items=[shaping.summary(row) for row in found], next_cursor=following)
