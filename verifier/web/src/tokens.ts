// Credentials and presentations as JWT and SD-JWT VC (docs/formats.md §4.1 to §4.3).
import { type Bytes, sha256, toBase64, utf8 } from "./bytes.ts";
import { MAX_UNIX } from "./bundle.ts";
import { type Parsed, parseOpen, parseRecord } from "./credential.ts";
import { parseTime, render } from "./datetimes.ts";
import { type Json, type JsonObject, canonical, isObject, isText, jcs, object, without } from "./json.ts";
import { type Jws, type PublicKey, checkHeader, holds, keyOf, looksLikeJws, parseJws, typOf } from "./jws.ts";
import type { Kind, Labels } from "./kind.ts";
import { Refusal, attempt } from "./refusal.ts";
import { type Disclosed, disclose } from "./sdjwt.ts";

export type TokenForm = "jwt" | "vc-claim" | "sd-jwt";

export interface Token {
  form: TokenForm;
  jws: Jws;
  credential: JsonObject;
  /** Whether it is an SD-JWT VC that is no W3C credential. */
  plain: boolean;
  /** The payload with what was disclosed, and how. */
  claims: JsonObject;
  disclosed?: Disclosed;
  /** A key binding JWT, and the text that it is over. */
  binding?: { jws: Jws; over: string };
}

const malformed = (message: string): Refusal => new Refusal("document.malformed", message);
const mismatch = (message: string): Refusal => new Refusal("document.payload_mismatch", message);

const CREDENTIAL = ["vc", "vp", "vct", "type", "credentialSubject", "verifiableCredential", "_sd"];
/** Claims that are no members of the credential. */
export const JWT_CLAIMS = ["iss", "sub", "exp", "nbf", "iat", "jti", "cnf"];
const SD_CLAIMS = [...JWT_CLAIMS, "vct", "vct#integrity", "requiredDisclosures"];
/** What an SD-JWT may not withhold. */
const ALWAYS = ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status", "requiredDisclosures"];
export const REPRESENTATIONS: { [form in TokenForm]: number } = { "jwt": 2, "vc-claim": 2, "sd-jwt": 3 };

/** Whether a text is a JWT or an SD-JWT that holds a credential or a presentation; refuses a name that stands twice. */
export function isToken(text: string): boolean {
  const head = text.split("~", 1)[0]!;
  if (!looksLikeJws(head)) return false;
  const jws = attempt(() => parseJws(head));
  if (jws instanceof Refusal) {
    if (jws.code === "document.duplicate_key") throw jws;
    return false;
  }
  return CREDENTIAL.some((name) => name in jws.payload);
}

/** Read a credential's token. Refuses codes of `document`. */
export function readToken(text: string): Token {
  const [head, ...rest] = text.split("~");
  const jws = parseJws(head!);
  if (rest.length) return readSdJwt(jws, text, rest);
  const { payload } = jws;
  if (payload.vc !== undefined && payload.vc !== null) {
    if (!isObject(payload.vc) || typOf(jws) === "vc+jwt") throw malformed("a claim vc that is none, or out of place");
    return { form: "vc-claim", jws, credential: fillIn(payload.vc, payload), claims: payload, plain: false };
  }
  const credential = agreed(without(payload, ...JWT_CLAIMS), payload);
  return { form: "jwt", jws, credential, claims: payload, plain: false };
}

function readSdJwt(jws: Jws, text: string, rest: string[]): Token {
  const last = rest.pop()!;
  if (rest.includes("")) throw malformed("a disclosure that is none");
  const disclosed = disclose(jws.payload, rest);
  const claims = disclosed.payload;
  if (disclosed.shown.some((at) => at.length === 1 && ALWAYS.includes(at[0]!))) throw malformed("a claim that may not be withheld");
  const plain = !("@context" in claims);
  if (plain && !isText(claims.vct)) throw malformed("neither a credential nor an SD-JWT VC");
  const wanted = "requiredDisclosures" in claims ? claims.requiredDisclosures! : [];
  if (!Array.isArray(wanted) || !wanted.every(isText)) throw malformed("requiredDisclosures is an array of digests");
  const credential = plain ? plainly(claims) : agreed(without(claims, ...SD_CLAIMS), claims);
  const token: Token = { form: "sd-jwt", jws, credential, claims, disclosed, plain };
  if (last) token.binding = { jws: parseJws(last), over: text.slice(0, text.length - last.length) };
  return token;
}

