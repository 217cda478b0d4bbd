// The form of a credential (docs/formats.md §4): strictly that of a record under its kind, else what the W3C demands.
import { CREDENTIALS_V2, STATUS_TYPE, checkCredential, typesOf } from "./datamodel.ts";
import { parseTime } from "./datetimes.ts";
import { type Json, type JsonObject, count, isObject, isText, object } from "./json.ts";
import type { Kind } from "./kind.ts";
import { Refusal, attempt } from "./refusal.ts";
import type { Schema } from "./schema.ts";

export { CREDENTIALS_V2 };

const NEEDED = ["@context", "id", "type", "issuer", "validFrom", "credentialSubject", "credentialStatus"];
const MEMBERS = [...NEEDED, "validUntil", "proof"];
export const PROOF_MEMBERS = [
  "type", "cryptosuite", "verificationMethod", "proofPurpose", "created", "@context", "proofValue",
];
const STATUS_MEMBERS = ["id", "type", "statusPurpose", "statusListIndex", "statusListCredential"];
export const PURPOSES = ["revocation", "suspension", "message"];
export const MAX_VALUES = 20_000;
const INDEX = /^(?:0|[1-9][0-9]{0,15})$/;
// eslint-disable-next-line no-control-regex
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\p{White_Space}\u0000-\u001f<>"{}|\\^`]{1,2000}$/u;

const undefinedTerm = (message: string): Refusal => new Refusal("document.undefined_term", message);
const malformed = (message: string): Refusal => new Refusal("document.malformed", message);
export const isUri = (value: Json | undefined): value is string => isText(value) && URI.test(value);

/** The DID of a credential's issuer, a text or an object with an id; undefined where there is none. */
export function issuerOf(credential: JsonObject): string | undefined {
  const { issuer } = credential;
  const id = isObject(issuer) ? issuer.id : issuer;
  return isText(id) ? id : undefined;
}

/** One place in a status list, as a credential names it. */
export interface StatusEntry {
  purpose: string;
  index: number;
  url: string;
}

/** What a well-formed credential says about itself. */
export interface Parsed {
  types: string[];
  id: Json;
  from: number | undefined;
  until: number | undefined;
  subject: JsonObject;
  status: StatusEntry[];
  /** How many entries of `credentialStatus` are of a type that is not read here. */
  otherStatus: number;
}

/** Check a record of a kind. Refuses codes of `document`; members before contexts, types, id, issuer, proof, subject. */
export function parseRecord(credential: JsonObject, kind: Kind, schema = kind.schema): Parsed {
  closed(credential, MEMBERS, NEEDED);
  const { "@context": context, type, id, issuer, proof, credentialSubject: subject } = credential;
  if (!isList(context, CREDENTIALS_V2, kind.contextUrl)) throw undefinedTerm("contexts that are not the kind's");
  if (!isList(type, "VerifiableCredential", kind.type)) throw undefinedTerm("types that are not the kind's");
  if (!isRecordId(id)) throw malformed("no urn:uuid");
  if (isObject(issuer)) checkIssuer(issuer);
  if (proof !== undefined) {
    if (!isObject(proof)) throw malformed("a record has one proof, an object");
    closed(proof, PROOF_MEMBERS, []);
  }
  if (!isObject(subject)) throw malformed("no subject");
  if (count(subject) - 1 > MAX_VALUES) throw new Refusal("document.too_large", "too many values");
  checkSubject(subject, schema);
  const [from, until] = period(credential, "validFrom", "validUntil", true);
  const status = recordStatus(credential.credentialStatus!);
  if (!isUri(isObject(issuer) ? issuer.id : issuer)) throw malformed("no issuer");
  return { types: ["VerifiableCredential", kind.type], id, from, until, subject, status, otherStatus: 0 };
}

export const isRecordId = (id: Json | undefined): id is string =>
  isText(id) && /^urn:uuid:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(id);

