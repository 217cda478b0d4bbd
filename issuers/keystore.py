"""Secrets at rest: seeds of signing keys, keys that act on the chain, anything small that must not lie in the open.

One random data key seals every secret (XChaCha20-Poly1305, RFC 8439 with a 24-byte nonce), each bound to its name, so
that a row moved to another name opens nowhere. The data key itself is wrapped under a key that scrypt (RFC 7914)
derives from the deployment's secret: once for each process, so a batch pays nothing for it, and a new secret rewraps
one row.
"""

import hashlib
import os
import threading
from contextlib import suppress
from typing import NoReturn

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
)
from nacl.exceptions import CryptoError
from sqlalchemy import Connection, Engine, Row, select
from sqlalchemy.exc import IntegrityError

from issuers.tables import KeystoreRow, SecretRow
from ledger.formats.errors import ConfigError, ConflictError, NotFoundError
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing

WORK_FACTOR = 2**16
"""scrypt's N (with r = 8, p = 1): 64 MiB and some tenth of a second, once."""
MIN_SECRET = 16

_R, _P = 8, 1
_MOST_MEMORY = 2**28
_NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
_WRAP = b"rollbook keystore v1 data key"
_SEAL = b"rollbook keystore v1 secret "
_COMMON = ("change", "password", "passwort", "secret", "rollbook", "example", "qwerty", "123456", "abcdef", "letmein")

_KEYSTORE, _SECRETS = table_of(KeystoreRow), table_of(SecretRow)


def check_secret(secret: str | None) -> str:
    """The secret, if it is fit to protect keys.

    Raises ConfigError ``keystore.missing_secret``, or ``keystore.weak_secret`` for one of fewer than 16 characters, of
    fewer than 8 different ones, or that is mostly a common word.
    """
    if not secret:
        raise ConfigError("keystore.missing_secret", "no secret is set that protects the keys")
    rest = secret.casefold()
    for word in _COMMON:
        rest = rest.replace(word, "")
    if len(secret) < MIN_SECRET or len(set(secret)) < 8 or len(rest) < MIN_SECRET // 2:
        raise ConfigError(
            "keystore.weak_secret", f"the secret has fewer than {MIN_SECRET} characters, or is easily guessed"
        )
    return secret


class Keystore:
    """Opens and seals secrets of one database; safe to share between threads."""

    def __init__(self, engine: Engine, secret: str | None, *, work_factor: int = WORK_FACTOR) -> None:
        """Nothing is derived before the first use. ``work_factor`` (a power of two) counts for a new keystore only.

        Raises ConfigError as ``check_secret`` does.
        """
        self._engine = engine
        self._secret = check_secret(secret)
        self._work_factor = work_factor
        self._data_key: bytes | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "<Keystore>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a keystore is not to be copied or stored")

    def unlock(self) -> None:
        """Derive the key now, so that a wrong secret shows at the start; ConfigError ``keystore.wrong_secret``."""
        self._key()

    def put(self, name: str, secret: bytes, connection: Connection | None = None) -> None:
        """Keep ``secret`` under ``name`` for good, in the caller's transaction where one is given (``unlock`` first).

        Raises ConflictError ``keystore.taken`` where the name has one already.
        """
        row = {"name": name, "sealed": _seal(self._key(), _SEAL + name.encode(), secret)}
        try:
            if connection is not None:
                connection.execute(_SECRETS.insert(), row)
            else:
                with writing(self._engine) as own:
                    own.execute(_SECRETS.insert(), row)
        except IntegrityError:
            raise ConflictError("keystore.taken", "there is a secret of this name already") from None

    def get(self, name: str) -> bytes:
        """The secret under ``name``; NotFoundError ``keystore.unknown``, ConfigError ``keystore.damaged``."""
        with reading(self._engine) as connection:
            sealed = connection.scalar(select(_SECRETS.c.sealed).where(_SECRETS.c.name == name))
        if sealed is None:
            raise NotFoundError("keystore.unknown", "there is no secret of this name")
        try:
            return _open(self._key(), _SEAL + name.encode(), sealed)
        except CryptoError:
            raise ConfigError("keystore.damaged", "a stored secret was altered, or moved to another name") from None

    def get_or_make(self, name: str, size: int = 32) -> bytes:
        """The secret under ``name``; made of random bytes by whoever asks first."""
        try:
            return self.get(name)
        except NotFoundError:
            pass
        with suppress(ConflictError):  # another process was faster, and its secret is the one
            self.put(name, os.urandom(size))
        return self.get(name)

    def change_secret(self, new: str) -> None:
        """Wrap the data key under another secret; the sealed secrets stay as they are."""
        data_key = self._key()
        with self._lock, writing(self._engine) as connection:
            row = self._wrapped(check_secret(new), data_key, self._work_factor)
            connection.execute(_KEYSTORE.update().values(row))
            self._secret = new

    def _key(self) -> bytes:
        with self._lock:
            if self._data_key is None:
                self._data_key = self._unwrap(self._row() or self._create())
            return self._data_key

    def _row(self) -> Row[tuple[object, ...]] | None:
        with reading(self._engine) as connection:
            return connection.execute(select(_KEYSTORE)).one_or_none()

    def _create(self) -> Row[tuple[object, ...]]:
        row = self._wrapped(self._secret, os.urandom(32), self._work_factor)
        try:
            with writing(self._engine) as connection:
                connection.execute(_KEYSTORE.insert(), row)
        except IntegrityError:
            pass  # another process made the keystore meanwhile; theirs is the one
        created = self._row()
        assert created is not None
        return created

    @staticmethod
    def _wrapped(secret: str, data_key: bytes, work_factor: int) -> dict[str, object]:
        salt = os.urandom(32)
        key = _derive(secret, salt, work_factor, _R, _P)
        return {
            "id": 1,
            "salt": salt,
            "n": work_factor,
            "r": _R,
            "p": _P,
            "wrapped": _seal(key, _WRAP, data_key),
        }

    def _unwrap(self, row: Row[tuple[object, ...]]) -> bytes:
        key = _derive(self._secret, bytes(row.salt), row.n, row.r, row.p)
        try:
            return _open(key, _WRAP, row.wrapped)
        except CryptoError:
            raise ConfigError(
                "keystore.wrong_secret", "the secret is not the one under which this database keeps its keys"
            ) from None


def _derive(secret: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    if 128 * n * r > _MOST_MEMORY:
        raise ConfigError("keystore.damaged", "the stored work factor is out of all proportion")
    return hashlib.scrypt(secret.encode(), salt=salt, n=n, r=r, p=p, maxmem=2 * _MOST_MEMORY, dklen=32)


def _seal(key: bytes, purpose: bytes, secret: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(secret, purpose, nonce, key)


def _open(key: bytes, purpose: bytes, sealed: bytes) -> bytes:
    sealed = bytes(sealed)
    opened: bytes = crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[_NONCE:], purpose, sealed[:_NONCE], key)
    return opened
