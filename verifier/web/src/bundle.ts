// The bundle: its members and their shapes (docs/formats.md §11).
import { type Bytes, fromBase64 } from "./bytes.ts";
import { CREDENTIALS_V2 } from "./credential.ts";
import { type Json, type JsonObject, MAX_BYTES, isObject, isText, isWhole, jcs, parse, without } from "./json.ts";
import { type Jws, parseJws } from "./jws.ts";
import { sheetOf } from "./pdf/attachment.ts";
import type { Drawn } from "./pdf/text.ts";
import { type Profile, readProfile } from "./profile.ts";
import { Refusal, attempt } from "./refusal.ts";
import { JWT_CLAIMS, type Token, isToken, readToken } from "./tokens.ts";

export interface Anchor {
  size: number;
  root: Bytes;
  previousSize: number;
  time: number;
  statusRoot: Bytes;
}

export interface StatusMember {
  credential: JsonObject;
  steps: [Bytes, Bytes][];
}

/** What the file holds; a member is undefined where it is absent. */
export interface Given {
  credential: JsonObject;
  presentation?: JsonObject;
  /** What the pages draw of the PDF that it was in; they prove nothing. */
  drawn?: () => Promise<Drawn>;
  /** What the credential was read from, where that is a token; and a presentation's own. */
  token?: Token;
  presentationToken?: Jws;
  salt?: Bytes;
  entry?: Bytes;
  inclusion?: { index: number; path: Bytes[] };
  /** A signed note, not read yet. */
  checkpoint?: string;
  anchor?: Anchor;
  newest?: Anchor;
  /** In base64, not read yet: what is wrong with it is wrong with the chain. */
  chain?: { header: string; nodes: string[] };
  issuers: Profile[];
  kind?: Json;
  status?: StatusMember[];
}

const malformed = (message: string): Refusal => new Refusal("document.malformed", message);
const unsupported = (message: string): Refusal => new Refusal("document.unsupported", message);

const MEMBERS = [
  "rollbook", "credential", "presentation", "jwt", "sdJwt", "salt", "entry", "inclusion", "checkpoint", "anchor", "newest", "chain",
  "issuers", "kind", "status",
];
const [CREDENTIAL_ENVELOPE, PRESENTATION_ENVELOPE] = ["EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"];
const JWT_MEDIA = ["application/vc+jwt", "application/vc-ld+jwt", "application/jwt"];
const SD_JWT_MEDIA = ["application/vc+sd-jwt", "application/dc+sd-jwt"];
const PRESENTATION_MEDIA = ["application/vp+jwt", "application/vp-ld+jwt", "application/jwt"];
const LARGEST_LOG = 2 ** 48;
const LARGEST_NOTE = 65_536;
const LARGEST_ENTRY = 512;
/** The last second of the year 9999. */
export const MAX_UNIX = 253_402_300_799;

const PDF = "%PDF-";
const PICTURE = "picture; its codes are read by rollbook verify with rollbook[qr]";
const SM2 = "SM2 envelope; it is read by rollbook verify with rollbook[sm]";
const CARRIERS: [string, string][] = [
  [PDF, "PDF in a file"], ["PK\u0003\u0004", "ZIP in a file"], ["\u0089PNG", PICTURE], ["\u00ff\u00d8\u00ff", PICTURE],
  ["GIF8", PICTURE], ["RIFF", PICTURE],
];
const startsWith = (data: Uint8Array, start: string): boolean => [...start].every((letter, at) => data[at] === letter.charCodeAt(0));

/** Read a file, the bundle in a PDF included (docs/formats.md §14). */
export async function readFile(data: Bytes): Promise<Given> {
  if (!startsWith(data, PDF)) return read(data);
  const { bundle, drawn } = await sheetOf(data);
  return { ...read(stripped(bundle)), drawn };
}

/** Without the white space of ASCII around it. */
function stripped(data: Bytes): Bytes {
  const isInk = (byte: number): boolean => byte !== 32 && (byte < 9 || byte > 13);
  return data.subarray(Math.max(data.findIndex(isInk), 0), data.findLastIndex(isInk) + 1);
}

/** Read a bundle, or a bare credential or presentation. */
function read(data: Uint8Array): Given {
  for (const [start, name] of CARRIERS) if (startsWith(data, start)) throw unsupported(`a ${name}`);
  if (data.length <= MAX_BYTES && /[A-Za-z0-9]/.test(String.fromCharCode(data[0] ?? 0)) && data.every((byte) => byte < 128)) {
    const bare = new TextDecoder().decode(data).trim();
    if (isToken(bare)) return readText(bare);
  }
  const value = parse(data);
  if (isText(value) && isToken(value)) return readText(value);
  if (!isObject(value)) throw malformed("no object");
  if ("rollbook" in value) return readBundle(value);
  if (isEnvelope(value)) return opened(value);
  if (isOfType(value, "VerifiablePresentation")) return fromPresentation(value);
  if (isOfType(value, "VerifiableCredential")) return { credential: value, issuers: [] };
  throw malformed("neither a bundle nor a credential");
}

