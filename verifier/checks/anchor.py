"""anchor: the chain of the trust root accepted the checkpoint, at the time that is claimed (docs/formats.md §8, §10).

1. the sources of evidence do not contradict each other;
2. there is a header and an anchor at all;
3. the trust root has not expired;
4. the header is of the chain of one of the log's epochs, and the validators of its number sealed it;
5. the trusted addresses hold contracts of the trusted code, and the registry's root is the trusted authority;
6. the checkpoint is the anchor's, and the contract holds that anchor for its size;
7. the newest checkpoint, where one is given, is the log's head, and accepted too.

Rules 4 to 7 rest on the ground alone, and are judged once for all records that stand on it.
"""

from dataclasses import dataclass

from ledger.formats.bundle import Anchor
from ledger.formats.errors import ProofError
from ledger.formats.trustroot_epochs import Log
from verifier.case import Case
from verifier.checks.outcomes import lacking, made, passed
from verifier.evidence import Absence
from verifier.facts.chainstate import ChainState, Refused
from verifier.facts.checkpoints import Signed
from verifier.facts.library import Ground
from verifier.report import Check


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of rules 4 to 7: the check, the state that may be read, and both anchors where they are proven."""

    check: Check
    state: ChainState | None = None
    anchored: Anchor | None = None
    newest: Anchor | None = None


def check(case: Case) -> Check:
    """Sets ``state`` (the chain may be read), ``anchored`` and ``newest`` (both proven)."""
    if case.absence is Absence.DISAGREEMENT:  # 1
        return made("anchor.disagreement")
    ground, root = case.ground, case.question.root
    if ground.chain is None and (ground.common.anchor is None or ground.common.chain is None):  # 2
        return _absent(case)
    if root.expires < case.question.now:  # 3
        return made("anchor.trust_expired", expired=root.document["expires"])
    found: Judgement = ground.facts.known("anchor") or ground.facts.get("anchor", lambda: judge(ground))
    case.state, case.anchored, case.newest = found.state, found.anchored, found.newest
    if ground.common.anchor is None and found.state is not None:
        return _absent(case)
    if found.check.code == "anchor.missing" and case.absence is Absence.UNREACHABLE:
        return lacking("anchor", case.absence)
    return found.check


def _absent(case: Case) -> Check:
    """An entry that is in the log has an anchor to come; of anything else nothing is known."""
    logged = case.material.inclusion is not None and isinstance(case.ground.checkpoint, Signed)
    pending = case.absence is Absence.PENDING or (logged and case.ground.common.anchor is None)
    return lacking("anchor", case.absence, "pending" if pending else "missing")


def judge(ground: Ground) -> Judgement:
    """Rules 4 to 7."""
    state, anchor = ground.chain, ground.common.anchor
    if isinstance(state, Refused):  # 4
        return Judgement(made(state.code, reason=state.reason))
    if state is None:
        return Judgement(made("anchor.missing", reason="without a trusted checkpoint it is open which chain is meant"))
    wrong = _wrong_registry(state)  # 5
    if wrong is not None:
        return Judgement(wrong)
    log = _log(ground, state)
    if anchor is None or log is None:
        return Judgement(made("anchor.missing", reason="it is open which anchor of which log is meant"), state)
    wrong = _wrong_anchor(ground, state, log, anchor)  # 6
    if wrong is not None:
        return Judgement(wrong, state)
    newest = ground.common.newest
    answer = None if newest is None else _judge_newest(state, log, newest)  # 7
    if isinstance(answer, Check):
        return Judgement(answer, state)
    block = {"number": state.header.number, "hash": f"0x{state.block_hash.hex()}"}
    evidence = {"size": anchor.size, "time": anchor.time, "block": block}
    return Judgement(passed("anchor", evidence), state, anchor, answer)


def _wrong_registry(state: ChainState) -> Check | None:
    """What the nodes do not prove is found missing where it is needed."""
    try:
        if state.issuer_word("root") != state.epoch.root_member:
            return made("anchor.wrong_contract", reason="the registry has another root authority")
    except ProofError as error:
        if error.code == "chain.wrong_contract":
            return made("anchor.wrong_contract", reason=error.message)
    return None


def _wrong_anchor(ground: Ground, state: ChainState, log: Log, anchor: Anchor) -> Check | None:
    if isinstance(ground.checkpoint, Signed):
        head = ground.checkpoint.checkpoint
        if (head.size, head.root) != (anchor.size, anchor.root):
            return made("anchor.mismatch", reason="the checkpoint is not the anchored one")
    try:
        if state.accepts(log, anchor):
            return None
        return made("anchor.mismatch", reason="the contract holds no such anchor")
    except ProofError as error:
        return _chain_error(error)


def _judge_newest(state: ChainState, log: Log, newest: Anchor) -> Anchor | Check | None:
    """What contradicts the chain is wrong; what the nodes do not prove leaves the status unknown, not the anchor."""
    try:
        if int.from_bytes(state.checkpoint_word("heads", log.id), "big") != newest.size:
            return made("anchor.mismatch", reason="the newest checkpoint is not the log's head")
        if not state.accepts(log, newest):
            return made("anchor.mismatch", reason="the contract holds no such newest anchor")
    except ProofError as error:
        return None if error.code == "chain.proof_missing" else _chain_error(error)
    return newest


def _chain_error(error: ProofError) -> Check:
    codes = {"chain.proof_missing": "anchor.missing", "chain.wrong_contract": "anchor.wrong_contract"}
    return made(codes.get(error.code, "anchor.mismatch"), reason=error.message)


def _log(ground: Ground, state: ChainState) -> Log | None:
    if isinstance(ground.checkpoint, Signed):
        return ground.checkpoint.log
    logs = state.epoch.logs
    return logs[0] if len(logs) == 1 else None
