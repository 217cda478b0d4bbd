"""JSON-RPC of the embedded node: what it refuses, and that a plain web3 finds a node like any other."""

import secrets
from typing import Any

import pytest
from eth_account import Account
from web3 import Web3
from web3.exceptions import ContractLogicError, TransactionNotFound, Web3RPCError
from web3.middleware import ExtraDataToPOAMiddleware, SignAndSendRawMiddlewareBuilder

import contracts
from ledger.chain.account import LocalSigner
from ledger.chain.embedded.jsonform import RpcError
from ledger.chain.embedded.rpc import Rpc
from ledger.chain.protocol import Call
from ledger.chain.registries import CheckpointRegistryClient
from ledger.formats import rlp
from tests.support.chain import CHAIN_ID, SEALER_SECRET, START, TestChain

SOMEBODY = "0x" + "55" * 20
LOG = b"\3" * 32


@pytest.fixture
def rpc(test_chain: TestChain) -> Rpc:
    return Rpc(test_chain.node)


def refused(rpc: Rpc, method: str, *params: Any) -> tuple[int, str]:
    with pytest.raises(RpcError) as caught:
        rpc.answer(method, list(params))
    return caught.value.code, caught.value.message


# Requests


def test_unknown_methods(rpc: Rpc) -> None:
    for method in ("eth_sendTransaction", "personal_unlockAccount", "", "answer", "__init__", "debug_setHead"):
        assert refused(rpc, method)[0] == -32601


@pytest.mark.parametrize(
    "method, params",
    [
        ("eth_getBlockByNumber", []),
        ("eth_getBlockByNumber", ["latest", False, 1]),
        ("eth_getBlockByNumber", ["newest", False]),
        ("eth_getBlockByNumber", ["0xzz", False]),
        ("eth_getBlockByNumber", [-1, False]),
        ("eth_getBlockByNumber", [True, False]),
        ("eth_getBlockByHash", ["0x12", False]),
        ("eth_getBalance", ["0x12"]),
        ("eth_getBalance", [SOMEBODY[2:]]),
        ("eth_getBalance", [SOMEBODY + "0"]),
        ("eth_getBalance", [None]),
        ("eth_getBalance", [SOMEBODY, None]),
        ("eth_getBalance", [SOMEBODY, {}]),
        ("eth_getStorageAt", [SOMEBODY, "0x1" + "00" * 32]),
        ("eth_getProof", [SOMEBODY, ["zz"], "latest"]),
        ("eth_getTransactionReceipt", ["0x1234"]),
        ("eth_call", [{"to": "0x12"}, "latest"]),
        ("eth_call", [{"to": SOMEBODY, "data": "0x1"}, "latest"]),
        ("eth_sendRawTransaction", ["xx"]),
        ("eth_getLogs", [{"address": "0x12"}]),
        ("eth_getLogs", [{"topics": ["0x12"]}]),
    ],
)
def test_malformed_parameters(rpc: Rpc, method: str, params: list[Any]) -> None:
    assert refused(rpc, method, *params)[0] == -32602


def test_blocks_that_are_not_there(rpc: Rpc) -> None:
    assert rpc.answer("eth_getBlockByNumber", ["0x99", False]) is None
    assert rpc.answer("eth_getBlockByHash", ["0x" + "12" * 32, False]) is None
    assert rpc.answer("eth_getTransactionReceipt", ["0x" + "12" * 32]) is None
    assert rpc.answer("eth_getTransactionByHash", ["0x" + "12" * 32]) is None
    for method, params in (
        ("eth_getBalance", [SOMEBODY, "0x99"]),
        ("eth_getProof", [SOMEBODY, [], {"blockHash": "0x" + "12" * 32}]),
        ("eth_call", [{"to": SOMEBODY}, "0x99"]),
        ("eth_getLogs", [{"fromBlock": "0x99", "toBlock": "0x9a"}]),
    ):
        assert refused(rpc, method, *params) == (-32000, "header not found")


# Transactions


def sent(rpc: Rpc, signer: LocalSigner, **changes: Any) -> tuple[int, str]:
    """Why a transfer with these changes is refused."""
    fields = {"chain_id": CHAIN_ID, "nonce": 0, "gas": 21_000, "gas_price": 10**10, **changes}
    value = fields.pop("value", 1)
    raw = signer.sign(Call(b"\x55" * 20, value=value), **fields).transaction
    return refused(rpc, "eth_sendRawTransaction", "0x" + raw.hex())


