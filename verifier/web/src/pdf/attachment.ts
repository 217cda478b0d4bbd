// The bundle that a PDF carries (docs/formats.md §14, rules 4 and 5).
import { type Bytes, hex, sha256 } from "../bytes.ts";
import { MAX_BYTES } from "../json.ts";
import { Refusal } from "../refusal.ts";
import { PdfFile, type Placed, isName } from "./file.ts";
import { type Drawn, drawn } from "./text.ts";
import { type Dict, Ref, Stream, Text, type Value, malformed, tooLarge } from "./objects.ts";

const BUNDLE = "bundle.json";
const NAMES = ["F", "UF", "DOS", "Mac", "Unix"];
const MAX_ATTACHED = 2000;
const MARKS: [number[], string][] = [[[0xfe, 0xff], "utf-16be"], [[0xff, 0xfe], "utf-16le"], [[0xef, 0xbb, 0xbf], "utf-8"]];

/** An embedded file under one of its names, as one view of the file shows it. */
interface Attached {
  view: number;
  name: string;
  stream: Stream;
}

/** A dictionary that embeds files, or the pairs of a name tree, with the object that it stands in. */
type Holder = Placed & { value: Dict };

/** The bytes of the bundle in a PDF, and what its pages draw. Refuses codes of `document`. */
export async function sheetOf(data: Bytes): Promise<{ bundle: Bytes; drawn: () => Promise<Drawn> }> {
  if (data.length > MAX_BYTES) throw tooLarge("more than 5 MiB");
  if (![..."%PDF-"].every((letter, at) => data[at] === letter.charCodeAt(0))) throw malformed("not a PDF from its first byte on");
  const file = await PdfFile.open(data);
  const holders = (await file.all()).flatMap(holdersIn);
  const attached: Attached[] = [];
  for (let view = 0; view < file.revisions; view += 1) await attach(file, holders, view, attached);
  for (let view = 0; view < file.revisions; view += 1) refuseDoubles(attached.filter((one) => one.view === view));
  return { bundle: await chosen(file, attached), drawn: () => drawn(file) };
}

/** Of the attachments that may be the bundle what all of them hold; others are not opened. */
async function chosen(file: PdfFile, attached: Attached[]): Promise<Bytes> {
  const named = attached.filter(({ name }) => name === BUNDLE);
  const candidates = named.length ? named : attached;
  if (!candidates.length) throw malformed("no attachment");
  const contents = new Map<number, Bytes>();
  for (const { stream, view } of candidates) {
    if (!contents.has(stream.start)) contents.set(stream.start, await file.content(stream, view));
  }
  if (new Set([...contents.values()].map((one) => hex(sha256(one)))).size > 1) {
    const newest = new Set(candidates.filter(({ view }) => !view).map(({ stream }) => stream.start));
    if (newest.size > 1) throw malformed("several attachments, none of which is the bundle");
    throw new Refusal("document.payload_mismatch", "PDF: two revisions with different attachments");
  }
  return [...contents.values()][0]!;
}

function refuseDoubles(attached: Attached[]): void {
  const seen = new Map<string, number>();
  for (const { name, stream } of attached) {
    if ((seen.get(name) ?? stream.start) !== stream.start) throw new Refusal("document.duplicate_key", "PDF: two attachments of one name");
    seen.set(name, stream.start);
  }
}

/** Every dictionary of an object that embeds a file or holds a name tree's pairs, wherever it stands. */
function holdersIn(placed: Placed): Holder[] {
  const found: Holder[] = [];
  const walk = (value: Value): void => {
    if (Array.isArray(value)) value.forEach(walk);
    const dict = value instanceof Stream ? value.dict : value;
    if (!(dict instanceof Map)) return;
    if (dict.has("RF") && isFileSpecification(dict)) {
      throw new Refusal("document.payload_mismatch", "PDF: a file specification with related files");
    }
    if (dict.has("EF") || dict.has("Names")) found.push({ ...placed, value: dict });
    dict.forEach(walk);
  };
  walk(placed.value);
  return found;
}

/** Add the attachments of one view, each under all of its names. */
async function attach(file: PdfFile, holders: Holder[], view: number, attached: Attached[]): Promise<void> {
  const specs = new Map<Dict, Value[]>();
  for (const holder of holders) {
    file.budget.spend(0);
    if (!file.isCurrent(holder, view)) continue;
    const dict = holder.value;
    if (dict.has("EF") && !specs.has(dict)) specs.set(dict, []);
    const pairs = await file.resolve(dict.get("Names"), view);
    for (let at = 0; Array.isArray(pairs) && at + 1 < pairs.length; at += 2) {
      file.budget.spend(0);
      const [name, spec] = [await file.resolve(pairs[at], view), await file.resolve(pairs[at + 1], view)];
      if (spec instanceof Map && spec.has("EF")) specs.set(spec, [...(specs.get(spec) ?? []), name]);
    }
  }
  for (const [spec, keys] of specs) {
    const files = await file.resolve(spec.get("EF"), view);
    if (!(files instanceof Map)) continue;
    if (files.size > NAMES.length) throw malformed("an attachment with more files than there are names for");
    const given = await Promise.all(NAMES.map((name) => file.resolve(spec.get(name), view)));
    const names = new Set([...given, ...keys].flatMap(namesOf));
    if (!names.size) names.add("");
    for (const place of files.values()) {
      const stream = place instanceof Ref ? await file.resolve(place, view) : null;
      if (!(stream instanceof Stream)) throw malformed("an attachment that is no stream");
      for (const name of names) attached.push({ view, name, stream });
      if (attached.length > MAX_ATTACHED) throw tooLarge("more attachments than are looked at");
    }
  }
}

function isFileSpecification(dict: Dict): boolean {
  return dict.has("EF") || isName(dict.get("Type"), "Filespec") || NAMES.some((name) => dict.has(name));
}

/** A text as a name; without a mark of its encoding it is one in each that a reader may take it for. */
function namesOf(value: Value): string[] {
  if (!(value instanceof Text)) return [];
  const { bytes } = value;
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
