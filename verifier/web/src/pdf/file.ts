// A PDF file's revisions and what each of them holds (docs/formats.md §14, rules 1 to 3).
import type { Bytes } from "../bytes.ts";
import { type Dict, Name, Parser, Ref, Stream, type Value, malformed, tooLarge, unsupported } from "./objects.ts";

const MAX_SECTIONS = 32;
const MAX_ENTRIES = 50_000;
const MAX_LOOKED = 10_000;
const MAX_STREAM = 5 * 1024 * 1024;
const MAX_INFLATED = 32 * 1024 * 1024;

/** Where an object is: at an offset of the file, or in a place of an object stream. */
export type Entry = { offset: number; generation: number } | { within: number; index: number };

interface Section {
  trailer: Dict;
  /** Null for an object that is free from here on. */
  entries: Map<number, Entry | null>;
}

/** What the file holds up to one of its revisions: where each object is. */
export type View = Map<number, Entry>;

export class PdfFile {
  private readonly budget = { tokens: 0 };
  private readonly sections: Section[] = [];
  private readonly contents = new Map<string, Bytes>();
  private readonly unpacking = new Set<number>();
  private readonly objects = new Map<string, Value>();
  private readonly streams = new Map<string, Map<number, { number: number; value: Value }>>();
  private inflated = 0;
  private looked = 0;
  private entryCount = 0;

  private constructor(readonly data: Bytes) {}

  static async open(data: Bytes): Promise<PdfFile> {
    const file = new PdfFile(data);
    await file.readSections();
    return file;
  }

  /** Trailers, oldest first. */
  get trailers(): Dict[] {
    return this.sections.map((section) => section.trailer);
  }

  /** One view for each revision, oldest first. */
  views(): View[] {
    let view: View = new Map();
    return this.sections.map((section) => {
      view = new Map(view);
      for (const [number, entry] of section.entries) {
        if (entry) view.set(number, entry);
        else view.delete(number);
      }
      return view;
    });
  }

  private async readSections(): Promise<void> {
    const text = latin(this.data);
    const starts = [...text.matchAll(/startxref[\0\t\n\f\r ]+([0-9]{1,10})/g)].map((found) => Number(found[1]));
    const tail = text.slice(Math.max(0, text.lastIndexOf("startxref")));
    if (!/^startxref[\0\t\n\f\r ]+[0-9]{1,10}[\0\t\n\f\r ]+%%EOF[\0\t\n\f\r ]*$/.test(tail)) throw malformed("no end of the file");
    const seen = new Set<number>();
    let next: number | undefined = starts.at(-1)!;
    while (next !== undefined) {
      if (seen.has(next) || seen.size >= MAX_SECTIONS) throw seen.has(next) ? malformed("sections in a circle") : tooLarge("too many revisions");
      seen.add(next);
      const section: Section = await this.readSection(next);
      this.sections.unshift(section);
      const { trailer } = section;
      if (trailer.has("XRefStm")) throw unsupported("a second table of cross-references");
      if (trailer.has("Encrypt")) throw unsupported("an encrypted file");
      const previous = trailer.get("Prev");
      if (previous !== undefined && !isOffset(previous)) throw malformed("no section before");
      next = previous as number | undefined;
    }
    if (starts.some((start) => start !== 0 && !seen.has(start))) throw malformed("an end that the last one does not know of");
  }

  private async readSection(at: number): Promise<Section> {
    if (at >= this.data.length) throw malformed("a section beyond the file");
    const parser = new Parser(this.data, at, this.budget);
    if (latin(this.data.subarray(at, at + 4)) === "xref") return this.readTable(parser);
    const head = /^([0-9]{1,10})[\0\t\n\f\r ]+([0-9]{1,5})[\0\t\n\f\r ]+obj/.exec(latin(this.data.subarray(at, at + 40)));
    if (!head) throw malformed("no section of cross-references");
    const stream = parser.object(Number(head[1]), Number(head[2]));
    if (!(stream instanceof Stream) || !isName(stream.dict.get("Type"), "XRef")) throw malformed("no cross-reference stream");
    return { trailer: stream.dict, entries: await this.readXref(stream) };
  }

  /** Count one attachment, or one entry of a name tree, that is looked at. */
  look(): void {
    this.looked += 1;
    if (this.looked > MAX_LOOKED) throw tooLarge("more attachments than are looked at");
  }

  private count(): void {
    this.entryCount += 1;
    if (this.entryCount > MAX_ENTRIES) throw tooLarge("too many objects");
  }

