// A PDF file's revisions and what each of them holds (docs/formats.md §14, rules 1 to 3).
import { type Bytes, concat } from "../bytes.ts";
import { Budget, type Dict, MAX_TOKENS, Name, Parser, Ref, Stream, type Value, latin, malformed, tooLarge, unsupported } from "./objects.ts";

const MAX_SECTIONS = 32;
const MAX_ENTRIES = 50_000;
const MAX_NUMBER = 10 * MAX_ENTRIES;
const MAX_READ = 32 * 1024 * 1024;
const MAX_STREAM = 5 * 1024 * 1024;
const PIECE = 1024;
const MAX_INFLATED = 32 * 1024 * 1024;
/** References that may follow each other, and streams whose lengths may. */
const MAX_STEPS = 8;

/** Where an object is: at an offset of the file, or in a place of an object stream. */
type Entry = { offset: number; generation: number } | { within: number; index: number };

interface Section {
  trailer: Dict;
  /** Null for an object that is free from here on. */
  entries: Map<number, Entry | null>;
}

/** An object of the file: the section that has its entry, 0 for the newest, and its number; trailers have none. */
export interface Placed {
  section: number;
  number: number | undefined;
  value: Value;
}

/** A *view* is a number: the file as it was before that many of its newest sections were added. */
export class PdfFile {
  readonly budget = new Budget(MAX_TOKENS, MAX_READ);
  /** The newest first. */
  private readonly sections: Section[] = [];
  private readonly objects = new Map<string, Value>();
  private readonly streams = new Map<number, { number: number; value: Value }[]>();
  private readonly loading = new Set<number>();
  private inflated = MAX_INFLATED;

  private constructor(readonly data: Bytes) {}

  static async open(data: Bytes): Promise<PdfFile> {
    const file = new PdfFile(data);
    await file.readSections();
    return file;
  }

  get revisions(): number {
    return this.sections.length;
  }

  get trailer(): Dict {
    return this.sections[0]!.trailer;
  }

  /** Every object of every section, and its trailer, the newest section first. */
  async all(): Promise<Placed[]> {
    const found: Placed[] = [];
    for (const [section, { entries, trailer }] of this.sections.entries()) {
      for (const [number, entry] of entries) {
        if (entry) found.push({ section, number, value: await this.load(number, entry, section) });
      }
      found.push({ section, number: undefined, value: trailer });
    }
    return found;
  }

  /** Whether a view shows this object, and no newer one of its number. */
  isCurrent({ section, number }: Placed, view: number): boolean {
    if (number === undefined) return view === section;
    return view <= section && !this.sections.slice(view, section).some(({ entries }) => entries.has(number));
  }

  /** What a reference leads to in a view; null where there is nothing. */
  async resolve(value: Value | undefined, view = 0): Promise<Value> {
    let found = value ?? null;
    for (let steps = 0; found instanceof Ref; steps += 1) {
      if (steps >= MAX_STEPS) throw malformed("references in a circle");
      found = await this.find(found, view);
    }
    return found;
  }

  private async find({ number, generation }: Ref, view: number): Promise<Value> {
    const section = this.sections.findIndex(({ entries }, at) => at >= view && entries.has(number));
    const entry = this.sections[section]?.entries.get(number);
    if (!entry || ("generation" in entry && entry.generation !== generation)) return null;
    return this.load(number, entry, section);
  }

  private async load(number: number, entry: Entry, section: number): Promise<Value> {
    if ("within" in entry) return this.packed(number, entry, section);
    const key = `${number} ${entry.offset}`;
    let found = this.objects.get(key);
    if (found === undefined) this.objects.set(key, (found = await this.indirect(entry.offset, section, number, entry.generation)));
    return found;
  }

  /** The object at an offset; while the chain is read there is no section yet, and lengths are direct. */
  private async indirect(offset: number, section?: number, number?: number, generation?: number): Promise<Value> {
    const head = /^([0-9]{1,10})[\0\t\n\f\r ]{1,4}([0-9]{1,5})[\0\t\n\f\r ]{1,4}obj(?![^\0\t\n\f\r ()<>[\]{}/%])/.exec(this.text(offset, 32));
    if (!head || (number !== undefined && (Number(head[1]) !== number || Number(head[2]) !== generation))) {
      throw malformed(`no object at ${offset}`);
    }
    const parser = new Parser(this.data, offset + head[0].length, this.budget);
    const value = parser.value();
    const begins = value instanceof Map ? /^[\0\t\n\f\r ]{0,4}stream(?:\r\n|\n)/.exec(this.text(parser.at, 12)) : null;
    if (!begins) {
      parser.expect("endobj");
      return value;
    }
    if (this.loading.has(offset) || this.loading.size > MAX_STEPS) throw malformed("the length of a stream is in itself");
    this.loading.add(offset);
    const given = (value as Dict).get("Length");
    const length = section === undefined ? given : await this.resolve(given, section);
    this.loading.delete(offset);
    const start = parser.at + begins[0].length;
    if (!isWhole(length) || length > this.data.length - start) throw malformed("a stream without its length");
    if (!/^(?:\r\n|\r|\n)?endstream/.test(this.text(start + length, 11))) throw malformed("a stream does not end where it says");
    return new Stream(value as Dict, start, length);
  }

