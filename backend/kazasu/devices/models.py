"""Devices, their enrolment codes, tokens, duty passes and day keys."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, Id, Sequence, choice
from kazasu.devices.device import DeviceState


class DeviceRow(Base):
    """A device, by its key; revoked, never deleted: its entries name it."""

    __tablename__ = "devices"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200))
    jwk: Mapped[dict[str, Any]]
    thumbprint: Mapped[str] = mapped_column(String(43), unique=True)
    state: Mapped[DeviceState] = mapped_column(choice(DeviceState))
    enrolled_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    revoked_at: Mapped[datetime | None]


class EnrolmentCodeRow(Base):
    """A one-time code, known by its hash alone."""

    __tablename__ = "enrolment_codes"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    device: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))


class UsedNonceRow(Base):
    """A nonce that was answered; kept until it would have run out anyway."""

    __tablename__ = "used_nonces"

    nonce_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class DeviceTokenRow(Base):
    """A device's token, known by its hash alone."""

    __tablename__ = "device_tokens"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    device: Mapped[str] = mapped_column(ForeignKey("devices.id"), index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class DutyPassRow(Base):
    """Who was on duty on which device, from when until when; entries name it by id."""

    __tablename__ = "duty_passes"

    id: Mapped[Id]
    staff: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    device: Mapped[str] = mapped_column(ForeignKey("devices.id"), index=True)
    roles: Mapped[list[str]]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    statement: Mapped[str] = mapped_column(Text)


class DayKeyRow(Base):
    """Under which a device keeps what it received that day; encrypted under the storage key."""

    __tablename__ = "day_keys"

    device: Mapped[str] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary)


class DeviceFailureRow(Base):
    """One request of a device that did not succeed; the last few of each device are kept."""

    __tablename__ = "device_failures"

    id: Mapped[Sequence]
    device: Mapped[str] = mapped_column(ForeignKey("devices.id"), index=True)
    at: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(60))
    """The problem's permanent name."""
    reason: Mapped[str | None] = mapped_column(String(80))
    log: Mapped[str | None] = mapped_column(String(64))


class DeviceFailureCountRow(Base):
    """How often a device failed in one way on one day."""

    __tablename__ = "device_failure_counts"

    device: Mapped[str] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    count: Mapped[int]
