"""Commands on complaints: list, show, every verb of their life, pair, release, veto."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.base import At, Json, Number, emit, emit_lines, fail, installation, local, moment

if TYPE_CHECKING:
    from bot.compose import Installation
    from scheduler.case import Case
    from scheduler.lifecycle import Desk
    from scheduler.store.listing import ComplaintRow
    from scheduler.store.session import Connection


def masked(text: str | None) -> str | None:
    """Hide what identifies people in a text before it is stored, as imports do."""
    from bot.masking import mask

    return None if text is None else mask(text)


By = Annotated[str, typer.Option("--by", help="Who does it, for the audit trail.")]
Note = Annotated[
    str | None, typer.Option("--note", help="A remark for the audit trail.", callback=masked)
]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a few words.", callback=masked)]


def act(number: str, at: str | None, do: Callable[[Desk, Case, Installation], None]) -> None:
    """Do something to one complaint, in one transaction, at one moment."""
    from bot import verbs

    when = moment(at)
    with installation() as opened:
        case = verbs.act(opened, number, when, lambda desk, case: do(desk, case, opened))
        typer.echo(f"aduan {case.number}: {case.status}")


def receive(
    title: Annotated[
        str, typer.Option("--title", help="The complaint in a line.", callback=masked)
    ],
    text: Annotated[str, typer.Option("--text", help="The complaint itself.", callback=masked)],
    source: Annotated[str, typer.Option("--source", help="Where it came from.")] = "Tatap Muka",
    at: At = None,
    as_json: Json = False,
) -> None:
    """Enter a complaint that is not in SP4N; prints its own number."""
    from scheduler.case import Case
    from scheduler.ledger import KOMINFO
    from scheduler.lifecycle import Desk
    from scheduler.store import cases
    from scheduler.store.pairing import next_number
    from scheduler.store.session import writing

    when = moment(at)
    with installation() as opened:
        world = opened.world(when)
        with writing(opened.engine) as connection:
            nomor = next_number(connection, world.policy.kode, world.today(when), when)
            case = Case(title, text, when, when, nomor=nomor, sumber=source)
            desk = Desk(world, when)
            desk.receive(case, KOMINFO)
            cases.write(connection, desk.changes)
    if as_json:
        emit({"nomor": nomor})
    else:
        typer.echo(nomor)


def verify(number: Number, by: By = "kominfo", at: At = None) -> None:
    """Accept a complaint as one; it then waits for a disposition."""
    act(number, at, lambda desk, case, _: desk.verify(case, by))


def dispose(
    number: Number,
    instansi: Annotated[str, typer.Argument(help="Name or short name of the instansi.")],
    by: By = "kominfo",
    at: At = None,
) -> None:
    """Hand a complaint to an instansi: its clocks start and it is told."""
    from bot.verbs import instansi_named

    def do(desk: Desk, case: Case, _: Installation) -> None:
        desk.dispose(case, instansi_named(desk.world.directory, instansi).id, by)

    act(number, at, do)


def accept(number: Number, by: By = "opd", at: At = None) -> None:
    """TERIMA: the OPD acknowledges a complaint; no clock stops."""
    act(number, at, lambda desk, case, _: desk.accept(case, by))


def answer(
    number: Number,
    note: Note = None,
    normative: Annotated[
        bool, typer.Option("--normative", help="It names no action or date: the clock goes on.")
    ] = False,
    sp4n: Annotated[bool, typer.Option("--sp4n", help="It is recorded in SP4N.")] = False,
    by: By = "opd",
    at: At = None,
) -> None:
    """Record the answer of the OPD: its clocks stop. What it says is kept for SP4N (answers)."""
    from bot import verbs
    from scheduler.store.requests import keep_answer

    when = moment(at)

    def keep(connection: Connection, case: Case) -> None:
        if note is None or case.id is None or sp4n:
            return  # SP4N has it word for word
        to_copy = case.tracking_id is not None and not normative
        keep_answer(
            connection,
            case.id,
            note,
            when,
            post_id=None,
            inbound_id=None,
            substantive=not normative,
            to_copy=to_copy,
        )

    def do(desk: Desk, case: Case) -> None:
        desk.answer(case, by, note, substantive=not normative, in_sp4n=sp4n)

    with installation() as opened:
        case = verbs.act(opened, number, when, do, keep)
    typer.echo(f"aduan {case.number}: {case.status}")


def give_back(number: Number, reason: Reason, by: By = "kominfo", at: At = None) -> None:
    """Accept that the OPD was the wrong one; it is told to ignore, Kominfo disposes again."""
    act(number, at, lambda desk, case, _: desk.give_back(case, by, reason))


def pause(number: Number, reason: Reason, by: By = "kominfo", at: At = None) -> None:
    """TUNDA: something is missing from the citizen; the OPD's clocks stand still."""
    act(number, at, lambda desk, case, _: desk.pause(case, by, reason))


