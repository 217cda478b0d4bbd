// Who presents the record, and for what (docs/formats.md §13).
import { concat, fromBase64Url, hex, utf8 } from "./bytes.ts";
import { CREDENTIALS_V2 } from "./credential.ts";
import { parseTime } from "./datetimes.ts";
import { type Json, type JsonObject, isObject, isText } from "./json.ts";
import { type Jws, type PublicKey, checkHeader, ed25519Key, holds, keyOf, keyOfMultikey, p256Key, typOf } from "./jws.ts";
import { isSound } from "./keys.ts";
import type { Library } from "./library.ts";
import { verifyOne } from "./proof.ts";
import { Refusal } from "./refusal.ts";
import { type Token, timestamp } from "./tokens.ts";

export interface Question {
  domain?: string | undefined;
  challenge?: string | undefined;
}

export const isAsked = (question: Question): boolean => question.domain !== undefined || question.challenge !== undefined;

const MEMBERS = ["@context", "id", "type", "holder", "verifiableCredential", "proof"];
const mismatch = (message: string): Refusal => new Refusal("holder.mismatch", message);
const replayed = (message: string): Refusal => new Refusal("holder.replayed", message);
/** Whether one or several are what was asked for, if anything was (VC Data Integrity §2.1). */
const answers = (given: Json | undefined, wanted: string | undefined): boolean =>
  wanted === undefined || (Array.isArray(given) ? given.includes(wanted) : given === wanted);

type Found = [string, { [name: string]: unknown }];
interface Shown {
  presentation?: JsonObject | undefined;
  token?: Token | undefined;
  presentationToken?: Jws | undefined;
}

/** The code, and what to show with it; `now` is in milliseconds. A binding inside of a signed presentation must hold, too. */
export async function checkHolder(given: Shown, credential: JsonObject, question: Question, library: Library, now: number): Promise<Found> {
  const { presentation, token, presentationToken } = given;
  const isSigned = presentationToken !== undefined || (presentation !== undefined && "proof" in presentation);
  if (token?.binding && !isSigned) return byToken({ token }, credential, question, now);
  const shown = await (presentationToken ? byToken({ token, presentationToken }, credential, question, now)
    : byProof(presentation, credential, question, library, now));
  if (!token?.binding || isBad(shown)) return shown;
  const inside = await byToken({ token }, credential, {}, now);
  return isBad(inside) ? inside : shown;
}

const isBad = ([code]: Found): boolean => code === "holder.mismatch" || code === "holder.replayed";

async function byProof(
  presentation: JsonObject | undefined, credential: JsonObject, question: Question, library: Library, now: number,
): Promise<Found> {
  const asked = isAsked(question);
  if (!presentation || !("proof" in presentation)) {
    return asked ? ["holder.missing", {}] : ["holder.skipped", { reason: "no proof by the holder was asked for" }];
  }
  try {
    const did = await signer(presentation, credential, library);
    const proof = presentation.proof as JsonObject;
    if ("expires" in proof && parseTime(proof.expires) < now) throw replayed("the proof itself has expired");
    if (!asked) return ["holder.skipped", { reason: "no domain and challenge to compare with" }];
    for (const name of ["domain", "challenge"] as const) {
      if (!answers(proof[name], question[name])) throw replayed(`made for another ${name}`);
    }
    return ["holder.ok", { holder: did, domain: question.domain }];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [error.code === "holder.replayed" ? error.code : "holder.mismatch", { reason: error.message }];
  }
}

async function signer(presentation: JsonObject, credential: JsonObject, library: Library): Promise<string> {
  const contexts = presentation["@context"];
  const other = Object.keys(presentation).some((name) => !MEMBERS.includes(name));
  if (other || !Array.isArray(contexts) || contexts[0] !== CREDENTIALS_V2) throw mismatch("not a presentation of the promised form");
  const { proof } = presentation;
  if (!isObject(proof)) throw mismatch("a proof that is none");
  const { did } = await verifyOne(presentation, proof, { purpose: "authentication", library });
  const holder = "holder" in presentation ? identified(presentation.holder) : did;
  if (did !== holder || did !== identified(credential.credentialSubject)) throw mismatch("signed by somebody else than the learner");
  if (!did.startsWith("did:key:")) throw mismatch("only a did:key shows by itself whose key it is");
  return did;
}

const identified = (value: Json | undefined): Json | undefined => (isObject(value) ? value.id : value);

