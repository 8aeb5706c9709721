"""Settings: what is accepted, what is refused, and that `.env.example` tells the truth."""

from __future__ import annotations

import base64
import re
from dataclasses import fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.settings import LATER, NAMES, Settings, SettingsError, load_settings

KEY_BYTES = bytes(range(221, 253))  # its base64 has both + and /
KEY = base64.b64encode(KEY_BYTES).decode()
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
        ("PUBLIC_URL", "https://contoh.go.id/?a=1", "no web address"),
        ("PUBLIC_URL", "https://u:rahasia@contoh.go.id", "leave user and password out"),
        ("DATA_KEY", "rahasia", "openssl rand -base64 32"),
        ("DATA_KEY", base64.b64encode(KEY_BYTES[:31]).decode(), "32 random bytes"),
        ("DATA_KEY", base64.b64encode(KEY_BYTES + b"x").decode(), "32 random bytes"),
        ("GATEWAY", "twilio", "sends through the simulator only"),
        ("GATEWAY", "manual", "sends through the simulator only"),
        ("GATEWAY", "Simulator", "no gateway"),
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
    settings = load(DATABASE_URL="postgresql://u:rahasia@db/ingat", DATA_KEY=KEY)
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


def test_value_and_file_together_are_a_mistake(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text(KEY)
    mistake = only_mistake(DATA_KEY=KEY, DATA_KEY_FILE=str(secret))
    assert mistake == "DATA_KEY: given twice, as DATA_KEY and as DATA_KEY_FILE: keep one of them"


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file"), (b"\n", "is empty"), (b"\xff\xfe", "not UTF-8")]
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


@pytest.mark.parametrize("name", LATER)
def test_settings_of_other_versions_are_tolerated(name: str, tmp_path: Path) -> None:
    assert load_settings({}, env_file(tmp_path, f"{name}=x\n{name}_FILE=y\n")) == Settings()


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
