"""Two-way phones: what arrives, reports being made, requests, answers; notices to a phone"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.store.columns import Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _inbound_messages()
    _drafts()
    _similar_complaints()
    _answers()
    _attachments()
    _requests()
    _columns()
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_notices()
    else:
        for column, kind in (("post_id", sa.Integer()), ("peran", sa.String(length=40))):
            op.alter_column("notices", column, existing_type=kind, nullable=True)
        for name, rule in _RULES:
            op.create_check_constraint(op.f(name), "notices", rule)
    unsent = sa.text("status = 'pending' AND message_id IS NULL AND phone_id IS NOT NULL")
    op.create_index(
        "ix_notices_unsent_phone",
        "notices",
        ["phone_id", "send_after"],
        postgresql_where=unsent,
        sqlite_where=unsent,
    )
    op.create_index("ix_notices_phone", "notices", ["phone_id", "created_at"])


_RULES = (
    ("ck_notices_addressed", "post_id IS NOT NULL OR phone_id IS NOT NULL"),
    ("ck_notices_of_a_post", "(post_id IS NULL) = (peran IS NULL)"),
)


def _columns() -> None:
    # With its key in one statement, which both databases understand.
    op.execute(
        "ALTER TABLE complaints ADD COLUMN reporter_phone_id INTEGER "
        "CONSTRAINT fk_complaints_reporter_phone_id_phones REFERENCES phones (id)"
    )
    op.add_column("complaints", sa.Column("text_sha", sa.String(length=64), nullable=True))
    op.create_index("ix_complaints_reporter", "complaints", ["reporter_phone_id", "received_at"])
    op.execute(
        "ALTER TABLE notices ADD COLUMN phone_id INTEGER "
        "CONSTRAINT fk_notices_phone_id_phones REFERENCES phones (id)"
    )
    op.add_column("notices", sa.Column("body", sa.Text(), nullable=True))
    urgent: sa.Column[bool] = sa.Column(
        "urgent", sa.Boolean(), server_default=sa.false(), nullable=False
    )
    op.add_column("notices", urgent)
    op.add_column("phone_channels", sa.Column("last_inbound_at", Utc(), nullable=True))


def _rebuild_notices() -> None:
    """Let a notice be for a phone alone. SQLite changes no column: the table is made anew.

    From its own text, so that every constraint stays; nothing refers to this table.
    """
    bind = op.get_bind()
    made = bind.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE name = 'notices' AND type = 'table'"
    ).scalar_one()
    indexes = (
        bind.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'notices' AND type = 'index' "
            "AND sql IS NOT NULL"
        )
        .scalars()
        .all()
    )
    anew = made.replace("post_id INTEGER NOT NULL", "post_id INTEGER", 1)
    anew = anew.replace("peran VARCHAR(40) NOT NULL", "peran VARCHAR(40)", 1)
    checks = "".join(f", CONSTRAINT {name} CHECK ({rule})" for name, rule in _RULES)
    op.execute("ALTER TABLE notices RENAME TO notices_before")
    op.execute(sa.text(anew[: anew.rindex(")")].replace(":", r"\:") + checks + ")"))
    op.execute("INSERT INTO notices SELECT * FROM notices_before")
    op.execute("DROP TABLE notices_before")
    for index in indexes:
        op.execute(sa.text(index.replace(":", r"\:")))


def _inbound_messages() -> None:
    op.create_table(
        "inbound_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=80), nullable=False),
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
        sa.Column("sender_blind", sa.LargeBinary(length=32), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", Utc(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("try_after", Utc(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("heard_at", Utc(), nullable=True),
        sa.Column("phone_id", sa.Integer(), nullable=True),
        sa.Column("complaint_id", sa.Integer(), nullable=True),
        sa.Column("effect", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "(state = 'selesai') = (effect IS NOT NULL)", name=op.f("ck_inbound_messages_effect")
        ),
        sa.CheckConstraint(
            "state IN ('baru', 'selesai', 'gagal')", name=op.f("ck_inbound_messages_state")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_inbound_messages_complaint_id_complaints"),
        ),
        sa.ForeignKeyConstraint(
            ["phone_id"], ["phones.id"], name=op.f("fk_inbound_messages_phone_id_phones")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_messages")),
        sa.UniqueConstraint("sid", name=op.f("uq_inbound_messages_sid")),
    )
    op.create_index(
        op.f("ix_inbound_messages_complaint_id"), "inbound_messages", ["complaint_id"], unique=False
    )
    op.create_index(
        "ix_inbound_messages_phone", "inbound_messages", ["phone_id", "received_at"], unique=False
    )
    op.create_index(
        "ix_inbound_messages_unheard",
        "inbound_messages",
        ["sender_blind", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'baru'"),
        sqlite_where=sa.text("state = 'baru'"),
    )
    op.create_index(
        "ix_inbound_messages_sender",
        "inbound_messages",
        ["sender_blind", "received_at"],
        unique=False,
    )
    op.create_index(
        "ix_inbound_messages_waiting",
        "inbound_messages",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'baru'"),
        sqlite_where=sa.text("state = 'baru'"),
    )


def _drafts() -> None:
    op.create_table(
        "drafts",
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
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("lokasi", sa.Text(), nullable=True),
        sa.Column("anonim", sa.Boolean(), nullable=False),
        sa.Column("rahasia", sa.Boolean(), nullable=False),
        sa.Column("opened_at", Utc(), nullable=False),
        sa.Column("last_at", Utc(), nullable=False),
        sa.Column("asked_at", Utc(), nullable=True),
        sa.Column("file_at", Utc(), nullable=False),
        sa.CheckConstraint("opened_at <= last_at", name=op.f("ck_drafts_order")),
        sa.ForeignKeyConstraint(
            ["phone_id"], ["phones.id"], name=op.f("fk_drafts_phone_id_phones")
        ),
        sa.PrimaryKeyConstraint("phone_id", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_file_at"), "drafts", ["file_at"], unique=False)


def _similar_complaints() -> None:
    op.create_table(
        "similar_complaints",
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.CheckConstraint("other_id < complaint_id", name=op.f("ck_similar_complaints_once")),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_similar_complaints_score")),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_similar_complaints_complaint_id_complaints"),
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["complaints.id"], name=op.f("fk_similar_complaints_other_id_complaints")
        ),
        sa.PrimaryKeyConstraint("complaint_id", "other_id", name=op.f("pk_similar_complaints")),
    )
    op.create_index(
        op.f("ix_similar_complaints_other_id"), "similar_complaints", ["other_id"], unique=False
    )


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("inbound_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("given_at", Utc(), nullable=False),
        sa.Column("substantive", sa.Boolean(), nullable=False),
        sa.Column("to_copy", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("copied_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_answers_complaint_id_complaints")
        ),
        sa.ForeignKeyConstraint(
            ["inbound_id"],
            ["inbound_messages.id"],
            name=op.f("fk_answers_inbound_id_inbound_messages"),
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_answers_post_id_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    op.create_index(op.f("ix_answers_complaint_id"), "answers", ["complaint_id"], unique=False)
    op.create_index(
        "ix_answers_to_copy",
        "answers",
        ["id"],
        unique=False,
        postgresql_where=sa.text("to_copy AND copied_at IS NULL"),
        sqlite_where=sa.text("to_copy AND copied_at IS NULL"),
    )


def _attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("inbound_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("try_after", Utc(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(state = 'ada') = (content_sealed IS NOT NULL)", name=op.f("ck_attachments_content")
        ),
        sa.CheckConstraint(
            "state IN ('menunggu', 'ada', 'ditolak', 'gagal')", name=op.f("ck_attachments_state")
        ),
        sa.ForeignKeyConstraint(
            ["inbound_id"],
            ["inbound_messages.id"],
            name=op.f("fk_attachments_inbound_id_inbound_messages"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint(
            "inbound_id", "position", name=op.f("uq_attachments_inbound_id_position")
        ),
    )
    op.create_index(
        "ix_attachments_unfetched",
        "attachments",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'menunggu'"),
        sqlite_where=sa.text("state = 'menunggu'"),
    )


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column(
            "decider",
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
            nullable=True,
        ),
        sa.Column("inbound_id", sa.Integer(), nullable=True),
        sa.Column("made_at", Utc(), nullable=False),
        sa.Column("due_at", Utc(), nullable=False),
        sa.Column("next_look_at", Utc(), nullable=True),
        sa.Column("decided_at", Utc(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'sudah') = (decider IS NULL)", name=op.f("ck_requests_decider")
        ),
        sa.CheckConstraint(
            "(state = 'terbuka') = (decided_at IS NULL)", name=op.f("ck_requests_decided")
        ),
        sa.CheckConstraint(
            "kind IN ('bukan', 'tunda', 'jawaban', 'normatif', 'sudah')",
            name=op.f("ck_requests_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('terbuka', 'diterima', 'ditolak', 'gugur')", name=op.f("ck_requests_state")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_requests_complaint_id_complaints")
        ),
        sa.ForeignKeyConstraint(
            ["inbound_id"],
            ["inbound_messages.id"],
            name=op.f("fk_requests_inbound_id_inbound_messages"),
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_requests_post_id_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    op.create_index(op.f("ix_requests_complaint_id"), "requests", ["complaint_id"], unique=False)
    op.create_index(
        "ix_requests_due",
        "requests",
        ["next_look_at"],
        unique=False,
        postgresql_where=sa.text("state = 'terbuka'"),
        sqlite_where=sa.text("state = 'terbuka'"),
    )
    op.create_index(
        "uq_requests_one_open",
        "requests",
        ["complaint_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 'terbuka'"),
        sqlite_where=sa.text("state = 'terbuka'"),
    )
