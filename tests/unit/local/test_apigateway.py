"""The HTTP API as API Gateway has it: routes, events in payload format 2.0, answers."""

import base64
import json
from typing import Any

import pytest

from infra.local.apigateway import Answer, BadAnswer, Request, Route, RouteTable, answer, event

KEYS = [
    "GET /api/v1/health",
    "ANY /api/v1/users/{proxy+}",
    "ANY /api/v1/users/me/photos/{proxy+}",
    "GET /api/v1/users/{id}",
    "POST /api/v1/users/{id}",
    "ANY /api/v1/users",
    "$default",
]


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("GET", "/api/v1/health", "GET /api/v1/health"),
        ("POST", "/api/v1/health", "$default"),
        ("GET", "/api/v1/users", "ANY /api/v1/users"),
        ("GET", "/api/v1/users/", "ANY /api/v1/users"),
        ("GET", "/api/v1/users/7", "GET /api/v1/users/{id}"),
        ("DELETE", "/api/v1/users/7", "ANY /api/v1/users/{proxy+}"),
        ("GET", "/api/v1/users/7/photos", "ANY /api/v1/users/{proxy+}"),
        ("GET", "/api/v1/users/me/photos/9", "ANY /api/v1/users/me/photos/{proxy+}"),
        ("GET", "/elsewhere", "$default"),
    ],
)
def test_the_most_specific_route_is_chosen(method: str, path: str, key: str) -> None:
    matched = RouteTable(Route(key, "f") for key in KEYS).match(method, path)
    assert matched is not None
    assert matched[0].key == key


def test_without_a_default_an_unknown_path_matches_nothing() -> None:
    assert RouteTable([Route("GET /a", "f")]).match("GET", "/b") is None


def _event(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "method": "POST",
        "path": "/api/v1/users/a%20b",
        "query": "tag=x&tag=y&empty=",
        "headers": [("Host", "h"), ("X-Many", "1"), ("X-Many", "2"), ("Cookie", "a=1; b=2")],
        "body": b"",
        "source_ip": "127.0.0.9",
    } | changes
    found: dict[str, Any] = json.loads(event(Request(**values), Route("ANY /x", "f"), {"id": "a b"}, "api", "request"))
    return found


def test_an_event_carries_what_format_2_carries() -> None:
    made = _event()
    assert made["version"] == "2.0"
    assert made["rawPath"] == "/api/v1/users/a b"
    assert made["headers"]["x-many"] == "1,2"
    assert "cookie" not in made["headers"]
    assert made["cookies"] == ["a=1", "b=2"]
    assert made["queryStringParameters"] == {"tag": "x,y", "empty": ""}
    assert made["pathParameters"] == {"id": "a b"}
    assert made["requestContext"]["http"]["sourceIp"] == "127.0.0.9"
    assert made["requestContext"]["requestId"] == "request"
    assert "body" not in made


@pytest.mark.parametrize(
    ("content_type", "body", "encoded"),
    [
        ("application/json", '{"é": 1}'.encode(), False),
        ("application/problem+json", b"{}", False),
        ("text/plain; charset=utf-8", b"words", False),
        ("", b"words", False),
        ("application/json", b"\xff\xfe", True),
        ("image/jpeg", b"words", True),
        ("multipart/form-data; boundary=x", b"--x--", True),
    ],
)
def test_only_text_travels_as_text(content_type: str, body: bytes, encoded: bool) -> None:
    made = _event(body=body, headers=[("content-type", content_type)])
    assert made["isBase64Encoded"] is encoded
    received = base64.b64decode(made["body"]) if encoded else made["body"].encode()
    assert received == body


def test_an_answer_keeps_cookies_apart_and_bytes_whole() -> None:
    body = base64.b64encode(b"\x00\x01").decode()
    result = {"statusCode": 201, "headers": {"X-A": 1}, "cookies": ["a=1", "b=2"], "body": body}
    result["isBase64Encoded"] = True
    made = answer(json.dumps(result).encode())
    assert made.status == 201
    assert [value for name, value in made.headers if name == "set-cookie"] == ["a=1", "b=2"]
    assert ("x-a", "1") in made.headers
    assert made.body == b"\x00\x01"


def test_a_result_without_a_status_is_the_body() -> None:
    assert answer(b'{"hello": 1}') == Answer(200, [("content-type", "application/json")], b'{"hello": 1}')


def test_a_function_cannot_set_the_length() -> None:
    made = answer(json.dumps({"statusCode": 200, "headers": {"Content-Length": "999"}, "body": "a"}).encode())
    assert "content-length" not in dict(made.headers)


@pytest.mark.parametrize("result", [{"statusCode": "many"}, {"statusCode": 200, "headers": 7}])
def test_what_cannot_be_sent_is_refused(result: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        answer(json.dumps(result).encode())
