// JSON-LD 1.1 to RDF, strictly (docs/formats.md §4): whatever a processor would drop or take for something else is
// refused, so that a signature over the graph covers all that the JSON says.
import { type Json, type JsonObject, isObject, isText } from "../json.ts";
import type { Library } from "../library.ts";
import { Refusal } from "../refusal.ts";
import {
  type Context, INITIAL, type Term, expand, fingerprint, isIri, isKeyword, malformed, merge, undefinedTerm, unsupported,
} from "./context.ts";
import { literal, typedLiteral } from "./literals.ts";
import { reservedNames } from "./names.ts";

/** Terms in N-Quads' own spelling: `<IRI>`, `_:b0`, `"text"`; the graph is undefined for the default one. */
export interface Quad {
  subject: string;
  predicate: string;
  object: string;
  graph: string | undefined;
}

const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const MAX_QUADS = 50_000;
const MAX_SCOPES = 1000;
const LANGUAGE = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/;

export function toQuads(document: JsonObject, library: Library, share = 1): Quad[] {
  return new Converter(library, MAX_QUADS / share).convert(document);
}

class Converter {
  private readonly quads: Quad[] = [];
  private readonly said = new Set<string>();
  private readonly scopes = new Map<Context, Map<string, Context>>();
  private blanks = 0;
  private scopeCount = 0;

  constructor(
    private readonly library: Library,
    private readonly most: number,
  ) {}

  convert(document: JsonObject): Quad[] {
    if (!isObject(document) || !("@context" in document)) throw malformed("a document is an object with @context");
    this.node(document, INITIAL, undefined, undefined);
    if (!this.quads.length) throw malformed("a document that says nothing");
    return this.quads;
  }

  private blank(): string {
    this.blanks += 1;
    return `_:b${this.blanks - 1}`;
  }

  private say(subject: string, predicate: string, object: string, graph: string | undefined): void {
    if (this.quads.length >= this.most) throw new Refusal("document.too_large", "more than 50,000 statements");
    const key = `${subject} ${predicate} ${object} ${graph ?? ""}`;
    if (this.said.has(key)) return;
    this.said.add(key);
    this.quads.push({ subject, predicate: `<${predicate}>`, object, graph });
  }

  /** A context merged into another; the same pair is merged once. */
  private scope(active: Context, local: Json, name: string, options: { override?: boolean; propagate?: boolean }): Context {
    const known = this.scopes.get(active) ?? new Map<string, Context>();
    this.scopes.set(active, known);
    let made = known.get(name);
    if (!made) {
      this.scopeCount += 1;
      if (this.scopeCount > MAX_SCOPES) throw new Refusal("document.too_large", "more than 1,000 combinations of contexts");
      made = merge(active, local, { library: this.library, ...options });
      known.set(name, made);
    }
    return made;
  }

  /** State a node; gives its name. `term` is the one whose value it is. */
  private node(value: JsonObject, active: Context, term: [string, Term] | undefined, graph: string | undefined): string {
    const names = Object.keys(value);
    let context = active;
    const onlyId = names.length === 1 && expand(active, names[0]!, { vocab: true }) === "@id";
    if (active.previous && !onlyId) context = active.previous;
    if (term?.[1].context !== undefined) context = this.scope(context, term[1].context, `term ${term[0]}`, { override: true });
    if ("@context" in value) context = this.scope(context, value["@context"]!, `inline ${JSON.stringify(value["@context"])}`, {});
    const types = this.types(value, context);
    const typed = context;
    const iris = types.map((type) => this.typeIri(type, typed));
    for (const type of [...types].sort(byCodePoints)) {
      const scoped = typed.terms.get(type)?.context;
      if (scoped !== undefined) context = this.scope(context, scoped, `type ${type}`, { propagate: false });
    }
    const subject = this.nameOf(value, context);
    for (const iri of iris) this.say(subject, `${RDF}type`, `<${iri}>`, graph);
    // In the order of RFC 8785: which fault is told first must not hang on the order of members.
    for (const name of names.sort()) {
      const found = this.property(name, context);
      if (!found) continue;
      this.values(value[name]!, found[0], [name, found[1]], context, subject, graph);
    }
    return subject;
  }

  private types(value: JsonObject, context: Context): string[] {
    const given = value[nameOfKeyword(context, "@type")];
    if (given === undefined) return [];
    const all = Array.isArray(given) ? given : [given];
    if (!all.every(isText)) throw malformed("a type is a name");
    return all as string[];
  }

  private typeIri(type: string, context: Context): string {
    const term = context.terms.get(type);
    const iri = expand(context, type, { vocab: true });
    if (iri === null || isKeyword(iri) || !isIri(iri)) throw undefinedTerm(`the type ${type.slice(0, 100)} is not defined`);
    if (!term) this.checkSpelling(type, iri, context);
    this.checkReserved(type, iri);
    return iri;
  }

