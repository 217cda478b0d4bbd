// Every word of the page, in Chinese and English: those of the server's pages, and what only the offline page says.
import shared from "../data/texts.json";

export type Language = "zh" | "en";
export const LANGUAGES: Language[] = ["zh", "en"];
export const NAMES: { [language in Language]: string } = { zh: "中文", en: "English" };

const OWN: { [key: string]: [string, string] } = {
  // key: [中文, English]
  "offline": ["离线：文件不会离开本机", "Offline: no file leaves this machine"],
  "lead": [
    "选择信任根和学习者交来的证明包，即在本机核验。此页不连接任何网络。",
    "Choose the trust root and the bundle that a learner handed in; they are checked on this machine. This page uses no network.",
  ],
  "root": ["信任根文件", "Trust root"],
  "root.hint": [
    "由主管部门单独发给您的 JSON 文件；切勿使用与证明包一起收到的。",
    "The JSON file that the authority gave to you; never one that came with the bundle.",
  ],
  "root.baked": ["此页已内置信任根", "The trust root is part of this page"],
  "root.known": ["已载入信任根", "Trust root loaded"],
  "root.other": ["换一个", "Choose another"],
  "root.needed": ["请先选择信任根文件。", "Choose the trust root first."],
  "root.bad": ["这不是可用的信任根文件。", "This is no trust root that can be relied on."],
  "root.record": ["这是学业记录，不是信任根文件；请把它放到另一栏。", "This is a record, not a trust root; put it into the other field."],
  "root.expired": ["此信任根已过期。", "This trust root has expired."],
  "root.fingerprint": ["请与主管部门公布的指纹核对：", "Compare this fingerprint with the authority’s:"],
  "drop": ["把证明包文件拖到这里", "Drop the bundle here"],
  "drop.hint": [
    "证明包、凭证（JSON、JWT）或内含证明包的 PDF，不超过 5 MiB；或由它们组成的 ZIP，不超过 64 MiB",
    "A bundle or credential (JSON, JWT), or a PDF with the bundle inside, at most 5 MiB; or a ZIP of these, at most 64 MiB",
  ],
  "asked": ["要求持有人当场出示", "Ask the holder for a presentation"],
  "asked.domain": ["场合（domain）", "Occasion (domain)"],
  "asked.challenge": ["一次性口令（challenge）", "One-time word (challenge)"],
  "archive": ["压缩包中的文件", "Files in the archive"],
  "archive.lead": ["共核验 {n} 个文件，各有一份报告；点开即可查看全文。", "{n} files were verified, each by itself; open one to see its whole report."],
  "archive.busy": ["正在核验……已完成 {n} 个文件", "Verifying … {n} files done"],
  "archive.paper.differs": ["纸面文字不一致", "Text on paper differs"],
  "archive.paper.unread": ["纸面文字未能比对", "Text on paper not compared"],
  "clock": ["时间取自本机时钟。", "The time is this machine’s clock."],
};

/** The text of a key. */
export function text(key: string, language: Language): string {
  const own = OWN[key];
  if (own) return own[LANGUAGES.indexOf(language)]!;
  return (shared[language] as { [key: string]: string })[key] ?? key;
}
