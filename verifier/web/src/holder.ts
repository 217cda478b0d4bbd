// Who presents the record, and for what (docs/formats.md §13).
import { concat, fromBase64Url } from "./bytes.ts";
import { CREDENTIALS_V2 } from "./credential.ts";
import { type Json, type JsonObject, isObject, isText, isWhole, object } from "./json.ts";
import { type Jws, type PublicKey, checkHeader, ed25519Key, holds, keyOf, p256Key, typOf } from "./jws.ts";
import { isSound } from "./keys.ts";
import type { Library } from "./library.ts";
import { verifyOne } from "./proof.ts";
import { Refusal } from "./refusal.ts";
import type { Token } from "./tokens.ts";

export interface Question {
  domain?: string | undefined;
  challenge?: string | undefined;
}

export const isAsked = (question: Question): boolean => question.domain !== undefined || question.challenge !== undefined;

const MEMBERS = ["@context", "id", "type", "holder", "verifiableCredential", "proof"];
const mismatch = (message: string): Refusal => new Refusal("holder.mismatch", message);

/** The code, and what to show with it. */
export async function checkHolder(
  presentation: JsonObject | undefined, credential: JsonObject, question: Question, library: Library,
): Promise<[string, { [name: string]: unknown }]> {
  const asked = isAsked(question);
  if (!presentation || !("proof" in presentation)) {
    return asked ? ["holder.missing", {}] : ["holder.skipped", { reason: "no proof by the holder was asked for" }];
  }
  try {
    const did = await signer(presentation, credential, library);
    if (!asked) return ["holder.skipped", { reason: "no domain and challenge to compare with" }];
    for (const name of ["domain", "challenge"] as const) {
      if (question[name] !== undefined && (presentation.proof as JsonObject)[name] !== question[name]) {
        throw new Refusal("holder.replayed", `made for another ${name}`);
      }
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

/** What a key binding JWT, or a presentation's own JWT, shows; the code, and what to show with it. */
export async function checkHolderToken(
  given: { token?: Token | undefined; presentationToken?: Jws | undefined; presentation?: JsonObject | undefined },
  credential: JsonObject, question: Question, now: number,
): Promise<[string, { [name: string]: unknown }]> {
  try {
    const claims = given.presentationToken
      ? await presented(given.presentationToken, given.presentation!, given.token, credential)
      : await bound(given.token!);
    if (!isAsked(question)) return ["holder.skipped", { reason: "no domain and challenge to compare with" }];
    const { aud, nonce, iat } = claims;
    const [wantedAud, wantedNonce] = [question.domain, question.challenge];
    const replayed = (message: string): Refusal => new Refusal("holder.replayed", message);
    if (wantedAud !== undefined && !(Array.isArray(aud) ? aud : [aud]).includes(wantedAud)) throw replayed("made for another domain");
    if (wantedNonce !== undefined && nonce !== wantedNonce) throw replayed("made for another challenge");
    const age = isWhole(iat) ? now / 1000 - iat : 0;
    if (!given.presentationToken && (age > DAY || age < -300)) throw replayed("made at another time");
    return ["holder.ok", { holder: claims.holder ?? "the key in cnf", domain: question.domain }];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [error.code === "holder.replayed" ? error.code : "holder.mismatch", { reason: error.message }];
  }
}

async function bound(token: Token): Promise<JsonObject> {
  const { jws, over } = token.binding!;
  if (jws instanceof Refusal) throw jws;
  const { iat, aud, nonce, sd_hash: hash } = jws.payload;
  if (typOf(jws) !== "kb+jwt" || !isWhole(iat) || !isText(nonce) || !(isText(aud) || Array.isArray(aud))) throw mismatch("no key binding");
  if (hash !== token.disclosed!.hash(over)) throw mismatch("a key binding of another presentation");
  await checkKey(jws, confirmed(token.claims.cnf));
  return jws.payload;
}

async function presented(jws: Jws, presentation: JsonObject, token: Token | undefined, credential: JsonObject): Promise<JsonObject> {
  const cnf = token?.claims.cnf;
  const subject = identified(credential.credentialSubject);
  const typ = typOf(jws);
  if (typ !== undefined && !["vp+jwt", "jwt"].includes(typ)) throw mismatch("not for presenting");
  if (cnf !== undefined) await checkKey(jws, confirmed(cnf));
  else {
    const { did, key } = keyOf(jws.header.kid, isText(jws.payload.iss) ? jws.payload.iss : undefined);
    if (did !== subject || !did.startsWith("did:key:")) throw mismatch("signed by somebody else than the learner");
    await checkKey(jws, key);
  }
  const holder = identified(presentation.holder);
  if (holder !== undefined && subject !== undefined && holder !== subject) throw mismatch("presented by somebody else");
  return Object.assign(object({ holder: holder ?? subject ?? null }), jws.payload);
}

async function checkKey(jws: Jws, key: PublicKey): Promise<void> {
  if (checkHeader(jws) !== key.alg || !(await holds(jws, key))) throw mismatch("the holder's signature does not hold");
}

/** The holder's key that the issuer put into `cnf`. */
function confirmed(cnf: Json | undefined): PublicKey {
  if (!isObject(cnf)) throw mismatch("the record is bound to no key");
  if (isText(cnf.kid) && cnf.kid.startsWith("did:key:")) return keyOf(cnf.kid, undefined).key;
  const { jwk } = cnf;
  if (!isObject(jwk) || !isText(jwk.x)) throw mismatch("no key in cnf");
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") {
    const data = fromBase64Url(jwk.x);
    if (!isSound(data)) throw mismatch("no sound key");
    return ed25519Key(data);
  }
  if (jwk.kty !== "EC" || jwk.crv !== "P-256" || !isText(jwk.y)) throw mismatch("a key of another sort");
  return p256Key(concat(Uint8Array.of(4), fromBase64Url(jwk.x), fromBase64Url(jwk.y)));
}
