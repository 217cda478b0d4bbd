// SD-JWT (RFC 9901): the payload with what was disclosed, strictly (docs/formats.md §4.2).
import { sha384, sha512 } from "@noble/hashes/sha2.js";

import { type Bytes, fromBase64Url, sha256, toBase64, utf8 } from "./bytes.ts";
import { type Json, type JsonObject, isObject, isText, object, parse } from "./json.ts";
import { Refusal, attempt } from "./refusal.ts";

const MAX_DISCLOSURES = 8192;
const MAX_DEPTH = 64;
const HASHES: { [name: string]: (data: Uint8Array) => Uint8Array } = { "sha-256": sha256, "sha-384": sha384, "sha-512": sha512 };

export interface Disclosed {
  payload: JsonObject;
  /** Digests for which something was disclosed. */
  digests: Set<string>;
  /** Where digests stand, disclosed or not, by JSON pointer, and for how many nothing was disclosed. */
  places: { at: string[]; hidden: number; isArray: boolean }[];
  /** Where something was disclosed. */
  shown: string[][];
  hash: (text: string) => string;
}

const malformed = (message: string): Refusal => new Refusal("document.malformed", message);

/** Base64url without padding. */
export const toBase64Url = (data: Uint8Array): string => toBase64(data).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

/** Put the disclosures of an SD-JWT in their places. */
export function disclose(payload: JsonObject, disclosures: string[]): Disclosed {
  const name = payload._sd_alg ?? "sha-256";
  if (!isText(name) || !Object.hasOwn(HASHES, name)) throw new Refusal("document.unsupported", "digests by another hash function");
  if (disclosures.length > MAX_DISCLOSURES) throw new Refusal("document.too_large", "too many disclosures");
  const hash = (text: string): string => toBase64Url(HASHES[name]!(utf8(text)));
  const open = new Map<string, Json[]>();
  for (const text of disclosures) {
    const digest = hash(text);
    if (open.has(digest)) throw malformed("a disclosure twice");
    open.set(digest, readDisclosure(text));
  }
  const made: Disclosed = { payload, digests: new Set(), places: [], shown: [], hash };
  const reader = new Discloser(open, made);
  made.payload = reader.value(payload, [], 0) as JsonObject;
  if (reader.used.size !== open.size) throw malformed("a disclosure that nothing asks for");
  delete made.payload._sd_alg;
  return made;
}

function readDisclosure(text: string): Json[] {
  const data = attempt(() => fromBase64Url(text));
  if (data instanceof Refusal) throw malformed("a disclosure that is no base64url");
  const parts = parse(data as Bytes);
  if (!Array.isArray(parts) || (parts.length !== 2 && parts.length !== 3) || !isText(parts[0])) throw malformed("no disclosure");
  if (parts.length === 3 && !isText(parts[1])) throw malformed("a claim without a name");
  return parts;
}

class Discloser {
  readonly used = new Set<string>();
  private readonly seen = new Set<string>();

  constructor(
    private readonly open: Map<string, Json[]>,
    private readonly made: Disclosed,
  ) {}

  value(value: Json, at: string[], depth: number): Json {
    if (depth > MAX_DEPTH) throw new Refusal("document.too_large", "nested too deep");
    if (Array.isArray(value)) return this.array(value, at, depth);
    return isObject(value) ? this.object(value, at, depth) : value;
  }

  /** The disclosure for a digest; undefined where there is none. Each digest stands once in all. */
  private take(digest: Json | undefined, parts: number): Json[] | undefined {
    if (!isText(digest)) throw malformed("a digest that is none");
    if (this.seen.has(digest)) throw malformed("a digest twice");
    this.seen.add(digest);
    const found = this.open.get(digest);
    if (!found) return undefined;
    if (found.length !== parts) throw malformed("a disclosure of another sort");
    this.used.add(digest);
    this.made.digests.add(digest);
    return found;
  }

  private array(items: Json[], at: string[], depth: number): Json[] {
    const kept: Json[] = [];
    let hidden = 0;
    let any = false;
    for (const item of items) {
      if (isObject(item) && "..." in item) {
        if (Object.keys(item).length !== 1) throw malformed("a digest beside something else");
        any = true;
        const found = this.take(item["..."], 2);
        if (!found) {
          hidden += 1;
          continue;
        }
        const place = [...at, String(kept.length)];
        this.made.shown.push(place);
        kept.push(this.value(found[1]!, place, depth + 1));
      } else kept.push(this.value(item, [...at, String(kept.length)], depth + 1));
    }
    if (any) this.made.places.push({ at, hidden, isArray: true });
    return kept;
  }

  private object(members: JsonObject, at: string[], depth: number): JsonObject {
    const kept = object({});
    if ("..." in members) throw malformed("a digest where none can stand");
    for (const [name, member] of Object.entries(members)) if (name !== "_sd") kept[name] = this.value(member, [...at, name], depth + 1);
    if (!("_sd" in members)) return kept;
    const digests = members._sd;
    if (!Array.isArray(digests)) throw malformed("_sd is an array of digests");
    let hidden = 0;
    for (const digest of digests) {
      const found = this.take(digest, 3);
      if (!found) {
        hidden += 1;
        continue;
      }
      const name = found[1] as string;
      if (name === "_sd" || name === "..." || name in members || name in kept) throw malformed("a claim that is there, or reserved");
      const place = [...at, name];
      this.made.shown.push(place);
      kept[name] = this.value(found[2]!, place, depth + 1);
    }
    this.made.places.push({ at, hidden, isArray: false });
    return kept;
  }
}
