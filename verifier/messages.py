"""What each code says, to people: one sentence in English and one in Chinese. The list only ever grows."""

from collections.abc import Mapping

FAILS: dict[str, dict[str, str]] = {
    "document.malformed": {
        "en": "The file is damaged, or is not a credential of the promised form.",
        "zh": "文件已损坏，或不符合凭证应有的格式。",
    },
    "document.duplicate_key": {
        "en": "The file names the same member twice, so that two readers could see different values.",
        "zh": "文件中同一成员出现两次，不同的读取程序可能读到不同的内容。",
    },
    "document.undefined_term": {
        "en": "The credential holds a term that its kind of record does not define.",
        "zh": "凭证含有该种类记录未定义的字段。",
    },
    "document.too_large": {
        "en": "The file is larger than what is read.",
        "zh": "文件超过允许的大小。",
    },
    "document.payload_mismatch": {
        "en": "Two places of the file that must agree say different things.",
        "zh": "文件中应当一致的两处内容互相矛盾。",
    },
    "proof.missing": {
        "en": "The credential is not signed.",
        "zh": "凭证没有签名。",
    },
    "proof.invalid": {
        "en": "The signature does not match: the credential was altered after it was signed, or never signed so.",
        "zh": "签名不符：凭证在签名之后被改动过，或从未如此签署。",
    },
    "proof.wrong_purpose": {
        "en": "The signature was made for another purpose than issuing.",
        "zh": "签名的用途不是签发凭证。",
    },
    "proof.wrong_key": {
        "en": "The key of the signature is not one of the named issuer.",
        "zh": "签名所用的密钥不属于所称的签发机构。",
    },
    "issuer.unknown": {
        "en": "The registry does not know this issuer.",
        "zh": "登记册中没有这个签发机构。",
    },
    "issuer.not_accredited": {
        "en": "The issuer was not accredited when the record was anchored.",
        "zh": "记录上链时，签发机构尚未获得认可。",
    },
    "issuer.withdrawn": {
        "en": "The issuer's accreditation, or that of an authority above it, had ended before the record was anchored.",
        "zh": "记录上链之前，签发机构或其上级主管部门的认可已被撤销。",
    },
    "issuer.out_of_scope": {
        "en": "The issuer is not accredited for this kind of record or for this school code.",
        "zh": "签发机构的认可范围不包括此种类的记录或此学校代码。",
    },
    "issuer.key_not_valid": {
        "en": "The signing key was not one of the issuer's valid keys when the record was anchored.",
        "zh": "记录上链时，签名密钥不是该签发机构的有效密钥。",
    },
    "issuer.key_compromised": {
        "en": "The signing key was already reported stolen for the time when the record was anchored.",
        "zh": "记录上链时，签名密钥已处于被盗用的时段。",
    },
    "validity.not_yet": {
        "en": "The credential is not valid yet.",
        "zh": "凭证尚未生效。",
    },
    "validity.expired": {
        "en": "The credential has expired.",
        "zh": "凭证已过有效期。",
    },
    "inclusion.mismatch": {
        "en": "The log entry or its proof is not the one of this credential.",
        "zh": "日志条目或其证明与此凭证不符。",
    },
    "inclusion.wrong_log": {
        "en": "The checkpoint is not signed by a log that you trust.",
        "zh": "检查点不是由您所信任的日志签署的。",
    },
    "anchor.mismatch": {
        "en": "The chain holds something else than this checkpoint.",
        "zh": "链上所记与此检查点不符。",
    },
    "anchor.bad_seal": {
        "en": "The block header is not sealed by a validator that you trust.",
        "zh": "区块头不是由您所信任的验证节点封印的。",
    },
    "anchor.wrong_chain": {
        "en": "The block is of another chain than the one that you trust.",
        "zh": "该区块不属于您所信任的链。",
    },
    "anchor.wrong_contract": {
        "en": "The registry contract is not the one that you trust.",
        "zh": "登记合约不是您所信任的合约。",
    },
    "status.revoked": {
        "en": "The issuer has revoked this record.",
        "zh": "签发机构已撤销此记录。",
    },
    "status.suspended": {
        "en": "The issuer has suspended this record.",
        "zh": "签发机构已暂停此记录。",
    },
    "status.superseded": {
        "en": "The issuer has replaced this record by a newer one.",
        "zh": "签发机构已用更新的记录取代此记录。",
    },
    "status.mismatch": {
        "en": "The status list is not the newest one of this issuer.",
        "zh": "状态列表不是该签发机构最新的列表。",
    },
    "holder.mismatch": {
        "en": "Whoever presents the record has not shown to be the one that it was issued to.",
        "zh": "出示者未能证明自己就是记录的持有人。",
    },
    "holder.replayed": {
        "en": "The presentation was made for another occasion.",
        "zh": "该出示是为另一场合制作的。",
    },
}

