// A kind's definition, read as a stranger's (docs/formats.md §3).
import { type Bytes, sha256 } from "./bytes.ts";
import { type Json, type JsonObject, isObject, isText, isWhole, jcs } from "./json.ts";
import { Refusal } from "./refusal.ts";
import { Schema } from "./schema.ts";

const MEMBERS = ["name", "number", "version", "type", "content", "labels", "terms", "context", "schema"];
const LARGEST = 128 * 1024;
const TERM = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const LANGUAGE = /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/;
const URL_FORM = /^https?:\/\/[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=%-]{1,1000}$/;
const empty: JsonObject = Object.create(null);
const UNLABELLED = ["id", "type"];
const BASE_TERMS = ["id", "type", "name", "description"];

export type Labels = { [language: string]: string };

export interface Kind {
  name: string;
  number: number;
  version: number;
  type: string;
  content: string;
  labels: Labels;
  terms: { [term: string]: Labels };
  contextUrl: string;
  contextDocument: JsonObject;
  schema: Schema;
  hash: Bytes;
}

const malformed = (message: string): Refusal => new Refusal("kind.malformed", message);
const need = (condition: boolean, message: string): void => {
  if (!condition) throw malformed(message);
};

/** Read a definition; refuses `kind.malformed`, which makes it unknown to a verifier, not wrong. */
export function parseKind(definition: Json): Kind {
  if (!isObject(definition)) throw malformed("no object");
  const data = jcs(definition);
  need(data.length <= LARGEST, "larger than 128 KiB");
  const { name, number, version, type, content, labels, terms, context, schema } = definition;
  need(MEMBERS.every((one) => one in definition) && Object.keys(definition).length === MEMBERS.length, "other members");
  need(isText(name) && /^[a-z][a-z0-9-]{0,31}$/.test(name) && name !== "status-list", "a name that is none");
  need(isWhole(number, 0, 62) && isWhole(version, 0, 65_535), "no number or version");
  need(isText(type) && /^[A-Z][A-Za-z0-9]{0,63}$/.test(type) && type !== "VerifiableCredential", "no type");
  need(isText(content) && TERM.test(content), "no content");
  need(isLanguageMap(labels) && isObject(terms), "no labels");
  for (const [term, one] of Object.entries(terms as JsonObject)) need(TERM.test(term) && isLanguageMap(one), "no labels");
  need(isObject(schema), "no schema");
  const read = new Schema(schema as JsonObject);
  const required = (schema as JsonObject).required;
  const properties = (schema as JsonObject).properties ?? empty;
  need(Array.isArray(required) && required.includes(content!), "a schema that does not require the content");
  need(isObject(properties) && (content as string) in properties, "a schema that does not have the content");
  const { url, document } = readContext(context, type as string, read.names);
  for (const term of read.names) need(UNLABELLED.includes(term) || term in (terms as JsonObject), `no label for ${term}`);
  return {
    name: name as string,
    number: number as number,
    version: version as number,
    type: type as string,
    content: content as string,
    labels: labels as Labels,
    terms: terms as Kind["terms"],
    contextUrl: url,
    contextDocument: document,
    schema: read,
    hash: sha256(data),
  };
}

/** A text for each language, English and Chinese among them; none is empty or of more than 200 characters. */
export function isLanguageMap(value: Json | undefined): boolean {
  const isEntry = ([language, text]: [string, Json]): boolean =>
    LANGUAGE.test(language) && isText(text) && text !== "" && [...text].length <= 200;
  return isObject(value) && "en" in value && "zh" in value && Object.entries(value).every(isEntry);
}

function readContext(given: Json | undefined, type: string, names: Set<string>): { url: string; document: JsonObject } {
  need(isObject(given) && Object.keys(given).length === 2, "no context");
  const { url, document } = given as JsonObject;
  need(isText(url) && URL_FORM.test(url), "no URL of the context");
  need(isObject(document) && Object.keys(document).length === 1 && isObject(document["@context"]), "no context document");
  const defined = new Set<string>();
  collect((document as JsonObject)["@context"] as JsonObject, defined, 0);
  need(defined.has(type), "the type is not defined");
  for (const name of names) need(BASE_TERMS.includes(name) || defined.has(name), `${name} is not defined`);
  return { url: url as string, document: document as JsonObject };
}

/** The terms that a context defines at any depth; refuses what would lead elsewhere or define every word at once. */
function collect(context: JsonObject, defined: Set<string>, depth: number): void {
  need(depth <= 32, "a context that is nested too deep");
  need(!("@import" in context) && !("@vocab" in context), "@import or @vocab");
  for (const [term, definition] of Object.entries(context)) {
    if (!term.startsWith("@")) defined.add(term);
    if (!isObject(definition) || !("@context" in definition)) continue;
    const inner = definition["@context"]!;
    for (const one of Array.isArray(inner) ? inner : [inner]) {
      if (one === null) continue;
      need(isObject(one), "a remote context");
      collect(one as JsonObject, defined, depth + 1);
    }
  }
}
