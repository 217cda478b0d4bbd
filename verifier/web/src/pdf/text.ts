// The text that a PDF's pages draw (docs/formats.md §14, "Paper"), as far as its fonts say what it is. Nothing is proved
// by it: fonts may lie, and pictures are not read.
import { concat } from "../bytes.ts";
import { Refusal } from "../refusal.ts";
import { type PdfFile, isName } from "./file.ts";
import { Budget, type Dict, MAX_TOKENS, Name, Parser, Stream, Text, type Value, Word, latin, malformed, tooLarge } from "./objects.ts";

const MAX_PAGES = 200;
const MAX_FORMS = 200;
const MAX_TEXT = 2 * 1024 * 1024;
const MAX_CONTENT = 8 * 1024 * 1024;
const MAX_DEPTH = 8;
const MAX_CODES = 70_000;
const BRACKETS = [")", "]", ">>"];
const SHOWS = ["Tj", "TJ", "'", '"'];

/** A font's codes, one character of the key for each byte, with their text; and how long codes are, shortest first. */
interface Codes {
  texts: Map<string, string>;
  lengths: number[];
}

const NO_CODES: Codes = { texts: new Map(), lengths: [] };

/** The text, each page ended by a form feed, "" where there is none that can be read; and what no sheet of ours has. */
export interface Drawn {
  text: string;
  beside: ("added" | "annotations")[];
}

/** What the newest revision's pages draw. */
export async function drawn(file: PdfFile): Promise<Drawn> {
  const reader = new Reader(file);
  const text = await reader.read().catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
    return "";
  });
  return { text: text.trim() ? text : "", beside: [...reader.beside].sort() };
}

class Reader {
  readonly beside = new Set<"added" | "annotations">();
  private readonly budget = new Budget(MAX_TOKENS, MAX_CONTENT);
  private readonly fonts = new Map<number, Codes>();
  private readonly parts: string[] = [];
  private length = 0;
  private forms = 0;

  constructor(private readonly file: PdfFile) {}

  async read(): Promise<string> {
    const root = await this.dict(this.file.trailer.get("Root"));
    const waiting: [Value | undefined, Value | undefined][] = [[root.get("Pages"), undefined]];
    for (let seen = 1; waiting.length; seen += 1) {
      if (seen > 2 * MAX_PAGES) throw tooLarge("more pages than are read");
      const [node, inherited] = waiting.pop()!;
      const page = await this.dict(node);
      const resources = page.get("Resources") ?? inherited;
      const kids = await this.file.resolve(page.get("Kids"));
      if (Array.isArray(kids)) {
        for (const kid of kids.slice(0, MAX_PAGES).reverse()) waiting.push([kid, resources]);
        continue;
      }
      if (!isEmpty(await this.file.resolve(page.get("Annots")))) this.beside.add("annotations");
      await this.draw(await this.joined(page.get("Contents")), await this.dict(resources), 0);
      this.parts.push("\f");
    }
    return this.parts.join("");
  }

  private async dict(value: Value | undefined): Promise<Dict> {
    const found = await this.file.resolve(value);
    return found instanceof Map ? found : new Map();
  }

  private async joined(contents: Value | undefined): Promise<Uint8Array> {
    const found = await this.file.resolve(contents);
    const all = Array.isArray(found) ? found : [found];
    if (all.length > 1) this.beside.add("added");
    const parts: Uint8Array[] = [];
    for (const one of all) {
      const stream = await this.file.resolve(one);
      if (stream instanceof Stream) parts.push(await this.file.content(stream), Uint8Array.of(10));
    }
    return concat(...parts);
  }

  private async draw(data: Uint8Array, resources: Dict, depth: number): Promise<void> {
    const [fonts, forms] = [await this.dict(resources.get("Font")), await this.dict(resources.get("XObject"))];
    const parser = new Parser(data, 0, this.budget);
    const saved: Codes[] = [];
    let font = NO_CODES;
    let operands: Value[] = [];
    while (!parser.atEnd()) {
      const next = parser.next();
      if (!(next instanceof Word)) {
        operands.push(next);
        continue;
      }
      if (BRACKETS.includes(next.text)) throw malformed("a bracket that closes nothing");
      const last = operands.at(-1);
      const named = operands.at(-2);
      if (next.text === "Tf" && named instanceof Name) font = await this.font(fonts.get(named.text));
      else if (SHOWS.includes(next.text) && last !== undefined) this.show(last, font);
      else if (next.text === "q") saved.push(font);
      else if (next.text === "Q") font = saved.pop() ?? font;
      else if (next.text === "Do" && last instanceof Name) await this.form(forms.get(last.text), resources, depth);
      else if (next.text === "ID") throw malformed("a picture in the line");
      operands = [];
    }
  }

