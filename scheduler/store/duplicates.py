"""Complaints archived as the same as another one: their reporters hear what becomes of that one.

A duplicate says in its reason which complaint it is the same as, by a number that this one keeps
through every pairing; that the two are noted as alike is how it is found from there. Reopened, it
is a complaint of its own again. Complaints that merely read alike have nothing to do with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, exists, func, insert, select

from config.terms import Clock, Status
from scheduler.case import Event, NewNotice
from scheduler.store.dialogue_tables import Answer, SimilarComplaint
from scheduler.store.messaging_tables import Notice, PhoneChannel
from scheduler.store.tables import Audit, ClockRun, Complaint

SAME_AS: Final = "digabung dengan "
"""How the reason of a duplicate begins; the number of the other complaint follows."""
SURE: Final = 100
ANSWERED: Final = "dijawab"
ARCHIVED: Final = "diarsipkan"
_HANDLED: Final = "sudah ditindaklanjuti"
"""What others read for the answer to a complaint whose content is not for them."""

_REFUSES: Final = (
    exists()
    .where(
        PhoneChannel.phone_id == Complaint.reporter_phone_id, PhoneChannel.opted_out_at.is_not(None)
    )
    .label("refuses")
)


@dataclass(frozen=True, slots=True)
class Kept:
    """The complaint that another one is the same as."""

    id: int
    tracking_id: str | None
    nomor: str | None
    status: Status
    alasan: str | None
    answered_at: datetime | None
    last_event_at: datetime
    instansi_id: int | None
    reporter_phone_id: int | None
    rahasia: bool
    hidden: bool

    @property
    def answered(self) -> bool:
        """Whether it has its answer: given here, or in SP4N and closed there."""
        return self.status is not Status.ARSIP and (
            self.answered_at is not None or self.status is Status.SELESAI
        )


_KEPT: Final = select(*(getattr(Complaint, name) for name in Kept.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class _Told:
    """A reporter of a duplicate."""

    complaint_id: int
    phone_id: int


def kept_for(
    connection: Connection, status: Status, alasan: str | None, *, lock: bool = False
) -> Kept | None:
    """Return what a complaint was archived as a duplicate of; None where it was not.

    Of a duplicate of a duplicate it is the one that is handled. With `lock` nobody answers it
    before the caller's transaction ends.
    """
    chain = _chain(connection, status, alasan, lock=lock)
    return chain[-1] if chain else None


def _chain(connection: Connection, status: Status, alasan: str | None, *, lock: bool) -> list[Kept]:
    found: list[Kept] = []
    while status is Status.ARSIP and (number := _named(alasan)) is not None:
        query = _KEPT.where((Complaint.tracking_id == number) | (Complaint.nomor == number))
        row = connection.execute(query.with_for_update(key_share=True) if lock else query).first()
        if row is None or any(row.id == one.id for one in found):
            break
        found.append(Kept(*row))
        status, alasan = found[-1].status, found[-1].alasan
    return found


def _named(alasan: str | None) -> str | None:
    if alasan is None or not alasan.startswith(SAME_AS):
        return None
    return alasan.removeprefix(SAME_AS).strip().removeprefix("SP4N ").lstrip("#").upper() or None


def rows(
    connection: Connection, news: Sequence[tuple[NewNotice, Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    """Return the notices of reporters of duplicates; each of the news with its own reporter's.

    Once a person: whoever reported the other complaint too, or several of its duplicates, is told
    by one of his numbers. Nobody is told who asked for no messages. A complaint that is archived
    as the same as one that was answered already brings that answer with it.
    """
    told: list[dict[str, Any]] = []
    for one, row in news:
        if one.kind == ARCHIVED and _named(one.case.alasan) is not None:
            told += _at_once(connection, one, row)
    # What ends after its answer is no news: they have that answer.
    some = [each for each in news if each[0].kind == ANSWERED or each[0].case.answered_at is None]
    cases = [one.case for one, _ in some]
    ends = {case.id: (case.tracking_id, case.nomor) for case in cases if case.id is not None}
    reporters = _reporters(connection, ends)
    for one, row in some:
        secret = one.case.rahasia or one.case.hidden
        found = reporters.get(one.case.id or 0, ())
        told += _each(one, row, found, one.case.reporter_phone_id, secret=secret)
    return told


def caused(connection: Connection, since: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return the notices that reporters of duplicates get of what was done: (complaint, notice).

    `since` has, by complaint, the last event before it.
    """
    numbers = select(Complaint.id, Complaint.tracking_id, Complaint.nomor)
    some = connection.execute(numbers.where(Complaint.id.in_(since)))
    alike = _reporters(connection, {row.id: (row.tracking_id, row.nomor) for row in some})
    others = {each.complaint_id for told in alike.values() for each in told}
    if not others:
        return []
    done = select(Audit.id, Audit.complaint_id).where(Audit.complaint_id.in_(alike))
    whose = {row.id: row.complaint_id for row in connection.execute(done)}
    found = connection.execute(
        select(Notice.id, Notice.cause)
        .where(Notice.complaint_id.in_(others), Notice.cause.startswith("same/"))
        .order_by(Notice.id)
    )
    events = [(row.id, int(row.cause.split("/")[1])) for row in found]
    return [(whose[e], key) for key, e in events if e in whose and e > since[whose[e]]]


