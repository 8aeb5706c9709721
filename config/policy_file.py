"""Reading an escalation policy from TOML: every mistake at once, each with its line.

All messages are for the officer who writes the policy, in Indonesian. docs/policy.md explains the
keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from importlib.resources import files
from typing import cast, get_args

from config.limits import TUTUP, Hour, Limit, parse_hour, parse_limit
from config.policy import (
    Approval,
    AtLimit,
    ClockPolicy,
    Condition,
    Days,
    Due,
    Policy,
    Recipients,
    Start,
    Step,
    Stop,
    beginning_of,
    fold,
    in_quiet_hours,
)
from config.policy_ladder import (
    Limits,
    Rung,
    check_hour,
    check_ladder,
    check_quiet,
    check_reserved,
    hourly,
)
from config.policy_reader import (
    Report,
    Table,
    choices,
    flag,
    many,
    one_of,
    pattern,
    string,
    word_of,
)
from config.terms import Channel, Clock, Jenis, Klasifikasi, Letter, Peran, Status

_STARTS: Mapping[Clock, frozenset[Start]] = {
    Clock.VERIFIKASI: frozenset({Start.MASUK}),
    Clock.RESPON: frozenset({Start.MASUK, Start.VERIFIKASI, Start.DISPOSISI}),
    Clock.PENYELESAIAN: frozenset({Start.MASUK, Start.VERIFIKASI, Start.DISPOSISI}),
    Clock.TANGGAPAN: frozenset({Start.JAWABAN}),
    Clock.KELENGKAPAN: frozenset({Start.TUNDA}),
}
_ANSWERED = frozenset({Stop.JAWABAN, Stop.JAWABAN_SUBSTANTIF, Stop.TERCATAT_SP4N})
_STOPS: Mapping[Clock, frozenset[Stop]] = {
    Clock.VERIFIKASI: frozenset({Stop.DISPOSISI}),
    Clock.RESPON: _ANSWERED,
    Clock.PENYELESAIAN: _ANSWERED,
    Clock.TANGGAPAN: frozenset({Stop.TANGGAPAN}),
    Clock.KELENGKAPAN: frozenset({Stop.LENGKAP}),
}
# Only waiting for the citizen may end by itself; an OPD's silence never closes a complaint.
_AT_LIMITS = {
    Clock.TANGGAPAN: frozenset({AtLimit.SELESAI}),
    Clock.KELENGKAPAN: frozenset({AtLimit.ARSIP}),
}

SIANG = time(12)
"""From noon on a morning's figures are no use to anybody."""

_DEFAULT_CHANNELS = (Channel.WHATSAPP, Channel.SMS)

