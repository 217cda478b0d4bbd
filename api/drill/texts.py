"""What the drill says, in Chinese and in English."""

from verifier.messages import MESSAGES

Both = tuple[str, str]

ATTACKS: dict[str, Both] = {
    "key": ("盗用学校的签名密钥", "A school's signing key is stolen"),
    "database": ("直接改写数据库", "The database is edited"),
    "status": ("重放旧的状态列表", "An older status list is replayed"),
    "fork": ("伪造同样长度的另一份历史", "A second history of the same size"),
    "block": ("倒签区块时间", "A block is backdated"),
}

TRIALS: dict[tuple[str, str], Both] = {
    ("key", "borrowed"): (
        "用盗得的密钥签发三年前的成绩单，冒用他人记录的证明",
        "a transcript dated three years back, signed with it, with an honest record's proofs",
    ),
    ("key", "unreported"): (
        "同一伪造记录混入日志：失窃上报之前，无人能够察觉",
        "the same put into the log: before the theft is reported nobody can tell",
    ),
    ("key", "reported"): ("上报失窃之后再核验该伪造记录", "the forged record, once the theft is reported"),
    ("key", "honest"): ("失窃之前签发的真实记录", "an honest record from before the theft"),
    ("database", "mark"): ("把已存记录中的一个成绩由 61 改为 96", "a mark in a stored record, from 61 to 96"),
    ("database", "commitment"): ("改后的记录对照日志中的承诺", "the same record against what the log committed to"),
    ("database", "entry"): (
        "替换日志中的一个条目，再启动服务器",
        "an entry of the log exchanged, and the server started",
    ),
    ("database", "anchor"): (
        "把数据库所记的锚定时间提前一年，再导出证明包",
        "the recorded time of an anchor moved back a year, and a bundle asked for",
    ),
    ("status", "revoked"): ("已撤销的记录", "a record that was revoked"),
    ("status", "list"): ("配上撤销之前由学校签名的列表", "the same with the school's own list from before"),
    ("status", "bundle"): ("出示撤销之前的整个证明包", "the whole bundle from before, shown to a server"),
    ("fork", "remembered"): ("见证人先看到真实的日志并联署", "a witness sees the honest log first, and cosigns it"),
    ("fork", "bundle"): (
        "伪造记录及其伪造的检查点，均以真实密钥签名",
        "a forged record and checkpoint, both under the real keys",
    ),
    ("fork", "start"): ("服务器以伪造的历史启动", "the server started on the forged history"),
    ("fork", "shown"): ("把伪造的日志出示给见证人", "the forged log shown to the witness"),
    ("fork", "root"): ("把同样长度的伪造树根提交给合约", "the forged root of the same size, offered to the contract"),
    ("fork", "growth"): (
        "把由伪造历史延长的树根提交给合约",
        "the forged history grown by one, offered to the contract",
    ),
    ("fork", "honest"): ("真实的日志增长之后再提交", "the honest log, grown, offered to the same contract"),
    ("block", "time"): ("把区块头的时间改早一年", "a block header with a time a year earlier"),
    ("block", "sealer"): ("再用自己的密钥重新封块", "the same, sealed again with a key of one's own"),
    ("block", "claim"): ("只在证明包中声称更早的时间", "an earlier time that the bundle merely claims"),
}
COURSE: Both = ("演练过程", "the course of the drill")

GUARDS: dict[str, Both] = {
    "verifier": ("核验器", "verifier"),
    "server": ("服务器", "server"),
    "contract": ("合约", "contract"),
    "witness": ("见证人", "witness"),
}

ANSWERS: dict[str, Both] = {
    "valid": ("记录有效。", "The record is valid."),
    "cosigned": ("见证人已联署。", "The witness has cosigned it."),
    "accepted": ("合约已接受。", "The contract has accepted it."),
    "undisturbed": ("无人阻拦。", "Nothing objected."),
    "log.damaged": ("数据库与已签名的检查点不符，拒绝启动。", "The database contradicts signed checkpoints: no start."),
    "anchor.altered": (
        "所记锚定与合约不符：不出具证明，并发出警报。",
        "The recorded anchor is not the contract's: no proof is made of it, and an alarm sounds.",
    ),
    "log.behind_chain": (
        "日志与链上锚定的历史不符，拒绝写入。",
        "The log is not the one that the chain has anchored: it takes nothing.",
    ),
    "log.forked": (
        "两份同样长度的历史：保存证据，不再联署。",
        "Two histories of one size: kept as evidence, no cosignature.",
    ),
    "chain.reverted": ("合约拒绝该交易。", "The contract refuses the transaction."),
}

HEADS: tuple[Both, ...] = (("攻击", "attack"), ("拦截者", "caught by"), ("代码", "codes"), ("结果", "result"))
CAUGHT: Both = ("已拦截", "caught")
AS_IT_MUST: Both = ("符合预期", "as it must be")
MISSED: Both = ("未拦截！", "NOT CAUGHT")
BEGIN: Both = (
    "演练：在临时文件夹中新建一套真实的部署（主管部门、学校、记录、日志、链），逐一攻击。",
    "Drill: a real deployment in a temporary folder (authority, school, records, log, chain), attacked one way after"
    " the other.",
)
ALL: Both = ("全部拦截，用时 {seconds:.0f} 秒。", "All were caught, in {seconds:.0f} seconds.")
SOME: Both = ("有 {count} 项未被拦截：请勿信任本安装。", "{count} were NOT caught: do not trust this installation.")
LIMIT: Both = (
    "本演练的链只有一个封块者：谁持有其密钥，谁就能倒签区块。四个以上验证者的联盟链才不受制于任何一方。",
    "This drill's chain has a single sealer: whoever has its key can date blocks as he likes. Only a consortium of four"
    " or more validators does not depend on any one of them.",
)


def said(text: Both, language: str) -> str:
    """One of the two."""
    return text[0] if language == "zh" else text[1]


def answer(code: str, language: str) -> str:
    """What a code means, in a sentence."""
    if code in MESSAGES:
        return MESSAGES[code][language]
    return said(ANSWERS.get(code, (code, code)), language)


def trial(attack: str, name: str, language: str) -> str:
    """What was tried."""
    return said(TRIALS.get((attack, name), COURSE), language)
