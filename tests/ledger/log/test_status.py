"""Status lists: an issuer's own, each an entry of the log, never going back."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.formats import canonical, entry, registry, statusmap
from ledger.formats.errors import RollbookError
from ledger.formats.statusmap import StatusLeaf, StatusMap
from ledger.log.reader import LogReader
from ledger.log.sequencer import Sequencer
from ledger.log.submission import Caller
from tests.support.logs import open_sequencer
from tests.support.school import School

SCHOOL, OTHER = School("one"), School("two")
UNTIL = 1785542400


def _leaf(school: School, sequence: int, signed: bytes) -> StatusLeaf:
    url = f"https://example.org/status-lists/{school.caller.name}"
    return StatusLeaf(registry.member_id(school.did), url, sequence, hashlib.sha256(signed).digest(), UNTIL)


def _refused(sequencer: Sequencer, signed: bytes, caller: Caller = SCHOOL.caller) -> str:
    size = sequencer.size
    with pytest.raises(RollbookError) as caught:
        sequencer.publish_status(signed, caller=caller)
    assert sequencer.size == size
    return caught.value.code


def test_a_publication_is_an_entry_and_a_row(engine: Engine) -> None:
    sequencer, reader = open_sequencer(engine), LogReader(engine)
    sequencer.append([SCHOOL.submission(1)], caller=SCHOOL.caller)
    signed = SCHOOL.signed_status(1, [5])
    assert sequencer.publish_status(signed, caller=SCHOOL.caller) == 1
    (stored,) = reader.entries(1, 2)
    digest = hashlib.sha256(signed).digest()
    assert stored == entry.single("status-list", registry.member_id(SCHOOL.did), 1, bytes(32), digest)
    found = reader.status_list("https://example.org/status-lists/one")
    assert found is not None
    assert (found.index, found.sequence, found.credential, found.digest) == (1, 1, signed, digest)
    assert (found.issuer_id, found.valid_until) == (registry.member_id(SCHOOL.did), UNTIL)


def test_the_same_publication_again_is_the_same_entry(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    signed = SCHOOL.signed_status(1)
    assert [sequencer.publish_status(signed, caller=SCHOOL.caller) for _ in range(2)] == [0, 0]
    sequencer.publish_status(SCHOOL.signed_status(2), caller=SCHOOL.caller)
    assert sequencer.publish_status(signed, caller=SCHOOL.caller) == 0


def test_a_checkpoint_covers_the_lists_among_its_entries(engine: Engine) -> None:
    sequencer, reader = open_sequencer(engine), LogReader(engine)
    one, two = SCHOOL.signed_status(1), OTHER.signed_status(1)
    newer = SCHOOL.signed_status(2, [7])
    sequencer.append([SCHOOL.submission(1)], caller=SCHOOL.caller)
    roots = []
    for signed, school in ((None, None), (one, SCHOOL), (two, OTHER), (newer, SCHOOL)):
        if signed is not None and school is not None:
            sequencer.publish_status(signed, caller=school.caller)
        made = sequencer.publish()
        assert made is not None
        roots.append(made.status_root)
    maps = [[], [_leaf(SCHOOL, 1, one)], [_leaf(SCHOOL, 1, one), _leaf(OTHER, 1, two)]]
    maps.append([_leaf(SCHOOL, 2, newer), _leaf(OTHER, 1, two)])
    assert roots == [StatusMap(leaves).root for leaves in maps]
    assert roots == [reader.status_map(size).root for size in (1, 2, 3, 4)]
    url = "https://example.org/status-lists/one"
    found = [reader.status_list(url, size) for size in (1, 2, 3, 4)]
    assert [one.sequence if one else None for one in found] == [None, 1, 1, 2]


def test_the_map_proves_what_the_reader_shows(engine: Engine) -> None:
    sequencer, reader = open_sequencer(engine), LogReader(engine)
    for number in range(9):
        school = School(f"s{number}")
        sequencer.publish_status(school.signed_status(1), caller=school.caller)
    made = sequencer.publish()
    assert made is not None
    found = reader.status_list("https://example.org/status-lists/s4", made.size)
    assert found is not None
    leaf = StatusLeaf(found.issuer_id, found.url, found.sequence, found.digest, found.valid_until)
    statusmap.verify(made.status_root, leaf, reader.status_map(made.size).prove(leaf.key))


@pytest.mark.parametrize("caller", [OTHER.caller, Caller("nobody", None), Caller("one", None)])
def test_only_the_issuer_publishes_its_list(engine: Engine, caller: Caller) -> None:
    sequencer = open_sequencer(engine, authorize=lambda *_: True)
    assert _refused(sequencer, SCHOOL.signed_status(1), caller) == "log.not_allowed"


def test_the_deployment_may_still_refuse_it(engine: Engine) -> None:
    assert _refused(open_sequencer(engine, authorize=lambda *_: False), SCHOOL.signed_status(1)) == "log.not_allowed"


def _altered(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = canonical.loads(SCHOOL.signed_status(1))
    assert isinstance(document, dict)
    change(document)
    return canonical.dumps(document)


@pytest.mark.parametrize(
    ("signed", "code"),
    [
        (_altered(lambda d: d.update(sequence=2)), "proof.invalid"),
        (_altered(lambda d: d.update(validUntil="2030-01-01T00:00:00Z")), "proof.invalid"),
        (_altered(lambda d: d.pop("proof")), "proof.missing"),
        (_altered(lambda d: d.pop("sequence")), "status.malformed"),
        (_altered(lambda d: d.update(issuer=OTHER.did)), "log.not_allowed"),
        (SCHOOL.signed_status(1).replace(b'{"@context"', b'{ "@context"', 1), "document.malformed"),
        (b"{}", "status.malformed"),
        (b"[", "document.malformed"),
        (OTHER.sign_status(SCHOOL.status_list(1)), "proof.wrong_key"),
    ],
)
def test_a_list_that_its_issuer_did_not_sign_so_is_refused(engine: Engine, signed: bytes, code: str) -> None:
    assert _refused(open_sequencer(engine), signed) == code


@pytest.mark.parametrize("sequence", [1, 4, 5])
def test_a_sequence_that_does_not_grow_is_refused(engine: Engine, sequence: int) -> None:
    sequencer = open_sequencer(engine)
    sequencer.publish_status(SCHOOL.signed_status(5, [1]), caller=SCHOOL.caller)
    assert _refused(sequencer, SCHOOL.signed_status(sequence, [1, 2])) == "status.conflict"


@pytest.mark.parametrize("purpose", ["revocation", "message"])
@pytest.mark.parametrize("marked", [[], [1], [1, 3], [3, 2]])
def test_a_cleared_bit_is_refused(engine: Engine, purpose: str, marked: list[int]) -> None:
    sequencer = open_sequencer(engine)
    sequencer.publish_status(SCHOOL.signed_status(1, [1, 2], purpose=purpose), caller=SCHOOL.caller)
    assert _refused(sequencer, SCHOOL.signed_status(2, marked, purpose=purpose)) == "status.conflict"


def test_a_suspension_can_be_lifted(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    sequencer.publish_status(SCHOOL.signed_status(1, [1], purpose="suspension"), caller=SCHOOL.caller)
    assert sequencer.publish_status(SCHOOL.signed_status(2, [], purpose="suspension"), caller=SCHOOL.caller) == 1


def test_a_list_keeps_its_purpose_its_length_and_its_issuer(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    sequencer.publish_status(SCHOOL.signed_status(1), caller=SCHOOL.caller)
    assert _refused(sequencer, SCHOOL.signed_status(2, purpose="suspension")) == "status.conflict"
    assert _refused(sequencer, SCHOOL.signed_status(2, bits=bytes(2**15))) == "status.conflict"
    url = "https://example.org/status-lists/suspensions"
    sequencer.publish_status(SCHOOL.signed_status(1, url=url, purpose="suspension"), caller=SCHOOL.caller)
    longer = SCHOOL.signed_status(2, url=url, purpose="suspension", bits=bytes(2**15))
    assert _refused(sequencer, longer) == "status.conflict"
    stolen = OTHER.signed_status(2, url="https://example.org/status-lists/one")
    assert _refused(sequencer, stolen, OTHER.caller) == "status.conflict"


def test_two_publications_in_one_transaction_see_each_other(engine: Engine) -> None:
    from ledger.log.appending import Batch
    from ledger.log.status import check_publication
    from ledger.log.submission import own_issuer_only

    sequencer = open_sequencer(engine)
    batches = []
    for sequence, revoked in ((1, [1]), (2, [])):
        publication = check_publication(SCHOOL.signed_status(sequence, revoked), SCHOOL.caller, own_issuer_only)
        batches.append(Batch.of([publication.submission], publication.check_against_newest))
    with pytest.raises(RollbookError) as caught:
        sequencer._appender._append(batches)
    assert caught.value.code == "status.conflict"
    assert sequencer.size == 0
