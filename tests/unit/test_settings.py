"""Settings: what is accepted, what is refused, and that `.env.example` tells the truth."""

from __future__ import annotations

import base64
import re
from dataclasses import fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.settings import NAMES, Settings, SettingsError, load_settings

KEY_BYTES = bytes(range(221, 253))  # its base64 has both + and /
KEY = base64.b64encode(KEY_BYTES).decode()
ACCOUNT = "AC" + "0123456789abcdef" * 2
SERVICE = "MG" + "0123456789abcdef" * 2
TWILIO = {
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": "rahasia",
    "TWILIO_SMS_FROM": "INGAT",
}
PHONE = {
    "SMSGATE_URL": "http://192.168.1.20:8080",
    "SMSGATE_USERNAME": "sms",
    "SMSGATE_PASSWORD": "sangat rahasia",
    "SMSGATE_NUMBER": "+6280000000001",
}
EXAMPLE = Path(__file__).parents[2] / ".env.example"


def load(**environ: str) -> Settings:
    return load_settings(environ, env_file=None)


def mistakes_of(environ: dict[str, str], env_file: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ, env_file)
    assert str(caught.value) == "\n".join(caught.value.mistakes)
    return caught.value.mistakes


def only_mistake(**environ: str) -> str:
    (mistake,) = mistakes_of(environ)
    return mistake


