// The part of JSON Schema 2020-12 that a kind may use (docs/formats.md §3): first whether a schema is of that part, then
// whether a value is as it says.
import { type Json, type JsonObject, isObject, isText, isWhole, object, same } from "./json.ts";
import { Pattern } from "./pattern.ts";
import { holdsFormat } from "./schemaformats.ts";
import { Refusal } from "./refusal.ts";

const MAX_NODES = 2000;
const MAX_DEPTH = 32;
const MAX_PATTERNS = 32;
const MAX_PATTERN_LENGTH = 200;
const DIALECT = "https://json-schema.org/draft/2020-12/schema";
const ANNOTATIONS = ["title", "description", "$comment"];
const BRANCHES = ["allOf", "anyOf", "oneOf"];
const COUNTS = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"];
const LIMITS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const KEYWORDS = [
  ...ANNOTATIONS, ...BRANCHES, ...COUNTS, ...LIMITS,
  "type", "enum", "const", "format", "pattern", "required", "properties", "additionalProperties", "items", "prefixItems",
  "$ref",
];
const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"];
const FORMATS = ["date", "date-time", "time", "duration", "uri", "uuid", "email"];

const malformed = (message: string): Refusal => new Refusal("kind.malformed", `the schema: ${message}`);
const types = (type: Json | undefined): Json[] => (type === undefined ? [] : Array.isArray(type) ? type : [type]);
const isDistinct = (names: Json[]): boolean => new Set(names).size === names.length;
const isScalar = (value: Json): boolean => !Array.isArray(value) && !isObject(value);

/** A schema of a kind; the constructor refuses `kind.malformed`. */
export class Schema {
  /** Every member name that the schema allows at any depth. */
  readonly names = new Set<string>();
  private readonly patterns = new Map<string, Pattern>();
  private readonly patterned = new Set<JsonObject>();
  private nodes = 0;
  private readonly definitions: JsonObject;

  constructor(private readonly root: JsonObject) {
    if (root.type !== "object") throw malformed("no object");
    if ("$schema" in root && root.$schema !== DIALECT) throw malformed("another dialect");
    const definitions = "$defs" in root ? root.$defs : Object.create(null);
    if (!isObject(definitions)) throw malformed("definitions that are none");
    this.definitions = definitions;
    for (const one of Object.values(definitions)) this.check(one, 1, [], false);
    this.nodes = 0;
    this.check(root, 1, [], true);
  }

  private check(schema: Json | undefined, depth: number, within: string[], isRoot: boolean): void {
    if (!isObject(schema)) throw malformed("a subschema that is no object");
    if (depth > MAX_DEPTH) throw malformed("too deep");
    if (++this.nodes > MAX_NODES) throw malformed("too many subschemas");
    const allowed = isRoot ? [...KEYWORDS, "$schema", "$defs"] : KEYWORDS;
    const other = Object.keys(schema).find((name) => !allowed.includes(name));
    if (other !== undefined) throw malformed(`the keyword ${other}`);
    this.checkAssertions(schema);
    this.checkObject(schema, depth, within);
    const next = (one: Json | undefined): void => this.check(one, depth + 1, within, false);
    if (types(schema.type).includes("array") && !("items" in schema)) throw malformed("an array without items");
    if ("items" in schema && schema.items !== false) next(schema.items);
    for (const name of ["prefixItems", ...BRANCHES]) {
      if (!(name in schema)) continue;
      const parts = schema[name]!;
      if (!Array.isArray(parts) || !parts.length) throw malformed(`${name} without subschemas`);
      parts.forEach(next);
    }
    if ("$ref" in schema) {
      const name = reference(schema.$ref);
      if (within.includes(name)) throw malformed("a circle of references");
      if (!(name in this.definitions)) throw malformed("a reference to nothing");
      this.check(this.definitions[name], depth + 1, [...within, name], false);
    }
    const decided = ["enum", "const", "$ref", ...BRANCHES].some((name) => name in schema);
    if (!decided && !types(schema.type).length) throw malformed("a subschema that admits anything");
  }