UNKNOWNS: dict[str, dict[str, str]] = {
    "document.unsupported": {
        "en": "This form of document, or its kind of record, cannot be read here; ask for the proof bundle.",
        "zh": "此处无法读取这种形式的文件或其记录种类；请索取证明包。",
    },
    "document.summary": {
        "en": "This is a summary of a record, not the record itself; ask for the record's file to be sure.",
        "zh": "这只是记录的摘要，并非记录本身；如需确认，请索取记录文件。",
    },
    "proof.unsupported": {
        "en": "This kind of signature cannot be checked here.",
        "zh": "此处无法核验这种签名。",
    },
    "proof.unreachable": {
        "en": "The issuer's key could not be fetched; try again later.",
        "zh": "暂时无法取得签发机构的密钥，请稍后再试。",
    },
    "issuer.missing": {
        "en": "The proof of the issuer's accreditation or key is incomplete; ask for a complete proof bundle.",
        "zh": "缺少签发机构认可或密钥的证明；请索取完整的证明包。",
    },
    "issuer.pending": {
        "en": "Until the record is proven to be anchored, it is open whether the issuer was entitled then.",
        "zh": "在证明记录已上链之前，无法判断签发机构当时是否有权签发。",
    },
    "issuer.stale": {
        "en": "What is known of the issuer is too old, or dated in the future; ask for a fresh proof bundle.",
        "zh": "签发机构的证明已过旧，或其日期在未来；请索取新的证明包。",
    },
    "issuer.unreachable": {
        "en": "The registry could not be reached; try again later.",
        "zh": "暂时无法连接登记册，请稍后再试。",
    },
    "inclusion.missing": {
        "en": "The proof that the record is in the log is missing; ask for the proof bundle.",
        "zh": "缺少记录已载入日志的证明；请索取证明包。",
    },
    "inclusion.unwitnessed": {
        "en": "Too few of the witnesses that you rely on have cosigned the log's checkpoint; ask for a fresh bundle.",
        "zh": "您所信赖的见证人中，会签日志检查点的人数不足；请索取新的证明包。",
    },
    "anchor.missing": {
        "en": "The proof from the chain is missing or incomplete; ask for a complete proof bundle.",
        "zh": "缺少链上证明或证明不完整；请索取完整的证明包。",
    },
    "anchor.pending": {
        "en": "The record is in the log, but not anchored on the chain yet; ask again later.",
        "zh": "记录已载入日志，但尚未上链；请稍后再核验。",
    },
    "anchor.disagreement": {
        "en": "Two sources give different answers about the chain; do not rely on either.",
        "zh": "两个来源对链上内容的回答不一致，均不可信赖。",
    },
    "anchor.unreachable": {
        "en": "The log or the chain could not be reached; try again later.",
        "zh": "暂时无法连接日志或链，请稍后再试。",
    },
    "anchor.trust_expired": {
        "en": "Your trust root has expired; get its newest version from whom you trust for it.",
        "zh": "您的信任根已过期；请向可信来源获取最新版本。",
    },
    "status.missing": {
        "en": "It is not proven whether the record was revoked; ask for a complete proof bundle.",
        "zh": "无法证明记录是否已被撤销；请索取完整的证明包。",
    },
    "status.stale": {
        "en": "What is known about revocation is too old, or dated in the future; ask for a fresh proof bundle.",
        "zh": "撤销状态的证明已过旧，或其日期在未来；请索取新的证明包。",
    },
    "status.unreachable": {
        "en": "The status list could not be reached; try again later.",
        "zh": "暂时无法取得状态列表，请稍后再试。",
    },
    "holder.missing": {
        "en": "A proof by the holder was asked for, and there is none.",
        "zh": "要求持有人出示证明，但没有提供。",
    },
}

PASSES: dict[str, dict[str, str]] = {
    "document.ok": {"en": "The document is well-formed.", "zh": "文件格式正确。"},
    "proof.ok": {"en": "The signature matches the document.", "zh": "签名与文件相符。"},
    "issuer.ok": {"en": "The issuer was entitled to sign this record.", "zh": "签发机构有权签发此记录。"},
    "validity.ok": {"en": "The credential is within its period.", "zh": "凭证在有效期内。"},
    "inclusion.ok": {"en": "The record is in the log.", "zh": "记录已载入日志。"},
    "anchor.ok": {"en": "The log's checkpoint is anchored on the chain.", "zh": "日志检查点已上链锚定。"},
    "status.ok": {"en": "The record is neither revoked nor replaced.", "zh": "记录未被撤销或取代。"},
    "holder.ok": {"en": "The holder has shown the record for this occasion.", "zh": "持有人已为此场合出示记录。"},
}

NOTES: dict[str, dict[str, str]] = {
    "paper.differs": {
        "en": "The text on the sheet differs from what is signed; rely on the signed values shown here, not on paper.",
        "zh": "纸面文字与签名内容不一致；请以此处所示的签名内容为准，不要采信纸面文字。",
    },
    "paper.unread": {
        "en": "The text on the sheet could not be compared; rely on the signed values shown here, not on the paper.",
        "zh": "无法比对纸面文字；请以此处所示的签名内容为准，不要采信纸面文字。",
    },
    "unnamed": {
        "en": "The issuer is named by a URL that is no DID; nothing says that the key which signed is its own.",
        "zh": "签发者仅以网址（而非 DID）标明；没有任何依据表明签名所用的密钥属于该签发者。",
    },
    "withheld": {
        "en": "Something of this record was not disclosed; what is shown is as it was signed, and there may be more.",
        "zh": "此记录有部分内容未出示；所示内容与签署时一致，但可能并非全部。",
    },
}
"""What is said beside the checks, and changes none of them."""

_SKIPPED = {"en": "This was not checked.", "zh": "未进行此项核验。"}
SKIPS = {f"{code.partition('.')[0]}.skipped": _SKIPPED for code in PASSES}

MESSAGES = FAILS | UNKNOWNS | PASSES | SKIPS

ADVICE = {"en": ("; ask for", "."), "zh": ("；请索取", "。")}
"""Where a sentence's advice to ask for a better file begins, and how the sentence ends without it."""


def unadvised(message: Mapping[str, str]) -> dict[str, str]:
    """The sentence, in each language, without the advice to ask for a better file."""
    return {one: _ended(sentence, *ADVICE[one]) for one, sentence in message.items()}


def _ended(sentence: str, mark: str, end: str) -> str:
    kept, found, _ = sentence.partition(mark)
    return kept + end if found else sentence
