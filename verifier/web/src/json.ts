// The strict reader of JSON and its one canonical form, RFC 8785 (docs/formats.md §1).
import { type Bytes, utf8 } from "./bytes.ts";
import { Refusal } from "./refusal.ts";

export type Json = null | boolean | number | string | Json[] | JsonObject;
/** Without a prototype, so that a member called `__proto__` is a member like any other. */
export interface JsonObject {
  [name: string]: Json;
}

export const MAX_BYTES = 5 * 1024 * 1024;
const MAX_VALUES = 50_000;
const MAX_DEPTH = 64;

const malformed = (message: string): Refusal => new Refusal("document.malformed", message);

/** The value of a JSON text; refuses what two readers could see differently. */
export function parse(data: Uint8Array): Json {
  if (data.length > MAX_BYTES) throw new Refusal("document.too_large", "more than 5 MiB");
  if (data.length > MAX_VALUES && marks(data) > MAX_VALUES) {
    throw new Refusal("document.too_large", "more than 50,000 values");
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw malformed("not UTF-8");
  }
  return new Reader(text).read();
}

/** The commas and opening brackets outside of strings: at least as many as there are values, but for one. */
function marks(data: Uint8Array): number {
  let found = 0;
  let inText = false;
  for (let at = 0; at < data.length; at += 1) {
    const byte = data[at];
    if (inText && byte === 0x5c) at += 1;
    else if (byte === 0x22) inText = !inText;
    else if (!inText && (byte === 0x2c || byte === 0x5b || byte === 0x7b)) found += 1;
  }
  return found;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isText = (value: Json | undefined): value is string => typeof value === "string";

/** Whether the value is a whole number between these bounds. */
export const isWhole = (value: Json | undefined, least = 0, most = Number.MAX_SAFE_INTEGER): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most;

/** An object with these members. */
export const object = (members: { [name: string]: Json }): JsonObject => Object.assign(Object.create(null), members);

/** The object without these members. */
export function without(value: JsonObject, ...names: string[]): JsonObject {
  const kept = object({});
  for (const [name, member] of Object.entries(value)) if (!names.includes(name)) kept[name] = member;
  return kept;
}

class Reader {
  private at = 0;
  /** The first name that stands twice; told only where the rest is well-formed. */
  private twice: string | undefined;

  constructor(private readonly text: string) {}

  read(): Json {
    const value = this.value(0);
    this.space();
    if (this.at < this.text.length) throw malformed("something follows the value");
    if (this.twice !== undefined) throw new Refusal("document.duplicate_key", `twice: ${this.twice}`);
    return value;
  }

  private space(): void {
    while (" \t\n\r".includes(this.text[this.at] ?? "x")) this.at += 1;
  }

  private value(depth: number): Json {
    this.space();
    const first = this.text[this.at];
    if (first === "{" || first === "[") {
      if (depth === MAX_DEPTH) throw malformed("nested more than 64 deep");
      this.at += 1;
      return first === "{" ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (first === '"') return this.string();
    for (const [word, value] of [["true", true], ["false", false], ["null", null]] as const) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  private object(depth: number): JsonObject {
    const made = object({});
    if (this.closes("}")) return made;
    do {
      this.space();
      if (this.text[this.at] !== '"') throw malformed("a member without a name");
      const name = this.string();
      this.space();
      if (this.text[this.at] !== ":") throw malformed("a name without a value");
      this.at += 1;
      if (name in made) this.twice ??= name;
      made[name] = this.value(depth);
    } while (this.follows("}"));
    return made;
  }

  private array(depth: number): Json[] {
    const made: Json[] = [];
    if (this.closes("]")) return made;
    do made.push(this.value(depth));
    while (this.follows("]"));
    return made;
  }

  private closes(end: string): boolean {
    this.space();
    if (this.text[this.at] !== end) return false;
    this.at += 1;
    return true;
  }

  /** After a member or item: true at a comma, false at the end. */
  private follows(end: string): boolean {
    if (this.closes(end)) return false;
    if (this.text[this.at] !== ",") throw malformed("neither a comma nor an end");
    this.at += 1;
    return true;
  }

  private string(): string {
    const from = this.at;
    this.at += 1;
    for (; ; this.at += 1) {
      const letter = this.text[this.at];
      if (letter === undefined || letter < " ") throw malformed("a string that does not end");
      if (letter === '"') break;
      if (letter === "\\") this.at += 1;
    }
    this.at += 1;
    let made: string;
    try {
      made = JSON.parse(this.text.slice(from, this.at)) as string;
    } catch {
      throw malformed("an escape that is none");
    }
    if (/\p{Surrogate}/u.test(made)) throw malformed("a lone surrogate");
    return made;
  }

  private number(): number {
    const found = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/.exec(this.text.slice(this.at, this.at + 2000));
    if (!found) throw malformed("no value");
    this.at += found[0].length;
    const value = Number(found[0]);
    if (!Number.isFinite(value)) throw malformed("a number beyond the doubles");
    // Whatever its spelling: RFC 8785 writes doubles below 10^21 that are whole as integers.
    const whole = /^-?[0-9]+$/.test(found[0]) || /^-?[0-9]+$/.test(String(value));
    if (whole && !Number.isSafeInteger(value)) throw malformed("an integer beyond 2^53 - 1");
    if (decimal(found[0]) !== decimal(String(value))) throw malformed("a number that no double holds");
    return value;
  }
}

/** Sign, digits and exponent of a number's text, in one form for each number: 60.0 and 6e1 are the same. */
function decimal(text: string): string {
  const [, sign, whole, part = "", power = "0"] = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(text)!;
  const digits = (whole + part).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  if (!kept) return "0";
  return `${sign}${kept}e${Number(power) - part.length + digits.length - kept.length}`;
}

/** The RFC 8785 text of a value. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isObject(value)) {
    // RFC 8785 §3.2.3: by UTF-16 code units, which is how the language compares strings.
    const names = Object.keys(value).sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name]!)}`).join(",")}}`;
  }
  return typeof value === "number" ? String(value === 0 ? 0 : value) : JSON.stringify(value);
}

/** JCS(value) as bytes. */
export const jcs = (value: Json): Bytes => utf8(canonical(value));

/** How many values a value consists of, itself and containers included. */
export function count(value: Json): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + count(one), 1);
  if (isObject(value)) return Object.values(value).reduce<number>((sum, one) => sum + count(one), 1);
  return 1;
}

/** Whether two values are the same, members in any order. */
export const same = (one: Json, other: Json): boolean => canonical(one) === canonical(other);
