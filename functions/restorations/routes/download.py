"""A download link, for whoever has it."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from darkroom.http import router
from restorations.service import fetching

routes = router("/download", tags=["restorations"])

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
        302: {"description": "Where the file is, for a while"},
        403: {"description": "The link is not valid, has expired, or was used as often as it may be"},
    },
)
async def download(request: Request, token: str) -> Response:
    found = fetching.fetch(token)
    if isinstance(found, int):
        later = {"Retry-After": str(found), "Refresh": str(found)}
        is_person = "text/html" in request.headers.get("accept", "")
        return HTMLResponse(_PATIENCE, 202, later) if is_person else Response(status_code=202, headers=later)
    return Response(status_code=302, headers={"Location": found})
