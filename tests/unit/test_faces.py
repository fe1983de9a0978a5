"""The face port: what an endpoint may answer, and what its failures are called."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from darkroom import clients, faces
from darkroom.faces import Comparison, Embedding, Faces, FacesUnavailable, OtherModel, SageMakerFaces, UnreadablePhoto
from tests.fakes.faces import FakeFaces, face

ALIKE = {"likeness": 0.7, "same": True, "faces": [1, 2], "model": faces.MODEL}


def found(**changes: Any) -> dict[str, Any]:
    return {"box": [0.1, 0.2, 0.3, 0.4], "confidence": 0.9, "embedding": [1.0] + [0.0] * 127} | changes


def seen(*each: dict[str, Any], model: str = faces.MODEL) -> bytes:
    return json.dumps({"faces": each, "model": model}).encode()


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
    runtime = answering(seen(found(confidence=0.5), found(confidence=0.9)))
    both = SageMakerFaces("faces-dev").find(b"photo")
    assert [each.confidence for each in both] == [0.9, 0.5]
    assert both[0].embedding.model == faces.MODEL
    assert (runtime.asked["EndpointName"], runtime.asked["Body"]) == ("faces-dev", b"photo")


def test_no_face_is_no_error(answering: Any) -> None:
    answering(seen())
    assert SageMakerFaces("faces-dev").find(b"photo") == []


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        json.dumps({"faces": 7, "model": faces.MODEL}).encode(),
        json.dumps({"faces": []}).encode(),
        seen(found(), model="another/1"),
        seen(found(box=[1, 2, 3])),
        seen(found(embedding=[1.0])),
        seen(found(confidence=float("nan"))),
        seen(found(confidence=None)),
    ],
)
def test_nonsense_is_a_passing_failure(answering: Any, answer: bytes) -> None:
    answering(answer)
    with pytest.raises(FacesUnavailable):
        SageMakerFaces("faces-dev").find(b"photo")


def test_two_photos_are_compared_where_the_model_is(answering: Any) -> None:
    runtime = answering(json.dumps(ALIKE).encode())
    assert SageMakerFaces("faces-dev").compare(b"one", b"other") == Comparison(0.7, True, (1, 2))
    assert json.loads(runtime.asked["Body"]) == {"one": "b25l", "other": "b3RoZXI="}
    assert runtime.asked["ContentType"] == "application/json"


@pytest.mark.parametrize("faces_in", [(0, 0), (0, 2)])
def test_without_a_face_there_is_nothing_to_say(answering: Any, faces_in: tuple[int, int]) -> None:
    answering(json.dumps(ALIKE | {"likeness": None, "same": None, "faces": faces_in}).encode())
    assert SageMakerFaces("faces-dev").compare(b"one", b"other") == Comparison(None, None, faces_in)


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "another/1"},
        {"likeness": 1.5},
        {"likeness": float("nan")},
        {"likeness": None},
        {"likeness": "much"},
        {"same": "yes"},
        {"same": []},
        {"faces": [1]},
        {"faces": [0, 1]},
        {"faces": [0, 1], "likeness": None},
    ],
)
def test_a_nonsensical_comparison_is_a_passing_failure(answering: Any, changes: dict[str, Any]) -> None:
    answering(json.dumps(ALIKE | changes).encode())
    with pytest.raises(FacesUnavailable):
        SageMakerFaces("faces-dev").compare(b"one", b"other")


def test_photos_that_the_endpoint_cannot_take_are_not_sent(answering: Any) -> None:
    runtime = answering(b"{}")
    with pytest.raises(UnreadablePhoto):
        SageMakerFaces("faces-dev").find(b"x" * 20_000_001)
    with pytest.raises(UnreadablePhoto):
        SageMakerFaces("faces-dev").compare(b"x" * 9_000_000, b"x" * 9_000_001)
    assert runtime.asked == {}


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
        (
            ClientError({"Error": {"Code": "ModelError"}, "OriginalStatusCode": 429}, "InvokeEndpoint"),  # type: ignore[typeddict-unknown-key]
            FacesUnavailable,
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


def test_embeddings_of_two_models_are_never_compared() -> None:
    with pytest.raises(OtherModel):
        faces.likeness(face(1).embedding, Embedding("another/1", face(1).embedding.values))


@pytest.mark.parametrize(
    ("alike", "same"), [(1.0, True), (0.5, True), (0.49, None), (0.4, None), (0.39, False), (0.0, False)]
)
def test_between_the_thresholds_nobody_can_say(alike: float, same: bool | None) -> None:
    assert faces.is_same(alike) is same


def test_what_tells_a_face_apart_is_not_written_by_accident() -> None:
    assert "1.0" not in repr(face(1).embedding)


def test_the_fake_keeps_to_the_port() -> None:
    fake: Faces = FakeFaces({b"photo": [face(1)], b"pair": [face(2), face(1)], b"sky": []})
    assert fake.find(b"photo")[0].embedding.values[1] == 1.0
    assert fake.compare(b"photo", b"pair") == Comparison(1.0, True, (1, 2))
    assert fake.compare(b"pair", b"photo") == Comparison(0.0, False, (2, 1))
    assert fake.compare(b"sky", b"photo") == Comparison(None, None, (0, 1))
    with pytest.raises(UnreadablePhoto):
        fake.find(b"other")
