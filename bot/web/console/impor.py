"""Exports of SP4N: dragged in, read by a worker, watched here."""

from __future__ import annotations

from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from bot import uploads as files
from bot.sp4n.container import SheetError
from bot.web.console.access import Right
from bot.web.console.filters import thousands
from bot.web.console.forms import Form, MaybeId
from bot.web.console.page import Page, Visit, address, get, post, wants_json
from bot.web.console.words import gettext as _
from scheduler.complaint import RefusedError
from scheduler.store import uploads
from scheduler.store.session import reading, writing
from scheduler.store.uploads import UploadRow

BADGES: Final = {
    uploads.WAITS: ("Menunggu dibaca", "azure"),
    uploads.RUNS: ("Sedang dibaca", "blue"),
    uploads.DONE: ("Selesai", "green"),
    uploads.FAILED: ("Gagal", "red"),
}
"""The state of an upload in words, and the colour of its badge."""
SOME_REJECTED: Final = ("Selesai, sebagian ditolak", "orange")
ALL_REJECTED: Final = ("Semua ditolak", "red")


class Export(Form):
    """An export; its file is no field but `berkas` among what was sent."""


class History(Form):
    """Which page of the uploads."""

    sebelum: MaybeId = None


class Rejected(Form):
    """Which page of an upload's rejected rows."""

    setelah: MaybeId = None


class Impor(Page):
    """Exports of SP4N: dragged in, read by a worker, watched here."""

    menu_label = "Import"
    icon = "fa-solid fa-file-import"
    path = "/kotak-masuk/impor"
    right = Right.IMPORT
    order = 0

    @get("", Right.IMPORT, query=History)
    def show(self, visit: Visit, query: History) -> Response:
        """Show the form, and what was dragged in before."""
        with reading(visit.opened.engine) as connection:
            rows = uploads.newest(connection, query.sebelum)
        more = len(rows) > uploads.PAGE
        rows = rows[: uploads.PAGE]
        return visit.page(
            "impor.html",
            rows=rows,
            badge=badge,
            first=None if query.sebelum is None else self.path,
            next=address(self.path, sebelum=rows[-1].id) if more else None,
        )

    @post("", Right.IMPORT, Export)
    def take(self, visit: Visit, _form: Export) -> Response:
        """Keep a file for a worker, and lead to where its reading is watched.

        A script gets `{id, url}`.
        """
        sent = visit.request.state.sent.get("berkas")
        if not isinstance(sent, UploadFile) or not sent.size:
            raise RefusedError(_("Please choose an export of SP4N-LAPOR! first."))
        with sent.file:
            content = sent.file.read()
        name = files.named(sent.filename)
        try:
            files.check(name, content)
        except SheetError as error:
            raise RefusedError(str(error)) from None
        with writing(visit.opened.engine) as connection:
            key = uploads.keep(
                connection, visit.opened.seal, visit.visitor.id, name, content, visit.at
            )
        url = f"{self.path}/{key}"
        if wants_json(visit.request):
            return JSONResponse({"id": key, "url": url}, 202)
        return visit.go(url)

    @get("/{id:int}", Right.IMPORT, query=Rejected)
    def watch(self, visit: Visit, query: Rejected, id: int) -> Response:  # noqa: A002
        """Show how far the reading is, and in the end what it brought."""
        with reading(visit.opened.engine) as connection:
            found = uploads.one(connection, id)
            if found is None:
                raise HTTPException(404)
            rejects = uploads.rejects(connection, id, query.setelah or 0)
        more = len(rejects) > uploads.PAGE
        rejects = rejects[: uploads.PAGE]
        here = f"{self.path}/{id}"
        return visit.page(
            "impor_satu.html",
            upload=found,
            badge=badge,
            told=told(found),
            unread=is_unread(found),
            rejects=rejects,
            first=None if query.setelah is None else here,
            next=address(here, setelah=rejects[-1].id) if more else None,
        )

    @get("/{id:int}/keadaan", Right.IMPORT)
    def state(self, visit: Visit, id: int) -> Response:  # noqa: A002
        """Tell a script how far the reading is."""
        with reading(visit.opened.engine) as connection:
            found = uploads.one(connection, id)
        if found is None:
            raise HTTPException(404)
        answer: dict[str, Any] = {
            "state": found.state,
            "done": found.done,
            "total": found.total,
            "over": found.over,
            "told": told(found),
        }
        return JSONResponse(answer)


def is_unread(found: UploadRow) -> bool:
    """Return whether nothing came of an upload: it cannot be read, or none of its rows can."""
    read = found.added or found.updated or found.unchanged
    return found.state == uploads.FAILED or bool(found.rejected and not read)


def badge(found: UploadRow) -> tuple[str, str]:
    """Return what became of an upload in words, and the colour they have."""
    if found.state != uploads.DONE or not found.rejected:
        return BADGES[found.state]
    return ALL_REJECTED if is_unread(found) else SOME_REJECTED


def told(found: UploadRow) -> str:
    """Return in a sentence how far the reading of an upload is."""
    if found.state == uploads.WAITS:
        return _("Waiting to be read …")
    if found.state == uploads.RUNS and found.total:
        done, total = min(found.done, found.total), found.total
        return _("Read %(done)s of about %(total)s rows.") % {
            "done": thousands(done),
            "total": thousands(total),
        }
    if found.state == uploads.RUNS:
        return _("Read %(done)s rows.") % {"done": thousands(found.done)}
    if found.error is not None:
        return found.error
    rejected = {"n": thousands(found.rejected)}
    if is_unread(found):
        return _("No row of this file can be read: %(n)s rejected.") % rejected
    if found.added or found.updated:
        said = _("Read to the end: %(done)s rows.") % {"done": thousands(found.done)}
    else:
        said = _("There is nothing new in this file.")
    return said if not found.rejected else said + " " + _("%(n)s rows were rejected.") % rejected
