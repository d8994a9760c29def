"""Opening a facility: its database proven, its keys loaded, nothing simulated where it is real."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from kazasu.clock import Clock, SystemClock
from kazasu.context import Context
from kazasu.db import Database
from kazasu.db.migration import is_current, upgrade
from kazasu.facility.service import load_facility
from kazasu.gateway import choose_gateway
from kazasu.keys import KeyFiles, load_keys
from kazasu.keys.authority import Certified, hosts_of, is_due_for_renewal, make_server_certificate
from kazasu.keys.file import read_private, replace_private, replace_public
from kazasu.settings import FILE_NAME, Settings


class NoHomeError(Exception):
    """There is no facility in this folder; `kazasu init` makes one."""


class MigrationNeededError(Exception):
    """The database has the schema of an earlier version; `kazasu migrate` brings it up."""


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """The database as it is, without keys and facility, which may be damaged; `NoHomeError` where there is none."""
    database = Database(settings.database_url, busy_timeout_s=settings.busy_timeout_s)
    if _is_not_there(database):
        raise NoHomeError
    try:
        yield database
    finally:
        await database.close()


def _is_not_there(database: Database) -> bool:
    return database.is_sqlite and not Path(database.url.database or "").exists()


@asynccontextmanager
async def open_facility(settings: Settings, *, url: str = "", clock: Clock | None = None) -> AsyncIterator[Context]:
    """The context of the facility in this home. An embedded database is brought up to this version by itself."""
    if not (settings.home / FILE_NAME).exists():
        raise NoHomeError
    clock = clock or SystemClock()
    database = Database(settings.database_url, busy_timeout_s=settings.busy_timeout_s)
    try:
        await database.prove_durable()
        if not await is_current(database):
            if not database.is_sqlite:
                raise MigrationNeededError
            await upgrade(database)
        async with database.reading() as session:
            facility = await load_facility(session)
        yield Context(
            settings=settings,
            facility=facility,
            database=database,
            keys=load_keys(settings.home),
            clock=clock,
            gateway=choose_gateway(settings.gateway, facility, clock),
            url=url or settings.public_url,
        )
    finally:
        await database.close()


def renew_own_certificate(settings: Settings, clock: Clock) -> bool:
    """Renews the server certificate that the facility's own CA made, where it runs out soon; devices pin the CA."""
    files = KeyFiles(settings.home)
    is_own = settings.has_tls and settings.path(settings.tls_certificate) == files.tls_certificate
    if not is_own or not files.authority_key.exists():
        return False
    current = files.tls_certificate.read_bytes()
    if not is_due_for_renewal(current, clock.now()):
        return False
    authority = Certified(files.authority_certificate.read_bytes(), read_private(files.authority_key))
    renewed = make_server_certificate(authority, hosts_of(current), clock.now())
    replace_private(files.tls_key, renewed.key)
    replace_public(files.tls_certificate, renewed.certificate + authority.certificate)
    return True


def is_pair(certificate: Path, key: Path) -> bool:
    """Whether TLS can be spoken with these two files."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError):
        return False
    return True
