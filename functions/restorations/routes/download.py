"""A download link, for whoever has it: people, who come from a mail by their browser, and programs."""

from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from darkroom.errors import Forbidden, Unavailable
from darkroom.http import router
from darkroom.settings import settings
from restorations.service import fetching

routes = router("/download", tags=["restorations"])

# What became of a link, in words and with a way on (a page of the web app).
_EXPLAINED: Final = "/restore/link"

# For people who come from a mail. It asks again by itself, as it is told by the Refresh header.
_PATIENCE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Packing your photos</title>
<body style="font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem">
<h1 style="font-size:1.5rem">Packing your photos</h1>
<p>Your download begins here by itself, in a moment. Keep this page open.</p>
"""


@routes.get(
    "/{token:path}",
    status_code=302,
    operation_id="download",
    summary="The file behind a link (anyone who has it)",
    response_class=Response,
    responses={
        202: {"description": "The ZIP is being built: ask again after Retry-After seconds"},
        302: {"description": "Where the file is, for a while; a browser is led to a page that says why there is none"},
        403: {"description": "The link is not valid, has expired, or was used as often as it may be"},
        503: {"description": "The ZIP could not be built"},
    },
)
async def download(request: Request, token: str) -> Response:
    is_person = _prefers_a_page(request.headers.get("accept", ""))
    try:
        found = fetching.fetch(token)
    except (Forbidden, Unavailable) as refused:
        if not is_person:
            raise
        why = "?packing" if isinstance(refused, Unavailable) else ""
        return Response(status_code=302, headers={"Location": f"{settings().web_origin}{_EXPLAINED}{why}"})
    if isinstance(found, int):
        later = {"Retry-After": str(found), "Refresh": str(found)}
        return HTMLResponse(_PATIENCE, 202, later) if is_person else Response(status_code=202, headers=later)
    return Response(status_code=302, headers={"Location": found})


def _prefers_a_page(accept: str) -> bool:
    """Whether text/html is named, and no kind of JSON is wanted as much."""
    wanted: dict[str, float] = {}
    for each in accept.lower().split(","):
        kind, *params = (part.strip() for part in each.split(";"))
        given = [param.removeprefix("q=") for param in params if param.startswith("q=")]
        try:
            wanted[kind] = float(given[0]) if given else 1.0
        except ValueError:
            wanted[kind] = 0.0
    json = max(wanted.get(kind, 0.0) for kind in ("application/json", "application/problem+json"))
    return wanted.get("text/html", 0.0) > json
