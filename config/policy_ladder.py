"""What must hold between the steps of one clock: their order, their units, their names.

A rung is a step with its TOML table, so that a mistake is reported where it was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from config.limits import BUKA, TUTUP, Hour, Limit, Unit
from config.message_files import SYSTEM_KINDS
from config.policy import LIMIT_STEP, Step, in_quiet_hours
from config.policy_reader import Table
from config.terms import Klasifikasi

Limits = Mapping[Klasifikasi, Limit]

# Only for the order of two steps on one day. Perpres 21/2023 opens offices at 07.30; the cut-off
# is 16.00 unless an office closes earlier.
_NOMINAL = {BUKA: time(7, 30), TUTUP: time(16)}


@dataclass(frozen=True, slots=True)
class Rung:
    """A step and where it was written; `timed` is False if its time was wrong and reported."""

    table: Table
    step: Step
    timed: bool


def hourly(limit: Limit) -> bool:
    """Whether the limit counts hours rather than days."""
    return limit.unit in (Unit.JAM, Unit.JAM_KERJA)


def check_quiet(table: Table, step: Step, quiet: tuple[time, time]) -> None:
    """Report a step planned inside the quiet hours, [from, until)."""
    if step.hour and step.hour.at and in_quiet_hours(step.hour.at, *quiet):
        start, end = quiet
        table.problem(
            f"{step.hour.at:%H:%M} termasuk jam tenang, {start:%H:%M} sampai {end:%H:%M}.",
            "hour",
            "due",
        )


def check_reserved(table: Table, step: Step) -> None:
    """Report a name or a message kind that Ingat keeps for itself."""
    if step.name == LIMIT_STEP:
        table.problem(f'"{LIMIT_STEP}" dipakai sistem sendiri; beri langkah ini nama lain.', "step")
    if step.message in SYSTEM_KINDS:
        table.problem(f'"{step.message}" dipakai sistem sendiri, bukan untuk langkah.', "message")


def check_hour(table: Table, step: Step, limits: Limits) -> bool:
    """Report a missing or superfluous hour; whether the step has a usable time."""
    if step.due == "mulai":
        for key in ("hour", "repeat", "veto"):
            if table.has(key):
                table.problem('Tidak berlaku bagi langkah dengan due "mulai".', key)
        return True
    dues = limits.values() if step.due == "batas" else (step.due,)
    if any(map(hourly, dues)):
        if table.has("hour"):
            table.problem("Hanya untuk tenggat dalam hari, bukan dalam jam.", "hour")
        return True
    if step.hour is None:
        if not table.has("hour"):
            table.problem('Kunci "hour" belum ditulis.')
        return False
    return True


def check_ladder(clock: Table, limits: Limits, rungs: Sequence[Rung]) -> None:
    """Report what is wrong between the steps of a clock, and between them and its limits."""
    _check_limit(clock, limits, rungs)
    names: set[str] = set()
    for rung in rungs:
        if rung.step.name in names and rung.step.name:
            rung.table.problem(f'"{rung.step.name}" sudah ditulis di atas.', "step")
        names.add(rung.step.name)
    for rung in rungs[:-1]:
        if rung.step.repeat:
            rung.table.problem("Hanya langkah terakhir yang boleh diulang.", "repeat")
    if _units_agree(clock, limits, rungs):
        _check_order(limits, rungs)


def _check_limit(clock: Table, limits: Limits, rungs: Sequence[Rung]) -> None:
    """Report keys that need a limit where there is none, or one in days."""
    if not clock.has("limit", "limits"):
        if clock.has("at_limit"):
            clock.problem('Perlu "limit".', "at_limit")
        for rung in rungs:
            if rung.step.due == "batas":
                rung.table.problem('Perlu "limit" pada [[clock]].', "due")
    if clock.has("limit_hour") and any(map(hourly, limits.values())):
        clock.problem("Hanya untuk batas dalam hari.", "limit_hour")


def _units_agree(clock: Table, limits: Limits, rungs: Sequence[Rung]) -> bool:
    """Report hours mixed with days, and dues that cannot be put in order."""
    written = [
        (clock, "limits" if clock.has("limits") else "limit", limit) for limit in limits.values()
    ]
    dues = [(rung, rung.step.due) for rung in rungs if isinstance(rung.step.due, Limit)]
    for rung in rungs:
        for key, limit in (("due", rung.step.due), ("repeat", rung.step.repeat)):
            if isinstance(limit, Limit):
                written.append((rung.table, key, limit))
    agree = True
    for table, key, limit in written:
        if hourly(limit) != hourly(written[0][2]):
            table.problem("Tenggat dalam jam dan dalam hari tidak boleh dicampur.", key)
            agree = False
    for rung, due in dues:
        first = dues[0][1]
        if due.unit != first.unit and hourly(due) == hourly(first):
            message = (
                f'Tulis semua due dengan satuan yang sama, "{first.unit}", agar urutannya jelas.'
            )
            rung.table.problem(message, "due")
            agree = False
    return agree


def _check_order(limits: Limits, rungs: Sequence[Rung]) -> None:
    """Report steps that fall before one written above them, for any klasifikasi they share."""
    wrong: set[int] = set()
    for klasifikasi in Klasifikasi:
        latest: tuple[int, time] | None = None
        above = ""
        for number, rung in enumerate(rungs):
            only = rung.step.when.klasifikasi
            moment = _moment(rung, limits.get(klasifikasi), rungs)
            if moment is None or (only and klasifikasi not in only):
                continue
            if latest is not None and moment < latest:
                if number not in wrong:
                    rung.table.problem(f'Jatuh sebelum langkah "{above}" di atasnya.', "due")
                wrong.add(number)
            else:
                latest, above = moment, rung.step.name


def _moment(rung: Rung, limit: Limit | None, rungs: Sequence[Rung]) -> tuple[int, time] | None:
    """When the step falls, comparable within one clock; None if that cannot be said."""
    if not rung.timed:
        return None
    if rung.step.due == "mulai":
        return 0, time.min
    if rung.step.due != "batas":
        return rung.step.due.amount, _time_of(rung.step.hour)
    units = {other.step.due.unit for other in rungs if isinstance(other.step.due, Limit)}
    if limit is None or units - {limit.unit}:
        return None
    return limit.amount, _time_of(rung.step.hour)


def _time_of(hour: Hour | None) -> time:
    if hour is None:
        return time.min
    return hour.at or _NOMINAL.get(hour, time.min)
