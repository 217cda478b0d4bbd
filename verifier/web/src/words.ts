// What no context defines in a credential that is secured as JSON (docs/formats.md §4): such a signature covers every
// word, and nobody can say what an undefined one means.
import { CREDENTIALS_V1 } from "./datamodel.ts";
import { type JsonObject, without } from "./json.ts";
import type { Library } from "./library.ts";
import { JCS_SUITE, suiteOf } from "./proof.ts";
import { proofsOf } from "./proofs.ts";
import { toQuads } from "./rdf/quads.ts";
import { Refusal } from "./refusal.ts";

const DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2";
const TOLD = ["document.undefined_term", "document.malformed"];

/** The refusal of another system's document; undefined where every word is defined, or where that cannot be told. */
export function unsaid(document: JsonObject, library: Library): Refusal | undefined {
  const proofs = proofsOf(document);
  const overJson = (one: JsonObject): boolean => suiteOf(one) === JCS_SUITE;
  try {
    // A proof over RDF has read the document itself.
    if (!proofs.some((one) => (suiteOf(one) ?? JCS_SUITE) !== JCS_SUITE)) toQuads(without(document, "proof"), library);
    for (const one of proofs.filter(overJson)) toQuads(underItsContext(one, document), library);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return TOLD.includes(error.code) ? error : undefined;
  }
  return undefined;
}

/** A proof's options under the contexts by which they are read; version 1.1's is older than Data Integrity. */
function underItsContext(proof: JsonObject, document: JsonObject): JsonObject {
  const own = "@context" in proof ? proof["@context"]! : document["@context"]!;
  const isOld = Array.isArray(own) && own.includes(CREDENTIALS_V1);
  return Object.assign(without(proof, "proofValue"), { "@context": isOld ? [...own, DATA_INTEGRITY] : own });
}
