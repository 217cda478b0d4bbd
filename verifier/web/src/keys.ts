// Ed25519 keys as Multikey, their signatures, and DIDs (docs/formats.md §2).
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 as nobleSha512 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, equal, fromBase58, hex, sha256, utf8 } from "./bytes.ts";
import { Refusal } from "./refusal.ts";

const ED25519 = Uint8Array.of(0xed, 0x01);
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** SHA-256 of a DID: the name of a member in the registry. */
export const memberId = (did: string): Bytes => sha256(utf8(did));

/** What the registry calls a key. */
export const keyId = (key: Uint8Array): Bytes => sha256(concat(ED25519, key));

const points = new Map<string, boolean>();

/** Whether these 32 bytes are the canonical encoding of a point of the prime-order group, the identity not counted. */
export function isSound(key: Uint8Array): boolean {
  const name = hex(key);
  let sound = points.get(name);
  if (sound === undefined) {
    sound = false;
    try {
      const point = ed25519.Point.fromBytes(key, false);
      sound = key.length === 32 && !point.isSmallOrder() && point.isTorsionFree();
    } catch {
      // Not on the curve, or not canonical.
    }
    points.set(name, sound);
  }
  return sound;
}

/** The 32 bytes of a `z6Mk…` Multikey. Refuses `key.malformed`, and `key.unsupported` for another sort of key. */
export function fromMultikey(text: string): Bytes {
  if (!text.startsWith("z") || text.length > 128) throw new Refusal("key.malformed", "no Multikey");
  let data: Bytes;
  try {
    data = fromBase58(text.slice(1));
  } catch {
    throw new Refusal("key.malformed", "no base58btc");
  }
  if (data.length < 3) throw new Refusal("key.malformed", "too short for a key");
  if (!equal(data.subarray(0, 2), ED25519)) throw new Refusal("key.unsupported", "no Ed25519 key");
  const key = data.slice(2);
  if (key.length === 32 && isSmall(key)) throw new Refusal("key.weak", "a point of small order");
  if (key.length !== 32 || !isSound(key)) throw new Refusal("key.malformed", "no sound Ed25519 key");
  return key;
}

/** The key of a `did:key`; refuses other DIDs. */
export function fromDidKey(did: string): Bytes {
  if (!did.startsWith("did:key:")) throw new Refusal("key.malformed", "no did:key");
  return fromMultikey(did.slice(8));
}

let webCrypto: boolean | undefined;

/** Whether an Ed25519 signature holds: by a sound key, S below the group order, R compared byte by byte. */
export async function verify(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  if (signature.length !== 64 || !isSound(key)) return false;
  if (BigInt(`0x${hex(signature.slice(32).reverse())}`) >= ORDER) return false;
  const r = signature.slice(0, 32);
  if (isSmall(r) || !isPoint(r)) return false;
  if (webCrypto !== false) {
    try {
      const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
      webCrypto = true;
      return await crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
    } catch {
      // A browser of before 2025 has no Ed25519; a sound key cannot be refused by one that has it.
      webCrypto = false;
    }
  }
  return verifyByHand(key, message, signature);
}

/** Whether these 32 bytes stand for a point of small order, canonically or not. */
function isSmall(encoded: Uint8Array): boolean {
  try {
    return ed25519.Point.fromBytes(encoded, true).isSmallOrder();
  } catch {
    return false;
  }
}

function isPoint(encoded: Uint8Array): boolean {
  try {
    ed25519.Point.fromBytes(encoded, false);
    return true;
  } catch {
    return false;
  }
}

/** RFC 8032 §5.1.7 with the equation [S]B = R + [k]A, not multiplied by the cofactor, as WebCrypto has it. */
export function verifyByHand(key: Bytes, message: Bytes, signature: Bytes): boolean {
  const { Point } = ed25519;
  const digest = sha512(concat(signature.subarray(0, 32), key, message));
  const k = BigInt(`0x${hex(digest.reverse())}`) % ORDER;
  const s = BigInt(`0x${hex(signature.slice(32).reverse())}`);
  const right = Point.fromBytes(signature.slice(0, 32)).add(k ? Point.fromBytes(key).multiplyUnsafe(k) : Point.ZERO);
  return (s ? Point.BASE.multiplyUnsafe(s) : Point.ZERO).equals(right);
}

const sha512 = (data: Uint8Array): Bytes => nobleSha512(data) as Bytes;
