// The syntax of PDF objects, strictly (docs/formats.md §14, ISO 32000-2 §7.2, §7.3).
import type { Bytes } from "../bytes.ts";
import { Refusal } from "../refusal.ts";

export class Name {
  constructor(readonly text: string) {}
}
export class Ref {
  constructor(
    readonly number: number,
    readonly generation: number,
  ) {}
}
export class Text {
  constructor(readonly bytes: Bytes) {}
}
export class Stream {
  constructor(
    readonly dict: Dict,
    readonly start: number,
    readonly length: number,
  ) {}
}
/** A word that is no object: an operator of a page, a bracket that closes, or one of the words around objects. */
export class Word {
  constructor(readonly text: string) {}
}
export type Dict = Map<string, Value>;
export type Value = null | boolean | number | Name | Ref | Text | Stream | Dict | Value[];

export const MAX_TOKENS = 500_000;
const MAX_DEPTH = 64;
const NUMBER = /^[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15})$/;
const SPACE = [0, 9, 10, 12, 13, 32];
const DELIMITERS = [..."()<>[]{}/%"].map((letter) => letter.charCodeAt(0));

export const malformed = (message: string): Refusal => new Refusal("document.malformed", `PDF: ${message}`);
export const tooLarge = (message: string): Refusal => new Refusal("document.too_large", `PDF: ${message}`);
export const unsupported = (message: string): Refusal => new Refusal("document.unsupported", `PDF: ${message}`);

/** Work that is left: tokens, and bytes that are read, which objects may share. */
export class Budget {
  constructor(
    private tokens: number,
    private bytes: number,
  ) {}

  spend(bytes: number): void {
    this.tokens -= 1;
    this.bytes -= bytes;
    if (this.tokens < 0 || this.bytes < 0) throw tooLarge("more tokens than are read");
  }
}

export class Parser {
  constructor(
    readonly data: Uint8Array,
    public at: number,
    private readonly budget: Budget,
  ) {}

  /** Whether nothing but space and comments follows. */
  atEnd(): boolean {
    this.space();
    return this.at >= this.data.length;
  }

  /** Read this word. */
  expect(word: string): void {
    const found = this.next();
    if (!(found instanceof Word) || found.text !== word) throw malformed(`no ${word}`);
  }

  /** The next object; a word is none. */
  value(depth = 0): Value {
    const found = this.next(depth);
    if (found instanceof Word) throw malformed("no object");
    return found;
  }

  /** The next object or word. */
  next(depth = 0): Value | Word {
    const from = this.at;
    this.space();
    const [byte, after] = [this.data[this.at], this.data[this.at + 1]];
    if (byte === undefined) throw malformed("an end where an object belongs");
    const letter = String.fromCharCode(byte);
    const double = byte === after && (letter === "<" || letter === ">");
    if (letter === "<" && !double) return this.hex(from);
    if (letter === "/") return this.name(from);
    const text = double ? letter + letter : "[]()".includes(letter) ? letter : this.regular(this.at);
    if (!text) throw malformed("no object");
    this.at += text.length;
    this.budget.spend(this.at - from);
    if (text === "(") return this.literal();
    if (text !== "[" && text !== "<<") return this.word(text);
    if (depth >= MAX_DEPTH) throw tooLarge("nested too deep");
    return text === "[" ? this.array(depth) : this.dict(depth);
  }

  private space(): void {
    for (;;) {
      const byte = this.data[this.at];
      if (byte === 37) while (this.at < this.data.length && this.data[this.at] !== 10 && this.data[this.at] !== 13) this.at += 1;
      else if (byte !== undefined && SPACE.includes(byte)) this.at += 1;
      else return;
    }
  }

  /** The letters, digits and signs from a place to the next space or delimiter. */
  private regular(from: number): string {
    let end = from;
    while (end < this.data.length && !SPACE.includes(this.data[end]!) && !DELIMITERS.includes(this.data[end]!)) end += 1;
    return latin(this.data.subarray(from, end));
  }

