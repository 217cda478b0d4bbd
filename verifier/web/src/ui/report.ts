// A report as the page shows it: the same verdict, checks and sentences as everywhere, arranged for a reader.
import badgeLabels from "../data/badges.json";
import { render } from "../datetimes.ts";
import { isObject, isText } from "../json.ts";
import { type Check, NOTES, type Report } from "../report.ts";
import type { Verification } from "../verify.ts";
import { readable } from "./badges.ts";
import { type Child, h, icon, warning } from "./dom.ts";
import { type Language, text } from "./texts.ts";
import { values } from "./values.ts";

const SHOWN = 400;

/** An RFC 3339 time in UTC for people. */
const moment = (time: string | null): string =>
  time ? `${time.replace(/(?:\.\d+)?Z$/, "").replace("T", " ")} UTC` : "";

/** A whole report; `id` is that of its heading, of which each on a page has another. */
export function view({ report, kind, names, required }: Verification, language: Language, id = "verdict"): Child[] {
  const t = (key: string): string => text(key, language);
  const kindName = kind?.labels[language];
  const withKind = (heading: string): string => (kindName ? `${heading} · ${kindName}` : heading);
  const proof = report.checks.find((one) => one.id === "proof")!.outcome;
  const signed = proof === "pass";
  const wanted = { valid: "", invalid: "fail", indeterminate: "unknown" }[report.verdict];
  const troubles = report.checks.filter((one) => one.outcome === wanted);
  return [
    h("section", { class: `verdict ${report.verdict}`, "aria-labelledby": id },
      icon(report.verdict),
      h("div", {},
        h("p", { class: "over" }, withKind(t("result"))),
        h("h2", { id }, headline(report, t)),
        h("p", {}, t(`verdict.${report.verdict}.lead`)),
        troubles.map((one) => h("p", { class: "why" }, h("b", {}, t(`check.${one.id}`) + t("colon")), one.message[language]!)))),
    withheldNote(report, kind, language),
    paperNote(report, kind, language),
    unnamedNote(report, language),
    h("section", { class: signed ? "card" : "card unsigned" },
      h("h2", {}, withKind(t("record"))), record(report, kind, language)),
    h("div", { class: "columns" }, issuer(report, names, signed, language), times(report, language)),
    h("section", { class: "card" },
      h("h2", {}, t("checks")),
      h("ul", { class: "checks" }, report.checks.map((one) => checkItem(one, { isRequired: required.has(one.id), isAltered: proof === "fail" }, language)))),
  ];
}

/** That something was not disclosed, and where, in the kind's words. */
function withheldNote(report: Report, kind: Verification["kind"], language: Language): Child {
  const places = report.checks[0]!.evidence.withheld;
  if (!Array.isArray(places)) return null;
  const shown = places.map(({ at, count }: { at: string; count: number }) =>
    `${placed(at.replace(/^\/(?:credentialSubject\/?)?/, ""), kind, language)} × ${count}`);
  return note("withheld", "withheld", shown.join("; "), "note", language);
}

/** The warning about a sheet whose text is not what is signed, with the places in the kind's words. */
function paperNote(report: Report, kind: Verification["kind"], language: Language): Child {
  const { paper, differs } = report.checks[0]!.evidence as { paper?: string; differs?: string[] };
  if (paper === undefined || !(`paper.${paper}` in NOTES)) return null;
  const shown = (differs ?? []).map((place) => besideRecord(place, kind, language) ?? placed(place, kind, language));
  return note("paper", `paper.${paper}`, shown.join(language === "zh" ? "；" : "; "), "alert", language);
}

/** That a sound signature says nothing of an issuer which is a mere URL. */
function unnamedNote(report: Report, language: Language): Child {
  const proof = report.checks.find((one) => one.id === "proof")!;
  return proof.evidence.issuerIsProven === false && note("unnamed", "unnamed", "", "note", language);
}

/** The words for a place of the sheet that is none of the record's. */
function besideRecord(place: string, kind: Verification["kind"], language: Language): string | undefined {
  const [first, ...rest] = place.split("/");
  if (!["added", "annotations", "issuer"].includes(first!) || (kind && first! in kind.terms)) return undefined;
  return text(`paper.${first}`, language) + (rest.length ? ` (${rest.at(-1)})` : "");
}

/** A place in the kind's words: the names of its members, and which one of several. */
const placed = (place: string, kind: Verification["kind"], language: Language): string =>
  place.split("/").map((step) => kind?.terms[step]?.[language] ?? (/^[0-9]+$/.test(step) ? String(Number(step) + 1) : step)).join(" › ");

function note(heading: string, message: string, places: string, role: string, language: Language): Child {
  const t = (key: string): string => text(key, language);
  return h("section", { class: "card paper", role },
    h("p", {}, h("b", {}, t(heading) + t("colon")), NOTES[message]![language]!),
    places !== "" && h("p", {}, t(`${heading}.places`) + t("colon") + places));
}

function headline(report: Report, t: (key: string) => string): string {
  if (report.verdict === "valid" && report.policy === "archive" && report.asOf) {
    return t("verdict.archive").replace("{date}", report.asOf.slice(0, 10));
  }
  return t(`verdict.${report.verdict}`);
}

