"""anchor: the chain of the trust root accepted the checkpoint, at the time that is claimed (docs/formats.md §8, §10).

1. the sources of evidence do not contradict each other;
2. there is a header and an anchor at all;
3. the trust root has not expired;
4. the header is of the epoch's chain, and a validator of its number sealed it;
5. the trusted addresses hold contracts of the trusted code, and the registry's root is the trusted authority;
6. the checkpoint is the anchor's, and the contract holds that anchor for its size;
7. the newest checkpoint, where one is given, is the log's head, and accepted too.
"""

from ledger.formats.bundle import Anchor
from ledger.formats.errors import ProofError
from ledger.formats.trustroot_epochs import Log
from verifier.case import Case
from verifier.checks.outcomes import lacking, made, passed
from verifier.evidence import Absence
from verifier.facts.chainstate import ChainState, Refused
from verifier.facts.checkpoints import Signed
from verifier.report import Check


def check(case: Case) -> Check:
    """Sets ``state`` (the chain may be read), ``anchored`` and ``newest`` (both proven)."""
    if case.absence is Absence.DISAGREEMENT:  # 1
        return made("anchor.disagreement")
    anchor, state = case.material.anchor, case.chain
    if state is None and (anchor is None or case.material.chain is None):  # 2
        return _absent(case)
    if case.question.root.expires < case.question.now:  # 3
        return made("anchor.trust_expired", expired=case.question.root.document["expires"])
    if isinstance(state, Refused):  # 4
        return made(state.code, reason=state.reason)
    if state is None:
        return made("anchor.missing", reason="without a trusted checkpoint it is open which chain is meant")
    wrong = _wrong_registry(state)  # 5
    if wrong is not None:
        return wrong
    case.state = state
    if anchor is None:
        return _absent(case)
    return _check_anchor(case, state, anchor)


def _absent(case: Case) -> Check:
    """An entry that is in the log has an anchor to come; of anything else nothing is known."""
    logged = case.material.inclusion is not None and isinstance(case.checkpoint, Signed)
    pending = case.absence is Absence.PENDING or (logged and case.material.anchor is None)
    return lacking("anchor", case.absence, "pending" if pending else "missing")


def _wrong_registry(state: ChainState) -> Check | None:
    """What the nodes do not prove is found missing where it is needed."""
    try:
        if state.issuer_word("root") != state.epoch.root_member:
            return made("anchor.wrong_contract", reason="the registry has another root authority")
    except ProofError as error:
        if error.code == "chain.wrong_contract":
            return made("anchor.wrong_contract", reason=error.message)
    return None


def _check_anchor(case: Case, state: ChainState, anchor: Anchor) -> Check:
    log = _log(case, state)
    if log is None:
        return made("anchor.missing", reason="without a trusted checkpoint it is open which log is meant")
    if isinstance(case.checkpoint, Signed):  # 6
        head = case.checkpoint.checkpoint
        if (head.size, head.root) != (anchor.size, anchor.root):
            return made("anchor.mismatch", reason="the checkpoint is not the anchored one")
    try:
        if not state.accepts(log, anchor):
            return made("anchor.mismatch", reason="the contract holds no such anchor")
    except ProofError as error:
        return _chain_error(case, error)
    newest = case.material.newest
    if newest is not None:  # 7
        wrong = _check_newest(case, state, log, newest)
        if wrong is not None:
            return wrong
    case.anchored = anchor
    block = {"number": state.header.number, "hash": f"0x{state.header.hash.hex()}"}
    return passed("anchor", size=anchor.size, time=anchor.time, block=block)


def _check_newest(case: Case, state: ChainState, log: Log, newest: Anchor) -> Check | None:
    """What contradicts the chain is wrong; what the nodes do not prove leaves the status unknown, not the anchor."""
    try:
        if int.from_bytes(state.checkpoint_word("heads", log.id), "big") != newest.size:
            return made("anchor.mismatch", reason="the newest checkpoint is not the log's head")
        if not state.accepts(log, newest):
            return made("anchor.mismatch", reason="the contract holds no such newest anchor")
    except ProofError as error:
        if error.code == "chain.proof_missing":
            return None
        return _chain_error(case, error)
    case.newest = newest
    return None


def _chain_error(case: Case, error: ProofError) -> Check:
    if error.code == "chain.proof_missing":
        return lacking("anchor", case.absence)
    code = "anchor.wrong_contract" if error.code == "chain.wrong_contract" else "anchor.mismatch"
    return made(code, reason=error.message)


def _log(case: Case, state: ChainState) -> Log | None:
    if isinstance(case.checkpoint, Signed):
        return case.checkpoint.log
    logs = state.epoch.logs
    return logs[0] if len(logs) == 1 else None
