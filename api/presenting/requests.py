"""Presentation requests, and the answers to them (docs/wallets.md §2).

A response is looked at so: the attempt is counted, on disk; the VP Token is matched against the query; each
presentation goes to the verifier with this request's nonce; the answer is written, if no other was first. So a nonce
is good for one accepted response, and no response is looked at more than five times.
"""

import hashlib
import json
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, Engine, Row, func, select

from api.checking import POLICIES, Checking
from api.presenting.encrypting import AnswerKeys
from api.presenting.tables import PresentationRequestRow
from issuers.keystore import Keystore
from issuers.kinds import Kinds
from issuers.paper import qr
from issuers.schools import Member
from ledger.formats import canonical, datetimes, jwe, publickeys, suites
from ledger.formats.errors import ConflictError, FormatError, NotAllowedError, NotFoundError, ProofError
from ledger.formats.multibase import base64url_encode
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing
from verifier.dcql import matching
from verifier.dcql import query as queries
from verifier.dcql.matching import Presented
from verifier.report import Outcome, Report

SCHEME = "openid4vp://"
RESPONSE = "/openid4vp/response"
SECONDS, KEPT_SECONDS = 600, 86_400
ATTEMPTS = 5
MOST_OPEN = 1_000
MAX_QUERY = 16 * 1024
PLAIN, ENCRYPTED = "direct_post", "direct_post.jwt"
"""Response modes (§8.2, §8.3.1)."""

