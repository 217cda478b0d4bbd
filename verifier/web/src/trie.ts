// RLP and the Merkle-Patricia trie: what an account or a storage slot holds (docs/formats.md §10).
import { type Bytes, concat, equal, hex, keccak256 } from "./bytes.ts";
import { Refusal } from "./refusal.ts";

export type Rlp = Bytes | Rlp[];

const malformed = (message: string): Refusal => new Refusal("rlp.malformed", message);

/** The value of canonical RLP that has nothing after it. */
export function decode(data: Uint8Array): Rlp {
  const [value, end] = item(data, 0, 0);
  if (end !== data.length) throw malformed("something follows");
  return value;
}

function item(data: Uint8Array, at: number, depth: number): [Rlp, number] {
  if (depth > 16) throw malformed("nested too deep");
  const first = data[at];
  if (first === undefined) throw malformed("ends too early");
  if (first < 0x80) return [data.slice(at, at + 1) as Bytes, at + 1];
  const isList = first >= 0xc0;
  const [from, to] = extent(data, at, first - (isList ? 0xc0 : 0x80));
  if (isList) {
    const items: Rlp[] = [];
    let next = from;
    while (next < to) {
      const [value, end] = item(data.subarray(0, to), next, depth + 1);
      items.push(value);
      next = end;
    }
    return [items, to];
  }
  if (to - from === 1 && data[from]! < 0x80) throw malformed("a byte with a needless head");
  return [data.slice(from, to) as Bytes, to];
}

/** Where the payload begins and ends; `code` is the head without its kind. */
function extent(data: Uint8Array, at: number, code: number): [number, number] {
  let from = at + 1;
  let length = code;
  if (code > 55) {
    const width = code - 55;
    if (width > 4 || from + width > data.length || data[from] === 0) throw malformed("a length that is none");
    length = data.subarray(from, from + width).reduce((sum, byte) => sum * 256 + byte, 0);
    if (length <= 55) throw malformed("a length in the wrong form");
    from += width;
  }
  if (from + length > data.length) throw malformed("ends too early");
  return [from, from + length];
}

/** The one RLP of a value. */
export function encode(value: Rlp): Bytes {
  if (!Array.isArray(value)) {
    return value.length === 1 && value[0]! < 0x80 ? value : concat(Uint8Array.from(head(value.length, 0x80)), value);
  }
  const body = concat(...value.map(encode));
  return concat(Uint8Array.from(head(body.length, 0xc0)), body);
}

function head(length: number, offset: number): number[] {
  if (length <= 55) return [offset + length];
  const bytes: number[] = [];
  for (let left = length; left; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return [offset + 55 + bytes.length, ...bytes];
}

/** Nodes of tries by their hash. */
export class Nodes {
  private readonly byHash = new Map<string, Bytes>();

  constructor(nodes: Bytes[]) {
    for (const node of nodes) this.byHash.set(hex(keccak256(node)), node);
  }

  get(hash: Uint8Array): Bytes | undefined {
    return this.byHash.get(hex(hash));
  }
}

const EMPTY_ROOT = keccak256(Uint8Array.of(0x80));

/** What the trie holds under a key: its bytes, null where it is proven absent, undefined where a node is missing. */
export function lookup(nodes: Nodes, root: Uint8Array, key: Bytes): Bytes | null | undefined {
  if (equal(root, EMPTY_ROOT)) return null;
  const path = [...hex(key)].map((digit) => parseInt(digit, 16));
  let node: Rlp | undefined = read(nodes, root);
  let at = 0;
  for (;;) {
    if (node === undefined) return undefined;
    if (!Array.isArray(node)) throw malformed("no node");
    if (node.length === 17) {
      if (at === path.length) return leafValue(node[16]!);
      const next: Rlp = node[path[at]!]!;
      at += 1;
      if (!Array.isArray(next) && next.length === 0) return null;
      node = follow(nodes, next);
    } else if (node.length === 2) {
      const [compact, next] = node as [Rlp, Rlp];
      const { nibbles, leaf } = unpack(compact);
      const fits = nibbles.every((digit, n) => path[at + n] === digit);
      if (leaf) return fits && at + nibbles.length === path.length ? leafValue(next) : null;
      if (!fits) return null;
      at += nibbles.length;
      node = follow(nodes, next);
    } else {
      throw malformed("no node");
    }
  }
}

function read(nodes: Nodes, hash: Uint8Array): Rlp | undefined {
  const data = nodes.get(hash);
  return data === undefined ? undefined : decode(data);
}

function follow(nodes: Nodes, next: Rlp): Rlp | undefined {
  if (Array.isArray(next)) return next;
  if (next.length !== 32) throw malformed("no reference");
  return read(nodes, next);
}

function leafValue(value: Rlp): Bytes | null {
  if (Array.isArray(value)) throw malformed("no value");
  return value.length ? value : null;
}

/** Hex-prefix encoding: flags, then nibbles. */
function unpack(compact: Rlp): { nibbles: number[]; leaf: boolean } {
  if (Array.isArray(compact) || !compact.length) throw malformed("no path");
  const digits = [...hex(compact)].map((digit) => parseInt(digit, 16));
  const flags = digits[0]!;
  if (flags > 3 || (!(flags & 1) && digits[1] !== 0)) throw malformed("no path");
  return { nibbles: digits.slice(flags & 1 ? 1 : 2), leaf: (flags & 2) !== 0 };
}
