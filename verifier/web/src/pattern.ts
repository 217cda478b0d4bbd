// The regular expressions of a kind (docs/formats.md §3), matched without backtracking: time is linear in the text,
// whatever a stranger's pattern says. The language's own engine backtracks.
import { Refusal } from "./refusal.ts";

const MAX_WEIGHT = 2_000;
const MAX_DEPTH = 31;
const LARGEST = 0x10ffff;

type Ranges = [number, number][];
type Node =
  | { is: "letters"; ranges: Ranges }
  | { is: "start" | "end" }
  | { is: "empty" }
  | { is: "join" | "either"; parts: Node[] }
  | { is: "repeat"; part: Node; least: number; most: number };
type Step =
  | { is: "letters"; ranges: Ranges }
  | { is: "start" | "end" | "match" }
  | { is: "jump"; to: number[] };

const refusal = (message: string): Refusal => new Refusal("kind.malformed", `a pattern: ${message}`);

/** A compiled pattern; `test` looks for it anywhere in a text, as JSON Schema wants. */
export class Pattern {
  private readonly steps: Step[] = [];

  constructor(source: string) {
    this.emit(new PatternReader(source).read().node);
    this.add({ is: "match" });
  }

  test(text: string): boolean {
    const letters = Array.from(text, (letter) => letter.codePointAt(0)!);
    let current = new Set<number>();
    for (let at = 0; at <= letters.length; at += 1) {
      this.reach(0, current, at, letters.length);
      if (current.has(this.steps.length - 1)) return true;
      const letter = letters[at];
      const next = new Set<number>();
      if (letter !== undefined) {
        for (const index of current) {
          const step = this.steps[index]!;
          if (step.is === "letters" && step.ranges.some(([from, to]) => from <= letter && letter <= to)) {
            this.reach(index + 1, next, at + 1, letters.length);
          }
        }
      }
      current = next;
    }
    return false;
  }

  /** Add a step and all that follow it without reading a letter. */
  private reach(first: number, found: Set<number>, at: number, end: number): void {
    const open = [first];
    while (open.length) {
      const index = open.pop()!;
      if (found.has(index)) continue;
      found.add(index);
      const step = this.steps[index]!;
      if (step.is === "jump") open.push(...step.to);
      if ((step.is === "start" && at === 0) || (step.is === "end" && at === end)) open.push(index + 1);
    }
  }

  private add(step: Step): number {
    return this.steps.push(step) - 1;
  }

  private emit(node: Node): void {
    if (node.is === "join") node.parts.forEach((part) => this.emit(part));
    else if (node.is === "either") this.emitEither(node.parts);
    else if (node.is === "repeat") this.emitRepeat(node);
    else if (node.is === "letters" || node.is === "start" || node.is === "end") this.add(node);
  }

  private emitEither(parts: Node[]): void {
    const fork = { is: "jump" as const, to: [] as number[] };
    this.add(fork);
    const ends = parts.map((part) => {
      fork.to.push(this.steps.length);
      this.emit(part);
      const end = { is: "jump" as const, to: [] as number[] };
      this.add(end);
      return end;
    });
    for (const end of ends) end.to.push(this.steps.length);
  }

  private emitRepeat({ part, least, most }: { part: Node; least: number; most: number }): void {
    for (let n = 0; n < least; n += 1) this.emit(part);
    if (most === Infinity) {
      const fork = { is: "jump" as const, to: [] as number[] };
      const start = this.add(fork);
      fork.to.push(this.steps.length);
      this.emit(part);
      this.add({ is: "jump", to: [start] });
      fork.to.push(this.steps.length);
      return;
    }
    const forks: { is: "jump"; to: number[] }[] = [];
    for (let n = least; n < most; n += 1) {
      const fork = { is: "jump" as const, to: [] as number[] };
      this.add(fork);
      fork.to.push(this.steps.length);
      forks.push(fork);
      this.emit(part);
    }
    for (const fork of forks) fork.to.push(this.steps.length);
  }
}

const CONTROLS: { [letter: string]: number } = { n: 10, r: 13, t: 9 };
const DIGITS: Ranges = [[48, 57]];
const SPECIAL = "^$\\.*+?()[]{}|";

/** What was read, and what it weighs written out. */
interface Read {
  node: Node;
  weight: number;
}

class PatternReader {
  private readonly letters: string[];
  private at = 0;

  constructor(source: string) {
    this.letters = Array.from(source);
  }

  read(): Read {
    const read = this.either(1);
    if (this.at < this.letters.length) throw refusal("a bracket too many");
    if (read.weight > MAX_WEIGHT) throw refusal("too heavy");
    return read;
  }

  private take(letter: string): boolean {
    if (this.letters[this.at] !== letter) return false;
    this.at += 1;
    return true;
  }

  private either(depth: number): Read {
    if (depth > MAX_DEPTH) throw refusal("nested too deep");
    const parts = [this.join(depth)];
    while (this.take("|")) parts.push(this.join(depth));
    const weight = parts.reduce((sum, part) => sum + part.weight, 0);
    const nodes = parts.map((part) => part.node);
    return { node: nodes.length === 1 ? nodes[0]! : { is: "either", parts: nodes }, weight };
  }

