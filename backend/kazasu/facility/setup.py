"""`kazasu init`: a facility with its keys, recovery file, database and first administrator, whole or not at all."""

import contextlib
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from checksync import SigningKey
from kazasu import audit
from kazasu.clock import Clock
from kazasu.db import Database
from kazasu.db.migration import upgrade
from kazasu.facility.facility import Facility
from kazasu.facility.home import make_home, write_settings
from kazasu.facility.institution_code import proven_institution_code
from kazasu.facility.kind import FacilityKind, FacilityMode
from kazasu.facility.service import create_facility
from kazasu.keys.authority import Certified, make_authority, make_server_certificate
from kazasu.keys.file import write_private, write_public
from kazasu.keys.keyring import KeyFiles
from kazasu.keys.recovery import (
    RecoveredKeys,
    RecoveryError,
    new_recovery_code,
    open_recovery_file,
    sealed_recovery_file,
)
from kazasu.keys.sealing import generate_sealing_key, public_half, write_sealing_key
from kazasu.keys.service import add_made, announce, mark_backed_up
from kazasu.keys.storage import StorageKey
from kazasu.settings import Settings
from kazasu.staff import Role
from kazasu.staff.service import add_staff


class Tls(StrEnum):
    """Where the server's certificate comes from."""

    MAKE = "make"
    GIVEN = "given"
    NONE = "none"


class RecoveryFileExistsError(Exception):
    """The recovery file would be written over another."""


class RecoveryFileInHomeError(Exception):
    """The recovery file is to be kept apart from the keys that it recovers."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What `kazasu init` was told."""

    home: Path
    mode: FacilityMode
    name: str
    kind: FacilityKind
    institution_code: str
    administrator_login: str
    administrator_name: str
    administrator_password: str = field(repr=False)
    recovery_file: Path
    transitional_until: date | None = None
    database: str = field(default="", repr=False)
    tls: Tls = Tls.MAKE
    certificate: Path | None = None
    key: Path | None = None
    hosts: Sequence[str] = ()
    port: int = 8443


@dataclass(frozen=True, slots=True)
class Made:
    """A facility that stands; the recovery code is shown once and kept nowhere."""

    facility: Facility
    recovery_code: str = field(repr=False)


async def set_up(plan: Plan, clock: Clock) -> Made:
    """Makes it all; on any failure takes away again what it made, and leaves what was there before."""
    proven_institution_code(plan.institution_code, plan.mode)
    recovery_file = plan.recovery_file.absolute()
    if recovery_file.is_relative_to(plan.home.absolute()):
        raise RecoveryFileInHomeError
    if recovery_file.exists():
        raise RecoveryFileExistsError
    make_home(plan.home)
    settings = Settings(home=plan.home, database=plan.database)
    database = Database(settings.database_url)
    try:
        await database.prove_durable()
        await upgrade(database)
        made = await _make(plan, database, clock)
    except BaseException:
        await database.close()
        for entry in list(plan.home.iterdir()):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        with contextlib.suppress(FileNotFoundError):
            recovery_file.unlink()
        raise
    await database.close()
    return made


async def _make(plan: Plan, database: Database, clock: Clock) -> Made:
    now = clock.now()
    server_key, sealing_key, storage_key = SigningKey.generate(), generate_sealing_key(), StorageKey.generate()
    authority = make_authority(plan.name, now) if plan.tls is Tls.MAKE else None
    files = KeyFiles(plan.home)
    write_private(files.server_key, server_key.to_pem())
    write_private(files.storage_key, storage_key.raw())
    write_sealing_key(files.folder, sealing_key)
    if authority is not None:
        _write_tls(files, authority, plan.hosts, clock)
    async with database.writing() as session:
        facility = await create_facility(
            session,
            name=plan.name,
            mode=plan.mode,
            kind=plan.kind,
            institution_code=plan.institution_code,
            transitional_until=plan.transitional_until,
            at=now,
        )
        sealing_public = public_half(sealing_key)
        await add_made(session, sealing_public, audit.SHELL, now)
        keys = RecoveredKeys(
            server_key=server_key.to_pem(),
            sealing_keys=[sealing_key.private_bytes_raw()],
            storage_key=storage_key.raw(),
            authority_key=authority.key if authority else None,
        )
        code = _write_recovery_file(plan, keys, facility, now.isoformat())
        await mark_backed_up(session, sealing_public.id, "recovery_file", audit.SHELL, now)
        await announce(session, sealing_public.id, audit.SHELL, now)
        await add_staff(
            session,
            login=plan.administrator_login,
            name=plan.administrator_name,
            password=plan.administrator_password,
            roles=[Role.ADMINISTRATOR],
            actor=audit.SHELL,
            at=now,
        )
        write_settings(plan.home, _settings(plan))
        await session.commit()
    return Made(facility, code)


def _write_recovery_file(plan: Plan, keys: RecoveredKeys, facility: Facility, made_at: str) -> str:
    code = new_recovery_code()
    octets = sealed_recovery_file(
        keys, code, facility=facility.id, facility_name=facility.name, mode=facility.mode, made_at=made_at
    )
    plan.recovery_file.parent.mkdir(parents=True, exist_ok=True)
    write_private(plan.recovery_file, octets)
    # A file that does not open is no backup, and a key without one is announced to nobody.
    if open_recovery_file(plan.recovery_file.read_bytes(), code) != keys:
        raise RecoveryError("wrong_code_or_damaged")
    return code


def _write_tls(files: KeyFiles, authority: Certified, hosts: Sequence[str], clock: Clock) -> None:
    server = make_server_certificate(authority, certificate_hosts(hosts), clock.now())
    write_public(files.authority_certificate, authority.certificate)
    write_private(files.authority_key, authority.key)
    write_public(files.tls_certificate, server.certificate + authority.certificate)
    write_private(files.tls_key, server.key)


def certificate_hosts(hosts: Sequence[str]) -> list[str]:
    """What a certificate of ours is for: the names given, this machine's, and loopback."""
    return list(dict.fromkeys([*hosts, socket.gethostname(), "localhost", "127.0.0.1", "::1"]))


def _settings(plan: Plan) -> dict[str, object]:
    values: dict[str, object] = {
        "host": "127.0.0.1" if plan.tls is Tls.NONE else "0.0.0.0",  # noqa: S104 - devices come from the network
        "port": plan.port,
        "gateway": "simulator" if plan.mode is FacilityMode.EXERCISE else "none",
    }
    if plan.tls is not Tls.NONE:
        host = plan.hosts[0] if plan.hosts else socket.gethostname()
        values["public_url"] = f"https://{f'[{host}]' if ':' in host else host}:{plan.port}" if plan.port else ""
    if plan.database:
        values["database"] = plan.database
    if plan.tls is Tls.MAKE:
        values |= {"tls_certificate": "keys/tls.crt", "tls_key": "keys/tls.pem"}
    elif plan.tls is Tls.GIVEN:
        values |= {"tls_certificate": str(_given(plan.certificate)), "tls_key": str(_given(plan.key))}
    return values


def _given(path: Path | None) -> Path:
    if path is None or not path.is_file():
        raise FileNotFoundError("certificate and key are both needed")
    return path.absolute()
