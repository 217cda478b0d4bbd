"""Several nodes of one chain behind one web3 provider: the next where one is away, and no word of one alone believed.

* A node that cannot be reached is passed over, and asked again only after the others for a while.
* A node that answers, but of the past (cut off from its peers), is left where another has a newer block.
* Each block that is read is asked of a second node, once. Where both name another block of that number, nothing is
  answered, ``anchor.disagreement``, and an alarm is raised: either one of them lies, or the chain has two histories.
  Where the second has not that block yet, or is away, the first is believed as a single node would be.
* So is what a contract says in a named block, and its code there: from the log's head it follows whether anything is
  signed at all.
* So are a contract's events, of a second node that has the last block of the span: one that hides an anchor's would let
  anchoring wait for ever, and one that invents the end of a key would end it.

What is read besides is proven under such a block before anybody believes it (`ledger.chain.words`). Whoever reads
events holds what follows from them against words so proven, too (`history`, `succession`): there may be one node alone.
"""

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeAlias, cast

from requests.exceptions import RequestException
from web3.exceptions import Web3Exception
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from ledger.formats.errors import UnavailableError

AWAY_SECONDS = 30.0
"""How long a node that could not be reached is asked after the others only."""
STALE_SECONDS = 30.0
"""A newest block of more than this age makes us ask whether another node has a newer one."""
_REMEMBERED = 1024
_BLOCK = "eth_getBlockByNumber"
_CALL = "eth_call"
_LOGS = "eth_getLogs"
_IN_BLOCK = (_CALL, "eth_getCode")
"""What is asked of a block that is named by its number, after whom or what."""

Alarm: TypeAlias = Callable[..., None]
"""Called with ``code`` and the facts of what was seen."""


@dataclass(slots=True)
class _Node:
    name: str
    provider: BaseProvider
    away_until: float = field(default=0.0)


