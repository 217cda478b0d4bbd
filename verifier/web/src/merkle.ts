// The log's tree (RFC 6962 §2.1) and the map of status lists (docs/formats.md §6, §7).
import { type Bytes, compare, concat, equal, sha256, uint, utf8 } from "./bytes.ts";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (entry: Uint8Array): Bytes => sha256(concat(LEAF, entry));
const nodeHash = (left: Uint8Array, right: Uint8Array): Bytes => sha256(concat(NODE, left, right));

/** The root that an inclusion path leads to (RFC 9162 §2.1.3.2); undefined where the path has not its one length. */
export function rootOf(index: number, size: number, leaf: Bytes, path: Bytes[]): Bytes | undefined {
  if (index < 0 || index >= size) return undefined;
  let at = BigInt(index);
  let last = BigInt(size) - 1n;
  let root = leaf;
  for (const step of path) {
    if (last === 0n) return undefined;
    if (at & 1n || at === last) {
      root = nodeHash(step, root);
      while (!(at & 1n) && at !== 0n) {
        at >>= 1n;
        last >>= 1n;
      }
    } else {
      root = nodeHash(root, step);
    }
    at >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? root : undefined;
}

/** What the map says of one list. */
export interface StatusLeaf {
  issuerId: Bytes;
  url: string;
  sequence: number;
  digest: Bytes;
  validUntil: number;
}

export const mapKey = (issuerId: Bytes, url: string): Bytes => sha256(concat(issuerId, utf8(url)));

/** Whether this leaf stands in the map: the key itself decides the side at each step from the root down. */
export function isInMap(root: Bytes, leaf: StatusLeaf, steps: [Bytes, Bytes][]): boolean {
  const key = mapKey(leaf.issuerId, leaf.url);
  let hash = sha256(concat(LEAF, key, uint(leaf.sequence, 8), leaf.digest, uint(leaf.validUntil, 8)));
  for (const [split, sibling] of [...steps].reverse()) {
    const [left, right] = compare(key, split) < 0 ? [hash, sibling] : [sibling, hash];
    hash = sha256(concat(NODE, left, split, right));
  }
  return equal(hash, root);
}
