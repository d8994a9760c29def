"""Settings: one file in the home, overridden by the environment; docs/operations.md lists them all from here.

Secrets are not settings: keys are files in the home, passwords are typed. A database URL may hold a password, so it is
never shown.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

FILE_NAME = "kazasu.toml"
PREFIX = "KAZASU_"


class SettingsError(ValueError):
    """A setting cannot be read; `where` is the file or variable, `why` is what is wrong with it, without its value."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the operator may choose."""

    home: Annotated[Path, Meta(description="Folder of the keys, the settings file and the embedded database.")]
    database: Annotated[
        str, Meta(description="Database URL; empty for the embedded SQLite file `kazasu.db` in the home.")
    ] = ""
    journal: Annotated[
        str,
        Meta(description="Folder of the journal, on another disk if there is one; empty for `journal` in the home."),
    ] = ""
    declaration_keys: Annotated[
        str,
        Meta(description="Folder of the declarations' keys, in no backup; empty for `declaration-keys` in the home."),
    ] = ""
    declaration_months: Annotated[
        int,
        Meta(
            ge=0,
            le=24,
            description="Whole months after the claim's month, at whose end a declaration is destroyed.",
        ),
    ] = 2
    host: Annotated[str, Meta(description="Address that `kazasu serve` listens on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port; 0 takes any free one.")] = 8443
    public_url: Annotated[
        str, Meta(description="URL under which devices reach the server; empty for host and port.")
    ] = ""
    tls_certificate: Annotated[
        str, Meta(description="PEM file of the server certificate with its chain; empty for plain HTTP.")
    ] = ""
    tls_key: Annotated[str, Meta(description="PEM file of the certificate's key.")] = ""
    pinned_certificate: Annotated[
        str,
        Meta(description="PEM file of the certificate that devices pin where a proxy in front speaks TLS."),
    ] = ""
    behind_proxy: Annotated[
        bool, Meta(description="Plain HTTP beyond loopback, because a proxy in front speaks TLS.")
    ] = False
    roots: Annotated[
        str, Meta(description="PEM file of the card CA roots that a live facility trusts; empty trusts none.")
    ] = ""
    root_fingerprints: Annotated[
        tuple[str, ...],
        Meta(
            description="SHA-256 fingerprints (hex) of the roots, confirmed by a person; a root without one is refused."
        ),
    ] = ()
    gateway: Annotated[
        str,
        Meta(description="Way to the national system: `none`, or `simulator` (exercise facilities only)."),
    ] = "none"
    receipt_computer_checks_digit: Annotated[
        bool,
        Meta(description="The receipt computer refuses a wrong check digit: 77777779 for the unknown insurer."),
    ] = False
    receipt_computer_writes_empty_branch: Annotated[
        bool,
        Meta(description="Record lines: SN with an empty branch where the person has none, instead of no SN."),
    ] = False
    medical_assurance: Annotated[
        Literal["card_read", "card_signed"],
        Meta(
            description="Least assurance of a check that opens medical information: `card_read` (the card was read, by"
            " face comparison too) or `card_signed` (its PIN was typed)."
        ),
    ] = "card_read"
    continuing_visit_days: Annotated[
        int,
        Meta(
            ge=1,
            le=366,
            description="How long after the last visit (made or planned) continuing home visits count as going on, so"
            " that their consents open medical information. The sources name no number.",
        ),
    ] = 90
    busy_timeout_s: Annotated[float, Meta(gt=0, description="Wait for a lock of the embedded database.")] = 10.0
    device_token_lifetime_s: Annotated[int, Meta(ge=60, le=86400, description="Life of a device token.")] = 3600
    duty_lifetime_s: Annotated[int, Meta(ge=600, le=86400, description="Life of a duty pass.")] = 43200
    office_lifetime_s: Annotated[int, Meta(ge=300, le=86400, description="Life of an office sign-in.")] = 28800
    sign_in_attempts: Annotated[
        int, Meta(ge=3, le=100, description="Failed sign-ins for one login, or from one address, before it must wait.")
    ] = 5
    sign_in_wait_s: Annotated[int, Meta(ge=1, le=86400, description="How long it then waits.")] = 300
    log_level: Annotated[str, Meta(description="Python logging level of the server.")] = "INFO"

    @property
    def database_url(self) -> str:
        """The URL of the database, the embedded one where none is set."""
        return self.database or f"sqlite:///{(self.home / 'kazasu.db').absolute()}"

    @property
    def journal_folder(self) -> Path:
        """Where the journal is: never in the database, never in a backup."""
        return self.path(self.journal or "journal")

    @property
    def declaration_keys_folder(self) -> Path:
        """Where the declarations' keys are: never in the database, never in a backup."""
        return self.path(self.declaration_keys or "declaration-keys")

    @property
    def has_tls(self) -> bool:
        """Whether the server itself speaks TLS."""
        return bool(self.tls_certificate)

    def path(self, name: str) -> Path:
        """A file named in the settings, relative to the home."""
        return self.home / name


def default_home(environment: Mapping[str, str]) -> Path:
    """`KAZASU_HOME`, or `kazasu-home` in the working directory."""
    return Path(environment.get(PREFIX + "HOME") or "kazasu-home")


def load_settings(
    home: Path | None = None,
    environment: Mapping[str, str] | None = None,
    **overrides: Any,
) -> Settings:
    """The settings of a home: defaults, then its file, then the environment, then the command line's."""
    environment = os.environ if environment is None else environment
    home = home or default_home(environment)
    values: dict[str, Any] = {}
    file = home / FILE_NAME
    if file.exists():
        try:
            values |= tomllib.loads(file.read_text("utf-8"))
        except (ValueError, RecursionError):
            raise SettingsError(FILE_NAME, "is not TOML") from None
        _converted(FILE_NAME, {**values, "home": str(home)})
    for field in msgspec.structs.fields(Settings):
        variable = PREFIX + field.name.upper()
        if field.name != "home" and variable in environment:
            value: Any = environment[variable]
            if field.name == "root_fingerprints":
                value = [part.strip() for part in value.split(",") if part.strip()]
            values[field.name] = value
            _converted(variable, {field.name: value, "home": str(home)})
    values |= {name: value for name, value in overrides.items() if value is not None}
    return _converted("settings", {**values, "home": str(home)})


def _converted(where: str, values: dict[str, Any]) -> Settings:
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SettingsError(where, str(error)) from None


def _path(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError
