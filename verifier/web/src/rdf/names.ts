// What the W3C's contexts of credentials and proofs name: readers look for these by name, so that each has one only.
import { isKeyword } from "./context.ts";
import { type Json, isObject, isText } from "../json.ts";
import type { Library } from "../library.ts";

const CONTEXTS = [
  "https://www.w3.org/ns/credentials/v2",
  "https://www.w3.org/2018/credentials/v1",
  "https://w3id.org/security/data-integrity/v1",
  "https://w3id.org/security/data-integrity/v2",
];

let reserved: Map<string, Set<string>> | undefined;

/** Names by IRI. */
export function reservedNames(library: Library): Map<string, Set<string>> {
  if (!reserved) {
    reserved = new Map();
    for (const url of CONTEXTS) {
      const document = library.context(url);
      if (isObject(document)) collect(document["@context"]!, {}, reserved);
    }
  }
  return reserved;
}

function collect(context: Json, outer: { [prefix: string]: string }, found: Map<string, Set<string>>): void {
  for (const one of Array.isArray(context) ? context : [context]) {
    if (!isObject(one)) continue;
    const texts = Object.entries(one).filter((entry): entry is [string, string] => isText(entry[1]));
    const prefixes = { ...outer, ...Object.fromEntries(texts) };
    for (const [name, definition] of Object.entries(one)) {
      const id = isObject(definition) ? definition["@id"] : definition;
      if (!name.startsWith("@") && isText(id) && !isKeyword(id)) {
        const iri = whole(id, prefixes);
        found.set(iri, (found.get(iri) ?? new Set()).add(name));
      }
      if (isObject(definition) && "@context" in definition) collect(definition["@context"]!, prefixes, found);
    }
  }
}

/** An IRI that may be written with a prefix. */
function whole(id: string, prefixes: { [prefix: string]: string }): string {
  const at = id.indexOf(":");
  const known = at > 0 && !id.startsWith("//", at + 1) ? prefixes[id.slice(0, at)] : undefined;
  return known === undefined ? id : known + id.slice(at + 1);
}
