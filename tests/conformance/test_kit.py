"""The kit says what the verifier says, and leaves nothing out."""

from ledger.formats import datetimes, trustroot
from tests.conformance.generating import INPUTS, VERSION, expected, label
from tests.conformance.kit import KIT, cases, index
from verifier.messages import FAILS, UNKNOWNS
from verifier.policy import POLICIES
from verifier.verifier import Verifier

LARGEST = 6_000_000
# What nobody can say without having asked somebody, or being asked for more than a policy's defaults.
ONLINE = {
    "proof.unreachable",
    "issuer.unreachable",
    "inclusion.unwitnessed",
    "anchor.unreachable",
    "anchor.disagreement",
    "status.unreachable",
}


def test_a_report_is_another_than_the_kit_says() -> None:
    verifiers: dict[bytes, Verifier] = {}
    wrong = {}
    for case in cases():
        verifier = verifiers.setdefault(case.trust_root, Verifier(trustroot.parse(case.trust_root)))
        report = verifier.verify(
            case.document,
            now=datetimes.parse(case.now),
            policy=POLICIES[case.policy],
            domain=case.question.get("domain"),
            challenge=case.question.get("challenge"),
        )
        if expected(report) != case.expected:
            wrong[case.name] = expected(report)
    assert wrong == {}


def test_an_input_of_the_tests_is_not_in_the_kit() -> None:
    """Then it lags behind: ``python -m tests.conformance.generating``."""
    held = {"/".join(case.name.split("/")[:2]) for case in cases()} | set(index()["online"])
    assert held == {label(code, name) for code, name, _ in INPUTS}
    assert index()["version"] == VERSION


def test_a_code_or_a_policy_is_not_in_the_kit() -> None:
    seen = {check["code"] for case in cases() for check in case.expected["checks"]}
    assert (FAILS.keys() | UNKNOWNS.keys()) - seen == ONLINE
    assert {case.policy for case in cases()} == set(POLICIES)
    assert {case.expected["verdict"] for case in cases()} == {"valid", "invalid", "indeterminate"}


def test_a_file_of_the_kit_is_of_no_case_or_too_large() -> None:
    named = {one[name] for one in index()["cases"] for name in ("document", "trustRoot") if isinstance(one[name], str)}
    there = {str(path.relative_to(KIT)) for path in KIT.rglob("*") if path.is_file()}
    assert there - named == {"README.md", "index.json"}
    assert sum(path.stat().st_size for path in KIT.rglob("*") if path.is_file()) <= LARGEST
