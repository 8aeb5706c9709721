"""The fake's side of Twilio's API: what each request is answered, faults included."""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.fakes.twilio_book import ACCOUNT, TOKEN, Book, Message
from tests.fakes.twilio_callbacks import Reporter
from tests.fakes.twilio_rules import LIST_FIELDS, Form, mistake_in_message, rendered

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
LOGIN = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
CONTENT_PATH = re.compile(r"/v1/Content/(HX[0-9a-f]{32})(/ApprovalRequests(?:/whatsapp)?)?")


@dataclass
class Reply:
    """An answer: after `delay_s`; `cut` ends the connection instead."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut: bool = False


@dataclass
class Request:
    """One request as it arrived."""

    method: str
    path: str
    query: Form
    headers: Mapping[str, str]
    body: bytes
    at: float


def answer(status: int, document: object, **extra: Any) -> Reply:
    """Answer with a document."""
    return Reply(status, json.dumps(document).encode(), **extra)


def refusal(status: int, code: int, message: str, **extra: Any) -> Reply:
    """Answer with one of Twilio's errors."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    document = {"code": code, "message": message, "more_info": more, "status": status}
    return answer(status, document, **extra)


NOT_THERE = refusal(404, 20404, "The requested resource was not found")


class Api:
    """Answers requests out of one book."""

    def __init__(self, book: Book, reporter: Reporter) -> None:
        self.book = book
        self.reporter = reporter

    def handle(self, request: Request) -> Reply:
        """Answer one request of a client's."""
        if self.book.recording:
            self.book.requests.append(
                {
                    "method": request.method,
                    "path": request.path,
                    "query": list(request.query),
                    "headers": dict(request.headers),
                    "body": request.body.decode(),
                }
            )
        if request.path.startswith(f"/{ACCOUNT}/"):  # the content network: a signed address
            return self._file(request)
        if not hmac.compare_digest(request.headers.get("authorization", ""), LOGIN):
            return refusal(401, 20003, "Authenticate")
        if request.path == f"{MESSAGES}.json" and request.method == "POST":
            return self._post(request)
        if request.path.startswith(MESSAGES) and request.method == "GET":
            return self._read(request)
        if request.path.startswith("/v1/Content"):
            return self._content(request)
        return self._account(request)

    # --- messages -------------------------------------------------------------------------

    def _post(self, request: Request) -> Reply:
        book, rules = self.book, self.book.rules
        form = parse_qsl(request.body.decode(), keep_blank_values=True)
        fields = dict(form)
        sender = fields.get("From") or fields.get("MessagingServiceSid", "")
        book.posts.append((request.at, sender, None))
        fault = book.fault("message")
        if fault is not None and not fault.endswith("_after"):
            return self._before(fault)
        mistake = mistake_in_message(form)
        if mistake is not None:
            return refusal(400, *mistake, delay_s=rules.latency_s)
        outcome = book.outcome(fields["To"])
        if "refuse" in outcome:
            status = outcome.get("status", 400)
            return refusal(status, outcome["refuse"], "Refused", delay_s=rules.latency_s)
        content = book.contents.get(fields.get("ContentSid", ""))
        if "ContentSid" in fields and content is None:
            return refusal(400, 21655, "The ContentSid is invalid", delay_s=rules.latency_s)
        message = book.accept(fields, [value for key, value in form if key == "MediaUrl"], "")
        message.body = self._text(fields, content)
        book.posts[-1] = (request.at, sender, message.sid)
        reply = answer(201, message.resource(), delay_s=rules.latency_s)
        self.reporter.start(message, outcome.get("report", rules.report))
        return reply if fault is None else self._after(fault, message, reply)

    def _text(self, fields: Mapping[str, str], content: dict[str, Any] | None) -> str:
        if content is None:
            return fields.get("Body", "")
        kinds: dict[str, Any] = content["types"]
        variables = json.loads(fields.get("ContentVariables", "{}"))
        return rendered(next(iter(kinds.values()))["body"], variables)

    def _before(self, fault: str) -> Reply:  # noqa: PLR0911 - one fault a line
        """Fail with nothing done."""
        rules = self.book.rules
        if fault == "429":
            headers = {} if rules.retry_after is None else {"Retry-After": rules.retry_after}
            return refusal(429, 20429, "Too Many Requests", headers=headers)
        if fault == "cut_before":
            return Reply(cut=True)
        if fault == "slow_before":
            return Reply(cut=True, delay_s=rules.slow_s)
        if fault == "redirect_before":
            return Reply(307, headers={"Location": f"{MESSAGES}.json"})
        if fault == "html_before":
            return Reply(403, b"<html>Forbidden</html>", {"Content-Type": "text/html"})
        if fault == "problem_before":
            problem = {"type": "about:blank", "title": "No", "status": "x", "code": 21610}
            return answer(400, problem)
        return refusal(500, 20500, "Internal Server Error")

    def _after(self, fault: str, message: Message, reply: Reply) -> Reply:
        """Fail although the message is on its way."""
        if fault == "cut_after":
            return Reply(cut=True, delay_s=reply.delay_s)
        if fault == "slow_after":
            return Reply(reply.status, reply.body, delay_s=self.book.rules.slow_s)
        if fault == "garbled_after":
            return Reply(201, reply.body[:40])
        if fault == "empty_after":
            return Reply(201)
        if fault == "nosid_after":
            return answer(201, {"status": "queued"})
        return refusal(500, 20500, "Internal Server Error")

    def _read(self, request: Request) -> Reply:
        fault = self.book.fault("list")
        if fault is not None:
            return self._before(fault)
        delay = self.book.rules.latency_s
        if request.path == f"{MESSAGES}.json":
            return self._list(request, delay)
        sid, _, below = request.path.removeprefix(f"{MESSAGES}/").partition("/")
        if below:
            return self._media(sid, below, delay)
        sid = sid.removesuffix(".json")
        message = self.book.by_sid.get(sid)
        return NOT_THERE if message is None else answer(200, message.resource(), delay_s=delay)

    def _list(self, request: Request, delay: float) -> Reply:
        query = dict(request.query)
        if not query.keys() <= LIST_FIELDS:
            return refusal(400, 20001, "Unknown parameter")
        size, page = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        found = self.book.listed(query)
        shown = found[page * size : (page + 1) * size]
        following = None
        if len(found) > (page + 1) * size:
            rest = {**query, "Page": str(page + 1), "PageToken": f"PA{page + 1}"}
            following = f"{MESSAGES}.json?{urlencode(rest)}"
        document = {
            "messages": [message.resource() for message in shown],
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + len(shown),
            "first_page_uri": f"{MESSAGES}.json",
            "previous_page_uri": None,
            "next_page_uri": following,
            "uri": f"{MESSAGES}.json",
        }
        return answer(200, document, delay_s=delay)

    # --- media ----------------------------------------------------------------------------

    def _media(self, sid: str, below: str, delay: float) -> Reply:
        """Answer the list of a message's media, or one of them: by a redirect."""
        message = self.book.by_sid.get(sid)
        if message is None:
            return NOT_THERE
        if below == "Media.json":
            found = [
                {"sid": each, "parent_sid": sid, "content_type": self.book.files[each][0]}
                for each in message.media
            ]
            return answer(200, {"media_list": found, "next_page_uri": None}, delay_s=delay)
        each = below.removeprefix("Media/")
        if each not in message.media:
            return NOT_THERE
        rules = self.book.rules
        to = rules.media_to.format(account=ACCOUNT, sid=each)
        return Reply(rules.media_status, b"", {"Location": to}, delay_s=delay)

    def _file(self, request: Request) -> Reply:
        """Answer with a file; the content network wants no login and refuses one."""
        if "authorization" in request.headers:
            return Reply(400, b"<Error/>", {"Content-Type": "application/xml"})
        kind, content = self.book.files.get(request.path.rpartition("/")[2], ("", None))
        if content is None:
            return Reply(404, b"<Error/>", {"Content-Type": "application/xml"})
        return Reply(200, content, {"Content-Type": kind}, delay_s=self.book.rules.latency_s)

    # --- templates ------------------------------------------------------------------------

    def _content(self, request: Request) -> Reply:
        contents = self.book.contents
        if request.path == "/v1/Content":
            if request.method == "POST":
                return self._create_content(json.loads(request.body))
            return self._list_contents(dict(request.query))
        found = CONTENT_PATH.fullmatch(request.path)
        if found is None or found[1] not in contents:
            return NOT_THERE
        content, below = contents[found[1]], found[2]
        if below is None:
            return answer(200, self._shown(content))
        if below.endswith("whatsapp") and request.method == "POST":
            return self._submit(content, json.loads(request.body))
        approval = content["approval"] or {"status": "unsubmitted", "rejection_reason": ""}
        account = {"sid": content["sid"], "account_sid": ACCOUNT}
        return answer(200, {**account, "whatsapp": approval})

    def _create_content(self, wanted: dict[str, Any]) -> Reply:
        kinds = wanted.get("types") or {}
        if not wanted.get("language") or len(kinds) != 1:
            return refusal(400, 20001, "A content needs a language and a type")
        sid = self.book.sid("HX")
        content = {**wanted, "sid": sid, "account_sid": ACCOUNT, "approval": None}
        self.book.contents[sid] = content
        return answer(201, self._shown(content))

    def _list_contents(self, query: Mapping[str, str]) -> Reply:
        size, page = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        every = list(self.book.contents.values())
        more = len(every) > (page + 1) * size
        following = f"https://content.twilio.com/v1/Content?PageSize={size}&Page={page + 1}"
        meta = {"key": "contents", "next_page_url": following if more else None, "page": page}
        shown = every[page * size : (page + 1) * size]
        return answer(200, {"contents": [self._shown(each) for each in shown], "meta": meta})

    @staticmethod
    def _shown(content: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in content.items() if key != "approval"}

    @staticmethod
    def _submit(content: dict[str, Any], wanted: Mapping[str, Any]) -> Reply:
        name = wanted.get("name") or ""
        if not re.fullmatch(r"[a-z0-9_]+", name) or wanted.get("category") not in {
            "UTILITY",
            "MARKETING",
            "AUTHENTICATION",
        }:
            return refusal(400, 20001, "Invalid name or category")
        kind = next(iter(content["types"]))
        content["approval"] = {
            "name": name,
            "category": wanted["category"],
            "content_type": kind,
            "status": "received",
            "rejection_reason": "",
            "allow_category_change": True,
        }
        return answer(201, content["approval"])

    # --- the account ----------------------------------------------------------------------

    def _account(self, request: Request) -> Reply:  # noqa: PLR0911 - one path a line
        rules, query = self.book.rules, dict(request.query)
        if request.method != "GET":
            return NOT_THERE
        if request.path == f"/2010-04-01/Accounts/{ACCOUNT}.json":
            return answer(200, {"sid": ACCOUNT, "status": rules.account_status, "type": "Full"})
        if request.path == "/v1/Messaging/GeoPermissions":
            permission = {"country_code": query.get("CountryCode"), "type": "country"}
            return answer(200, {"permissions": [{**permission, "enabled": rules.geo}]})
        if request.path == "/v2/Channels/Senders":
            senders = [
                {"sid": f"XE{place:032x}", "sender_id": sender, "status": status}
                for place, (sender, status) in enumerate(rules.senders.items())
            ]
            return answer(200, {"senders": senders, "meta": {"key": "senders"}})
        if request.path == f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json":
            number = query.get("PhoneNumber")
            held = [{"sid": "PN" + "0" * 32, "phone_number": number}]
            found = held if number in rules.senders else []
            return answer(200, {"incoming_phone_numbers": found, "next_page_uri": None})
        service, _, below = request.path.removeprefix("/v1/Services/").partition("/")
        if service in rules.senders and below in {"PhoneNumbers", "ChannelSenders"}:
            return answer(200, _members(service, below, rules.senders))
        if service in rules.senders:
            return answer(HTTPStatus.OK, {"sid": service})
        return NOT_THERE


def _members(service: str, below: str, senders: Mapping[str, str]) -> dict[str, Any]:
    """Return the numbers, or the WhatsApp senders, that belong to a messaging service."""
    found: list[dict[str, Any]] = []
    for each, status in senders.items():
        if status == service and each.startswith("whatsapp:") == (below == "ChannelSenders"):
            found.append({"sid": "PN" + "0" * 32, "phone_number": each, "sender": each})
    key = "phone_numbers" if below == "PhoneNumbers" else "senders"
    return {key: found, "meta": {"key": key, "next_page_url": None}}
