// Signed values as sections and tables, for any kind: labels are data, nothing is built in.
import { type Json, type JsonObject, isObject } from "../json.ts";
import type { Labels } from "../kind.ts";
import { byRank } from "../printed.ts";
import { type Child, h } from "./dom.ts";
import { type Language, text } from "./texts.ts";

export type Terms = { [term: string]: Labels };

const HIDDEN = ["id", "type", "@context", "validFrom", "validUntil"];

/** Signed values with the record's one wrapping object opened, whose name the heading says already. */
export function values(signed: JsonObject, terms: Terms, dates: [string, string][], language: Language): Child[] {
  const shown = Object.fromEntries(Object.entries(signed).filter(([term]) => !HIDDEN.includes(term)));
  const objects = Object.keys(shown).filter((term) => isObject(shown[term]));
  const inner = objects.length === 1 ? (shown[objects[0]!] as JsonObject) : undefined;
  if (inner && !Object.keys(inner).some((term) => term in shown)) {
    delete shown[objects[0]!];
    Object.assign(shown, inner);
  }
  return section(shown as JsonObject, terms, language, 3, dates);
}

/** A scalar is a row, an object a section, an array of objects a table, and so is an object of flat objects. */
function section(value: JsonObject, terms: Terms, language: Language, level: number, more: [string, string][] = []): Child[] {
  const rows: [string, string][] = [];
  const tables: Child[] = [];
  const sections: Child[] = [];
  for (const term of Object.keys(value).sort(byRank)) {
    const member = value[term]!;
    const name = label(term, terms, language);
    if (isObject(member)) {
      const inner = Object.values(member);
      if (inner.length && inner.every((one) => isObject(one) && isFlat(one))) {
        const keyed = Object.keys(member).sort(byRank).map((key) => [label(key, terms, language), member[key]] as [string, JsonObject]);
        tables.push(table(name, keyed, terms, language));
      } else sections.push(h(`h${Math.min(level, 6)}`, {}, name), section(member, terms, language, level + 1));
    } else if (Array.isArray(member) && member.length && member.every(isObject)) {
      tables.push(table(name, member.map((one) => [null, one as JsonObject]), terms, language));
    } else rows.push([name, plain(member)]);
  }
  rows.push(...more);
  return [rows.length > 0 && facts(rows, language), tables, sections];
}

function facts(rows: [string, string][], language: Language): Child {
  const missing = (): Child => h("span", { class: "missing" }, text("record.missing", language));
  return h("dl", { class: "facts" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value || missing()))));
}

function table(title: string, items: [string | null, JsonObject][], terms: Terms, language: Language): Child {
  const columns = [...new Set(items.flatMap(([, item]) => Object.keys(item)))].sort(byRank);
  const keyed = items.some(([key]) => key !== null);
  const heads = columns.map((term) => label(term, terms, language));
  const row = ([key, item]: [string | null, JsonObject]): Child => {
    const cells = columns.map((term, at) => {
      const content = term in item ? plain(item[term]!) : "";
      const attributes = { "data-head": heads[at]!, ...(content ? ([...content].length < 14 ? { class: "short" } : {}) : { class: "none" }) };
      return h("td", attributes, content ? h("span", {}, content) : h("span", { class: "missing", title: text("record.missing", language) }, "—"));
    });
    return h("tr", {}, keyed && h("th", { scope: "row" }, key ?? ""), cells);
  };
  const head = h("tr", {}, keyed && h("td"), heads.map((one) => h("th", { scope: "col" }, one)));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
    h("table", {}, h("caption", {}, title), h("thead", {}, head), h("tbody", {}, items.map(row))));
}

const isFlat = (value: JsonObject): boolean => !Object.values(value).some((one) => typeof one === "object" && one !== null);

/** The kind's word for a term; the term itself where the kind has none. */
function label(term: string, terms: Terms, language: Language): string {
  const names = Object.hasOwn(terms, term) ? terms[term]! : {};
  return names[language] ?? names.en ?? term;
}

/** A value as signed: nothing rounded or translated. */
export function plain(value: Json): string {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "✓" : "✗";
  if (Array.isArray(value)) return value.map(plain).join("、");
  if (isObject(value)) return Object.entries(value).map(([key, one]) => `${key}: ${plain(one)}`).join("; ");
  return String(value);
}