  private async packed(number: number, { within, index }: { within: number; index: number }, section: number): Promise<Value> {
    const at = this.sections.findIndex(({ entries }, one) => one >= section && entries.has(within));
    const entry = this.sections[at]?.entries.get(within);
    const holder = entry && "offset" in entry ? await this.load(within, entry, section) : null;
    if (!(holder instanceof Stream) || !isName(holder.dict.get("Type"), "ObjStm")) throw malformed("no stream of objects");
    let held = this.streams.get(holder.start);
    if (!held) this.streams.set(holder.start, (held = await this.unpack(holder, section)));
    const found = held[index];
    if (found?.number !== number) throw malformed(`object ${number} is not where it should be`);
    return found.value;
  }

  private async unpack(holder: Stream, section: number): Promise<{ number: number; value: Value }[]> {
    const [size, first] = [holder.dict.get("N"), holder.dict.get("First")];
    if (!isWhole(size) || !isWhole(first) || size > MAX_ENTRIES) throw malformed("no stream of objects");
    const data = await this.content(holder, section);
    const reader = new Parser(data, 0, this.budget);
    const heads = Array.from({ length: size }, () => [reader.value(), reader.value()]);
    return heads.map(([number, offset]) => {
      if (!isWhole(number) || !isWhole(offset) || first + offset > data.length) throw malformed("an object beyond its stream");
      return { number, value: new Parser(data, first + offset, this.budget).value() };
    });
  }

  private async readSections(): Promise<void> {
    const text = latin(this.data);
    const starts = [...text.matchAll(/startxref[\0\t\n\f\r ]+([0-9]{1,10})/g)].map((found) => Number(found[1]));
    const tail = text.slice(Math.max(0, text.lastIndexOf("startxref")));
    const end = /^startxref[\0\t\n\f\r ]+([0-9]{1,10})[\0\t\n\f\r ]+%%EOF[\0\t\n\f\r ]*$/.exec(tail);
    if (!end) throw malformed("no end of the file");
    const seen = new Set<Value>();
    let count = 0;
    for (let next: Value | undefined = Number(end[1]); next !== undefined; ) {
      if (!isWhole(next) || seen.has(next)) throw malformed("sections in a circle, or none");
      if (seen.size >= MAX_SECTIONS) throw tooLarge("too many revisions");
      seen.add(next);
      const section: Section = await this.readSection(next);
      this.sections.push(section);
      count += section.entries.size;
      if (count > MAX_ENTRIES) throw tooLarge("too many objects");
      next = section.trailer.get("Prev") ?? undefined;
    }
    if (starts.some((start) => start !== 0 && !seen.has(start))) throw malformed("an end that the last one does not know of");
    if (this.sections.some(({ trailer }) => trailer.has("Encrypt"))) throw unsupported("an encrypted file");
  }

  private async readSection(at: number): Promise<Section> {
    const section = this.text(at, 4) === "xref" ? this.readTable(at + 4) : await this.readStream(at);
    if (section.trailer.has("XRefStm")) throw unsupported("a second table of cross-references");
    return section;
  }

  private readTable(from: number): Section {
    let at = from;
    const entries = new Map<number, Entry | null>();
    const match = (pattern: RegExp): RegExpExecArray | null => {
      const found = pattern.exec(this.text(at, 40));
      at += found ? found[0].length : 0;
      return found;
    };
    for (;;) {
      const head = match(/^[\0\t\n\f\r ]{0,4}([0-9]{1,10}) ([0-9]{1,10})[ ]{0,9}(?:\r\n|\r|\n)/);
      if (!head) break;
      const [first, count] = [Number(head[1]), Number(head[2])];
      if (count > MAX_ENTRIES || first > MAX_NUMBER) throw tooLarge("too many objects");
      for (let number = first; number < first + count; number += 1) {
        const row = match(/^([0-9]{10}) ([0-9]{5}) ([nf])(?: \r| \n|\r\n)/);
        if (!row || entries.has(number)) throw malformed("no table of cross-references");
        entries.set(number, row[3] === "n" ? { offset: Number(row[1]), generation: Number(row[2]) } : null);
      }
    }
    const parser = new Parser(this.data, at, this.budget);
    parser.expect("trailer");
    const trailer = parser.value();
    if (!(trailer instanceof Map)) throw malformed("no trailer");
    return { trailer, entries };
  }

  private async readStream(at: number): Promise<Section> {
    const stream = await this.indirect(at);
    if (!(stream instanceof Stream) || !isName(stream.dict.get("Type"), "XRef")) throw malformed("no cross-reference stream");
    const { dict: trailer } = stream;
    const widths = trailer.get("W");
    const index = trailer.has("Index") ? trailer.get("Index") : [0, trailer.get("Size") ?? null];
    const isNumbers = (value: Value | undefined): value is number[] => Array.isArray(value) && value.every((one) => isWhole(one) && one <= MAX_NUMBER);
    const sound = isNumbers(widths) && widths.length === 3 && isNumbers(index) && index.length % 2 === 0;
    if (!sound || Math.max(...widths) > 8 || !Math.max(...widths)) throw malformed("no cross-reference stream");
    const rows = await this.content(stream, 0);
    return { trailer, entries: rowsOf(rows, widths, index) };
  }

