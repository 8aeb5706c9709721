"""The first schema"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from scheduler.store.columns import Utc

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("claimed_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_claims")),
    )
    op.create_table(
        "import_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("data_at", Utc(), nullable=False),
        sa.Column("finished_at", Utc(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.create_index(
        op.f("ix_import_runs_finished_at"), "import_runs", ["finished_at"], unique=False
    )
    op.create_index(op.f("ix_import_runs_sha256"), "import_runs", ["sha256"], unique=False)

    op.create_table(
        "instansi",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nama", sa.Text(), nullable=False),
        sa.Column(
            "jenis",
            sa.Enum(
                "provinsi",
                "kabupaten",
                "kota",
                "opd",
                "kecamatan",
                "puskesmas",
                name="jenis",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("induk_id", sa.Integer(), nullable=True),
        sa.Column("hari_kerja", sa.Integer(), nullable=False),
        sa.Column("singkatan", sa.Text(), nullable=True),
        sa.Column("id_sp4n", sa.Text(), nullable=True),
        sa.CheckConstraint("hari_kerja IN (5, 6)", name=op.f("ck_instansi_hari_kerja")),
        sa.ForeignKeyConstraint(
            ["induk_id"], ["instansi.id"], name=op.f("fk_instansi_induk_id_instansi")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instansi")),
        sa.UniqueConstraint("id_sp4n", name=op.f("uq_instansi_id_sp4n")),
        sa.UniqueConstraint("nama", name=op.f("uq_instansi_nama")),
    )
    op.create_index(op.f("ix_instansi_induk_id"), "instansi", ["induk_id"], unique=False)

    op.create_table(
        "phones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("blind", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phones")),
        sa.UniqueConstraint("blind", name=op.f("uq_phones_blind")),
    )
    op.create_table(
        "rule_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("loaded_at", Utc(), nullable=False),
        sa.CheckConstraint("kind IN ('policy', 'holidays')", name=op.f("ck_rule_versions_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_versions")),
    )
    op.create_table(
        "simulator_messages",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("phone_blind", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_simulator_messages")),
    )
    op.create_index(
        "ix_simulator_messages_phone",
        "simulator_messages",
        ["phone_blind", "received_at"],
        unique=False,
    )

    op.create_table(
        "switches",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
    )
    op.create_table(
        "complaints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tracking_id", sa.Text(), nullable=True),
        sa.Column("nomor", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "belum_terverifikasi",
                "belum_ditindaklanjuti",
                "proses",
                "selesai",
                "arsip",
                "tunda",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "before_tunda",
            sa.Enum(
                "belum_terverifikasi",
                "belum_ditindaklanjuti",
                "proses",
                "selesai",
                "arsip",
                "tunda",
                name="before_tunda_value",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "klasifikasi",
            sa.Enum(
                "berkadar_pengawasan",
                "tidak_berkadar_pengawasan",
                "permintaan_informasi",
                "aspirasi",
                name="klasifikasi",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("kategori", sa.Text(), nullable=True),
        sa.Column("kategori_id", sa.Text(), nullable=True),
        sa.Column("judul", sa.Text(), nullable=False),
        sa.Column("isi", sa.Text(), nullable=False),
        sa.Column("anonim", sa.Boolean(), nullable=False),
        sa.Column("rahasia", sa.Boolean(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("sumber", sa.Text(), nullable=True),
        sa.Column("lokasi", sa.Text(), nullable=True),
        sa.Column("alasan", sa.Text(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("reporter_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("instansi_id", sa.Integer(), nullable=True),
        sa.Column("sp4n_instansi_id", sa.Text(), nullable=True),
        sa.Column("sp4n_instansi", sa.Text(), nullable=True),
        sa.Column("sp4n_status", sa.Text(), nullable=True),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("backlog_at", Utc(), nullable=True),
        sa.Column("released_at", Utc(), nullable=True),
        sa.Column("received_at", Utc(), nullable=False),
        sa.Column("verified_at", Utc(), nullable=True),
        sa.Column("disposed_at", Utc(), nullable=True),
        sa.Column("answered_at", Utc(), nullable=True),
        sa.Column("closed_at", Utc(), nullable=True),
        sa.Column("last_event_at", Utc(), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(status = 'tunda') = (before_tunda IS NOT NULL)",
            name=op.f("ck_complaints_before_tunda"),
        ),
        sa.CheckConstraint(
            "rating IS NULL OR rating BETWEEN 1 AND 5", name=op.f("ck_complaints_rating")
        ),
        sa.CheckConstraint(
            "tracking_id IS NOT NULL OR nomor IS NOT NULL OR merged_into_id IS NOT NULL",
            name=op.f("ck_complaints_numbered"),
        ),
        sa.ForeignKeyConstraint(
            ["instansi_id"], ["instansi.id"], name=op.f("fk_complaints_instansi_id_instansi")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["complaints.id"],
            name=op.f("fk_complaints_merged_into_id_complaints"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("nomor", name=op.f("uq_complaints_nomor")),
        sa.UniqueConstraint("tracking_id", name=op.f("uq_complaints_tracking_id")),
    )
    op.create_index(
        "ix_complaints_backlog",
        "complaints",
        ["id"],
        unique=False,
        postgresql_where=sa.text("backlog_at IS NOT NULL AND released_at IS NULL"),
        sqlite_where=sa.text("backlog_at IS NOT NULL AND released_at IS NULL"),
    )
    op.create_index(op.f("ix_complaints_instansi_id"), "complaints", ["instansi_id"], unique=False)
    op.create_index("ix_complaints_status", "complaints", ["status", "received_at"], unique=False)

    op.create_table(
        "instansi_aliases",
        sa.Column("nama", sa.Text(), nullable=False),
        sa.Column("instansi_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instansi_id"], ["instansi.id"], name=op.f("fk_instansi_aliases_instansi_id_instansi")
        ),
        sa.PrimaryKeyConstraint("nama", name=op.f("pk_instansi_aliases")),
    )
    op.create_index(
        op.f("ix_instansi_aliases_instansi_id"), "instansi_aliases", ["instansi_id"], unique=False
    )

    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "whatsapp",
                "sms",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "held",
                "sending",
                "accepted",
                "delivered",
                "failed",
                "unknown",
                "cancelled",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("lease_until", Utc(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.CheckConstraint("status <> 'held'", name=op.f("ck_messages_never_held")),
        sa.ForeignKeyConstraint(
            ["phone_id"], ["phones.id"], name=op.f("fk_messages_phone_id_phones")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["messages.id"], name=op.f("fk_messages_replaces_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index(
        "ix_messages_live",
        "messages",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status IN ('pending', 'sending', 'unknown')"),
        sqlite_where=sa.text("status IN ('pending', 'sending', 'unknown')"),
    )

    op.create_table(
        "posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instansi_id", sa.Integer(), nullable=False),
        sa.Column(
            "peran",
            sa.Enum(
                "admin_opd",
                "pejabat_penghubung",
                "kepala_opd",
                "admin_koordinator",
                "asisten",
                "sekda",
                "kepala_daerah",
                "admin_pengawas",
                name="peran",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("jabatan", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instansi_id"], ["instansi.id"], name=op.f("fk_posts_instansi_id_instansi")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint(
            "instansi_id", "peran", "jabatan", name=op.f("uq_posts_instansi_id_peran_jabatan")
        ),
        sa.UniqueConstraint("label", name=op.f("uq_posts_label")),
    )
    op.create_index(op.f("ix_posts_instansi_id"), "posts", ["instansi_id"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "whatsapp",
                "sms",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "held",
                "sending",
                "accepted",
                "delivered",
                "failed",
                "unknown",
                "cancelled",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("posted_at", Utc(), nullable=False),
        sa.Column("pass_at", Utc(), nullable=False),
        sa.CheckConstraint(
            "sid IS NOT NULL OR status NOT IN ('accepted', 'delivered')",
            name=op.f("ck_attempts_has_sid"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('pending', 'held', 'cancelled')", name=op.f("ck_attempts_made")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_attempts_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("sid", name=op.f("uq_attempts_sid")),
    )
    op.create_index(op.f("ix_attempts_message_id"), "attempts", ["message_id"], unique=False)
    op.create_index(
        "uq_attempts_one_open",
        "attempts",
        ["message_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('sending', 'unknown')"),
        sqlite_where=sa.text("status IN ('sending', 'unknown')"),
    )

    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_audit_complaint_id_complaints")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_complaint_id"), "audit", ["complaint_id"], unique=False)

    op.create_table(
        "clock_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column(
            "clock",
            sa.Enum(
                "verifikasi",
                "respon",
                "penyelesaian",
                "tanggapan",
                "kelengkapan",
                name="clock",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("run_no", sa.Integer(), nullable=False),
        sa.Column("policy_version_id", sa.Integer(), nullable=False),
        sa.Column("instansi_id", sa.Integer(), nullable=True),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("opened_at", Utc(), nullable=False),
        sa.Column("paused_at", Utc(), nullable=True),
        sa.Column("stopped_at", Utc(), nullable=True),
        sa.Column("stop_reason", sa.Text(), nullable=True),
        sa.Column("next_look_at", Utc(), nullable=True),
        sa.Column("limit_at", Utc(), nullable=True),
        sa.Column("moved_at", Utc(), nullable=True),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("run_no >= 1", name=op.f("ck_clock_runs_run_no")),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_clock_runs_complaint_id_complaints")
        ),
        sa.ForeignKeyConstraint(
            ["instansi_id"], ["instansi.id"], name=op.f("fk_clock_runs_instansi_id_instansi")
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"],
            ["rule_versions.id"],
            name=op.f("fk_clock_runs_policy_version_id_rule_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_runs")),
        sa.UniqueConstraint(
            "complaint_id", "clock", "run_no", name=op.f("uq_clock_runs_complaint_id_clock_run_no")
        ),
    )
    op.create_index(
        "ix_clock_runs_due",
        "clock_runs",
        ["next_look_at"],
        unique=False,
        postgresql_where=sa.text("next_look_at IS NOT NULL AND stopped_at IS NULL"),
        sqlite_where=sa.text("next_look_at IS NOT NULL AND stopped_at IS NULL"),
    )
    op.create_index(
        "ix_clock_runs_limit",
        "clock_runs",
        ["limit_at"],
        unique=False,
        postgresql_where=sa.text("stopped_at IS NULL"),
        sqlite_where=sa.text("stopped_at IS NULL"),
    )
    op.create_index(
        "uq_clock_runs_one_open",
        "clock_runs",
        ["complaint_id", "clock"],
        unique=True,
        postgresql_where=sa.text("stopped_at IS NULL"),
        sqlite_where=sa.text("stopped_at IS NULL"),
    )

    op.create_table(
        "covers",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("instansi_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instansi_id"], ["instansi.id"], name=op.f("fk_covers_instansi_id_instansi")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_covers_post_id_posts")),
        sa.PrimaryKeyConstraint("post_id", "instansi_id", name=op.f("pk_covers")),
    )
    op.create_table(
        "holders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=True),
        sa.Column("nama", sa.Text(), nullable=False),
        sa.Column("nip_sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "status_jabatan",
            sa.Enum(
                "definitif",
                "plt",
                "plh",
                "pj",
                name="status_jabatan",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("mulai", sa.Date(), nullable=True),
        sa.Column("selesai", sa.Date(), nullable=True),
        sa.Column("nomor_sk", sa.Text(), nullable=True),
        sa.Column("pangkat", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "selesai IS NULL OR mulai IS NULL OR mulai <= selesai", name=op.f("ck_holders_dates")
        ),
        sa.ForeignKeyConstraint(
            ["phone_id"], ["phones.id"], name=op.f("fk_holders_phone_id_phones")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_holders_post_id_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holders")),
    )
    op.create_index(op.f("ix_holders_phone_id"), "holders", ["phone_id"], unique=False)
    op.create_index(op.f("ix_holders_post_id"), "holders", ["post_id"], unique=False)

    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=120), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column(
            "clock",
            sa.Enum(
                "verifikasi",
                "respon",
                "penyelesaian",
                "tanggapan",
                "kelengkapan",
                name="clock",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("instansi_id", sa.Integer(), nullable=True),
        sa.Column(
            "peran",
            sa.Enum(
                "admin_opd",
                "pejabat_penghubung",
                "kepala_opd",
                "admin_koordinator",
                "asisten",
                "sekda",
                "kepala_daerah",
                "admin_pengawas",
                name="peran",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("copy", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "letter",
            sa.Enum(
                "pertama",
                "kedua",
                "eskalasi",
                name="letter",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("in_digest", sa.Boolean(), nullable=False),
        sa.Column("due_at", Utc(), nullable=False),
        sa.Column("limit_at", Utc(), nullable=True),
        sa.Column("next_at", Utc(), nullable=True),
        sa.Column("lama", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "held",
                "sending",
                "accepted",
                "delivered",
                "failed",
                "unknown",
                "cancelled",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("send_after", Utc(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("settled_at", Utc(), nullable=True),
        sa.CheckConstraint(
            "(status = 'held') = (hold_reason IS NOT NULL)", name=op.f("ck_notices_hold_reason")
        ),
        sa.ForeignKeyConstraint(
            ["instansi_id"], ["instansi.id"], name=op.f("fk_notices_instansi_id_instansi")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_notices_complaint_id_complaints")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_notices_message_id_messages")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_notices_post_id_posts")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["clock_runs.id"], name=op.f("fk_notices_run_id_clock_runs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("cause", name=op.f("uq_notices_cause")),
    )
    op.create_index(op.f("ix_notices_complaint_id"), "notices", ["complaint_id"], unique=False)
    op.create_index(
        "ix_notices_held",
        "notices",
        ["complaint_id"],
        unique=False,
        postgresql_where=sa.text("status = 'held'"),
        sqlite_where=sa.text("status = 'held'"),
    )
    op.create_index(op.f("ix_notices_message_id"), "notices", ["message_id"], unique=False)
    op.create_index(
        "ix_notices_run_step", "notices", ["run_id", "step", "occurrence"], unique=False
    )
    op.create_index(
        "ix_notices_unsent",
        "notices",
        ["post_id", "send_after"],
        unique=False,
        postgresql_where=sa.text("status = 'pending' AND message_id IS NULL"),
        sqlite_where=sa.text("status = 'pending' AND message_id IS NULL"),
    )

    op.create_table(
        "run_pauses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("paused_at", Utc(), nullable=False),
        sa.Column("resumed_at", Utc(), nullable=True),
        sa.CheckConstraint(
            "resumed_at IS NULL OR resumed_at >= paused_at", name=op.f("ck_run_pauses_order")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["clock_runs.id"], name=op.f("fk_run_pauses_run_id_clock_runs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_pauses")),
    )
    op.create_index(op.f("ix_run_pauses_run_id"), "run_pauses", ["run_id"], unique=False)
    op.create_index(
        "uq_run_pauses_one_open",
        "run_pauses",
        ["run_id"],
        unique=True,
        postgresql_where=sa.text("resumed_at IS NULL"),
        sqlite_where=sa.text("resumed_at IS NULL"),
    )

    op.create_table(
        "run_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("formal", sa.Boolean(), nullable=False),
        sa.Column("due_at", Utc(), nullable=False),
        sa.Column("recorded_at", Utc(), nullable=False),
        sa.Column("released_at", Utc(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('tercatat', 'terlewat')", name=op.f("ck_run_steps_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["clock_runs.id"], name=op.f("fk_run_steps_run_id_clock_runs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_steps")),
        sa.UniqueConstraint(
            "run_id", "step", "occurrence", name=op.f("uq_run_steps_run_id_step_occurrence")
        ),
    )
    claims = sa.table("claims", sa.column("key"), sa.column("claimed_at", Utc()))
    never = datetime(2000, 1, 1, tzinfo=UTC)
    op.bulk_insert(
        claims, [{"key": key, "claimed_at": never} for key in ("dispatch/group", "numbers")]
    )
    for table in ("audit", "rule_versions"):
        _append_only(table)


def _append_only(table: str) -> None:
    """Have the database itself refuse to change or delete what was written."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        # INSERT OR REPLACE deletes the row before without firing the trigger for it.
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608
            f"WHEN NEW.id IN (SELECT id FROM {table}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
