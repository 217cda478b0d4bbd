// Data Integrity proofs with Ed25519 (docs/formats.md §2, §4).
import { type Bytes, concat, fromBase58, sha256 } from "./bytes.ts";
import { parseTime } from "./datetimes.ts";
import { type Json, type JsonObject, isText, jcs, same, without } from "./json.ts";
import * as keys from "./keys.ts";
import type { Library } from "./library.ts";
import { canonicalQuads } from "./rdf/canonical.ts";
import { Refusal, attempt } from "./refusal.ts";

export const JCS_SUITE = "eddsa-jcs-2022";
export const RDFC_SUITE = "eddsa-rdfc-2022";
export const OLD_SUITE = "Ed25519Signature2020";

const invalid = (message: string): Refusal => new Refusal("proof.invalid", message);
const wrongKey = (message: string): Refusal => new Refusal("proof.wrong_key", message);
const unsupported = (message: string): Refusal => new Refusal("proof.unsupported", message);

/** Which cryptographic suite a proof is of; undefined for one that is not read here. */
export function suiteOf(proof: JsonObject): string | undefined {
  if (proof.type === OLD_SUITE) return "cryptosuite" in proof ? undefined : OLD_SUITE;
  if (proof.type !== "DataIntegrityProof") return undefined;
  return [JCS_SUITE, RDFC_SUITE].find((suite) => suite === proof.cryptosuite);
}

export interface ProofOptions {
  purpose: string;
  library: Library;
  /** Whether a proof under JCS may cover the first contexts only, as the standard allows to other systems. */
  partialContext?: boolean;
  /** How many proofs over RDF share the bounds. */
  share?: number;
}

export interface Verified {
  did: string;
  key: Bytes;
  suite: string;
  method: string;
  /** False where the issuer is no DID, so that nothing says that the key is its own. */
  issuerIsProven?: boolean;
}

/** Verify one proof over the document without its `proof`, or over `unsecured` where it rests on others. */
export async function verifyOne(
  document: JsonObject, proof: JsonObject, options: ProofOptions, unsecured = without(document, "proof"),
): Promise<Verified> {
  const suite = suiteOf(proof);
  if (!suite) throw unsupported("a proof of another type or cryptosuite");
  if (proof.proofPurpose !== options.purpose) throw new Refusal("proof.wrong_purpose", "for another purpose");
  for (const name of ["created", "expires"]) {
    if (name in proof && attempt(() => parseTime(proof[name])) instanceof Refusal) throw invalid(`no time: ${name}`);
  }
  const { did, key } = methodKey(proof.verificationMethod);
  const message = suite === JCS_SUITE ? jcsMessage : rdfcMessage;
  const context = signedContext(unsecured, proof, suite, options.partialContext === true);
  const signature = signatureOf(proof);
  const signed = message(unsecured, without(proof, "proofValue"), context, options);
  if (!(await keys.verify(key, signed, signature))) throw invalid("the signature does not hold");
  return { did, key, suite, method: proof.verificationMethod as string };
}

/** The context under the signature; refuses `proof.invalid`. */
function signedContext(document: JsonObject, proof: JsonObject, suite: string, partial: boolean): Json | undefined {
  const [own, signed] = [document["@context"], proof["@context"]];
  const agree = own === undefined || signed === undefined ? own === signed : same(own, signed);
  if (agree || (signed === undefined && (partial || suite !== JCS_SUITE))) return own;
  const [all, first] = [own, signed].map((one) => (Array.isArray(one) ? one : [one!]));
  if (suite === JCS_SUITE && partial && first!.length && same(all!.slice(0, first!.length), first!)) return signed;
  throw invalid("the proof has another context than the document");
}

function jcsMessage(document: JsonObject, options: JsonObject, context: Json | undefined): Bytes {
  const covered = context === undefined ? document : Object.assign(without(document), { "@context": context });
  return concat(sha256(jcs(options)), sha256(jcs(covered)));
}

function rdfcMessage(document: JsonObject, options: JsonObject, context: Json | undefined, { library, share }: ProofOptions): Bytes {
  const config = without(options, "@context");
  if (context !== undefined) config["@context"] = context;
  return concat(sha256(canonicalQuads(config, library)), sha256(canonicalQuads(document, library, share)));
}

/** The DID and the key of a verification method that names its key. */
export function methodKey(method: Json | undefined): { did: string; key: Bytes } {
  if (!isText(method)) throw wrongKey("no verification method");
  const at = method.indexOf("#");
  const [did, fragment] = at < 0 ? [method, ""] : [method.slice(0, at), method.slice(at + 1)];
  if (at < 0) throw wrongKey("a verification method without a fragment");
  if (!did.startsWith("did:key:") && !isDidWeb(did)) {
    throw did.startsWith("did:web:") ? wrongKey("no did:web") : unsupported("another sort of DID");
  }
  const key = attempt(() => keys.fromMultikey(did.startsWith("did:key:") ? did.slice(8) : fragment));
  if (key instanceof Refusal) {
    if (key.code === "key.unsupported") throw unsupported(key.message);
    // A website might know which key it means; here nobody can be asked.
    const isName = did.startsWith("did:web:") && key.code === "key.malformed";
    throw isName ? unsupported("a key that only a website knows") : wrongKey(key.message);
  }
  if (did.startsWith("did:key:") && did.slice(8) !== fragment) throw wrongKey("the fragment of a did:key is its own key");
  return { did, key };
}

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
/** Host, port and path; the last label of a host is not all digits, as an address's would be. */
const DID_WEB = new RegExp(`^did:web:((?:${LABEL}\\.)*(?!\\d+(?:%3A|:|$))${LABEL})(?:%3A([1-9]\\d{0,4}))?(?::(?!\\.{1,2}(?::|$))[A-Za-z0-9._-]+)*$`);

export function isDidWeb(did: string): boolean {
  const found = did.length <= 512 ? DID_WEB.exec(did) : null;
  return found !== null && found[1]!.length <= 253 && Number(found[2] ?? 1) <= 65_535;
}

/** The 64 bytes of a proof value. */
function signatureOf(proof: JsonObject): Bytes {
  const { proofValue } = proof;
  if (!isText(proofValue) || !proofValue.startsWith("z") || proofValue.length > 100) throw invalid("no proof value");
  const signature = attempt(() => fromBase58(proofValue.slice(1)));
  if (signature instanceof Refusal || signature.length !== 64) throw invalid("no 64 bytes in base58btc");
  return signature;
}
