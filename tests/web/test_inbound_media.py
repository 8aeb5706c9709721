"""Photos and documents: fetched from the provider alone, judged by their bytes, kept sealed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import select

from bot import media
from bot.channels import twilio_wire
from bot.channels.gateway import OutcomeUnknownError
from bot.channels.incoming import RefusedMediaError
from bot.channels.twilio_gateway import TwilioGateway
from bot.channels.twilio_wire import Wire
from bot.compose import Installation, open_installation
from bot.media import fetch_due, kind
from config.settings import Settings
from config.terms import Channel
from scheduler.inbound import Arrived, Media
from scheduler.store import attachments
from scheduler.store.dialogue_tables import Attachment, InboundMessage
from scheduler.store.session import reading, writing
from tests.fakes.twilio_book import ACCOUNT
from tests.fakes.twilio_server import FakeTwilio
from tests.web.provider import KEY, NOW

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40
PDF = b"%PDF-1.7\n" + b"x" * 500
PERSON, OURS = "whatsapp:+6281200000009", "whatsapp:+15550001111"
RESOURCE = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/"
GOOD = f"{RESOURCE}MM{'1' * 32}/Media/ME{'2' * 32}"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def opened(database_url: str, settings: Settings) -> Iterator[Installation]:
    opened = open_installation(replace(settings, database_url=database_url, data_key=KEY))
    yield opened
    opened.close()


def arrives(opened: Installation, fake: FakeTwilio, *files: tuple[str, bytes]) -> str:
    """Let a message with files arrive; return its id."""
    sid = fake.says(PERSON, "Foto", to=OURS, media=files)
    ids = [each["sid"] for each in fake.files(sid)]
    given = tuple(
        Media(f"{RESOURCE}{sid}/Media/{each}", kind)
        for each, (kind, _) in zip(ids, files, strict=True)
    )
    opened.hear([Arrived(sid, Channel.WHATSAPP, "+6281200000009", "Foto", NOW, media=given)])
    return sid


def points_to(opened: Installation, url: str) -> None:
    """Let a message arrive whose file is said to be at this address."""
    sid = f"MM{'7' * 32}"
    given = (Media(url, "image/jpeg"),)
    opened.hear([Arrived(sid, Channel.WHATSAPP, "+6281200000009", "Foto", NOW, media=given)])


def states(opened: Installation) -> list[tuple[str, str | None, str]]:
    """Return state, reason and type of every file."""
    query = select(Attachment.state, Attachment.reason, Attachment.content_type)
    with reading(opened.engine) as connection:
        rows = connection.execute(query.order_by(Attachment.id))
        return [(state, reason, kind) for state, reason, kind in rows]


def here(opened: Installation, sid: str) -> list[tuple[str, bytes]]:
    """Return what is kept of a message: type and content."""
    with reading(opened.engine) as connection:
        key = connection.execute(
            select(InboundMessage.id).where(InboundMessage.sid == sid)
        ).scalar_one()
        found = attachments.of_message(connection, opened.seal, key)
    return [(each.content_type, each.content) for each in found]


# --- what is kept -----------------------------------------------------------------------------


def test_files_are_fetched_judged_by_their_bytes_and_sealed(
    opened: Installation, fake: FakeTwilio
) -> None:
    sid = arrives(opened, fake, ("application/octet-stream", JPEG), ("image/jpeg", PDF))
    assert fetch_due(opened, NOW) == 2
    assert here(opened, sid) == [("image/jpeg", JPEG), ("application/pdf", PDF)]
    assert states(opened) == [("ada", None, "image/jpeg"), ("ada", None, "application/pdf")]
    with reading(opened.engine) as connection:
        rows = connection.execute(select(Attachment.content_sealed, Attachment.size))
        for sealed, size in rows:
            assert size in {len(JPEG), len(PDF)}
            assert sealed is not None
            assert JPEG[:40] not in sealed
            assert PDF[:9] not in sealed
    assert fetch_due(opened, NOW + timedelta(days=1)) == 0


def test_only_the_provider_itself_is_told_the_token(opened: Installation, fake: FakeTwilio) -> None:
    arrives(opened, fake, ("image/jpeg", JPEG))
    fake.record()
    assert fetch_due(opened, NOW) == 1
    first, second = fake.requests()
    assert "authorization" in first["headers"]
    assert "authorization" not in second["headers"]
    assert {each["headers"]["accept-encoding"] for each in (first, second)} == {"identity"}


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (b"\xff\xd8\xff\xe1", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.4", "application/pdf"),
        (b"\x00\x00\x00\x18ftyp3gp4", "video/3gpp"),
        (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"#!AMR\n<", "audio/amr"),
        (b"ID3\x04", "audio/mpeg"),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
        (b"\x00\x00\x00\x18ftypqt  ", None),
        (b"<html><script>", None),
        (b"<svg xmlns=", None),
        (b"GIF89a", None),
        (b"PK\x03\x04", None),
        (b"MZ\x90\x00", None),
        (b" %PDF-1.4", None),
        (b"\xff\xd8", None),
        (b"", None),
    ],
)
def test_what_a_file_is_its_first_bytes_say(start: bytes, found: str | None) -> None:
    assert kind(start) == found


# --- what is not ------------------------------------------------------------------------------


def test_what_is_no_photo_is_refused_whatever_it_calls_itself(
    opened: Installation, fake: FakeTwilio
) -> None:
    arrives(opened, fake, ("image/jpeg", b"<html><script>x</script></html>"), ("image/png", b""))
    assert fetch_due(opened, NOW) == 0
    assert [each[:2] for each in states(opened)] == [
        ("ditolak", "jenis berkasnya tidak diterima"),
        ("ditolak", "kosong"),
    ]
    assert fetch_due(opened, NOW + timedelta(days=9)) == 0


def test_what_is_too_large_is_refused(
    opened: Installation, fake: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "MOST_BYTES", 1_000_000)
    most = JPEG[:4] + bytes(1_000_000 - 4)
    sid = arrives(opened, fake, ("image/jpeg", most), ("image/jpeg", most + b"x"))
    assert fetch_due(opened, NOW) == 1
    assert here(opened, sid) == [("image/jpeg", most)]
    assert states(opened)[1][:2] == ("ditolak", "lebih besar dari 1 MB")


FOREIGN_URLS = [
    "",
    "x",
    GOOD.replace("https", "http"),
    GOOD.replace("https", "ftp"),
    GOOD.replace("https", "HTTPS"),
    GOOD.replace("https://", "file:///"),
    GOOD.replace("api.twilio.com", "jahat.example"),
    GOOD.replace("api.twilio.com", "api.twilio.com.jahat.example"),
    GOOD.replace("api.twilio.com", "apiXtwilio.com"),
    GOOD.replace("api.twilio.com", "api.twilio.com@jahat.example"),
    GOOD.replace("api.twilio.com", "user:pw@api.twilio.com"),
    GOOD.replace("api.twilio.com", "jahat.example#api.twilio.com"),
    GOOD.replace("api.twilio.com", "jahat.example?api.twilio.com"),
    GOOD.replace("api.twilio.com", "jahat.example\\api.twilio.com"),
    GOOD.replace("api.twilio.com", "api.twilio.com:443"),
    GOOD.replace("api.twilio.com", "api.twilio.com:22"),
    GOOD.replace("api.twilio.com", "api.twilio.com."),
    GOOD.replace("api.twilio.com", "API.twilio.com"),
    GOOD.replace("api.twilio.com", "аpi.twilio.com"),  # noqa: RUF001 - a Cyrillic letter
    GOOD.replace("api.twilio.com", "127.0.0.1"),
    GOOD.replace("api.twilio.com", "[::1]"),
    GOOD.replace("api.twilio.com", "2130706433"),
    GOOD.replace("api.twilio.com", "169.254.169.254"),
    GOOD.replace("api.twilio.com", "localhost"),
    GOOD.replace("api.twilio.com", "mms.twiliocdn.com"),  # only ever redirected to
    GOOD.replace(ACCOUNT, f"AC{'9' * 32}"),
    GOOD.replace("/Media/", "/Media/../../"),
    GOOD.replace("/2010-04-01", "/../2010-04-01"),
    GOOD.replace("/Media/", "/%2e%2e/Media/"),
    f"{GOOD}.json",
    f"{GOOD}?x=1",
    f"{GOOD}#x",
    f"{GOOD}\n",
    f" {GOOD}",
    f"{GOOD}\r\nHost: jahat.example",
    f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}.json",
    f"{RESOURCE}MM{'1' * 32}.json",
]


@pytest.mark.parametrize("url", FOREIGN_URLS)
def test_an_address_that_is_not_the_providers_is_not_even_asked(
    gateway: TwilioGateway, fake: FakeTwilio, url: str
) -> None:
    fake.record()
    with pytest.raises(RefusedMediaError, match="bukan milik penyedia"):
        gateway.media(url, 1000)
    assert fake.requests() == []


def test_a_message_that_points_elsewhere_keeps_nothing(
    opened: Installation, fake: FakeTwilio
) -> None:
    fake.record()
    points_to(opened, "http://169.254.169.254/latest/meta-data/")
    assert fetch_due(opened, NOW) == 0
    assert states(opened)[0][:2] == ("ditolak", "alamatnya bukan milik penyedia pesan")
    assert fake.requests() == []


@pytest.mark.parametrize(
    "to",
    [
        "",
        "http://mms.twiliocdn.com/{account}/{sid}",
        "https://mms.twiliocdn.com.jahat.example/{account}/{sid}",
        "https://twiliocdn.com@jahat.example/{account}/{sid}",
        "https://mms.twiliocdn.com:8443/{account}/{sid}",
        "https://jahat.example/mms.twiliocdn.com/{account}/{sid}",
        "https://jahattwiliocdn.com/{account}/{sid}",
        "https://a.b.twiliocdn.com/{account}/{sid}",
        "https://127.0.0.1/{account}/{sid}",
        "https://[::1/{account}/{sid}",
        "//jahat.example/{account}/{sid}",
        "/{account}/{sid}",
        "file:///etc/passwd",
        "https://MMS.twiliocdn.com/{account}/{sid}",
        "https://mms.twiliocdn.com/{account}/{sid} x",
    ],
)
def test_a_redirect_elsewhere_is_not_followed(
    opened: Installation, fake: FakeTwilio, to: str
) -> None:
    fake.rules(media_to=to)
    arrives(opened, fake, ("image/jpeg", JPEG))
    fake.record()
    assert fetch_due(opened, NOW) == 0
    assert states(opened)[0][:2] == ("ditolak", "alamatnya bukan milik penyedia pesan")
    assert len(fake.requests()) == 1


@pytest.mark.parametrize("host", ["mms.twiliocdn.com", "media.twiliocdn.com", "twiliocdn.com"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_the_content_network_is(
    opened: Installation, fake: FakeTwilio, host: str, status: int
) -> None:
    fake.rules(media_to=f"https://{host}/{{account}}/{{sid}}?Expires=1", media_status=status)
    arrives(opened, fake, ("image/jpeg", JPEG))
    assert fetch_due(opened, NOW) == 1


# --- again, later -----------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["500_before", "cut_before", "429", "html_before"])
def test_what_cannot_be_had_now_is_asked_for_again(
    opened: Installation, fake: FakeTwilio, fault: str
) -> None:
    arrives(opened, fake, ("image/jpeg", JPEG), ("image/jpeg", PDF))
    fake.script(fault, kind="list")
    assert fetch_due(opened, NOW) == 0  # the rest waits: the line is down
    assert [each[0] for each in states(opened)] == ["menunggu", "menunggu"]
    assert fetch_due(opened, NOW) == 1
    assert [each[0] for each in states(opened)] == ["menunggu", "ada"]
    assert fetch_due(opened, NOW + MINUTE) == 1


def test_what_is_gone_is_given_up_and_holds_up_nothing_else(
    opened: Installation, fake: FakeTwilio
) -> None:
    points_to(opened, GOOD)
    arrives(opened, fake, ("image/jpeg", JPEG))
    at, asked = NOW, 0
    assert fetch_due(opened, at) == 1
    fake.record()
    for _ in range(24 * 60):
        at += MINUTE
        assert fetch_due(opened, at) == 0
    asked = len(fake.requests())
    assert asked == len(attachments.PAUSES)
    assert states(opened)[0][:2] == ("gagal", attachments.GONE)


def test_a_worker_that_dies_with_a_file_loses_nothing(
    opened: Installation, fake: FakeTwilio
) -> None:
    arrives(opened, fake, ("image/jpeg", JPEG))
    with writing(opened.engine) as connection:
        assert attachments.claim(connection, opened.seal, NOW) is not None
    assert fetch_due(opened, NOW) == 0  # somebody else may still be at it
    assert fetch_due(opened, NOW + MINUTE) == 1


def test_a_file_that_kills_its_worker_again_and_again_is_given_up(
    opened: Installation, fake: FakeTwilio
) -> None:
    arrives(opened, fake, ("image/jpeg", JPEG))
    at: datetime = NOW
    for _ in range(len(attachments.PAUSES) + 1):
        with writing(opened.engine) as connection:
            assert attachments.claim(connection, opened.seal, at) is not None
        at += timedelta(days=1)
    assert fetch_due(opened, at) == 0
    assert states(opened)[0][0] == "gagal"


def test_it_ends_when_it_is_told_to(opened: Installation, fake: FakeTwilio) -> None:
    arrives(opened, fake, ("image/jpeg", JPEG))
    assert fetch_due(opened, NOW, going=lambda: False) == 0
    assert fetch_due(opened, NOW) == 1


def test_a_line_that_drips_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_wire, "FILE_S", 0.1)
    sent = 0

    class Dripping(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            nonlocal sent
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            while sent < 1000:
                try:
                    self.wfile.write(b"x")
                except OSError:
                    return
                sent += 1
                time.sleep(0.005)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Dripping) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        wire = Wire(f"http://127.0.0.1:{server.server_port}", 1)
        with pytest.raises(OutcomeUnknownError, match="timed out"):
            wire.download("https://api.twilio.com/x", {}, 1_000_000)
        thread.join()
    assert sent < 1000


def test_without_a_provider_that_keeps_them_they_wait(database_url: str) -> None:
    opened = open_installation(Settings(database_url=database_url, data_key=KEY))
    points_to(opened, GOOD)
    assert fetch_due(opened, NOW) == 0
    assert states(opened)[0][0] == "menunggu"
    opened.close()


def test_no_address_reaches_the_log(
    opened: Installation, fake: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    sid = arrives(opened, fake, ("image/jpeg", JPEG), ("image/jpeg", b"x"))
    fake.script("500_before", kind="list")
    fetch_due(opened, NOW)
    fetch_due(opened, NOW)
    assert "media_missed" in caplog.text
    assert "media_refused" in caplog.text
    for secret in (sid, "twilio.com", PERSON, "Media/"):
        assert secret not in caplog.text
