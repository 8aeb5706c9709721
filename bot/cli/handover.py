"""`ingat handover …`: open duties handed to another officer during a leave."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bot.cli.base import At, Json, emit, emit_lines, fail, installation, local, moment

if TYPE_CHECKING:
    from bot.compose import Installation
    from scheduler.store.handover_lists import Listed, When
    from scheduler.store.session import Connection
    from scheduler.store.users import Account

app = typer.Typer(help="Open duties that another officer takes over during a leave (serah terima).")

STATES: Final[tuple[When, ...]] = ("berlaku", "akan_datang", "lalu")

User = Annotated[
    str, typer.Option("--by", metavar="USER", help="A user of the console, in whose name it is.")
]


class Reason(StrEnum):
    """Why somebody is away."""

    CUTI = "cuti"
    SAKIT = "sakit"
    DINAS_LUAR = "dinas_luar"


@app.command("list")
def list_handovers(
    *,
    over: Annotated[
        bool, typer.Option("--over", help="Also the newest of those that are over.")
    ] = False,
    at: At = None,
    as_json: Json = False,
) -> None:
    """List the handovers in force and to come, the newest made first."""
    from scheduler.store import handover_lists
    from scheduler.store.session import reading

    when = moment(at)
    with installation() as opened, reading(opened.engine) as connection:
        today = when.astimezone(opened.settings.timezone).date()
        found: list[tuple[When, Listed]] = []
        states: tuple[When, ...] = STATES if over else STATES[:2]
        for state in states:
            found += [(state, row) for row in handover_lists.listed(connection, state, today)]
        if as_json:
            emit_lines(_document(opened, state, row) for state, row in found)
            return
        for state, row in found:
            typer.echo(
                f"{row.id} {state} {row.mulai}..{row.selesai} {row.from_post} -> {row.to_post}: "
                f"{row.count} aduan, {row.left} terbuka"
            )


def _document(opened: Installation, state: str, row: Listed) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": state,
        "from": row.from_post,
        "to": row.to_post,
        "start": row.mulai.isoformat(),
        "end": row.selesai.isoformat(),
        "reason": row.reason,
        "complaints": row.count,
        "open": row.left,
        "created_at": local(opened, row.created_at),
        "ended_at": local(opened, row.ended_at),
    }


@app.command("add")
def add_handover(
    *,
    giver: Annotated[
        str, typer.Option("--from", metavar="POST", help="The post that is away, by its label.")
    ],
    taker: Annotated[
        str, typer.Option("--to", metavar="POST", help="The post that takes over, by its label.")
    ],
    start: Annotated[
        str, typer.Option("--start", metavar="DAY", help="The first day: 2026-11-24.")
    ],
    end: Annotated[str, typer.Option("--end", metavar="DAY", help="The last day, included.")],
    by: User,
    reason: Annotated[Reason, typer.Option("--reason", help="Why.")] = Reason.CUTI,
    numbers: Annotated[
        list[str] | None,
        typer.Option("--number", metavar="ID", help="Only this complaint; may be repeated."),
    ] = None,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Hand the open duties of a post over, all of them or single ones; both posts are told."""
    from bot import handover
    from bot.contact import find_post
    from scheduler.store.session import reading

    mulai, selesai = _day(start, "--start"), _day(end, "--end")
    when = moment(at)
    with installation() as opened:
        world = opened.world(when)
        post = find_post(world.directory, giver)
        with reading(opened.engine) as connection:
            user = _user(connection, by)
            if numbers:
                ids = _ids(connection, numbers)
            else:
                duties = handover.duties(connection, world, post, mulai, selesai)
                free = world.directory.handovers.taker
                ids = [d.id for d in duties if free(post.id, d.id, mulai, selesai) is None]
        wanted = handover.Wanted(
            giver=post,
            taker=find_post(world.directory, taker),
            mulai=mulai,
            selesai=selesai,
            reason=reason.value,
            complaint_ids=frozenset(ids),
        )
        made = handover.hand_over(
            opened.engine, world, wanted, when, user_id=user.id, actor=user.username
        )
    if as_json:
        emit({"id": made, "complaints": len(ids)})
    else:
        typer.echo(f"handover {made}: {len(ids)} complaints")


@app.command("end")
def end_handover(
    handover_id: Annotated[
        int, typer.Argument(metavar="ID", help="As `ingat handover list` has it.")
    ],
    *,
    by: User,
    at: At = None,
    as_json: Json = False,
) -> None:
    """End a handover before its last day; from now on its complaints are the post's own again."""
    from bot import handover
    from scheduler.store.session import reading

    if not 1 <= handover_id < 2**31:
        fail("ID: there is no such handover", 2)
    when = moment(at)
    with installation() as opened:
        with reading(opened.engine) as connection:
            user = _user(connection, by)
        ended = handover.end(
            opened.engine, opened.world(when), handover_id, when, actor=user.username
        )
    if as_json:
        emit({"id": ended.id, "post": ended.from_post})
    else:
        typer.echo(f"handover {ended.id} ended: {ended.from_post}")


def _user(connection: Connection, name: str) -> Account:
    from scheduler.store import users

    user = users.account(connection, name)
    if user is None or user.disabled_at is not None:
        fail(f"--by: there is no user {name!r}; see: ingat user list")
    return user


def _ids(connection: Connection, numbers: list[str]) -> list[int]:
    from scheduler.store.cases import find

    found = {number: find(connection, number) for number in numbers}
    for number, key in found.items():
        if key is None:
            fail(f"--number: there is no complaint {number!r}")
    return [key for key in found.values() if key is not None]


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{option}: {text!r} is not a day; write it like 2026-11-24", 2)


def add(program: typer.Typer) -> None:
    """Put these commands into the program."""
    program.add_typer(app, name="handover")
