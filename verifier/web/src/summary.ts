// A record's summary out of a QR code (docs/formats.md §15): shown as what it is, and never valid.
import { attempt } from "./refusal.ts";
import { fromBase64Hash } from "./bytes.ts";
import { CREDENTIALS_V2, type Parsed, closed, isRecordId, isUri, openEntry, period } from "./credential.ts";
import { type JsonObject, isObject, isText, jcs } from "./json.ts";
import { Refusal } from "./refusal.ts";

const TYPE = "SummaryCredential";
const NEEDED = ["@context", "id", "type", "issuer", "validFrom", "credentialSubject", "proof"];
const PROOF_MEMBERS = ["type", "cryptosuite", "verificationMethod", "proofPurpose", "@context", "proofValue"];
const STATUS_MEMBERS = ["type", "statusPurpose", "statusListIndex", "statusListCredential"];
const LARGEST = 1273;
const CONTEXT = /^https?:\/\/[^\p{White_Space}\u001c-\u001f"<>]{1,300}\/contexts\/summary\/v0$/u;

const malformed = (message: string): Refusal => new Refusal("document.malformed", message);

export const isSummary = (credential: JsonObject): boolean =>
  Array.isArray(credential.type) && credential.type.includes(TYPE);

/** Check the form of a summary. Refuses codes of `document`. */
export function parseSummary(credential: JsonObject): Parsed {
  closed(credential, [...NEEDED, "validUntil", "credentialStatus"], NEEDED);
  const { "@context": context, id, type, issuer, credentialSubject: subject, proof, credentialStatus } = credential;
  const isContext = Array.isArray(context) && context.length === 2 && context[0] === CREDENTIALS_V2 &&
    isText(context[1]) && CONTEXT.test(context[1]);
  const isType = Array.isArray(type) && type.length === 2 && type[0] === "VerifiableCredential" && type[1] === TYPE;
  if (!isContext || !isType) throw new Refusal("document.undefined_term", "not the contexts and types of a summary");
  if (!isRecordId(id) || !isUri(issuer) || !isObject(proof)) throw malformed("no id, issuer or proof");
  closed(proof, [...PROOF_MEMBERS, "created"], PROOF_MEMBERS);
  if (!isObject(subject)) throw malformed("no subject");
  closed(subject, ["name", "identifier", "summary"], ["summary"]);
  const { name, identifier, summary } = subject;
  if (!isObject(summary)) throw malformed("no summary");
  const names = ["digest", "of", "school", "facts"];
  closed(summary, names, names);
  const { digest, of, school, facts } = summary;
  const texts = [name, identifier].every((one) => one === undefined || isText(one)) && isText(of) && isText(school);
  if (!texts || !isObject(facts) || !Object.values(facts).every(isText)) throw malformed("a summary holds texts");
  const [from, until] = period(credential, "validFrom", "validUntil", true);
  const isNone = credentialStatus === undefined || (Array.isArray(credentialStatus) && !credentialStatus.length);
  const status = isNone ? [] : [statusEntry(credentialStatus)];
  if (jcs(credential).length > LARGEST) throw new Refusal("document.too_large", "larger than a code holds");
  if (attempt(() => fromBase64Hash(digest)) instanceof Refusal) throw malformed("no digest");
  return { types: ["VerifiableCredential", TYPE], id, from, until, subject, status, otherStatus: 0 };
}

function statusEntry(given: unknown): Parsed["status"][number] {
  const one = Array.isArray(given) && given.length === 1 ? (given[0] as JsonObject) : undefined;
  if (!isObject(one)) throw malformed("one status entry");
  closed(one, STATUS_MEMBERS, STATUS_MEMBERS);
  if (one.type !== "BitstringStatusListEntry" || one.statusPurpose !== "revocation") throw malformed("no status entry");
  return openEntry(one);
}
