"""Base models of the wire: what comes in is strict, what goes out is what the model says."""

import re
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, Strict

from darkroom import ids
from darkroom.line import one_line
from darkroom.pagination import CURSOR_MAX, LIMIT_DEFAULT, LIMIT_MAX, PageRequest

Item = TypeVar("Item")

STRING_MAX = 10_000


def _as_id(value: Any) -> Any:
    return ids.parse_id(value) if isinstance(value, str) else value


Id = Annotated[UUID, BeforeValidator(_as_id)]
"""An id in a path or a body, in its canonical form alone. In a path anything else is a 404, in a body a 400."""


_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.IGNORECASE)


def _as_moment(value: Any) -> Any:
    if isinstance(value, str) and not _RFC3339.fullmatch(value):
        raise ValueError("This is not a time as RFC 3339 writes it, like 2027-01-31T09:00:00Z.")
    if not isinstance(value, str | datetime):
        raise ValueError("A time is a text, like 2027-01-31T09:00:00Z.")  # noqa: TRY004 - pydantic's own way
    return value


Moment = Annotated[AwareDatetime, Strict(False), BeforeValidator(_as_moment)]
"""A time in a body or a query, in RFC 3339's words alone: pydantic by itself takes numbers and much else for one."""


Line = Annotated[str, AfterValidator(one_line)]
"""A text of one line, for people to read."""


class Body(BaseModel):
    """A request's body: unknown fields are refused, types are what the document says (no "5" and no true for 5),
    numbers are finite, and no string is longer than STRING_MAX (fields say their own, lower bound).

    JSON has no ids and no times: such a field is an `Id` or a `Moment`."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, str_max_length=STRING_MAX, frozen=True)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


MAY_BE_LEFT_OUT = Field(json_schema_extra=_without_default)
"""Marks a field of a PATCH that is not null and may be missing; its default is never looked at (`model_fields_set`), so
the document shows none."""


class Answer(BaseModel):
    """An answer's body. Built from rows too (`from_attributes`). Its validator is built when it is first answered:
    a cold start builds one of them and not all."""

    model_config = ConfigDict(from_attributes=True, extra="ignore", defer_build=True)


class Page(Answer, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None


class JobAccepted(Answer):
    """A job that has been accepted: ask `status_url`, or listen to the topic `job:{job_id}`."""

    job_id: UUID
    status: Literal["pending", "processing", "completed", "failed"]
    status_url: str


async def _page_query(
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=CURSOR_MAX)] = None,
) -> PageRequest:
    return PageRequest(limit=limit, cursor=cursor)


PageQuery = Annotated[PageRequest, Depends(_page_query)]
"""`?limit=&cursor=` of a list: a route takes `page: PageQuery` and gets a PageRequest."""