def test_transactions_that_are_refused(rpc: Rpc, test_chain: TestChain) -> None:
    admin = test_chain.admin
    assert sent(rpc, admin, chain_id=1) == (-32000, "invalid chain id for signer")
    assert sent(rpc, admin, gas=20_999) == (-32000, "malformed transaction: Insufficient gas")
    assert sent(rpc, admin, gas=30_000_001) == (-32000, "exceeds block gas limit")
    assert sent(rpc, admin, gas_price=1) == (-32000, "max fee per gas less than block base fee")
    assert sent(rpc, admin, value=10**28) == (-32000, "insufficient funds for gas * price + value")
    assert sent(rpc, test_chain.stranger) == (-32000, "insufficient funds for gas * price + value")
    test_chain.chain.transact(Call(b"\x55" * 20), admin)
    assert sent(rpc, admin, gas_price=10**11) == (-32000, "nonce too low")


def test_the_same_transaction_twice(rpc: Rpc, test_chain: TestChain) -> None:
    raws = [
        test_chain.admin.sign(Call(b"\x55" * 20), chain_id=CHAIN_ID, nonce=nonce, gas=21_000, gas_price=10**10)
        for nonce in range(2)
    ]
    for signed in raws:  # the first is in a block at once, the second waits for the next second
        rpc.answer("eth_sendRawTransaction", ["0x" + signed.transaction.hex()])
        assert refused(rpc, "eth_sendRawTransaction", "0x" + signed.transaction.hex()) == (-32000, "already known")


def test_bytes_that_are_no_transaction(rpc: Rpc, test_chain: TestChain) -> None:
    good = test_chain.admin.sign(Call(b"\x55" * 20), chain_id=CHAIN_ID, nonce=0, gas=21_000, gas_price=10**10)
    fields = rlp.decode_list(good.transaction)
    bad = [b"", b"\xc0", b"\x01", b"\x02\xc0", b"\x7f\xc0", good.transaction[:-1], good.transaction + b"\0"]
    bad += [rlp.encode([*fields[:7], b"", *fields[8:]]), rlp.encode([*fields[:8], b"\xff" * 32])]
    bad += [rlp.encode([*fields[:6], b"\5", *fields[7:]]), rlp.encode(fields[:-1])]
    bad += [rlp.encode([*fields[:7], b"\5", *fields[8:]])]  # 5 is the x of no point of the curve
    bad += [rlp.encode([*fields[:3], b"\x55" * 19, *fields[4:]]), rlp.encode([b"\0\0", *fields[1:]])]
    for raw in bad:
        code, message = refused(rpc, "eth_sendRawTransaction", "0x" + raw.hex())
        assert code == -32000 and message.startswith("malformed transaction")
    for _ in range(30):
        noise = secrets.token_bytes(60)
        assert refused(rpc, "eth_sendRawTransaction", "0x" + noise.hex())[0] == -32000
    assert test_chain.chain.head().number == 0


def test_a_replay_on_the_same_chain_id_without_eip_155(rpc: Rpc) -> None:
    account = Account.from_key(SEALER_SECRET)
    old = account.sign_transaction({"nonce": 0, "gas": 21_000, "gasPrice": 10**10, "to": b"\x55" * 20, "value": 1})
    raw = "0x" + bytes(old.raw_transaction).hex()
    assert refused(rpc, "eth_sendRawTransaction", raw) == (-32000, "invalid chain id for signer")


# Calls


def test_reverts_carry_their_reason(rpc: Rpc, test_chain: TestChain) -> None:
    registry = CheckpointRegistryClient.deploy(test_chain.chain, test_chain.admin)
    call = registry.freeze(LOG)
    message = {"to": "0x" + registry.address.hex(), "data": "0x" + call.data.hex()}
    for method in ("eth_call", "eth_estimateGas"):
        with pytest.raises(RpcError) as caught:
            rpc.answer(method, [message])
        assert (caught.value.code, caught.value.message) == (3, "execution reverted: not admin")
        assert caught.value.data is not None and caught.value.data.startswith("0x08c379a0")
    assert refused(rpc, "eth_call", message | {"data": "0x12345678"}) == (3, "execution reverted")
    admin = message | {"from": "0x" + test_chain.admin.address.hex()}
    code, text = refused(rpc, "eth_call", admin | {"gas": "0x5700", "data": "0x" + "12" * 4})
    assert (code, text) == (3, "execution reverted")
    code, text = refused(rpc, "eth_call", admin | {"gas": "0x5c00"})
    assert code == -32000 and text.startswith("OutOfGas")
    code, text = refused(rpc, "eth_call", admin | {"gas": "0x100"})
    assert code == -32000 and text.startswith("insufficient funds or gas")
    code, text = refused(rpc, "eth_estimateGas", {"from": SOMEBODY, "to": SOMEBODY, "value": "0x1"})
    assert code == -32000 and text.startswith("insufficient funds or gas")