function record(report: Report, kind: Verification["kind"], language: Language): Child {
  const signed = Object.assign(Object.create(null), report.subject, report.record);
  const dates = (["validFrom", "validUntil"] as const)
    .filter((name) => isText(signed[name]))
    .map((name) => [text(name, language), moment(signed[name])] as [string, string]);
  if (!Object.keys(signed).length) return h("p", { class: "note" }, text("record.none", language));
  const achieved = readable(signed);
  return achieved ? values(achieved, badgeLabels, dates, language) : values(signed, kind?.terms ?? {}, dates, language);
}

function issuer(report: Report, registered: Verification["names"], signed: boolean, language: Language): Child {
  const t = (key: string): string => text(key, language);
  const { name, code, did } = report.issuer;
  const above = registered.slice(1).map((one) => one[language] ?? one.zh ?? one.en);
  const names = isObject(name) ? name : {};
  const shown = [names[language], names.zh, names.en, did].find(isText);
  const rows = [["issuer.code", code], ["issuer.did", did]].filter(([, value]) => isText(value)) as [string, string][];
  return h("section", { class: "card" },
    h("h2", {}, t("issuer")),
    shown
      ? [
          h("p", { class: "school" }, shown),
          h("p", { class: "note" }, t(signed ? "issuer.registered" : "issuer.claimed")),
          h("dl", { class: "facts" }, rows.map(([key, value]) => h("div", {}, h("dt", {}, t(key)), h("dd", { class: "wrap" }, value)))),
          above.length > 0 && [h("h3", {}, t("issuer.path")), h("ol", { class: "path" }, above.map((one) => h("li", { class: "wrap" }, String(one))))],
        ]
      : h("p", { class: "note" }, t("issuer.none")));
}

function times(report: Report, language: Language): Child {
  const t = (key: string): string => text(key, language);
  const assurance = `assurance.${report.assurance}`;
  const rows: [string, string, string][] = [
    ["anchoredAt", moment(report.anchoredAt), "anchoredAt.means"],
    ["asOf", moment(report.asOf), "asOf.means"],
    ["checkedAt", moment(report.checkedAt), ""],
    ["assurance", t(assurance), `${assurance}.means`],
  ];
  return h("section", { class: "card" },
    h("h2", {}, t("times")),
    h("dl", { class: "facts" },
      rows.map(([name, value, means]) =>
        h("div", {}, h("dt", {}, t(name)),
          h("dd", {}, value ? h("b", {}, value) : h("span", { class: "missing" }, t("unproven")),
            means && value && [h("br"), h("small", {}, t(means))]))),
      h("div", {}, h("dt", {}, t("policy")), h("dd", {}, t(`policy.${report.policy}`))),
      h("div", {}, h("dt", {}, t("trustRoot")), h("dd", {}, h("code", { class: "wrap" }, report.trustRoot)))));
}

/** Where a sentence's advice to ask for a better file begins, and how the sentence ends without it. */
const ADVICE: { [language in Language]: [string, string] } = { en: ["; ask for", "."], zh: ["；请索取", "。"] };

function unadvised(sentence: string, language: Language): string {
  const [mark, end] = ADVICE[language];
  const at = sentence.indexOf(mark);
  return at < 0 ? sentence : sentence.slice(0, at) + end;
}

/** One check; of a file whose signature fails no sentence asks for a fuller one, which would be no better. */
function checkItem(one: Check, { isRequired, isAltered }: { isRequired: boolean; isAltered: boolean }, language: Language): Child {
  const t = (key: string): string => text(key, language);
  const label = one.outcome === "skipped" && isRequired ? "unchecked" : one.outcome;
  const sentence = one.message[language]!;
  const evidence = Object.entries(one.evidence);
  return h("li", { class: one.outcome },
    icon(one.outcome),
    h("div", {},
      h("p", { class: "head" }, h("b", {}, t(`check.${one.id}`)), " ", h("span", { class: "outcome" }, t(`outcome.${label}`))),
      h("p", {}, isAltered ? unadvised(sentence, language) : sentence),
      h("p", { class: "code" }, one.code),
      evidence.length > 0 &&
        h("details", {}, h("summary", {}, t("evidence")),
          h("dl", { class: "facts small" },
            evidence.map(([name, value]) => h("div", {}, h("dt", {}, named(name, language)), h("dd", { class: "wrap" }, shown(name, value))))))));
}

function named(name: string, language: Language): string {
  const key = `evidence.${name}`;
  const word = text(key, language);
  return word === key ? name : word;
}

function shown(name: string, value: unknown): string {
  if (name === "time" && typeof value === "number") return moment(render(value * 1000));
  if (name === "block" && typeof value === "object" && value !== null && "number" in value && "hash" in value) {
    return `${(value.number as number).toLocaleString("en")} · ${value.hash as string}`;
  }
  return short(value);
}

function short(value: unknown): string {
  const whole = Array.isArray(value) && value.every((one) => typeof one !== "object") ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value);
  return whole.length <= SHOWN ? whole : `${whole.slice(0, SHOWN)}…`;
}

/** What is said of a file that is none of these. */
export function problem(sentence: string, code: string | null, language: Language): Child {
  return h("section", { class: "verdict none", role: "alert" }, warning(),
    h("div", {}, h("h2", {}, text("error.title", language)), h("p", {}, sentence), code !== null && h("p", { class: "code" }, code)));
}