def resume(number: Number, by: By = "kominfo", at: At = None) -> None:
    """End a TUNDA: the clocks go on, later due times moved."""
    act(number, at, lambda desk, case, _: desk.resume(case, by))


def close(number: Number, note: Note = None, by: By = "kominfo", at: At = None) -> None:
    """Selesai: every clock stops."""
    act(number, at, lambda desk, case, _: desk.close(case, by, note))


def reopen(number: Number, note: Note = None, by: By = "pelapor", at: At = None) -> None:
    """BELUM or BUKA: it is not settled; new runs start under the policy of today."""
    act(number, at, lambda desk, case, _: desk.reopen(case, by, note))


def archive(number: Number, reason: Reason, by: By = "kominfo", at: At = None) -> None:
    """Arsip, with its reason: every clock stops."""
    act(number, at, lambda desk, case, _: desk.archive(case, by, reason))


def link(number: Number, tracking_id: str, at: At = None) -> None:
    """Pair an own complaint with SP4N's: one complaint, one ladder, under either number."""
    from scheduler.store.pairing import link as pair
    from scheduler.store.session import writing

    when = moment(at)
    with installation() as opened:
        world = opened.world(when)
        with writing(opened.engine) as connection:
            nomor = pair(connection, world, number, tracking_id.lstrip("#"), when)
    typer.echo(f"{nomor}: SP4N #{tracking_id.lstrip('#')}")


def release(
    number: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="One complaint; without it the backlog.")
    ] = None,
    at: At = None,
) -> None:
    """Let go what is held: the go-live backlog, or all that is held for one complaint."""
    from bot.verbs import locked
    from scheduler.ledger import HELD_BACKLOG
    from scheduler.store import holds
    from scheduler.store.session import writing
    from scheduler.sweep import row_id

    when = moment(at)
    with installation() as opened:
        world = opened.world(when)
        with writing(opened.engine) as connection:
            if number is None:
                ids, only = holds.backlog(connection), HELD_BACKLOG
            else:
                ids, only = [row_id(locked(connection, number))], None
            count = holds.release(connection, world, ids, when, only=only)
    typer.echo(f"{len(ids)} complaints released, {count} notices let go")


def veto(number: Number, reason: Reason, by: By = "kominfo", at: At = None) -> None:
    """Hold a complaint's unsent letters and escalations, with a reason; `release` lets them go."""
    from bot.verbs import locked
    from scheduler.complaint import RefusedError
    from scheduler.lifecycle import Desk
    from scheduler.store import cases, holds
    from scheduler.store.session import writing
    from scheduler.sweep import row_id

    when = moment(at)
    with installation() as opened:
        desk = Desk(opened.world(when), when)
        with writing(opened.engine) as connection:
            case = locked(connection, number)
            desk.remark(case, "veto", by, reason)
            count = holds.veto(connection, row_id(case), reason)
            if not count:
                raise RefusedError(
                    f"aduan {number} tidak punya surat atau eskalasi yang belum terkirim"
                )
            cases.write(connection, desk.changes)
    typer.echo(f"{count} notices held")


