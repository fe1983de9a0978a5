"""Requests: what is refused and how, what an error looks like, and in which order things are looked at."""

import json
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, Query
from fastapi.openapi.models import HTTPBearer
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from darkroom import errors, log
from darkroom.http import Answer, Body, Guard, Id, Page, PageQuery, caller_address, create_app, lambda_handler, router
from darkroom.settings import settings
from tests.api import Answer as Got
from tests.api import Api, event

routes = router()


class Thing(Body):
    name: str = Field(min_length=1, max_length=20)
    size: float = 1.0
    count: int = 1
    lit: bool = False
    part_of: Id | None = None
    tags: list[str] = []
    extra: dict[str, Any] = {}


class Seen(Answer):
    name: str


class _Doorkeeper(Guard):
    """Lets in whoever says please."""

    def __init__(self) -> None:
        self.model = HTTPBearer()
        self.scheme_name = "please"

    def admit(self, request: Request) -> str:
        if request.headers.get("authorization") != "Bearer please":
            raise errors.Unauthorized
        return "welcome"


Please = Annotated[str, Depends(_Doorkeeper())]


@routes.post("/things", status_code=201)
async def make(thing: Thing) -> Seen:
    return Seen(name=thing.name)


@routes.post("/guarded/{thing_id}")
async def guarded(welcome: Please, thing_id: Id, thing: Thing) -> Seen:
    return Seen(name=welcome)


@routes.get("/things")
async def things(page: PageQuery) -> Page[int]:
    return Page(items=list(range(page.limit))[:3], next_cursor=page.cursor)


@routes.get("/things/{thing_id}")
async def thing(thing_id: Id) -> Seen:
    return Seen(name=str(thing_id))


@routes.delete("/things/{thing_id}", status_code=204)
async def remove(thing_id: Id) -> None:
    return None


@routes.get("/search")
async def search(text: Annotated[str, Query(max_length=10)]) -> Seen:
    return Seen(name=text)


@routes.get("/fail/{how}")
async def fail(how: str, request: Request) -> Response:
    if how == "problem":
        raise errors.Conflict("It is taken.", type="urn:taken", extra={"by": "you"})
    if how == "bug":
        raise RuntimeError("the password is hunter2")
    if how == "stream":
        return StreamingResponse(iter([b"x"]))
    if how == "returned":
        return JSONResponse({"odd": True}, 418)
    return Response(b"x" * int(how), media_type="text/plain")


@routes.get("/address")
async def address(request: Request) -> Seen:
    return Seen(name=caller_address(request))


@routes.get("/bound")
async def bound() -> dict[str, Any]:
    return {name: log.bound(name) for name in ("request_id", "correlation_id", "route")}


app = create_app("test", [routes])


@pytest.fixture
def api() -> Api:
    return Api(lambda_handler(app))


def problem(answer: Got, status: int) -> dict[str, Any]:
    """The document of an answer that must be a problem."""
    assert answer.status == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "request_id"} <= set(document)
    assert document["status"] == status
    assert document["request_id"] == answer.headers["x-request-id"]
    return document


# --- what is right ----------------------------------------------------------------------------------------------------


def test_a_good_request_is_answered(api: Api) -> None:
    answer = api.post("/things", {"name": "lamp"})
    assert (answer.status, answer.json()) == (201, {"name": "lamp"})
    assert answer.headers["x-request-id"]


def test_nothing_is_said_with_204(api: Api) -> None:
    answer = api.delete("/things/018f0000-0000-7000-8000-000000000000")
    assert (answer.status, answer.body) == (204, b"")
    assert "content-type" not in answer.headers


def test_types_are_taken_as_the_document_says(api: Api) -> None:
    part_of = "018f0000-0000-7000-8000-000000000000"
    assert api.post("/things", {"name": "x", "size": 2, "count": 5, "lit": True, "part_of": part_of}).status == 201


@pytest.mark.parametrize("path", ["/things", "/things/", "/things//"])
def test_a_trailing_slash_changes_nothing(api: Api, path: str) -> None:
    answer = api.get(path)
    assert answer.status == 200
    assert answer.json()["items"] == [0, 1, 2]