def test_without_anything_every_default_holds() -> None:
    assert load() == Settings()
    assert Settings().timezone == ZoneInfo("Asia/Jakarta")
    assert Settings().database_url == "sqlite:///ingat.db"
    assert Settings().data_key is None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DATABASE_URL", "sqlite:////srv/ingat.db", "sqlite:////srv/ingat.db"),
        ("TIMEZONE", "Asia/Jayapura", ZoneInfo("Asia/Jayapura")),
        ("PUBLIC_URL", "https://ingat.contoh.go.id/", "https://ingat.contoh.go.id"),
        ("PUBLIC_URL", "http://localhost:8000", "http://localhost:8000"),
        ("PUBLIC_URL", "http://127.0.0.9:8000", "http://127.0.0.9:8000"),
        ("PUBLIC_URL", "http://[::1]:8000", "http://[::1]:8000"),
        ("DATA_KEY", KEY, KEY),
        ("DATA_KEY", base64.urlsafe_b64encode(KEY_BYTES).decode(), KEY),
        ("GATEWAY", "simulator", "simulator"),
        ("GATEWAY", "manual", "manual"),
        ("TWILIO_ACCOUNT_SID", ACCOUNT, ACCOUNT),
        ("TWILIO_AUTH_TOKEN", "rahasia", "rahasia"),
        ("TWILIO_AUTH_TOKEN_SECONDARY", "rahasia", "rahasia"),
        ("TWILIO_WHATSAPP_FROM", "+6280000000001", "+6280000000001"),
        ("TWILIO_WHATSAPP_FROM", "whatsapp:+6280000000001", "+6280000000001"),
        ("TWILIO_WHATSAPP_FROM", SERVICE, SERVICE),
        ("TWILIO_SMS_FROM", "+6280000000001", "+6280000000001"),
        ("TWILIO_SMS_FROM", "KominfoSPG1", "KominfoSPG1"),
        ("TWILIO_SMS_FROM", "1708", "1708"),
        ("TWILIO_SMS_FROM", SERVICE, SERVICE),
        ("TWILIO_API_BASE_URL", "https://twilio.contoh.go.id/", "https://twilio.contoh.go.id"),
        ("TWILIO_API_BASE_URL", "http://127.0.0.1:4010", "http://127.0.0.1:4010"),
        ("TWILIO_MPS", "1", 1),
        ("TWILIO_THREADS", "64", 64),
        ("TWILIO_RECIPIENTS_24H", "2000", 2000),
        ("SMSGATE_URL", "http://192.168.1.20:8080/", "http://192.168.1.20:8080"),
        ("SMSGATE_URL", "http://10.0.0.5:8080", "http://10.0.0.5:8080"),
        ("SMSGATE_URL", "http://172.31.255.255", "http://172.31.255.255"),
        ("SMSGATE_URL", "http://[fd00::5]:8080", "http://[fd00::5]:8080"),
        ("SMSGATE_URL", "http://localhost:8080", "http://localhost:8080"),
        (
            "SMSGATE_URL",
            "https://sms.contoh.go.id/3rdparty/v1",
            "https://sms.contoh.go.id/3rdparty/v1",
        ),
        ("SMSGATE_USERNAME", "sms", "sms"),
        ("SMSGATE_PASSWORD", "sangat rahasia", "sangat rahasia"),
        ("SMSGATE_SIGNING_KEY", "rahasia_8", "rahasia_8"),
        ("SMSGATE_NUMBER", "+6280000000001", "+6280000000001"),
        ("SMSGATE_PER_MINUTE", "600", 600),
        ("DAILY_SPEND_CAP", "0", 0),
        ("DELIVERY_TIMEOUT_S", "31622400", 31_622_400),
        ("SHADOW", "1", True),
        ("SHADOW", "Ya", True),
        ("SHADOW", "off", False),
        ("LEASE_S", " 1 ", 1),
        ("UNKNOWN_AFTER_S", "900", 900),
        ("SP4N_FRESH_H", "24", 24),
        ("SP4N_SOURCE_TZ", "Asia/Jakarta", ZoneInfo("Asia/Jakarta")),
        ("SP4N_DISPOSED_AT", "import", "import"),
        ("SP4N_DISPOSED_AT", "2026-11-24T08:00+07:00", "2026-11-24T08:00+07:00"),
        ("SP4N_DISPOSED_AT", "2026-11-24T01:00:00Z", "2026-11-24T01:00:00Z"),
    ],
)
def test_value_is_read(name: str, value: str, expected: Any) -> None:
    assert getattr(load(**{name: value}), name.lower()) == expected


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("DATABASE_URL", "mysql://u:rahasia@h/d", "write sqlite:///FILE or postgresql"),
        ("DATABASE_URL", "sqlite://", "write sqlite:///FILE"),
        ("DATABASE_URL", "sqlite:///", "write sqlite:///FILE"),
        ("DATABASE_URL", "postgresql://", "write sqlite:///FILE or postgresql"),
        ("DATABASE_URL", "postgresql://u:rahasia@h:port/d", "a number up to 65535"),
        ("DATABASE_URL", "postgresql://u:rahasia@h:65536/d", "a number up to 65535"),
        ("DATABASE_URL", "postgresql://[::1/d", "a number up to 65535"),
        ("DATABASE_URL", "postgresql://h:/d", "a number up to 65535"),
        ("DATABASE_URL", "sqlite:///:memory:", "write sqlite:///FILE"),
        ("DATABASE_URL", "sqlite:///file:x?mode=memory&uri=true", "write sqlite:///FILE"),
        ("DATABASE_URL", "sqlite:///ingat.db?mode=ro", "takes no options"),
        ("POLICY_FILE", "/nowhere/policy.toml", "there is no file"),
        ("HOLIDAYS_FILE", "/", "there is no file"),
        ("SP4N_INBOX", "/nowhere", "there is no folder"),
        ("TIMEZONE", "WIB", "Asia/Jakarta"),
        ("TIMEZONE", "Asia", "Asia/Jakarta"),
        ("TIMEZONE", "../etc/passwd", "Asia/Jakarta"),
        ("SP4N_SOURCE_TZ", "+07:00", "Asia/Jakarta"),
        ("PUBLIC_URL", "http://ingat.contoh.go.id", "not https"),
        ("PUBLIC_URL", "http://localhost.contoh.id", "not https"),
        ("PUBLIC_URL", "http://128.0.0.1", "not https"),
        ("PUBLIC_URL", "ingat.contoh.go.id", "no web address"),
        ("PUBLIC_URL", "ftp://localhost", "no web address"),
        ("PUBLIC_URL", "https://", "no web address"),
        ("PUBLIC_URL", "https://contoh.go.id:x", "no web address"),
        ("PUBLIC_URL", "https://contoh.go.id:0", "no web address"),
        ("PUBLIC_URL", "https://contoh.go.id/?a=1", "no web address"),
        ("PUBLIC_URL", "https://contoh go.id", "no web address"),
        ("PUBLIC_URL", "https://contoh.go.id/\nx", "no web address"),
        ("PUBLIC_URL", "https://u:rahasia@contoh.go.id", "leave user and password out"),
        ("DATA_KEY", "rahasia", "openssl rand -base64 32"),
        ("DATA_KEY", base64.b64encode(KEY_BYTES[:31]).decode(), "32 random bytes"),
        ("DATA_KEY", base64.b64encode(KEY_BYTES + b"x").decode(), "32 random bytes"),
        ("PUBLIC_URL", "https://u:rahasia@contoh.go.id:x", "no web address"),
        ("GATEWAY", "Simulator", "write simulator, manual, twilio or smsgate"),
        ("TWILIO_ACCOUNT_SID", "rahasia", "AC and 32 hexadecimal digits"),
        ("TWILIO_ACCOUNT_SID", ACCOUNT[:-1], "AC and 32 hexadecimal digits"),
        ("TWILIO_ACCOUNT_SID", "SK" + ACCOUNT[2:], "AC and 32 hexadecimal digits"),
        ("TWILIO_AUTH_TOKEN", "sangat rahasia", "one word"),
        ("TWILIO_AUTH_TOKEN_SECONDARY", "raha\nsia rahasia", "one word"),
        ("TWILIO_WHATSAPP_FROM", "080000000001", "write the number as +62"),
        ("TWILIO_WHATSAPP_FROM", "whatsapp:6280000000001", "write the number as +62"),
        ("TWILIO_WHATSAPP_FROM", "INGAT", "write the number as +62"),
        ("TWILIO_SMS_FROM", "KominfoSPG12", "at most 11 letters and digits"),
        ("TWILIO_SMS_FROM", "whatsapp:+6280000000001", "at most 11 letters and digits"),
        ("TWILIO_SMS_FROM", "123456789", "at most 11 letters and digits"),
        ("TWILIO_SMS_FROM", SERVICE[:-1], "at most 11 letters and digits"),
        ("TWILIO_API_BASE_URL", "http://10.0.0.1:4010", "not https"),
        ("TWILIO_API_BASE_URL", "api.contoh.go.id", "no web address"),
        ("TWILIO_API_BASE_URL", "https://u:rahasia@contoh.go.id", "leave user and password out"),
        ("TWILIO_MPS", "0", "no whole number above 0"),
        ("TWILIO_THREADS", "0", "no whole number above 0"),
        ("TWILIO_THREADS", "65", "is more than 64"),
        ("TWILIO_RECIPIENTS_24H", "-1", "no whole number above 0"),
        ("SMSGATE_URL", "http://8.8.8.8:8080", "only a private address"),
        ("SMSGATE_URL", "http://172.32.0.1:8080", "only a private address"),
        ("SMSGATE_URL", "http://[::ffff:8.8.8.8]:8080", "only a private address"),
        ("SMSGATE_URL", "http://ponsel.lan:8080", "only a private address"),
        ("SMSGATE_URL", "http://192.168.1.20.contoh.id", "only a private address"),
        ("SMSGATE_URL", "192.168.1.20:8080", "no web address"),
        ("SMSGATE_URL", "http://u:rahasia@192.168.1.20", "leave user and password out"),
        ("SMSGATE_USERNAME", "sm\ns rahasia", "as the app shows them"),
        ("SMSGATE_PASSWORD", "rahasia\x00", "as the app shows them"),
        ("SMSGATE_SIGNING_KEY", "rahasia", "at least 8 characters"),
        ("SMSGATE_SIGNING_KEY", "sangat rahasia", "one word"),
        ("SMSGATE_NUMBER", "INGAT", "as +62 and its digits"),
        ("SMSGATE_NUMBER", "080000000001", "as +62 and its digits"),
        ("SMSGATE_PER_MINUTE", "0", "no whole number above 0"),
        ("SMSGATE_PER_MINUTE", "601", "is more than 600"),
        ("DAILY_SPEND_CAP", "-1", "no whole number from 0 on"),
        ("DAILY_SPEND_CAP", "1.000", "no whole number from 0 on"),
        ("DELIVERY_TIMEOUT_S", "0", "no whole number above 0"),
        ("DELIVERY_TIMEOUT_S", "31622401", "is more than 31622400, the seconds of a year"),
        ("LEASE_S", "9" * 5000, "is more than 31622400, the seconds of a year"),
        ("SP4N_FRESH_H", "8785", "is more than 8784, the hours of a year"),
        ("SHADOW", "2", "write 1 or 0"),
        ("LEASE_S", "0", "no whole number above 0"),
        ("LEASE_S", "-1", "no whole number above 0"),
        ("LEASE_S", "1.5", "no whole number above 0"),
        ("UNKNOWN_AFTER_S", "15m", "no whole number above 0"),
        ("SP4N_FRESH_H", "²", "no whole number above 0"),
        ("SP4N_DISPOSED_AT", "kemarin", "received, import or a time with offset"),
        ("SP4N_DISPOSED_AT", "2026-11-24T08:00", "received, import or a time with offset"),
    ],
)
def test_mistake_names_the_setting_and_what_to_do(name: str, value: str, advice: str) -> None:
    mistake = only_mistake(**{name: value})
    assert mistake.startswith(f"{name}: ")
    assert advice in mistake
    assert "rahasia" not in mistake


