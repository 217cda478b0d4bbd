// RDF Dataset Canonicalization 1.0 (RDFC-1.0) with SHA-256: one text for all spellings of a graph.
import { type Bytes, hex, sha256, utf8 } from "../bytes.ts";
import type { JsonObject } from "../json.ts";
import type { Library } from "../library.ts";
import { Refusal } from "../refusal.ts";
import { type Quad, toQuads } from "./quads.ts";

const MAX_STEPS = 500_000;

/** The canonical N-Quads of what a document says; of the bounds it has one part in `share`. Refuses codes of `document`. */
export const canonicalQuads = (document: JsonObject, library: Library, share = 1): Bytes =>
  utf8(canonicalize(toQuads(document, library, share), share));

/** Canonical N-Quads of a dataset, one line each, sorted by code points. */
export function canonicalize(quads: Quad[], share = 1): string {
  return new Canonicalizer(quads, MAX_STEPS / share).text();
}

const hash = (text: string): string => hex(sha256(utf8(text)));

/** Names for blank nodes, in the order in which they were asked for. */
class Issuer {
  readonly names: Map<string, string>;

  constructor(readonly prefix: string, names?: Map<string, string>) {
    this.names = new Map(names);
  }

  issue(node: string): string {
    let name = this.names.get(node);
    if (name === undefined) {
      name = `${this.prefix}${this.names.size}`;
      this.names.set(node, name);
    }
    return name;
  }

  copy(): Issuer {
    return new Issuer(this.prefix, this.names);
  }
}

const isBlank = (text: string | undefined): text is string => text !== undefined && text.startsWith("_:");
const PLACES = ["subject", "object", "graph"] as const;

class Canonicalizer {
  private readonly issuer = new Issuer("_:c14n");
  private readonly quadsOf = new Map<string, Quad[]>();
  private readonly firstHashes = new Map<string, string>();
  private steps = 0;

  constructor(
    private readonly quads: Quad[],
    private readonly most: number,
  ) {
    for (const quad of quads) {
      for (const node of new Set(PLACES.map((place) => quad[place]).filter(isBlank))) {
        const known = this.quadsOf.get(node);
        if (known) known.push(quad);
        else this.quadsOf.set(node, [quad]);
      }
    }
  }

  text(): string {
    const byHash = new Map<string, string[]>();
    for (const node of this.quadsOf.keys()) {
      const found = this.firstDegree(node);
      byHash.set(found, [...(byHash.get(found) ?? []), node]);
    }
    const hashes = [...byHash.keys()].sort();
    for (const one of hashes) if (byHash.get(one)!.length === 1) this.issuer.issue(byHash.get(one)![0]!);
    for (const one of hashes) {
      const nodes = byHash.get(one)!;
      if (nodes.length === 1) continue;
      const results: { hash: string; issuer: Issuer }[] = [];
      for (const node of nodes) {
        if (this.issuer.names.has(node)) continue;
        const temporary = new Issuer("_:b");
        temporary.issue(node);
        results.push(this.manyDegrees(node, temporary));
      }
      results.sort((one, other) => (one.hash < other.hash ? -1 : one.hash > other.hash ? 1 : 0));
      for (const { issuer } of results) for (const node of issuer.names.keys()) this.issuer.issue(node);
    }
    const rename = (node: string): string => this.issuer.issue(node);
    return [...new Set(this.quads.map((quad) => line(quad, rename)))].sort(byCodePoints).join("");
  }

  private step(count = 1): void {
    this.steps += count;
    if (this.steps > this.most) throw new Refusal("document.too_large", "blank nodes that cannot be told apart in time");
  }

  private firstDegree(node: string): string {
    let found = this.firstHashes.get(node);
    if (found === undefined) {
      const quads = this.quadsOf.get(node)!;
      this.step(quads.length);
      found = hash(quads.map((quad) => line(quad, (one) => (one === node ? "_:a" : "_:z"))).sort(byCodePoints).join(""));
      this.firstHashes.set(node, found);
    }
    return found;
  }

  private related(node: string, quad: Quad, issuer: Issuer, position: string): string {
    const name = this.issuer.names.get(node) ?? issuer.names.get(node) ?? this.firstDegree(node);
    return hash(`${position}${position === "g" ? "" : quad.predicate}${name}`);
  }

  private manyDegrees(node: string, given: Issuer): { hash: string; issuer: Issuer } {
    let issuer = given;
    const related = new Map<string, string[]>();
    for (const quad of this.quadsOf.get(node)!) {
      for (const place of PLACES) {
        const other = quad[place];
        if (!isBlank(other) || other === node) continue;
        this.step();
        const found = this.related(other, quad, issuer, place[0]!);
        related.set(found, [...(related.get(found) ?? []), other]);
      }
    }
    let data = "";
    for (const relatedHash of [...related.keys()].sort()) {
      data += relatedHash;
      let chosen = "";
      let chosenIssuer: Issuer | undefined;
      for (const order of permutations(related.get(relatedHash)!)) {
        const found = this.path(order, issuer.copy(), chosen);
        if (found && (!chosen || found.path < chosen)) {
          chosen = found.path;
          chosenIssuer = found.issuer;
        }
      }
      data += chosen;
      issuer = chosenIssuer!;
    }
    return { hash: hash(data), issuer };
  }

  /** The path of one order of the related nodes; undefined once it cannot be the least. */
  private path(order: string[], given: Issuer, chosen: string): { path: string; issuer: Issuer } | undefined {
    let issuer = given;
    let path = "";
    const isTooLong = (): boolean => chosen !== "" && path.length >= chosen.length && path > chosen;
    const open: string[] = [];
    this.step(order.length);
    for (const node of order) {
      const known = this.issuer.names.get(node);
      if (known !== undefined) path += known;
      else {
        if (!issuer.names.has(node)) open.push(node);
        path += issuer.issue(node);
      }
      if (isTooLong()) return undefined;
    }
    for (const node of open) {
      const result = this.manyDegrees(node, issuer);
      path += `${issuer.issue(node)}<${result.hash}>`;
      issuer = result.issuer;
      if (isTooLong()) return undefined;
    }
    return { path, issuer };
  }
}

function* permutations(items: string[]): Generator<string[]> {
  if (items.length < 2) {
    yield items;
    return;
  }
  for (let at = 0; at < items.length; at += 1) {
    for (const rest of permutations([...items.slice(0, at), ...items.slice(at + 1)])) yield [items[at]!, ...rest];
  }
}

/** By code points: the language's own order is by UTF-16 code units. */
function byCodePoints(one: string, other: string): number {
  const [first, second] = [utf8(one), utf8(other)];
  const shared = Math.min(first.length, second.length);
  for (let at = 0; at < shared; at += 1) if (first[at] !== second[at]) return first[at]! - second[at]!;
  return first.length - second.length;
}

function line(quad: Quad, rename: (node: string) => string): string {
  const [subject, object, graph] = PLACES.map((place) => {
    const text = quad[place];
    return isBlank(text) ? rename(text) : text;
  });
  return `${subject} ${quad.predicate} ${object}${graph === undefined ? "" : ` ${graph}`} .\n`;
}
