// Literals in canonical N-Quads (JSON-LD 1.1 API §8.2.2, RDFC-1.0 §5).
import { type Json, canonical, isText } from "../json.ts";
import { malformed } from "./context.ts";

const XSD = "http://www.w3.org/2001/XMLSchema#";
const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const I18N = "https://www.w3.org/ns/i18n#";
const SHORT: { [letter: string]: string } = {
  "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\",
};

function quote(text: string): string {
  // eslint-disable-next-line no-control-regex
  const escaped = text.replace(/[\u0000-\u001f"\\\u007f]/g, (letter) =>
    SHORT[letter] ?? `\\u${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}

/** A text of a language and a direction, either or neither. */
export function literal(text: string, language: string | null, direction: string | null): string {
  const tag = language?.toLowerCase() ?? null;
  if (tag !== null && !/^[a-z]{1,8}(?:-[a-z0-9]{1,8})*$/.test(tag)) throw malformed("no language");
  if (direction !== null) return `${quote(text)}^^<${I18N}${tag ?? ""}_${direction}>`;
  return tag === null ? quote(text) : `${quote(text)}@${tag}`;
}

/** A value of a datatype; without one, that of the value itself. */
export function typedLiteral(value: Json, type: string | undefined): string {
  if (type === "@json") return `${quote(canonical(value))}^^<${RDF}JSON>`;
  if (typeof value === "boolean") return typed(String(value), type ?? `${XSD}boolean`);
  if (typeof value === "number") {
    if (value % 1 !== 0 || Math.abs(value) >= 1e21 || type === `${XSD}double`) {
      return typed(double(value), type ?? `${XSD}double`);
    }
    return typed(BigInt(value).toString(), type ?? `${XSD}integer`);
  }
  if (!isText(value)) throw malformed("no value");
  if (type === `${RDF}langString`) throw malformed("a text of a language names its language");
  if (type === `${XSD}double` && double(Number(value)) !== value) throw malformed("a double in another form than the canonical");
  return typed(value, type ?? `${XSD}string`);
}

const typed = (text: string, type: string): string => (type === `${XSD}string` ? quote(text) : `${quote(text)}^^<${type}>`);

/** The canonical form of xsd:double; refuses a number of which it is another. */
function double(value: number): string {
  const [digits, power] = value.toExponential(15).split("e") as [string, string];
  const mantissa = digits.replace(/0+$/, "").replace(/\.$/, ".0");
  const text = `${mantissa}E${Number(power)}`;
  if (Number(text) !== value) throw malformed("a number that its canonical form does not hold");
  return text;
}
