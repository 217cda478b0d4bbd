// Open Badges 3.0 and CLR 2.0 as forms of a record (docs/formats.md §18).
import badgeSchema from "../../../ledger/formats/schemas/badge.json";
import clrSchema from "../../../ledger/formats/schemas/clr.json";
import { utf8 } from "./bytes.ts";
import {
  CREDENTIALS_V2, MAX_VALUES, PROOF_MEMBERS, type Parsed, closed, isRecordId, isUri, period, recordEntry,
} from "./credential.ts";
import { type Json, type JsonObject, count, isObject, isText, object, parse, same } from "./json.ts";
import type { Kind } from "./kind.ts";
import { Refusal } from "./refusal.ts";
import { Schema } from "./schema.ts";

const OPEN_BADGES_3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";
const CLR_2 = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json";
const BADGE_TYPE = "OpenBadgeCredential";
const BADGE_CONTEXTS = [CREDENTIALS_V2, OPEN_BADGES_3];
const NEEDED = ["@context", "id", "type", "name", "issuer", "validFrom", "credentialSubject", "credentialStatus"];
const MEMBERS = [...NEEDED, "validUntil", "proof"];
const ISSUER_MEMBERS = ["id", "type", "name"];

export interface Form {
  type: string;
  contexts: string[];
  /** What of the subject is the record's own. */
  content: string[];
  schema: () => Schema;
}

const once = (schema: unknown): (() => Schema) => {
  let made: Schema | undefined;
  // Read as a stranger's would be: what every object of the language has, as toString, is no word of the form.
  return () => (made ??= new Schema(parse(utf8(JSON.stringify(schema))) as JsonObject));
};

const FORMS: Form[] = [
  { type: BADGE_TYPE, contexts: BADGE_CONTEXTS, content: ["achievement", "result"], schema: once(badgeSchema) },
  {
    type: "ClrCredential", contexts: [CREDENTIALS_V2, CLR_2, OPEN_BADGES_3], content: ["verifiableCredential"],
    schema: once(clrSchema),
  },
];

const malformed = (message: string): Refusal => new Refusal("document.malformed", message);
const undefinedTerm = (message: string): Refusal => new Refusal("document.undefined_term", message);

/** The form that a credential says it is, by its second type of three; undefined for anything else. */
export function formOf(credential: JsonObject): Form | undefined {
  const { type } = credential;
  return Array.isArray(type) && type.length === 3 ? FORMS.find((form) => form.type === type[1]) : undefined;
}

/** Check a form of a record of a kind, as strictly as a record. Refuses codes of `document`. */
export function parseForm(credential: JsonObject, form: Form, kind: Kind): Parsed {
  closed(credential, MEMBERS, NEEDED);
  const { "@context": context, type, id, name, proof, credentialSubject: subject } = credential;
  const types = ["VerifiableCredential", form.type, kind.type];
  const contexts: Json[] = [...form.contexts, object({ [kind.type]: typeIri(kind) })];
  if (!same(context!, contexts) || !same(type!, types)) throw undefinedTerm("not the contexts and types of the form");
  if (!isText(name)) throw malformed("a name that is no text");
  if (proof !== undefined) checkProof(proof);
  checkIssuer(credential.issuer!);
  if (!isObject(subject)) throw malformed("no subject");
  if (count(subject) - 1 > MAX_VALUES) throw new Refusal("document.too_large", "too many values");
  const faults = form.schema().faults(subject);
  if (faults.some((fault) => fault.reason === "undefined_term")) throw undefinedTerm("no term of the form");
  if (faults.length) throw malformed(`${faults[0]!.place}: ${faults[0]!.reason}`);
  const entry = recordEntry(credential.credentialStatus!);
  if (entry.purpose !== "suspension") throw malformed("a status entry for another purpose");
  const held = subject.verifiableCredential;
  if (Array.isArray(held)) for (const one of held) checkHeld(one as JsonObject, credential, subject);
  const [from, until] = period(credential, "validFrom", "validUntil", true);
  if (!isRecordId(id)) throw malformed("no urn:uuid");
  return { types, id, from, until, subject, status: [entry], otherStatus: 0 };
}

/** What the kind's own context gives for its type, spelt out. */
function typeIri(kind: Kind): string {
  const terms = kind.contextDocument["@context"];
  const defined = isObject(terms) ? terms[kind.type] : undefined;
  const iri = isObject(defined) ? defined["@id"] : defined;
  if (!isText(iri) || !iri.includes("://")) throw undefinedTerm("a type without an IRI of its own");
  return iri;
}

function checkProof(proof: Json): void {
  if (!Array.isArray(proof) || proof.length !== 1) throw malformed("a form has an array of one proof");
  if (!isObject(proof[0])) throw malformed("a proof is an object");
  closed(proof[0], PROOF_MEMBERS, []);
}

function checkIssuer(issuer: Json): void {
  if (!isObject(issuer)) throw malformed("an issuer that is no Profile");
  closed(issuer, ISSUER_MEMBERS, ISSUER_MEMBERS);
  if (!same(issuer.type!, ["Profile"]) || !isText(issuer.name) || !isUri(issuer.id)) throw malformed("no Profile");
}

/** A credential inside of a CLR is its issuer's, about the same learner, and ends with it. */
function checkHeld(held: JsonObject, outer: JsonObject, whole: JsonObject): void {
  if (!same(held["@context"]!, BADGE_CONTEXTS) || !same(held.type!, ["VerifiableCredential", BADGE_TYPE])) {
    throw undefinedTerm("a credential inside is an Open Badges credential");
  }
  for (const name of ["issuer", "credentialStatus", "validFrom"]) {
    if (!same(held[name]!, outer[name]!)) throw malformed(`another ${name} inside`);
  }
  const inside = held.credentialSubject as JsonObject;
  for (const name of ["id", "identifier"]) {
    const [one, other] = [inside[name], whole[name]];
    if (one === undefined || other === undefined ? one !== other : !same(one, other)) throw malformed("another learner inside");
  }
}
