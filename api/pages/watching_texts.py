"""The Chinese of `/docs` for what witnesses and monitors ask of the log."""

WATCHING = {
    "C2SP tlog-checkpoint, with the cosignatures of witnesses that there are by now.": (
        "C2SP tlog-checkpoint，并附目前已有的见证人会签。"
    ),
    "The published checkpoints, oldest first": "已发布的检查点，从旧到新",
    "For witnesses, so that they cosign every size that may be anchored; at most 100 at once.": (
        "供见证人使用，使凡可能上链的大小都有会签；一次最多 100 个。"
    ),
    "a size; those larger are listed, the smallest first": "一个大小；列出比它大的，从小到大",
    "The recorded anchors, oldest first": "已记录的锚定，从旧到新",
    "What this log has recorded of the chain; a monitor holds it against the chain itself. At most 100 at once.": (
        "本日志所记录的链上情况；监测程序会与链本身对照。一次最多 100 个。"
    ),
    "The status list that an entry published": "某一日志条目所发布的状态列表",
    "Its signed bytes, whose SHA-256 the entry of this index commits to; older publications too.": (
        "其已签名的字节，该序号的条目承诺了它的 SHA-256；较旧的发布也在内。"
    ),
    "Hand in a witness's cosignature": "提交见证人的会签",
    "The checkpoint's size, and how many cosignatures of it are new": "检查点的大小，以及其中新增的会签数",
    "A note of a published checkpoint with lines of C2SP tlog-cosignature. Needs no key: the lines speak for it.": (
        "已发布检查点的签名文书，附有 C2SP tlog-cosignature 的会签行。不需要密钥：会签行自证来历。"
    ),
    "It is no note of a checkpoint, or a witness's line does not hold": "不是检查点的签名文书，或见证人的会签不成立",
    "It has no line of a witness that this log's operator named": "没有本日志运营者所指定见证人的会签行",
    "No such checkpoint is published": "没有发布过这样的检查点",
    "The published checkpoint of this size has another root": "此大小的已发布检查点有另一个根",
    "It is larger than 16 KiB": "大于 16 KiB",
    "Requests by route and status, how far log, checkpoints, anchors and witnesses have come, and alarms.": (
        "各路由与状态的请求数，日志、检查点、锚定、见证的进度，以及告警。"
    ),
}