def test_a_mistake_repeats_no_number_of_a_telephone() -> None:
    for name in ("TWILIO_WHATSAPP_FROM", "TWILIO_SMS_FROM", "SMSGATE_NUMBER"):
        assert "80000000001" not in only_mistake(**{name: "whatsapp:80000000001"})


def test_the_keys_of_an_account_make_twilio_the_gateway() -> None:
    assert load(**TWILIO).gateway == "twilio"
    assert load(**TWILIO, GATEWAY="manual").gateway == "manual"
    assert load(**TWILIO, GATEWAY="simulator").gateway == "simulator"
    alone = {name: value for name, value in TWILIO.items() if name != "TWILIO_AUTH_TOKEN"}
    assert load(**alone).gateway == "simulator"


def test_a_token_in_a_file_makes_twilio_the_gateway_too(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("rahasia\n")
    given = {name: value for name, value in TWILIO.items() if name != "TWILIO_AUTH_TOKEN"}
    settings = load(**given, TWILIO_AUTH_TOKEN_FILE=str(secret))
    assert (settings.gateway, settings.twilio_auth_token) == ("twilio", "rahasia")


def test_twilio_needs_an_account_a_token_and_one_sender() -> None:
    needs = [mistake.partition(":")[0] for mistake in mistakes_of({"GATEWAY": "twilio"})]
    assert needs == ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WHATSAPP_FROM"]
    for sender in ({"TWILIO_SMS_FROM": "INGAT"}, {"TWILIO_WHATSAPP_FROM": "+6280000000001"}):
        keys = {name: TWILIO[name] for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")}
        assert load(**keys, **sender, GATEWAY="twilio").gateway == "twilio"
    no_sender = only_mistake(**TWILIO | {"TWILIO_SMS_FROM": ""})
    assert "TWILIO_WHATSAPP_FROM" in no_sender
    assert "TWILIO_SMS_FROM" in no_sender


def test_a_phone_with_a_sim_is_a_gateway_by_itself() -> None:
    assert load(**PHONE).gateway == "smsgate"
    assert load(**PHONE, GATEWAY="simulator").gateway == "simulator"
    assert load(**PHONE, GATEWAY="simulator").has_sms_gate is False
    assert load(**PHONE, GATEWAY="smsgate").has_sms_gate is True


def test_a_phone_takes_the_sms_from_twilio() -> None:
    whatsapp = {"TWILIO_WHATSAPP_FROM": "+6280000000002"}
    both = load(**TWILIO, **whatsapp, **PHONE)
    assert (both.gateway, both.has_sms_gate) == ("twilio", True)
    assert load(**TWILIO, **whatsapp).has_sms_gate is False
    mistake = only_mistake(**TWILIO, **PHONE)
    assert mistake.startswith("TWILIO_WHATSAPP_FROM: ")
    assert "GATEWAY=smsgate" in mistake


@pytest.mark.parametrize("missing", sorted(PHONE))
def test_half_a_phone_is_refused(missing: str) -> None:
    given = {name: value for name, value in PHONE.items() if name != missing}
    assert only_mistake(**given, GATEWAY="smsgate").startswith(f"{missing}: ")
    twilio = TWILIO | {"TWILIO_WHATSAPP_FROM": "+6280000000002"}
    assert only_mistake(**twilio, **given).startswith(f"{missing}: ")


def test_a_signing_key_alone_is_half_a_phone() -> None:
    needs = mistakes_of(TWILIO | {"SMSGATE_SIGNING_KEY": "rahasia_8"})
    assert [each.partition(":")[0] for each in needs] == list(PHONE)


def test_a_wrong_part_of_an_account_is_one_mistake() -> None:
    for name, value in (("TWILIO_ACCOUNT_SID", "x"), ("TWILIO_SMS_FROM", "+62")):
        assert only_mistake(**TWILIO | {name: value}, GATEWAY="twilio").startswith(f"{name}: ")


def test_every_mistake_is_reported_at_once() -> None:
    mistakes = mistakes_of({"TIMEZONE": "WIB", "LEASE_S": "x", "SHADOW": "maybe"})
    assert [mistake.partition(":")[0] for mistake in mistakes] == ["TIMEZONE", "SHADOW", "LEASE_S"]


def test_an_empty_value_counts_as_not_given() -> None:
    empty = dict.fromkeys(NAMES, "") | {f"{name}_FILE": " " for name in NAMES}
    assert load(**empty) == Settings()


def test_environment_is_read_when_none_is_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEASE_S", "7")
    assert load_settings(env_file=None).lease_s == 7


def test_unknown_variables_of_the_environment_are_ignored() -> None:
    assert load(PATH="/bin", LEAS_S="1") == Settings()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_one_url_and_needs_a_key(scheme: str) -> None:
    url = f"{scheme}://ingat:rahasia@db/ingat?host=/run"
    settings = load(DATABASE_URL=url, DATA_KEY=KEY)
    assert settings.database_url == "postgresql+psycopg://ingat:rahasia@db/ingat?host=/run"
    assert settings.is_postgresql
    mistake = only_mistake(DATABASE_URL=url)
    assert mistake.startswith("DATA_KEY: ")
    assert "openssl rand -base64 32" in mistake


def test_a_wrong_key_with_postgresql_is_one_mistake() -> None:
    assert "32 random bytes" in only_mistake(DATABASE_URL="postgresql://db/ingat", DATA_KEY="x")


def test_secrets_stay_out_of_the_repr() -> None:
    phone = repr(load(**PHONE, SMSGATE_SIGNING_KEY="kunci_rahasia"))
    assert "rahasia" not in phone
    settings = load(
        DATABASE_URL="postgresql://u:rahasia@db/ingat",
        DATA_KEY=KEY,
        TWILIO_AUTH_TOKEN_SECONDARY="rahasia",
        **TWILIO,
    )
    assert "rahasia" not in repr(settings)
    assert KEY not in repr(settings)


def test_value_from_a_file_loses_its_trailing_newline(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text(KEY + "\n")
    assert load(DATA_KEY_FILE=str(secret)).data_key == KEY


def test_a_setting_that_is_itself_a_file_may_be_named_by_a_file(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.touch()
    pointer = tmp_path / "pointer"
    pointer.write_text(f"{policy}\n")
    assert load(POLICY_FILE_FILE=str(pointer)).policy_file == policy


def test_a_device_without_an_end_is_not_read_to_its_end() -> None:
    assert "more than one line" in only_mistake(DATA_KEY_FILE="/dev/zero")


@pytest.mark.parametrize(
    "rest", ["u:p#ss/w@h:5432/d", "[::1]:5432/d", "h/d", "/d?host=/run", "u:1@h"]
)
def test_addresses_of_postgresql_are_taken_as_the_client_reads_them(rest: str) -> None:
    url = f"postgresql+psycopg://{rest}"
    assert load(DATABASE_URL=url, DATA_KEY=KEY).database_url == url


def test_value_and_file_together_are_a_mistake(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text(KEY)
    mistake = only_mistake(DATA_KEY=KEY, DATA_KEY_FILE=str(secret))
    assert mistake == "DATA_KEY: given twice, as DATA_KEY and as DATA_KEY_FILE: keep one of them"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"\n", "is empty"),
        (b"\xff\xfe", "not UTF-8"),
        (b"60\n61\n", "more than one line"),
        (b"\0", "more than one line"),
        (b"6" * 10_001, "more than one line"),
    ],
)
def test_unusable_value_file(content: bytes | None, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "lease"
    if content is not None:
        path.write_bytes(content)
    mistake = only_mistake(LEASE_S_FILE=str(path))
    assert mistake.startswith("LEASE_S: ")
    assert "LEASE_S_FILE" in mistake
    assert reason in mistake


def env_file(tmp_path: Path, content: str) -> Path:
    path = tmp_path / ".env"
    path.write_text(content)
    return path


def test_env_file_is_read_literally_and_the_environment_wins(tmp_path: Path) -> None:
    path = env_file(
        tmp_path, "\ufeffexport LEASE_S=5\nSHADOW='yes' # sampai Senin\nDATABASE_URL=sqlite:///$A\n"
    )
    settings = load_settings({"LEASE_S": "6"}, path)
    assert (settings.lease_s, settings.shadow) == (6, True)
    assert settings.database_url == "sqlite:///$A"


def test_a_file_in_the_environment_wins_over_a_value_in_the_env_file(tmp_path: Path) -> None:
    lease = tmp_path / "lease"
    lease.write_text("6\n")
    path = env_file(tmp_path, "LEASE_S=5\n")
    assert load_settings({"LEASE_S_FILE": str(lease)}, path).lease_s == 6


def test_a_missing_env_file_is_no_mistake(tmp_path: Path) -> None:
    assert load_settings({}, tmp_path / ".env") == Settings()


def test_env_file_of_the_working_directory_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file(tmp_path, "LEASE_S=5\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings({}).lease_s == 5


def test_a_typo_in_the_env_file_is_answered_with_the_nearest_name(tmp_path: Path) -> None:
    path = env_file(tmp_path, "# ours\nTIMEZON=Asia/Jakarta\nCOMPLETELY_ELSE=1\nlease_s=5\n")
    assert mistakes_of({}, path) == (
        f"{path} line 2: TIMEZON is no setting: did you mean TIMEZONE?",
        f"{path} line 3: COMPLETELY_ELSE is no setting: remove it, or see .env.example",
        f"{path} line 4: lease_s is no setting: did you mean LEASE_S?",
    )


def test_broken_and_doubled_lines_of_the_env_file_are_mistakes(tmp_path: Path) -> None:
    path = env_file(tmp_path, "LEASE_S\nSHADOW='yes\nSP4N_FRESH_H=1\nSP4N_FRESH_H=2\n")
    assert mistakes_of({}, path) == (
        f"{path} line 1: not a NAME=value line",
        f"{path} line 2: not a NAME=value line",
        f"{path} line 4: SP4N_FRESH_H is given a second time: keep one of them",
    )


def test_an_env_file_that_is_no_text_is_one_mistake(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"LEASE_S=\xff")
    assert mistakes_of({}, path) == (f"{path}: cannot be read: it is not UTF-8 text",)


def test_a_secret_key_is_32_characters_at_least() -> None:
    assert load_settings({"SECRET_KEY": "x" * 32}, None).secret_key == "x" * 32
    (mistake,) = mistakes_of({"SECRET_KEY": "x" * 31})
    assert mistake.startswith("SECRET_KEY: must have 32 characters at least")


def test_names_are_the_fields_of_settings() -> None:
    assert tuple(name.lower() for name in NAMES) == tuple(item.name for item in fields(Settings))


def test_example_shows_every_setting_once_with_its_default(tmp_path: Path) -> None:
    shown = re.findall(
        r"^#([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(name for name, _ in shown) == sorted(NAMES)
    as_written = env_file(tmp_path, "".join(f"{name}={value}\n" for name, value in shown))
    assert load_settings({}, as_written) == Settings()
    # A default that is something must be shown, not left empty.
    for name, value in shown:
        assert bool(value) == (getattr(Settings(), name.lower()) is not None), name


def test_example_changes_nothing_as_it_is() -> None:
    assert load_settings({}, EXAMPLE) == Settings()