function isOfType(value: JsonObject, name: string): boolean {
  return value.type === name || (Array.isArray(value.type) && value.type.includes(name));
}

const isPresentation = ({ payload }: Jws): boolean => "vp" in payload || isOfType(payload, "VerifiablePresentation");

/** A credential's or a presentation's token, by what its payload says. */
function readText(text: string): Given {
  const jws = text.includes("~") ? undefined : parseJws(text);
  return jws && isPresentation(jws) ? readPresentation(jws) : readCredential(text);
}

function readCredential(text: string): Given {
  if (!text.includes("~") && isPresentation(parseJws(text))) throw malformed("a presentation where a credential belongs");
  const token = readToken(text);
  return { credential: token.credential, token, issuers: [] };
}

/** A presentation that is a JWT; what it says twice must agree. */
function readPresentation(jws: Jws): Given {
  const { vp, iss, jti } = jws.payload;
  if (vp !== undefined && vp !== null && !isObject(vp)) throw malformed("the claim vp is an object");
  const presentation = isObject(vp) ? vp : without(jws.payload, ...JWT_CLAIMS, "aud", "nonce");
  const { holder, id } = presentation;
  for (const [claim, member] of [[iss, isObject(holder) ? holder.id : holder], [jti, id]]) {
    const isSaidTwice = claim !== undefined && member !== undefined && member !== null;
    if (isSaidTwice && claim !== member) throw new Refusal("document.payload_mismatch", "a claim contradicts the presentation");
  }
  return { ...fromPresentation(presentation), presentationToken: jws };
}

/** The one credential of a presentation: an object, an envelope or a token. */
function fromPresentation(presentation: JsonObject): Given {
  const given = presentation.verifiableCredential;
  const one = Array.isArray(given) ? (given.length === 1 ? given[0] : undefined) : given;
  if (isText(one)) return { ...readCredential(one), presentation };
  if (!isObject(one)) throw malformed("a presentation holds one credential");
  if (!isEnvelope(one)) return { credential: one, presentation, issuers: [] };
  const { presentationToken, ...held } = opened(one);
  if (presentationToken) throw malformed("a presentation inside of another");
  return { ...held, presentation };
}

const isEnvelope = (value: JsonObject): boolean => [CREDENTIAL_ENVELOPE, PRESENTATION_ENVELOPE].some((name) => isOfType(value, name));

/** What the data URL of an envelope holds. Nobody signed the envelope, so it says nothing but what it is. */
function opened(value: JsonObject): Given {
  const found = isText(value.id) ? /^data:([^,]*),(.*)$/s.exec(value.id) : null;
  const name = Array.isArray(value.type) && value.type.length === 1 ? value.type[0] : value.type;
  const ofPresentation = name === PRESENTATION_ENVELOPE;
  if (!found || !(ofPresentation || name === CREDENTIAL_ENVELOPE)) throw malformed("an envelope without a data URL, or of more than its type");
  if (Object.keys(value).some((one) => !["@context", "id", "type"].includes(one))) throw malformed("an envelope has no other members");
  const contexts = Array.isArray(value["@context"]) ? value["@context"] : [value["@context"]];
  if (contexts[0] !== CREDENTIALS_V2 || !contexts.every((one) => isText(one) || isObject(one))) throw malformed("an envelope under another context");
  const [media, text] = [found[1]!.toLowerCase(), found[2]!];
  if (ofPresentation) {
    if (!PRESENTATION_MEDIA.includes(media)) throw unsupported("an envelope of another media type");
    const jws = parseJws(text);
    if (!isPresentation(jws)) throw malformed("an enveloped presentation that is none");
    return readPresentation(jws);
  }
  if (!JWT_MEDIA.includes(media) && !SD_JWT_MEDIA.includes(media)) throw unsupported("an envelope of another media type");
  if (SD_JWT_MEDIA.includes(media) !== text.includes("~")) throw malformed("a token of the other form");
  return readCredential(text);
}

