"""An order as its customer sees it, and what its owner has ordered so far."""

from starlette.requests import Request

from darkroom.address import caller_address
from darkroom.auth import AnyCaller, SignedIn
from darkroom.http import Id, PageQuery, TxDep, router
from restorations import shaping
from restorations.schemas.orders import (
    DownloadLink,
    DownloadRequest,
    LookupAccepted,
    LookupRequest,
    Order,
    OrderList,
)
from restorations.service import downloads, lookup, orders

routes = router("/orders", tags=["restorations"])


@routes.get("", operation_id="listOrders", summary="Your orders, newest first (user)")
async def list_orders(tx: TxDep, user: SignedIn, page: PageQuery) -> OrderList:
    found, following = orders.listed(tx, user.id, page)
    return OrderList(items=[shaping.summary(row) for row in found], next_cursor=following)


@routes.post(
    "/lookup",
    status_code=202,
    operation_id="lookUpOrders",
    summary="Have the links of an address's orders mailed to it",
    responses={429: {"description": "Too many requests"}},
)
async def look_up(tx: TxDep, request: Request, body: LookupRequest) -> LookupAccepted:
    lookup.send_links(tx, caller_address(request), body.email)
    return LookupAccepted(status="accepted")


@routes.get("/{order_id}", operation_id="getOrder", summary="An order (its token, its owner, an admin)")
async def get_order(tx: TxDep, caller: AnyCaller, order_id: Id) -> Order:
    return shaping.order(*orders.opened(tx, caller, order_id))


@routes.post(
    "/{order_id}/downloads",
    status_code=201,
    operation_id="createDownload",
    summary="A link that downloads one photo, or a ZIP (its token, its owner)",
    responses={
        403: {"description": "The order's payment is disputed"},
        409: {"description": "The order is not completed"},
    },
)
async def create_download(
    tx: TxDep, caller: AnyCaller, order_id: Id, body: DownloadRequest | None = None
) -> DownloadLink:
    chosen = body.image_ids if body else None
    return DownloadLink.model_validate(downloads.create(tx, caller, order_id, chosen))
