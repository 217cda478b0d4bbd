"""A network's plan and genesis: made once, the same for the processes and for the containers."""

import json
import socket
from pathlib import Path

import pytest

from ledger.formats import rlp
from ledger.formats.errors import FormatError, UnavailableError
from ledger.formats.header import parse_header
from ledger.formats.qbft import MIX_HASH, parse_extra
from network import files, genesis, plan
from tests.support.shared import REPOSITORY

BEGUN = 1_700_000_000
PLACES = [("10.0.0.1", 30303, 8545), ("10.0.0.2", 30303, 8545), ("10.0.0.3", 1, 2), ("10.0.0.4", 3, 4)]


@pytest.fixture
def made() -> plan.Plan:
    return plan.make(PLACES, begun=BEGUN)


def test_a_plan_is_read_as_it_was_written(made: plan.Plan) -> None:
    assert plan.from_json(made.to_json()) == made


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"chainId": 1, "validators": [{}]}', b"\xff"])
def test_what_is_no_plan(data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        plan.from_json(data)
    assert caught.value.code == "network.plan"


def test_keys_that_are_drawn_twice_never_come(made: plan.Plan) -> None:
    other = plan.make(PLACES, begun=BEGUN)
    assert not {one.secret for one in made.validators} & {one.secret for one in other.validators}


def test_a_draw_that_is_no_key_is_drawn_again() -> None:
    draws = iter([bytes(32), b"\xff" * 32, b"\7" * 32])
    (one,) = plan.make(PLACES[:1], begun=BEGUN, entropy=lambda _: next(draws)).validators
    assert one.secret == b"\7" * 32


def test_a_validator_is_known_by_what_its_key_gives() -> None:
    """The address of a key that everybody knows."""
    one = plan.Validator("x", bytes(31) + b"\1", "10.0.0.1", 30303, 8545)
    assert one.address.hex() == "7e5f4552091a69125d5dfcb7b8c2659029395bdf"
    assert one.enode.startswith("enode://79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada77")
    assert one.enode.endswith("@10.0.0.1:30303?discport=0")


@pytest.mark.parametrize("dialect", [genesis.besu, genesis.goquorum])
def test_both_dialects_name_the_validators(made: plan.Plan, dialect) -> None:
    shape = json.loads(json.dumps(dialect(made)))
    extra = bytes.fromhex(shape["extraData"][2:])
    assert genesis.validators_of(extra) == made.addresses == parse_extra(extra).validators
    assert bytes.fromhex(shape["mixHash"][2:]) == MIX_HASH
    assert shape["config"]["chainId"] == plan.CHAIN_ID and int(shape["timestamp"], 16) == BEGUN
    assert shape["config"]["qbft"]["blockperiodseconds"] == 1
    assert shape["alloc"] == {}, "nobody was promised money"


def test_the_dialects_differ_in_what_their_nodes_read(made: plan.Plan) -> None:
    besu, goquorum = genesis.besu(made), genesis.goquorum(made)
    assert besu["config"]["zeroBaseFee"] and besu["config"]["londonBlock"] == 0
    assert "londonBlock" not in goquorum["config"]
    # Without it GoQuorum is content with fewer seals than ⌈2n/3⌉ for five and six validators.
    assert goquorum["config"]["qbft"]["ceil2Nby3Block"] == 0
    assert {name: value for name, value in besu.items() if name != "config"} == {
        name: value for name, value in goquorum.items() if name != "config"
    }


def test_the_extra_data_of_a_real_first_block_is_read() -> None:
    recorded = json.loads((REPOSITORY / "tests/ledger/formats/qbft-headers.json").read_text())
    first = next(one for one in recorded["headers"] if one["number"] == 0)
    found = genesis.validators_of(parse_header(bytes.fromhex(first["rlp"])).extra)
    assert [one.hex() for one in found] == recorded["validators"]


ONE, TWO = b"\1" * 20, b"\2" * 20


@pytest.mark.parametrize(
    "item",
    [
        b"",
        [],
        [bytes(32), [ONE], [], b""],
        [bytes(31), [ONE], [], b"", []],
        [bytes(32), [TWO, ONE], [], b"", []],
        [bytes(32), [ONE, ONE], [], b"", []],
        [bytes(32), [ONE[:19]], [], b"", []],
        [bytes(32), b"", [], b"", []],
        [bytes(32), [ONE], [ONE], b"", []],
        [bytes(32), [ONE], [], b"\1", []],
        [bytes(32), [ONE], [], b"", [bytes(65)]],
    ],
)
def test_extra_data_that_is_not_of_a_first_block(item: rlp.Item) -> None:
    with pytest.raises(FormatError) as caught:
        genesis.validators_of(rlp.encode(item))
    assert caught.value.code == "network.genesis"


def test_a_network_keeps_its_keys_and_moves_where_a_port_is_taken(tmp_path: Path) -> None:
    first = files.settle(tmp_path, begun=BEGUN)
    taken = first.validators[1].rpc_port
    with socket.create_server(("127.0.0.1", taken)):
        again = files.settle(tmp_path, begun=BEGUN + 99)
    assert again.addresses == first.addresses and again.begun == BEGUN
    assert again.validators[1].rpc_port != taken
    ports = [port for one in again.validators for port in (one.rpc_port, one.p2p_port)]
    assert len(set(ports)) == len(ports)
    assert plan.from_json((tmp_path / files.PLAN).read_bytes()) == again


def test_its_files_name_everybody_and_show_no_secret(tmp_path: Path) -> None:
    made = files.settle(tmp_path, begun=BEGUN)
    secrets = [one.secret.hex() for one in made.validators]
    for path in tmp_path.rglob("*"):
        if path.is_file() and any(secret in path.read_text() for secret in secrets):
            assert path.stat().st_mode & 0o077 == 0, f"others may read {path}"
    for one in made.validators:
        static = json.loads((tmp_path / one.name / files.STATIC).read_text())
        assert set(static) == set(made.enodes) - {one.enode}
        assert json.loads((tmp_path / one.name / files.PERMISSIONED).read_text()) == made.enodes
        assert (tmp_path / one.name / "key").read_text() == one.secret.hex()


def test_one_folder_is_run_once(tmp_path: Path) -> None:
    with files.locked(tmp_path), pytest.raises(UnavailableError) as caught, files.locked(tmp_path):
        pass
    assert caught.value.code == "network.locked"


@pytest.mark.parametrize("name", ["go.mod", "go.sum", "tools.go"])
def test_the_module_names_no_address(name: str) -> None:
    assert "://" not in (REPOSITORY / "network/node" / name).read_text()


def test_tests_of_the_network_are_where_make_looks_for_them() -> None:
    asked = "mark." + "network"
    elsewhere = [
        path
        for path in (REPOSITORY / "tests").rglob("*.py")
        if asked in path.read_text(encoding="utf-8") and path.parent != REPOSITORY / "tests/network"
    ]
    assert elsewhere == []
    assert "-m network tests/network" in (REPOSITORY / "Makefile").read_text()