  private word(text: string): Value | Word {
    if (text === "true" || text === "false") return text === "true";
    if (text === "null") return null;
    if (!NUMBER.test(text)) return new Word(text);
    if (text.includes(".")) return NaN; // nothing here asks for a real number
    return (/^[0-9]{1,10}$/.test(text) && this.reference(Number(text))) || Number(text);
  }

  /** The reference that a number begins, where a generation and an `R` follow. */
  private reference(number: number): Ref | undefined {
    const before = this.at;
    const read = (): string => {
      this.space();
      const text = this.regular(this.at);
      this.at += text.length;
      return text;
    };
    const generation = read();
    if (/^[0-9]{1,5}$/.test(generation) && read() === "R") return new Ref(number, Number(generation));
    this.at = before;
    return undefined;
  }

  private name(from: number): Name {
    const text = this.regular(this.at + 1);
    this.at += 1 + text.length;
    this.budget.spend(this.at - from);
    return new Name(text.replace(/#([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16))));
  }

  private hex(from: number): Text {
    const end = this.data.indexOf(62, this.at);
    if (end < 0) throw malformed("a text without an end");
    const digits = latin(this.data.subarray(this.at + 1, end)).replace(/[\0\t\n\f\r ]/g, "");
    if (!/^[0-9A-Fa-f]*$/.test(digits)) throw malformed("no hexadecimal text");
    this.at = end + 1;
    this.budget.spend(this.at - from);
    const pairs = (digits.length % 2 ? `${digits}0` : digits).match(/../g) ?? [];
    return new Text(Uint8Array.from(pairs, (pair) => parseInt(pair, 16)));
  }

  /** A text after its bracket: balanced brackets, escapes, line ends. */
  private literal(): Text {
    const bytes: number[] = [];
    for (let depth = 1, from = this.at; ; this.at += 1) {
      const byte = this.data[this.at];
      if (byte === undefined) throw malformed("a text without an end");
      if (byte !== 92 && byte !== 40 && byte !== 41) {
        if (byte === 10 && bytes.at(-1) === 13) bytes.pop();
        bytes.push(byte);
        continue;
      }
      this.budget.spend(this.at + 1 - from);
      from = this.at + 1;
      if (byte === 92) {
        this.escape(bytes);
        continue;
      }
      depth += byte === 40 ? 1 : -1;
      if (!depth) break;
      bytes.push(byte);
    }
    this.at += 1;
    return new Text(Uint8Array.from(bytes));
  }

  private escape(bytes: number[]): void {
    const octal = /^[0-7]{1,3}/.exec(latin(this.data.subarray(this.at + 1, this.at + 4)));
    if (octal) {
      bytes.push(parseInt(octal[0], 8) & 255);
      this.at += octal[0].length;
      return;
    }
    this.at += 1;
    const byte = this.data[this.at];
    if (byte === 13) this.at += this.data[this.at + 1] === 10 ? 1 : 0;
    else if (byte !== undefined && byte !== 10) bytes.push({ n: 10, r: 13, t: 9, b: 8, f: 12 }[String.fromCharCode(byte)] ?? byte);
  }

  private array(depth: number): Value[] {
    const items: Value[] = [];
    for (;;) {
      const found = this.next(depth + 1);
      if (!(found instanceof Word)) items.push(found);
      else if (found.text === "]") return items;
      else throw malformed("a word in an array");
    }
  }

  private dict(depth: number): Dict {
    const found: Dict = new Map();
    for (;;) {
      const name = this.next(depth + 1);
      if (name instanceof Word && name.text === ">>") return found;
      if (!(name instanceof Name)) throw malformed("a dictionary without a name");
      if (found.has(name.text)) throw new Refusal("document.duplicate_key", `PDF: a dictionary with /${name.text} twice`);
      found.set(name.text, this.value(depth + 1));
    }
  }
}

/** Bytes as a text of as many characters. */
export function latin(data: Uint8Array): string {
  let text = "";
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return text;
}
