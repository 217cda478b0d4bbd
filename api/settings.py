"""Settings by environment, prefix ``ROLLBOOK_``; what they must be, and what stops the start.

| variable | meaning |
|---|---|
| `HOME` | the data folder |
| `DATABASE_URL` | SQLAlchemy address; SQLite in the data folder by default |
| `CHAIN_URL` | JSON-RPC addresses of nodes of one chain, separated by commas; the embedded one by default |
| `CHAIN_SEALERS` | addresses that seal the chain at those URLs, separated by commas |
| `CHAIN_KEYS_FILE` | for `init`: the secrets of the accounts that are to act there; random ones by default |
| `BASE_URL` | where people reach this deployment; fixed by `init` |
| `ALIAS` | further base addresses under which it may be started, separated by commas |
| `SECRET`, `SECRET_FILE` | what the keys at rest are encrypted under; `init` makes one in the data folder otherwise |
| `HOST`, `PORT` | where `serve` listens; by default the loopback, on the port of the base address |
| `ANCHOR_SECONDS` | the least time between two anchors |
| `CONTEXTS` | a folder of further JSON-LD contexts, each pinned in its `manifest.json`; `contexts` in the data folder |
| `FONTS` | a folder of further fonts for printed records, with characters that the installed ones lack |
| `STATUS_DAYS` | how long a published status list holds |
| `WITNESSES` | vkeys of the witnesses whose cosignatures the log takes, separated by commas or spaces |
| `REQUIRED_WITNESSES` | how many of them must have cosigned before this server calls a record valid |
| `CURRENT_ACCREDITATION` | whether this server calls records of schools that have since been withdrawn invalid |
| `LEASE_SECONDS` | with several processes: after how long without a heartbeat another one leads |
| `PEER_HOST` | with several processes: the host under which the others reach this one; this machine alone without |
| `LOG_LEVEL` | `debug`, `info`, `warning`, `error` |

Any other variable of this prefix stops the start (`api.variables`).
"""

import os
import re
import secrets
import stat
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api import variables
from api.home import data_folder, make_private, write_whole
from issuers.keystore import check_secret
from ledger.formats.cosignature import MAX_WITNESSES, witness_keys
from ledger.formats.did import build_did_web
from ledger.formats.errors import ConfigError, FormatError
from ledger.formats.note import NoteKey

DEFAULT_BASE = "http://localhost:8000"
SECRET_BYTES = 32
_BASE = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?")