def test_trying_leaves_no_trace(rpc: Rpc, test_chain: TestChain) -> None:
    admin = "0x" + test_chain.admin.address.hex()
    before = test_chain.node.head().state_root
    for _ in range(2):
        rpc.answer("eth_call", [{"from": admin, "to": SOMEBODY, "value": "0x1"}, "latest"])
        assert rpc.answer("eth_estimateGas", [{"from": admin, "to": SOMEBODY, "value": "0x1"}]) == hex(21_000)
    assert test_chain.node.head().state_root == before
    assert rpc.answer("eth_getBalance", [SOMEBODY]) == "0x0"


def test_an_estimate_suffices_and_is_close(test_chain: TestChain) -> None:
    chain = test_chain.chain
    creation = Call(None, contracts.load("CheckpointRegistry").bytecode)
    for call in (creation, Call(b"\x55" * 20, b"\1" * 100)):
        signed = chain.prepare(call, test_chain.admin)
        receipt = chain.wait(chain.send(signed.transaction))
        gas = int.from_bytes(rlp.decode_list(signed.transaction)[2], "big")  # type: ignore[arg-type]
        assert receipt.gas_used <= gas <= 1.5 * receipt.gas_used


# The past


def test_every_block_keeps_its_state(rpc: Rpc, test_chain: TestChain) -> None:
    registry = CheckpointRegistryClient.deploy(test_chain.chain, test_chain.admin)
    for log in range(1, 4):
        test_chain.chain.transact(registry.open(bytes([log]) * 32, test_chain.admin.address), test_chain.admin)
    for number in range(5):
        opened = [registry.operator(bytes([log]) * 32, number) is not None for log in range(1, 4)] if number else []
        assert opened == [log <= number - 1 for log in range(1, 4)][: len(opened)]
    assert rpc.answer("eth_getCode", ["0x" + registry.address.hex(), "earliest"]) == "0x"
    assert rpc.answer("eth_getTransactionCount", ["0x" + test_chain.admin.address.hex(), "0x2"]) == "0x2"


# A plain web3


@pytest.fixture
def w3(test_chain: TestChain) -> Any:
    made = Web3(test_chain.provider)
    made.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    account = Account.from_key(SEALER_SECRET)
    made.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(account), layer=0)
    made.eth.default_account = account.address
    return made


def test_web3_finds_a_node(w3: Any, test_chain: TestChain) -> None:
    assert w3.is_connected() and w3.eth.chain_id == CHAIN_ID and w3.net.version == str(CHAIN_ID)
    assert w3.client_version == "rollbook/embedded" and not w3.eth.syncing and not w3.eth.accounts
    block = w3.eth.get_block("latest")
    assert (block["number"], block["timestamp"], block["transactions"]) == (0, START - 10, [])
    assert w3.eth.gas_price > block["baseFeePerGas"]
    history = w3.eth.fee_history(4, "latest", [50])
    assert history["oldestBlock"] == 0 and len(history["baseFeePerGas"]) == 2 and history["reward"] == [[0]]


def test_web3_deploys_and_uses_a_contract(w3: Any, test_chain: TestChain) -> None:
    artifact = contracts.load("CheckpointRegistry")
    factory = w3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
    created = w3.eth.wait_for_transaction_receipt(factory.constructor().transact())
    assert created["contractAddress"] is not None and created["status"] == 1
    registry = w3.eth.contract(address=created["contractAddress"], abi=artifact.abi)
    test_chain.clock.sleep(1)
    own = w3.eth.default_account
    dynamic = registry.functions.open(LOG, own, 0, bytes(32)).transact(
        {"maxPriorityFeePerGas": 7, "maxFeePerGas": 10**10}
    )
    receipt = w3.eth.wait_for_transaction_receipt(dynamic)
    assert receipt["type"] == 2 and receipt["effectiveGasPrice"] == w3.eth.get_block(2)["baseFeePerGas"] + 7
    shown = w3.eth.get_transaction(dynamic)
    assert (shown["type"], shown["maxPriorityFeePerGas"], shown["blockNumber"]) == (2, 7, 2)
    (opened,) = registry.events.Opened.get_logs(from_block=0)
    assert opened["args"]["operator"] == own and opened["transactionHash"] == dynamic
    assert registry.functions.operators(LOG).call() == own
    with pytest.raises(ContractLogicError, match="already opened"):
        registry.functions.open(LOG, own, 0, bytes(32)).call()
    proof = w3.eth.get_proof(created["contractAddress"], [0, 1, 2**256 - 1], "latest")
    assert proof["codeHash"] == artifact.code_hash
    assert [int.from_bytes(found["value"], "big") for found in proof["storageProof"]] == [0, int(own[2:], 16), 0]


