"""On real contracts: records are judged as of their anchor, by the newest state that is known (docs/formats.md §9).

What is signed says nothing of when: every record here claims the same day, long ago.
"""

from ledger.formats import keys
from ledger.formats.registry import key_id
from tests.support.exports import Deployment, Issued, Issuer
from verifier.report import Outcome, Report, Verdict


def report_theft(made: Deployment, school: Issuer, since: int) -> None:
    made.transact(made.issuers.compromise_key(school.id, key_id(school.key.public), since))


def after_a_new_key(made: Deployment, school: Issuer) -> None:
    """The school signs under another key from now on, its list too."""
    made.add_key(school, keys.generate(b"\x77" * 32))
    made.publish_list(school)
    made.anchor()


def anchored(made: Deployment, issued: Issued) -> int:
    found = made.reader.anchor_over(issued.index)
    assert found is not None
    return found.time


def code(report: Report) -> str:
    return report["issuer"].code


def test_backdated_under_a_stolen_key(made: Deployment, school: Issuer) -> None:
    """The thief signs `created` and `validFrom` of years ago; the anchor is of today."""
    honest = made.issue(school, 1)
    made.anchor()
    made.clock.sleep(100)
    theft = int(made.clock.now())
    made.clock.sleep(100)
    thief = Issuer(school.did, school.profile, school.key, school.sequence, school.bits)
    forged = made.issue(thief, 2)
    made.anchor()
    report_theft(made, school, theft)
    after_a_new_key(made, school)
    assert made.verify(made.bundle(honest)).verdict is Verdict.VALID
    found = made.verify(made.bundle(forged))
    assert (found.verdict, code(found)) == (Verdict.INVALID, "issuer.key_compromised")


def test_between_theft_and_report_the_state_that_is_known_decides(made: Deployment, school: Issuer) -> None:
    """An old file says valid as of its day; refreshed it fails. So a report is never better than its `asOf`."""
    theft = int(made.clock.now())
    made.clock.sleep(100)
    between = made.issue(school, 1)
    made.anchor()
    before_the_report = made.bundle(between)
    report_theft(made, school, theft)
    after_a_new_key(made, school)
    old, new = made.verify(before_the_report), made.verify(made.bundle(between))
    assert old.verdict is Verdict.VALID and old.as_of is not None and new.as_of is not None and old.as_of < new.as_of
    assert (new.verdict, code(new)) == (Verdict.INVALID, "issuer.key_compromised")


def test_the_second_of_the_theft_is_the_thiefs(made: Deployment, school: Issuer) -> None:
    first = made.issue(school, 1)
    made.anchor()
    report_theft(made, school, anchored(made, first) + 1)
    after_a_new_key(made, school)
    assert made.verify(made.bundle(first)).verdict is Verdict.VALID
    made.transact(made.issuers.compromise_key(school.id, first.key, anchored(made, first)))
    assert code(made.verify(made.bundle(first))) == "issuer.key_compromised"


def test_a_retired_keys_records_outlive_it(made: Deployment, school: Issuer) -> None:
    old = school.key
    before = made.issue(school, 1)
    made.anchor()
    made.add_key(school, keys.generate(b"\x78" * 32))
    made.publish_list(school)
    made.transact(made.issuers.retire_key(school.id, key_id(old.public)))
    late = made.issue(Issuer(school.did, school.profile, old, school.sequence, school.bits), 2)
    made.anchor()
    assert made.verify(made.bundle(before)).verdict is Verdict.VALID
    assert code(made.verify(made.bundle(late))) == "issuer.key_not_valid"


def test_issued_before_accreditation_and_anchored_after(made: Deployment) -> None:
    school = made.school("3502", accredited=False)
    issued = made.issue(school, 1)
    made.accredit(school)
    made.add_key(school, school.key)
    made.publish_list(school)
    made.anchor()
    assert made.verify(made.bundle(issued)).verdict is Verdict.VALID


def test_anchored_before_accreditation(made: Deployment, school: Issuer) -> None:
    """That it was accredited later mends nothing."""
    early = made.school("3502", accredited=False)
    issued = made.issue(early, 1)
    made.anchor()
    assert code(made.verify(made.bundle(issued))) == "issuer.unknown"
    made.accredit(early)
    made.add_key(early, early.key)
    made.publish_list(early)
    made.anchor()
    found = made.verify(made.bundle(issued))
    assert (found.verdict, code(found)) == (Verdict.INVALID, "issuer.not_accredited")


def test_before_in_and_after_a_gap(made: Deployment, school: Issuer) -> None:
    found = []
    acts = (lambda: None, lambda: made.transact(made.issuers.withdraw(school.id)), lambda: made.accredit(school))
    for number, act in enumerate(acts):
        act()
        made.clock.sleep(10)
        found.append(made.issue(school, number))
        made.anchor()
    assert [code(made.verify(made.bundle(one))) for one in found] == ["issuer.ok", "issuer.withdrawn", "issuer.ok"]


def test_a_key_that_was_added_only_later(made: Deployment, school: Issuer) -> None:
    other = keys.generate(b"\x79" * 32)
    early = made.issue(Issuer(school.did, school.profile, other, school.sequence, school.bits), 1)
    made.anchor()
    found = made.verify(made.bundle(early))
    assert code(found) == "issuer.key_not_valid" and found["proof"].outcome is Outcome.PASS
    made.add_key(school, other)
    made.publish_list(school)
    made.anchor()
    assert code(made.verify(made.bundle(early))) == "issuer.key_not_valid"
