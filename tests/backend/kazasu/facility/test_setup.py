"""`kazasu init`: whole or not at all, keys for the owner alone, a recovery file that brings them back."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from harness.office import NOON, PASSWORD
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from checksync import PrivateKeyOpener, SealingPublicKey, SigningKey
from kazasu import audit
from kazasu.clock import SetClock
from kazasu.db import Database
from kazasu.facility import FacilityKind, FacilityMode, InstitutionCodeError
from kazasu.facility.home import HomeNotEmptyError
from kazasu.facility.service import FacilityExistsError, create_facility, load_facility
from kazasu.facility.setup import Plan, RecoveryFileExistsError, RecoveryFileInHomeError, Tls, set_up
from kazasu.gateway.simulator.simulator import NotAnExerciseError
from kazasu.keys import load_keys
from kazasu.keys.authority import hosts_of, make_authority, make_server_certificate
from kazasu.keys.file import KeyFileExposedError
from kazasu.keys.models import SealingKeyRow, SealingKeyState
from kazasu.keys.recovery import open_recovery_file
from kazasu.keys.restoring import restore_keys
from kazasu.opening import is_pair, open_facility
from kazasu.problems import ProblemError
from kazasu.settings import load_settings

pytestmark = pytest.mark.database


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(
        home=tmp_path / "home",
        mode=FacilityMode.EXERCISE,
        name="  訓練　クリニック ",
        kind=FacilityKind.PHARMACY,
        institution_code="9910000018",
        administrator_login="Admin",
        administrator_name="管理 花子",
        administrator_password=PASSWORD,
        recovery_file=tmp_path / "kept" / "recovery.json",
        hosts=["clinic.example", "192.0.2.7"],
    )


async def test_a_facility_is_made_whole(plan: Plan) -> None:
    made = await set_up(plan, SetClock(NOON))
    settings = load_settings(plan.home, {})
    assert (settings.gateway, settings.public_url) == ("simulator", "https://clinic.example:8443")
    async with open_facility(settings, clock=SetClock(NOON)) as context:
        assert context.facility == made.facility
        assert context.facility.name == "訓練 クリニック"
        assert context.facility.is_exercise
        async with context.database.reading() as session:
            verified = await audit.verify(session)
            keys = (await session.scalars(select(SealingKeyRow))).all()
        assert isinstance(verified, audit.Verified)
        assert [key.state for key in keys] == [SealingKeyState.ANNOUNCED]
        sealed = SealingPublicKey(keys[0].public_key).seal(b"entry", "ab" * 32, 1)
        assert context.keys.opener.open(sealed, "ab" * 32, 1) == b"entry"


async def test_a_facility_stands_on_either_database(plan: Plan, database_url: str) -> None:
    made = await set_up(replace(plan, database=database_url), SetClock(NOON))
    async with open_facility(load_settings(plan.home, {}), clock=SetClock(NOON)) as context:
        assert context.facility == made.facility


async def test_keys_and_settings_can_be_read_by_the_owner_alone(plan: Plan) -> None:
    old = os.umask(0)
    try:
        await set_up(plan, SetClock(NOON))
    finally:
        os.umask(old)
    public = {"authority.crt", "tls.crt"}
    for path in (plan.home, *plan.home.rglob("*"), plan.recovery_file):
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.name not in public and not path.name.startswith("kazasu.db"):
            assert mode & 0o077 == 0, path
    # The database's own protection is the folder's mode.
    assert stat.S_IMODE(plan.home.stat().st_mode) == 0o700


async def test_a_key_that_others_can_read_is_not_used(plan: Plan) -> None:
    await set_up(plan, SetClock(NOON))
    (plan.home / "keys" / "storage.key").chmod(0o640)
    with pytest.raises(KeyFileExposedError) as refused:
        load_keys(plan.home)
    assert refused.value.name == "storage.key"


async def test_a_second_facility_is_never_made_over_the_first(plan: Plan, tmp_path: Path) -> None:
    await set_up(plan, SetClock(NOON))
    before = {path: path.read_bytes() for path in plan.home.rglob("*") if path.is_file()}
    with pytest.raises(RecoveryFileExistsError):
        await set_up(plan, SetClock(NOON))
    again = replace(plan, recovery_file=tmp_path / "other.json")
    with pytest.raises(HomeNotEmptyError):
        await set_up(again, SetClock(NOON))
    elsewhere = replace(again, home=tmp_path / "elsewhere", database=load_settings(plan.home, {}).database_url)
    with pytest.raises(FacilityExistsError):
        await set_up(elsewhere, SetClock(NOON))
    assert not again.recovery_file.exists()
    assert {path: path.read_bytes() for path in before} == before


async def test_a_recovery_file_beside_the_keys_is_refused(plan: Plan) -> None:
    with pytest.raises(RecoveryFileInHomeError):
        await set_up(replace(plan, recovery_file=plan.home / "recovery.json"), SetClock(NOON))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"administrator_password": "short"}, ProblemError),
        ({"tls": Tls.GIVEN, "certificate": Path("/nowhere"), "key": Path("/nowhere")}, FileNotFoundError),
        ({"institution_code": "1310000011"}, InstitutionCodeError),
    ],
)
async def test_a_set_up_that_fails_leaves_nothing_behind(
    plan: Plan, change: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await set_up(replace(plan, **change), SetClock(NOON))  # type: ignore[arg-type]
    assert not plan.recovery_file.exists()
    assert not plan.home.exists() or list(plan.home.iterdir()) == []
    await set_up(plan, SetClock(NOON))


async def test_the_recovery_file_brings_back_every_key(plan: Plan, tmp_path: Path) -> None:
    made = await set_up(plan, SetClock(NOON))
    recovered = open_recovery_file(plan.recovery_file.read_bytes(), made.recovery_code.lower().replace("-", " "))
    folder = plan.home / "keys"
    assert SigningKey.from_pem(recovered.server_key).thumbprint == SigningKey.load(folder / "server.pem").thumbprint
    keys = load_keys(plan.home)
    sealing = X25519PrivateKey.from_private_bytes(recovered.sealing_keys[0])
    sealed = SealingPublicKey(sealing.public_key().public_bytes_raw()).seal(b"x", "cd" * 32, 7)
    assert keys.opener.open(sealed, "cd" * 32, 7) == PrivateKeyOpener([sealing]).open(sealed, "cd" * 32, 7) == b"x"
    kept = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".crt"}
    for name in kept:
        if name != "tls.pem":  # made anew by the CA whenever it is wanted
            (folder / name).unlink()
    restored = restore_keys(plan.home, recovered)
    assert sorted(restored) == sorted(name for name in kept if name != "tls.pem")
    assert {name: (folder / name).read_bytes() for name in restored} == {name: kept[name] for name in restored}
    assert restore_keys(plan.home, recovered) == []


async def test_an_entry_sealed_to_a_key_that_was_away_opens_when_it_is_back(plan: Plan, tmp_path: Path) -> None:
    made = await set_up(plan, SetClock(NOON))
    [key_file] = (plan.home / "keys").glob("sealing-*.key")
    octets = key_file.read_bytes()
    public = SealingPublicKey(X25519PrivateKey.from_private_bytes(octets).public_key().public_bytes_raw())
    key_file.unlink()
    opener = load_keys(plan.home).opener
    sealed = public.seal(b"entry", "ab" * 32, 1)
    with pytest.raises(Exception, match="no sealing key"):
        opener.open(sealed, "ab" * 32, 1)
    restore_keys(plan.home, open_recovery_file(plan.recovery_file.read_bytes(), made.recovery_code))
    assert opener.open(sealed, "ab" * 32, 1) == b"entry"


async def test_the_made_certificate_is_for_the_hosts_given_and_by_the_facilitys_ca(plan: Plan) -> None:
    await set_up(plan, SetClock(NOON))
    settings = load_settings(plan.home, {})
    assert is_pair(settings.path(settings.tls_certificate), settings.path(settings.tls_key))
    chain = settings.path(settings.tls_certificate).read_bytes()
    assert {"clinic.example", "192.0.2.7", "localhost", "127.0.0.1"} <= set(hosts_of(chain))
    server, authority = x509.load_pem_x509_certificates(chain)
    server.verify_directly_issued_by(authority)


async def test_a_certificate_and_another_ones_key_are_no_pair(tmp_path: Path) -> None:
    authority = make_authority("訓練" * 60, NOON)
    one = make_server_certificate(authority, ["localhost"], NOON)
    other = make_server_certificate(authority, ["localhost"], NOON)
    (tmp_path / "one.crt").write_bytes(one.certificate)
    (tmp_path / "other.pem").write_bytes(other.key)
    assert not is_pair(tmp_path / "one.crt", tmp_path / "other.pem")


async def test_plain_http_is_set_up_for_loopback_alone(plan: Plan) -> None:
    await set_up(replace(plan, tls=Tls.NONE), SetClock(NOON))
    settings = load_settings(plan.home, {})
    assert (settings.host, settings.has_tls, settings.public_url) == ("127.0.0.1", False, "")


class TestInvariant10:
    """Nothing simulated passes for real."""

    async def test_a_live_facility_has_no_gateway_until_one_is_set(self, plan: Plan) -> None:
        await set_up(replace(plan, mode=FacilityMode.LIVE, institution_code="1310000011"), SetClock(NOON))
        settings = load_settings(plan.home, {})
        assert (settings.gateway, settings.roots, settings.root_fingerprints) == ("none", "", ())
        async with open_facility(settings, clock=SetClock(NOON)) as context:
            assert context.gateway is None

    async def test_a_live_facility_with_the_simulator_does_not_open(self, plan: Plan) -> None:
        await set_up(replace(plan, mode=FacilityMode.LIVE, institution_code="1310000011"), SetClock(NOON))
        settings = load_settings(plan.home, {"KAZASU_GATEWAY": "simulator"})
        with pytest.raises(NotAnExerciseError):
            async with open_facility(settings, clock=SetClock(NOON)):
                pass

    async def test_the_database_itself_takes_no_exercise_under_a_real_code(self, database: Database) -> None:
        async with database.writing() as session:
            await create_facility(
                session,
                name="x",
                mode=FacilityMode.EXERCISE,
                kind=FacilityKind.PHARMACY,
                institution_code="9910000018",
                transitional_until=None,
                at=NOON,
            )
            await session.commit()
        for change in ("institution_code = '1310000011'", "mode = 'live'"):
            async with database.engine.connect() as connection:
                with pytest.raises(IntegrityError):
                    await connection.execute(text(f"UPDATE facilities SET {change}"))  # noqa: S608

    async def test_a_facility_whose_code_was_changed_to_another_is_not_opened(self, database: Database) -> None:
        async with database.writing() as session:
            await create_facility(
                session,
                name="x",
                mode=FacilityMode.LIVE,
                kind=FacilityKind.PHARMACY,
                institution_code="1310000011",
                transitional_until=None,
                at=NOON,
            )
            await session.execute(text("UPDATE facilities SET institution_code = '1310000012'"))
            with pytest.raises(InstitutionCodeError):
                await load_facility(session)
