"""Opening a chain folder: its own, once, with its own key; and finding everything again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.chain.embedded.genesis import Genesis
from ledger.chain.embedded.node import EmbeddedNode
from ledger.chain.protocol import Call
from ledger.formats.errors import ConfigError, RollbookError, UnavailableError
from tests.support.chain import CHAIN_ID, SEALER_SECRET, START, TestChain


def refused(kind: type[RollbookError], code: str, folder: Path, key: bytes = SEALER_SECRET, *genesis: Genesis) -> None:
    with pytest.raises(kind) as caught:
        EmbeddedNode(folder, key, *genesis)
    assert caught.value.code == code


def test_an_empty_folder_without_genesis(tmp_path: Path) -> None:
    refused(ConfigError, "chain.no_genesis", tmp_path)
    refused(ConfigError, "chain.no_genesis", tmp_path)  # and the first attempt holds no lock any more


def test_another_key(test_chain: TestChain) -> None:
    test_chain.close()
    refused(ConfigError, "chain.wrong_key", test_chain.folder, b"\x06" * 32)


def test_another_genesis(test_chain: TestChain) -> None:
    test_chain.close()
    given = test_chain.node.genesis
    for other in (
        Genesis(CHAIN_ID + 1, given.timestamp, given.sealer, given.alloc),
        Genesis(CHAIN_ID, given.timestamp + 1, given.sealer, given.alloc),
        Genesis(CHAIN_ID, given.timestamp, given.sealer, {}),
        Genesis(CHAIN_ID, given.timestamp, given.sealer, given.alloc, given.gas_limit + 1),
    ):
        refused(ConfigError, "chain.genesis_mismatch", test_chain.folder, SEALER_SECRET, other)


def test_a_chain_file_from_elsewhere(test_chain: TestChain, tmp_path: Path) -> None:
    test_chain.close()
    genesis = test_chain.node.genesis
    folder = tmp_path / "other"
    EmbeddedNode(folder, SEALER_SECRET, Genesis.new(CHAIN_ID, START - 9, genesis.sealer)).close()
    (folder / "genesis.json").write_bytes((test_chain.folder / "genesis.json").read_bytes())
    refused(ConfigError, "chain.genesis_mismatch", folder)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", "nonsense", '{"chainId": 1}', "\xff", '{"alloc": [], "chainId": 1, "timestamp": 1}'],
)
def test_a_genesis_file_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "genesis.json").write_bytes(text.encode("latin-1"))
    refused(ConfigError, "chain.genesis_malformed", tmp_path)


@pytest.mark.parametrize(
    "field, value", [("sealer", "0x12"), ("sealer", 5), ("alloc", {"0x12": "1"}), ("chainId", "x")]
)
def test_a_genesis_file_with_a_wrong_field(test_chain: TestChain, field: str, value: object) -> None:
    test_chain.close()
    path = test_chain.folder / "genesis.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: value}))
    refused(ConfigError, "chain.genesis_malformed", test_chain.folder)


def test_a_file_that_is_no_database(test_chain: TestChain) -> None:
    test_chain.close()
    for name in ("chain.sqlite-wal", "chain.sqlite-shm"):
        (test_chain.folder / name).unlink(missing_ok=True)
    (test_chain.folder / "chain.sqlite").write_bytes(b"nonsense" * 1000)
    refused(UnavailableError, "chain.disk", test_chain.folder)


def test_a_second_node_in_this_process(test_chain: TestChain) -> None:
    refused(UnavailableError, "chain.locked", test_chain.folder)


def test_a_second_node_in_another_process(test_chain: TestChain) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from ledger.chain.embedded.lock import FolderLock\n"
        "from ledger.formats.errors import UnavailableError\n"
        "try: FolderLock(Path(sys.argv[1])); print('opened')\n"
        "except UnavailableError as error: print(error.code)\n"
    )

    def attempt() -> str:
        command = [sys.executable, "-c", program, str(test_chain.folder)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert attempt() == "chain.locked"
    test_chain.close()
    assert attempt() == "opened"


def test_everything_is_found_again(test_chain: TestChain) -> None:
    receipt = test_chain.chain.transact(Call(b"\x55" * 20, value=7), test_chain.admin)
    before = test_chain.chain.head()
    test_chain.close()
    test_chain.open()
    assert test_chain.chain.head() == before
    assert test_chain.chain.balance(b"\x55" * 20) == 7
    assert test_chain.chain.receipt(receipt.transaction_hash) == receipt
    test_chain.clock.sleep(1)
    assert test_chain.chain.tick().number == before.number + 1


def test_a_folder_whose_chain_was_not_begun_yet(test_chain: TestChain) -> None:
    """If we were to crash between writing the genesis and the first block, the next start writes that block."""
    first = test_chain.chain.block(0)
    test_chain.close()
    for path in test_chain.folder.glob("chain.sqlite*"):
        path.unlink()
    (test_chain.folder / "genesis.draft").write_text("half")
    test_chain.open()
    assert test_chain.chain.head() == first


def test_one_genesis_gives_one_first_block(test_chain: TestChain, tmp_path: Path) -> None:
    given = test_chain.node.genesis
    reordered = Genesis(given.chain_id, given.timestamp, given.sealer, dict(reversed(list(given.alloc.items()))))
    with EmbeddedNode(tmp_path / "again", SEALER_SECRET, reordered) as again:
        assert again.head().hash == test_chain.chain.block(0).hash
    with EmbeddedNode(tmp_path / "later", SEALER_SECRET, Genesis.new(CHAIN_ID, START, given.sealer)) as later:
        assert later.head().hash != test_chain.chain.block(0).hash
