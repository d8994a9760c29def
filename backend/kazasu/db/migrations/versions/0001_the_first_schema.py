"""The first schema"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


# The audit log is append-only in the database itself.
_APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries "
        "BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END",
        "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries "
        "BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_entries_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit_entries is append-only'; END $$",
        "CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION audit_entries_append_only()",
        "CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_append_only()",
    ),
}


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_action"), "audit_entries", ["action"], unique=False)
    op.create_index(op.f("ix_audit_entries_actor"), "audit_entries", ["actor"], unique=False)
    op.create_index(op.f("ix_audit_entries_subject"), "audit_entries", ["subject"], unique=False)

    op.create_table(
        "device_logs",
        sa.Column("log", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=43), nullable=False),
        sa.Column("genesis", sa.LargeBinary(), nullable=False),
        sa.Column("predecessor", sa.String(length=64), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("newest_number", sa.BigInteger(), nullable=False),
        sa.Column("oldest_number", sa.BigInteger(), nullable=False),
        sa.Column("newest_head", sa.Text(), nullable=True),
        sa.Column("forgettable", sa.BigInteger(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_push_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_device_logs")),
    )
    op.create_index(op.f("ix_device_logs_device"), "device_logs", ["device"], unique=False)

    op.create_table(
        "facilities",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("single", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("transitional_until", sa.Date(), nullable=True),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(mode = 'exercise') = (institution_code LIKE '99%')", name=op.f("ck_facilities_exercise_code")
        ),
        sa.CheckConstraint("single = 1", name=op.f("ck_facilities_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facilities")),
        sa.UniqueConstraint("single", name=op.f("uq_facilities_single")),
    )
    op.create_table(
        "failed_attempts",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_failed_attempts")),
    )
    op.create_table(
        "patients",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("chart_number", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_kana", sa.String(length=200), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("insurer_number", sa.String(length=8), nullable=True),
        sa.Column("symbol", sa.String(length=20), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("branch", sa.String(length=2), nullable=True),
        sa.Column("number_source", sa.String(length=10), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patients")),
        sa.UniqueConstraint("chart_number", name=op.f("uq_patients_chart_number")),
    )
    op.create_index(op.f("ix_patients_birth_date"), "patients", ["birth_date"], unique=False)
    op.create_index("ix_patients_made_at_id", "patients", ["made_at", "id"], unique=False)

    op.create_table(
        "refused_pushes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("log", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=43), nullable=False),
        sa.Column("octets_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_pushes")),
        sa.UniqueConstraint("log", "device", "octets_hash", name=op.f("uq_refused_pushes_log_device_octets_hash")),
    )
    op.create_index(op.f("ix_refused_pushes_device"), "refused_pushes", ["device"], unique=False)
    op.create_index(op.f("ix_refused_pushes_log"), "refused_pushes", ["log"], unique=False)

    op.create_table(
        "sealing_keys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("backed_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealing_keys")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("roles", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    op.create_table(
        "used_nonces",
        sa.Column("nonce_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("nonce_hash", name=op.f("pk_used_nonces")),
    )
    op.create_index(op.f("ix_used_nonces_expires_at"), "used_nonces", ["expires_at"], unique=False)

    op.create_table(
        "branch_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("log", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["log"], ["device_logs.log"], name=op.f("fk_branch_entries_log_device_logs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch_entries")),
        sa.UniqueConstraint("log", "number", "digest", name=op.f("uq_branch_entries_log_number_digest")),
    )
    op.create_table(
        "branch_evidence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("log", sa.String(length=64), nullable=False),
        sa.Column("statement_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["log"], ["device_logs.log"], name=op.f("fk_branch_evidence_log_device_logs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch_evidence")),
        sa.UniqueConstraint("log", "statement_hash", name=op.f("uq_branch_evidence_log_statement_hash")),
    )
    op.create_table(
        "certificates",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("keyed_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=True),
        sa.Column("linked_by", sa.String(length=40), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_certificates_patient_patients")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("keyed_hash", name=op.f("uq_certificates_keyed_hash")),
    )
    op.create_index(op.f("ix_certificates_patient"), "certificates", ["patient"], unique=False)

    op.create_table(
        "devices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("jwk", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("thumbprint", sa.String(length=43), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(length=32), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["confirmed_by"], ["staff.id"], name=op.f("fk_devices_confirmed_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("thumbprint", name=op.f("uq_devices_thumbprint")),
    )
    op.create_table(
        "log_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("log", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("head", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("check", sa.String(length=64), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_log_entries_number_from_one")),
        sa.ForeignKeyConstraint(["log"], ["device_logs.log"], name=op.f("fk_log_entries_log_device_logs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entries")),
        sa.UniqueConstraint("log", "number", name=op.f("uq_log_entries_log_number")),
    )
    op.create_index(op.f("ix_log_entries_check"), "log_entries", ["check"], unique=False)

    op.create_table(
        "log_gaps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("log", sa.String(length=64), nullable=False),
        sa.Column("from_number", sa.BigInteger(), nullable=False),
        sa.Column("to_number", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("hash_after", sa.LargeBinary(length=32), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["log"], ["device_logs.log"], name=op.f("fk_log_gaps_log_device_logs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_gaps")),
        sa.UniqueConstraint("log", "from_number", name=op.f("uq_log_gaps_log_from_number")),
        sa.UniqueConstraint("log", "to_number", name=op.f("uq_log_gaps_log_to_number")),
    )
    op.create_table(
        "office_sessions",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name=op.f("fk_office_sessions_staff_staff")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_office_sessions")),
    )
    op.create_index(op.f("ix_office_sessions_staff"), "office_sessions", ["staff"], unique=False)

    op.create_table(
        "day_keys",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_day_keys_device_devices")),
        sa.PrimaryKeyConstraint("device", "day", name=op.f("pk_day_keys")),
    )
    op.create_table(
        "device_tokens",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_device_tokens_device_devices")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_device_tokens")),
    )
    op.create_index(op.f("ix_device_tokens_device"), "device_tokens", ["device"], unique=False)
    op.create_index(op.f("ix_device_tokens_expires_at"), "device_tokens", ["expires_at"], unique=False)

    op.create_table(
        "duty_passes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("staff", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("roles", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_duty_passes_device_devices")),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name=op.f("fk_duty_passes_staff_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_passes")),
    )
    op.create_index(op.f("ix_duty_passes_device"), "duty_passes", ["device"], unique=False)
    op.create_index(op.f("ix_duty_passes_staff"), "duty_passes", ["staff"], unique=False)

    op.create_table(
        "enrolment_codes",
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_enrolment_codes_device_devices")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_enrolment_codes")),
    )
    op.create_table(
        "feed_items",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_feed_items_device_devices")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_feed_items")),
        sa.UniqueConstraint("id", name=op.f("uq_feed_items_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feed_items_device_seq", "feed_items", ["device", "seq"], unique=False)

    op.create_table(
        "recorded_entries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("log", sa.String(length=64), nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("check", sa.String(length=32), nullable=True),
        sa.Column("visit", sa.String(length=64), nullable=True),
        sa.Column("consent", sa.String(length=32), nullable=True),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("duty_pass", sa.String(length=64), nullable=False),
        sa.Column("staff", sa.String(length=32), nullable=True),
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("fields", sa.LargeBinary(), nullable=True),
        sa.Column("device_recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_recorded_entries_device_devices")),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name=op.f("fk_recorded_entries_staff_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recorded_entries")),
        sa.UniqueConstraint("entry", name=op.f("uq_recorded_entries_entry")),
    )
    op.create_index(op.f("ix_recorded_entries_check"), "recorded_entries", ["check"], unique=False)
    op.create_index(op.f("ix_recorded_entries_consent"), "recorded_entries", ["consent"], unique=False)
    op.create_index(op.f("ix_recorded_entries_kind"), "recorded_entries", ["kind"], unique=False)
    op.create_index("ix_recorded_entries_received_at_id", "recorded_entries", ["received_at", "id"], unique=False)
    op.create_index(op.f("ix_recorded_entries_visit"), "recorded_entries", ["visit"], unique=False)

    op.create_table(
        "visits",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("setting", sa.String(length=40), nullable=False),
        sa.Column("staff", sa.String(length=32), nullable=True),
        sa.Column("device", sa.String(length=32), nullable=True),
        sa.Column("calendar_id", sa.String(length=40), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_visits_device_devices")),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_visits_patient_patients")),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name=op.f("fk_visits_staff_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index("ix_visits_at_id", "visits", ["at", "id"], unique=False)
    op.create_index(op.f("ix_visits_device"), "visits", ["device"], unique=False)
    op.create_index(op.f("ix_visits_patient"), "visits", ["patient"], unique=False)
    op.create_index(op.f("ix_visits_staff"), "visits", ["staff"], unique=False)

    op.create_table(
        "checks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("log", sa.String(length=64), nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("duty_pass", sa.String(length=64), nullable=False),
        sa.Column("staff", sa.String(length=32), nullable=True),
        sa.Column("check_type", sa.String(length=40), nullable=False),
        sa.Column("setting", sa.String(length=40), nullable=False),
        sa.Column("identity_method", sa.String(length=40), nullable=False),
        sa.Column("pin_typed_by", sa.String(length=10), nullable=True),
        sa.Column("pin_proxy_relation", sa.String(length=100), nullable=True),
        sa.Column("assurance", sa.String(length=40), nullable=False),
        sa.Column("card_kind", sa.String(length=40), nullable=False),
        sa.Column("certificate", sa.String(length=32), nullable=True),
        sa.Column("certificate_state", sa.String(length=40), nullable=True),
        sa.Column("serves_for_medical_information", sa.Boolean(), nullable=False),
        sa.Column("attributes", sa.LargeBinary(), nullable=True),
        sa.Column("patient", sa.String(length=32), nullable=True),
        sa.Column("visit", sa.String(length=32), nullable=True),
        sa.Column("repeat_of", sa.String(length=32), nullable=True),
        sa.Column("device_checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("recorded_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=True),
        sa.Column("is_simulated", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["certificate"], ["certificates.id"], name=op.f("fk_checks_certificate_certificates")),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_checks_device_devices")),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_checks_patient_patients")),
        sa.ForeignKeyConstraint(["repeat_of"], ["checks.id"], name=op.f("fk_checks_repeat_of_checks")),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name=op.f("fk_checks_staff_staff")),
        sa.ForeignKeyConstraint(["visit"], ["visits.id"], name=op.f("fk_checks_visit_visits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checks")),
        sa.UniqueConstraint("log", "entry_number", name=op.f("uq_checks_log_entry_number")),
    )
    op.create_index("ix_checks_certificate_checked_at", "checks", ["certificate", "checked_at"], unique=False)
    op.create_index(op.f("ix_checks_device"), "checks", ["device"], unique=False)
    op.create_index(op.f("ix_checks_entry"), "checks", ["entry"], unique=False)
    op.create_index(op.f("ix_checks_patient"), "checks", ["patient"], unique=False)
    op.create_index("ix_checks_received_at_id", "checks", ["received_at", "id"], unique=False)
    op.create_index(op.f("ix_checks_repeat_of"), "checks", ["repeat_of"], unique=False)
    op.create_index(op.f("ix_checks_state"), "checks", ["state"], unique=False)
    op.create_index(op.f("ix_checks_visit"), "checks", ["visit"], unique=False)

    op.create_table(
        "consents",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("consent", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(length=100), nullable=False),
        sa.Column("check", sa.String(length=32), nullable=True),
        sa.Column("visit", sa.String(length=32), nullable=True),
        sa.Column("patient", sa.String(length=32), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_entry", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["check"], ["checks.id"], name=op.f("fk_consents_check_checks")),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_consents_patient_patients")),
        sa.ForeignKeyConstraint(["visit"], ["visits.id"], name=op.f("fk_consents_visit_visits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("consent", "kind", name=op.f("uq_consents_consent_kind")),
    )
    op.create_index(op.f("ix_consents_check"), "consents", ["check"], unique=False)
    op.create_index(op.f("ix_consents_consent"), "consents", ["consent"], unique=False)
    op.create_index(op.f("ix_consents_patient"), "consents", ["patient"], unique=False)

    op.create_table(
        "holds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("check", sa.String(length=32), nullable=True),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.Column("visit", sa.String(length=64), nullable=True),
        sa.Column("open_key", sa.String(length=120), nullable=True),
        sa.Column("evidence", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("proposal", sa.String(length=40), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_because", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["check"], ["checks.id"], name=op.f("fk_holds_check_checks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
        sa.UniqueConstraint("open_key", name=op.f("uq_holds_open_key")),
    )
    op.create_index(op.f("ix_holds_check"), "holds", ["check"], unique=False)
    op.create_index(op.f("ix_holds_entry"), "holds", ["entry"], unique=False)
    op.create_index("ix_holds_raised_at_id", "holds", ["raised_at", "id"], unique=False)
    op.create_index(op.f("ix_holds_reason"), "holds", ["reason"], unique=False)
    op.create_index(op.f("ix_holds_state"), "holds", ["state"], unique=False)

    op.create_table(
        "inquiries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("check", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("asked_for", sa.Date(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.String(length=60), nullable=True),
        sa.Column("last_failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(length=32), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["check"], ["checks.id"], name=op.f("fk_inquiries_check_checks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiries")),
        sa.UniqueConstraint("check", "key", name=op.f("uq_inquiries_check_key")),
    )
    op.create_index(op.f("ix_inquiries_check"), "inquiries", ["check"], unique=False)
    op.create_index("ix_inquiries_made_at_id", "inquiries", ["made_at", "id"], unique=False)
    op.create_index("ix_inquiries_state_next_at", "inquiries", ["state", "next_at"], unique=False)

    op.create_table(
        "answers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("inquiry", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("is_simulated", sa.Boolean(), nullable=False),
        sa.Column("typed_by", sa.String(length=32), nullable=True),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["inquiry"], ["inquiries.id"], name=op.f("fk_answers_inquiry_inquiries")),
        sa.ForeignKeyConstraint(["typed_by"], ["staff.id"], name=op.f("fk_answers_typed_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("inquiry", "sequence", name=op.f("uq_answers_inquiry_sequence")),
    )
    op.create_index(op.f("ix_answers_inquiry"), "answers", ["inquiry"], unique=False)

    op.create_table(
        "decisions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("hold", sa.String(length=32), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("staff", sa.String(length=32), nullable=False),
        sa.Column("evidence", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hold"], ["holds.id"], name=op.f("fk_decisions_hold_holds")),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name=op.f("fk_decisions_staff_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_hold"), "decisions", ["hold"], unique=False)

    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index(op.f("ix_decisions_hold"), table_name="decisions")

    op.drop_table("decisions")
    op.drop_index(op.f("ix_answers_inquiry"), table_name="answers")

    op.drop_table("answers")
    op.drop_index("ix_inquiries_state_next_at", table_name="inquiries")
    op.drop_index("ix_inquiries_made_at_id", table_name="inquiries")
    op.drop_index(op.f("ix_inquiries_check"), table_name="inquiries")

    op.drop_table("inquiries")
    op.drop_index(op.f("ix_holds_state"), table_name="holds")
    op.drop_index(op.f("ix_holds_reason"), table_name="holds")
    op.drop_index("ix_holds_raised_at_id", table_name="holds")
    op.drop_index(op.f("ix_holds_entry"), table_name="holds")
    op.drop_index(op.f("ix_holds_check"), table_name="holds")

    op.drop_table("holds")
    op.drop_index(op.f("ix_consents_patient"), table_name="consents")
    op.drop_index(op.f("ix_consents_consent"), table_name="consents")
    op.drop_index(op.f("ix_consents_check"), table_name="consents")

    op.drop_table("consents")
    op.drop_index(op.f("ix_checks_visit"), table_name="checks")
    op.drop_index(op.f("ix_checks_state"), table_name="checks")
    op.drop_index(op.f("ix_checks_repeat_of"), table_name="checks")
    op.drop_index("ix_checks_received_at_id", table_name="checks")
    op.drop_index(op.f("ix_checks_patient"), table_name="checks")
    op.drop_index(op.f("ix_checks_entry"), table_name="checks")
    op.drop_index(op.f("ix_checks_device"), table_name="checks")
    op.drop_index("ix_checks_certificate_checked_at", table_name="checks")

    op.drop_table("checks")
    op.drop_index(op.f("ix_visits_staff"), table_name="visits")
    op.drop_index(op.f("ix_visits_patient"), table_name="visits")
    op.drop_index(op.f("ix_visits_device"), table_name="visits")
    op.drop_index("ix_visits_at_id", table_name="visits")

    op.drop_table("visits")
    op.drop_index(op.f("ix_recorded_entries_visit"), table_name="recorded_entries")
    op.drop_index("ix_recorded_entries_received_at_id", table_name="recorded_entries")
    op.drop_index(op.f("ix_recorded_entries_kind"), table_name="recorded_entries")
    op.drop_index(op.f("ix_recorded_entries_consent"), table_name="recorded_entries")
    op.drop_index(op.f("ix_recorded_entries_check"), table_name="recorded_entries")

    op.drop_table("recorded_entries")
    op.drop_index("ix_feed_items_device_seq", table_name="feed_items")

    op.drop_table("feed_items")
    op.drop_table("enrolment_codes")
    op.drop_index(op.f("ix_duty_passes_staff"), table_name="duty_passes")
    op.drop_index(op.f("ix_duty_passes_device"), table_name="duty_passes")

    op.drop_table("duty_passes")
    op.drop_index(op.f("ix_device_tokens_expires_at"), table_name="device_tokens")
    op.drop_index(op.f("ix_device_tokens_device"), table_name="device_tokens")

    op.drop_table("device_tokens")
    op.drop_table("day_keys")
    op.drop_index(op.f("ix_office_sessions_staff"), table_name="office_sessions")

    op.drop_table("office_sessions")
    op.drop_table("log_gaps")
    op.drop_index(op.f("ix_log_entries_check"), table_name="log_entries")

    op.drop_table("log_entries")
    op.drop_table("devices")
    op.drop_index(op.f("ix_certificates_patient"), table_name="certificates")

    op.drop_table("certificates")
    op.drop_table("branch_evidence")
    op.drop_table("branch_entries")
    op.drop_index(op.f("ix_used_nonces_expires_at"), table_name="used_nonces")

    op.drop_table("used_nonces")
    op.drop_table("staff")
    op.drop_table("sealing_keys")
    op.drop_index(op.f("ix_refused_pushes_log"), table_name="refused_pushes")
    op.drop_index(op.f("ix_refused_pushes_device"), table_name="refused_pushes")

    op.drop_table("refused_pushes")
    op.drop_index("ix_patients_made_at_id", table_name="patients")
    op.drop_index(op.f("ix_patients_birth_date"), table_name="patients")

    op.drop_table("patients")
    op.drop_table("failed_attempts")
    op.drop_table("facilities")
    op.drop_index(op.f("ix_device_logs_device"), table_name="device_logs")

    op.drop_table("device_logs")
    op.drop_index(op.f("ix_audit_entries_subject"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_actor"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_action"), table_name="audit_entries")

    op.drop_table("audit_entries")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_entries_append_only()")