def complaints(
    status: Annotated[str | None, typer.Option("--status", help="Only those of a status.")] = None,
    as_json: Json = False,
) -> None:
    """List complaints."""
    from config.terms import Status
    from scheduler.store import listing
    from scheduler.store.session import reading

    if status is not None and status not in set(Status):
        fail(f"--status: {status!r} is none of {', '.join(Status)}", 2)
    with installation() as opened, reading(opened.engine) as connection:
        rows = listing.complaints(connection, Status(status) if status else None)
        if as_json:
            emit_lines(complaint_json(opened, row) for row in rows)
            return
        for row in rows:
            held = f" [{row.hold_reason}]" if row.hold_reason else ""
            kind = f" ({tipe(row)})" if tipe(row) else ""
            typer.echo(
                f"{row.tracking_id or row.nomor}{kind} {row.status} {row.instansi or '-'}: "
                f"{row.judul}{held}"
            )


def tipe(row: ComplaintRow) -> str | None:
    """Return how its reporter is protected, as SP4N's "Tipe Laporan" has it; None if not."""
    return "|".join(filter(None, ("Anonim" * row.anonim, "Rahasia" * row.rahasia))) or None


def complaint_json(opened: Installation, row: ComplaintRow) -> dict[str, Any]:
    """Return a complaint in the form other programs read."""
    return {
        "tracking_id": row.tracking_id or row.nomor,
        "nomor": row.nomor,
        "status": row.status,
        "instansi": row.instansi,
        "judul": row.judul,
        "isi": row.isi,
        "sumber": row.sumber,
        "tipe": tipe(row),
        "received_at": local(opened, row.received_at),
        "held": row.hold_reason,
    }


def show(number: Number, as_json: Json = False) -> None:
    """Show one complaint with its audit trail."""
    from scheduler.complaint import RefusedError
    from scheduler.store import cases, drafts, listing
    from scheduler.store.session import reading

    with installation() as opened, reading(opened.engine) as connection:
        key = cases.find(connection, number)
        if key is None:
            raise RefusedError(f"aduan {number} tidak ditemukan")
        document = complaint_json(opened, listing.complaint(connection, key))
        document["mirip"] = drafts.similar(connection, key)
        document["audit"] = [
            {"at": local(opened, at), "event": event, "actor": actor, "note": note}
            for at, event, actor, note in listing.trail(connection, key)
        ]
    if as_json:
        emit(document)
        return
    for name, value in document.items():
        if name not in ("audit", "mirip") and value is not None:
            typer.echo(f"{name}: {value}")
    if document["mirip"]:
        typer.echo(f"mirip: {', '.join(document['mirip'])}")
    for entry in document["audit"]:
        note = f": {entry['note']}" if entry["note"] else ""
        typer.echo(f"  {entry['at'][:16]} {entry['event']} ({entry['actor']}){note}")


def stop_all(at: At = None) -> None:
    """Stop everything: nothing is decided and nothing is sent until `resume-all`."""
    when = moment(at)
    with installation() as opened:
        opened.set_stopped(when, stopped=True)
    typer.echo("stopped")


def resume_all(at: At = None) -> None:
    """Let everything go on after `stop-all`, as after an outage: ladders do not bunch."""
    when = moment(at)
    with installation() as opened:
        opened.set_stopped(when, stopped=False)
    typer.echo("going on")


def add(app: typer.Typer) -> None:
    """Put these commands into the program."""
    for name, command in (
        ("complaints", complaints),
        ("show", show),
        ("receive", receive),
        ("verify", verify),
        ("dispose", dispose),
        ("accept", accept),
        ("answer", answer),
        ("return", give_back),
        ("pause", pause),
        ("resume", resume),
        ("close", close),
        ("reopen", reopen),
        ("archive", archive),
        ("link", link),
        ("release", release),
        ("veto", veto),
        ("stop-all", stop_all),
        ("resume-all", resume_all),
    ):
        app.command(name)(command)