function readBundle(value: JsonObject): Given {
  if (value.rollbook !== "bundle/1") {
    if (isText(value.rollbook) && /^sm2-envelope\/[0-9]+$/.test(value.rollbook)) throw unsupported(`an ${SM2}`);
    if (isText(value.rollbook) && /^bundle\/[0-9]+$/.test(value.rollbook)) throw unsupported("a bundle of a later version");
    throw malformed("no bundle");
  }
  if ("sm2" in value) throw unsupported(`an ${SM2}`);
  const other = Object.keys(value).find((name) => !MEMBERS.includes(name));
  if (other !== undefined) throw malformed(`a bundle has no member ${other}`);
  const given = readHeld(value);
  if ("salt" in value) given.salt = hashOf(value.salt);
  if ("entry" in value) given.entry = bytesOf(value.entry, LARGEST_ENTRY);
  if ("inclusion" in value) given.inclusion = readInclusion(value.inclusion);
  if ("checkpoint" in value) {
    given.checkpoint = text(value.checkpoint);
    if ([...given.checkpoint].length > LARGEST_NOTE) throw malformed("a checkpoint that is too long");
  }
  if ("anchor" in value) given.anchor = readAnchor(value.anchor);
  if ("newest" in value) given.newest = readAnchor(value.newest);
  if ("chain" in value) given.chain = readChain(value.chain);
  if ("issuers" in value) given.issuers = list(value.issuers, 16).map(readProfile);
  if ("kind" in value) given.kind = value.kind!;
  if ("status" in value) given.status = list(value.status, 16).map(readStatus);
  return given;
}

/** The document of a bundle, in one of its forms. */
function readHeld(value: JsonObject): Given {
  const forms = ["credential", "presentation", "jwt", "sdJwt"].filter((name) => name in value);
  if (forms.length !== 1) throw malformed("a bundle has one credential or presentation");
  const held = value[forms[0]!];
  if (forms[0] === "credential") {
    if (!isObject(held)) throw malformed("no credential");
    return { credential: held, issuers: [] };
  }
  if (forms[0] === "presentation") {
    if (!isObject(held)) throw malformed("no presentation");
    return fromPresentation(held);
  }
  if ((forms[0] === "sdJwt") !== text(held).includes("~")) throw malformed("a token of the other form");
  return readText(text(held));
}

function readInclusion(given: Json | undefined): Exclude<Given["inclusion"], undefined> {
  const { index, path } = members(given, ["index", "path"]);
  if (!isWhole(index, 0, LARGEST_LOG - 1)) throw malformed("no index");
  return { index, path: list(path, 48).map(hashOf) };
}

function readAnchor(given: Json | undefined): Anchor {
  const { size, root, previousSize, time, statusRoot } = members(given, [
    "size", "root", "previousSize", "time", "statusRoot",
  ]);
  if (!isWhole(size, 1, LARGEST_LOG - 1) || !isWhole(previousSize, 0, size - 1) || !isWhole(time, 1, MAX_UNIX)) {
    throw malformed("no anchor");
  }
  return { size, root: hashOf(root), previousSize, time, statusRoot: hashOf(statusRoot) };
}

function readChain(given: Json | undefined): Exclude<Given["chain"], undefined> {
  const { header, nodes } = members(given, ["header", "nodes"]);
  return { header: text(header), nodes: list(nodes, 4096).map(text) };
}

function readStatus(given: Json): StatusMember {
  const { credential, steps } = members(given, ["credential", "steps"]);
  const pairs = list(steps, 64).map((step) => list(step, 2).map(hashOf));
  if (pairs.some((pair) => pair.length !== 2)) throw malformed("a step has two hashes");
  return { credential: objectOf(credential), steps: pairs as [Bytes, Bytes][] };
}

function text(value: Json | undefined): string {
  if (!isText(value)) throw malformed("no text where one belongs");
  return value;
}

function bytesOf(value: Json | undefined, most: number): Bytes {
  const data = attempt(() => fromBase64(value));
  if (data instanceof Refusal || data.length > most) throw malformed("not the one base64 spelling of so many bytes");
  return data;
}

function hashOf(value: Json | undefined): Bytes {
  const data = bytesOf(value, 32);
  if (data.length !== 32) throw malformed("not 32 bytes");
  return data;
}

function objectOf(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw malformed("no object where one belongs");
  return value;
}

function list(value: Json | undefined, most: number): Json[] {
  if (!Array.isArray(value) || value.length > most) throw malformed("no list, or one that is too long");
  return value;
}

function members(value: Json | undefined, names: string[]): JsonObject {
  const found = objectOf(value);
  if (Object.keys(found).length !== names.length || !names.every((name) => name in found)) throw malformed("other members");
  return found;
}

/** S of a Data Integrity representation: JCS of the whole credential, proof included. */
export const signedDocument = (credential: JsonObject): Bytes => jcs(credential);
