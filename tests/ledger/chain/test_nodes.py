"""Several nodes as one: what is away is passed over, what is stale is left, no two blocks of one number pass."""

from collections.abc import Callable
from typing import Any

import pytest
from requests.exceptions import ConnectionError as Refused

from ledger.chain.client import RpcChain
from ledger.chain.nodes import AWAY_SECONDS, STALE_SECONDS, Nodes
from ledger.chain.protocol import Call, Event
from ledger.chain.registries import CheckpointRegistryClient
from ledger.formats.errors import UnavailableError
from tests.ledger.chain.between import HASH, SOMEBODY, Between
from tests.support.chain import TestChain

OTHER_HASH = "0x" + HASH.hex()


class World:
    """Two ways to one embedded chain, either of which may fail or lie, and what alarms were raised."""

    def __init__(self, test_chain: TestChain) -> None:
        self.test_chain = test_chain
        self.one, self.two = Between(test_chain.provider), Between(test_chain.provider)
        self.alarms: list[dict[str, Any]] = []
        clock = test_chain.clock
        nodes = [("one:1", self.one), ("two:2", self.two)]
        self.provider = Nodes(nodes, alarm=self._alarm, now=clock.now, monotonic=clock.now)
        self.chain = RpcChain(self.provider, sleep=clock.sleep, monotonic=clock.now)

    def _alarm(self, code: str, **facts: Any) -> None:
        self.alarms.append({"code": code, **facts})

    def tick(self) -> None:
        self.test_chain.chain.tick()
        self.test_chain.clock.sleep(1)


@pytest.fixture
def world(test_chain: TestChain) -> World:
    made = World(test_chain)
    for _ in range(3):
        made.tick()
    return made


def refuse(_method: str, _response: Any) -> Any:
    raise Refused("no route")


def behind(number: int, timestamp: int) -> Callable[[str, Any], Any]:
    """A node whose newest block is an old one, and which has none of the later ones."""

    def change(method: str, response: Any) -> Any:
        if method == "eth_getBlockByNumber" and response["result"] is not None:
            shape = response["result"]
            if int(shape["number"], 16) > number:
                return {**response, "result": {**shape, "number": hex(number), "timestamp": hex(timestamp)}}
        return response

    return change


def test_both_agree(world: World) -> None:
    assert world.chain.head() == world.test_chain.chain.head()
    assert world.two.asked == ["eth_getBlockByNumber"] and world.alarms == []


def test_a_block_is_compared_once(world: World) -> None:
    for _ in range(3):
        world.chain.head()
    assert len(world.two.asked) == 1


def test_the_first_is_away(world: World) -> None:
    world.one.change = refuse
    assert world.chain.head() == world.test_chain.chain.head()
    asked = len(world.one.asked)
    world.chain.chain_id()
    assert len(world.one.asked) == asked, "it is asked again before the others, and everybody waits for it"
    world.test_chain.clock.sleep(AWAY_SECONDS + 1)
    world.one.change = lambda method, response: response
    world.chain.balance(SOMEBODY)
    assert len(world.one.asked) == asked + 1


def test_the_second_is_away_and_nobody_waits_for_it_twice(world: World) -> None:
    world.two.change = refuse
    world.chain.head()
    world.tick()
    world.chain.head()
    assert len(world.two.asked) == 1 and world.alarms == []


def test_all_are_away(world: World) -> None:
    world.one.change = world.two.change = refuse
    with pytest.raises(UnavailableError) as caught:
        world.chain.head()
    assert caught.value.code == "chain.unreachable"


@pytest.mark.parametrize("liar", ["one", "two"])
def test_another_block_of_one_number(world: World, liar: str) -> None:
    getattr(world, liar).lie("eth_getBlockByNumber", hash=OTHER_HASH)
    for _ in range(2):
        with pytest.raises(UnavailableError) as caught:
            world.chain.head()
        assert caught.value.code == "anchor.disagreement"
    (alarm,) = world.alarms
    assert alarm["code"] == "anchor.disagreement" and {alarm["node"], alarm["other_node"]} == {"one:1", "two:2"}
    assert OTHER_HASH in (alarm["hash"], alarm["other_hash"])


@pytest.mark.parametrize("liar", ["one", "two"])
def test_another_word_of_a_contract_in_one_block(world: World, liar: str) -> None:
    number = world.chain.head().number
    assert world.chain.call(Call(SOMEBODY), number) == b""
    getattr(world, liar).answer("eth_call", "0x01")
    with pytest.raises(UnavailableError) as caught:
        world.chain.call(Call(SOMEBODY), number)
    assert caught.value.code == "anchor.disagreement"
    assert [alarm["number"] for alarm in world.alarms] == [number]


def test_a_node_without_that_block_has_no_word_in_it(world: World) -> None:
    number = world.chain.head().number
    world.two.fail("eth_call", "header not found")
    assert world.chain.call(Call(SOMEBODY), number) == b"" and world.alarms == []


def test_what_is_newest_may_be_newer_elsewhere(world: World) -> None:
    world.two.answer("eth_call", "0x01")
    assert world.chain.call(Call(SOMEBODY)) == b"" and world.alarms == []


def test_it_goes_on_once_they_agree_again(world: World) -> None:
    world.one.lie("eth_getBlockByNumber", hash=OTHER_HASH)
    with pytest.raises(UnavailableError):
        world.chain.head()
    world.one.change = lambda method, response: response
    assert world.chain.head() == world.test_chain.chain.head()


