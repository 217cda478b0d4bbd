"""Every word of the pages, in Chinese and English; the sentences of the checks come with the report."""

from api.pages.registry_texts import REGISTRY

LANGUAGES = ("zh", "en")
NAMES = {"zh": "中文", "en": "English"}

_TEXTS: dict[str, tuple[str, str]] = REGISTRY | {
    # key: (中文, English)
    "title": ("核验学业记录", "Check an academic record"),
    "lead": (
        "放入学习者交来的证明包、PDF 或二维码照片，逐项查看签发机构、时间与内容是否属实。文件只用于核验，不会保存。",
        "Drop the bundle, the PDF or the photo of a code that a learner handed in, and see whether issuer, time and "
        "content hold. The file is checked and not kept.",
    ),
    "nav.verify": ("核验", "Verify"),
    "nav.log": ("日志", "Log"),
    "nav.api": ("接口", "API"),
    "nav.label": ("页面", "Pages"),
    "nav.offline": (
        "不想上传文件？下载单个网页文件，在本机离线核验。",
        "Rather not upload? Keep the verifier as one HTML file, and check files on your own machine, offline.",
    ),
    "language": ("语言", "Language"),
    "skip": ("跳到正文", "Skip to the content"),
    "drop": ("把证明包文件拖到这里", "Drop the bundle here"),
    "drop.choose": ("选择文件", "Choose a file"),
    "drop.none": ("还没有选择文件", "No file chosen yet"),
    "drop.some": ("已选择文件", "A file is chosen"),
    "drop.hint": (
        "证明包（JSON）、附有证明包的 PDF，或二维码的照片，不超过 5 MiB",
        "A bundle (JSON), a PDF with a bundle inside, or a photo of a QR code, at most 5 MiB",
    ),
    "unnamed": ("签发者未经证实", "The issuer is not proven"),
    "withheld": ("未出示全部内容", "Not all is shown"),
    "withheld.places": ("未出示之处", "Not disclosed"),
    "paper": ("纸面文字", "The sheet"),
    "paper.places": ("不一致之处", "What differs"),
    "paper.added": ("多出的内容", "something that was added"),
    "paper.annotations": ("批注", "annotations"),
    "paper.issuer": ("签发机构的名称", "the issuer’s name"),
    "scanned.current": ("本日志载有二维码所指的记录。", "This log has the record that the code names."),
    "scanned.revoked": (
        "二维码所指的记录已被签发学校撤销。",
        "The school has revoked the record that the code names.",
    ),
    "scanned.superseded": (
        "二维码所指的记录已被更新的记录取代。",
        "The record that the code names was replaced by a newer one.",
    ),
    "scanned.unknown": (
        "本日志没有二维码所指的记录，请勿采信该文件。",
        "This log has no record that the code names. Do not rely on the sheet.",
    ),
    "scanned.note": (
        "二维码本身不能证明纸面内容。请将 PDF 或证明包放入下方，以签名内容为准。",
        "The code proves nothing of what the sheet shows. Drop the PDF or the bundle below: what is signed counts.",
    ),
    "scanned.kind": ("记录种类", "Kind of record"),
    "scanned.school": ("签发学校（登记名称）", "School, as registered"),
    "scanned.index": ("日志条目", "Entry in the log"),
    "submit": ("核验", "Verify"),
    "working": ("正在核验……", "Checking…"),
    "again": ("核验另一个文件", "Check another file"),
    "policy": ("策略", "Policy"),
    "policy.record": ("标准：九十天以内的状态", "Record: state within 90 days"),
    "policy.archive": ("档案：截至证明之日", "Archive: as of the proven day"),
    "policy.vc": ("其他系统的凭证", "Other systems’ credentials"),
    "result": ("核验结果", "Result"),
    "verdict.valid": ("有效", "Valid"),
    "verdict.invalid": ("无效", "Invalid"),
    "verdict.indeterminate": ("无法确定", "Cannot be determined"),
    "verdict.valid.lead": (
        "策略所要求的每一项检查都已通过。",
        "Every check that the policy requires has passed.",
    ),
    "verdict.invalid.lead": (
        "至少有一项检查未通过。请不要采信这份文件，并联系签发机构。",
        "At least one check failed. Do not rely on this file; ask the issuer.",
    ),
    "verdict.indeterminate.lead": (
        "没有检查失败，但至少有一项无法完成，因此不能视为有效。请按下文所示向申请人索取所缺材料。",
        "No check failed, but at least one could not be made, so this does not count as valid. "
        "Ask the applicant for what is missing below.",
    ),
    "verdict.archive": ("截至 {date} 有效", "Valid as of {date}"),
    "checks": ("逐项检查", "Checks"),
    "outcome.pass": ("通过", "Passed"),
    "outcome.fail": ("未通过", "Failed"),
    "outcome.unknown": ("未知", "Unknown"),
    "outcome.skipped": ("未要求", "Not required"),
    "outcome.unchecked": ("未核验", "Not checked"),
    "check.document": ("文件格式", "Document"),
    "check.proof": ("数字签名", "Signature"),
    "check.issuer": ("签发机构", "Issuer"),
    "check.validity": ("有效期", "Validity period"),
    "check.inclusion": ("载入日志", "Place in the log"),
    "check.anchor": ("上链锚定", "Anchor on the chain"),
    "check.status": ("撤销状态", "Revocation status"),
    "check.holder": ("持有人", "Holder"),
    "evidence": ("依据", "Evidence"),
    "evidence.block": ("区块", "Block"),
    "evidence.reason": ("技术细节（英文）", "Technical detail"),
    "evidence.time": ("时间", "Time"),
    "colon": ("：", ": "),
    "issuer": ("签发机构", "Issuer"),
    "issuer.registered": (
        "名称与代码取自链上登记，不取自文件。",
        "Name and code come from the registry on the chain, never from the file.",
    ),
    "issuer.claimed": (
        "文件自称由该机构签发，但签名不成立，不能证明是它签发的。",
        "The file names this issuer, but the signature does not hold: it proves nothing about the issuer.",
    ),
    "issuer.none": (
        "签发机构未能从登记中得到证实，因此不显示任何名称。",
        "The issuer could not be confirmed in the registry, so no name is shown.",
    ),
    "issuer.code": ("代码", "Code"),
    "issuer.did": ("标识", "Identifier"),
    "issuer.path": ("认可路径", "Accredited by"),
    "record": ("已签名的内容", "Signed content"),
    "record.none": ("没有可以显示的已签名内容。", "There are no signed values to show."),
    "record.missing": ("未填写", "not given"),
    "validFrom": ("有效期自", "Valid from"),
    "validUntil": ("有效期至", "Valid until"),
    "times": ("时间与保证", "Times and assurance"),
    "anchoredAt": ("上链时间", "Anchored at"),
    "anchoredAt.means": (
        "记录最迟在此时刻已经存在于日志中。",
        "The record was in the log by this moment at the latest.",
    ),
    "asOf": ("状态截至", "State as of"),
    "asOf.means": (
        "撤销、认可与密钥状态所依据的区块时间。",
        "The block time at which revocation, accreditation and keys were known.",
    ),
    "checkedAt": ("核验时间", "Checked at"),
    "assurance": ("保证等级", "Assurance"),
    "assurance.single-sealer": ("单节点出块", "Single sealer"),
    "assurance.single-sealer.means": (
        "这条链的所有区块都由同一个机构的一个节点生成：时间、历史和密钥登记要靠信任该机构，不能据此声称不可篡改。",
        "One institution seals this chain: it is trusted for time, history and keys, "
        "and no claim of immutability is made.",
    ),
    "assurance.consortium": ("多方联盟", "Consortium"),
    "assurance.consortium.means": (
        "区块由至少四个机构的节点共同生成，三分之二以上同意方可写入。",
        "At least four institutions seal this chain together, and two thirds of them must agree.",
    ),
    "trustRoot": ("信任根", "Trust root"),
    "unproven": ("未证实", "not proven"),
    "error.title": ("这不是可以核验的文件", "This file cannot be checked"),
    "error.again": ("请选择证明包（JSON）或 PDF 再试。", "Choose a bundle (JSON) or a PDF and try again."),
    "error.no_file": ("没有选择文件。", "No file was chosen."),
    "error.other": ("这个请求无法处理。", "This request cannot be answered."),
    "error.form": ("表单不完整，请重新选择文件。", "The form is incomplete. Please choose the file again."),
    "error.too_large": ("文件大于 5 MiB，无法核验。", "The file is larger than 5 MiB and cannot be checked."),
    "error.unavailable": ("服务暂时不可用，请稍后再试。", "The service is not available now. Please try again later."),
    "error.zip": (
        "这是 ZIP 压缩包。此页面一次只核验一个文件：请解压后选择其中一个证明包或 PDF。"
        "整个压缩包可用 rollbook verify 或离线核验页面核验。",
        "This is a ZIP. This page checks one file at a time: unpack it and choose a bundle or a PDF from it. "
        "The whole ZIP is read by rollbook verify and by the offline verifier page.",
    ),
    "error.trustroot": (
        "这是信任根文件，不是学业记录；信任根只用于核验记录，本身无须核验。",
        "This is a trust root, not a record. Records are checked under it; it is not checked itself.",
    ),
    "error.network": ("没有收到回答，请重试。", "There was no answer. Please try again."),
    "gone.title": ("没有这个页面", "There is no such page"),
    "gone": (
        "地址有误，或页面已不存在。请检查地址，或从下面的页面开始。",
        "The address is wrong, or the page is no more. Check the address, or start from one of these pages.",
    ),
    "gone.member": ("登记中没有这个代码或编号。", "The registry has no school or authority of this code or number."),
    "refused.title": ("此页面现在无法显示", "This page cannot be shown now"),
    "vocab.title": ("词汇", "Vocabulary"),
    "vocab.lead": (
        "记录中的每个词都指向这里：它的含义、中英文名称，以及使用它的记录种类。",
        "Every word of our records leads here: what it is called in either language, and which kinds of record use it.",
    ),
    "vocab.term": ("词", "Term"),
    "vocab.kinds": ("记录种类", "Kinds of record"),
    "log.title": ("日志与锚定", "Log and anchors"),
    "log.lead": (
        "每条记录在日志中留下一个不含个人信息的条目。日志的检查点定期锚定到链上。",
        "Every record leaves an entry without personal data in the log. "
        "The log’s checkpoints are anchored on the chain.",
    ),
    "log.size": ("条目数", "Entries"),
    "log.root": ("树根", "Root"),
    "log.published": ("发布时间", "Published"),
    "log.anchored": ("锚定时间", "Anchored"),
    "log.block": ("区块", "Block"),
    "log.transaction": ("交易", "Transaction"),
    "log.pending": ("等待锚定", "waiting"),
    "log.none": ("还没有检查点。", "There is no checkpoint yet."),
    "log.checkpoint": ("最新检查点（原文）", "Newest checkpoint (as signed)"),
    "log.table": ("检查点，最新的在前", "Checkpoints, newest first"),
    "log.newest": ("最新", "Newest"),
    "log.older": ("较早", "Older"),
    "log.pages": ("翻页", "Pages"),
    "log.state": ("现状", "State"),
    "log.state.published": ("最新检查点的条目数", "Entries in the newest checkpoint"),
    "log.state.anchored": ("已上链的条目数", "Entries anchored on the chain"),
    "log.state.checkpoints": ("检查点的个数", "Checkpoints so far"),
    "log.state.anchors": ("锚定的次数", "Anchors so far"),
    "log.state.waiting": ("等待上链的检查点", "Checkpoints waiting to be anchored"),
    "log.waiting.none": ("没有", "None"),
    "log.waiting.some": ("{count} 个，最早的已等待 {lag}", "{count}, the oldest for {lag}"),
    "log.witnesses": ("见证人", "Witnesses"),
    "log.witnesses.lead": (
        "见证人是独立运行的程序：自行核对全部条目，只为同一份历史会签。签发从不等待会签。",
        "Witnesses are programs that others run: they check every entry themselves and cosign one history only. "
        "Issuing never waits for them.",
    ),
    "log.witnesses.none": ("本日志的运营者尚未指定见证人。", "This log’s operator has named no witness yet."),
    "log.cosigned": ("会签", "Cosigned"),
    "log.cosigned.never": ("还没有会签", "nothing yet"),
    "log.cosigned.newest": ("最新", "newest"),
    "log.cosigned.behind": ("落后 {n} 条", "behind by {n}"),
    "duration.days": ("{n} 天", "{n} d"),
    "duration.hours": ("{n} 小时", "{n} h"),
    "duration.minutes": ("{n} 分钟", "{n} min"),
    "duration.seconds": ("{n} 秒", "{n} s"),
    "footer": ("信册 · 记录由学校签署，由任何人核验", "Rollbook · signed by schools, checked by anyone"),
    "docs.title": ("接口", "The API"),
    "docs.lead": (
        "所有错误都按 RFC 9457 返回，并带有稳定的 code。签发与导入需要学校的密钥：Authorization: Bearer ……",
        "Errors are problem details (RFC 9457) with a stable code. Issuing and importing need a school’s key: "
        "Authorization: Bearer …",
    ),
    "docs.key": ("需要密钥", "needs a key"),
    "docs.required": ("必填", "required"),
    "docs.query": ("查询参数", "in the query"),
    "docs.path": ("路径参数", "in the path"),
    "docs.body": ("请求正文", "Request body"),
}


def texts(language: str) -> dict[str, str]:
    """All texts of one language, by key."""
    at = LANGUAGES.index(language)
    return {key: pair[at] for key, pair in _TEXTS.items()}


def negotiate(asked: str | None, accept: str) -> str:
    """`zh` or `en`: as asked by ``?lang=``, else the better one of an Accept-Language header (RFC 9110 §12.5.4)."""
    if asked in LANGUAGES:
        return asked
    best, best_weight = "zh", 0.0
    for part in accept.split(",")[:16]:
        tag, _, rest = part.strip().partition(";")
        language = tag.lower().partition("-")[0]
        weight = _weight(rest)
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