  private checkAssertions(schema: JsonObject): void {
    const { type, format, pattern } = schema;
    if ("type" in schema && !types(type).every((one) => isText(one) && TYPES.includes(one))) throw malformed("a type that is none");
    if (Array.isArray(type) && !isDistinct(type)) throw malformed("types that are none");
    if (ANNOTATIONS.some((name) => name in schema && !isText(schema[name]))) throw malformed("a note that is no text");
    if ("enum" in schema && !(Array.isArray(schema.enum) && schema.enum.every(isScalar))) {
      throw malformed("an enum of other than scalars");
    }
    if ("const" in schema && !isScalar(schema.const!)) throw malformed("a const of other than a scalar");
    if ("format" in schema && !(isText(format) && FORMATS.includes(format))) throw malformed("an unknown format");
    if (COUNTS.some((name) => name in schema && !isWhole(schema[name]))) throw malformed("a count that is none");
    if (LIMITS.some((name) => name in schema && typeof schema[name] !== "number")) throw malformed("a limit that is none");
    if ("multipleOf" in schema && (schema.multipleOf as number) <= 0) throw malformed("a multiple of nothing");
    if ("pattern" in schema) {
      if (!isText(pattern) || [...pattern].length > MAX_PATTERN_LENGTH) throw malformed("a pattern that is too long");
      if (!this.patterns.has(pattern)) this.patterns.set(pattern, new Pattern(pattern));
      if (this.patterned.add(schema).size > MAX_PATTERNS) throw malformed("too many patterns");
    }
  }

  private checkObject(schema: JsonObject, depth: number, within: string[]): void {
    const properties = "properties" in schema ? schema.properties : Object.create(null);
    if (!isObject(properties)) throw malformed("properties that are none");
    if (types(schema.type).includes("object") && schema.additionalProperties !== false) throw malformed("an open object");
    if ("additionalProperties" in schema && schema.additionalProperties !== false) throw malformed("an open object");
    const { required } = schema;
    if ("required" in schema && !(Array.isArray(required) && required.every(isText) && isDistinct(required))) throw malformed("required what?");
    for (const [name, one] of Object.entries(properties)) {
      this.names.add(name);
      this.check(one, depth + 1, within, false);
    }
  }

  /** What is wrong with a value, as pairs of place and reason; `undefined_term` for a member that no object allows. */
  faults(value: Json): { place: string; reason: string }[] {
    const found: { place: string; reason: string }[] = [];
    this.validate(this.root, value, "", found);
    return found;
  }

  private branch(schema: JsonObject, value: Json, place: string): { place: string; reason: string }[] {
    const found: { place: string; reason: string }[] = [];
    this.validate(schema, value, place, found);
    return found;
  }

  /** The paths of all members at any depth, null for each element of an array; sorted, null first. */
  paths(): (string | null)[][] {
    const found = new Map<string, (string | null)[]>();
    const walk = (schema: Json | undefined, path: (string | null)[], depth: number): void => {
      if (!isObject(schema) || depth > MAX_DEPTH * 2) return;
      found.set(JSON.stringify(path), path);
      if ("$ref" in schema) walk(this.definitions[reference(schema.$ref)], path, depth + 1);
      for (const [name, one] of Object.entries((schema.properties ?? {}) as JsonObject)) walk(one, [...path, name], depth + 1);
      for (const one of [schema.items, ...((schema.prefixItems ?? []) as Json[])]) walk(one, [...path, null], depth + 1);
      for (const name of BRANCHES) for (const one of (schema[name] ?? []) as Json[]) walk(one, path, depth + 1);
    };
    walk(this.root, [], 0);
    return [...found.values()].sort(byPath);
  }

  /** The schema as it reads a record of which something is withheld: only the content must be there. */
  relaxed(content: string): Schema {
    return new Schema(Object.assign(relax(this.root) as JsonObject, { required: [content] }));
  }

  private validate(schema: JsonObject, value: Json, place: string, found: { place: string; reason: string }[]): void {
    const say = (reason: string): void => void found.push({ place, reason });
    if ("type" in schema && !types(schema.type).some((type) => isOfType(value, type as string))) say("type");
    if ("enum" in schema && !(schema.enum as Json[]).some((one) => same(one, value))) say("enum");
    if ("const" in schema && !same(schema.const!, value)) say("const");
    if (isText(value)) this.validateText(schema, value, say);
    if (typeof value === "number") validateNumber(schema, value, say);
    if (Array.isArray(value)) {
      within(schema, "Items", value.length, say);
      const first = (schema.prefixItems ?? []) as (JsonObject | false)[];
      value.forEach((one, at) => {
        const subschema: JsonObject | false | undefined = first[at] ?? (schema.items as JsonObject | false | undefined);
        if (subschema === false) say("items");
        else if (subschema) this.validate(subschema, one, `${place}/${at}`, found);
      });
    }
    if (isObject(value)) this.validateObject(schema, value, place, found, say);
    if ("$ref" in schema) this.validate(this.definitions[reference(schema.$ref)] as JsonObject, value, place, found);
    for (const one of (schema.allOf ?? []) as JsonObject[]) this.validate(one, value, place, found);
    for (const name of ["anyOf", "oneOf"]) {
      if (!(name in schema)) continue;
      const branches = (schema[name] as JsonObject[]).map((one) => this.branch(one, value, place));
      const fitting = branches.filter((branch) => !branch.length).length;
      if (name === "anyOf" ? fitting > 0 : fitting === 1) continue;
      say(name);
      // What no branch names is undefined, whichever branch was meant.
      found.push(...branches.flat().filter((fault) => fault.reason === "undefined_term"));
    }
  }

