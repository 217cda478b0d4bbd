// JSON-LD 1.1 contexts, in the part that docs/formats.md §4 reads; what is outside of it is refused, not passed over.
import { type Json, type JsonObject, canonical, isObject, isText } from "../json.ts";
import type { Library } from "../library.ts";
import { Refusal } from "../refusal.ts";

export interface Term {
  /** What the term stands for: an IRI or a keyword; null where it is defined as nothing. */
  iri: string | null;
  type?: string;
  /** `null` is a language of its own: none. */
  language?: string | null;
  direction?: string | null;
  container: string[];
  context?: Json;
  prefix: boolean;
  isProtected: boolean;
  /** Why a member of this name cannot be read; such a term may be there as long as nobody uses it. */
  unread?: string;
}

export interface Context {
  terms: Map<string, Term>;
  vocab: string | null;
  language: string | null;
  direction: string | null;
  /** The context that comes back in a node inside, where this one is of a type. */
  previous?: Context;
}

export const INITIAL: Context = { terms: new Map(), vocab: null, language: null, direction: null };

const MAX_CONTEXTS = 32;
const MAX_INLINE = 64 * 1024;
const KEYWORDS = [
  "@base", "@container", "@context", "@default", "@direction", "@graph", "@id", "@import", "@included", "@index",
  "@json", "@language", "@list", "@nest", "@none", "@prefix", "@preserve", "@propagate", "@protected", "@requireAll",
  "@reverse", "@set", "@type", "@value", "@version", "@vocab",
];
const LANGUAGE = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/;
const TERM_MEMBERS = [
  "@id", "@type", "@language", "@direction", "@container", "@context", "@protected", "@prefix", "@reverse", "@nest",
  "@index",
];
const SETTINGS = ["@version", "@vocab", "@language", "@direction", "@protected", "@propagate", "@base", "@import"];

