// Whether the record is in the log (docs/formats.md §5, §6, §11).
import { type Bytes, equal, hmacSha256, isZero } from "./bytes.ts";
import type { Given } from "./bundle.ts";
import type { Ground } from "./chain.ts";
import { memberId } from "./keys.ts";
import type { Kind } from "./kind.ts";
import { leafHash, rootOf } from "./merkle.ts";
import { Refusal } from "./refusal.ts";

interface Entry {
  kind: string;
  issuerId: Bytes;
  commitments: Map<number, Bytes>;
}

/** What of the signed document the entry must agree with. */
export interface Signed {
  issuer: string | undefined;
  kind: Kind | undefined;
  /** The type of the representation, and SHA-256 of the signed document. */
  representation: number;
  digest: Bytes;
}

const mismatch = (message: string): Refusal => new Refusal("inclusion.mismatch", message);

/** Read an entry: `0x01 ‖ len(kind) ‖ kind ‖ issuer id ‖ n ‖ n × (type ‖ commitment)`. */
export function parseEntry(data: Bytes): Entry {
  const length = data[1] ?? 0;
  const kind = String.fromCharCode(...data.subarray(2, 2 + length));
  const at = 2 + length;
  const count = data[at + 32] ?? 0;
  const sound =
    data[0] === 1 && /^[a-z][a-z0-9-]{0,31}$/.test(kind) && kind.length === length &&
    count >= 1 && count <= 8 && data.length === at + 33 + 33 * count;
  if (!sound) throw mismatch("no entry");
  const commitments = new Map<number, Bytes>();
  let last = 0;
  for (let n = 0; n < count; n += 1) {
    const from = at + 33 + 33 * n;
    const type = data[from]!;
    if (type <= last) throw mismatch("representations out of order");
    last = type;
    commitments.set(type, data.slice(from + 1, from + 33));
  }
  return { kind, issuerId: data.slice(at, at + 32), commitments };
}

/** Refuses what is wrong, then what is missing, with the record's place in the log. */
export function checkInclusion(given: Given, ground: Ground, signed: Signed): void {
  const { salt, entry, inclusion, anchor } = given;
  const { checkpoint } = ground;
  if (entry) checkEntry(entry, salt, signed);
  if (checkpoint instanceof Refusal) throw checkpoint;
  if (entry && inclusion && checkpoint) {
    const root = rootOf(inclusion.index, checkpoint.size, leafHash(entry), inclusion.path);
    if (!root || !equal(root, checkpoint.root)) throw mismatch("the path does not lead to the root");
  }
  if (inclusion && anchor && !(anchor.previousSize <= inclusion.index && inclusion.index < anchor.size)) {
    throw mismatch("the anchor is not the first one that has the entry");
  }
  const needed = { salt, entry, inclusion, checkpoint, kind: signed.kind };
  const absent = Object.entries(needed).find(([, part]) => part === undefined);
  if (absent) throw new Refusal("inclusion.missing", `no ${absent[0]}`);
}

function checkEntry(data: Bytes, salt: Bytes | undefined, signed: Signed): void {
  if (salt && isZero(salt)) throw mismatch("a record's salt is never zero");
  if (signed.issuer === undefined) throw mismatch("the document names no issuer");
  const entry = parseEntry(data);
  if (!equal(entry.issuerId, memberId(signed.issuer))) throw mismatch("the entry is of another issuer");
  if (signed.kind && entry.kind !== signed.kind.name) throw mismatch("the entry is of another kind");
  if (!salt) return;
  const commitment = entry.commitments.get(signed.representation);
  if (!commitment || !equal(commitment, hmacSha256(salt, signed.digest))) throw mismatch("the entry commits to another document");
}
