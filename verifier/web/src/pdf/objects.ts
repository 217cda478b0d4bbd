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
  ) {}
}
/** A word of a content stream that is no operand. */
export class Operator {
  constructor(readonly word: string) {}
}
export type Dict = Map<string, Value>;
export type Value = null | boolean | number | Name | Ref | Text | Stream | Dict | Value[];

const MAX_TOKENS = 1_000_000;
const MAX_DEPTH = 64;
const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/;
const SPACE = [0, 9, 10, 12, 13, 32];
const DELIMITERS = [..."()<>[]{}/%"].map((letter) => letter.charCodeAt(0));

export const malformed = (message: string): Refusal => new Refusal("document.malformed", `PDF: ${message}`);
export const tooLarge = (message: string): Refusal => new Refusal("document.too_large", `PDF: ${message}`);
export const unsupported = (message: string): Refusal => new Refusal("document.unsupported", `PDF: ${message}`);

/** How much was read of a file in all: tokens are bounded. */
export interface Budget {
  tokens: number;
}

export class Parser {
  constructor(
    readonly data: Uint8Array,
    public at: number,
    private readonly budget: Budget,
  ) {}

  space(): void {
    for (;;) {
      const byte = this.data[this.at];
      if (byte === 37) while (this.at < this.data.length && this.data[this.at] !== 10 && this.data[this.at] !== 13) this.at += 1;
      else if (byte !== undefined && SPACE.includes(byte)) this.at += 1;
      else return;
    }
  }

  /** The word that begins here: letters, digits and signs up to a space or delimiter. */
  word(): string {
    this.space();
    return this.regular();
  }

  private regular(): string {
    const from = this.at;
    while (this.at < this.data.length && !SPACE.includes(this.data[this.at]!) && !DELIMITERS.includes(this.data[this.at]!)) this.at += 1;
    return String.fromCharCode(...this.data.subarray(from, Math.min(this.at, from + 4096)));
  }

  expect(word: string): void {
    if (this.word() !== word) throw malformed(`no ${word}`);
  }

  /** A whole number that stands here. */
  whole(): number {
    const word = this.word();
    if (!/^[0-9]{1,10}$/.test(word)) throw malformed("no number");
    return Number(word);
  }

  value(depth = 0): Value {
    if (++this.budget.tokens > MAX_TOKENS) throw tooLarge("too many tokens");
    if (depth > MAX_DEPTH) throw tooLarge("nested too deep");
    this.space();
    const byte = this.data[this.at];
    const next = this.data[this.at + 1];
    if (byte === 47) return this.name();
    if (byte === 40) return this.literal();
    if (byte === 60) return next === 60 ? this.dict(depth) : this.hex();
    if (byte === 91) return this.array(depth);
    return this.scalar();
  }

  /** What stands next in a content stream; undefined at its end. */
  next(): Value | Operator | undefined {
    this.space();
    const byte = this.data[this.at];
    if (byte === undefined) return undefined;
    if ("/(<[".includes(String.fromCharCode(byte))) return this.value();
    if (++this.budget.tokens > MAX_TOKENS) throw tooLarge("too many tokens");
    const word = this.regular();
    if (NUMBER.test(word)) return Number(word);
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    if (!word) throw malformed("no operator");
    return new Operator(word);
  }

  private scalar(): Value {
    const word = this.regular();
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    if (!NUMBER.test(word)) throw malformed("no object");
    if (!/^[0-9]{1,10}$/.test(word)) return Number(word);
    const before = this.at;
    this.space();
    const generation = this.regular();
    if (/^[0-9]{1,5}$/.test(generation)) {
      this.space();
      if (this.data[this.at] === 82 && this.regular() === "R") return new Ref(Number(word), Number(generation));
    }
    this.at = before;
    return Number(word);
  }

  private name(): Name {
    if (++this.budget.tokens > MAX_TOKENS) throw tooLarge("too many tokens");
    this.at += 1;
    const text = this.regular().replace(/#([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
    return new Name(text);
  }

  private literal(): Text {
    const bytes: number[] = [];
    let depth = 1;
    for (this.at += 1; ; this.at += 1) {
      const byte = this.data[this.at];
      if (byte === undefined) throw malformed("a text without an end");
      if (byte === 92) this.escape(bytes);
      else {
        if (byte === 40) depth += 1;
        if (byte === 41 && --depth === 0) break;
        bytes.push(byte);
      }
    }
    this.at += 1;
    return new Text(Uint8Array.from(bytes));
  }

  private escape(bytes: number[]): void {
    const letter = String.fromCharCode(this.data[++this.at] ?? 0);
    const known = { n: 10, r: 13, t: 9, b: 8, f: 12 }[letter];
    const octal = /^[0-7]{1,3}/.exec(String.fromCharCode(...this.data.subarray(this.at, this.at + 3)));
    if (known !== undefined) bytes.push(known);
    else if (octal) {
      bytes.push(parseInt(octal[0], 8) & 255);
      this.at += octal[0].length - 1;
    } else if (letter === "\r") this.at += this.data[this.at + 1] === 10 ? 1 : 0;
    else if (letter !== "\n") bytes.push(letter.charCodeAt(0));
  }

  private hex(): Text {
    const end = this.data.indexOf(62, this.at);
    if (end < 0) throw malformed("a text without an end");
    const digits = String.fromCharCode(...this.data.subarray(this.at + 1, Math.min(end, this.at + 100_000))).replace(/[\0\t\n\f\r ]/g, "");
    if (!/^[0-9A-Fa-f]*$/.test(digits)) throw malformed("no hexadecimal text");
    this.at = end + 1;
    const pairs = (digits.length % 2 ? `${digits}0` : digits).match(/../g) ?? [];
    return new Text(Uint8Array.from(pairs, (pair) => parseInt(pair, 16)));
  }

  private array(depth: number): Value[] {
    const items: Value[] = [];
    this.at += 1;
    for (;;) {
      this.space();
      if (this.data[this.at] === 93) break;
      items.push(this.value(depth + 1));
    }
    this.at += 1;
    return items;
  }

  private dict(depth: number): Dict {
    const found: Dict = new Map();
    this.at += 2;
    for (;;) {
      this.space();
      if (this.data[this.at] === 62 && this.data[this.at + 1] === 62) break;
      if (this.data[this.at] !== 47) throw malformed("a dictionary without a name");
      const { text } = this.name();
      if (found.has(text)) throw new Refusal("document.duplicate_key", `PDF: a dictionary with /${text} twice`);
      found.set(text, this.value(depth + 1));
    }
    this.at += 2;
    return found;
  }

  /** `N G obj` … right here; a stream's content and end are looked at once they are needed. */
  object(number: number, generation: number): Value {
    const head = `${number} ${generation} obj`;
    const seen = String.fromCharCode(...this.data.subarray(this.at, this.at + head.length + 8)).replace(/[\0\t\n\f\r ]+/g, " ");
    if (!seen.startsWith(head)) throw malformed(`object ${number} is not where it should be`);
    for (const part of [String(number), String(generation), "obj"]) this.expect(part);
    const value = this.value();
    if (value instanceof Map) {
      const begins = /^[\0\t\n\f\r ]{0,4}stream(?:\r\n|\n)/.exec(String.fromCharCode(...this.data.subarray(this.at, this.at + 12)));
      if (begins) return new Stream(value, this.at + begins[0].length);
    }
    this.expect("endobj");
    return value;
  }
}