  private readTable(parser: Parser): Section {
    parser.expect("xref");
    const entries = new Map<number, Entry | null>();
    const match = (pattern: RegExp): RegExpExecArray | null => {
      const found = pattern.exec(latin(this.data.subarray(parser.at, parser.at + 40)));
      if (found) parser.at += found[0].length;
      return found;
    };
    for (;;) {
      const head = match(/^[\0\t\n\f\r ]{0,4}([0-9]{1,10}) ([0-9]{1,10}) *(?:\r\n|\r|\n)/);
      if (!head) break;
      for (let n = 0; n < Number(head[2]); n += 1) {
        const row = match(/^([0-9]{10}) ([0-9]{5}) ([nf])(?: \r| \n|\r\n)/);
        if (!row) throw malformed("no table of cross-references");
        this.count();
        this.add(entries, Number(head[1]) + n, row[3] === "n" ? { offset: Number(row[1]), generation: Number(row[2]) } : null);
      }
    }
    parser.expect("trailer");
    const trailer = parser.value();
    if (!(trailer instanceof Map)) throw malformed("no trailer");
    return { trailer, entries };
  }

  private add(entries: Section["entries"], number: number, entry: Entry | null | undefined): void {
    if (entry === undefined) throw malformed("an entry of another kind");
    if (entries.has(number)) throw malformed("an object twice in one section");
    entries.set(number, entry);
  }

  private async readXref(stream: Stream): Promise<Section["entries"]> {
    const { dict } = stream;
    const [widths, size] = [dict.get("W"), dict.get("Size")];
    if (!Array.isArray(widths) || widths.length !== 3 || !widths.every((one) => isOffset(one) && one <= 8) || !isOffset(size)) {
      throw malformed("no cross-reference stream");
    }
    const index = dict.get("Index") ?? [0, size];
    if (!Array.isArray(index) || index.length % 2 || !index.every(isOffset)) throw malformed("no index");
    const rows = await this.content(stream, directLength(dict));
    const [first, second, third] = widths as [number, number, number];
    const width = first + second + third;
    const entries = new Map<number, Entry | null>();
    let at = 0;
    const field = (bytes: number, otherwise: number): number => {
      const found = bytes ? rows.subarray(at, at + bytes).reduce((sum, byte) => sum * 256 + byte, 0) : otherwise;
      at += bytes;
      return found;
    };
    for (let pair = 0; pair < index.length; pair += 2) {
      for (let n = 0; n < (index[pair + 1] as number); n += 1) {
        this.count();
        if (at + width > rows.length) throw malformed("a cross-reference stream that is too short");
        const [kind, one, other] = [field(first, 1), field(second, 0), field(third, 0)];
        const entry = kind === 0 ? null : kind === 1 ? { offset: one, generation: other } : kind === 2 ? { within: one, index: other } : undefined;
        this.add(entries, (index[pair] as number) + n, entry);
      }
    }
    return entries;
  }

  /** An object of one revision; null where it has none of that number. */
  async object(view: View, number: number): Promise<Value> {
    const entry = view.get(number);
    if (!entry) return null;
    if ("within" in entry) return this.packed(view, entry.within, entry.index, number);
    const key = `${number} ${entry.generation} ${entry.offset}`;
    let value = this.objects.get(key);
    if (value === undefined) {
      value = new Parser(this.data, entry.offset, this.budget).object(number, entry.generation);
      this.objects.set(key, value);
    }
    return value;
  }

  /** The length of a stream in one revision. */
  async lengthOf(view: View, stream: Stream): Promise<number> {
    const length = stream.dict.get("Length");
    const found = length instanceof Ref ? await this.object(view, length.number) : length;
    if (!isOffset(found)) throw malformed("a length that is none");
    return found;
  }

  private async packed(view: View, holder: number, index: number, number: number): Promise<Value> {
    const entry = view.get(holder);
    if (!entry || !("offset" in entry)) throw malformed("no stream of objects");
    const key = String(entry.offset);
    let held = this.streams.get(key);
    if (!held) this.streams.set(key, (held = await this.unpack(view, holder)));
    const found = held.get(index);
    if (found?.number !== number) throw malformed(`object ${number} is not where it should be`);
    return found.value;
  }

