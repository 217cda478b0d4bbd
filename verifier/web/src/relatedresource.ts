// Digests of related resources (VC Data Model 2.0 §5.3): their form, and, of contexts at hand, whether they are theirs.
import { sha384, sha512 } from "@noble/hashes/sha2.js";

import pinned from "rollbook:contexts";

import { type Bytes, equal, fromBase58, fromBase64Url, sha256, toBase64, utf8 } from "./bytes.ts";
import { type Json, type JsonObject, isText } from "./json.ts";
import { Refusal, attempt } from "./refusal.ts";

const HASHES: { [name: string]: (data: Uint8Array) => Uint8Array } = { sha256, sha384, sha512 };
const MULTIHASHES: { [code: number]: string } = { 0x12: "sha256", 0x20: "sha384", 0x13: "sha512" };
const SRI = /^(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(?:\?.*)?$/;

const malformed = (message: string): Refusal => new Refusal("document.malformed", message);

/** One object of `relatedResource`. */
export function checkResource(resource: JsonObject): void {
  const { id, digestSRI, digestMultibase, mediaType } = resource;
  if (digestSRI === undefined && digestMultibase === undefined) throw malformed("a related resource without a digest");
  if (mediaType !== undefined && !isText(mediaType)) throw malformed("mediaType is a text");
  const known = Object.hasOwn(pinned, id as string) ? utf8(pinned[id as string]!) : undefined;
  if (digestSRI !== undefined) checkSri(digestSRI, known);
  if (digestMultibase !== undefined) checkMultibase(digestMultibase, known);
}

function checkSri(value: Json, known: Bytes | undefined): void {
  const parts = isText(value) && value.length <= 1000 ? value.split(/[\p{White_Space}\u001c-\u001f]+/u).filter(Boolean) : [];
  const found = parts.map((part) => SRI.exec(part));
  if (!found.length || found.includes(null)) throw malformed("digestSRI is of the form sha256-…");
  if (!known) return;
  const strongest = found.map((one) => one![1]!).sort().at(-1)!;
  const plain = (text: string): string => text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  const wanted = plain(toBase64(HASHES[strongest]!(known)));
  if (!found.some((one) => one![1] === strongest && plain(one![2]!) === wanted)) throw malformed("digestSRI is not the digest of the resource");
}

function checkMultibase(value: Json, known: Bytes | undefined): void {
  const data = attempt(() => {
    if (isText(value) && value.startsWith("z") && value.length <= 200) return fromBase58(value.slice(1));
    if (isText(value) && value.startsWith("u") && value.length <= 200) return fromBase64Url(value.slice(1));
    throw malformed("digestMultibase is no multibase text");
  });
  if (data instanceof Refusal) throw malformed("digestMultibase is no multibase text");
  const named = data.length === 2 + (data[1] ?? -1) ? MULTIHASHES[data[0]!] : undefined;
  const name = named ?? (data.length === 32 ? "sha256" : undefined);
  if (!name) throw malformed("digestMultibase holds no digest");
  if (known && !equal(named ? data.slice(2) : data, HASHES[name]!(known))) throw malformed("digestMultibase is not the digest of the resource");
}