def test_a_disagreement_about_an_older_block(world: World) -> None:
    world.chain.head()
    world.two.lie("eth_getBlockByNumber", hash=OTHER_HASH)
    with pytest.raises(UnavailableError) as caught:
        world.chain.header_rlp(1)
    assert caught.value.code == "anchor.disagreement"


def test_the_second_has_not_that_block_yet(world: World) -> None:
    world.two.answer("eth_getBlockByNumber", None)
    assert world.chain.head() == world.test_chain.chain.head()
    world.two.lie("eth_getBlockByNumber", hash=OTHER_HASH)
    with pytest.raises(UnavailableError):
        world.chain.head()


def test_the_first_answers_of_the_past(world: World) -> None:
    clock, head = world.test_chain.clock, world.test_chain.chain.head()
    world.one.change = behind(1, head.timestamp - int(STALE_SECONDS) - 5)
    clock.sleep(1)
    assert world.chain.head().number == head.number
    asked = len(world.one.asked)
    world.chain.chain_id()
    assert len(world.one.asked) == asked, "it stays the one that is asked"


def test_all_rest_and_none_is_newer(world: World) -> None:
    world.test_chain.clock.sleep(STALE_SECONDS * 3)
    assert world.chain.head() == world.test_chain.chain.head()
    world.chain.chain_id()
    assert world.one.asked[-1] == "eth_chainId"


@pytest.mark.parametrize("garbage", [[], "0x1", {"number": 1}, {"number": "0xzz", "hash": 5}, {}])
def test_garbage_from_the_second_is_no_disagreement_that_passes(world: World, garbage: Any) -> None:
    world.two.answer("eth_getBlockByNumber", garbage)
    assert world.chain.head() == world.test_chain.chain.head()
    assert world.alarms == []


def test_it_sends_through_the_one_that_is_there(world: World) -> None:
    world.one.change = refuse
    receipt = world.chain.transact(Call(SOMEBODY, value=5), world.test_chain.admin)
    assert receipt.succeeded and world.chain.balance(SOMEBODY) == 5


class TestEvents:
    """Of a contract, in a span whose last block is named."""

    @pytest.fixture
    def told(self, world: World) -> tuple[bytes, int]:
        """A contract with one event, and the block that it is in."""
        made = CheckpointRegistryClient.deploy(world.test_chain.chain, world.test_chain.admin)
        return made.address, world.test_chain.chain.head().number

    def ask(self, world: World, told: tuple[bytes, int]) -> list[Event]:
        return world.chain.events(told[0], [], 0, told[1])

    def test_both_tell_the_same(self, world: World, told: tuple[bytes, int]) -> None:
        assert len(self.ask(world, told)) == 1
        assert world.two.asked == ["eth_getBlockByNumber", "eth_getLogs"] and world.alarms == []

    @pytest.mark.parametrize("liar", ["one", "two"])
    @pytest.mark.parametrize("lie", ["hidden", "altered", "invented"])
    def test_one_lies(self, lie: str, liar: str, world: World, told: tuple[bytes, int]) -> None:
        changes: dict[str, Callable[[list[dict[str, Any]]], list[dict[str, Any]]]] = {
            "hidden": lambda found: [],
            "altered": lambda found: [{**one, "data": "0x" + "11" * 32} for one in found],
            "invented": lambda found: found * 2,
        }
        getattr(world, liar).change = lambda method, response: (
            {**response, "result": changes[lie](response["result"])} if method == "eth_getLogs" else response
        )
        for _ in range(2):
            with pytest.raises(UnavailableError, match=r"anchor\.disagreement"):
                self.ask(world, told)
        (alarm,) = world.alarms
        assert alarm["number"] == told[1] and {alarm["node"], alarm["other_node"]} == {"one:1", "two:2"}

    def test_the_second_has_not_that_block_yet(self, world: World, told: tuple[bytes, int]) -> None:
        head = world.test_chain.chain.block(told[1] - 1)
        world.two.change = behind(head.number, head.timestamp)
        assert len(self.ask(world, told)) == 1 and "eth_getLogs" not in world.two.asked

    def test_the_first_has_not_that_block_yet(self, world: World, told: tuple[bytes, int]) -> None:
        head = world.test_chain.chain.block(told[1] - 1)
        late = behind(head.number, head.timestamp)
        world.one.change = lambda method, response: (
            {**response, "result": []} if method == "eth_getLogs" else late(method, response)
        )
        with pytest.raises(UnavailableError, match=r"chain\.unreachable"):
            self.ask(world, told)
        assert world.alarms == []

    def test_the_second_is_away_or_tells_nothing_that_counts(self, world: World, told: tuple[bytes, int]) -> None:
        for garbage in ({"x": 1}, "0x", None, [1]):
            world.two.answer("eth_getLogs", garbage)
            assert len(self.ask(world, told)) == 1
        world.two.change = refuse
        assert len(self.ask(world, told)) == 1 and world.alarms == []

    @pytest.mark.parametrize("liar", ["one", "two"])
    def test_other_code_in_one_block(self, liar: str, world: World, told: tuple[bytes, int]) -> None:
        assert world.chain.code(*told)
        getattr(world, liar).answer("eth_getCode", "0x60")
        with pytest.raises(UnavailableError, match=r"anchor\.disagreement"):
            world.chain.code(*told)
