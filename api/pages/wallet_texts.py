"""What the page `/docs` says in Chinese of the interface for wallets; part of `docs_texts`."""

WALLETS = {
    "Wallets": "钱包",
    # offers
    "Offer a record to its learner's wallet": "把一条记录提供给学习者的钱包",
    "Give the link as a QR code, and the transaction code by another way: five wrong ones end the offer.": (
        "以二维码给出链接，并通过另一途径告知交易码：输错五次，此次提供即告失效。"
    ),
    "The link, and the transaction code for the learner alone; neither is shown again": (
        "链接，以及只给学习者本人的交易码；两者都不再显示"
    ),
    "Whether an offer was taken up": "某次提供是否已被领取",
    "Until it has expired, then it is forgotten.": "过期之前可查，过期后即删除。",
    "the offer's id": "提供的编号",
    # OpenID4VCI
    "A credential issuer's metadata": "凭证签发方的元数据",
    "OpenID4VCI 1.0: a school is the credential issuer `BASE/schools/CODE`.": (
        "OpenID4VCI 1.0：每所学校都是一个凭证签发方，标识为 `BASE/schools/CODE`。"
    ),
    "An authorization server's metadata": "授权服务器的元数据",
    "RFC 8414: a school is its own authorization server, for the pre-authorized code alone.": (
        "RFC 8414：每所学校就是自己的授权服务器，只支持预授权码。"
    ),
    "the school's code": "学校代码",
    "The credential offer behind a link": "链接所指的凭证提供",
    "Until it is taken up, or has expired. Nothing comes of it without the transaction code.": (
        "领取或过期之前有效。没有交易码就无法领取。"
    ),
    "from the link": "取自链接",
    "An access token for a pre-authorized code": "用预授权码换取访问令牌",
    "OpenID4VCI 1.0 §6. A form with `grant_type`, `pre-authorized_code` and `tx_code`.": (
        "OpenID4VCI 1.0 第 6 节。表单字段：`grant_type`、`pre-authorized_code` 和 `tx_code`。"
    ),
    "A nonce for a key proof": "密钥证明所用的随机数",
    "OpenID4VCI 1.0 §7. Good for five minutes and one request.": (
        "OpenID4VCI 1.0 第 7 节。五分钟内有效，只能用于一次请求。"
    ),
    "A record for a wallet's key": "为钱包的密钥签发记录",
    "OpenID4VCI 1.0 §8. Answered once it is on disk; the same key may ask again, and gets the same.": (
        "OpenID4VCI 1.0 第 8 节。写入磁盘后才应答；同一密钥可再次请求，得到同一份凭证。"
    ),
    "A record that was waited for": "领取等待中的记录",
    "OpenID4VCI 1.0 §9. Until the chain has accepted it, the answer is 202.": (
        "OpenID4VCI 1.0 第 9 节。链接受之前返回 202。"
    ),
    "What became of a record in a wallet": "接收钱包的回执",
    "OpenID4VCI 1.0 §11. Kept for the school until the offer is forgotten; said again, it is the same.": (
        "OpenID4VCI 1.0 第 11 节。为学校保留到要约作废为止；重复发送结果相同。"
    ),
    "Refused, with `error` as the specification names it": "被拒绝，`error` 为规范所定的代码",
    "No valid access token": "没有有效的访问令牌",
    # OpenID4VP
    "Ask a wallet for records": "请钱包出示记录",
    "OpenID4VP 1.0 with DCQL. Give the link as a QR code; it is good for ten minutes and one answer.": (
        "OpenID4VP 1.0，查询语言为 DCQL。以二维码给出链接；十分钟内有效，只接受一次应答。"
    ),
    "The link for the wallet; not shown again": "给钱包的链接，不再显示",
    "The query is malformed, or asks for what is not done here": "查询格式不对，或要求了这里不支持的内容",
    "Too many requests are open": "未完成的请求过多",
    "What a wallet answered": "钱包的应答",
    "Our own report on each presentation. Deleted a day after the request ended.": (
        "对每份出示件的核验报告。请求结束一天后删除。"
    ),
    "the request's id": "请求的编号",
    "A wallet's answer": "接收钱包的应答",
    "OpenID4VP 1.0 §8.2, `direct_post`: a form with `vp_token` and `state`, or with `error` and `state`. "
    "Where it was asked for, §8.3.1, `direct_post.jwt`: a form with `response`, the same parameters encrypted.": (
        "OpenID4VP 1.0 第 8.2 节，`direct_post`：表单字段为 `vp_token` 和 `state`，或 `error` 和 `state`。"
        "请求加密时为第 8.3.1 节的 `direct_post.jwt`：表单字段为 `response`，即加密后的同样参数。"
    ),
    "Not yet: ask again with `transaction_id`": "尚未就绪：请用 `transaction_id` 再次请求",
}
