"""Problems: every one makes an RFC 9457 document, and says nothing it was not told to say."""

import pytest

from darkroom import errors
from darkroom.errors import FieldError, Problem


def kinds(base: type[Problem] = Problem) -> list[type[Problem]]:
    return [
        kind
        for child in base.__subclasses__()
        if child.__module__ == errors.__name__
        for kind in [child, *kinds(child)]
    ]


@pytest.mark.parametrize("kind", kinds())
def test_every_problem_has_a_document(kind: type[Problem]) -> None:
    problem = kind()
    document = problem.document("the-request")
    assert list(document) == ["type", "title", "status", "detail", "request_id"]
    assert document["status"] == kind.status
    assert document["request_id"] == "the-request"
    assert document["title"]
    assert document["detail"]


def test_fields_and_further_members_are_added() -> None:
    problem = errors.BadRequest("No.", fields=[FieldError("size", "too big")], extra={"limit": 5, "status": 1})
    document = problem.document("r")
    assert document["errors"] == [{"field": "size", "message": "too big"}]
    assert document["limit"] == 5
    assert document["status"] == 400


def test_headers_of_some() -> None:
    assert errors.Unauthorized().headers == {"WWW-Authenticate": "Bearer"}
    assert errors.TooMany(retry_after=7).headers == {"Retry-After": "7"}
    assert errors.TooMany(retry_after=0).retry_after == 1
    assert errors.Conflict(headers={"Retry-After": "1"}).headers == {"Retry-After": "1"}