def _at_once(
    connection: Connection, one: NewNotice, row: Mapping[str, Any]
) -> list[dict[str, Any]]:
    case = one.case
    assert case.id is not None
    chain = _chain(connection, Status.ARSIP, case.alasan, lock=True)
    if not chain or any(kept.id == case.id for kept in chain):
        return []
    _link(connection, case.id, chain[0].id)
    kept = chain[-1]
    if not kept.answered:
        return []
    body = connection.execute(
        select(Answer.body)
        .where(Answer.complaint_id == kept.id, Answer.substantive)
        .order_by(Answer.id.desc())
        .limit(1)
    ).scalar()
    limit = connection.execute(
        select(ClockRun.limit_at).where(
            ClockRun.complaint_id == kept.id,
            ClockRun.clock == Clock.TANGGAPAN,
            ClockRun.stopped_at.is_(None),
        )
    ).scalar()
    answer = {"kind": ANSWERED, "note": body, "limit_at": limit, "instansi_id": kept.instansi_id}
    ends = {case.id: (case.tracking_id, case.nomor)}
    found = list(_reporters(connection, ends).get(case.id, ()))
    if case.reporter_phone_id is not None and not _refuses(connection, case.id):
        found.insert(0, _Told(case.id, case.reporter_phone_id))
    secret = kept.rahasia or kept.hidden
    return _each(one, {**row, **answer}, found, kept.reporter_phone_id, secret=secret)


def _link(connection: Connection, one: int, other: int) -> None:
    """Note that two complaints are alike; the caller has locked both."""
    pair = {"complaint_id": max(one, other), "other_id": min(one, other)}
    there = select(SimilarComplaint.score).filter_by(**pair)
    if connection.execute(there).first() is None:
        connection.execute(insert(SimilarComplaint).values(**pair, score=SURE))


def _each(
    one: NewNotice,
    row: Mapping[str, Any],
    found: Iterable[_Told],
    knows: int | None,
    *,
    secret: bool,
) -> list[dict[str, Any]]:
    """Return a row like one for each person, but for the phone that `knows` already."""
    assert isinstance(one.source, Event)
    kind, note = row["kind"], row["note"]
    if secret:
        note = _HANDLED if kind == ANSWERED else None
    people: dict[int, int] = {}
    for each in found:
        if each.phone_id != knows:
            people.setdefault(each.phone_id, each.complaint_id)
    return [
        {
            **row,
            "cause": f"same/{one.source.id}/{kind}/{complaint_id}",
            "complaint_id": complaint_id,
            "phone_id": phone_id,
            "note": note,
        }
        for phone_id, complaint_id in people.items()
    ]


def _refuses(connection: Connection, complaint_id: int) -> bool:
    return bool(connection.execute(select(_REFUSES).where(Complaint.id == complaint_id)).scalar())


def _reporters(
    connection: Connection, ends: Mapping[int, tuple[str | None, str | None]]
) -> dict[int, list[_Told]]:
    """Return who reported the duplicates of complaints, and theirs in turn, the oldest first."""
    found: dict[int, list[_Told]] = {}
    of = {key: key for key in ends}
    numbers = dict(ends)
    left: Collection[int] = list(ends)
    while left:
        level = list(left)
        left = []
        for row in _duplicates(connection, level):
            if row.id in of or _named(row.alasan) not in numbers[row.kept]:
                continue
            of[row.id], numbers[row.id] = of[row.kept], (row.tracking_id, row.nomor)
            left.append(row.id)
            if row.reporter_phone_id is not None and not row.refuses:
                found.setdefault(of[row.id], []).append(_Told(row.id, row.reporter_phone_id))
    for told in found.values():
        told.sort(key=lambda each: each.complaint_id)
    return found


def _duplicates(connection: Connection, ids: Sequence[int]) -> Iterator[Any]:
    one, two = SimilarComplaint.complaint_id, SimilarComplaint.other_id
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        for kept, other in ((one, two), (two, one)):
            yield from connection.execute(
                select(
                    kept.label("kept"),
                    Complaint.id,
                    Complaint.tracking_id,
                    Complaint.nomor,
                    Complaint.alasan,
                    Complaint.reporter_phone_id,
                    _REFUSES,
                )
                .join(Complaint, Complaint.id == other)
                .where(
                    kept.in_(some),
                    Complaint.status == Status.ARSIP,
                    Complaint.merged_into_id.is_(None),
                    func.substr(Complaint.alasan, 1, len(SAME_AS)) == SAME_AS,
                )
            ).all()
