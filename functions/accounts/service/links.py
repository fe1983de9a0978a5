"""Links into the web app that a mail carries. The token comes last."""

from darkroom.settings import settings


def page_link(path: str, token: str | None = None) -> str:
    page = settings().web_origin + path
    return page if token is None else f"{page}?token={token}"