class Nodes(BaseProvider):
    """Several providers as one. Safe to share between threads where each of them is."""

    def __init__(
        self,
        nodes: Sequence[tuple[str, BaseProvider]],
        *,
        alarm: Alarm,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``nodes``: how each is called in alarms (no secret of its address), and its provider; the first is preferred.

        ``alarm`` is called once for each pair of blocks of one number that were seen.
        """
        super().__init__()
        self._nodes = [_Node(name, provider) for name, provider in nodes]
        self._alarm = alarm
        self._now = now
        self._monotonic = monotonic
        self._lock = Lock()
        self._agreed: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._alarmed: set[frozenset[str]] = set()
        self._preferred = self._nodes[0]

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """The answer of the first node that can be reached; its error where none can.

        UnavailableError ``anchor.disagreement`` where a second node names another block of that number.
        """
        node, answer = self._first_answer(self._in_order(), method, params)
        if method == _BLOCK and params and params[0] == "latest":
            node, answer = self._newer(node, answer, params)
        if method == _BLOCK:
            self._compare(node, answer)
        elif method in _IN_BLOCK and len(params) > 1 and params[1] != "latest":
            self._compare_state(node, method, params, answer)
        elif method == _LOGS:
            self._compare_logs(node, params, answer)
        return answer

    def _in_order(self) -> list[_Node]:
        """The preferred node first, those that were away just now last."""
        now = self._monotonic()
        return sorted(self._nodes, key=lambda node: (node.away_until > now, node is not self._preferred))

    def _first_answer(self, nodes: Sequence[_Node], method: str, params: Any) -> tuple[_Node, RPCResponse]:
        failures: list[Exception] = []
        for node in nodes:
            try:
                return node, node.provider.make_request(RPCEndpoint(method), params)
            except (RequestException, OSError, Web3Exception, ValueError) as error:
                node.away_until = self._monotonic() + AWAY_SECONDS
                failures.append(error)
        raise failures[0]

    def _newer(self, node: _Node, answer: RPCResponse, params: Any) -> tuple[_Node, RPCResponse]:
        """The answer of a node that is further, where this one's newest block is old; it is preferred from then on."""
        shape = _block(answer)
        if shape is None or self._now() - _number(shape, "timestamp") < STALE_SECONDS:
            return node, answer
        best, found = node, answer
        for other in self._others(node):
            theirs = self._ask(other, params)
            if theirs is not None and _number(_block(theirs), "number") > _number(_block(found), "number"):
                best, found = other, theirs
        self._preferred = best
        return best, found

    def _compare(self, node: _Node, answer: RPCResponse) -> None:
        shape = _block(answer)
        if shape is None:
            return
        number, named = shape.get("number"), shape.get("hash")
        if not isinstance(number, str) or not isinstance(named, str) or self._is_agreed(number, named):
            return
        for other in self._others(node):
            theirs = _block(self._ask(other, [number, False]))
            if theirs is None or theirs.get("number") != number:
                continue  # it has not that block yet, or is away
            if theirs.get("hash") != named:
                self._disagree(number, (node, named), (other, str(theirs.get("hash"))))
            self._remember(number, named)
            return

    def _compare_state(self, node: _Node, method: str, params: Any, answer: RPCResponse) -> None:
        """Compare results; an error of either is no answer, since a node that is behind has not that block."""
        named = answer.get("result")
        if not isinstance(named, str):
            return
        for other in self._others(node):
            theirs = self._ask(other, params, method)
            told = theirs.get("result") if theirs is not None else None
            if not isinstance(told, str):
                continue
            if told != named:
                self._disagree(params[1], (node, _short(named)), (other, _short(told)))
            return

    def _compare_logs(self, node: _Node, params: Any, answer: RPCResponse) -> None:
        """A node that has not the last block of the span yet tells of fewer events, and is no liar for it."""
        told, last = _events(answer), params[0]["toBlock"]
        if told is None:
            return
        for other in self._others(node):
            if not self._has(other, last):
                continue
            theirs = _events(self._ask(other, params, _LOGS))
            if theirs is None:
                continue
            if theirs != told:
                if not self._has(node, last):
                    raise UnavailableError("chain.unreachable", f"{node.name} has not the block {int(last, 16)} yet")
                self._disagree(last, (node, told), (other, theirs))
            return

    def _has(self, node: _Node, number: str) -> bool:
        shape = _block(self._ask(node, [number, False]))
        return shape is not None and shape.get("number") == number

    def _disagree(self, number: str, one: tuple[_Node, str], other: tuple[_Node, str]) -> None:
        pair = frozenset((number, one[1], other[1]))
        with self._lock:
            first = pair not in self._alarmed
            self._alarmed.add(pair)
        if first:
            seen = {"node": one[0].name, "hash": one[1], "other_node": other[0].name, "other_hash": other[1]}
            self._alarm("anchor.disagreement", number=int(number, 16), **seen)
        raise UnavailableError(
            "anchor.disagreement", f"{one[0].name} and {other[0].name} disagree about block {int(number, 16)}"
        )

    def _others(self, node: _Node) -> list[_Node]:
        """Everybody else who was not away just now: whom nobody must wait for."""
        now = self._monotonic()
        return [other for other in self._in_order() if other is not node and other.away_until <= now]

    def _ask(self, node: _Node, params: Any, method: str = _BLOCK) -> RPCResponse | None:
        try:
            return self._first_answer([node], method, params)[1]
        except (RequestException, OSError, Web3Exception, ValueError):
            return None

    def _is_agreed(self, number: str, named: str) -> bool:
        with self._lock:
            return (number, named) in self._agreed

    def _remember(self, number: str, named: str) -> None:
        with self._lock:
            self._agreed[number, named] = None
            while len(self._agreed) > _REMEMBERED:
                self._agreed.popitem(last=False)


def _block(answer: RPCResponse | None) -> dict[str, Any] | None:
    """The block in an answer; None where there is none. Its form is for the client to judge."""
    found = cast("dict[str, Any]", answer).get("result") if isinstance(answer, dict) else None
    return found if isinstance(found, dict) else None


def _events(answer: RPCResponse | None) -> str | None:
    """A fingerprint of the events in an answer, in their order; None where there are none to be compared."""
    found = cast("dict[str, Any]", answer).get("result") if isinstance(answer, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        return None
    names = ("address", "topics", "data", "blockNumber", "transactionHash")
    return _short(json.dumps([[one.get(name) for name in names] for one in found]).lower())


def _short(told: str) -> str:
    """What a call gave, as an alarm names it."""
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _number(shape: dict[str, Any] | None, name: str) -> int:
    value = (shape or {}).get(name)
    try:
        return int(value, 16) if isinstance(value, str) else -1
    except ValueError:
        return -1
