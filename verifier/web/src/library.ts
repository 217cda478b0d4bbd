// The contexts at hand: those of the program, by SHA-256 at build time, and the kind's own (docs/formats.md §4).
import pinned from "rollbook:contexts";

import { utf8 } from "./bytes.ts";
import { type Json, object, parse, same } from "./json.ts";
import type { Kind } from "./kind.ts";
import { Refusal } from "./refusal.ts";

export interface Library {
  /** The context document of a URL; undefined where it is not at hand. None is ever fetched. */
  context(url: string): Json | undefined;
}

const read = new Map<string, Json>();

/** The contexts of the program. */
export const PINNED: Library = {
  context(url) {
    if (!Object.hasOwn(pinned, url)) return undefined;
    let document = read.get(url);
    if (document === undefined) read.set(url, (document = parse(utf8(pinned[url]!))));
    return document;
  },
};

const EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2";
const ANY_WORD = object({ "@context": object({ "@vocab": "https://www.w3.org/ns/credentials/examples#" }) });

/** The library for other systems' credentials: with the context of the W3C's examples, under which every word is a term. */
export function withExamples(library: Library): Library {
  return { context: (url) => (url === EXAMPLES ? ANY_WORD : library.context(url)) };
}

/** The library with the kind's own context; `used` is called once that is asked for. */
export function extended(library: Library, kind: Kind, used: () => void): Library {
  const known = library.context(kind.contextUrl);
  if (known !== undefined) {
    if (!same(known, kind.contextDocument)) throw new Refusal("document.malformed", "another context under a known address");
    return library;
  }
  return {
    context(url) {
      if (url !== kind.contextUrl) return library.context(url);
      used();
      return kind.contextDocument;
    },
  };
}