class Settings(BaseSettings):
    """One deployment's settings. Read them with `load`, which turns mistakes into a ConfigError."""

    model_config = SettingsConfigDict(env_prefix="ROLLBOOK_", frozen=True, extra="ignore", hide_input_in_errors=True)

    home: Path = Field(default_factory=data_folder)
    database_url: SecretStr | None = None
    chain_url: SecretStr | None = None
    chain_sealers: str = ""
    chain_keys_file: Path | None = None
    base_url: str | None = None
    alias: str = ""
    secret: SecretStr | None = None
    secret_file: Path | None = None
    contexts: Path | None = None
    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=0, le=65535)
    anchor_seconds: float = Field(default=2.0, ge=0.0, le=86400.0)
    fonts: Path | None = None
    status_days: int = Field(default=30, ge=1, le=3650)
    witnesses: str = ""
    required_witnesses: int = Field(default=0, ge=0, le=MAX_WITNESSES)
    current_accreditation: bool = False
    lease_seconds: float = Field(default=10.0, ge=0.5, le=300.0)
    peer_host: str = Field(default="", pattern=r"^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)?$")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("base_url")
    @classmethod
    def _one_spelling(cls, value: str | None) -> str | None:
        if value is not None and not _BASE.fullmatch(value):
            raise ValueError("must look like https://host[:port], in lower case, without a path or a closing slash")
        return value

    @field_validator("base_url")
    @classmethod
    def _host_of_a_did(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                build_did_web(urlsplit(value).netloc)
            except FormatError:
                raise ValueError("must have a host name: no DID is named after an IP address") from None
        return value

    @field_validator("chain_sealers")
    @classmethod
    def _addresses(cls, value: str) -> str:
        if not re.fullmatch(r"(0x[0-9a-fA-F]{40}(,0x[0-9a-fA-F]{40})*)?", value):
            raise ValueError("must be addresses of 0x and 40 hexadecimal digits, separated by commas")
        return value

    @field_validator("witnesses")
    @classmethod
    def _vkeys(cls, value: str) -> str:
        try:
            witness_keys(_split(value))
        except FormatError as error:
            raise ValueError(error.message or error.code) from None
        return value

    @field_validator("required_witnesses")
    @classmethod
    def _enough_witnesses(cls, value: int, info: ValidationInfo) -> int:
        if value > len(witness_keys(_split(info.data.get("witnesses", "")))):
            raise ValueError("must be at most as many as ROLLBOOK_WITNESSES names")
        return value

    @property
    def witness_keys(self) -> tuple[NoteKey, ...]:
        """Whose cosignatures the log takes."""
        return witness_keys(_split(self.witnesses))

    @property
    def sealers(self) -> tuple[bytes, ...]:
        """Who seals the chain at `chain_url`, 20 bytes each."""
        return tuple(bytes.fromhex(part[2:]) for part in self.chain_sealers.split(",") if part)

    @property
    def aliases(self) -> tuple[str, ...]:
        """The further base addresses."""
        return tuple(part.strip() for part in self.alias.split(",") if part.strip())

    @cached_property
    def database(self) -> str:
        """SQLAlchemy's address of the database."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home / 'rollbook.sqlite'}"

    @property
    def together(self) -> bool:
        """Whether several processes may serve this deployment: nothing of it is in files that one of them owns."""
        return self.database.startswith("postgres") and bool(self.chains)

    @cached_property
    def chains(self) -> tuple[str, ...]:
        """The nodes' addresses; none for the embedded one."""
        return tuple(_split(self.chain_url.get_secret_value())) if self.chain_url is not None else ()

    def listen_port(self, base: str) -> int:
        """The port to listen on: the one given, else that of ``base``."""
        if self.port is not None:
            return self.port
        parts = urlsplit(base)
        return parts.port or (443 if parts.scheme == "https" else 80)

    def passphrase(self, *, create: bool = False) -> str:
        """The secret; ConfigError ``config.secret_missing``, ``config.secret_exposed``, ``keystore.weak_secret``.

        ``create`` makes a random one in the data folder where none is given and none is there.
        """
        if self.secret is not None:
            return check_secret(self.secret.get_secret_value())
        if self.secret_file is not None:
            return check_secret(_read_secret(self.secret_file))
        own = self.home / "secret"
        if create and not own.exists():
            make_private(self.home)
            write_whole(own, secrets.token_urlsafe(SECRET_BYTES).encode() + b"\n", mode=0o600)
        text = _read_secret(own)
        if os.name != "nt" and stat.S_IMODE(own.stat().st_mode) & 0o077:
            raise ConfigError("config.secret_exposed", f"others may read {own}: run chmod 600 on it, then start again")
        return check_secret(text)


def load(**given: Any) -> Settings:
    """The settings of the environment, ``given`` ones first; ConfigError ``config.invalid`` names the variable.

    ConfigError ``config.unknown_variable`` for one that begins with ``ROLLBOOK_`` and is no setting.
    """
    variables.check(os.environ, Settings.model_fields)
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigError("config.invalid", f"ROLLBOOK_{name}: {first['msg'].removeprefix('Value error, ')}") from None


def _split(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _read_secret(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        hint = "run `rollbook init`, which makes one, or set ROLLBOOK_SECRET or ROLLBOOK_SECRET_FILE"
        raise ConfigError("config.secret_missing", f"there is no secret in {path}: {hint}") from None
    except (OSError, UnicodeDecodeError):
        raise ConfigError("config.secret_missing", f"the secret in {path} cannot be read") from None