  private nameOf(value: JsonObject, context: Context): string {
    const id = value[nameOfKeyword(context, "@id")];
    return id === undefined ? this.blank() : this.iri(id, context);
  }

  private iri(id: Json, context: Context): string {
    const found = isText(id) ? expand(context, id, { vocab: false }) : null;
    if (found === null || isKeyword(found) || !isIri(found)) throw malformed("an id that is no absolute IRI");
    return `<${found}>`;
  }

  /** What a member's name stands for; undefined for those that are not statements. */
  private property(name: string, context: Context): [string, Term] | undefined {
    const iri = expand(context, name, { vocab: true });
    if (["@context", nameOfKeyword(context, "@id"), nameOfKeyword(context, "@type")].includes(name)) return undefined;
    if (iri !== null && isKeyword(iri)) throw malformed(`${iri} in a node, or by another name than the context's`);
    if (iri === null || !isIri(iri)) throw undefinedTerm(`the member ${name.slice(0, 100)} is not defined`);
    const term = context.terms.get(name);
    this.checkReserved(name, iri);
    if (!term) this.checkSpelling(name, iri, context);
    return [iri, term ? this.readable(name, term, context) : { iri, container: [], prefix: false, isProtected: false }];
  }

  /** A term as it is used, in its own context. */
  private readable(name: string, term: Term, context: Context): Term {
    if (term.unread) throw unsupported(`the term ${name} is ${term.unread}`);
    if (term.type === "@json" && term.container.some((one) => one !== "@set")) throw unsupported("JSON in a container");
    let used = term;
    if (term.context !== undefined) {
      const inner = this.scope(context, term.context, `term ${name}`, { override: true }).terms.get(name);
      if (inner && fingerprint(inner) !== fingerprint(term)) throw unsupported(`the term ${name} is redefined by its own context`);
      if (!inner) used = { iri: term.iri, container: term.container, context: term.context, prefix: false, isProtected: false };
      if (!inner && term.type === "@json") used.type = term.type;
    }
    if (used.type === `${RDF}langString`) throw malformed(`the datatype of the term ${name}`);
    return used;
  }

  /** An IRI written out where a term stands for it is a second spelling. */
  private checkSpelling(name: string, iri: string, context: Context): void {
    for (const [other, term] of context.terms) {
      if (term.iri === iri && other !== name) throw malformed(`${name.slice(0, 100)} where ${other} is its name`);
    }
  }

  private checkReserved(name: string, iri: string): void {
    const own = reservedNames(this.library).get(iri);
    if (own && !own.has(name)) throw malformed(`another name for ${iri}`);
  }

  /** State the values of one member. */
  private values(
    value: Json, predicate: string, term: [string, Term], context: Context, subject: string, graph: string | undefined,
  ): void {
    const { container, type } = term[1];
    if (type === "@json") {
      this.say(subject, predicate, typedLiteral(value, "@json"), graph);
      return;
    }
    if (container.includes("@list")) {
      const items = this.listItems(value, term[1], context) ?? value;
      this.say(subject, predicate, this.list(Array.isArray(items) ? items : [items], term, context, graph), graph);
      return;
    }
    if (container.includes("@language") && isObject(value)) {
      const texts = this.languageMap(value, term[1], context);
      distinct(texts);
      for (const one of texts) this.say(subject, predicate, one, graph);
      return;
    }
    const items = flat(value);
    const said = items.map((item) => this.object(item, term, context, graph));
    distinct(said.filter((one, at) => !one.startsWith("_:") && !(isObject(items[at]) && !one.startsWith('"'))));
    for (const one of said) this.say(subject, predicate, one, graph);
  }

  private languageMap(value: JsonObject, term: Term, outer: Context): string[] {
    const context = term.context === undefined ? outer : this.scope(outer, term.context, `term ${term.iri}`, { override: true });
    const direction = term.direction === undefined ? context.direction : term.direction;
    return Object.keys(value).sort().flatMap((tag) => {
      const isAlias = tag !== "@none" && isKeyword(expand(context, tag, { vocab: true }) ?? "");
      if (isAlias || (tag !== "@none" && !LANGUAGE.test(tag))) throw malformed("a language map whose key is no language");
      const texts = Array.isArray(value[tag]) ? value[tag] : [value[tag]!];
      if (!texts.every(isText)) throw malformed("a language map holds texts");
      return (texts as string[]).map((text) => literal(text, tag === "@none" ? null : tag, direction));
    });
  }

  /** What a list object holds; undefined for what is none. */
  private listItems(value: Json, term: Term, context: Context): Json | undefined {
    if (!isObject(value) || !("@list" in value) || "@value" in value) return undefined;
    if (Object.keys(value).length > 1) throw malformed("a list object has no other member");
    if (context.previous || term.context !== undefined) throw unsupported("a list object in a type's or a term's own context");
    return value["@list"]!;
  }

