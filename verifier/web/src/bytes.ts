// Byte strings: joining, comparing, and the spellings in which they stand in JSON (docs/formats.md, conventions).
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { hmac } from "@noble/hashes/hmac.js";
import { keccak_256 } from "@noble/hashes/sha3.js";

import { Refusal } from "./refusal.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** SHA-256. Synchronous: a canonical RDF graph takes thousands of small hashes, and WebCrypto answers each one later. */
export const sha256 = (data: Uint8Array): Bytes => nobleSha256(data) as Bytes;
export const keccak256 = (data: Uint8Array): Bytes => keccak_256(data) as Bytes;
export const hmacSha256 = (key: Uint8Array, data: Uint8Array): Bytes => hmac(nobleSha256, key, data) as Bytes;

const encoder = new TextEncoder();

/** UTF-8 bytes of a text. */
export const utf8 = (text: string): Bytes => encoder.encode(text) as Bytes;

/** The parts, one after the other. */
export function concat(...parts: Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** Order of byte strings: by the first byte that differs, then by length. */
export function compare(one: Uint8Array, other: Uint8Array): number {
  const shared = Math.min(one.length, other.length);
  for (let at = 0; at < shared; at += 1) {
    if (one[at] !== other[at]) return one[at]! - other[at]!;
  }
  return one.length - other.length;
}

export const isZero = (data: Uint8Array): boolean => data.every((byte) => byte === 0);

export const hex = (data: Uint8Array): string => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The bytes of lower-case hexadecimal digits, two for each; undefined for anything else. */
export function unhex(text: string): Bytes | undefined {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) return undefined;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** A whole number of at most 2⁵³ − 1, or a bigint, as big-endian bytes of that length. */
export function uint(value: number | bigint, length: number): Bytes {
  return unhex(value.toString(16).padStart(2 * length, "0").slice(-2 * length))!;
}

/** The number that big-endian bytes stand for. */
export const toBig = (data: Uint8Array): bigint => (data.length ? BigInt(`0x${hex(data)}`) : 0n);

/** Bytes of standard base64 with padding in its one canonical spelling (RFC 4648 §4, §3.5). */
export function fromBase64(text: unknown): Bytes {
  if (typeof text !== "string" || !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    throw new Refusal("base64.malformed", "not standard base64 with padding");
  }
  const data = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  if (toBase64(data) !== text) throw new Refusal("base64.malformed", "not the canonical base64 of its bytes");
  return data;
}

/** The same, of exactly 32 bytes. */
export function fromBase64Hash(text: unknown): Bytes {
  const data = fromBase64(text);
  if (data.length !== 32) throw new Refusal("base64.malformed", "not 32 bytes");
  return data;
}

export function toBase64(data: Uint8Array): string {
  let text = "";
  for (let at = 0; at < data.length; at += 4096) text += String.fromCharCode(...data.subarray(at, at + 4096));
  return btoa(text);
}

/** Bytes of base64url without padding (RFC 4648 §5), in its one canonical spelling. */
export function fromBase64Url(text: string): Bytes {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    throw new Refusal("base64.malformed", "not base64url without padding");
  }
  const padded = text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (text.length % 4)) % 4);
  return fromBase64(padded);
}

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Bytes of base58btc. */
export function fromBase58(text: string): Bytes {
  let value = 0n;
  for (const letter of text) {
    const digit = BASE58.indexOf(letter);
    if (digit < 0) throw new Refusal("base58.malformed", "not base58btc");
    value = value * 58n + BigInt(digit);
  }
  const zeros = text.length - text.replace(/^1+/, "").length;
  const digits = value ? value.toString(16) : "";
  return concat(new Uint8Array(zeros), unhex(digits.length % 2 ? `0${digits}` : digits)!);
}
