// Whether the record was revoked, suspended or superseded (docs/formats.md §7, §11).
import { sha256 } from "./bytes.ts";
import { type Anchor, type StatusMember, signedDocument } from "./bundle.ts";
import type { StatusEntry } from "./credential.ts";
import { isObject } from "./json.ts";
import * as keys from "./keys.ts";
import type { Library } from "./library.ts";
import { isInMap } from "./merkle.ts";
import { OLD_SUITE, suiteOf, verifyOne } from "./proof.ts";
import { Refusal } from "./refusal.ts";
import { Registry, isUsable } from "./standing.ts";
import type { ChainState } from "./state.ts";
import { bitAt, expand, parseList } from "./statuslist.ts";

export interface StatusGround {
  did: string;
  lists: StatusMember[];
  /** Proven to be the log's newest checkpoint. */
  newest: Anchor;
  state: ChainState;
  library: Library;
}

const SET: { [purpose: string]: string } = {
  revocation: "status.revoked", message: "status.superseded", suspension: "status.suspended",
};
/** The worst first. */
export const SEVERITY = [...Object.values(SET), "status.mismatch", "status.missing", "status.stale", "status.ok"];
const mismatch = (message: string): Refusal => new Refusal("status.mismatch", message);

/** The code for one entry of `credentialStatus`. */
export async function codeOf(entry: StatusEntry, ground: StatusGround): Promise<string> {
  const member = ground.lists.find((one) => one.credential.id === entry.url);
  if (!member) return "status.missing";
  try {
    return await judge(entry, member, ground);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === "issuer.missing") return "status.missing";
    return error.code.startsWith("status.") ? error.code : "status.mismatch";
  }
}

async function judge(entry: StatusEntry, member: StatusMember, { newest, state, did, library }: StatusGround): Promise<string> {
  const list = parseList(member.credential);
  const bits = await expand(list.encoded);
  const { proof } = member.credential;
  if (!isObject(proof) || suiteOf(proof) === OLD_SUITE) throw mismatch("not signed as lists are");
  const verified = await verifyOne(member.credential, proof, { purpose: "assertionMethod", library });
  if (verified.did !== list.issuer) throw mismatch("signed by somebody else than its issuer");
  if (list.purpose !== entry.purpose) throw mismatch("not the list that the record names");
  const leaf = {
    issuerId: keys.memberId(did), url: list.url, sequence: list.sequence,
    digest: sha256(signedDocument(member.credential)), validUntil: list.validUntil,
  };
  if (!isInMap(newest.statusRoot, leaf, member.steps)) throw mismatch("not the newest list");
  const registry = new Registry(state);
  const publisher = keys.memberId(list.issuer);
  if (list.issuer !== did && !registry.isHeir(publisher, leaf.issuerId, newest.time)) throw mismatch("another issuer's list");
  const record = registry.key(publisher, keys.keyId(verified.key));
  if (!record) throw mismatch("signed by a key that was never added");
  if (!isUsable(record, newest.time)) return "status.stale";
  const bit = bitAt(bits, entry.index);
  if (bit === undefined) throw mismatch("an index beyond the list");
  if (bit) return SET[entry.purpose]!;
  return list.validUntil < state.header.timestamp ? "status.stale" : "status.ok";
}
