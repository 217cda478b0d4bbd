// What stands on paper of a record's subject, and where it is missing from a text (docs/formats.md §14).
import alike from "./data/alike.json";
import order from "./data/order.json";

import { type Json, type JsonObject, canonical, isObject } from "./json.ts";

export const MAX_PLACES = 20;
const HIDDEN = ["id", "type"];
const IGNORED =
  /[\s\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u{e0100}-\u{e01ef}]+/gu;

/** The order in which people look for members; canonical JSON sorts by the alphabet. */
export function byRank(one: string, other: string): number {
  const rank = (term: string): number => (order.includes(term) ? order.indexOf(term) : order.length);
  return rank(one) - rank(other) || (one < other ? -1 : one > other ? 1 : 0);
}

/** A value as it is drawn. */
export function drawnValue(value: Json): string {
  if (value === null) return "—";
  if (typeof value === "boolean") return value ? "是 Yes" : "否 No";
  if (Array.isArray(value)) return value.map(drawnValue).join("、");
  if (isObject(value)) return Object.keys(value).sort(byRank).map((key) => `${key}: ${drawnValue(value[key]!)}`).join("; ");
  return typeof value === "number" ? canonical(value) : value;
}

const isFlat = (value: Json): boolean =>
  isObject(value) && !Object.values(value).some((one) => typeof one === "object" && one !== null);

/** The rows of what is drawn as a table, an array of objects or an object of flat ones; undefined for anything else. */
export function rowsOf(value: Json): [string, JsonObject][] | undefined {
  const isTable = Array.isArray(value)
    ? value.length > 0 && value.every(isObject)
    : isObject(value) && Object.keys(value).length > 0 && Object.values(value).every(isFlat);
  return isTable ? (Object.entries(value as JsonObject) as [string, JsonObject][]) : undefined;
}

/** The members of a subject that are drawn, its one wrapping member opened where no names meet. */
export function opened(subject: JsonObject, content: string): JsonObject {
  const shown = Object.entries(subject).filter(([term]) => !HIDDEN.includes(term));
  const inner = HIDDEN.includes(content) ? undefined : subject[content];
  const others = shown.filter(([term]) => term !== content);
  if (!isObject(inner) || others.some(([term]) => term in inner)) return Object.fromEntries(shown) as JsonObject;
  return { ...Object.fromEntries(others), ...inner } as JsonObject;
}

/** The places whose values are not in a text, at most twenty. */
export function missing(subject: JsonObject, names: JsonObject, shown: string, content: string | undefined): string[] {
  const wrapped = content !== undefined && isObject(subject[content]) && !(content in opened(subject, content));
  const drawn = normal(shown);
  const wanted: [string, string][] = ["zh", "en"].filter((one) => one in names).map((one) => [`issuer/name/${one}`, String(names[one])]);
  wanted.push(...places(subject, "", HIDDEN, wrapped ? content : undefined));
  return wanted.filter(([, value]) => !drawn.includes(normal(value))).map(([place]) => place).slice(0, MAX_PLACES);
}

function places(value: JsonObject, prefix: string, hidden: string[] = [], wrapper?: string): [string, string][] {
  return Object.keys(value).filter((term) => !hidden.includes(term)).sort(byRank).flatMap((term): [string, string][] => {
    const member = value[term]!;
    const place = `${prefix}${term}`;
    const rows = term === wrapper ? undefined : rowsOf(member);
    if (rows) return rows.map(([key, row]) => [`${place}/${key}`, Object.keys(row).sort(byRank).map((one) => drawnValue(row[one]!)).join("")]);
    return isObject(member) ? places(member, `${place}/`) : [[place, drawnValue(member)]];
  });
}

/** One character of each class that shares a glyph, in the place of all; by NFKC, one may stand for several. */
const FIRST = new Map<string, string>();
for (const one of alike) {
  const forms = Array.from(one, (character) => character.normalize("NFKC"));
  const longest = Math.max(...forms.map((form) => [...form].length));
  const first = forms.find((form) => [...form].length === longest)!;
  for (const form of forms) if ([...form].length === 1 && form !== first) FIRST.set(form, first);
}

const folded = (text: string): string => Array.from(text, (character) => FIRST.get(character) ?? character).join("");

/** A text as texts are compared. */
export const normal = (text: string): string => folded(text.normalize("NFKC")).replace(IGNORED, "");

/** The same, decomposed: so that texts count the same apart and together. */
export const decomposed = (text: string): string => folded(text.normalize("NFKD")).replace(IGNORED, "");
