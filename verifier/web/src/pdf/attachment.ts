// The bundle that a PDF carries (docs/formats.md §14, rules 4 and 5).
import { type Bytes, hex, sha256 } from "../bytes.ts";
import { MAX_BYTES } from "../json.ts";
import { Refusal } from "../refusal.ts";
import { PdfFile, type View, isName } from "./file.ts";
import { type Drawn, drawn } from "./text.ts";
import { type Dict, Ref, Stream, Text, type Value, malformed, tooLarge } from "./objects.ts";

const BUNDLE = "bundle.json";
const NAMES = ["F", "UF", "DOS", "Mac", "Unix"];
const MARKS: [number[], string][] = [[[0xfe, 0xff], "utf-16be"], [[0xff, 0xfe], "utf-16le"], [[0xef, 0xbb, 0xbf], "utf-8"]];

/** An embedded file of one revision: its names, and the bytes by their hash. */
interface Attachment {
  names: Set<string>;
  /** Which stream it is: two places that name one stream are one attachment. */
  stream: string;
  digest: string;
  data: Bytes;
}

/** The bytes of the bundle in a PDF, and what its pages draw. Refuses codes of `document`. */
export async function sheetOf(data: Bytes): Promise<{ bundle: Bytes; drawn: () => Promise<Drawn> }> {
  if (data.length > MAX_BYTES) throw tooLarge("more than 5 MiB");
  if (![..."%PDF-"].every((letter, at) => data[at] === letter.charCodeAt(0))) throw malformed("not a PDF from its first byte on");
  const file = await PdfFile.open(data);
  const byName = new Map<string, string>();
  const found = new Map<string, Attachment>();
  let newest: Attachment[] = [];
  for (const [at, view] of file.views().entries()) {
    newest = await attachmentsOf(file, view, file.trailers[at]!);
    checkNames(newest);
    for (const one of newest) {
      found.set(one.digest, one);
      for (const name of one.names) {
        if ((byName.get(name) ?? one.digest) !== one.digest) {
          throw new Refusal("document.payload_mismatch", "PDF: two revisions with different attachments of one name");
        }
        byName.set(name, one.digest);
      }
    }
  }
  const named = byName.get(BUNDLE);
  const chosen = named !== undefined ? found.get(named) : found.size === 1 ? [...found.values()][0] : undefined;
  if (!chosen) throw malformed(found.size ? "several attachments, none of which is the bundle" : "no attachment");
  return { bundle: chosen.data, drawn: () => drawn(file) };
}

function checkNames(attachments: Attachment[]): void {
  const seen = new Map<string, string>();
  for (const one of attachments) {
    for (const name of one.names) {
      if ((seen.get(name) ?? one.stream) !== one.stream) throw new Refusal("document.duplicate_key", "PDF: two attachments of one name");
      seen.set(name, one.stream);
    }
  }
}

async function attachmentsOf(file: PdfFile, view: View, trailer: Dict): Promise<Attachment[]> {
  const specs = new Map<Dict, Set<string>>();
  const objects = new Map<number, Value>();
  for (const number of view.keys()) objects.set(number, await file.object(view, number));
  const resolve = (value: Value | undefined): Value => (value instanceof Ref ? (objects.get(value.number) ?? null) : (value ?? null));
  for (const value of [trailer, ...objects.values()]) collect(value, specs, resolve, () => file.look(), 0);
  const found = new Map<string, Attachment>();
  for (const [spec, keys] of specs) {
    file.look();
    const embedded = resolve(spec.get("EF"));
    if (!(embedded instanceof Map)) continue;
    if (embedded.size > NAMES.length) throw malformed("an attachment with more files than there are names for");
    const names = new Set([...keys, ...NAMES.map((name) => resolve(spec.get(name))).filter((name) => name instanceof Text).flatMap(namesOf)]);
    if (!names.size) names.add("");
    for (const place of embedded.values()) {
      const stream = place instanceof Ref ? resolve(place) : null;
      if (!(stream instanceof Stream)) throw malformed("an attachment that is no stream");
      const key = String(stream.start);
      const known = found.get(key);
      for (const name of names) known?.names.add(name);
      if (known) continue;
      const data = await file.content(stream, await file.lengthOf(view, stream));
      found.set(key, { names: new Set(names), stream: key, digest: hex(sha256(data)), data });
    }
  }
  return [...found.values()];
}

type Resolve = (value: Value | undefined) => Value;

/** Every dictionary that embeds a file, wherever it stands, and the keys under which name trees have it. */
function collect(value: Value, specs: Map<Dict, Set<string>>, resolve: Resolve, look: () => void, depth: number): void {
  if (depth > 64) throw tooLarge("nested too deep");
  if (Array.isArray(value)) for (const one of value) collect(one, specs, resolve, look, depth + 1);
  const dict = value instanceof Stream ? value.dict : value;
  if (!(dict instanceof Map)) return;
  if (dict.has("RF") && isFileSpecification(dict)) {
    throw new Refusal("document.payload_mismatch", "PDF: a file specification with related files");
  }
  if (dict.has("EF") && !specs.has(dict)) specs.set(dict, new Set());
  const names = resolve(dict.get("Names"));
  if (Array.isArray(names)) {
    for (let at = 0; at + 1 < names.length; at += 2) {
      look();
      const [key, spec] = [resolve(names[at]), resolve(names[at + 1])];
      if (!(key instanceof Text) || !(spec instanceof Map) || !spec.has("EF")) continue;
      const known = specs.get(spec) ?? new Set();
      namesOf(key).forEach((name) => known.add(name));
      specs.set(spec, known);
    }
  }
  for (const one of dict.values()) collect(one, specs, resolve, look, depth + 1);
}

function isFileSpecification(dict: Dict): boolean {
  return dict.has("EF") || isName(dict.get("Type"), "Filespec") || NAMES.some((name) => dict.has(name));
}

/** A text as a name; without a mark of its encoding it is one in each that a reader may take it for. */
function namesOf(value: Value): string[] {
  const { bytes } = value as Text;
  const marked = MARKS.find(([mark]) => mark.every((byte, at) => bytes[at] === byte));
  if (marked) return [plain(new TextDecoder(marked[1], { ignoreBOM: true }).decode(bytes.subarray(marked[0].length)))];
  const latin = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return [latin, new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)].map(plain);
}

/** After NFKC, without folders, spaces, controls and format characters, in lower case. */
function plain(text: string): string {
  const folded = text.normalize("NFKC");
  const last = Math.max(folded.lastIndexOf("/"), folded.lastIndexOf("\\"));
  return folded.slice(last + 1).replace(/[\s\p{Cc}\p{Cf}]/gu, "").toLowerCase();
}
