"""The face port: what an endpoint may answer, and what its failures are called."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from darkroom import clients, faces
from darkroom.faces import Faces, FacesUnavailable, SageMakerFaces, UnreadablePhoto
from tests.fakes.faces import FakeFaces, face


def found(**changes: Any) -> dict[str, Any]:
    return {"box": [0.1, 0.2, 0.3, 0.4], "confidence": 0.9, "embedding": [1.0] + [0.0] * 511} | changes


class Runtime:
    """SageMaker's runtime client, answering or failing once."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: dict[str, Any] = {}

    def invoke_endpoint(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"Body": io.BytesIO(self.answer)}


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Any:
    def install(answer: Any) -> Runtime:
        runtime = Runtime(answer)
        monkeypatch.setattr(clients, "sagemaker_runtime", lambda: runtime)
        return runtime

    return install


def test_faces_come_with_the_most_certain_first(answering: Any) -> None:
    runtime = answering(json.dumps({"faces": [found(confidence=0.5), found(confidence=0.9)]}).encode())
    seen = SageMakerFaces("faces-dev").find(b"photo")
    assert [each.confidence for each in seen] == [0.9, 0.5]
    assert (runtime.asked["EndpointName"], runtime.asked["Body"]) == ("faces-dev", b"photo")


def test_no_face_is_no_error(answering: Any) -> None:
    answering(b'{"faces": []}')
    assert SageMakerFaces("faces-dev").find(b"photo") == []


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"faces": 7}',
        json.dumps({"faces": [found(box=[1, 2, 3])]}).encode(),
        json.dumps({"faces": [found(embedding=[1.0])]}).encode(),
        json.dumps({"faces": [found(confidence=float("nan"))]}).encode(),
        json.dumps({"faces": [found(confidence=None)]}).encode(),
    ],
)
def test_nonsense_is_a_passing_failure(answering: Any, answer: bytes) -> None:
    answering(answer)
    with pytest.raises(FacesUnavailable):
        SageMakerFaces("faces-dev").find(b"photo")


@pytest.mark.parametrize(
    ("failure", "becomes"),
    [
        (ReadTimeoutError(endpoint_url="https://x"), FacesUnavailable),
        (ConnectTimeoutError(endpoint_url="https://x"), FacesUnavailable),
        (ClientError({"Error": {"Code": "ThrottlingException"}}, "InvokeEndpoint"), FacesUnavailable),
        (
            ClientError({"Error": {"Code": "ModelError"}, "OriginalStatusCode": 500}, "InvokeEndpoint"),  # type: ignore[typeddict-unknown-key]
            FacesUnavailable,
        ),
        (
            ClientError({"Error": {"Code": "ModelError"}, "OriginalStatusCode": 415}, "InvokeEndpoint"),  # type: ignore[typeddict-unknown-key]
            UnreadablePhoto,
        ),
    ],
)
def test_failures_say_whether_they_pass(answering: Any, failure: Exception, becomes: type[Exception]) -> None:
    answering(failure)
    with pytest.raises(becomes):
        SageMakerFaces("faces-dev").find(b"photo")


def test_without_an_endpoint_nobody_can_say() -> None:
    with pytest.raises(FacesUnavailable):
        faces.faces().find(b"photo")


def test_likeness_is_one_for_the_same_face_and_none_for_another() -> None:
    assert faces.likeness(face(1).embedding, face(1).embedding) == pytest.approx(1.0)
    assert faces.likeness(face(1).embedding, face(2).embedding) == 0.0
    assert faces.likeness([0.0] * 512, face(2).embedding) == 0.0
    with pytest.raises(ValueError, match="different models"):
        faces.likeness([1.0], [1.0, 2.0])


def test_the_fake_keeps_to_the_port() -> None:
    fake: Faces = FakeFaces({b"photo": [face(1)]})
    assert fake.find(b"photo")[0].embedding[1] == 1.0
    with pytest.raises(UnreadablePhoto):
        fake.find(b"other")
