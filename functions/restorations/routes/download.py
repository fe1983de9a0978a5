"""A download link, for whoever has it."""

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from darkroom.http import router
from restorations.service import fetching

routes = router("/download", tags=["restorations"])

Token = Annotated[str, Path(max_length=2_000)]


@routes.get(
    "/{token}",
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
async def download(token: Token) -> Response:
    found = fetching.fetch(token)
    if isinstance(found, int):
        return Response(status_code=202, headers={"Retry-After": str(found)})
    return Response(status_code=302, headers={"Location": found})
