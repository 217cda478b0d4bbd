// All proofs of a credential, one or several, which must all hold (docs/formats.md §4).
import type { Given } from "./bundle.ts";
import type { Bytes } from "./bytes.ts";
import { parseTime } from "./datetimes.ts";
import { formOf } from "./forms.ts";
import { type Json, type JsonObject, isObject, isText, without } from "./json.ts";
import { keyOf } from "./jws.ts";
import type { Library } from "./library.ts";
import { JCS_SUITE, OLD_SUITE, type Verified, suiteOf, verifyOne } from "./proof.ts";
import { Refusal, attempt } from "./refusal.ts";

const MAX_PROOFS = 16;
const invalid = (message: string): Refusal => new Refusal("proof.invalid", message);
const unsupported = (message: string): Refusal => new Refusal("proof.unsupported", message);

export interface Question {
  issuer: string | undefined;
  now: number;
  library: Library;
  /** Whether other systems' credentials are read (policy `vc`): sets of proofs, `Ed25519Signature2020`. */
  open: boolean;
}

/** The proof by the issuer, of all that must hold. Refuses codes of `proof`, and of `document` for what JSON-LD drops. */
export async function verifyProofs(document: JsonObject, question: Question): Promise<Verified> {
  const { proof } = document;
  if (proof === undefined || proof === null) throw new Refusal("proof.missing", "not signed");
  const found = Array.isArray(proof) ? proof : [proof];
  if (!found.every(isObject)) throw invalid("a proof is an object");
  const isForm = found.length === 1 && formOf(document) !== undefined;
  if (Array.isArray(proof) && !question.open && !isForm) throw unsupported("a set of proofs");
  const verified = await verifyAll(document, found as JsonObject[], question);
  for (const one of found as JsonObject[]) {
    if ("expires" in one && parseTime(one.expires) < question.now) throw invalid("the proof itself has expired");
  }
  const chosen = verified.find((one) => one.did === question.issuer) ?? verified[0]!;
  if (chosen.did === question.issuer) return chosen;
  // A mere URL can name no key, so nothing says whose this one is (docs/formats.md §4).
  const isOpen = question.open && question.issuer?.startsWith("did:") === false && chosen.did.startsWith("did:key:");
  if (!isOpen) throw new Refusal("proof.wrong_key", "not a key of the named issuer");
  return { ...chosen, issuerIsProven: false };
}

async function verifyAll(document: JsonObject, found: JsonObject[], question: Question): Promise<Verified[]> {
  if (!found.length) throw new Refusal("proof.missing", "no proof");
  if (found.length > MAX_PROOFS) throw unsupported("more than sixteen proofs");
  const ids = found.filter((one) => "id" in one).map((one) => one.id);
  if (Array.isArray(document.proof) && formOf(document) === undefined && (!ids.every(isText) || new Set(ids).size !== ids.length)) throw invalid("ids that are none, or twice");
  const verified: Verified[] = [];
  const share = found.filter((one) => (suiteOf(one) ?? JCS_SUITE) !== JCS_SUITE).length || 1;
  let unread: Refusal | undefined;
  // By design of the page: where every proof is of a did:key, a JCS proof may cover the first contexts only.
  const partial = question.open && found.every((one) => isText(one.verificationMethod) && one.verificationMethod.startsWith("did:key:"));
  for (const one of found) {
    const unsecured = restingOn(document, previous(one, found));
    try {
      if (!question.open && suiteOf(one) === OLD_SUITE) throw unsupported("a suite that records are not signed with");
      const options = { purpose: "assertionMethod", library: question.library, partialContext: partial, share };
      verified.push(await verifyOne(document, one, options, unsecured));
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "proof.unsupported") throw error;
      unread ??= error;
    }
  }
  if (unread) throw unread;
  return verified;
}

/** The proofs that one rests on, in the document's order. */
function previous(proof: JsonObject, found: JsonObject[]): JsonObject[] {
  if (!("previousProof" in proof)) return [];
  const names: Json[] = Array.isArray(proof.previousProof) ? proof.previousProof : [proof.previousProof!];
  if (!names.length || !names.every(isText)) throw invalid("previousProof is an id, or several");
  const matching = found.filter((one) => isText(one.id) && names.includes(one.id));
  if (new Set(matching.map((one) => one.id)).size !== new Set(names).size) {
    throw invalid("the proof rests on another, which is not there");
  }
  return matching;
}

function restingOn(document: JsonObject, proofs: JsonObject[]): JsonObject {
  const bare = without(document, "proof");
  return proofs.length ? Object.assign(bare, { proof: proofs }) : bare;
}

/** The objects among a document's proofs, one or several. */
export function proofsOf({ proof }: JsonObject): JsonObject[] {
  return (Array.isArray(proof) ? proof : [proof]).filter((one): one is JsonObject => isObject(one));
}

/** The id of the key that a signature names, though it does not hold: whether the issuer has such a key can be told. */
export function claimedKey({ credential, token }: Given, issuer: string | undefined): Bytes | undefined {
  const { proof } = credential;
  const named = token ? attempt(() => keyOf(token.jws.header.kid, issuer)) : isObject(proof) ? attempt(() => keyOf(proof.verificationMethod, undefined)) : undefined;
  return named && !(named instanceof Refusal) && named.did === issuer ? named.key.id : undefined;
}
