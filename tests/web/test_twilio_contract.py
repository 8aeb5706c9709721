"""Every request the gateway can make, held against Twilio's own OpenAPI documents.

The documents are no part of the product. Where they are not at hand (TWILIO_OPENAPI_DIR, or
shared/twilio beside the checkout), the fake's own rules, written by hand, remain.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from jsonschema import Draft202012Validator

from bot.channels.gateway import TemplateUse
from bot.channels.twilio_gateway import TwilioGateway
from config.settings import Settings
from config.terms import Channel
from tests.fakes.twilio_rules import LIST_FIELDS, mistake_in_message
from tests.fakes.twilio_server import FakeTwilio
from tests.web.twilio_examples import CHAT, NOW, SMS, WHATSAPP

DOCUMENTS = Path(
    os.environ.get("TWILIO_OPENAPI_DIR", Path(__file__).parents[3] / "shared" / "twilio")
)
NAMES = ("twilio_messages_openapi.json", "twilio_messages_openapi_strict.json")
CONTENT = "twilio_content_openapi.json"
SERVICE = "MG" + "c" * 32

Recorded = dict[str, Any]


@pytest.fixture
def requests(fake: FakeTwilio, settings: Settings) -> list[Recorded]:
    """Every kind of request there is, as it arrived."""
    fake.rules(report=[], senders={WHATSAPP: "ONLINE", SERVICE: ""})
    gateway = TwilioGateway(settings)
    fake.record()
    text_sid = gateway.create_content("ingat_ringkas", "id", "Ada {{1}} aduan.", {"1": "3"}, ())
    sid = gateway.create_content(
        "ingat_baru", "id", "Aduan {{1}} baru.", {"1": "12"}, [("terima", "TERIMA")]
    )
    gateway.submit_content(sid, "ingat_baru", "UTILITY")
    gateway.content_status(sid)
    gateway.list_contents()
    sent = gateway.send(SMS)
    gateway.send(CHAT)
    gateway.send(replace(CHAT, template=TemplateUse(sid, {"1": 'jalan "besar" é 🚧'})))
    gateway.send(replace(CHAT, template=TemplateUse(text_sid, {})))
    gateway.send(replace(CHAT, media_url="https://ingat.invalid/surat.pdf"))
    gateway.send(replace(SMS, text="é" * 1600))
    by_service = TwilioGateway(replace(settings, twilio_sms_from=SERVICE))
    by_service.send(SMS)
    for each in (gateway, by_service):
        each.look_up(SMS, NOW)
        each.look_up(CHAT, NOW)
        each.sender_status(Channel.SMS)
        each.sender_status(Channel.WHATSAPP)
    TwilioGateway(replace(settings, twilio_sms_from="+15550002222")).sender_status(Channel.SMS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.channels.twilio_lists.PAGE", 1)
        by_service.look_up(SMS, NOW)  # follows to a second page
    gateway.fetch(sent.sid)
    gateway.account_status()
    gateway.geo_permission("ID")
    found = fake.requests()
    assert len(found) > 25
    return found


def test_the_own_rules_hold_everywhere(requests: list[Recorded]) -> None:
    """No request has a field that Twilio does not know, a Body too long, a time without zone."""
    for request in requests:
        path, query = request["path"], dict(request["query"])
        assert request["headers"]["authorization"].startswith("Basic ")
        if path.endswith("/Messages.json") and request["method"] == "POST":
            form = parse_qsl(request["body"], keep_blank_values=True, strict_parsing=True)
            assert mistake_in_message(form) is None
            assert request["headers"]["content-type"] == "application/x-www-form-urlencoded"
        elif path.endswith("/Messages.json"):
            assert query.keys() <= LIST_FIELDS
            assert query["DateSent>"].endswith("Z")
            assert datetime.fromisoformat(query["DateSent>"]) < NOW
        elif request["method"] == "POST":
            assert request["headers"]["content-type"] == "application/json"
            assert json.loads(request["body"])


@pytest.mark.parametrize("name", NAMES)
def test_messages_are_as_twilios_document_says(requests: list[Recorded], name: str) -> None:
    document = _document(name)
    checked = [_check(document, request) for request in requests if "/Messages" in request["path"]]
    assert {*checked} == {"CreateMessage", "ListMessage", "FetchMessage"}


def test_contents_are_as_twilios_document_says(requests: list[Recorded]) -> None:
    document = _document(CONTENT)
    checked = [_check(document, each) for each in requests if each["path"].startswith("/v1/Cont")]
    assert {*checked} == {
        "CreateContent",
        "ListContent",
        "CreateApprovalCreate",
        "FetchApprovalFetch",
    }


@pytest.mark.parametrize(
    "body",
    [
        "To=0812&From=INGAT&Body=x",
        "From=INGAT&Body=x",
        "To=%2B6281200000001&Body=x",
        "To=%2B6281200000001&From=INGAT",
        "To=%2B6281200000001&From=INGAT&Body=x&Tag=x",
        "To=%2B6281200000001&From=INGAT&ContentSid=none",
        "To=%2B6281200000001&From=INGAT&Body=" + "x" * 1601,
    ],
)
def test_the_check_itself_finds_mistakes(fake: FakeTwilio, body: str) -> None:
    request = {
        "method": "POST",
        "path": f"/2010-04-01/Accounts/{fake.account_sid}/Messages.json",
        "query": [],
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "body": body,
    }
    assert mistake_in_message(parse_qsl(body)) is not None
    document = _document(NAMES[1])
    with pytest.raises(AssertionError):
        _check(document, request)


# --- the documents ------------------------------------------------------------------------


def _document(name: str) -> dict[str, Any]:
    path = DOCUMENTS / name
    if not path.is_file():
        pytest.skip(f"no {name}: set TWILIO_OPENAPI_DIR to a folder with Twilio's documents")
    found: dict[str, Any] = _nullable(json.loads(path.read_text(encoding="utf-8")))
    return found


def _nullable(node: Any) -> Any:
    """Turn OpenAPI 3.0's `nullable` into what JSON Schema understands."""
    if isinstance(node, list):
        return [_nullable(each) for each in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _nullable(value) for key, value in node.items()}
    if changed.pop("nullable", None) is True and "type" in changed:
        changed["type"] = [changed["type"], "null"]
    return changed