# Indonesian mobile numbers however spaced, landlines such as (0323) 321000, international ones.
_PHONE = re.compile(
    r"(?<!\w)(?:(?:\+?62|0)[ .-]?8\d(?:[ .-]?\d){6,11}"
    r"|\(?0[2-79]\d{1,2}[) -]{1,2}\d{5,8}"
    r"|\+\d(?:[ .-]?\d){7,14})(?!\d)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a clock takes from the rest of the file; None where it is not known."""

    quiet: tuple[time, time] | None
    messages: frozenset[str] | None
    dasar_hukum: str


def parse_policy(text: str, messages: frozenset[str] | None = None) -> Policy:
    """Read a policy from TOML text; raises PolicyError with every mistake, in order of line.

    `messages` are the message kinds that exist; None leaves their names unchecked.
    """
    report = Report(text)
    _refuse_phones(report, text)
    top = Table(report, report.data)
    quiet = _quiet(top)
    dasar_hukum = top.need("dasar_hukum", string) or ""
    ringkasan, rekap = _ringkasan(top, quiet)
    policy = Policy(
        nama=top.need("nama", string) or "",
        kode=top.need("kode", _kode) or "",
        tanda=top.need("tanda", _tanda) or "",
        dasar_hukum=dasar_hukum,
        persetujuan_jawaban=top.need("persetujuan_jawaban", _approval) or "tidak",
        quiet_from=(quiet or (time(),))[0],
        quiet_until=(quiet or (time(),))[-1],
        clocks=_clocks(top, _Known(quiet, messages, dasar_hukum)),
        sp4n_status=_sp4n_status(top),
        ringkasan=ringkasan,
        rekap=rekap,
    )
    top.close()
    report.close()
    return policy


def load_default_text() -> str:
    """The text of the default policy, Sampang's."""
    return files("config").joinpath("policy.toml").read_text("utf-8")


def _refuse_phones(report: Report, text: str) -> None:
    # The text is kept as it is, unencrypted, and shown; people and their phones live elsewhere.
    for number, line in enumerate(text.split("\n"), start=1):
        if _PHONE.search(line):
            report.add_line(number, "Nomor telepon tidak boleh ditulis di sini.")


def _quiet(top: Table) -> tuple[time, time] | None:
    if not top.has("tenang"):
        top.problem("Tabel [tenang] belum ditulis.")
    table = top.table("tenang")
    if table is None:
        return None
    start, end = table.need("dari", _clock_time), table.need("sampai", _clock_time)
    table.close()
    if start is None or end is None:
        return None
    if start == end:
        table.problem("Jam tenang harus berakhir pada jam yang berbeda dari mulainya.", "sampai")
        return None
    return start, end


def _ringkasan(top: Table, quiet: tuple[time, time] | None) -> tuple[time | None, time | None]:
    """Return when Kominfo and the Sekda get their figures; None where the file says nothing."""
    table = top.table("ringkasan") if top.has("ringkasan") else None
    if table is None:
        return None, None
    hours = []
    for key in ("kominfo", "sekda"):
        hour = table.need(key, _clock_time) if table.has(key) else None
        if hour is not None and quiet is not None and in_quiet_hours(hour, *quiet):
            table.problem(f"{hour:%H:%M} termasuk jam tenang.", key)
        if hour is not None and hour >= SIANG:
            table.problem("Ringkasan dan rekap dikirim sebelum pukul 12:00.", key)
        hours.append(hour)
    table.close()
    ringkasan, rekap = hours
    return ringkasan, rekap


def _sp4n_status(top: Table) -> tuple[tuple[str, Status, bool], ...]:
    if not top.has("sp4n_status"):
        top.problem("Tabel [[sp4n_status]] belum ditulis; tanpa itu semua laporan SP4N tertahan.")
    entries: list[tuple[str, Status, bool]] = []
    for table in top.tables("sp4n_status"):
        export = table.need("export", _export) or ""
        status = table.need("status", one_of(Status)) or Status.BELUM_TERVERIFIKASI
        hidden = table.get("hidden", flag) or False
        table.close()
        if export and fold(export) in (fold(entry) for entry, _, _ in entries):
            table.problem(f'"{export}" sudah ditulis di atas.', "export")
        entries.append((export, status, hidden))
    return tuple(entries)


def _clocks(top: Table, known: _Known) -> dict[Clock, ClockPolicy]:
    if not top.has("clock"):
        top.problem("Tabel [[clock]] belum ditulis; tanpa itu tidak ada yang diingatkan.")
    clocks: dict[Clock, ClockPolicy] = {}
    for table in top.tables("clock"):
        policy = _clock(table, known)
        if policy is not None and policy.clock in clocks:
            table.problem(f'"{policy.clock}" sudah ditulis di atas.', "clock")
        elif policy is not None:
            clocks[policy.clock] = policy
    return clocks


def _clock(table: Table, known: _Known) -> ClockPolicy | None:
    clock = table.need("clock", one_of(Clock))
    start = table.need("start", one_of(Start))
    stop = table.need("stop", one_of(Stop))
    days = table.need("days", one_of(Days))
    limits = _limits(table)
    at_limit = table.get("at_limit", one_of(AtLimit))
    limit_hour = table.get("limit_hour", _hour)
    dasar_hukum = table.get("dasar_hukum", string) or known.dasar_hukum
    rungs = [_rung(step, limits, limit_hour or TUTUP, known) for step in table.tables("step")]
    table.close()
    check_ladder(table, limits, rungs)
    if clock is None:
        return None
    policy = ClockPolicy(
        clock=clock,
        start=start or min(_STARTS[clock]),
        stop=stop or min(_STOPS[clock]),
        days=days or Days.PENGIRIM,
        limits=limits,
        at_limit=at_limit,
        limit_hour=limit_hour or TUTUP,
        steps=tuple(rung.step for rung in rungs),
        dasar_hukum=dasar_hukum,
    )
    _check_sense(table, policy)
    return policy


def _check_sense(table: Table, policy: ClockPolicy) -> None:
    """Report values that are right in themselves but not for this clock."""
    clock = policy.clock
    for key, value, fitting in (
        ("start", policy.start, _STARTS[clock]),
        ("stop", policy.stop, _STOPS[clock]),
        ("at_limit", policy.at_limit, _AT_LIMITS.get(clock, frozenset())),
    ):
        if value is not None and value not in fitting:
            hint = choices(sorted(fitting))
            table.problem(f'"{value}" tidak cocok untuk "{clock}".{hint}', key)
    if clock == Clock.VERIFIKASI and policy.days == Days.OPD:
        table.problem('Selama verifikasi OPD belum ditentukan; tulis "pengirim".', "days")


def _limits(table: Table) -> dict[Klasifikasi, Limit]:
    everyone = table.get("limit", _limit)
    own = table.table("limits")
    if own is None:
        return {} if everyone is None else dict.fromkeys(Klasifikasi, everyone)
    limits: dict[Klasifikasi, Limit] = {}
    for klasifikasi in Klasifikasi:
        limit = own.get(klasifikasi, _limit) or everyone
        if limit is not None:
            limits[klasifikasi] = limit
        elif not table.has("limit") and not own.has(klasifikasi):
            own.problem(f'Batas untuk "{klasifikasi}" belum ditulis.')
    own.close()
    return limits


def _rung(table: Table, limits: Limits, limit_hour: Hour, known: _Known) -> Rung:
    name = table.need("step", _name)
    due = table.need("due", _due)
    hour = table.get("hour", _hour)
    if due == "batas" and not table.has("hour") and not any(map(hourly, limits.values())):
        hour = limit_hour
    message = _name if known.messages is None else word_of(sorted(known.messages))
    recipients, per_opd = _recipients(table), _per_opd(table)
    step = Step(
        name=name or "",
        due=due or "mulai",
        hour=hour,
        recipients=recipients or Recipients(to=()),
        per_opd=tuple((opd, told) for _, opd, told in per_opd if told),
        channels=table.get("channels", many(one_of(Channel))) or _DEFAULT_CHANNELS,
        message=table.need("message", message) or "",
        letter=table.get("letter", one_of(Letter)),
        when=_when(table),
        repeat=table.get("repeat", _limit),
        veto=table.get("veto", _veto),
    )
    table.close()
    if step.letter == Letter.ESKALASI:
        for row, told in ((table, recipients), *((row, told) for row, _, told in per_opd)):
            if told and Peran.SEKDA not in told.to + told.copy:
                row.problem('Eskalasi paling sedikit ditembuskan kepada "sekda".', "copy", "to")
    check_reserved(table, step)
    told_or_letter_unknown = recipients is None or (table.has("letter") and step.letter is None)
    if not step.formal and not told_or_letter_unknown:
        # A ladder looks ahead to its next formal step: a courtesy would be told once, never again.
        for key, value in (("repeat", step.repeat), ("veto", step.veto)):
            if value is not None:
                table.problem(
                    "Hanya untuk langkah yang membawa surat atau sampai ke pimpinan.", key
                )
    if known.quiet:
        check_quiet(table, step, known.quiet)
    timed = due is not None and check_hour(table, step, limits)
    return Rung(table, step, timed)


def _recipients(table: Table) -> Recipients | None:
    to = table.need("to", _roles)
    copy = table.get("copy", _roles_or_none)
    weekly = table.get("weekly", _roles_or_none)
    for key, roles, before in (("copy", copy, to), ("weekly", weekly, (to or ()) + (copy or ()))):
        for role in roles or ():
            if role in (before or ()):
                table.problem(f'"{role}" sudah menerima langkah ini.', key)
    if to is None:
        return None
    return Recipients(to, copy or (), weekly or ())


def _per_opd(table: Table) -> list[tuple[Table, str, Recipients | None]]:
    rows: list[tuple[Table, str, Recipients | None]] = []
    for row in table.tables("per_opd"):
        instansi = row.need("instansi", string)
        recipients = _recipients(row)
        row.close()
        if instansi and fold(instansi) in (fold(name) for _, name, _ in rows):
            row.problem(f'"{instansi}" sudah ditulis di atas.', "instansi")
        rows.append((row, instansi or "", recipients))
    return rows


def _when(table: Table) -> Condition:
    when = table.table("when")
    if when is None:
        return Condition()
    condition = Condition(
        klasifikasi=frozenset(when.get("klasifikasi", many(one_of(Klasifikasi))) or ()),
        jenis=frozenset(when.get("jenis", many(one_of(Jenis))) or ()),
        kategori=frozenset(when.get("kategori", many(string)) or ()),
        sumber=frozenset(when.get("sumber", many(string)) or ()),
        instansi=frozenset(when.get("instansi", many(string)) or ()),
    )
    when.close()
    return condition


_roles = many(one_of(Peran))
_roles_or_none = many(one_of(Peran), empty=True)
_name = pattern("[a-z][a-z0-9_]{0,39}", "pakai huruf kecil, angka, dan garis bawah.")
# An SMS of one segment has room for a number of 13 characters and a signature of 24.
_kode = pattern("[A-Z]{2,3}", "pakai dua atau tiga huruf besar.")
_tanda = pattern(
    "[A-Za-z0-9 .,&'()/-]{2,24}", "pakai 2 sampai 24 huruf, angka, spasi, atau .,&'()/-"
)


def _approval(value: object) -> Approval:
    return cast("Approval", word_of(get_args(Approval))(value))


def _limit(value: object) -> Limit:
    limit = parse_limit(string(value))
    if limit.amount == 0:
        raise ValueError("Tenggat paling sedikit 1.")
    return limit


def _due(value: object) -> Due:
    match string(value):
        case "mulai":
            return "mulai"
        case "batas":
            return "batas"
        case limit:
            return _limit(limit)


def _hour(value: object) -> Hour:
    return parse_hour(string(value))


def _clock_time(value: object) -> time:
    hour = _hour(value)
    if hour.at is None:
        raise ValueError('Tulis jam tertentu, misalnya "20:00".')
    return hour.at


def _veto(value: object) -> timedelta:
    found = re.fullmatch(r"(\d{1,4}) ?(menit|jam)", string(value), re.ASCII)
    if found is None:
        raise ValueError('Tulis misalnya "60 menit" atau "2 jam".')
    veto = timedelta(minutes=int(found[1]) * (60 if found[2] == "jam" else 1))
    if not timedelta(0) < veto <= timedelta(days=1):
        raise ValueError("Harus lebih dari 0 dan paling lama 24 jam.")
    return veto


def _export(value: object) -> str:
    word = string(value)
    beginning = beginning_of(word)
    if beginning is not None and len(beginning.strip()) < 3:
        raise ValueError(
            "Awalan paling sedikit tiga huruf, agar status yang tidak dikenal tertahan."
        )
    return word
