"""POST /realtime/tickets."""

from darkroom.auth import AnyCaller
from darkroom.http import TxDep, router
from realtime import service
from realtime.schemas import Ticket

routes = router("/realtime")


@routes.post(
    "/tickets",
    status_code=201,
    operation_id="createRealtimeTicket",
    summary="A ticket that opens one WebSocket (any caller)",
)
async def create_ticket(tx: TxDep, caller: AnyCaller) -> Ticket:
    ticket = service.issue_ticket(tx, caller.kind, caller.id, caller.session_id)
    return Ticket(ticket=ticket, expires_in=service.TICKET_SECONDS)
