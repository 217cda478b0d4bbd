// Compact JWS with ES256 or Ed25519 (docs/formats.md §2, §4.1).
import { p256 } from "@noble/curves/nist.js";

import { type Bytes, concat, fromBase58, fromBase64Url, sha256, utf8 } from "./bytes.ts";
import { type JsonObject, isObject, isText, parse } from "./json.ts";
import * as keys from "./keys.ts";
import { isDidWeb } from "./proof.ts";
import { Refusal, attempt } from "./refusal.ts";

const P256 = Uint8Array.of(0x80, 0x24);

/** A key of either sort, with the name that the registry has for it. */
export interface PublicKey {
  alg: "ES256" | "EdDSA";
  /** 32 bytes of Ed25519, or a compressed point. */
  data: Bytes;
  id: Bytes;
}

export interface Jws {
  header: JsonObject;
  payload: JsonObject;
  signature: Bytes;
  /** The bytes before the second dot, and the whole text. */
  signed: Bytes;
  text: string;
}

const malformed = (message: string): Refusal => new Refusal("document.malformed", message);
const wrongKey = (message: string): Refusal => new Refusal("proof.wrong_key", message);
const unsupported = (message: string): Refusal => new Refusal("proof.unsupported", message);

/** Whether a text is three parts of base64url. */
export const looksLikeJws = (text: string): boolean => /^[A-Za-z0-9_-]{1,11000}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(text);

/** Read a compact JWS; refuses `document.malformed` and `document.duplicate_key`. */
export function parseJws(text: string): Jws {
  if (!looksLikeJws(text)) throw malformed("no compact JWS");
  const [header, payload, signature] = text.split(".").map((part) => {
    const data = attempt(() => fromBase64Url(part));
    if (data instanceof Refusal) throw malformed(data.message);
    return data;
  }) as [Bytes, Bytes, Bytes];
  const [first, second] = [parse(header), parse(payload)];
  if (!isObject(first) || !isObject(second)) throw malformed("a part that is no object");
  return { header: first, payload: second, signature, signed: utf8(text.slice(0, text.lastIndexOf("."))), text };
}

/** A P-256 key by its compressed point. */
export function p256Key(point: Bytes): PublicKey {
  const found = attempt(() => {
    try {
      return p256.Point.fromBytes(point).toBytes(true) as Bytes;
    } catch {
      throw new Refusal("key.malformed", "no point of the curve");
    }
  });
  if (found instanceof Refusal || (point.length !== 33 && point.length !== 65)) throw new Refusal("key.malformed", "no P-256 key");
  return { alg: "ES256", data: found, id: sha256(concat(P256, found)) };
}

export const ed25519Key = (key: Bytes): PublicKey => ({ alg: "EdDSA", data: key, id: keys.keyId(key) });

/** A key of either sort by its Multikey. */
export function keyOfMultikey(text: string): PublicKey {
  if (text.startsWith("zDn")) {
    const data = attempt(() => fromBase58(text.slice(1)));
    if (!(data instanceof Refusal) && data.length === 35 && data[0] === P256[0] && data[1] === P256[1]) return p256Key(data.slice(2));
    throw new Refusal("key.malformed", "no P-256 key");
  }
  return ed25519Key(keys.fromMultikey(text));
}

/** The DID and the key that a `kid` names; without one, a did:key that is the issuer. */
export function keyOf(kid: unknown, issuer: string | undefined): { did: string; key: PublicKey; method: string } {
  if (kid === undefined) {
    if (!issuer?.startsWith("did:key:")) throw unsupported("no kid");
    kid = issuer;
  }
  if (typeof kid !== "string") throw unsupported("a kid that is none");
  let method = kid;
  if (method.startsWith("#")) method = `${issuer ?? ""}${method}`;
  if (!method.startsWith("did:")) throw unsupported("a key that is named by something else than a DID");
  if (method.startsWith("did:key:") && !method.includes("#")) method = `${method}#${method.slice(8)}`;
  const at = method.indexOf("#");
  const [did, fragment] = [method.slice(0, Math.max(at, 0)), method.slice(at + 1)];
  if (at < 0) throw wrongKey("a kid without a fragment");
  if (did.startsWith("did:key:")) {
    const key = attempt(() => keyOfMultikey(did.slice(8)));
    if (key instanceof Refusal) throw key.code === "key.unsupported" ? unsupported(key.message) : wrongKey(key.message);
    if (did.slice(8) !== fragment) throw wrongKey("the fragment of a did:key is its own key");
    return { did, key, method };
  }
  if (!isDidWeb(did)) throw did.startsWith("did:web:") ? wrongKey("no did:web") : unsupported("another sort of DID");
  const key = attempt(() => keyOfMultikey(fragment));
  if (!(key instanceof Refusal)) return { did, key, method };
  if (key.code === "key.weak") throw wrongKey(key.message);
  throw unsupported("a key that only a website knows, or of another sort");
}

/** Whether a JWS holds under a key, by the key's own algorithm alone. */
export async function holds(jws: Jws, key: PublicKey): Promise<boolean> {
  if (jws.signature.length !== 64) return false;
  if (key.alg === "EdDSA") return keys.verify(key.data, jws.signed, jws.signature);
  const point = p256.Point.fromBytes(key.data).toBytes(false) as Bytes;
  const imported = await crypto.subtle.importKey("raw", point, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, jws.signature, jws.signed);
}

/** What every reader asks of a header first: an algorithm that is read, nothing critical. Refuses codes of `proof`. */
export function checkHeader(jws: Jws): "ES256" | "EdDSA" {
  const { alg } = jws.header;
  if (isText(alg) && alg.toLowerCase() === "none") throw new Refusal("proof.missing", "not signed");
  if (alg !== "ES256" && alg !== "EdDSA") throw unsupported("another algorithm");
  if ("crit" in jws.header || "b64" in jws.header) throw unsupported("an extension of the header");
  return alg;
}

/** A header's `typ`, without `application/` and in lower case. */
export function typOf(jws: Jws): string | undefined {
  const { typ } = jws.header;
  return isText(typ) ? typ.toLowerCase().replace(/^application\//, "") : typ === undefined ? undefined : "?";
}
