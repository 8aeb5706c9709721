"""The fake's delivery reports: signed, posted in the background, and as unruly as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.fakes.twilio_book import ACCOUNT, TOKEN, Book, Message
from tests.fakes.twilio_rules import Form, signature

ENDED = {"delivered", "undelivered", "failed", "canceled", "read"}
FAILED = {"undelivered", "failed"}
AT_ONCE = 24
"""Callbacks under way at the same time."""


class Reporter:
    """Lets messages come along and tells their sender."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, message: Message, steps: list[list[Any]]) -> None:
        """Let a message go through these steps."""
        if not steps:
            return
        if message.callback is None and not any(step[1] for step in steps):
            asyncio.get_running_loop().call_soon(self._jump, message, steps)
            return
        self.spawn(self._walk(message, steps))

    def advance(self, message: Message, status: str, error: int | None) -> None:
        """Make one step now, and report it."""
        message.status, message.error = status, error
        if message.callback is not None:
            self.spawn(self._report(message, status, error))

    def _jump(self, message: Message, steps: list[list[Any]]) -> None:
        last = steps[-1]
        message.status, message.error = last[0], last[2] if len(last) > 2 else None

    def spawn(self, work: Any) -> None:
        """Do something in the background; `pending` counts it."""
        self._book.pending += 1
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._book.pending -= 1
        self._tasks.discard(task)

    async def _walk(self, message: Message, steps: list[list[Any]]) -> None:
        rules, random = self._book.rules, self._book.random
        for step in steps:
            status, wait, error = step[0], step[1], step[2] if len(step) > 2 else None
            await asyncio.sleep(wait)
            message.status, message.error = status, error
            if message.callback is None or random.random() < rules.lost:
                continue
            for _ in range(2 if random.random() < rules.repeated else 1):
                delay = random.random() * rules.shuffle_s
                if random.random() < rules.late:
                    delay += rules.late_s
                if delay:
                    self.spawn(self._report(message, status, error, delay))
                else:
                    await self._report(message, status, error)

    async def _report(
        self, message: Message, status: str, error: int | None, delay: float = 0
    ) -> None:
        await asyncio.sleep(delay)
        address, _, wishes = (message.callback or "").partition("#")
        form = [
            ("AccountSid", ACCOUNT),
            ("ApiVersion", "2010-04-01"),
            ("ChannelStatusMessage", ""),  # blank values are signed too
            ("From", message.sender),
            ("MessageSid", message.sid),
            ("MessageStatus", status),
            ("SmsSid", message.sid),
            ("SmsStatus", status),
            ("To", message.to),
        ]
        if error is not None:
            form.append(("ErrorCode", str(error)))
        signed = signature(TOKEN, address, form)
        record: dict[str, Any] = {
            "sid": message.sid,
            "status": status,
            "url": address,
            "form": form,
            "signature": signed,
            "answers": [],
        }
        self._book.callbacks.append(record)
        retries = int(parse_qs(wishes).get("rc", ["1"])[0])
        for turn in range(retries + 1):
            async with self._gate:
                answer = await self.post(address, form, signed)
            record["answers"].append(answer)
            if answer is not None and answer < 500:
                return
            await asyncio.sleep(0.05 * (turn + 1))

    async def post(self, address: str, form: Form, signed: str) -> int | None:
        """Post one webhook; None where nobody answered."""
        parts = urlsplit(address)
        to = urlsplit(self._book.rules.callback_base or address)
        body = urlencode(form).encode()
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        head = (
            f"POST {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
            "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
            f"Content-Length: {len(body)}\r\nX-Twilio-Signature: {signed}\r\n"
            "User-Agent: TwilioProxy/1.1\r\n\r\n"
        )
        port = to.port or (443 if to.scheme == "https" else 80)
        tls = ssl.create_default_context() if to.scheme == "https" else None
        try:
            async with asyncio.timeout(15):
                reader, writer = await asyncio.open_connection(to.hostname, port, ssl=tls)
                try:
                    writer.write(head.encode() + body)
                    line = await reader.readline()
                    await reader.read()
                finally:
                    writer.close()
                    with contextlib.suppress(OSError):
                        await writer.wait_closed()
            return int(line.split()[1])
        except (OSError, TimeoutError, IndexError, ValueError):
            return None
