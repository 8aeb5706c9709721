"""One complaint: everything that happened, and what can be done."""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.web.console import access, aduan_isi
from bot.web.console.access import Right
from bot.web.console.aduan_tindakan import AduanTindakan
from bot.web.console.page import Visit, get
from scheduler.store import dossier
from scheduler.store.session import reading

SUFFIXES: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "application/pdf": "pdf",
}
"""What is handed out as what it is; anything else is a download of bytes."""
SANDBOX: Final = "sandbox; default-src 'none'"
"""Of a file that came from a stranger: whatever is in it, it runs nothing and loads nothing."""


class Aduan(AduanTindakan):
    """One complaint: everything that happened, and what can be done."""

    path = "/aduan"
    right = Right.SEE_COMPLAINTS
    order = 0

    @get("/{id:int}", Right.SEE_COMPLAINTS)
    def show(self, visit: Visit, id: int) -> Response:  # noqa: A002
        """Show one complaint; who reported it is shown elsewhere, to whoever asks."""
        with reading(visit.opened.engine) as connection:
            it = aduan_isi.found(connection, visit, id)
        if it.merged_into_id is not None:
            return visit.go(f"{self.path}/{it.merged_into_id}")
        return self.show_sheet(visit, id)

    @get("/{id:int}/pelapor", Right.SEE_COMPLAINTS)
    def reporter(self, visit: Visit, id: int) -> Response:  # noqa: A002
        """Show who reported a complaint, to whom that is open; the access log says so first."""
        opened = visit.opened
        with reading(opened.engine) as connection:
            it = aduan_isi.found(connection, visit, id)
        if not aduan_isi.may_know_reporter(visit, it):
            raise HTTPException(403)
        name = number = None
        if aduan_isi.is_known(visit, it):
            visit.saw("pelapor", id)
            with reading(opened.engine) as connection:
                name, number = dossier.reporter(connection, opened.seal, id)
        if not access.sees_phone(visit.visitor.wewenang):
            number = None
        return visit.page("aduan_pelapor.html", it=it, name=name, number=number)

    @get("/{id:int}/lampiran/{lampiran:int}", Right.SEE_PHOTOS)
    def photo(self, visit: Visit, id: int, lampiran: int) -> Response:  # noqa: A002
        """Hand out a photo or document, to whoever may read what the complaint says."""
        opened = visit.opened
        with reading(opened.engine) as connection:
            it = aduan_isi.found(connection, visit, id)
            if not aduan_isi.reads(visit, it):
                raise HTTPException(404)
            file = dossier.file(connection, opened.seal, id, lampiran)
        if file is None:
            raise HTTPException(404)
        visit.saw("lampiran", id, f"lampiran {lampiran}")
        return _handed_out(it, file)


def _handed_out(it: dossier.Dossier, file: dossier.Opened) -> Response:
    """Return a file as what it is, if that is harmless; a picture to look at, the rest to keep.

    A browser opens no document in a sandbox, and outside of one no stranger's is opened.
    """
    known = file.content_type in SUFFIXES
    kind = file.content_type if known else "application/octet-stream"
    way = "inline" if kind.startswith("image/") else "attachment"
    name = f"aduan-{it.number}-{file.position + 1}.{SUFFIXES.get(kind, 'bin')}"
    name = "".join(letter if letter.isascii() and letter.isprintable() else "_" for letter in name)
    return Response(
        file.content,
        media_type=kind,
        headers={
            "Content-Disposition": f'{way}; filename="{name.replace(chr(34), "_")}"',
            "Content-Security-Policy": SANDBOX,
            "X-Content-Type-Options": "nosniff",
        },
    )
