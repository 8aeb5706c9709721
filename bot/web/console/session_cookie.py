"""The cookie that holds a session's token: no script reads it, no other site sends it along."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

NAME: Final = "ingat_session"


def put(response: Response, request: Request, public_url: str | None, token: str) -> None:
    """Have the browser keep a session's token until it is closed, or the session over."""
    response.set_cookie(
        NAME,
        token,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_secure(request, public_url),
    )


def drop(response: Response) -> None:
    """Have the browser forget the token."""
    response.delete_cookie(NAME, path="/", httponly=True, samesite="lax")


def _is_secure(request: Request, public_url: str | None) -> bool:
    """Return whether the browser speaks https, if need be to a proxy that does not say so.

    Office PCs may reach the same service by plain http in the house: they get a usable cookie.
    """
    if request.url.scheme == "https":
        return True
    public = urlsplit(public_url or "")
    return public.scheme == "https" and public.hostname == request.url.hostname