/** Refuses a member too many, or one too few. */
export function closed(value: JsonObject, members: string[], needed: string[]): void {
  const other = Object.keys(value).find((name) => !members.includes(name));
  if (other !== undefined) throw undefinedTerm(`no member ${other} belongs there`);
  const missing = needed.find((name) => !(name in value));
  if (missing !== undefined) throw malformed(`no ${missing}`);
}

const isList = (value: Json | undefined, ...items: string[]): boolean =>
  Array.isArray(value) && value.length === items.length && items.every((item, at) => value[at] === item);

function checkSubject(subject: Json, schema: Schema): void {
  const faults = schema.faults(subject);
  const unknown = faults.find((fault) => fault.reason === "undefined_term");
  if (unknown) throw undefinedTerm(`no term of the kind: ${unknown.place}`);
  if (faults.length) throw malformed(`${faults[0]!.place}: ${faults[0]!.reason}`);
}

function checkIssuer(issuer: JsonObject): void {
  closed(issuer, ["id", "name"], ["id"]);
  const { name } = issuer;
  const isName = name === undefined || isText(name) || (isObject(name) && Object.values(name).every(isText));
  if (!isName) throw malformed("a name that is neither text nor a language map");
}

export function period(credential: JsonObject, begin: string, end: string, utcOnly: boolean): [number | undefined, number | undefined] {
  const times = [begin, end].map((name) =>
    name in credential ? attempt(() => parseTime(credential[name], utcOnly)) : undefined,
  );
  const [from, until] = times;
  if (from instanceof Refusal || until instanceof Refusal) throw malformed("a date that is none, or not in UTC");
  if (from !== undefined && until !== undefined && until < from) throw malformed("an end before the beginning");
  return [from, until];
}

function recordStatus(given: Json): StatusEntry[] {
  if (!Array.isArray(given) || !given.length || given.length > PURPOSES.length) throw malformed("no status entries");
  const entries = given.map(recordEntry);
  const purposes = new Set(entries.map((entry) => entry.purpose));
  if (purposes.size !== entries.length || !purposes.has("revocation")) throw malformed("purposes that do not do");
  if (entries.some((entry) => entry.index !== entries[0]!.index)) throw malformed("more than one index");
  return entries;
}

/** One status entry of a record, with exactly its five members. */
export function recordEntry(one: Json): StatusEntry {
  if (!isObject(one)) throw malformed("no status entry");
  closed(one, STATUS_MEMBERS, STATUS_MEMBERS);
  const entry = openEntry(one);
  const sound = one.type === STATUS_TYPE && PURPOSES.includes(entry.purpose);
  if (!sound || one.id !== `${entry.url}#${entry.index}`) throw malformed("no status entry of a record");
  return entry;
}

/** A status entry of any system, by the three members that say where to look. */
export function openEntry(given: JsonObject): StatusEntry {
  const { statusPurpose, statusListIndex, statusListCredential } = given;
  if (!isUri(statusListCredential) || !isText(statusPurpose)) throw malformed("no list, or no purpose");
  if (!isText(statusListIndex) || !INDEX.test(statusListIndex)) throw malformed("no index");
  return { purpose: statusPurpose, index: Number(statusListIndex), url: statusListCredential };
}

/** Any credential, as the W3C's models have it. */
export function parseOpen(credential: JsonObject): Parsed {
  const { from, until } = checkCredential(credential);
  const { credentialSubject: given, credentialStatus: named = [] } = credential;
  const subject = !Array.isArray(given) ? given : given.length === 1 ? given[0] : object({ subjects: given });
  const members = (Array.isArray(named) ? named : [named]) as JsonObject[];
  const ours = members.filter((one) => typesOf(one).includes(STATUS_TYPE) && (one.statusSize ?? 1) === 1);
  return {
    types: typesOf(credential), id: credential.id ?? null, from, until, subject: subject as JsonObject,
    status: ours.map(openEntry), otherStatus: members.length - ours.length,
  };
}