/** A plain SD-JWT VC in the members that a report reads; it is no W3C credential and does not become one. */
function plainly(claims: JsonObject): JsonObject {
  const subject = without(claims, ...SD_CLAIMS, "status", "aud");
  if ("sub" in claims) subject.id = claims.sub!;
  const made = object({ type: [claims.vct!], credentialSubject: subject });
  if ("iss" in claims) made.issuer = claims.iss!;
  for (const [name, claim] of [["validFrom", "nbf"], ["validUntil", "exp"]] as const) {
    const seconds = timestamp(claims, claim);
    if (seconds !== undefined) made[name] = render(seconds * 1000);
  }
  return made;
}

/** Whole seconds of a NumericDate; undefined where the claim is not there. */
export function timestamp(claims: JsonObject, name: string): number | undefined {
  if (!(name in claims)) return undefined;
  const value = claims[name];
  if (typeof value !== "number" || value < 0 || value > MAX_UNIX) throw malformed(`${name} is a number of seconds since 1970`);
  return Math.floor(value);
}

/** The credential of the claim `vc`, with what only a registered claim says. */
function fillIn(inner: JsonObject, claims: JsonObject): JsonObject {
  const credential = Object.assign(object({}), inner);
  const isModern = !("issuanceDate" in inner) && !("expirationDate" in inner) && "validFrom" in inner;
  for (const [name, claim] of [["id", "jti"], ["issuer", "iss"]] as const) {
    if (!(name in credential) && claims[claim] !== undefined && claims[claim] !== null) credential[name] = claims[claim]!;
  }
  const names = isModern ? ["validFrom", "validUntil"] : ["issuanceDate", "expirationDate"];
  for (const [at, claim] of ["nbf", "exp"].entries()) {
    const seconds = timestamp(claims, claim);
    if (seconds === undefined) continue;
    const name = names[at]!;
    if (!(name in credential)) credential[name] = render(seconds * 1000);
    else {
      const time = attempt(() => parseTime(credential[name]));
      if (time instanceof Refusal) throw malformed("a date that is none");
      if (Math.floor(time / 1000) !== seconds) throw mismatch(`the claim ${claim} contradicts the credential`);
    }
  }
  const subject = credential.credentialSubject;
  if ("sub" in claims && isObject(subject) && !("id" in subject)) {
    credential.credentialSubject = Object.assign(object({}), subject, { id: claims.sub! });
  }
  return agreed(credential, claims);
}

/** The credential, if no registered claim contradicts the member that means the same. */
function agreed(credential: JsonObject, claims: JsonObject): JsonObject {
  const { issuer, id, credentialSubject: subject } = credential;
  const members = { iss: isObject(issuer) ? issuer.id : issuer, jti: id, sub: isObject(subject) ? subject.id : undefined };
  for (const [name, member] of Object.entries(members)) {
    if (name in claims && member !== undefined && member !== null && canonical(claims[name]!) !== canonical(member)) {
      throw mismatch(`the claim ${name} contradicts the credential`);
    }
  }
  return credential;
}

const TYPS: { [form in TokenForm]: (string | undefined)[] } = {
  "jwt": ["vc+jwt", "vc+ld+jwt", "jwt", undefined],
  "vc-claim": ["vc+jwt", "vc+ld+jwt", "jwt", undefined],
  "sd-jwt": ["dc+sd-jwt", "vc+sd-jwt"],
};

/** Check the signature of a token; gives the key. Refuses codes of `proof`, in the order of §4.1. */
export async function verifyToken(token: Token, issuer: string | undefined): Promise<{ key: PublicKey; method: string }> {
  const alg = checkHeader(token.jws);
  if (!TYPS[token.form].includes(typOf(token.jws))) throw new Refusal("proof.wrong_purpose", "a token for another purpose");
  const { did, key, method } = keyOf(token.jws.header.kid, issuer);
  if (key.alg !== alg) throw new Refusal("proof.wrong_key", "a key of another algorithm");
  if (!(await holds(token.jws, key))) throw new Refusal("proof.invalid", "the signature does not hold");
  if (did !== issuer) throw new Refusal("proof.wrong_key", "not a key of the named issuer");
  return { key, method };
}

/** S of a token, and its digest for the log. */
export const signedText = (token: Token): Bytes => utf8(token.jws.text);