def test_a_missing_content_type_is_taken_as_json(api: Api) -> None:
    answer = api.post("/things", content=b'{"name": "x"}', headers={"content-type": ""})
    assert answer.status == 201


# --- what is not ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"nonsense",
        b"null",
        b"[]",
        b"1",
        b'"text"',
        b"{}",
        b'{"name": 5}',
        b'{"name": null}',
        b'{"name": ""}',
        b'{"name": "' + b"x" * 21 + b'"}',
        b'{"name": ["x"]}',
        b'{"name": "x", "size": "big"}',
        b'{"name": "x", "size": "1.5"}',
        b'{"name": "x", "size": true}',
        b'{"name": "x", "count": "5"}',
        b'{"name": "x", "count": 5.0}',
        b'{"name": "x", "count": true}',
        b'{"name": "x", "lit": 1}',
        b'{"name": "x", "lit": "true"}',
        b'{"name": "x", "part_of": 1}',
        b'{"name": "x", "part_of": "018f0000000070008000000000000000"}',
        b'{"name": "x", "size": NaN}',
        b'{"name": "x", "size": Infinity}',
        b'{"name": "x", "size": -Infinity}',
        b'{"name": "x", "size": 1e999}',
        b'{"name": "x", "extra": {"deep": NaN}}',
        b'{"name": "x", "tags": "a"}',
        b'{"name": "x", "tags": ["' + b"x" * 10_001 + b'"]}',
        b'{"name": "x", "unknown": 1}',
        b'{"name": "a\\u0000b"}',
        b'{"name": "x", "extra": {"a": ["\\u0000"]}}',
        b'{"name": "x", "extra": {"\\u0000": 1}}',
        b'{"name": "\\ud800"}',
        b'{"name": "x", "\\ud800": 1}',
        b'{"name": "x", "extra": {"a": ["\\uDFFF"]}}',
        b'{"name": "x", "extra": {"a": 9223372036854775808}}',
        b"\xff\xfe",
        b'{"name": "\xff"}',
        b"[" * 100_000,
        b'{"name": "x", "size": ' + b"9" * 5_000 + b"}",
    ],
)
def test_a_bad_body_is_a_400(api: Api, content: bytes) -> None:
    problem(api.post("/things", content=content), 400)


def test_a_backslash_before_u0000_is_only_text(api: Api) -> None:
    assert api.post("/things", {"name": "a\\u0000b"}).status == 201


def test_escapes_that_are_text_are_taken(api: Api) -> None:
    answer = api.post("/things", content=b'{"name": "\\ud83d\\udcf7 \\u00e4", "extra": {"n": -9223372036854775807}}')
    assert answer.json() == {"name": "📷 ä"}


def test_answers_are_not_kept_by_others_and_not_guessed_at(api: Api) -> None:
    for answer in (api.get("/things"), api.get("/nothing"), api.post("/things", content=b"{")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_each_field_is_named_with_its_reason_and_never_with_its_value(api: Api) -> None:
    answer = api.post("/things", {"name": "s3cret" * 10, "size": "s3cret", "tags": [1], "unknown": "s3cret"})
    named = {error["field"]: error["message"] for error in problem(answer, 400)["errors"]}
    assert set(named) == {"name", "size", "tags.0", "unknown"}
    assert named["unknown"] == "This field is not known here."
    assert "s3cret" not in answer.text


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    ).map(lambda value: json.dumps(value).encode())
)
def test_no_body_is_a_500(api: Api, content: bytes) -> None:
    assert api.post("/things", content=content).status in {201, 400}


@pytest.mark.parametrize(
    "made",
    [
        "1",
        "me",
        "018f0000-0000-7000-8000-00000000000g",
        "018f0000000070008000000000000000",
        "{018f0000-0000-7000-8000-000000000000}",
        "urn:uuid:018f0000-0000-7000-8000-000000000000",
        "%00",
        "a" * 3_000,
        "%F0%9F%93%B7",
    ],
)
def test_a_malformed_id_names_nothing(api: Api, made: str) -> None:
    problem(api.get(f"/things/{made}"), 404)


