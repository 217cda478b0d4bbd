// Whether a text is more or less than the sheet of a record (docs/formats.md §14): its fixed words, and all the rest.
import words from "./data/sheet.json";

import { hex, sha256 } from "./bytes.ts";
import { type JsonObject, isObject, isText, jcs } from "./json.ts";
import type { Kind, Labels } from "./kind.ts";
import { byRank, decomposed, drawnValue, normal, opened, rowsOf } from "./printed.ts";

/** A school as registered. */
export interface School {
  name: JsonObject;
  code: string;
}

interface Words {
  zh: string;
  en: string;
}

/** Whether the credential names what every sheet does, as a record in its first form. */
export function isPrinted(credential: JsonObject): boolean {
  const { proof, id, validFrom, validUntil = "", credentialSubject } = credential;
  return isObject(proof) && [id, validFrom, validUntil, proof.verificationMethod].every(isText) && isObject(credentialSubject);
}

/** Whether `shown`, with a form feed after each page, has other characters than this record's sheet, or not its words. */
export function exceeds(credential: JsonObject, kind: Kind, school: School, shown: string): boolean {
  const drawn = normal(shown);
  const pages = Math.max(shown.split("\f").length - 1, 1);
  const fixed = fixedWords(credential, kind, school, pages);
  if (fixed.some((one) => !drawn.includes(normal(one)))) return true;
  const heads: string[] = [];
  const content = contentWords(opened(credential.credentialSubject as JsonObject, kind.content), kind.terms, heads);
  const caption = both(words.summary);
  const left = new Map<string, number>();
  add(left, shown, 1);
  for (const one of [...fixed, ...content, ...heads, ...(drawn.includes(normal(caption)) ? [caption] : [])]) add(left, one, -1);
  const length = (text: string): number => [...text].length;
  const distinct = [...new Set(heads)].sort((one, other) => length(other) - length(one) || (one < other ? -1 : 1));
  for (const head of distinct) takeAgain(left, head, heads.filter((one) => one === head).length * (pages - 1));
  return [...left.values()].some((count) => count !== 0);
}

function add(left: Map<string, number>, text: string, times: number): void {
  for (const character of decomposed(text)) left.set(character, (left.get(character) ?? 0) + times);
}

/** The head of a table comes again on each further page, at most so often. */
function takeAgain(left: Map<string, number>, head: string, most: number): void {
  const counts = new Map<string, number>();
  add(counts, head, 1);
  if (!counts.size) return;
  const found = Math.min(...[...counts].map(([character, count]) => Math.floor((left.get(character) ?? 0) / count)));
  const times = Math.max(0, Math.min(found, most));
  for (const [character, count] of counts) left.set(character, (left.get(character) ?? 0) - times * count);
}

const both = (one: Words): string => one.zh + one.en;
const pair = (one: Words): string => one.zh + (one.en === one.zh ? "" : one.en);

function label(term: string, labels: { [term: string]: Labels }): Words {
  const names: Labels = Object.hasOwn(labels, term) ? labels[term]! : {};
  return { zh: names.zh || term, en: names.en || term };
}

/** Each stands on the sheet in one run. */
function fixedWords(credential: JsonObject, kind: Kind, school: School, pages: number): string[] {
  const [name, title] = [school.name, kind.labels] as unknown as [Words, Words];
  const subject = credential.credentialSubject as JsonObject;
  const number = (credential.id as string).replace(/^urn:uuid:/, "");
  const who = [subject.name, subject.identifier].find((one) => one !== undefined && one !== null && one !== "") ?? "";
  const made = [pair(name), pair(title), ...[words.end, words.title, ...words.notes, words.link].map(both)];
  made.push(...boxRows(credential, school.code, number));
  for (let page = 1; page <= pages; page += 1) {
    made.push(`${number}${school.code}第${page}页，共${pages}页Page${page}of${pages}`);
    if (page > 1) made.push(`${name.zh}${title.zh}${isText(who) ? who : drawnValue(who)}`);
  }
  return made;
}

/** The lines of the box: label in both languages, then the value; a line without a value is not there. */
function boxRows(credential: JsonObject, code: string, number: string): string[] {
  const { validFrom, validUntil = "", proof } = credential as { [name: string]: string } & { proof: JsonObject };
  const method = proof.verificationMethod as string;
  const key = method.includes("#") ? method.slice(method.indexOf("#") + 1) : "";
  const values = [`${validFrom!.slice(0, 10)} (UTC)`, validUntil.slice(0, 10), code, number, key, hex(sha256(jcs(credential)))];
  return words.rows.map((one, at) => (values[at] ? both(one) + values[at] : "")).filter((row) => row !== "");
}

/** Labels and values; the heads of tables go to `heads`. */
function contentWords(values: JsonObject, labels: { [term: string]: Labels }, heads: string[]): string[] {
  return Object.entries(values).flatMap(([term, member]) => {
    const heading = pair(label(term, labels));
    const rows = rowsOf(member);
    if (rows) {
      const columns = [...new Set(rows.flatMap(([, row]) => Object.keys(row)))].sort(byRank);
      heads.push(columns.map((one) => pair(label(one, labels))).join(""));
      const keys = Array.isArray(member) ? [] : rows.map(([key]) => both(label(key, labels)));
      return [heading, ...keys, ...rows.flatMap(([, row]) => Object.values(row).map(drawnValue))];
    }
    if (isObject(member)) return [heading, ...contentWords(member, labels, heads)];
    return [heading + drawnValue(member)];
  });
}