/** Refuses what a record's token holds besides the record. */
function checkClaims(token: Token, kind: Kind): void {
  if ("proof" in token.credential) throw new Refusal("document.undefined_term", "a proof inside of a token");
  const { claims } = token;
  const other = Object.keys(claims).find((name) => name !== "vc" && !JWT_CLAIMS.includes(name));
  if (token.form === "vc-claim" && other !== undefined) throw new Refusal("document.undefined_term", `the claim ${other} beside the record`);
  if (!token.disclosed) return;
  checkWithheld(token.disclosed);
  const integrity = `sha256-${toBase64(sha256(jcs(typeMetadata(kind))))}`;
  if (claims.vct !== `${kind.contextUrl}/vct` || claims["vct#integrity"] !== integrity) {
    throw mismatch("vct is not the type of the record's kind");
  }
}

/** The credential's period, within the token's own. Refuses times that are none. */
function within(parsed: Parsed, token: Token): Parsed {
  const [begin, end] = ["nbf", "exp", "iat"].map((name) => timestamp(token.claims, name));
  const from = begin === undefined ? parsed.from : Math.max(begin * 1000, parsed.from ?? -Infinity);
  const until = end === undefined ? parsed.until : Math.min(end * 1000, parsed.until ?? Infinity);
  return { ...parsed, from, until };
}

/** What the credential of a token says; strictly that of a record where there is a kind. Refuses codes of `document`. */
export function parseToken(token: Token, kind: Kind | undefined, isOpen: boolean): Parsed {
  if (token.plain && !isOpen) throw new Refusal("document.unsupported", "an SD-JWT VC that is no W3C credential, and so no record");
  if (token.plain) return within(parsePlain(token), token);
  if (!kind) return within(parseOpen(token.credential), token);
  const isPart = token.disclosed?.places.some((one) => one.hidden) === true;
  const parsed = parseRecord(token.credential, kind, isPart ? kind.schema.relaxed(kind.content) : kind.schema);
  checkClaims(token, kind);
  return within(parsed, token);
}

/** Each place where something is withheld, by JSON pointer, and how much. */
export const withheld = (token: Token): { at: string; count: number }[] =>
  (token.disclosed?.places ?? []).filter((one) => one.hidden).map(({ at, hidden }) => ({ at: `/${at.join("/")}`, count: hidden }));

/** What a plain SD-JWT VC says about itself, as far as it means the same as a credential's members. */
function parsePlain({ credential, claims }: Token): Parsed {
  const subject = credential.credentialSubject;
  if (!isText(credential.issuer) || !isObject(subject) || !Object.keys(subject).length) throw malformed("it names no issuer, or says nothing");
  return {
    types: credential.type as string[], id: null, from: undefined, until: undefined, subject, status: [],
    otherStatus: "status" in claims ? 1 : 0,
  };
}

/** Refuses a token of which something is withheld that the issuer wants shown; what is left can be read all the same. */
export function checkRequired({ claims, disclosed }: Token): void {
  const { requiredDisclosures } = claims;
  if (!disclosed || requiredDisclosures === undefined) return;
  if (!(requiredDisclosures as string[]).every((digest) => disclosed.digests.has(digest))) {
    throw mismatch("the issuer demands that something be disclosed which is withheld");
  }
}

/** Nothing outside of `credentialSubject`, nor its id, can be withheld in a record. */
function checkWithheld({ places, shown }: Disclosed): void {
  const outside = [...places.map(({ at, isArray }) => (isArray ? at : [...at, ""])), ...shown].find(
    (at) => at[0] !== "credentialSubject" || at.length < 2 || (at.length === 2 && at[1] === "id"),
  );
  if (outside) throw malformed("more may be withheld than what a record says");
}

/** What follows from the kind's definition about its type (draft-ietf-oauth-sd-jwt-vc §4). */
export function typeMetadata(kind: Kind): JsonObject {
  const display = (labels: Labels, name: string): Json =>
    Object.keys(labels).sort().map((locale) => object({ locale, [name]: labels[locale]! }));
  const claims = kind.schema.paths().flatMap((path) => {
    const term = path.at(-1);
    const labels = isText(term) && Object.hasOwn(kind.terms, term) ? kind.terms[term] : undefined;
    return labels ? [object({ path: ["credentialSubject", ...path], display: display(labels, "label") })] : [];
  });
  return object({
    vct: `${kind.contextUrl}/vct`, name: kind.labels.en!, display: display(kind.labels, "name"), claims,
  });
}
