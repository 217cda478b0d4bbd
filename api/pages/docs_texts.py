"""What the page `/docs` says in Chinese for each English sentence of the description of the interface."""

from api.pages.registry_texts import REGISTRY_DOCS
from api.pages.wallet_texts import WALLETS
from api.pages.watching_texts import WATCHING

CHINESE = {
    # groups
    "Verification": "核验",
    "VC-API": "VC-API（W3C 标准接口）",
    "Records of a school": "学校的记录",
    "Published documents": "公开文件",
    "Log": "日志",
    "Operation": "运行状态",
    # every operation
    "Success": "成功",
    "A parameter has the wrong form": "参数格式不对",
    "No valid API key": "没有有效的密钥",
    "There is none": "不存在",
    "The school has no such record": "该校没有这条记录",
    "the record's UUID": "记录的 UUID",
    "the kind of the records": "记录的种类",
    # verification
    "Verify a bundle, credential or presentation": "核验证明包、凭证或出示件",
    "A bare credential is completed from this log; a bundle older than log or registry is refreshed.": (
        "只有凭证而没有证明材料时，由本日志补全；早于日志最新锚定或登记簿最新变动的证明包会自动更新。"
    ),
    "the rules to verify by": "核验所用的策略",
    "given to the holder": "事先交给持有人的值",
    "The report: verdict, eight checks, signed values": "核验报告：结论、八项检查、已签名的内容",
    "What was sent is no credential at all": "发来的内容根本不是凭证",
    "It is larger than 5 MiB": "大于 5 MiB",
    "Verify a credential": "核验一份凭证",
    "200 with `verified: true`, or 400 with `verified: false` where it is invalid or cannot be decided. "
    "`options.policy` is `vc`, `record` or `archive`.": (
        "有效时返回 200 和 `verified: true`；无效或无法确定时返回 400 和 `verified: false`。"
        "`options.policy` 取 `vc`、`record` 或 `archive`。"
    ),
    "Not verified, or no credential; `indeterminate` too": "核验未通过，或不是凭证；`indeterminate`（无法确定）同此",
    "Verify a presentation and its holder": "核验出示件及其持有人",
    "A presentation of none to many credentials, as JSON or enveloped as JWT, all of which must verify; with `domain` "
    "and `challenge` it must be made for both. Under another policy than `vc` it holds one record.": (
        "出示件可为 JSON，也可为封装的 JWT，可含零到多份凭证，全部须通过核验；"
        "给出 `domain` 和 `challenge` 时，出示件必须是为两者制作的。"
        "采用 `vc` 以外的策略时，只含一条记录。"
    ),
    "DIDs": "DID 解析",
    "Resolve a DID": "解析 DID",
    "Any did:key, and the did:web of this server's own members; a DID URL with a fragment leads to its key.": (
        "任意 did:key，以及本服务器自己成员的 did:web；带片段的 DID URL 指向其密钥。"
    ),
    "The DID document and what is known of it": "DID 文档及其元数据",
    "No DID, or no such key": "不是 DID，或没有这样的密钥",
    "Not one of this server": "不属于本服务器",
    "Another DID method": "其他 DID 方法",
    "Sign any credential, for conformance tests": "签署任意凭证，供符合性测试",
    "It is in the temporary log before it is answered; its issuer is the one of this server.": (
        "作答之前已写入临时日志；签发者就是本服务器的那一个。"
    ),
    "Not a sound credential, or an unknown cryptosuite": "凭证不合规范，或密码套件未知",
    "Revoke a credential, for conformance tests": "撤销一份凭证，供符合性测试",
    "The list is published before it is answered.": "作答之前状态列表已发布。",
    "No credential of this id has a status entry": "没有带状态条目的此标识凭证",
    # issuing
    "Sign a record and put it into the log": "签署一条记录并载入日志",
    "What was acknowledged is on disk. The same request again gives the same credential.": (
        "得到确认的记录已经写入磁盘。重复同一请求，得到同一份凭证。"
    ),
    "The same record was there already": "同一条记录早已存在",
    "The signed credential, durable in the log; anchoring follows": "已签名的凭证，已可靠载入日志；随后上链锚定",
    "The school is not accredited for this kind, or has no key that may sign": (
        "该校未获准签发此种类的记录，或没有可以签名的密钥"
    ),
    "Another record is in this slot, and nothing says that this one supersedes it": (
        "这个位置已有另一条记录，而请求没有说明要取代它"
    ),
    "The disk or database is full or away; nothing was written": "磁盘或数据库已满或不可用；没有写入任何内容",
    # a school's records
    "Import a CSV or XLSX file of records": "导入 CSV 或 XLSX 记录文件",
    "All of the file or nothing, unless `partial` is set. The same file again imports nothing twice.": (
        "除非设置 `partial`，否则要么全部导入，要么一条也不导入。重复导入同一文件不会产生重复记录。"
    ),
    "sign the records in this form as well": "同时以此形式签署记录",
    "import the good rows even where others are bad": "其他行有错时，仍导入正确的行",
    "leave out columns of other names": "忽略名称不认识的列",
    "replace earlier records of the same slots; why": "取代同一位置的旧记录，并说明原因",
    "What was imported": "导入的结果",
    "Rows are bad: each is named, and nothing was imported": "有错误的行：逐行列出，没有导入任何记录",
    "List the school's records": "列出本校的记录",
    "In the order of the log.": "按日志中的顺序排列。",
    "the learner's number": "学习者的编号",
    "entries after this index": "从此序号之后的条目开始",
    "A page, and `next` for `after` of the following one": "一页记录；`next` 是下一页的 `after`",
    "One record, with its state": "一条记录及其状态",
    "What the school knows of it; the proof is in its bundle.": "学校所知的内容；证明在证明包中。",
    "The record's bundle: the learner's file": "记录的证明包，即交给学习者的文件",
    "All records of a learner in one ZIP": "一个学习者的全部记录（ZIP）",
    "The school has no record of this learner": "学校没有此学习者的记录",
    "The learner has more than 200 records, or one of them cannot be drawn": "记录超过 200 份，或其中有无法打印的记录",
    "Bundles in every form that was made, sheets, and a page that opens offline: for the learner to keep.": (
        "含已制作的各种形式的证明包、PDF，以及可离线打开的页面，交给学习者保存。"
    ),
    "Verify an archive (ZIP) in the background": "在后台核验一个压缩包（ZIP）",
    "The job, and where to ask for it": "任务，以及查询它的地址",
    "It is no sound ZIP": "不是完整的 ZIP 文件",
    "It is larger than 64 MiB, or promises more than is read": "大于 64 MiB，或解压后超过允许的大小",
    "Too many archives are waiting": "等待核验的压缩包过多",
    "Each member is verified as by itself. The job's name is a secret of whoever handed the archive in.": (
        "压缩包中的每个文件各自核验。任务名只有提交者知道。"
    ),
    "What came of an archive": "压缩包的核验结果",
    "The job; once it is done with a report for each member, by number and SHA-256": (
        "任务；完成后附有每个文件的核验报告，以序号和 SHA-256 标明"
    ),
    "There is no such job, or it is older than a day": "没有这个任务，或其结果已超过一天",
    "The reports are without anything of learners and records, and are deleted after a day.": (
        "报告不含学习者与记录的任何内容，一天后删除。"
    ),
    "The record's PDF: a sheet with its bundle inside": "记录的 PDF：一份附有证明包的纸面文件",
    "PDF/A-3 in both languages, with QR codes. A character that no font has is named, and nothing is printed.": (
        "PDF/A-3 格式，中英双语，带二维码。若有字体均不含的字符，则指明该字符，不予打印。"
    ),
    "The record was revoked or superseded, or cannot be drawn": "记录已被撤销或取代，或无法打印",
    "The record was revoked or superseded": "记录已被撤销或取代",
    "The JSON-LD context of summaries": "记录摘要的 JSON-LD 上下文",
    "Of the short credential in a printed record's QR code.": "用于纸面记录二维码中的简短凭证。",
    "As far as it can be proven now: an entry that is not anchored yet verifies as indeterminate.": (
        "包含目前所能证明的全部内容；尚未锚定的条目，核验结果为“无法确定”。"
    ),
    "a further form that was made of it": "已为该记录制作的另一种形式",
    "Sign a further form of a record: badge, clr, jwt, jwt-vc, sd-jwt": (
        "以另一种形式签署记录：badge（徽章）、clr（综合学习记录）、jwt、jwt-vc、sd-jwt"
    ),
    "the form's name": "形式名称",
    "It has the record's id and status index, and an entry of its own in the log. Again is the same one.": (
        "它沿用记录的标识与状态索引，并在日志中有自己的条目。重复请求得到同一份。"
    ),
    "The credential, for a wallet; its proof is in the bundle of that form": (
        "供钱包使用的凭证；其证明在该形式的证明包中"
    ),
    "The form was there": "该形式此前已制作",
    "The kind has no such form, or the record is revoked, superseded or suspended": (
        "该种类没有这种形式，或记录已被撤销、取代或暂停"
    ),
    "Revoke a record for good": "永久撤销一条记录",
    "It counts once the status list is published and anchored, seconds later. Again, the first reason stays.": (
        "状态列表发布并锚定后（数秒）生效。重复请求不产生变化，保留最初的原因。"
    ),
    "Suspend a record until that is lifted": "暂停一条记录，直至恢复",
    "The record is revoked for good, or older than suspension lists": "记录已被永久撤销，或早于暂停列表的启用",
    "The record is older than suspension lists": "记录早于暂停列表的启用",
    "Lift the suspension of a record": "恢复一条被暂停的记录",
    "It verifies again once the status list is published and anchored. Nothing where it is not suspended; and a "
    "revoked record stays revoked.": (
        "状态列表发布并锚定后，记录重新核验有效。未被暂停的记录不产生变化；已撤销的记录仍为已撤销。"
    ),
    "Put another content in the place of a record": "以新内容取代一条记录",
    "The old record stays in the log, and from then on verifies as superseded.": (
        "旧记录仍在日志中，此后核验时显示为已被取代。"
    ),
    "The record has this content already": "记录的内容本来就是这样",
    "The subject is of another learner or slot, or was superseded": "内容属于另一学习者或另一位置，或已被取代",
    # published documents
    "A school's newest status list": "学校最新的状态列表",
    "A Bitstring Status List credential, signed by the school.": "由学校签名的 Bitstring Status List 凭证。",
    "The JSON-LD context of status lists": "状态列表的 JSON-LD 上下文",
    "It defines the member `sequence` of older lists; newer ones bring the word with them.": (
        "它定义旧式状态列表的成员 `sequence`；新式列表自带该词。"
    ),
    "The SD-JWT VC type of a kind": "某一记录种类的 SD-JWT VC 类型",
    "Type Metadata for wallets: names of the record and of its claims. An SD-JWT holds its hash.": (
        "供钱包使用的类型元数据：记录及其各项的名称。SD-JWT 中含有其哈希值。"
    ),
    "The JSON-LD context of a kind": "某一种类的 JSON-LD 上下文",
    "The same bytes for ever: a kind's version never changes.": "内容永远不变：种类的一个版本不会再改动。",
    "The installed kinds of records": "已安装的记录种类",
    "Definitions, whose hashes are in the registry on the chain.": "种类的定义，其散列值登记在链上。",
    "An empty CSV file of a kind": "某一种类的空白 CSV 文件",
    "An empty workbook of a kind": "某一种类的空白工作簿（XLSX）",
    "The header row alone, as UTF-8 with the mark by which spreadsheets know it.": (
        "只有表头一行，采用 UTF-8 编码，并带有电子表格软件识别所需的标记。"
    ),
    "Its columns are formatted as text, so that numbers of students and certificates keep their zeros.": (
        "各列均为文本格式，学号和证书编号开头的零不会丢失。"
    ),
    "the language of the headers; the importer knows both": "表头的语言；两种语言都能导入",
    "The file": "文件",
    "There is no such kind": "没有这个种类",
    "The root authority's DID document": "最高主管部门的 DID 文档",
    "The authority signs no records but the status lists of schools that have ended; its acts are on the chain.": (
        "主管部门不签署记录，只为已终止的学校签署状态列表；它的行为记在链上。"
    ),
    "An authority signs the status lists of schools that have ended; its other acts are on the chain.": (
        "主管部门为已终止的学校签署状态列表；它的其他行为记在链上。"
    ),
    "A school's DID document": "学校的 DID 文档",
    "An authority's DID document": "主管部门的 DID 文档",
    "For other systems. Our own verifier takes keys from the registry on the chain, and never from here.": (
        "供其他系统使用。我们的核验程序只从链上登记取得密钥，从不取自这里。"
    ),
    "The trust root of this ledger": "本账本的信任根",
    "To be compared by its fingerprint with what the authority publishes elsewhere, and pinned.": (
        "请用指纹与主管部门在别处公布的信任根比对，然后固定使用。"
    ),
    "A version of the trust root of this ledger": "本账本信任根的某一版本",
    "Its number; versions begin with 1": "版本号，从 1 开始",
    "For whoever pinned an older version and goes to the newest one step by step.": (
        "供固定了旧版本、要逐版更新到最新版本的人使用。"
    ),
    "Fresh proof material of a record": "一条记录的最新证明材料",
    "For whoever holds the record: a bundle without credential and salt, under one new header. Nothing personal.": (
        "供持有记录的人使用：不含凭证和盐的证明包，全部在同一新区块头之下。不含个人信息。"
    ),
    "SHA-256 of the signed document, in hexadecimal": "已签名文件的 SHA-256，十六进制",
    "The record was erased": "记录已被删除",
    # the log
    "The newest checkpoint, a signed note": "最新的检查点（签名文本）",
    "The log does not reach so far, or has no checkpoint": "日志还没有这么长，或者没有检查点",
    "A tile of hashes, or a bundle of entries": "一块散列值，或一组条目",
    "C2SP tlog-tiles. What is behind the newest checkpoint is not given out.": (
        "格式见 C2SP tlog-tiles。最新检查点之后的内容不对外提供。"
    ),
    "L/N[.p/W] or entries/N[.p/W]": "L/N[.p/W] 或 entries/N[.p/W]",
    # operation
    "The process answers": "进程能够应答",
    "Says nothing about database or chain: see `/readyz`.": "不反映数据库或链的状态：请看 `/readyz`。",
    "It does": "能够应答",
    "The server can issue and verify": "服务器能够签发和核验",
    "`chain` may be unreachable without making the server unready: issuing never waits for it. `leader` says which of "
    "several processes writes; one that writes not itself is ready as long as another does.": (
        "`chain` 连不上时服务仍算就绪：签发从不等待链。`leader` 说明多个进程中由哪一个写入；"
        "自己不写入的进程，只要另有进程写入，也算就绪。"
    ),
    "It cannot now": "目前不能",
    "Counters for Prometheus": "供 Prometheus 读取的计数",
    **REGISTRY_DOCS,
    **WALLETS,
    **WATCHING,
}
