"""Messages from phones: signed, stored durably and answered, against a bare handler.

The bare handler stands on the same server with the same settings and does what cannot be left out:
it parses the form, verifies the signature with the provider's own code, and inserts and commits one
row on a SQLite file with the product's pragmas. Ours is the product: its own checks, a sealed
payload, a sender found blind, one transaction for what waits at the same moment, and what was
stored is read beside the requests. A client in a process of its own keeps 16 connections busy; the
two servers are measured in turn.

Prints one figure a line; exits 1 if a target is missed. Run it from the checkout:
python -m benchmarks.inbound [messages]
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from statistics import median
from time import perf_counter
from urllib.parse import parse_qsl, urlencode

from fastapi import FastAPI, Request, Response

from benchmarks.figures import Target, show, spread
from bot.compose import open_installation
from config.settings import Settings
from config.terms import Channel
from scheduler import clock
from scheduler.inbound import Arrived
from tests.factories import DATA_KEY
from tests.fakes.twilio_book import ACCOUNT, TOKEN
from tests.fakes.twilio_rules import signature

MESSAGES = 2000
PEOPLE = 400
CONNECTIONS = 16
RUNS = 5
LEAST_OF_BARE = 0.7
MOST_P99_MS = 50.0
HEARD = 300

SYLLABLES = ("ba", "ca", "da", "gu", "hi", "ja", "ko", "lu", "mi", "na", "pe", "ra", "si", "tu")

PUBLIC = "https://ingat.example"
PATH = "/twilio/inbound"
OFFICE = "+622150000001"
SPAWN = get_context("spawn")


def settings(database: Path) -> Settings:
    """Return the settings of an installation that talks over Twilio."""
    return Settings(
        database_url=f"sqlite:///{database}",
        data_key=DATA_KEY,
        gateway="twilio",
        public_url=PUBLIC,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_whatsapp_from=OFFICE,
        twilio_api_base_url="http://127.0.0.1:9",
    )


def text(number: int) -> str:
    """Return what the nth message says."""
    chance = random.Random(number)
    words = ("".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(12))
    return f"Di {' '.join(words)} sejak kemarin."


def request(number: int) -> bytes:
    """Return the nth message as it is posted."""
    sid = f"SM{number:032x}"
    fields = {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "Body": text(number),
        "From": f"whatsapp:+62812{number % PEOPLE:08}",
        "MessageSid": sid,
        "MessageType": "text",
        "NumMedia": "0",
        "NumSegments": "1",
        "ProfileName": "Warga",
        "ReferralNumMedia": "0",
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": f"whatsapp:{OFFICE}",
        "WaId": f"62812{number % PEOPLE:08}",
    }
    body = urlencode(fields).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: ingat.example\r\nUser-Agent: TwilioProxy/1.1\r\n"
        "Accept: */*\r\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
        f"X-Twilio-Signature: {signature(TOKEN, PUBLIC + PATH, list(fields.items()))}\r\n"
        f"I-Twilio-Idempotency-Token: {sid}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


# --- the two servers --------------------------------------------------------------------------


def serve_ours(database: Path, pipe: Pipe) -> None:
    """Answer with the product."""
    from bot.web import webhooks
    from bot.web.prompter import Prompter

    opened = open_installation(settings(database))
    with Prompter(lambda going: opened.listen(clock.now(), going)) as prompt:
        app = FastAPI(openapi_url=None, redirect_slashes=False)
        webhooks.add(app, opened, clock.now, prompt)
        _serve(app, pipe)
    opened.close()


def serve_bare(database: Path, pipe: Pipe) -> None:
    """Answer with a handler that only parses, verifies and inserts."""
    from sqlalchemy import Column, LargeBinary, MetaData, String, Table
    from sqlalchemy.dialects.sqlite import insert
    from twilio.request_validator import RequestValidator

    from scheduler.store.session import make_engine, writing

    engine = make_engine(f"sqlite:///{database}")
    metadata = MetaData()
    columns = Column("sid", String(34), primary_key=True), Column("payload", LargeBinary)
    table = Table("bare_messages", metadata, *columns)
    metadata.create_all(engine)
    statement = insert(table).on_conflict_do_nothing()
    validator = RequestValidator(TOKEN)
    app = FastAPI(openapi_url=None, redirect_slashes=False)

    @app.post(PATH)
    async def inbound(request: Request) -> Response:
        body = await request.body()
        params = dict(parse_qsl(body.decode(), keep_blank_values=True))
        signed = request.headers.get("x-twilio-signature", "")
        if not validator.validate(PUBLIC + PATH, params, signed):
            return Response(status_code=403)
        with writing(engine) as connection:
            connection.execute(statement, {"sid": params["MessageSid"], "payload": body})
        return Response("<Response/>", media_type="text/xml")

    _serve(app, pipe)
    engine.dispose()


def _serve(app: object, pipe: Pipe) -> None:
    from bot.web.server import listen, run

    with listen("127.0.0.1", 0) as listening:
        pipe.send(listening.getsockname()[1])
        run(app, listening, nullcontext())  # type: ignore[arg-type]


@contextmanager
def server(serve: Callable[[Path, Pipe], None], database: Path) -> Iterator[int]:
    """Run a server in a process of its own; yields its port."""
    near, far = SPAWN.Pipe()
    process = SPAWN.Process(target=serve, args=(database, far))
    process.start()
    far.close()  # so that its end is seen here
    try:
        yield near.recv()
    finally:
        if process.pid is not None:
            os.kill(process.pid, signal.SIGTERM)
        process.join(20)
        process.kill()


# --- the client -------------------------------------------------------------------------------


class Line(asyncio.Protocol):
    """One keep-alive connection: posts one message after another, each once it was answered."""

    def __init__(self, take: Callable[[], bytes | None], seconds: list[float]) -> None:
        self._take = take
        self._seconds = seconds
        self._answer = b""
        self._begun = 0.0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._post()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().partition(b"content-length: ")[2].split()[0]):
            return
        if not head.startswith(b"HTTP/1.1 200 "):
            self.done.set_exception(RuntimeError(head.decode()))
            return
        self._seconds.append(perf_counter() - self._begun)
        self._post()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError())

    def _post(self) -> None:
        self._answer = b""
        post = self._take()
        if post is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._begun = perf_counter()
        self._transport.write(post)


async def load(port: int, posts: list[bytes]) -> tuple[float, float]:
    """Post everything over all connections; return messages a second, and the p99 in ms."""
    waiting = iter(posts)
    seconds: list[float] = []
    begun = perf_counter()
    loop = asyncio.get_running_loop()
    lines = [
        await loop.create_connection(
            lambda: Line(lambda: next(waiting, None), seconds), "127.0.0.1", port
        )
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(line.done for _, line in lines))
    took = perf_counter() - begun
    assert len(seconds) == len(posts)
    return len(posts) / took, sorted(seconds)[int(len(seconds) * 0.99)] * 1000


def client(port: int, count: int, pipe: Pipe) -> None:
    """Warm a server up, then measure it."""
    posts = [request(number) for number in range(count + 500)]
    with contextlib.suppress(ImportError):
        import uvloop

        uvloop.install()
    asyncio.run(load(port, posts[:500]))
    pipe.send(asyncio.run(load(port, posts[500:])))


def measure(serve: Callable[[Path, Pipe], None], count: int) -> tuple[float, float]:
    """Return messages a second and the p99 in ms of a server on a new database."""
    with tempfile.TemporaryDirectory(prefix="ingat-bench-") as folder:
        database = Path(folder) / "ingat.db"
        if serve is not serve_bare:
            open_installation(settings(database)).close()
        with server(serve, database) as port:
            near, far = SPAWN.Pipe()
            process = SPAWN.Process(target=client, args=(port, count, far))
            process.start()
            far.close()
            try:
                found: tuple[float, float] = near.recv()
            finally:
                process.join(20)
                process.kill()
    return found


# --- what was stored is read ------------------------------------------------------------------


def heard() -> float:
    """Return how many stored messages a second are read and acted upon."""
    with tempfile.TemporaryDirectory(prefix="ingat-bench-") as folder:
        opened = open_installation(settings(Path(folder) / "ingat.db"))
        now = clock.now()
        opened.hear(
            Arrived(f"SM{number:032x}", Channel.WHATSAPP, f"+62812{number:08}", text(number), now)
            for number in range(HEARD)
        )
        begun = perf_counter()
        done = opened.listen(now)
        took = perf_counter() - begun
        opened.close()
    assert (done.heard, done.failed) == (HEARD, 0), done
    return HEARD / took


def main(count: int) -> int:
    """Measure, print, and judge."""
    ours: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []
    for _ in range(RUNS):
        ours.append(measure(serve_ours, count))
        bare.append(measure(serve_bare, count))
    show("a bare handler", median(rate for rate, _ in bare), "/s")
    show("its p99", median(late for _, late in bare), "ms")
    rates = [rate for rate, _ in ours]
    show("inbound, signed and durable", median(rates), "/s", note=spread(rates, "/s"))
    ratios = [one / other for (one, _), (other, _) in zip(ours, bare, strict=True)]
    lates = [late for _, late in ours]
    good = [
        show(
            "inbound of the bare handler",
            median(ratios),
            "x",
            Target(LEAST_OF_BARE, least=True),
            spread(ratios, "x"),
        ),
        show(
            f"its p99 with {CONNECTIONS} connections",
            median(lates),
            "ms",
            Target(MOST_P99_MS),
            spread(lates, "ms"),
        ),
    ]
    show("stored messages read and acted upon", heard(), "/s")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else MESSAGES))
