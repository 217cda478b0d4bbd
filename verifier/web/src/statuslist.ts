// Status lists: their form, their bits (docs/formats.md §7, Bitstring Status List 1.0).
import { type Bytes, fromBase64Url } from "./bytes.ts";
import { parseTime } from "./datetimes.ts";
import { CREDENTIALS_V2, PROOF_MEMBERS, PURPOSES } from "./credential.ts";
import { type JsonObject, canonical, isObject, isText, isWhole, same } from "./json.ts";
import { Refusal, attempt } from "./refusal.ts";

const LEAST_ENTRIES = 131_072;
const MOST_BYTES = 1024 * 1024;
const MEMBERS = ["@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject"];
const SUBJECT_MEMBERS = ["id", "type", "statusPurpose", "encodedList"];
const STATUS = "https://www.w3.org/ns/credentials/status#";
const INTEGER = "http://www.w3.org/2001/XMLSchema#integer";
const SEQUENCE = /^https?:\/\/[!#-;=?-[\]_a-z~]{1,1980}\/vocab#sequence$/;
const MESSAGES = [{ status: "0x0", message: "current" }, { status: "0x1", message: "superseded" }];
const MESSAGE_TERMS = {
  statusSize: { "@id": `${STATUS}statusSize`, "@type": INTEGER },
  statusMessages: { "@id": `${STATUS}statusMessages`, "@context": { status: `${STATUS}status`, message: `${STATUS}message` } },
};
const TYPES = '["VerifiableCredential","BitstringStatusListCredential"]';

export interface StatusList {
  url: string;
  issuer: string;
  purpose: string;
  sequence: number;
  validUntil: number;
  encoded: string;
}

const malformed = (message: string): Refusal => new Refusal("list.malformed", message);

/** Read a list as §7 has it. */
export function parseList(credential: JsonObject): StatusList {
  closed(credential, MEMBERS, ["proof", "sequence"]);
  const { id, issuer, type, proof, credentialSubject: subject } = credential;
  if (!Array.isArray(type) || canonical(type) !== TYPES) throw malformed("other types");
  if (!isText(id) || !id || id.length > 2000 || !isText(issuer) || !isObject(subject)) throw malformed("no list");
  const [from, until] = [credential.validFrom, credential.validUntil].map((time) => attempt(() => parseTime(time, true)));
  if (from instanceof Refusal || until instanceof Refusal || until! < from!) throw malformed("a period that is none");
  if (proof !== undefined) {
    if (!isObject(proof)) throw malformed("not one proof");
    closed(proof, [], PROOF_MEMBERS);
  }
  const { statusPurpose, encodedList } = subject;
  if (subject.type !== "BitstringStatusList" || !isText(subject.id)) throw malformed("no list");
  if (!isText(statusPurpose) || !PURPOSES.includes(statusPurpose)) throw malformed("another purpose");
  checkWords(credential, subject, statusPurpose);
  const sequence = "sequence" in subject ? subject.sequence : credential.sequence;
  if (!isWhole(sequence, 1)) throw malformed("no sequence");
  if (!isText(encodedList) || !encodedList.startsWith("u")) throw malformed("no bits");
  const validUntil = Math.floor(until! / 1000);
  return { url: id, issuer, purpose: statusPurpose, sequence, validUntil, encoded: encodedList.slice(1) };
}

/** The contexts and the members belong to one another: those of the purpose, or of the older form. */
function checkWords(credential: JsonObject, subject: JsonObject, purpose: string): void {
  const contexts = credential["@context"];
  if (!Array.isArray(contexts) || contexts.length !== 2 || contexts[0] !== CREDENTIALS_V2) throw malformed("other contexts");
  const own = contexts[1]!;
  const isForMessages = purpose === "message";
  if (isText(own) === "sequence" in credential) throw malformed("a sequence in another place");
  if (isText(own)) closed(subject, [...SUBJECT_MEMBERS, "sequence"], ["statusSize"]);
  else {
    const address = isObject(own) && isObject(own.sequence!) ? own.sequence["@id"] : undefined;
    if (!isText(address) || !SEQUENCE.test(address)) throw malformed("no word for the sequence");
    const terms = { sequence: { "@id": address, "@type": INTEGER }, ...(isForMessages ? MESSAGE_TERMS : {}) };
    if (!same(own, terms)) throw malformed("not the context of its purpose");
    closed(subject, isForMessages ? [...SUBJECT_MEMBERS, "statusSize", "statusMessages"] : SUBJECT_MEMBERS, []);
    if (isForMessages && !same(subject.statusMessages!, MESSAGES)) throw malformed("other messages");
  }
  if ("statusSize" in subject && subject.statusSize !== 1) throw malformed("entries of more than one bit");
}

function closed(value: JsonObject, needed: string[], optional: string[]): void {
  const names = Object.keys(value);
  if (needed.some((name) => !(name in value)) || names.some((name) => !needed.includes(name) && !optional.includes(name))) {
    throw malformed("other members than a list's");
  }
}

/** The bytes of a list, never more than a mebibyte. Refuses what is not one whole GZIP member of enough entries. */
export async function expand(encoded: string): Promise<Uint8Array> {
  const bits = await inflate(fromBase64Url(encoded));
  if (bits.length * 8 < LEAST_ENTRIES) throw malformed("too few entries");
  return bits;
}

/** The bit at an index, the first being the highest of the first byte; undefined beyond the list. */
export function bitAt(bits: Uint8Array, index: number): boolean | undefined {
  const byte = bits[Math.floor(index / 8)];
  return byte === undefined ? undefined : ((byte >> (7 - (index % 8))) & 1) === 1;
}

/** GZIP, never more than a bound. */
async function inflate(data: Bytes): Promise<Uint8Array> {
  const reader = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > MOST_BYTES) throw malformed("too large");
      parts.push(value);
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    throw error instanceof Refusal ? error : malformed("no GZIP");
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
