"""Replicate: predictions that go through the real service's states and really restore the photo, on the CPU.

Only the stack's own token opens it. Photos come as data URI, uploaded file or address on this machine; results are at
an address that asks for no token and lives for an hour, as there. Special faults are kept for the next prediction that
is asked for; a look at another one does not use them up. What it consists of is in infra/local/predictions.
"""

import asyncio
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from infra.local.predictions import models
from infra.local.predictions.documents import moment, new_id, shown
from infra.local.predictions.models import BadInput, Model
from infra.local.predictions.multipart import file_of
from infra.local.predictions.post import EVENTS, UNFILTERED, Post, is_here
from infra.local.predictions.runs import Runs
from infra.local.predictions.store import Prediction, Store
from infra.local.stand_ins.framework import Call, Reply, StandIn, Surroundings, json_reply

_PREDICTIONS = re.compile(r"/v1/predictions(?:/(?P<id>\w+)(?P<cancel>/cancel)?)?")
_MODELS = re.compile(
    r"/v1/models(?:/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)(?P<rest>/predictions|/versions(?:/(?P<version>\w+))?)?)?"
)
_FILES = re.compile(r"/v1/files(?:/(?P<id>\w+))?")
_DELIVERY = re.compile(r"/delivery/(?P<id>\w+)/(?P<secret>[\w-]+)/output\.jpg")
_PREFER = re.compile(r"wait(?:=(?P<seconds>\d+))?")
_WAIT_MOST = 60
_SHOWN = 100
_NOT_FOUND = "The requested resource could not be found."