  private list(values: Json[], term: [string, Term], context: Context, graph: string | undefined): string {
    let rest = `<${RDF}nil>`;
    const items = values.map((one) =>
      Array.isArray(one) ? this.list(one, term, context, graph) : this.object(one, term, context, graph),
    );
    for (const item of items.reverse()) {
      const cell = this.blank();
      this.say(cell, `${RDF}first`, item, graph);
      this.say(cell, `${RDF}rest`, rest, graph);
      rest = cell;
    }
    return rest;
  }

  /** One value in N-Quads' spelling; states what a node says. */
  private object(value: Json, term: [string, Term], context: Context, graph: string | undefined): string {
    if (value === null) throw malformed("a null");
    const { container } = term[1];
    const own = term[1].context;
    const within = own === undefined ? context : this.scope(context, own, `term ${term[0]}`, { override: true });
    if (container.includes("@graph") && (!isObject(value) || "@value" in value || "@list" in value)) throw malformed("a graph holds a node object");
    if (!isObject(value)) return this.scalar(value as string | number | boolean, term[1], within);
    if ("@value" in value) return this.valueObject(value, within);
    const items = this.listItems(value, term[1], context);
    if (items !== undefined) {
      return this.list(Array.isArray(items) ? items : [items], term, context, graph);
    }
    if (container.includes("@graph")) {
      const name = this.blank();
      const before = this.quads.length;
      this.node(value, context, term, name);
      if (this.quads.length === before) throw malformed("a graph that says nothing");
      return name;
    }
    return this.node(value, context, term, graph);
  }

  private scalar(value: string | number | boolean, term: Term, context: Context): string {
    const { type } = term;
    if (isText(value) && (type === "@id" || type === "@vocab")) return this.reference(value, type, context);
    if (type !== undefined && !type.startsWith("@")) return typedLiteral(value, type);
    if (!isText(value)) return typedLiteral(value, undefined);
    const language = term.language === undefined ? context.language : term.language;
    const direction = term.direction === undefined ? context.direction : term.direction;
    return literal(value, language, direction);
  }

  private reference(value: string, type: string, context: Context): string {
    if (type === "@id") return this.iri(value, context);
    const iri = expand(context, value, { vocab: true });
    if (iri === null || isKeyword(iri) || !isIri(iri)) throw undefinedTerm(`${value.slice(0, 100)} is not defined`);
    return `<${iri}>`;
  }

  /** A value object; its members go by their own names alone. */
  private valueObject(value: JsonObject, context: Context): string {
    const other = Object.keys(value).find((name) => !["@value", "@type", "@language", "@direction"].includes(name));
    if (other !== undefined) throw malformed(`${other} beside @value`);
    const { "@value": content, "@type": type, "@language": language, "@direction": direction } = value;
    if (type !== undefined) {
      if (language !== undefined || direction !== undefined || !isText(type)) throw malformed("a type and a language");
      if (type === "@json") return typedLiteral(content!, "@json");
      const iri = expand(context, type, { vocab: true });
      if (iri === null || !isIri(iri)) throw undefinedTerm(`the type ${type.slice(0, 100)} is not defined`);
      if (iri === `${RDF}langString`) throw malformed("a text of a language names its language");
      return typedLiteral(scalarOf(content!), iri);
    }
    const text = scalarOf(content!);
    if (language === undefined && direction === undefined) return isText(text) ? literal(text, null, null) : typedLiteral(text, undefined);
    const isDirection = direction === undefined || direction === "ltr" || direction === "rtl";
    if (!isText(text) || !isDirection || (language !== undefined && !isText(language))) throw malformed("no text of a language");
    return literal(text, language ?? null, direction ?? null);
  }
}

/** The name by which a context has a keyword: its usual alias where that is defined. */
function nameOfKeyword(context: Context, keyword: "@id" | "@type"): string {
  const alias = keyword.slice(1);
  return context.terms.get(alias)?.iri === keyword ? alias : keyword;
}

function scalarOf(value: Json): string | number | boolean {
  if (value === null || typeof value === "object") throw malformed("a value is a text, a number or a truth value");
  return value;
}

const byCodePoints = (one: string, other: string): number => {
  const [first, second] = [[...one], [...other]];
  const at = first.findIndex((letter, n) => letter !== second[n]);
  return at < 0 || second[at] === undefined ? first.length - second.length : first[at]!.codePointAt(0)! - second[at]!.codePointAt(0)!;
};

/** Refuses a second of the same value, which would be gone from the graph. */
function distinct(values: string[]): void {
  if (new Set(values).size !== values.length) throw malformed("a value that stands twice where there is no list");
}

/** The items, those of nested arrays included: outside of a list they say the same. */
function flat(value: Json): Json[] {
  return Array.isArray(value) ? value.flatMap(flat) : [value];
}
