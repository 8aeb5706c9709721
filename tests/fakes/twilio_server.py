"""A fake Twilio: a real HTTP server in a process of its own, stateful, that can misbehave.

It checks what it is sent, remembers it, lists it (with a lag, if told so), posts signed delivery
reports, and fails before or after accepting a message, by script or by seeded chance. Run it by
itself with `python -m tests.fakes.twilio_server --port 4010 --seed 1`; tests use `FakeTwilio`.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

import httptools

from tests.fakes.twilio_api import Api, Reply, Request, answer
from tests.fakes.twilio_book import ACCOUNT, FAULTS, TOKEN, Book
from tests.fakes.twilio_callbacks import Reporter
from tests.fakes.twilio_phones import Phones, Saying
from tests.fakes.twilio_rules import Form, signature

ROOT = Path(__file__).parents[2]
CONTROL = "/_fake/"


class Control:
    """What a test may ask of the server, by POST /_fake/<method> with the arguments as JSON."""

    def __init__(self, seed: int) -> None:
        self.reset(seed)

    def reset(self, seed: int = 0) -> None:
        """Forget everything."""
        self.book = Book(seed)
        self.reporter = Reporter(self.book)
        self.api = Api(self.book, self.reporter)
        self.phones = Phones(self.book, self.reporter)

    def rules(self, **changes: Any) -> dict[str, Any]:
        """Change how it behaves; unknown names are an error."""
        rules = self.book.rules
        for name, value in changes.items():
            if name not in rules.__dataclass_fields__:
                raise ValueError(f"no rule is called {name}")
            setattr(rules, name, value)
        if not {*rules.faults, *rules.list_faults} <= {*FAULTS}:
            raise ValueError("no such fault")
        return asdict(rules)

    def script(self, faults: list[str], kind: str = "message") -> None:
        """Let the next requests fail so, in order; a fault named `ok` is none."""
        if not {*faults} <= {*FAULTS, "ok"}:
            raise ValueError("no such fault")
        self.book.scripted.extend((kind, fault) for fault in faults)

    def outcome(self, **said: Any) -> None:
        """Say what becomes of messages; see `FakeTwilio.outcome`."""
        self.book.outcomes.append(said)

    def messages(self) -> list[dict[str, Any]]:
        """Return every accepted message."""
        return [message.record() for message in self.book.messages]

    def advance(self, sid: str, status: str, error: int | None = None) -> None:
        """Let a message go a step further, and report it."""
        self.reporter.advance(self.book.by_sid[sid], status, error)

    def says(self, **said: Any) -> str:
        """Let a phone write; see `twilio_phones.Saying`. Returns the id of the message."""
        return self.phones.say(Saying(**said))

    def posted(self) -> list[dict[str, Any]]:
        """Return every webhook of a message from a phone, with what it was answered."""
        return self.phones.posted

    def files(self, sid: str) -> list[dict[str, str]]:
        """Return what came with a message: id and what it is said to be."""
        files = self.book.files
        return [{"sid": each, "kind": files[each][0]} for each in self.book.by_sid[sid].media]

    def approve(self, sid: str, status: str, reason: str = "") -> None:
        """Let WhatsApp decide on a template."""
        approval = self.book.contents[sid]["approval"]
        approval.update(status=status, rejection_reason=reason)

    def contents(self) -> list[dict[str, Any]]:
        """Return every template."""
        return list(self.book.contents.values())

    def record(self, on: bool = True) -> None:
        """Keep every request from now on."""
        self.book.recording = on

    def requests(self) -> list[dict[str, Any]]:
        """Return what was kept."""
        return self.book.requests

    def callbacks(self) -> list[dict[str, Any]]:
        """Return every callback that was posted, with what it was answered."""
        return self.book.callbacks

    def pending(self) -> int:
        """Return how many messages and callbacks are still on their way."""
        return self.book.pending

    def posts(self) -> list[tuple[float, str, str | None]]:
        """Return every POST of a message: when, from which sender, the SID if accepted."""
        return self.book.posts

    def peak(self, window_s: float = 1.0, sender: str | None = None) -> int:
        """Return the most POSTs that arrived within any window of this length."""
        return self.book.peak(window_s, sender)


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, control: Control, prefix: str) -> None:
        self._control = control
        self._prefix = prefix
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._send(Reply(400, b"not HTTP"))

    def on_message_begin(self) -> None:
        self._url, self._headers, self._body = b"", {}, b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode().lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        path, _, query = self._url.decode().partition("?")
        if path.startswith("http://"):  # as a proxy is asked
            path = "/" + path.split("/", 3)[3]
        method = self._parser.get_method().decode()
        if path.startswith(CONTROL):
            reply = self._controlled(path.removeprefix(CONTROL))
        elif not path.startswith(self._prefix):
            reply = Reply(404, b"<html>Not here</html>")
        else:
            reply = self._control.api.handle(
                Request(
                    method,
                    path.removeprefix(self._prefix),
                    parse_qsl(query, keep_blank_values=True),
                    self._headers,
                    self._body,
                    time.monotonic(),
                )
            )
        if reply.delay_s:
            asyncio.get_running_loop().call_later(reply.delay_s, self._send, reply)
        else:
            self._send(reply)

    def _controlled(self, name: str) -> Reply:
        try:
            result = getattr(self._control, name)(**json.loads(self._body or b"{}"))
        except (AttributeError, TypeError, ValueError, KeyError) as error:
            return answer(400, repr(error))
        return answer(200, result)

    def _send(self, reply: Reply) -> None:
        if self._transport is None:
            return
        if reply.cut:
            self._transport.abort()
            return
        headers = {"Content-Type": "application/json", **reply.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {reply.status} X\r\n{lines}Content-Length: {len(reply.body)}\r\n\r\n"
        self._transport.write(head.encode() + reply.body)


async def serve(port: int, seed: int, prefix: str, *, with_parent: bool) -> None:
    """Serve; with a parent until standard input ends, which it does with that process."""
    control, loop = Control(seed), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(control, prefix), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        if not with_parent:
            await server.serve_forever()
        await loop.run_in_executor(None, sys.stdin.read)


class FakeTwilio:
    """Starts the server, and is the test's hand on it; all times are seconds of the real clock."""

    account_sid = ACCOUNT
    token = TOKEN

    def __init__(self, seed: int = 0, *, prefix: str = "", port: int = 0) -> None:
        self._arguments = ["--seed", str(seed), "--prefix", prefix, "--port", str(port)]
        self._arguments.append("--with-parent")
        self._prefix = prefix

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.twilio_server", *self._arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the fake Twilio did not start"
        self.port = int(line)
        self.base_url = f"http://127.0.0.1:{self.port}{self._prefix}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        with self._process:  # closes the pipes and waits
            pass

    def _ask(self, method: str, **arguments: Any) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("POST", CONTROL + method, json.dumps(arguments))
            response = connection.getresponse()
            found = json.loads(response.read())
        if response.status != 200:
            raise ValueError(found)
        return found

    def reset(self, seed: int = 0) -> None:
        """Forget everything: messages, templates, rules and scripts."""
        self._ask("reset", seed=seed)

    def rules(self, **changes: Any) -> dict[str, Any]:
        """Change how it behaves: see `twilio_book.Rules`; returns what holds now."""
        found: dict[str, Any] = self._ask("rules", **changes)
        return found

    def script(self, *faults: str, kind: str = "message") -> None:
        """Let the next POSTs of messages (or kind="list": look-ups, fetches) fail so, in order.

        The faults are `twilio_book.FAULTS`; `ok` lets one through.
        """
        self._ask("script", faults=faults, kind=kind)

    def outcome(
        self,
        *,
        to: str | None = None,
        channel: str | None = None,
        refuse: int | None = None,
        status: int = 400,
        report: Sequence[Sequence[object]] | None = None,
        times: int | None = None,
    ) -> None:
        """Say what becomes of messages to `to` (E.164) on `channel` (whatsapp, sms), or of all.

        `refuse`: answered with this code at once. `report`: steps of [status, seconds after the
        step before, error code]; an empty one is never reported. `times`: for so many messages,
        then what was said before holds again.
        """
        said: dict[str, Any] = {"to": to, "channel": channel, "times": times}
        if refuse is not None:
            said |= {"refuse": refuse, "status": status}
        if report is not None:
            said["report"] = report
        self._ask("outcome", **said)

    def says(
        self,
        sender: str,
        body: str = "",
        *,
        to: str,
        webhook: str | None = None,
        media: Sequence[tuple[str, bytes]] = (),
        times: int = 1,
        sid: str | None = None,
        minutes_ago: float = 0,
        **fields: str,
    ) -> str:
        """Let a phone write to one of our senders; return the id of its message.

        `sender` and `to` are as Twilio spells them (`whatsapp:+62…`, `+62…`). It is posted `times`
        times to `webhook` (the address that is signed; `rules(callback_base=…)` says where it
        really goes), or never where that is None, and listed from now on. `media` are pairs of
        what a file is said to be and its bytes; `fields` are further ones (Latitude …).
        """
        files = [(kind, base64.b64encode(content).decode()) for kind, content in media]
        found: str = self._ask(
            "says",
            sender=sender,
            to=to,
            body=body,
            media=files,
            fields=fields,
            webhook=webhook,
            times=times,
            sid=sid,
            minutes_ago=minutes_ago,
        )
        return found

    def posted(self) -> list[dict[str, Any]]:
        """Return the webhooks of messages from phones: sid, form, answers."""
        found: list[dict[str, Any]] = self._ask("posted")
        return found

    def files(self, sid: str) -> list[dict[str, str]]:
        """Return what came with a message from a phone: sid, kind."""
        found: list[dict[str, str]] = self._ask("files", sid=sid)
        return found

    def messages(self) -> list[dict[str, Any]]:
        """Return the accepted messages in order: sid, to, from, body, attempt_id, arrived …"""
        found: list[dict[str, Any]] = self._ask("messages")
        return found

    def advance(self, sid: str, status: str, error: int | None = None) -> None:
        """Let a message go a step further, and report it."""
        self._ask("advance", sid=sid, status=status, error=error)

    def approve(self, sid: str, status: str, reason: str = "") -> None:
        """Let WhatsApp decide on a submitted template: approved, rejected, paused, disabled."""
        self._ask("approve", sid=sid, status=status, reason=reason)

    def contents(self) -> list[dict[str, Any]]:
        """Return the templates with their approval."""
        found: list[dict[str, Any]] = self._ask("contents")
        return found

    def record(self) -> None:
        """Keep every request from now on, for `requests`."""
        self._ask("record")

    def requests(self) -> list[dict[str, Any]]:
        """Return the kept requests: method, path, query, headers, body."""
        found: list[dict[str, Any]] = self._ask("requests")
        return found

    def callbacks(self) -> list[dict[str, Any]]:
        """Return the posted callbacks: sid, status, url, form, signature, answers."""
        found: list[dict[str, Any]] = self._ask("callbacks")
        return found

    def settle(self, timeout_s: float = 30) -> None:
        """Wait until no message and no callback is under way."""
        until = time.monotonic() + timeout_s
        while self._ask("pending"):
            assert time.monotonic() < until, "callbacks are still under way"
            time.sleep(0.01)

    def posts(self) -> list[tuple[float, str, str | None]]:
        """Return every POST of a message: when (monotonic), its sender, the SID if accepted."""
        return [tuple(each) for each in self._ask("posts")]

    def peak(self, window_s: float = 1.0, sender: str | None = None) -> int:
        """Return the most POSTs that arrived within any window of this length."""
        found: int = self._ask("peak", window_s=window_s, sender=sender)
        return found

    @staticmethod
    def sign(url: str, form: Form | Mapping[str, str], token: str = TOKEN) -> str:
        """Sign a webhook as Twilio does, by code of the fake's own."""
        return signature(token, url, list(form.items()) if isinstance(form, Mapping) else form)


def main() -> None:
    """Run the server by itself."""
    parser = argparse.ArgumentParser(description="A fake Twilio for tests.")
    parser.add_argument("--port", type=int, default=0, help="0: any; it is printed")
    parser.add_argument("--seed", type=int, default=0, help="of every random fault")
    parser.add_argument("--prefix", default="", help="a path before every path of the API")
    parser.add_argument("--with-parent", action="store_true", help="end with standard input")
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.seed, given.prefix, with_parent=given.with_parent))


if __name__ == "__main__":
    main()