class _Refused(Exception):
    """What the service answers with an error."""

    def __init__(self, status: HTTPStatus, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.document = {"title": title, "detail": detail, "status": int(status)}


def stand_in(surroundings: Surroundings) -> StandIn:
    return Replicate(surroundings)


class Replicate(StandIn):
    """The part of Replicate's API that restoring uses."""

    service = "replicate"

    def __init__(self, surroundings: Surroundings) -> None:
        self._token = surroundings.keys.get("replicate_api_token", "")
        self._secret = surroundings.keys.get("replicate_webhook_secret", "")
        self._address = surroundings.address(self.service)
        self._store = Store(surroundings.home.root / "replicate")
        self._post = Post(self._store, self._secret, self._address)
        self._runs = Runs(self._store, self._post, self._address)

    def close(self) -> None:
        self._store.close()

    def status(self) -> dict[str, Any]:
        newest = self._store.newest(_SHOWN)
        return {"predictions": [{"id": one.id, "model": one.model, "status": one.status} for one in newest]}

    def acts_out(self, call: Call) -> bool:
        asks = call.path == "/v1/predictions" or (call.path.startswith("/v1/models/") and "/predictions" in call.path)
        return call.method == "POST" and asks

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._runs.run())
            tasks.create_task(self._post.run())

    async def answer(self, call: Call) -> Reply:
        try:
            if call.method == "GET" and (found := _DELIVERY.fullmatch(call.path)):
                return await asyncio.to_thread(self._deliver, self._store.find(found["id"]), found["secret"])
            self._admit(call)
            return await self._admitted(call)
        except _Refused as refused:
            return json_reply(refused.document, refused.status)

    def _admit(self, call: Call) -> None:
        given = call.headers.get("authorization", "").removeprefix("Bearer ")
        if not self._token or not hmac.compare_digest(given.encode(), self._token.encode()):
            detail = "You did not pass a valid authentication token"
            raise _Refused(HTTPStatus.UNAUTHORIZED, "Unauthenticated", detail)

    async def _admitted(self, call: Call) -> Reply:
        if found := _PREDICTIONS.fullmatch(call.path):
            return await self._predictions(call, found["id"], cancel=bool(found["cancel"]))
        if found := _FILES.fullmatch(call.path):
            return self._files(call, found["id"])
        if found := _MODELS.fullmatch(call.path):
            return await self._models(call, found)
        if call.method == "GET" and call.path == "/v1/account":
            return json_reply({"type": "organization", "username": "darkroom", "name": "Darkroom", "github_url": None})
        if call.method == "GET" and call.path == "/v1/webhooks/default/secret":
            return json_reply({"key": self._secret})
        raise _Refused(HTTPStatus.NOT_FOUND, "Not found", _NOT_FOUND)

    async def _predictions(self, call: Call, prediction_id: str | None, *, cancel: bool) -> Reply:
        if prediction_id is None and call.method == "POST":
            document = _document(call)
            model = models.by_version(str(document.get("version", "")))
            if model is None:
                detail = "The specified version does not exist (or perhaps you don't have permission to use it?)"
                raise _Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid version or not permitted", detail)
            return await self._create(call, document, model)
        if prediction_id is None and call.method == "GET":
            results = [shown(one, self._address) for one in self._store.newest(_SHOWN)]
            return json_reply({"previous": None, "next": None, "results": results})
        prediction = self._store.find(prediction_id or "")
        if prediction is None or call.method != ("POST" if cancel else "GET"):
            raise _Refused(HTTPStatus.NOT_FOUND, "Not found", _NOT_FOUND)
        if cancel and not prediction.has_ended:
            await self._runs.cancel(prediction)
            prediction = self._store.find(prediction.id) or prediction
        return json_reply(shown(prediction, self._address))

    async def _models(self, call: Call, found: re.Match[str]) -> Reply:
        if found["owner"] is None:
            if call.method != "GET":
                raise _Refused(HTTPStatus.NOT_FOUND, "Not found", _NOT_FOUND)
            every = [model.document() for model in models.all_models()]
            return json_reply({"previous": None, "next": None, "results": every})
        model = models.find(found["owner"], found["name"])
        rest = found["rest"] or ""
        if model is None or (call.method != ("POST" if rest == "/predictions" else "GET")):
            raise _Refused(HTTPStatus.NOT_FOUND, "Not found", _NOT_FOUND)
        if rest == "/predictions":
            return await self._create(call, _document(call), model)
        if rest == "/versions":
            return json_reply({"previous": None, "next": None, "results": [model.version_document()]})
        if found["version"] not in {None, model.version}:
            raise _Refused(HTTPStatus.NOT_FOUND, "Not found", _NOT_FOUND)
        return json_reply(model.version_document() if found["version"] else model.document())

    async def _create(self, call: Call, document: Mapping[str, Any], model: Model) -> Reply:
        given = document.get("input")
        try:
            if not isinstance(given, dict):
                raise BadInput("- input is required")  # noqa: TRY301 - one way out of every bad input
            wishes = model.wishes(given)
        except BadInput as bad:
            raise _Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "Input validation failed", str(bad)) from None
        webhook, events = _webhook(document)
        prediction = Prediction(
            id=new_id(),
            model=model.full_name,
            version=model.version,
            input=given,
            image=given[model.image],
            secret=secrets.token_urlsafe(16),
            fidelity=wishes.fidelity,
            upscale=wishes.upscale,
            webhook=webhook,
            events=events,
            fault=call.fault,
        )
        self._store.add(prediction)
        self._runs.wake()
        if prefer := _PREFER.fullmatch(call.headers.get("prefer", "")):
            await self._runs.wait(prediction.id, min(_WAIT_MOST, int(prefer["seconds"] or _WAIT_MOST)))
            prediction = self._store.find(prediction.id) or prediction
        return json_reply(shown(prediction, self._address), HTTPStatus.CREATED)

    def _deliver(self, prediction: Prediction | None, secret: str) -> Reply:
        """A result. The service's own store of results answers so too: by address alone, for an hour."""
        if prediction and prediction.output and hmac.compare_digest(secret, prediction.secret):
            try:
                content = self._store.output_of(prediction.id).read_bytes()
            except OSError:
                content = b""
            if content:
                return Reply(HTTPStatus.OK, content, "image/jpeg")
        return Reply(HTTPStatus.NOT_FOUND, b"", "text/plain")

    def _files(self, call: Call, file_id: str | None) -> Reply:
        if file_id is None and call.method == "POST":
            return json_reply(self._upload(call), HTTPStatus.CREATED)
        if file_id is None and call.method == "GET":
            return json_reply({"previous": None, "next": None, "results": self._store.all_files()})
        if file_id and call.method == "DELETE" and self._store.delete_file(file_id):
            return Reply(HTTPStatus.NO_CONTENT)
        document = self._store.find_file(file_id) if file_id and call.method == "GET" else None
        if document is None:
            raise _Refused(HTTPStatus.NOT_FOUND, "Not found", _NOT_FOUND)
        return json_reply(document)

    def _upload(self, call: Call) -> dict[str, Any]:
        file = file_of(call.headers.get("content-type", ""), call.body)
        if file is None:
            raise _Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid upload", "Missing content")
        file_id, now, digest = new_id(), time.time(), hashlib.sha256(file.content).hexdigest()
        document = {
            "id": file_id,
            "name": file.name,
            "content_type": file.content_type,
            "size": len(file.content),
            "etag": digest[:32],
            "checksums": {"sha256": digest},
            "metadata": {},
            "created_at": moment(now),
            "expires_at": moment(now + 24 * 3600),
            "urls": {"get": f"{self._address}/v1/files/{file_id}"},
        }
        self._store.add_file(file_id, file.content, document)
        return document


def _document(call: Call) -> dict[str, Any]:
    try:
        document = call.json()
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise _Refused(HTTPStatus.BAD_REQUEST, "Bad request", "The request body is not valid JSON")
    return document


def _webhook(document: Mapping[str, Any]) -> tuple[str | None, list[str]]:
    """Where to tell of it, and of what."""
    url, events = document.get("webhook"), document.get("webhook_events_filter") or list(UNFILTERED)
    if url is not None and not (isinstance(url, str) and is_here(url)):
        detail = "- webhook: this stand-in sends webhooks to this machine only"
        raise _Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "Input validation failed", detail)
    if not isinstance(events, list) or not set(map(str, events)) <= set(EVENTS):
        detail = f"- webhook_events_filter: must be among {', '.join(EVENTS)}"
        raise _Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "Input validation failed", detail)
    return url, [str(event) for event in events]
