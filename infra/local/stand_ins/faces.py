"""SageMaker's runtime for the face endpoint: InvokeEndpoint, answered by the container's own entry point.

Functions reach it through AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME, because the emulator has no SageMaker. Nothing is made up
here: what looks at the photo is the process that SageMaker would run (infra/local/face_service.py).
"""

import json
from http import HTTPStatus
from typing import Any

from infra.local import loopback
from infra.local.face_service import FaceService, FacesNotHere
from infra.local.stand_ins.framework import Call, Reply, StandIn, Surroundings

ENDPOINT = "darkroom-local-faces"
_BODY_MAX = 25_000_000  # SageMaker's own limit
_TIMEOUT_SECONDS = 60
_PASSED_ON = ("content-type", "accept")


def stand_in(surroundings: Surroundings) -> StandIn:
    return Faces(FaceService(surroundings.home.logs / "faces.log"))


class Faces(StandIn):
    """One endpoint."""

    service = "faces"

    def __init__(self, behind: FaceService) -> None:
        self._behind = behind

    async def answer(self, call: Call) -> Reply:
        if call.method != "POST" or call.path != f"/endpoints/{ENDPOINT}/invocations":
            return _failure("ValidationError", HTTPStatus.BAD_REQUEST, f"there is only the endpoint {ENDPOINT}")
        if len(call.body) > _BODY_MAX:
            return _failure("ValidationError", HTTPStatus.BAD_REQUEST, f"a body has at most {_BODY_MAX:,} bytes")
        try:
            async with self._behind.address() as address:
                return await self._invoke(call, address)
        except FacesNotHere as failure:
            return _failure("ServiceUnavailable", HTTPStatus.SERVICE_UNAVAILABLE, str(failure))

    async def run(self) -> None:
        await self._behind.run()

    def status(self) -> dict[str, Any]:
        return {"endpoint": ENDPOINT, "running": self._behind.is_running}

    async def _invoke(self, call: Call, address: str) -> Reply:
        import httpx  # slow to import

        headers = {name: call.headers[name] for name in _PASSED_ON if name in call.headers}
        try:
            async with loopback.client(timeout=_TIMEOUT_SECONDS) as client:
                answer = await client.post(f"{address}/invocations", content=call.body, headers=headers)
        except httpx.TimeoutException:
            return _model_error(HTTPStatus.INTERNAL_SERVER_ERROR, "the container did not answer in time")
        except httpx.HTTPError as failure:  # it has died; the next try finds another
            return _failure("ServiceUnavailable", HTTPStatus.SERVICE_UNAVAILABLE, f"the container ended: {failure!r}")
        if not answer.is_success:
            return _model_error(answer.status_code, answer.text)
        return Reply(HTTPStatus.OK, answer.content, answer.headers.get("content-type", "application/json"))


def _model_error(status: int, message: str) -> Reply:
    """What the container refused, as SageMaker tells it."""
    about = {"OriginalStatusCode": int(status), "OriginalMessage": message, "LogStreamArn": ""}
    return _failure("ModelError", HTTPStatus.FAILED_DEPENDENCY, f"Received {status} from the model", **about)


def _failure(kind: str, status: int, message: str, **more: object) -> Reply:
    body = json.dumps({"Message": message, **more}).encode()
    return Reply(status, body, headers=(("x-amzn-errortype", kind),))
