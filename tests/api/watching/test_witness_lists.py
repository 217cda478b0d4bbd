"""Status lists as a witness reads them: those in the log must go on, those that are served beside are compared."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.formats import entry
from ledger.formats.errors import UnavailableError
from tests.support.school import School
from tests.support.watched import WatchedLog
from tests.support.witnessed import Watched, seen, watched

__all__ = ["seen", "watched"]


def relist_twice(log: WatchedLog, first: tuple[int, ...], second: tuple[int, ...]) -> None:
    log.relist(3, first)
    log.relist(4, second)


OTHER = School("two")
GOOD: dict[str, Callable[[WatchedLog], None]] = {
    "added": lambda log: log.relist(3, (7, 9)),
    "renewed": lambda log: log.relist(8, (7,)),
    "twice between two checkpoints": lambda log: relist_twice(log, (7,), (7, 8)),
    "another list": lambda log: log.publish(OTHER.signed_status(1), OTHER.did, serve=False),
    "taken over": lambda log: log.publish(
        OTHER.signed_status(3, (7,), url="https://example.org/status-lists/one"), serve=False
    ),
    "taken over, logged by the parent": lambda log: log.publish(
        OTHER.signed_status(3, (7,), url="https://example.org/status-lists/one"), OTHER.did, serve=False
    ),
}
BAD: dict[str, Callable[[WatchedLog], None]] = {
    "sequence again": lambda log: log.relist(2, (7, 9)),
    "sequence back": lambda log: log.relist(1, (7,)),
    "revocation undone": lambda log: log.relist(3),
    "revocation moved": lambda log: log.relist(3, (8,)),
    "undone between two checkpoints": lambda log: relist_twice(log, (7, 8), (7,)),
    "other purpose": lambda log: log.relist(3, (7,), purpose="suspension"),
    "other length": lambda log: log.relist(3, bits=bytes([1]) + bytes(2**15)),
    "other issuer": lambda log: log.publish(
        OTHER.signed_status(3, (7,), url="https://example.org/status-lists/one"), School("three").did
    ),
    "new list of another issuer": lambda log: log.publish(OTHER.signed_status(1)),
    "no list": lambda log: log.publish(b'{"id":"x"}'),
    "no JSON": lambda log: log.publish(b"\xff"),
    "spoilt signature": lambda log: log.publish(
        log.school.signed_status(3, (7,)).replace(b'"sequence":3', b'"sequence":4')
    ),
    "signed by another": lambda log: log.publish(OTHER.sign_status(log.school.status_list(3, (7,)))),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_list_that_goes_on_is_refused(seen: Watched, name: str) -> None:
    GOOD[name](seen.log)
    seen.log.checkpoint()
    assert seen.round().cosigned == 1


@pytest.mark.parametrize("name", BAD)
def test_a_list_that_goes_back_is_cosigned(seen: Watched, name: str) -> None:
    BAD[name](seen.log)
    seen.log.checkpoint()
    assert seen.breaks("status.undone")["list"]


def test_a_suspension_cannot_be_lifted(watched: Watched) -> None:
    url: dict[str, Any] = {"url": "https://example.org/status-lists/s", "purpose": "suspension"}
    watched.log.publish(watched.log.school.signed_status(1, (5,), **url), serve=False)
    watched.log.publish(watched.log.school.signed_status(2, (), **url), serve=False)
    watched.log.checkpoint()
    assert watched.round().cosigned == 4


def test_a_suspension_list_of_another_length(watched: Watched) -> None:
    url: dict[str, Any] = {"url": "https://example.org/status-lists/s", "purpose": "suspension"}
    watched.log.publish(watched.log.school.signed_status(1, (5,), **url), serve=False)
    watched.log.checkpoint()
    watched.round()
    watched.log.publish(watched.log.school.signed_status(2, bits=bytes(2**15), **url), serve=False)
    watched.log.checkpoint()
    watched.breaks("status.undone")


SERVED: dict[str, Callable[[WatchedLog], bytes]] = {
    "an older one": lambda log: log.school.signed_status(2, (7,)),
    "another of the same sequence": lambda log: log.school.signed_status(3, (7, 9)),
    "a newer one that undoes": lambda log: log.school.signed_status(4),
    "one that is none": lambda _: b"{}",
    "one of another signer": lambda log: School("two").sign_status(log.school.status_list(4, (7,))),
}


@pytest.mark.parametrize("name", SERVED)
def test_another_list_is_served_than_was_logged(seen: Watched, name: str) -> None:
    seen.log.relist(3, (7,))
    seen.log.checkpoint()
    seen.log.served["status-lists/one"] = SERVED[name](seen.log)
    done = seen.round()
    assert done.cosigned == 1 and len(done.odd) == 1 and "status-lists/one" in done.odd[0]
    assert ("in sequence 2, and the log has 3" in done.odd[0]) == (name == "an older one")
    assert seen.state and seen.state.broken() is None


def test_a_newer_list_is_served_than_was_published(seen: Watched) -> None:
    seen.log.relist(3, (7,))
    seen.log.checkpoint()
    seen.log.served["status-lists/one"] = seen.log.school.signed_status(4, (7, 8))
    assert seen.round().odd == ()


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.org/status-lists/one",
        "https://example.org/status-lists/../log/checkpoint",
        "https://example.org/status-lists/one?x",
        "https://example.org:1/status-lists/one",
        "file:///etc/passwd",
    ],
)
def test_a_list_sends_the_witness_elsewhere(seen: Watched, url: str) -> None:
    seen.log.publish(seen.log.school.signed_status(1, url=url), serve=False)
    seen.log.checkpoint()
    asked = len(seen.log.asked)
    assert seen.round().cosigned == 1
    assert all(path.startswith("log/") for path in seen.log.asked[asked:])


def test_an_entry_is_no_publication_of_a_list_that_was_not_published(seen: Watched) -> None:
    """Its commitment opens under the zero salt, or it is no publication."""
    seen.log.lists[len(seen.log.entries)] = seen.log.school.signed_status(3, (7,))
    seen.log.add(entry.single(entry.STATUS_KIND, bytes(32), 1, bytes([1]) * 32, bytes(32)))
    seen.log.checkpoint()
    with pytest.raises(UnavailableError, match=r"watch.damaged"):
        seen.round()