export const malformed = (message: string): Refusal => new Refusal("document.malformed", message);
export const unsupported = (message: string): Refusal => new Refusal("document.unsupported", message);
export const undefinedTerm = (message: string): Refusal => new Refusal("document.undefined_term", message);
export const isKeyword = (text: string): boolean => KEYWORDS.includes(text);
/** Of the form of a keyword, and none of this version of the standard. */
const isLikeKeyword = (text: string): boolean => /^@[A-Za-z]+$/.test(text) && !isKeyword(text);
export const isIri = (text: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:[^<>"{}|\\^`\u0000-\u0020]*$/.test(text);

export interface Merging {
  library: Library;
  /** Contexts inside of contexts that are being read, by address. */
  within?: string[];
  /** Whether protected terms may be redefined: for the context of a term. */
  override?: boolean;
  /** Whether the context stays in force in the nodes inside. */
  propagate?: boolean;
}

/** The context that results from an active one and a `@context` (JSON-LD 1.1 API §4.1). */
export function merge(active: Context, local: Json, options: Merging): Context {
  const all = Array.isArray(local) ? local : [local];
  if (all.length > MAX_CONTEXTS) throw new Refusal("document.too_large", "more than 32 contexts");
  let propagate = options.propagate ?? true;
  if (isObject(local) && "@propagate" in local) {
    if (typeof local["@propagate"] !== "boolean") throw malformed("@propagate is true or false");
    propagate = local["@propagate"];
  }
  let result: Context = { ...active, terms: new Map(active.terms) };
  if (propagate) {
    if (active.previous) result.previous = active.previous;
  } else result.previous = active.previous ?? active;
  for (const one of all) result = mergeOne(result, one, options, all.length > 1 || Array.isArray(local), active);
  return result;
}

function mergeOne(result: Context, local: Json, options: Merging, inArray: boolean, active: Context): Context {
  if (local === null) {
    if (!options.override && [...result.terms.values()].some((term) => term.isProtected)) throw malformed("protected terms taken away");
    const outside = options.propagate === false ? { previous: active.previous ?? active } : {};
    return { ...INITIAL, terms: new Map(), ...outside };
  }
  if (isText(local)) {
    const within = options.within ?? [];
    if (within.includes(local)) throw malformed("contexts that name each other");
    if (within.length >= MAX_CONTEXTS) throw new Refusal("document.too_large", "more than 32 contexts inside each other");
    const document = options.library.context(local);
    if (document === undefined) throw new Refusal("document.unknown_context", `the context ${local.slice(0, 200)} is not at hand`);
    if (!isObject(document) || !("@context" in document)) throw malformed("no context document");
    return merge(result, document["@context"]!, { ...options, within: [...within, local] });
  }
  if (!isObject(local)) throw malformed("a context that is none");
  if (Object.keys(local).length === 1 && "@context" in local) {
    // As in a context's own file; the W3C's test suites write it so.
    const inner = local["@context"]!;
    if (isObject(inner) && "@context" in inner) throw malformed("a context within a context within a context");
    return merge(result, inner, options);
  }
  if (!options.within?.length && canonical(local).length > MAX_INLINE) throw new Refusal("document.too_large", "64 KiB of one inline context");
  readSettings(result, local, inArray);
  const defining = new Map<string, boolean>();
  // In the order of RFC 8785: what a context means must not hang on the order of its members.
  for (const term of Object.keys(local).sort()) if (!SETTINGS.includes(term)) define(result, local, term, defining, options);
  return result;
}

function readSettings(result: Context, local: JsonObject, inArray: boolean): void {
  if ("@propagate" in local && inArray) throw unsupported("@propagate in an array");
  if ("@version" in local && local["@version"] !== 1.1) throw malformed("another version");
  if ("@import" in local || (local["@base"] ?? null) !== null) throw unsupported("@import or @base");
  if ("@protected" in local && typeof local["@protected"] !== "boolean") throw malformed("@protected is true or false");
  if ("@vocab" in local) {
    const given = local["@vocab"]!;
    const vocab = isText(given) ? expand(result, given, { vocab: true }) : null;
    if (given !== null && (vocab === null || !isIri(vocab))) throw malformed("@vocab is no absolute IRI");
    result.vocab = vocab;
  }
  if ("@language" in local) result.language = language(local["@language"]!);
  if ("@direction" in local) result.direction = direction(local["@direction"]!);
}

function language(value: Json): string | null {
  if (value !== null && !(isText(value) && LANGUAGE.test(value))) throw malformed("no language");
  return value === null ? null : value.toLowerCase();
}

function direction(value: Json): string | null {
  if (value !== null && value !== "ltr" && value !== "rtl") throw malformed("no direction");
  return value;
}

/** Define one term (JSON-LD 1.1 API §4.2). */
function define(result: Context, local: JsonObject, name: string, defining: Map<string, boolean>, options: Merging): void {
  const state = defining.get(name);
  if (state === true) return;
  if (state === false) throw malformed("terms that rest on each other");
  defining.set(name, false);
  if (name === "") throw malformed("a term without a name");
  const given = local[name]!;
  if (name === "@type") checkTypeKeyword(given);
  else if (isKeyword(name)) throw malformed(`a keyword as a term: ${name}`);
  else if (isLikeKeyword(name)) {
    defining.set(name, true);
    return;
  }
  const before = result.terms.get(name);
  result.terms.delete(name);
  const isSimple = isText(given);
  const value = isSimple || given === null ? ({ "@id": given } as JsonObject) : given;
  if (!isObject(value)) throw malformed(`the term ${name} is defined by what it cannot be`);
  const other = Object.keys(value).find((one) => !TERM_MEMBERS.includes(one));
  if (other !== undefined) throw malformed(`the term ${name} has ${other}`);
  const expandIri = (text: string): string | null => expand(result, text, { vocab: true, local, defining, options });
  const term: Term = { iri: null, container: [], prefix: false, isProtected: local["@protected"] === true };
  if ("@protected" in value) {
    if (typeof value["@protected"] !== "boolean") throw malformed("@protected is true or false");
    term.isProtected = value["@protected"];
  }
  readType(term, value, expandIri);
  if ("@reverse" in value && (!isText(value["@reverse"]) || "@id" in value || "@nest" in value)) {
    throw malformed("a reversed term that is none");
  }
  if ([value["@id"], value["@reverse"]].some((iri) => isText(iri) && isLikeKeyword(iri) && iri !== name)) {
    // Of a later version of the standard, perhaps: such a term is none, and what it might have replaced is gone.
    if (before?.isProtected && !options.override) throw malformed(`the protected term ${name} is redefined`);
    defining.set(name, true);
    return;
  }
  if ("@reverse" in value) readReverse(term, value, expandIri);
  else readId(term, name, value, result, isSimple, expandIri);
  checkIndex(value);
  if ("@index" in value) term.unread = "an index"; // @nest says how to compact alone
  readContainer(term, value);
  if ("@context" in value) term.context = value["@context"]!;
  if ("@language" in value && !("@type" in value)) term.language = language(value["@language"]!);
  if ("@direction" in value && !("@type" in value)) term.direction = direction(value["@direction"]!);
  if ("@prefix" in value) {
    if (typeof value["@prefix"] !== "boolean" || /[:/]/.test(name)) throw malformed("@prefix is true or false");
    term.prefix = value["@prefix"];
    if (term.iri !== null && isKeyword(term.iri)) throw malformed("a keyword as a prefix");
  }
  if (before?.isProtected && !options.override) {
    if (fingerprint(before) !== fingerprint(term)) throw malformed(`the protected term ${name} is redefined`);
    term.isProtected = true;
  }
  if (term.context !== undefined) checkScoped(result, term.context, options);
  result.terms.set(name, term);
  defining.set(name, true);
}

/** `@type` may be said to be a set, and nothing else. */
function checkTypeKeyword(value: Json): void {
  const known = ["@container", "@protected"];
  const sound = isObject(value) && Object.keys(value).length > 0 && Object.keys(value).every((name) => known.includes(name));
  if (!sound || ("@container" in value && value["@container"] !== "@set")) throw malformed("@type is redefined");
}

/** A context inside of a term is wrong whether it is used or not, by the terms that are defined by then. */
function checkScoped(result: Context, context: Json, options: Merging): void {
  // Addresses are read where they are used: those of the W3C's contexts name each other freely.
  const parts = Array.isArray(context) ? context : [context];
  if (!parts.some(isText)) merge(result, context, { ...options, override: true });
}

function readType(term: Term, value: JsonObject, expandIri: (text: string) => string | null): void {
  if (!("@type" in value)) return;
  const type = value["@type"];
  const found = isText(type) ? expandIri(type) : null;
  if (found === null || (!["@id", "@json", "@none", "@vocab"].includes(found) && !isIri(found))) throw malformed("a term of no type");
  term.type = found;
}

function readId(
  term: Term, name: string, value: JsonObject, result: Context, isSimple: boolean, expandIri: (text: string) => string | null,
): void {
  if ("@id" in value && value["@id"] !== name) {
    const id = value["@id"];
    if (id === null) return;
    if (!isText(id)) throw malformed("an @id that is none");
    const iri = expandIri(id);
    if (iri === null || (!isKeyword(iri) && !isIri(iri))) throw malformed(`the term ${name} stands for nothing`);
    if (iri === "@context") throw malformed("another name for @context");
    // What reads like an IRI, or like one with a prefix, means that and nothing else (§4.2.2 step 14.2.5).
    if (/^.[^]*:[^]*.$/.test(name) || name.includes("/")) {
      expandIri(name.split(":", 1)[0]!); // so that its prefix is defined
      if (expand(result, name, { vocab: true }) !== iri) throw malformed(`the term ${name} reads like an IRI and means another`);
    }
    term.iri = iri;
    term.prefix = isSimple && !/[:/]/.test(name) && /[:/?#[\]@]$/.test(iri);
    return;
  }
  if (name === "@type") {
    term.iri = name;
    return;
  }
  if (name.indexOf(":") > 0) {
    const [prefix, rest] = split(name);
    expandIri(prefix);
    const known = result.terms.get(prefix);
    term.iri = known?.iri ? known.iri + rest : name;
  } else if (result.vocab !== null) term.iri = result.vocab + name;
  if (term.iri === null || !isIri(term.iri)) throw malformed(`the term ${name} stands for nothing`);
}

function readReverse(term: Term, value: JsonObject, expandIri: (text: string) => string | null): void {
  const iri = expandIri(value["@reverse"] as string);
  const container = value["@container"] ?? [];
  const isPlain = (Array.isArray(container) ? container : [container]).every((one) => one === "@set" || one === "@index");
  if (iri === null || !isIri(iri) || !isPlain) throw malformed("a reversed term that is none");
  term.iri = iri;
  term.unread = "reversed";
}

function checkIndex(value: JsonObject): void {
  const { "@index": index, "@nest": nest = "@nest", "@container": container } = value;
  const isMap = container === "@index" || (Array.isArray(container) && container.includes("@index"));
  if (index !== undefined && !(isMap && isText(index))) throw malformed("an index that is none");
  if (!isText(nest) || (isKeyword(nest) && nest !== "@nest")) throw malformed("a place to nest that is none");
}

function readContainer(term: Term, value: JsonObject): void {
  if (!("@container" in value) || (value["@container"] === null && "@reverse" in value)) return;
  const given = value["@container"]!;
  term.container = (Array.isArray(given) ? given : [given]).map((one) => {
    if (!isText(one) || !["@list", "@set", "@language", "@graph", "@index", "@id", "@type"].includes(one)) throw malformed("no container");
    if (["@index", "@id", "@type"].includes(one)) term.unread ??= `a map by ${one}`;
    return one;
  });
  const kinds = term.container.filter((one) => one !== "@set");
  const isGraphMap = kinds.length === 2 && kinds.includes("@graph") && (kinds.includes("@id") || kinds.includes("@index"));
  const isOnce = new Set(term.container).size === term.container.length;
  if (!isOnce || (kinds.length > 1 && !isGraphMap) || (kinds.includes("@list") && term.container.length > 1)) {
    throw malformed("containers that do not go together");
  }
  if (kinds.includes("@type") && ![undefined, "@id", "@vocab"].includes(term.type)) throw malformed("a map by type of other than names");
}

const split = (text: string): [string, string] => [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 1)];

export const fingerprint = (term: Term): string =>
  JSON.stringify([
    term.iri, term.type ?? 0, said(term.language), said(term.direction), [...term.container].sort(), term.prefix,
    term.context === undefined ? 0 : canonical(term.context), term.unread ?? 0,
  ]);
const said = (value: string | null | undefined): string | null | 0 => (value === undefined ? 0 : value);

interface Expanding {
  vocab: boolean;
  local?: JsonObject;
  defining?: Map<string, boolean>;
  options?: Merging;
}

/** The IRI that a text stands for (JSON-LD 1.1 API §5.2), or the text itself where it stays relative. */
export function expand(context: Context, text: string, { vocab, local, defining, options }: Expanding): string | null {
  if (isKeyword(text)) return text;
  if (/^@[A-Za-z]+$/.test(text)) return null;
  if (local && text in local && !isKeyword(text) && defining!.get(text) !== true) define(context, local, text, defining!, options!);
  const term = context.terms.get(text);
  if (term && vocab) return term.iri;
  if (text.indexOf(":") > 0) {
    const [prefix, rest] = split(text);
    if (prefix === "_" || rest.startsWith("//")) return text;
    if (local && prefix in local && defining!.get(prefix) !== true) define(context, local, prefix, defining!, options!);
    const known = context.terms.get(prefix);
    if (known?.iri && known.prefix) return known.iri + rest;
    if (isIri(text)) return text;
  }
  return vocab && context.vocab !== null ? context.vocab + text : text;
}
