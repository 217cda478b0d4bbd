"""A small cache for facts that many records share: chains, kinds, lists, checkpoints. Never for a record itself."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Fact = TypeVar("Fact")


class Cache(Generic[Key, Fact]):
    """At most ``size`` facts, none of them None; the oldest go first. Safe among threads: at worst one is made twice.

    ``known(key)`` is the fact under a key or None: ``known(key) or get(key, make)`` is quick where it mostly is there.
    """

    __slots__ = ("_facts", "_lock", "_size", "known")

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._facts: dict[Key, Fact] = {}
        self.known = self._facts.get

    def get(self, key: Key, make: Callable[[], Fact]) -> Fact:
        """The fact under ``key``, made where it is not known. What ``make`` raises is not kept."""
        try:
            return self._facts[key]
        except KeyError:
            fact = make()
            with self._lock:
                while len(self._facts) >= self._size:
                    del self._facts[next(iter(self._facts))]
                self._facts[key] = fact
            return fact

    def __len__(self) -> int:
        return len(self._facts)