  private join(depth: number): Read {
    const parts: Node[] = [];
    let weight = 0;
    for (;;) {
      const letter = this.letters[this.at];
      if (letter === undefined || letter === "|" || letter === ")") break;
      const read = this.repeated(this.atom(depth), "^$".includes(letter));
      parts.push(read.node);
      weight += read.weight;
    }
    return { node: parts.length ? { is: "join", parts } : { is: "empty" }, weight };
  }

  private atom(depth: number): Read {
    const letter = this.letters[this.at++]!;
    if (letter === "^") return { node: { is: "start" }, weight: 1 };
    if (letter === "$") return { node: { is: "end" }, weight: 1 };
    if (letter === "[") return this.set();
    if (letter === ".") return { node: { is: "letters", ranges: inverse([[10, 10]]) }, weight: 1 };
    if (letter === "\\") return { node: { is: "letters", ranges: this.escaped("/") }, weight: 1 };
    if (letter === "(") {
      if (this.take("?") && !this.take(":")) throw refusal("a group of another sort");
      const { node, weight } = this.either(depth + 1);
      if (!this.take(")")) throw refusal("a group without an end");
      return { node, weight: weight + 1 };
    }
    if (SPECIAL.includes(letter)) throw refusal(`an unexpected ${letter}`);
    return { node: { is: "letters", ranges: [[letter.codePointAt(0)!, letter.codePointAt(0)!]] }, weight: 1 };
  }

  private repeated({ node, weight }: Read, anchor: boolean): Read {
    const bounds = this.bounds();
    if (!bounds) return { node, weight };
    if (anchor || this.bounds()) throw refusal("an anchor or a repetition that is repeated");
    const [least, most] = bounds;
    const times = Math.max(most === Infinity ? least : most, 1);
    return { node: { is: "repeat", part: node, least, most }, weight: weight * times };
  }

  private bounds(): [number, number] | undefined {
    if (this.take("*")) return [0, Infinity];
    if (this.take("+")) return [1, Infinity];
    if (this.take("?")) return [0, 1];
    if (this.letters[this.at] !== "{") return undefined;
    const found = /^\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\}/.exec(this.letters.slice(this.at, this.at + 12).join(""));
    if (!found) throw refusal("a repetition that is none");
    this.at += found[0].length;
    const least = Number(found[1]);
    const most = found[3] ? Number(found[3]) : found[2] ? Infinity : least;
    if (most < least) throw refusal("a repetition that is none");
    return [least, most];
  }

  private escaped(more: string): Ranges {
    const letter = this.letters[this.at++] ?? "";
    if (letter === "d") return DIGITS;
    if (letter === "u") {
      const digits = this.letters.slice(this.at, this.at + 4).join("");
      if (!/^[0-9A-Fa-f]{4}$/.test(digits) || /^[dD][89a-fA-F]/.test(digits)) throw refusal("no code point");
      this.at += 4;
      return [[parseInt(digits, 16), parseInt(digits, 16)]];
    }
    const code = CONTROLS[letter] ?? (letter && (SPECIAL + more).includes(letter) ? letter.codePointAt(0)! : undefined);
    if (code === undefined) throw refusal(`an escape of another sort: ${letter}`);
    return [[code, code]];
  }

  private set(): Read {
    const negated = this.take("^");
    const first = this.at;
    const ranges: Ranges = [];
    while (!this.take("]")) {
      const digits = this.letters[this.at] === "\\" && this.letters[this.at + 1] === "d";
      const [from] = this.member(first);
      if (!digits && this.letters[this.at] === "-" && this.letters[this.at + 1] !== "]") {
        this.at += 1;
        const single = this.letters[this.at] !== "-" && !(this.letters[this.at] === "\\" && this.letters[this.at + 1] === "d");
        const [to] = single ? this.member(first) : [undefined];
        if (!to || to[0] < from![0]) throw refusal("a range that is none");
        ranges.push([from![0], to[0]]);
      } else {
        ranges.push(from!);
      }
    }
    if (!ranges.length) throw refusal("an empty set");
    return { node: { is: "letters", ranges: negated ? inverse(ranges) : ranges }, weight: 1 + ranges.length };
  }

  private member(first: number): Ranges {
    const letter = this.letters[this.at];
    const next = this.letters[this.at + 1];
    if (this.take("\\")) return this.escaped("/-");
    if (letter === undefined || letter === "[" || letter === "]" || ("&~-".includes(letter) && letter === next)) {
      throw refusal("a set of another sort");
    }
    if (letter === "-" && this.at !== first && next !== "]") throw refusal("a bare - inside of a set");
    this.at += 1;
    return [[letter.codePointAt(0)!, letter.codePointAt(0)!]];
  }
}

function inverse(ranges: Ranges): Ranges {
  const made: Ranges = [];
  let next = 0;
  for (const [from, to] of [...ranges].sort((one, other) => one[0] - other[0])) {
    if (from > next) made.push([next, from - 1]);
    next = Math.max(next, to + 1);
  }
  if (next <= LARGEST) made.push([next, LARGEST]);
  return made;
}
