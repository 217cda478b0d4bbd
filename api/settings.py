"""Settings by environment, prefix ``ROLLBOOK_``; what they must be, and what stops the start.

| variable | meaning |
|---|---|
| `HOME` | the data folder |
| `DATABASE_URL` | SQLAlchemy address; SQLite in the data folder by default |
| `CHAIN_URL` | JSON-RPC address of a node; the embedded one by default |
| `BASE_URL` | where people reach this deployment; fixed by `init` |
| `ALIAS` | further base addresses under which it may be started, separated by commas |
| `SECRET`, `SECRET_FILE` | what the keys at rest are encrypted under; `init` makes one in the data folder otherwise |
| `HOST`, `PORT` | where `serve` listens; by default the loopback, on the port of the base address |
| `ANCHOR_SECONDS` | the least time between two anchors |
| `STATUS_DAYS` | how long a published status list holds |
| `LOG_LEVEL` | `debug`, `info`, `warning`, `error` |
"""

import re
import secrets
import stat
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.home import data_folder, make_private, write_whole
from ledger.formats.errors import ConfigError

DEFAULT_BASE = "http://localhost:8000"
SECRET_BYTES = 32
_LEAST_LENGTH, _LEAST_DIFFERENT = 24, 10
_BASE = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?")


class Settings(BaseSettings):
    """One deployment's settings. Read them with `load`, which turns mistakes into a ConfigError."""

    model_config = SettingsConfigDict(env_prefix="ROLLBOOK_", frozen=True, extra="ignore", hide_input_in_errors=True)

    home: Path = Field(default_factory=data_folder)
    database_url: SecretStr | None = None
    chain_url: SecretStr | None = None
    base_url: str | None = None
    alias: str = ""
    secret: SecretStr | None = None
    secret_file: Path | None = None
    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=0, le=65535)
    anchor_seconds: float = Field(default=2.0, ge=0.0, le=86400.0)
    status_days: int = Field(default=30, ge=1, le=3650)
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

    @cached_property
    def chain(self) -> str | None:
        """The node's address, or None for the embedded one."""
        return self.chain_url.get_secret_value() if self.chain_url is not None else None

    def listen_port(self, base: str) -> int:
        """The port to listen on: the one given, else that of ``base``."""
        if self.port is not None:
            return self.port
        parts = urlsplit(base)
        return parts.port or (443 if parts.scheme == "https" else 80)

    def passphrase(self, *, create: bool = False) -> bytes:
        """The secret's bytes; ConfigError ``config.secret_missing`` or ``config.secret_weak``.

        ``create`` makes a random one in the data folder where none is given and none is there.
        """
        if self.secret is not None:
            return _strong(self.secret.get_secret_value(), "ROLLBOOK_SECRET")
        if self.secret_file is not None:
            return _strong(_read_secret(self.secret_file), f"the file {self.secret_file}")
        own = self.home / "secret"
        if create and not own.exists():
            make_private(self.home)
            write_whole(own, secrets.token_urlsafe(SECRET_BYTES).encode() + b"\n", mode=0o600)
        text = _read_secret(own)
        if stat.S_IMODE(own.stat().st_mode) & 0o077:
            raise ConfigError("config.secret_exposed", f"others may read {own}: run chmod 600 on it, then start again")
        return _strong(text, f"the file {own}")


def load(**given: Any) -> Settings:
    """The settings of the environment, ``given`` ones first; ConfigError ``config.invalid`` names the variable."""
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigError("config.invalid", f"ROLLBOOK_{name}: {first['msg']}") from None


def _read_secret(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        hint = "run `rollbook init`, which makes one, or set ROLLBOOK_SECRET or ROLLBOOK_SECRET_FILE"
        raise ConfigError("config.secret_missing", f"there is no secret in {path}: {hint}") from None
    except (OSError, UnicodeDecodeError):
        raise ConfigError("config.secret_missing", f"the secret in {path} cannot be read") from None


def _strong(text: str, source: str) -> bytes:
    if len(text) < _LEAST_LENGTH or len(set(text)) < _LEAST_DIFFERENT:
        rule = f"at least {_LEAST_LENGTH} characters, {_LEAST_DIFFERENT} of them different"
        raise ConfigError("config.secret_weak", f"the secret in {source} is too weak: it needs {rule}")
    return text.encode()