  /** What a stream holds, inflated within bounds. */
  async content(stream: Stream, view = 0): Promise<Bytes> {
    const one = async (name: string): Promise<Value> => {
      const found = await this.resolve(stream.dict.get(name), view);
      return Array.isArray(found) && found.length <= 1 ? this.resolve(found[0], view) : found;
    };
    const [filter, parameters] = [await one("Filter"), await one("DecodeParms")];
    const raw = this.data.subarray(stream.start, stream.start + stream.length) as Bytes;
    if (stream.dict.has("F")) throw unsupported("a stream that is kept elsewhere");
    if (filter === null && parameters === null) {
      this.inflated -= raw.length;
      if (raw.length > MAX_STREAM || this.inflated < 0) throw tooLarge("streams that hold too much");
      return raw;
    }
    if (!isName(filter, "FlateDecode") || !(parameters === null || parameters instanceof Map)) throw unsupported("another filter");
    const plain = await this.inflate(raw);
    return parameters ? predicted(plain, parameters) : plain;
  }

  private async inflate(raw: Bytes): Promise<Bytes> {
    const reader = pieces(raw).pipeThrough(new DecompressionStream("deflate")).getReader();
    const parts: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const read = await reader.read().catch(() => undefined);
      if (!read) throw malformed("a stream that cannot be inflated");
      if (read.done) break;
      size += read.value.length;
      if (size > Math.min(MAX_STREAM, this.inflated)) {
        await reader.cancel().catch(() => undefined);
        throw tooLarge("a stream inflates too far");
      }
      parts.push(read.value);
    }
    this.inflated -= size;
    return concat(...parts);
  }

  private text(at: number, length: number): string {
    return latin(this.data.subarray(at, at + length));
  }
}

/** In small pieces: what came out before a damage is seen before it, and may be too much already. */
function pieces(data: Bytes): ReadableStream<Bytes> {
  let at = 0;
  return new ReadableStream<Bytes>(
    {
      pull(controller): void {
        if (at >= data.length) controller.close();
        else controller.enqueue(data.subarray(at, (at += PIECE)) as Bytes);
      },
    },
    { highWaterMark: 0 },
  );
}

/** The rows of a cross-reference stream (ISO 32000-2 §7.5.8.3); one of a kind that is not known is free. */
function rowsOf(rows: Bytes, widths: number[], index: number[]): Section["entries"] {
  const entries = new Map<number, Entry | null>();
  let at = 0;
  const field = (bytes: number, otherwise: number): number => {
    const found = bytes ? rows.subarray(at, at + bytes).reduce((sum, byte) => sum * 256 + byte, 0) : otherwise;
    at += bytes;
    return found;
  };
  const width = widths.reduce((sum, one) => sum + one, 0);
  for (let pair = 0; pair < index.length; pair += 2) {
    for (let number = index[pair]!; number < index[pair]! + index[pair + 1]!; number += 1) {
      if (at + width > rows.length || entries.has(number)) throw malformed("a broken cross-reference stream");
      const [kind, one, other] = [field(widths[0]!, 1), field(widths[1]!, 0), field(widths[2]!, 0)];
      entries.set(number, kind === 1 ? { offset: one, generation: other } : kind === 2 ? { within: one, index: other } : null);
    }
  }
  return entries;
}

/** Undo PNG's filters None and Up, the ones that writers of cross-reference streams use. */
function predicted(data: Bytes, parameters: Dict): Bytes {
  const number = (name: string): Value => parameters.get(name) ?? 1;
  const [predictor, columns] = [number("Predictor"), number("Columns")];
  if (predictor === 1) return data;
  const isPng = isWhole(predictor) && predictor >= 10 && predictor <= 15 && isWhole(columns) && columns > 0 && columns <= 64;
  const isPlain = isPng && number("Colors") === 1 && (parameters.get("BitsPerComponent") ?? 8) === 8 && data.length % (columns + 1) === 0;
  if (!isPlain) throw unsupported("another predictor");
  const out = new Uint8Array((data.length / (columns + 1)) * columns);
  for (let row = 0; row * (columns + 1) < data.length; row += 1) {
    const kind = data[row * (columns + 1)]!;
    if (kind !== 0 && kind !== 2) throw unsupported("another predictor");
    for (let n = 0; n < columns; n += 1) {
      const at = row * columns + n;
      out[at] = data[row * (columns + 1) + 1 + n]! + (kind && row ? out[at - columns]! : 0);
    }
  }
  return out;
}

export const isName = (value: Value | undefined, text: string): boolean => value instanceof Name && value.text === text;
const isWhole = (value: Value | undefined): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
