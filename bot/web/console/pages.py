"""The pages of the console; one that is not here does not exist."""

from __future__ import annotations

from typing import Final

from bot.web.console.aduan import Aduan
from bot.web.console.akun import Akun
from bot.web.console.beranda import Beranda
from bot.web.console.catatan_akses import CatatanAkses
from bot.web.console.daftar import Daftar
from bot.web.console.entri import Entri
from bot.web.console.impor import Impor
from bot.web.console.kotak_masuk import KotakMasuk
from bot.web.console.page import Page
from bot.web.console.penanganan import Penanganan
from bot.web.console.perlu_anda import PerluAnda
from bot.web.console.pesan import Pesan
from bot.web.console.serah_terima import SerahTerima
from bot.web.console.sp4n import Sp4n
from bot.web.console.tindakan import Tindakan

PAGES: Final[tuple[type[Page], ...]] = (
    Aduan,
    Akun,
    Beranda,
    CatatanAkses,
    Daftar,
    Entri,
    Impor,
    KotakMasuk,
    Penanganan,
    PerluAnda,
    Pesan,
    SerahTerima,
    Sp4n,
    Tindakan,
)