def test_unknown_paths_and_methods_are_problems_too(api: Api) -> None:
    problem(api.get("/nothing"), 404)
    problem(api.get("/"), 404)
    answer = api.patch("/things", {})
    problem(answer, 405)
    assert answer.headers["allow"] == "GET, POST"
    problem(api.call("HEAD", "/things/018f0000-0000-7000-8000-000000000000"), 405)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=1.5", "cursor=" + "x" * 501])
def test_a_bad_page_is_a_400(api: Api, query: str) -> None:
    assert problem(api.get("/things", query=query), 400)["errors"][0]["field"] in {"limit", "cursor"}


@pytest.mark.parametrize("query", ["text=%00", "text=a%00b", "", "text=" + "x" * 11])
def test_a_bad_query_is_a_400(api: Api, query: str) -> None:
    problem(api.get("/search", query=query), 400)


def test_another_media_type_is_a_415(api: Api) -> None:
    for media_type in ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        problem(api.post("/things", content=b"name=x", headers={"content-type": media_type}), 415)
    assert api.post("/things", content=b'{"name":"x"}', headers={"content-type": "application/ld+json"}).status == 201


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[1, 2]", "This should be an object."),
        (b'{"name": "x", "size": 100000000000000000000}', "This is not valid JSON: A number has more than 64 bits."),
        (b'{"name": "x", "size": NaN}', "This is not valid JSON: NaN is no number."),
        (b'{"name": ', "This is not valid JSON: Expecting value."),
    ],
)
def test_what_is_wrong_with_a_body_is_said_in_words(api: Api, content: bytes, reason: str) -> None:
    (error,) = api.post("/things", content=content).json()["errors"]
    assert error["message"] == reason


def test_a_request_too_large_is_a_413(api: Api, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REQUEST_BYTES_MAX", "100")
    settings.cache_clear()
    problem(api.post("/things", {"name": "x" * 100}), 413)
    problem(api.post("/things", {"name": "x"}, headers={"content-length": "101"}), 413)
    assert api.post("/things", {"name": "x"}, headers={"content-length": "many"}).status == 201


# --- who is let in, before anything else ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "content", "headers"),
    [
        ("/guarded/x", b"{", {}),
        ("/guarded/018f0000-0000-7000-8000-000000000000", b"{bad", {}),
        ("/guarded/018f0000-0000-7000-8000-000000000000", b"{}", {"content-length": "7000000"}),
        ("/guarded/018f0000-0000-7000-8000-000000000000", b"{}", {"content-type": "text/plain"}),
        ("/guarded/018f0000-0000-7000-8000-000000000000", b"{}", {"idempotency-key": " "}),
    ],
)
def test_a_stranger_is_401_whatever_was_sent(api: Api, path: str, content: bytes, headers: dict[str, str]) -> None:
    answer = api.post(path, content=content, headers=headers)
    problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_who_is_let_in_gets_what_the_guard_answered(api: Api) -> None:
    path = "/guarded/018f0000-0000-7000-8000-000000000000"
    assert api.post(path, {"name": "x"}, token="please").json() == {"name": "welcome"}
    problem(api.post(path, content=b"{bad", token="please"), 400)
    problem(api.post("/guarded/x", {"name": "x"}, token="please"), 404)


def test_routes_that_are_not_ours_are_refused_when_the_app_is_made() -> None:
    plain = APIRouter()

    @plain.get("/x")
    async def x() -> None: ...

    with pytest.raises(TypeError, match="/x"):
        create_app("test", [plain])


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_a_problem_is_answered_as_it_is(api: Api) -> None:
    document = problem(api.get("/fail/problem"), 409)
    assert (document["type"], document["detail"], document["by"]) == ("urn:taken", "It is taken.", "you")