  private async form(value: Value | undefined, resources: Dict, depth: number): Promise<void> {
    const form = await this.file.resolve(value);
    if (!(form instanceof Stream) || !isName(form.dict.get("Subtype"), "Form")) {
      this.beside.add("added");
      return;
    }
    this.forms += 1;
    if (depth >= MAX_DEPTH || this.forms > MAX_FORMS) throw tooLarge("more forms than are read");
    const own = await this.dict(form.dict.get("Resources"));
    await this.draw(await this.file.content(form), own.size ? own : resources, depth + 1);
  }

  private show(operand: Value, font: Codes): void {
    for (const part of Array.isArray(operand) ? operand : [operand]) {
      if (!(part instanceof Text)) continue;
      const text = decoded(part.bytes, font).replaceAll("\f", " ");
      this.length += text.length;
      if (this.length > MAX_TEXT) throw tooLarge("more text than is read");
      this.parts.push(text);
    }
  }

  private async font(value: Value | undefined): Promise<Codes> {
    const table = await this.file.resolve((await this.dict(value)).get("ToUnicode"));
    if (!(table instanceof Stream)) return NO_CODES;
    let known = this.fonts.get(table.start);
    if (!known) this.fonts.set(table.start, (known = codes(latin(await this.file.content(table)))));
    return known;
  }
}

const isEmpty = (value: Value): boolean =>
  value === null || value === false || value === 0 || (Array.isArray(value) && !value.length) || (value instanceof Map && !value.size) || (value instanceof Text && !value.bytes.length);

/** What a string shows; without a `ToUnicode` each byte is a letter of Latin. */
function decoded(bytes: Uint8Array, font: Codes): string {
  const raw = latin(bytes);
  const { texts, lengths } = font;
  if (!texts.size) return raw;
  let text = "";
  for (let at = 0; at < raw.length; ) {
    const length = lengths.find((one) => texts.has(raw.slice(at, at + one))) ?? lengths[0]!;
    text += texts.get(raw.slice(at, at + length)) ?? "\ufffd";
    at += length;
  }
  return text;
}

/** A `ToUnicode` map (ISO 32000-2 §9.10.3). */
function codes(table: string): Codes {
  const made = new Map<string, string>();
  for (const [, kind, block] of table.matchAll(/begin(bfchar|bfrange)([^]*?)end\1/g)) {
    if (block!.includes("[")) throw malformed("a range of codes with an array");
    const words = Array.from(block!.matchAll(/<([0-9A-Fa-f]+)>/g), ([, digits]) => unhexed(digits!));
    const step = kind === "bfchar" ? 2 : 3;
    for (let at = 0; at + step <= words.length; at += step) {
      if (step === 2) made.set(words[at]!, utf16(words[at + 1]!));
      else addRange(made, words[at]!, words[at + 1]!, words[at + 2]!);
      if (made.size > MAX_CODES) throw tooLarge("more codes than a font has");
    }
  }
  const lengths = [...new Set(Array.from(made.keys(), (code) => code.length))].sort((one, other) => one - other);
  return { texts: made, lengths };
}

function addRange(made: Map<string, string>, first: string, last: string, target: string): void {
  const [low, high] = [numberOf(first), numberOf(last)];
  const text = [...utf16(target)];
  const end = text.pop()?.codePointAt(0);
  if (!(low <= high && high <= low + 0xffff) || first.length !== last.length || end === undefined || end + high - low > 0x10ffff) {
    throw malformed("a broken range of codes");
  }
  for (let code = low; code <= high; code += 1) {
    const key = unhexed(code.toString(16).padStart(2 * first.length, "0"));
    made.set(key, text.join("") + String.fromCodePoint(end + code - low));
  }
}

/** Bytes as a text of as many characters; an odd number of digits lacks a nought in front. */
const unhexed = (digits: string): string =>
  (digits.length % 2 ? `0${digits}` : digits).replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)));

function numberOf(code: string): number {
  if (code.length > 6) throw malformed("a code of too many bytes");
  return [...code].reduce((sum, letter) => sum * 256 + letter.charCodeAt(0), 0);
}

function utf16(raw: string): string {
  try {
    return new TextDecoder("utf-16be", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(raw, (letter) => letter.charCodeAt(0)));
  } catch {
    throw malformed("no text in UTF-16");
  }
}