  private async unpack(view: View, holder: number): Promise<Map<number, { number: number; value: Value }>> {
    const stream = await this.object(view, holder);
    if (!(stream instanceof Stream) || !isName(stream.dict.get("Type"), "ObjStm")) throw malformed("no stream of objects");
    const [size, first] = [stream.dict.get("N"), stream.dict.get("First")];
    if (!isOffset(size) || !isOffset(first)) throw malformed("no stream of objects");
    if (size > MAX_ENTRIES) throw tooLarge("too many objects");
    if (this.unpacking.has(stream.start)) throw malformed("a stream of objects that is in itself");
    this.unpacking.add(stream.start);
    const data = await this.content(stream, await this.lengthOf(view, stream));
    this.unpacking.delete(stream.start);
    const heads = new Parser(data, 0, this.budget);
    const held = new Map<number, { number: number; value: Value }>();
    for (let index = 0; index < size; index += 1) {
      const [number, offset] = [heads.whole(), heads.whole()];
      if (first + offset > data.length) throw malformed("an object beyond its stream");
      held.set(index, { number, value: new Parser(data, first + offset, this.budget).value() });
    }
    return held;
  }

  /** What a stream holds, inflated within bounds. */
  async content(stream: Stream, length: number): Promise<Bytes> {
    const end = latin(this.data.subarray(stream.start + length, stream.start + length + 12));
    if (!/^(?:\r\n|\r|\n)?endstream/.test(end)) throw malformed("a stream does not end where it says");
    if (stream.dict.has("F")) throw unsupported("a stream that is kept elsewhere");
    const raw = this.data.subarray(stream.start, stream.start + length) as Bytes;
    const filters = list(stream.dict.get("Filter"));
    const parameters = list(stream.dict.get("DecodeParms"));
    if (!filters.length) return raw;
    if (filters.length > 1 || !isName(filters[0], "FlateDecode")) throw unsupported("another filter");
    const key = `${stream.start} ${length}`;
    const plain = this.contents.get(key) ?? (await this.inflate(raw));
    this.contents.set(key, plain);
    const given = parameters[0];
    if (given === undefined || given === null) return plain;
    if (!(given instanceof Map)) throw malformed("parameters that are none");
    return predicted(plain, given);
  }

  private async inflate(raw: Bytes): Promise<Bytes> {
    const reader = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
    const parts: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const read = await reader.read().catch(() => undefined);
      if (!read) throw malformed("a stream that cannot be inflated");
      if (read.done) break;
      size += read.value.length;
      this.inflated += read.value.length;
      if (size > MAX_STREAM || this.inflated > MAX_INFLATED) {
        await reader.cancel().catch(() => undefined);
        throw tooLarge("a stream inflates too far");
      }
      parts.push(read.value);
    }
    const whole = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

/** Undo a PNG predictor (ISO 32000-2 §7.4.4.4). */
function predicted(data: Bytes, parameters: Dict): Bytes {
  const number = (name: string, otherwise: number): number => {
    const value = parameters.get(name) ?? otherwise;
    if (!isOffset(value)) throw malformed("parameters that are none");
    return value;
  };
  const predictor = number("Predictor", 1);
  if (predictor === 1) return data;
  if (predictor < 10 || predictor > 15 || number("Colors", 1) !== 1 || number("BitsPerComponent", 8) !== 8) throw unsupported("another predictor");
  const columns = number("Columns", 1);
  if (!columns || data.length % (columns + 1)) throw malformed("rows of another length");
  const out = new Uint8Array((data.length / (columns + 1)) * columns);
  for (let row = 0; row * (columns + 1) < data.length; row += 1) {
    const kind = data[row * (columns + 1)]!;
    if (kind > 4) throw malformed("no predictor");
    for (let n = 0; n < columns; n += 1) {
      const at = row * columns + n;
      const left = n ? out[at - 1]! : 0;
      const up = row ? out[at - columns]! : 0;
      const corner = n && row ? out[at - columns - 1]! : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][kind]!;
      out[at] = data[row * (columns + 1) + 1 + n]! + guess;
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [one, two, three] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return one <= two && one <= three ? left : two <= three ? up : corner;
}

const list = (value: Value | undefined): Value[] => (value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]);
export const isName = (value: Value | undefined, text: string): boolean => value instanceof Name && value.text === text;
const isOffset = (value: Value | undefined): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

function directLength(dict: Dict): number {
  const length = dict.get("Length");
  if (!isOffset(length)) throw malformed("a length that is none");
  return length;
}

function latin(data: Uint8Array): string {
  let text = "";
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return text;
}
