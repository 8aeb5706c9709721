"""`/simulator`: the training room's page, where all phones are simulated; there only.

Who may use it. It acts for everybody: it writes as any officer and disposes as Kominfo, without a
login, because in a training everybody plays every part. So it answers the machine it runs on (the
laptop at the projector), or with SIMULATOR_OPEN=1 its local network, and is 404 for everybody else
as if it were not there. A page on the internet must not reach it through the trainer's browser
either:

- the Host must be an address or `localhost`: a name that somebody else may point here (DNS
  rebinding) is none;
- what came through a proxy is not from here, whatever its sender's address, and an installation
  that has a public address has no training room at all;
- whatever changes something must come from the page itself: its Origin, a header that no form and
  no other site's script can set without being asked, and JSON.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from importlib.resources import files
from ipaddress import ip_address
from typing import Any, Final, get_args
from urllib.parse import urlsplit

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from bot.compose import Installation
from bot.rule_files import RuleFileError
from bot.training import Leap, Room, TrainingError
from bot.web import simulator_view
from scheduler.complaint import RefusedError
from scheduler.runner import fault

log = logging.getLogger(__name__)

PATH: Final = "/simulator"
OWN_HEADER: Final = "x-ingat-simulator"
MAX_BODY: Final = 32 * 1024

_ASSETS: Final = {
    "": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
}
_PROXIED: Final = (
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def add(app: FastAPI, opened: Installation) -> None:
    """Put the training page into the application, where phones are simulated and nobody's else."""
    if opened.settings.gateway != "simulator" or _is_public(opened.settings.public_url):
        return
    desk = _Desk(Room(opened), is_open=opened.settings.simulator_open)
    for path, (name, kind) in _ASSETS.items():
        app.add_api_route(PATH + path, desk.asset(name, kind), methods=["GET"])
    app.add_api_route(f"{PATH}/state", desk.state, methods=["GET"])
    for name, act in desk.acts.items():
        app.add_api_route(f"{PATH}/{name}", desk.change(act), methods=["POST"])


def _is_public(url: str | None) -> bool:
    host = urlsplit(url).hostname if url else None
    return host is not None and not _near(host, is_open=False)


def _near(host: str, *, is_open: bool) -> bool:
    """Whether a host is this machine, or (`is_open`) one of the local network, by its address."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or (is_open and address.is_private and not address.is_unspecified)


class _Desk:
    """Answers the page's requests, one room behind all of them."""

    def __init__(self, room: Room, *, is_open: bool) -> None:
        self._room = room
        self._is_open = is_open
        self.acts: dict[str, Callable[[dict[str, Any]], None]] = {
            "say": self._say,
            "clock": self._clock,
            "verify": lambda said: room.verify(_text(said, "number")),
            "dispose": lambda said: room.dispose(_text(said, "number"), _whole(said, "unit")),
            "example": lambda _: room.load_example(),
        }

    # --- what is asked for --------------------------------------------------------------------

    def _say(self, said: dict[str, Any]) -> None:
        place = said.get("place") is True
        self._room.say(_text(said, "phone"), _text(said, "text"), place=place)

    def _clock(self, said: dict[str, Any]) -> None:
        leap = said.get("leap")
        for known in get_args(Leap):
            if leap == known:
                self._room.start(known)
                return
        raise _SenselessError

    # --- how it is answered -------------------------------------------------------------------

    def asset(self, name: str, kind: str) -> Callable[..., Any]:
        """Return the endpoint of one shipped file."""
        content = files("bot.web").joinpath("simulator", name).read_bytes()

        async def endpoint(request: Request) -> Response:
            self._check(request)
            return Response(content, headers={**_HEADERS, "Content-Type": kind})

        return endpoint

    async def state(self, request: Request) -> Response:
        """Answer with everything the page shows."""
        self._check(request)
        asked = request.query_params.get("unit", "")
        unit = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else None
        return await self._answer(lambda: simulator_view.state(self._room, unit))

    def change(self, act: Callable[[dict[str, Any]], None]) -> Callable[..., Any]:
        """Return the endpoint that does one thing in the room."""

        async def endpoint(request: Request) -> Response:
            self._check(request)
            _check_own(request)
            said = await _read(request)

            def done() -> dict[str, Any]:
                act(said)
                return {}

            return await self._answer(done)

        return endpoint

    async def _answer(self, work: Callable[[], dict[str, Any]]) -> Response:
        try:
            return _json(await asyncio.to_thread(work))
        except (TrainingError, RefusedError) as refused:
            text = str(refused)
            return _json({"message": text[:1].upper() + text[1:]}, 409)
        except _SenselessError:
            return _json({"message": "Permintaan tidak dikenal."}, 400)
        except RuleFileError:
            log.warning("simulator_rules_unusable")
            return _json({"message": "Berkas aturan tidak dapat dipakai."}, 503)
        except Exception as error:  # noqa: BLE001 - the room stays open
            log.error("simulator_failed %s", fault(error))  # noqa: TRY400 - no values
            return _json({"message": "Terjadi kesalahan; lihat log layanan."}, 500)

    def _check(self, request: Request) -> None:
        """Let nobody in but who is near; anybody else learns nothing."""
        client, hosts = request.client, request.headers.getlist("host")
        named = _hostname(hosts[0]) if len(hosts) == 1 else None
        if (
            client is None
            or named is None
            or not _near(client.host, is_open=self._is_open)
            or not _near(named, is_open=self._is_open)
            or any(header in request.headers for header in _PROXIED)
        ):
            raise HTTPException(404)


class _SenselessError(Exception):
    """The request is none that the page makes."""


def _hostname(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _check_own(request: Request) -> None:
    """Refuse what did not come from the page itself."""
    origin = f"{request.url.scheme}://{request.headers['host']}"
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (
        request.headers.getlist("origin") != [origin]
        or OWN_HEADER not in request.headers
        or kind != "application/json"
    ):
        raise HTTPException(403)


async def _read(request: Request) -> dict[str, Any]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(413)
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(said, dict):
        raise HTTPException(400)
    return said


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str):
        raise _SenselessError
    return value.encode(errors="replace").decode()  # half a character is no text


def _whole(said: dict[str, Any], name: str) -> int:
    value = said.get(name)
    if not isinstance(value, int) or not 0 <= value < 2**31:
        raise _SenselessError
    return value


def _json(document: dict[str, Any], code: int = 200) -> Response:
    return JSONResponse(document, code, headers=_HEADERS)
