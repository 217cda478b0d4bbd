// The reports on an archive's members: one line for each, which opens to the whole of it.
import type { Answer } from "../archives.ts";
import { isObject, isText } from "../json.ts";
import type { Verdict } from "../report.ts";
import { type Child, h, icon } from "./dom.ts";
import { view } from "./report.ts";
import { type Language, text } from "./texts.ts";

const VERDICTS: Verdict[] = ["invalid", "indeterminate", "valid"];

/** The whole list; the heading is as bad as the worst of them. */
export function list(answers: Answer[], language: Language): Child {
  const t = (key: string): string => text(key, language);
  const count = (verdict: Verdict): number => answers.filter(({ made }) => made.report.verdict === verdict).length;
  const worst = VERDICTS.find((verdict) => count(verdict) > 0)!;
  const counts = VERDICTS.filter((verdict) => count(verdict) > 0).map((verdict) => `${t(`verdict.${verdict}`)} × ${count(verdict)}`);
  return [
    h("section", { class: `verdict ${worst}`, "aria-labelledby": "verdict" }, icon(worst),
      h("div", {},
        h("p", { class: "over" }, t("result")),
        h("h2", { id: "verdict" }, counts.join(" · ")),
        h("p", {}, t("archive.lead").replace("{n}", String(answers.length))))),
    h("section", { class: "card" }, h("h2", {}, t("archive")), answers.map((one, at) => line(one, `verdict-${at}`, language))),
  ];
}

function line({ name, made }: Answer, id: string, language: Language): HTMLElement {
  const t = (key: string): string => text(key, language);
  const { report, kind } = made;
  const { name: school } = report.issuer;
  const who = [report.subject.name, report.subject.identifier].filter(isText).join(" ");
  const signed = report.checks.find((one) => one.id === "proof")!.outcome === "pass";
  const words = [kind?.labels[language], who, signed && isObject(school) ? school[language] : ""].filter((word) => isText(word) && word !== "");
  const { paper } = report.checks[0]!.evidence;
  const warning = paper === "differs" || paper === "unread" ? t(`archive.paper.${paper}`) : undefined;
  const troubles = report.checks.filter(({ outcome }) => outcome === "fail").map(({ code }) => code);
  const details = h("details", { class: `member ${report.verdict}` },
    h("summary", {},
      icon(report.verdict),
      h("span", { class: "about" },
        h("b", { class: "wrap" }, name),
        words.length > 0 && h("span", {}, words.join(" · ")),
        troubles.length > 0 && h("span", { class: "code" }, troubles.join(", "))),
      warning && h("span", { class: "warning" }, warning),
      h("span", { class: "outcome" }, t(`verdict.${report.verdict}`))));
  const open = (): void => {
    // A thousand whole reports at once would be too much for a page.
    if (details.childElementCount === 1) details.append(h("div", { class: "whole" }, view(made, language, id)));
  };
  details.addEventListener("toggle", open);
  return details;
}