  private validateText(schema: JsonObject, value: string, say: (reason: string) => void): void {
    within(schema, "Length", [...value].length, say);
    if ("pattern" in schema && !this.patterns.get(schema.pattern as string)!.test(value)) say("pattern");
    if ("format" in schema && !holdsFormat(schema.format as string, value)) say("format");
  }

  private validateObject(
    schema: JsonObject, value: JsonObject, place: string, found: { place: string; reason: string }[],
    say: (reason: string) => void,
  ): void {
    const names = Object.keys(value);
    within(schema, "Properties", names.length, say);
    for (const name of (schema.required ?? []) as string[]) if (!(name in value)) say(`required ${name}`);
    const properties = (schema.properties ?? Object.create(null)) as JsonObject;
    for (const name of names) {
      const one = properties[name];
      if (one) this.validate(one as JsonObject, value[name]!, `${place}/${name}`, found);
      else if (schema.additionalProperties === false) found.push({ place: `${place}/${name}`, reason: "undefined_term" });
    }
  }
}

const DEMANDS = ["required", "minItems", "minProperties"];

/** Without what demands that something be there; of several branches any may be meant; elements move forward. */
function relax(schema: Json): Json {
  if (!isObject(schema)) return schema;
  const made = object({});
  const all: Json[] = [];
  for (const [word, value] of Object.entries(schema)) {
    if (word === "properties" || word === "$defs") {
      made[word] = object(Object.fromEntries(Object.entries(value as JsonObject).map(([name, one]) => [name, relax(one)])));
    } else if (word === "anyOf") made[word] = (value as Json[]).map(relax);
    else if (word === "allOf") all.push(...(value as Json[]).map(relax));
    else if (word === "oneOf") all.push(object({ anyOf: (value as Json[]).map(relax) }));
    else if (word === "items" && !("prefixItems" in schema)) made[word] = relax(value);
    else if (!DEMANDS.includes(word) && word !== "items" && word !== "prefixItems") made[word] = value;
  }
  if ("prefixItems" in schema) {
    const rest = isObject(schema.items) ? [schema.items] : [];
    made.items = object({ anyOf: [...(schema.prefixItems as Json[]), ...rest].map(relax) });
  }
  if (all.length) made.allOf = all;
  return made;
}

function byPath(one: (string | null)[], other: (string | null)[]): number {
  const shared = Math.min(one.length, other.length);
  for (let at = 0; at < shared; at += 1) {
    const [first, second] = [one[at] ?? "", other[at] ?? ""];
    if (first !== second) return first < second ? -1 : 1;
  }
  return one.length - other.length;
}

function reference(value: Json | undefined): string {
  const found = isText(value) ? /^#\/\$defs\/([A-Za-z][A-Za-z0-9_-]{0,63})$/.exec(value) : null;
  if (!found) throw malformed("a reference that is not local");
  return found[1]!;
}

function isOfType(value: Json, type: string): boolean {
  switch (type) {
    case "object":
      return isObject(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function within(schema: JsonObject, of: string, size: number, say: (reason: string) => void): void {
  if (`min${of}` in schema && size < (schema[`min${of}`] as number)) say(`min${of}`);
  if (`max${of}` in schema && size > (schema[`max${of}`] as number)) say(`max${of}`);
}

function validateNumber(schema: JsonObject, value: number, say: (reason: string) => void): void {
  const limit = (name: string): number => schema[name] as number;
  if ("minimum" in schema && value < limit("minimum")) say("minimum");
  if ("maximum" in schema && value > limit("maximum")) say("maximum");
  if ("exclusiveMinimum" in schema && value <= limit("exclusiveMinimum")) say("exclusiveMinimum");
  if ("exclusiveMaximum" in schema && value >= limit("exclusiveMaximum")) say("exclusiveMaximum");
  if ("multipleOf" in schema && !isMultiple(value, limit("multipleOf"))) say("multipleOf");
}

/** By their decimal digits: 0.3 is a multiple of 0.1. */
function isMultiple(value: number, of: number): boolean {
  const [digits, power] = decimal(value);
  const [ofDigits, ofPower] = decimal(of);
  const least = Math.min(power, ofPower);
  return (digits * 10n ** BigInt(power - least)) % (ofDigits * 10n ** BigInt(ofPower - least)) === 0n;
}

function decimal(value: number): [bigint, number] {
  const [, sign, whole, part = "", power = "0"] = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:e([+-]?[0-9]+))?$/.exec(String(value))!;
  return [BigInt(`${sign}${whole}${part}`), Number(power) - part.length];
}
