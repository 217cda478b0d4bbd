"""The keystore: what is stored opens with the right secret, under its own name, and with nothing else."""

import pickle
import threading

import pytest
from sqlalchemy import Engine, select

from issuers.keystore import Keystore, check_secret
from issuers.tables import KeystoreRow, SecretRow
from ledger.formats.errors import ConfigError, ConflictError, NotFoundError
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing
from tests.support.issuers import SECRET

SECRETS, KEYSTORE = table_of(SecretRow), table_of(KeystoreRow)


def open_keystore(engine: Engine, secret: str | None = SECRET) -> Keystore:
    return Keystore(engine, secret, work_factor=2)


def test_a_secret_comes_back_after_a_restart(engine: Engine) -> None:
    open_keystore(engine).put("a", b"seed")
    assert open_keystore(engine).get("a") == b"seed"


def test_nothing_stored_holds_the_secret(engine: Engine) -> None:
    seed = bytes(range(32))
    open_keystore(engine).put("a", seed)
    with reading(engine) as connection:
        rows = [*connection.execute(select(SECRETS)), *connection.execute(select(KEYSTORE))]
    assert len(rows) == 2
    for value in (value for row in rows for value in row if isinstance(value, bytes)):
        assert seed not in value and SECRET.encode() not in value


def test_the_same_secret_is_never_sealed_alike(engine: Engine) -> None:
    keystore = open_keystore(engine)
    keystore.put("a", b"seed")
    keystore.put("b", b"seed")
    with reading(engine) as connection:
        first, second = connection.scalars(select(SECRETS.c.sealed)).all()
    assert first[:24] != second[:24] and first[24:] != second[24:]


def test_a_wrong_secret_is_told_at_once(engine: Engine) -> None:
    open_keystore(engine).put("a", b"seed")
    with pytest.raises(ConfigError) as caught:
        open_keystore(engine, "another uncommon phrase 8").unlock()
    assert caught.value.code == "keystore.wrong_secret"
    with pytest.raises(ConfigError):
        open_keystore(engine, "another uncommon phrase 8").get("a")


@pytest.mark.parametrize("secret", [None, ""])
def test_a_missing_secret_is_refused(engine: Engine, secret: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        open_keystore(engine, secret)
    assert caught.value.code == "keystore.missing_secret"


@pytest.mark.parametrize(
    "secret",
    ["short", "x" * 40, "abababababababababab", "password12345678", "ChangeMeChangeMe!", "rollbook-secret-1", "0" * 64],
)
def test_a_weak_secret_is_refused(secret: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_secret(secret)
    assert caught.value.code == "keystore.weak_secret"
    assert secret not in str(caught.value)


@pytest.mark.parametrize("secret", [SECRET, "0f8a6c1d9e2b4a7c5d3f", "青山遮不住毕竟东流去江晚正愁余深山"])
def test_a_fit_secret_is_taken(secret: str) -> None:
    assert check_secret(secret) == secret


def test_a_row_moved_to_another_name_opens_nowhere(engine: Engine) -> None:
    keystore = open_keystore(engine)
    keystore.put("school one", b"seed one")
    keystore.put("school two", b"seed two")
    with writing(engine) as connection:
        one = connection.scalar(select(SECRETS.c.sealed).where(SECRETS.c.name == "school one"))
        connection.execute(SECRETS.update().where(SECRETS.c.name == "school two").values(sealed=one))
    with pytest.raises(ConfigError) as caught:
        keystore.get("school two")
    assert caught.value.code == "keystore.damaged"


@pytest.mark.parametrize("place", [0, 23, 24, -1])
def test_an_altered_byte_is_seen(engine: Engine, place: int) -> None:
    keystore = open_keystore(engine)
    keystore.put("a", b"seed")
    with writing(engine) as connection:
        sealed = bytearray(connection.execute(select(SECRETS.c.sealed)).scalar_one())
        sealed[place] ^= 1
        connection.execute(SECRETS.update().values(sealed=bytes(sealed)))
    with pytest.raises(ConfigError) as caught:
        keystore.get("a")
    assert caught.value.code == "keystore.damaged"


def test_an_absurd_work_factor_from_the_database_is_not_tried(engine: Engine) -> None:
    open_keystore(engine).unlock()
    with writing(engine) as connection:
        connection.execute(KEYSTORE.update().values(n=2**30))
    with pytest.raises(ConfigError) as caught:
        open_keystore(engine).unlock()
    assert caught.value.code == "keystore.damaged"


def test_a_name_is_taken_once(engine: Engine) -> None:
    keystore = open_keystore(engine)
    keystore.put("a", b"seed")
    with pytest.raises(ConflictError) as caught:
        keystore.put("a", b"other")
    assert caught.value.code == "keystore.taken"
    assert keystore.get("a") == b"seed"


def test_an_unknown_name_is_not_found(engine: Engine) -> None:
    with pytest.raises(NotFoundError) as caught:
        open_keystore(engine).get("a")
    assert caught.value.code == "keystore.unknown"


def test_what_the_callers_transaction_takes_back_is_not_there(engine: Engine) -> None:
    keystore = open_keystore(engine)
    keystore.unlock()
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        keystore.put("a", b"seed", connection)
        raise ZeroDivisionError
    with pytest.raises(NotFoundError):
        keystore.get("a")


def test_many_who_make_one_secret_at_once_get_the_same(engine: Engine) -> None:
    got: list[bytes] = []
    keystores = [open_keystore(engine) for _ in range(4)]
    threads = [threading.Thread(target=lambda k=k: got.append(k.get_or_make("a"))) for k in keystores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4 and len(set(got)) == 1 and len(got[0]) == 32


def test_a_new_secret_replaces_the_old_one(engine: Engine) -> None:
    keystore = open_keystore(engine)
    keystore.put("a", b"seed")
    keystore.change_secret("a rather different phrase 9")
    assert keystore.get("a") == b"seed"
    assert open_keystore(engine, "a rather different phrase 9").get("a") == b"seed"
    with pytest.raises(ConfigError):
        open_keystore(engine).unlock()


def test_a_new_secret_must_be_fit_too(engine: Engine) -> None:
    keystore = open_keystore(engine)
    with pytest.raises(ConfigError):
        keystore.change_secret("weak")
    open_keystore(engine).unlock()


def test_no_secret_is_shown_or_pickled(engine: Engine) -> None:
    keystore = open_keystore(engine)
    keystore.unlock()
    assert repr(keystore) == "<Keystore>"
    with pytest.raises(TypeError):
        pickle.dumps(keystore)


def test_the_key_is_derived_once_for_each_process(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    import issuers.keystore as module

    keystore = open_keystore(engine)
    keystore.put("a", b"seed")
    monkeypatch.delattr(module, "_derive")
    for _ in range(5):
        assert keystore.get("a") == b"seed"