const DAY = 86_400;
const AHEAD = 300;
const PRESENTATION_TYPES = [undefined, "vp+jwt", "vp+ld+jwt", "jwt"];

/** What a key binding JWT, or a presentation's own JWT, shows. */
async function byToken(given: Shown, credential: JsonObject, question: Question, now: number): Promise<Found> {
  const { token, presentationToken: shown } = given;
  try {
    const holder = shown ? await presented(shown, token, credential) : await bound(token!);
    const { payload } = shown ?? token!.binding!.jws;
    checkOccasion(payload, question, now / 1000);
    if (!isAsked(question)) return ["holder.skipped", { reason: "no domain and challenge to compare with" }];
    return ["holder.ok", { holder, domain: question.domain }];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [error.code === "holder.replayed" ? error.code : "holder.mismatch", { reason: error.message }];
  }
}

/** What has run out shows nothing, whether anybody asked or not. Times are in seconds. */
function checkOccasion(payload: JsonObject, question: Question, now: number): void {
  const [iat, nbf, exp] = ["iat", "nbf", "exp"].map((name) => timestamp(payload, name));
  if (exp !== undefined && exp < now) throw replayed("no longer to be shown");
  if (nbf !== undefined && nbf - now > AHEAD) throw replayed("not to be shown yet");
  if (!isAsked(question)) return;
  if (!answers(payload.aud, question.domain)) throw replayed("made for another domain");
  if (question.challenge !== undefined && payload.nonce !== question.challenge) throw replayed("made for another challenge");
  if (iat !== undefined && (now - iat > DAY || iat - now > AHEAD)) throw replayed("made at another time");
}

/** Who bound a presentation of an SD-JWT to this occasion. */
async function bound(token: Token): Promise<string> {
  const { jws, over } = token.binding!;
  const key = confirmed(token);
  if (!key) throw mismatch("the record is bound to no key");
  if (typOf(jws) !== "kb+jwt") throw mismatch("no key binding");
  await checkKey(jws, key);
  const { aud, nonce, sd_hash: hash } = jws.payload;
  if (hash !== token.disclosed!.hash(over)) throw mismatch("a key binding of another presentation");
  if (!isText(aud) || !isText(nonce) || !("iat" in jws.payload)) throw mismatch("a key binding JWT has aud, nonce and iat");
  return "the key in cnf";
}

/** Who signed a presentation that is a JWT. */
async function presented(jws: Jws, token: Token | undefined, credential: JsonObject): Promise<string> {
  const { payload } = jws;
  const named = "iss" in payload ? payload.iss : identified(payload.holder);
  const { did, key } = keyOf(jws.header.kid ?? undefined, isText(named) ? named : undefined);
  if (!did.startsWith("did:key:")) throw mismatch("only a did:key shows by itself whose key it is");
  if (!PRESENTATION_TYPES.includes(typOf(jws))) throw mismatch("not for presenting");
  await checkKey(jws, key);
  const isSubject = did === identified(credential.credentialSubject);
  if (!isSubject && hex(confirmed(token)?.id ?? utf8("")) !== hex(key.id)) throw mismatch("signed by somebody else than the learner");
  if ("iss" in payload && payload.iss !== did) throw mismatch("issued by somebody else than signed it");
  return did;
}

async function checkKey(jws: Jws, key: PublicKey): Promise<void> {
  if (checkHeader(jws) !== key.alg || !(await holds(jws, key))) throw mismatch("the holder's signature does not hold");
}

/** The holder's key that the issuer put into `cnf`; undefined where it put none there. */
function confirmed(token: Token | undefined): PublicKey | undefined {
  const cnf = token?.jws.payload.cnf;
  if (cnf === undefined) return undefined;
  if (!isObject(cnf)) throw mismatch("cnf is an object");
  const { jwk, kid } = cnf;
  if (!("jwk" in cnf)) return isText(kid) && kid.startsWith("did:key:") ? keyOfMultikey(kid.slice(8).split("#", 1)[0]!) : undefined;
  if (!isObject(jwk) || !isText(jwk.x)) throw mismatch("no key in cnf");
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") {
    const data = fromBase64Url(jwk.x);
    if (!isSound(data)) throw mismatch("no sound key");
    return ed25519Key(data);
  }
  if (jwk.kty !== "EC" || jwk.crv !== "P-256" || !isText(jwk.y)) throw mismatch("a key of another sort");
  return p256Key(concat(Uint8Array.of(4), fromBase64Url(jwk.x), fromBase64Url(jwk.y)));
}