def test_a_bug_is_a_500_that_tells_nothing_and_a_log_line_that_tells_all(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = api.get("/fail/bug")
    document = problem(answer, 500)
    assert "hunter2" not in answer.text
    assert "RuntimeError" not in answer.text
    line, answered = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert line["request_id"] == answered["request_id"] == document["request_id"]
    assert (line["error"], line["message"]) == ("RuntimeError", "the password is hunter2")


def test_each_answer_is_a_log_line(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    api.get("/things/", query="cursor=s3cret", headers={"x-correlation-id": "order-7"})
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (line["event"], line["route"], line["status"]) == ("http.answered", "GET /api/v1/things", 200)
    assert line["correlation_id"] == "order-7"
    assert line["milliseconds"] >= 0
    assert "s3cret" not in json.dumps(line)


def test_an_answer_over_4_mb_is_a_500_and_logged(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    assert api.get("/fail/4000000").status == 200
    problem(api.get("/fail/4000001"), 500)
    assert "http.answer_too_large" in capsys.readouterr().err


def test_a_stream_cannot_be_answered(api: Api) -> None:
    problem(api.get("/fail/stream"), 500)


def test_an_error_that_was_returned_is_answered(api: Api) -> None:
    assert api.get("/fail/returned").status == 418


# --- who it is from ---------------------------------------------------------------------------------------------------


EDGE = {"x-edge-secret": "test-edge-secret"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "198.51.100.7"),
        ({"x-forwarded-for": "203.0.113.9"}, "198.51.100.7"),
        ({"cloudfront-viewer-address": "203.0.113.9:4711"}, "198.51.100.7"),
        ({"cloudfront-viewer-address": "203.0.113.9:4711", "x-edge-secret": "guess"}, "198.51.100.7"),
        ({"cloudfront-viewer-address": "203.0.113.9:4711", "x-edge-secret": ""}, "198.51.100.7"),
        ({"cloudfront-viewer-address": "203.0.113.9:4711", **EDGE}, "203.0.113.9"),
        ({"cloudfront-viewer-address": "2001:db8:0::1:4711", **EDGE}, "2001:db8::1"),
        ({"cloudfront-viewer-address": "[2001:db8::1]:4711", **EDGE}, "2001:db8::1"),
        ({"cloudfront-viewer-address": "nonsense", **EDGE}, "198.51.100.7"),
        (EDGE, "198.51.100.7"),
    ],
)
def test_the_address_is_what_the_edge_attests(api: Api, headers: dict[str, str], expected: str) -> None:
    assert api.get("/address", headers=headers).json() == {"name": expected}


def test_without_an_edge_secret_no_header_is_believed(api: Api, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SECRETS_JSON", '{"edge_secret": ""}')
    settings.cache_clear()
    headers = {"cloudfront-viewer-address": "203.0.113.9:4711", "x-edge-secret": ""}
    assert api.get("/address", headers=headers).json() == {"name": "198.51.100.7"}


# --- ids of a request -------------------------------------------------------------------------------------------------


def test_the_request_keeps_the_gateways_id_and_the_callers_correlation_id(api: Api) -> None:
    request = event("GET", "/api/v1/bound", headers={"x-correlation-id": "order-7"})
    seen = json.loads(api.handler(request, None)["body"])
    assert seen == {
        "request_id": request["requestContext"]["requestId"],
        "correlation_id": "order-7",
        "route": "GET /api/v1/bound",
    }


@pytest.mark.parametrize("sent", ["", "two\nlines", "x" * 101, "<script>"])
def test_a_correlation_id_that_is_none_is_replaced(api: Api, sent: str) -> None:
    seen = api.get("/bound", headers={"x-correlation-id": sent}).json()
    assert seen["correlation_id"] == seen["request_id"]


# --- the document -----------------------------------------------------------------------------------------------------


def test_the_document_shows_400_and_problems_and_never_422() -> None:
    document = app.openapi()
    assert document["openapi"].startswith("3.1")
    assert "422" not in json.dumps(document)
    assert "ValidationError" not in json.dumps(document)
    operation = document["paths"]["/api/v1/guarded/{thing_id}"]["post"]
    for status in ("400", "401", "default"):
        schema = operation["responses"][status]["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}
    assert operation["security"] == [{"please": []}]
    assert "Idempotency-Key" in [parameter["name"] for parameter in operation["parameters"]]
    assert "401" not in document["paths"]["/api/v1/things"]["post"]["responses"]
    assert app.openapi() is document
