"""The console: users, sessions, what was seen and done, uploads, proposals, handovers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.store.columns import Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _users()
    _actions()
    _work()
    _typed_in()
    _indexes()
    _append_only()


def _users() -> None:
    op.create_table(
        "login_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("who", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failures")),
    )
    op.create_index("ix_login_failures_who", "login_failures", ["who", "at"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("nama", sa.Text(), nullable=False),
        sa.Column(
            "wewenang",
            sa.Enum(
                "admin_koordinator",
                "operator",
                "pimpinan",
                "pengawas",
                "opd",
                name="wewenang",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("instansi_id", sa.Integer(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("disabled_at", Utc(), nullable=True),
        sa.CheckConstraint(
            "(wewenang = 'opd') = (instansi_id IS NOT NULL)", name=op.f("ck_users_instansi")
        ),
        sa.CheckConstraint("username = lower(username)", name=op.f("ck_users_username")),
        sa.ForeignKeyConstraint(
            ["instansi_id"], ["instansi.id"], name=op.f("fk_users_instansi_id_instansi")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_table(
        "sessions",
        sa.Column("token_sha", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("seen_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users")),
        sa.PrimaryKeyConstraint("token_sha", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "access_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_access_log_complaint_id_complaints")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_access_log_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
    )
    op.create_index("ix_access_log_at", "access_log", ["at", "id"], unique=False)
    op.create_index(
        "ix_access_log_complaint_id", "access_log", ["complaint_id", "at", "id"], unique=False
    )
    op.create_index("ix_access_log_user_id", "access_log", ["user_id", "at", "id"], unique=False)


def _actions() -> None:
    op.create_table(
        "actions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("undone_at", Utc(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_actions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
    )
    op.create_index("ix_actions_user_id", "actions", ["user_id", "at"], unique=False)
    op.create_index("ix_actions_verb", "actions", ["verb", "id"], unique=False)
    op.create_table(
        "action_items",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("audit_from", sa.Integer(), nullable=False),
        sa.Column("audit_to", sa.Integer(), nullable=False),
        sa.Column("undoable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["action_id"], ["actions.id"], name=op.f("fk_action_items_action_id_actions")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_action_items_complaint_id_complaints"),
        ),
        sa.PrimaryKeyConstraint("action_id", "complaint_id", name=op.f("pk_action_items")),
    )
    op.create_index(
        op.f("ix_action_items_complaint_id"), "action_items", ["complaint_id"], unique=False
    )
    op.create_table(
        "action_images",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["action_id"], ["actions.id"], name=op.f("fk_action_images_action_id_actions")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_action_images_complaint_id_complaints"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_images")),
    )
    op.create_index(
        "ix_action_images_item", "action_images", ["action_id", "complaint_id"], unique=False
    )


def _work() -> None:
    op.create_table(
        "category_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kategori", sa.Text(), nullable=False),
        sa.Column("instansi_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["action_id"], ["actions.id"], name=op.f("fk_category_rules_action_id_actions")
        ),
        sa.ForeignKeyConstraint(
            ["instansi_id"], ["instansi.id"], name=op.f("fk_category_rules_instansi_id_instansi")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_category_rules_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_rules")),
    )
    op.create_index(
        "ix_category_rules_kategori", "category_rules", ["kategori", "id"], unique=False
    )
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_post_id", sa.Integer(), nullable=False),
        sa.Column("to_post_id", sa.Integer(), nullable=False),
        sa.Column("mulai", sa.Date(), nullable=False),
        sa.Column("selesai", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.CheckConstraint("from_post_id <> to_post_id", name=op.f("ck_handovers_another")),
        sa.CheckConstraint("mulai <= selesai", name=op.f("ck_handovers_dates")),
        sa.ForeignKeyConstraint(
            ["from_post_id"], ["posts.id"], name=op.f("fk_handovers_from_post_id_posts")
        ),
        sa.ForeignKeyConstraint(
            ["to_post_id"], ["posts.id"], name=op.f("fk_handovers_to_post_id_posts")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_handovers_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index(op.f("ix_handovers_from_post_id"), "handovers", ["from_post_id"], unique=False)
    op.create_index(op.f("ix_handovers_selesai"), "handovers", ["selesai"], unique=False)
    op.create_table(
        "handover_items",
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_handover_items_complaint_id_complaints"),
        ),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handovers.id"], name=op.f("fk_handover_items_handover_id_handovers")
        ),
        sa.PrimaryKeyConstraint("handover_id", "complaint_id", name=op.f("pk_handover_items")),
    )
    op.create_index(
        op.f("ix_handover_items_complaint_id"), "handover_items", ["complaint_id"], unique=False
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("lease_until", Utc(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("finished_at", Utc(), nullable=True),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'gagal') = (error IS NOT NULL)", name=op.f("ck_uploads_error")
        ),
        sa.CheckConstraint(
            "state IN ('menunggu', 'berjalan', 'selesai', 'gagal')", name=op.f("ck_uploads_state")
        ),
        sa.CheckConstraint(
            "state IN ('selesai', 'gagal') OR content_sealed IS NOT NULL",
            name=op.f("ck_uploads_content"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_uploads_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(
        "ix_uploads_waiting",
        "uploads",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('menunggu', 'berjalan')"),
        sqlite_where=sa.text("state IN ('menunggu', 'berjalan')"),
    )
    op.create_table(
        "upload_rejects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("upload_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("tracking_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.id"], name=op.f("fk_upload_rejects_upload_id_uploads")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_rejects")),
    )
    op.create_index(
        op.f("ix_upload_rejects_upload_id"), "upload_rejects", ["upload_id"], unique=False
    )
    op.create_table(
        "upload_complaints",
        sa.Column("upload_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "what IN ('baru', 'jatuh_tempo', 'perlu_anda')", name=op.f("ck_upload_complaints_what")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_upload_complaints_complaint_id_complaints"),
        ),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.id"], name=op.f("fk_upload_complaints_upload_id_uploads")
        ),
        sa.PrimaryKeyConstraint(
            "upload_id", "what", "complaint_id", name=op.f("pk_upload_complaints")
        ),
    )


def _typed_in() -> None:
    """What people say that the exports do not, and what they have open to send by hand."""
    _words()
    op.create_table(
        "entries",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_entries_complaint_id_complaints")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_entries_user_id_users")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_entries")),
        sa.UniqueConstraint("complaint_id", name=op.f("uq_entries_complaint_id")),
    )
    op.create_table(
        "hand_openings",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_hand_openings_message_id_messages")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_hand_openings_user_id_users")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_hand_openings")),
    )


def _words() -> None:
    op.create_table(
        "sp4n_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("instansi_id", sa.Integer(), nullable=True),
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
            nullable=True,
        ),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.Column("rest_from", Utc(), nullable=True),
        sa.Column("lease_until", Utc(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'instansi' AND instansi_id IS NOT NULL AND status IS NULL)"
            " OR (kind = 'status' AND status IS NOT NULL AND instansi_id IS NULL)",
            name=op.f("ck_sp4n_words_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["action_id"], ["actions.id"], name=op.f("fk_sp4n_words_action_id_actions")
        ),
        sa.ForeignKeyConstraint(
            ["instansi_id"], ["instansi.id"], name=op.f("fk_sp4n_words_instansi_id_instansi")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sp4n_words_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sp4n_words")),
        sa.UniqueConstraint("kind", "word", name=op.f("uq_sp4n_words_kind_word")),
    )
    op.create_index(op.f("ix_sp4n_words_action_id"), "sp4n_words", ["action_id"], unique=False)


def _indexes() -> None:
    """What the console's lists are read by."""
    op.create_index(
        "ix_complaints_instansi_status",
        "complaints",
        ["instansi_id", "status", "received_at"],
        unique=False,
    )
    op.create_index(
        "ix_complaints_kategori", "complaints", ["kategori", "id", "instansi_id"], unique=False
    )
    op.create_index(
        "ix_answers_uncopied",
        "answers",
        ["complaint_id", "id"],
        unique=False,
        postgresql_where=sa.text("copied_at IS NULL"),
        sqlite_where=sa.text("copied_at IS NULL"),
    )
    op.create_index(
        "ix_complaints_held",
        "complaints",
        ["id"],
        unique=False,
        postgresql_where=sa.text("hold_reason IS NOT NULL"),
        sqlite_where=sa.text("hold_reason IS NOT NULL"),
    )
    op.create_index(
        "ix_complaints_not_in_sp4n",
        "complaints",
        ["id"],
        unique=False,
        postgresql_where=sa.text("tracking_id IS NULL AND merged_into_id IS NULL"),
        sqlite_where=sa.text("tracking_id IS NULL AND merged_into_id IS NULL"),
    )
    op.create_index(
        "ix_complaints_received",
        "complaints",
        [
            "received_at",
            "id",
            "status",
            "instansi_id",
            "klasifikasi",
            "sumber",
            "anonim",
            "rahasia",
            "merged_into_id",
        ],
        unique=False,
    )
    op.create_index(
        "ix_complaints_closed",
        "complaints",
        ["closed_at"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NOT NULL"),
        sqlite_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index("ix_notices_status", "notices", ["status", "id"], unique=False)
    op.create_index("ix_notices_post", "notices", ["post_id", "id"], unique=False)
    op.create_index("ix_notices_instansi", "notices", ["instansi_id", "id"], unique=False)
    op.create_index("ix_notices_step", "notices", ["step", "id"], unique=False)
    op.create_index(
        "ix_notices_letter",
        "notices",
        ["letter", "id"],
        unique=False,
        postgresql_where=sa.text("letter IS NOT NULL"),
        sqlite_where=sa.text("letter IS NOT NULL"),
    )
    op.create_index("ix_notices_created", "notices", ["created_at"], unique=False)
    op.create_index(
        "ix_notices_hold_reason",
        "notices",
        ["hold_reason", "complaint_id"],
        unique=False,
        postgresql_where=sa.text("hold_reason IS NOT NULL"),
        sqlite_where=sa.text("hold_reason IS NOT NULL"),
    )


def _append_only() -> None:
    """Have the database itself refuse to change or delete what was written of who saw what."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER access_log_no_{verb.lower()} BEFORE {verb} ON access_log "
                "BEGIN SELECT RAISE(ABORT, 'access_log is append-only'); END"
            )
        # INSERT OR REPLACE deletes the row before without firing the trigger for it.
        op.execute(
            "CREATE TRIGGER access_log_no_replace BEFORE INSERT ON access_log "
            "WHEN NEW.id IN (SELECT id FROM access_log) "
            "BEGIN SELECT RAISE(ABORT, 'access_log is append-only'); END"
        )
        return
    op.execute(
        "CREATE TRIGGER access_log_append_only BEFORE UPDATE OR DELETE ON access_log "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER access_log_no_truncate BEFORE TRUNCATE ON access_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