_REQUESTS = table_of(PresentationRequestRow)
_FORMATS: dict[str, dict[str, list[str]]] = {
    queries.SD_JWT: {
        "sd-jwt_alg_values": list(publickeys.ALGORITHMS),
        "kb-jwt_alg_values": list(publickeys.ALGORITHMS),
    },
    queries.JWT_VC_JSON: {"alg_values": list(publickeys.ALGORITHMS)},
    queries.LDP_VC: {"proof_type_values": ["DataIntegrityProof"], "cryptosuite_values": list(suites.SUITES)},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A new request; the link is nowhere else."""

    id: str
    uri: str = field(repr=False)
    expires: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; ``qr`` is the link as a picture, null where it is too long for one."""
        try:
            picture = qr.draw(self.uri, level="l", max_version=40).svg
        except FormatError:
            picture = None
        return {"id": self.id, "uri": self.uri, "qr": picture, "expires": self.expires}


class Presenting:
    """The presentation requests of all schools of a deployment; a school sees its own alone."""

    def __init__(
        self,
        engine: Engine,
        base: str,
        kinds: Kinds,
        checking: Checking,
        keystore: Keystore,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._kinds = kinds
        self._checking = checking
        self._keys = AnswerKeys(keystore)
        self._clock = clock
        self.response_uri = base + RESPONSE
        self.client_id = f"redirect_uri:{self.response_uri}"

    def ask(self, member: Member, query: Any, purpose: str, policy: str = "record", mode: str = PLAIN) -> Asked:
        """A new request. FormatError ``dcql.…``, ``request.invalid``; ConflictError ``presentation.too_many``."""
        text = canonical.dumps(query)
        queries.parse(query)
        if len(text) > MAX_QUERY or policy not in POLICIES or mode not in (PLAIN, ENCRYPTED):
            raise FormatError(
                "request.invalid", f"a query has at most {MAX_QUERY} bytes, policy and mode are known ones"
            )
        now, state, request_id = self._now(), base64url_encode(os.urandom(32)), str(uuid.uuid4())
        row = {
            "id": request_id,
            "member_id": member.id,
            "state": _digest(state),
            "nonce": base64url_encode(os.urandom(32)),
            "query": text.decode(),
            "response_mode": mode,
            "policy": policy,
            "purpose": purpose,
            "attempts": 0,
            "created_at": now,
            "expires_at": now + SECONDS,
            "outcome": None,
            "answer": None,
        }
        with writing(self._engine) as connection:
            if self._open(connection, member, now) >= MOST_OPEN:
                raise ConflictError("presentation.too_many", f"{MOST_OPEN} requests are open already")
            connection.execute(_REQUESTS.insert(), row)
        return Asked(request_id, self._uri(row, state), _time(now + SECONDS))

    def forget(self) -> None:
        """Delete the requests that ended a day ago, with their answers."""
        old = _REQUESTS.c.expires_at < self._now() - KEPT_SECONDS
        with reading(self._engine) as connection:
            if connection.execute(select(_REQUESTS.c.id).where(old).limit(1)).first() is None:
                return
        with writing(self._engine) as connection:
            connection.execute(_REQUESTS.delete().where(old))

    def get(self, member: Member, request_id: str) -> dict[str, Any]:
        """One request of the school with its answer; NotFoundError ``presentation.unknown``."""
        mine = (_REQUESTS.c.id == request_id) & (_REQUESTS.c.member_id == member.id)
        with reading(self._engine) as connection:
            row = connection.execute(select(_REQUESTS).where(mine)).one_or_none()
        if row is None or row.expires_at < self._now() - KEPT_SECONDS:
            raise NotFoundError("presentation.unknown", "there is no such request")
        state = row.outcome or ("open" if row.expires_at >= self._now() else "expired")
        shown = {"id": row.id, "state": state, "purpose": row.purpose, "policy": row.policy}
        answer = {} if row.answer is None else json.loads(row.answer)
        return {**shown, "expires": _time(row.expires_at), **answer}

    def respond(self, fields: Mapping[str, str]) -> None:
        """Take a wallet's response (§8.2, §8.3.1); NotAllowedError ``presentation.…`` where it is refused."""
        answer = self._opened(fields["response"]) if "response" in fields else _plainly(fields)
        row = self._attempt(answer.state)
        try:
            _check_mode(row, answer)
            if answer.error is not None:
                self._settle(row, "declined", {"error": _plain(answer.error)})
                return
            policy, reports = POLICIES[row.policy], list[dict[str, Any]]()
            for one in self._matched(row, answer.token):
                report = self._checking.verify(one.data, policy, domain=self.client_id, challenge=row.nonce)
                _check_genuine(report)
                reports.append({"id": one.id, "report": report.to_dict()})
        except (FormatError, NotAllowedError) as error:
            if row.attempts >= ATTEMPTS:
                self._settle(row, "refused", {"refused": error.code})
            raise NotAllowedError(error.code, error.message) from None
        verified = all(each["report"]["verdict"] == "valid" for each in reports)
        self._settle(row, "answered", {"verified": verified, "presentations": reports})

    def _opened(self, text: str) -> "_Answer":
        """An encrypted response to an open request that wants one (§8.3)."""
        try:
            sealed = jwe.parse(text)
            wanted = (_REQUESTS.c.id == sealed.kid) & (_REQUESTS.c.response_mode == ENCRYPTED)
            with reading(self._engine) as connection:
                known = connection.execute(select(_REQUESTS.c.id).where(wanted & self._live())).one_or_none()
            if known is None:
                raise NotAllowedError("presentation.not_open", "no open request has this key")
            found = self._keys.open(sealed.kid, sealed)
        except (FormatError, ProofError) as error:
            raise NotAllowedError(error.code, error.message) from None
        state, failed = found.get("state"), found.get("error")
        said = failed if isinstance(failed, str) or failed is None else ""
        return _Answer(state if isinstance(state, str) else "", said, found.get("vp_token"), sealed.kid)

    def _matched(self, row: Row[Any], token: Any) -> list[Presented]:
        query = queries.parse(canonical.loads(row.query.encode()))
        value = canonical.loads(token) if isinstance(token, bytes) else token
        return matching.match(query, value, self._kinds.known_contexts())

    def _live(self) -> Any:
        live = _REQUESTS.c.outcome.is_(None) & (_REQUESTS.c.attempts < ATTEMPTS)
        return live & (_REQUESTS.c.expires_at >= self._now())

    def _attempt(self, state: str) -> Row[Any]:
        """The open request of this state, the attempt counted and on disk."""
        mine = _REQUESTS.c.state == _digest(state)
        live = mine & self._live()
        with reading(self._engine) as connection:  # a guess must not keep the writers waiting
            known = connection.execute(select(_REQUESTS.c.id).where(live)).one_or_none() is not None
        if not known:
            raise NotAllowedError("presentation.not_open", "no open request has this state")
        with writing(self._engine) as connection:
            if connection.execute(_REQUESTS.update().where(live).values(attempts=_REQUESTS.c.attempts + 1)).rowcount:
                return connection.execute(select(_REQUESTS).where(mine)).one()
        raise NotAllowedError("presentation.not_open", "no open request has this state")

    def _settle(self, row: Row[Any], outcome: str, answer: dict[str, Any]) -> None:
        unanswered = (_REQUESTS.c.id == row.id) & _REQUESTS.c.outcome.is_(None)
        values = {"outcome": outcome, "answer": json.dumps(answer, ensure_ascii=False)}
        with writing(self._engine) as connection:
            if connection.execute(_REQUESTS.update().where(unanswered).values(values)).rowcount != 1:
                raise NotAllowedError("presentation.not_open", "the request was answered meanwhile")

    @staticmethod
    def _open(connection: Connection, member: Member, now: int) -> int:
        mine = (_REQUESTS.c.member_id == member.id) & (_REQUESTS.c.expires_at >= now) & _REQUESTS.c.outcome.is_(None)
        return int(connection.execute(select(func.count()).select_from(_REQUESTS).where(mine)).scalar_one())

    def _uri(self, row: Mapping[str, Any], state: str) -> str:
        """The authorization request by value (§5)."""
        metadata: dict[str, Any] = {"vp_formats_supported": _FORMATS}
        if row["response_mode"] == ENCRYPTED:
            metadata["jwks"] = {"keys": [self._keys.jwk(row["id"])]}
            metadata["encrypted_response_enc_values_supported"] = list(jwe.ENCODINGS)
        parameters = {
            "client_id": self.client_id,
            "response_type": "vp_token",
            "response_mode": row["response_mode"],
            "response_uri": self.response_uri,
            "nonce": row["nonce"],
            "state": state,
            "dcql_query": row["query"],
            "client_metadata": canonical.dumps(metadata).decode(),
        }
        return f"{SCHEME}?{urlencode(parameters)}"

    def _now(self) -> int:
        return int(self._clock().timestamp())


@dataclass(frozen=True, slots=True)
class _Answer:
    """A response: ``token`` is the text of a plain one as bytes, or the value that an encrypted one held for the
    request ``key``.
    """

    state: str
    error: str | None
    token: Any = field(repr=False)
    key: str | None = None


def _plainly(fields: Mapping[str, str]) -> _Answer:
    return _Answer(fields.get("state", ""), fields.get("error"), fields.get("vp_token", "").encode())


def _check_mode(row: Row[Any], answer: _Answer) -> None:
    """Encrypted where that was asked for, to this request's key; an error may come in the open (§8.3.1)."""
    wanted = row.id if row.response_mode == ENCRYPTED else None
    if answer.key != wanted and (answer.key is not None or answer.error is None):
        raise NotAllowedError("presentation.encryption", "the answer is not encrypted as it was asked for")


def _check_genuine(report: Report) -> None:
    """That it is what it says and from whom it says, made for this request; the rest is for the report to tell."""
    for name in ("document", "proof"):
        if report[name].outcome is Outcome.FAIL:
            raise NotAllowedError("presentation.not_genuine", f"a presentation fails: {report[name].code}")
    if report["holder"].outcome is not Outcome.PASS:
        raise NotAllowedError("presentation.not_bound", f"a presentation is not its holder's: {report['holder'].code}")


def _plain(text: str) -> str:
    """A wallet's error code: printable ASCII, and short."""
    return "".join(char for char in text[:64] if " " <= char <= "~")


def _time(seconds: int) -> str:
    return datetimes.render(datetimes.from_unix(seconds))


def _digest(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()