def test_web3_sees_blocks_transactions_and_receipts(w3: Any, test_chain: TestChain) -> None:
    digests = [w3.eth.send_transaction({"to": Web3.to_checksum_address(SOMEBODY), "value": 3}) for _ in range(3)]
    waiting = w3.eth.get_transaction(digests[2])
    assert waiting.get("blockNumber") is None
    with pytest.raises(TransactionNotFound):
        w3.eth.get_transaction_receipt(digests[2])
    assert w3.eth.get_transaction_count(w3.eth.default_account, "pending") == 3
    assert w3.eth.get_transaction_count(w3.eth.default_account) == 1
    test_chain.clock.sleep(1)
    receipts = [w3.eth.wait_for_transaction_receipt(digest) for digest in digests]
    assert [(found["blockNumber"], found["transactionIndex"]) for found in receipts] == [(1, 0), (2, 0), (2, 1)]
    assert [found["cumulativeGasUsed"] for found in receipts] == [21_000, 21_000, 42_000]
    assert [found["gasUsed"] for found in receipts] == [21_000] * 3
    assert [found["contractAddress"] for found in receipts] == [None] * 3
    whole = w3.eth.get_block(2, full_transactions=True)
    assert [found["hash"] for found in whole["transactions"]] == digests[1:]
    assert w3.eth.get_block(whole["hash"])["transactions"] == digests[1:]
    assert whole["parentHash"] == w3.eth.get_block(1)["hash"] and whole["gasUsed"] == 42_000
    assert w3.eth.get_balance(Web3.to_checksum_address(SOMEBODY)) == 9


def test_events_by_address_topic_and_block(w3: Any, test_chain: TestChain) -> None:
    chain, admin = test_chain.chain, test_chain.admin
    registries = [CheckpointRegistryClient.deploy(chain, admin) for _ in range(2)]
    logs = [bytes([number]) * 32 for number in range(1, 4)]
    chain.transact_all([registry.open(log, admin.address) for log in logs for registry in registries], admin)
    both = [Web3.to_checksum_address(registry.address) for registry in registries]
    opened = Web3.keccak(text="Opened(bytes32,address,uint256,bytes32)")

    def found(**wanted: Any) -> int:
        return len(w3.eth.get_logs({"fromBlock": 0, "toBlock": "latest", **wanted}))

    assert found() == 8 and found(address=both[0]) == 4 and found(address=both) == 8
    assert found(address=both, topics=[opened]) == 6 and found(topics=[None, logs[0]]) == 2
    assert found(topics=[[opened, b"\1" * 32], [logs[0], logs[2]]]) == 4
    assert found(topics=[opened, logs[0], None]) == 0 and found(topics=[b"\1" * 32]) == 0
    assert found(address=SOMEBODY) == 0 and found(fromBlock=1, toBlock=1) == 1
    newest = w3.eth.get_logs({"address": both[1], "fromBlock": 0})[-1]
    assert len(w3.eth.get_logs({"blockHash": newest["blockHash"]})) >= 1
    block = w3.eth.get_logs({"fromBlock": newest["blockNumber"], "toBlock": newest["blockNumber"]})
    assert [event["logIndex"] for event in block] == list(range(len(block)))


def test_web3_gets_an_error_where_there_is_one(w3: Any) -> None:
    with pytest.raises(Web3RPCError, match="does not exist"):
        w3.manager.request_blocking("eth_nothing", [])
    with pytest.raises(Web3RPCError, match="insufficient funds"):
        w3.eth.send_transaction(
            {"to": Web3.to_checksum_address(SOMEBODY), "value": 10**28, "gas": 21_000, "gasPrice": 10**10}
        )