def _check(document: Mapping[str, Any], request: Recorded) -> str:
    """Hold one request against the document; return the operation it is."""
    operation, places = _operation(document, request)
    for parameter in operation.get("parameters", ()):
        values = {"path": places, "query": dict(request["query"])}[parameter["in"]]
        name = parameter["name"]
        assert name in values or not parameter.get("required"), name
        if name in values:
            _valid(document, parameter["schema"], _typed(parameter["schema"], values[name]))
    known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    assert {name for name, _ in request["query"]} <= known
    if "requestBody" not in operation:
        assert not request["body"]
        return str(operation["operationId"])
    kind = request["headers"]["content-type"]
    schema = operation["requestBody"]["content"][kind]["schema"]
    if kind == "application/json":
        body = json.loads(request["body"])
        own = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        assert body.keys() <= own["properties"].keys()
    else:
        body = _form(schema, request["body"])
        assert body.keys() <= schema["properties"].keys()
    _valid(document, schema, body)
    return str(operation["operationId"])


def _operation(
    document: Mapping[str, Any], request: Recorded
) -> tuple[dict[str, Any], dict[str, str]]:
    for template, item in document["paths"].items():
        # names come back out of the split at the odd places
        parts = re.split(r"\{(\w+)\}", template)
        pattern = "".join(
            f"(?P<{part}>[^/]+?)" if place % 2 else re.escape(part)
            for place, part in enumerate(parts)
        )
        found = re.fullmatch(pattern, request["path"])
        if found is not None and request["method"].lower() in item:
            return item[request["method"].lower()], found.groupdict()
    pytest.fail(f"the document knows no {request['method']} {request['path']}")


def _form(schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Read a form as its schema types the fields; a repeated field is a list."""
    body: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, strict_parsing=True):
        kind = schema["properties"].get(name, {})
        if kind.get("type") == "array":
            body.setdefault(name, []).append(value)
        else:
            assert name not in body, f"{name} is given twice"
            body[name] = _typed(kind, value)
    return body


def _typed(schema: Mapping[str, Any], value: str) -> object:
    if schema.get("type") == "integer":
        return int(value)
    if schema.get("type") == "boolean":
        return {"true": True, "false": False}[value]
    return value


def _valid(document: Mapping[str, Any], schema: Mapping[str, Any], value: object) -> None:
    whole = {**schema, "components": document["components"]}
    errors = [error.message for error in Draft202012Validator(whole).iter_errors(value)]
    assert errors == []
