"""The WebSocket API: $connect, $disconnect and every frame ($default), in one small Lambda.

Plain functions on API Gateway's own events: no web framework is imported, because a frame needs none and a page waits
for its first one. Every answer to a frame goes through the management API like the events that follow it, so that
`subscribed` reaches the page before what it replays.
"""

from typing import Any

from darkroom import db, log, realtime, snapstart
from darkroom.errors import InternalError, Problem, Unauthorized
from darkroom.worker import FIRST_PAUSE_SECONDS
from realtime import delivery, frames, queries, service
from realtime.gateway import Gateway, Outcome

Event = dict[str, Any]
Answer = dict[str, Any]

_OK: Answer = {"statusCode": 200}


def handler(event: Event, _: Any) -> Answer:
    request = event["requestContext"]
    with log.context(request_id=request.get("requestId"), connection_id=request["connectionId"]):
        match request["routeKey"]:
            case "$connect":
                return _connect(event, request["connectionId"])
            case "$disconnect":
                with db.transaction() as tx:
                    queries.disconnect(tx, [request["connectionId"]])
                return _OK
            case _:
                return _frame(event, request["connectionId"])


def _connect(event: Event, connection_id: str) -> Answer:
    """API Gateway turns any status but 2xx into a refused handshake."""
    try:
        with db.transaction() as tx:
            ticket = (event.get("queryStringParameters") or {}).get("ticket")
            if ticket:
                service.connect_with_ticket(tx, connection_id, ticket)
            else:
                from darkroom import auth

                caller = auth.identify(tx, _bearer(event))
                service.connect(tx, connection_id, caller.kind, caller.id, caller.session_id)
    except Problem as problem:
        log.info("realtime.refused", status=problem.status)
        return {"statusCode": problem.status, "body": problem.detail}
    except Exception as failure:  # noqa: BLE001 - the handshake is answered, whatever happened
        log.exception("realtime.connect_failed", failure)
        return {"statusCode": 500}
    log.info("realtime.connected")
    return _OK


def _bearer(event: Event) -> str:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    scheme, _, token = (headers.get("authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized
    return token.strip()


def _frame(event: Event, connection_id: str) -> Answer:
    """Obey one frame. Whatever is wrong with it is answered by a frame; the socket stays open, unless its sign-in has
    ended."""
    gateway = Gateway.current()
    topic: str | None = None
    try:
        request = frames.parse(event.get("body"), is_binary=bool(event.get("isBase64Encoded")))
        topic = request.topic
        match request.action:
            case "subscribe":
                _subscribe(gateway, connection_id, request)
            case "unsubscribe":
                with db.transaction() as tx:
                    service.unsubscribe(tx, connection_id, request.topic)
            case _:
                _answer(gateway, connection_id, frames.pong())
    except Problem as problem:
        spoken_of = problem.topic if isinstance(problem, frames.MalformedFrame) else topic
        _answer(gateway, connection_id, frames.error(problem, spoken_of))
        if isinstance(problem, Unauthorized):
            gateway.close(connection_id)
    except Exception as failure:  # noqa: BLE001 - answered as what it is: ours
        log.exception("realtime.frame_failed", failure)
        _answer(gateway, connection_id, frames.error(InternalError(), topic))
    return _OK


def _subscribe(gateway: Gateway, connection_id: str, request: frames.Request) -> None:
    with db.transaction() as tx:
        stand = service.subscribe(tx, connection_id, request.topic, request.since)
    _answer(gateway, connection_id, frames.subscribed(request.topic, stand.last_sent))
    with db.transaction() as tx:
        mark = (connection_id, stand.last_sent)
        queries.settle(tx, request.topic, [mark], stand.leased_until, rest_seconds=0)
    try:
        delivery.deliver(gateway, request.topic)
    except delivery.Undelivered as late:
        log.warning("realtime.replay_late", topic=request.topic, reason=str(late))
        with db.transaction() as tx:
            realtime.wake(tx, request.topic, delay=FIRST_PAUSE_SECONDS)


def _answer(gateway: Gateway, connection_id: str, frame: bytes) -> None:
    posted = gateway.post(connection_id, [frame])
    if posted.outcome is Outcome.GONE:
        with db.transaction() as tx:
            queries.disconnect(tx, [connection_id])


snapstart.prepare("darkroom.auth")
