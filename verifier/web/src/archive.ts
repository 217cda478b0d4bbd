// ZIP archives of records (docs/formats.md §16): their members in bounded work, or why the whole is refused.
import { type Bytes, compare, equal, utf8 } from "./bytes.ts";
import { MAX_BYTES as MAX_MEMBER } from "./json.ts";
import { Refusal } from "./refusal.ts";

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_TOTAL = 256 * 1024 * 1024;
const MAX_MEMBERS = 1000;
const MAX_DIRECTORY = 1024 * 1024;
const [LOCAL, ENTRY, END, END_64, DESCRIPTOR] = [0x04034b50, 0x02014b50, 0x06054b50, 0x07064b50, 0x08074b50];
const [LOCAL_SIZE, ENTRY_SIZE, END_SIZE, END_64_SIZE] = [30, 46, 22, 20];
const WRONG_FIELDS = [0x0001, 0x7075];
const LINK = 0o120000;
const WRONG_NAME = /^$|^\/|\\|:|[\u0000-\u001f\u007f-\u009f]|(?:^|\/)\.\.?(?:\/|$)|\/\//;
/** Code page 437 from 0x80 on. */
const CP437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

/** One file of an archive: its bytes, or why they cannot be had. */
export interface Member {
  name: string;
  data: Bytes | Refusal;
}

/** A member as the directory has it. */
interface Entry {
  name: string;
  raw: Uint8Array;
  flags: number;
  method: number;
  crc: number;
  packed: number;
  size: number;
  at: number;
}

const malformed = (message: string): Refusal => new Refusal("document.malformed", `no sound ZIP: ${message}`);
const tooLarge = (message: string): Refusal => new Refusal("document.too_large", message);
const damaged = (): Refusal => new Refusal("document.malformed", "the member is damaged");
const viewOf = (data: Uint8Array): DataView => new DataView(data.buffer, data.byteOffset, data.byteLength);

export const isArchive = (data: Uint8Array): boolean => data.length >= 4 && viewOf(data).getUint32(0, true) === LOCAL;

/** The members by name, one at a time, without folders and pages; refuses where the whole is refused. */
export async function* members(data: Uint8Array): AsyncGenerator<Member> {
  for (const entry of checked(data)) yield { name: entry.name, data: await content(data, entry) };
}

/** The members that are to be verified. */
function checked(data: Uint8Array): Entry[] {
  if (data.length > MAX_BYTES) throw tooLarge("the archive is larger than 64 MiB");
  if (data.length < END_SIZE || !isArchive(data)) throw malformed("it is empty, or something stands before it");
  const view = viewOf(data);
  const end = data.length - END_SIZE;
  const short = (at: number): number => view.getUint16(end + at, true);
  const [count, size, start] = [short(10), view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
  if (view.getUint32(end, true) !== END || short(4) || short(6) || short(8) !== count || short(20)) {
    throw malformed("it does not end with its directory");
  }
  if (count > MAX_MEMBERS || size > MAX_DIRECTORY) throw tooLarge("the archive has more than 1000 members");
  const is64 = end >= END_64_SIZE && view.getUint32(end - END_64_SIZE, true) === END_64;
  if (start + size !== end || is64) throw malformed("it does not end with its directory");
  const entries = readDirectory(data, view, start, end, count);
  checkPlaces(view, entries, start);
  if (entries.reduce((sum, one) => sum + one.size, 0) > MAX_TOTAL) throw tooLarge("the archive promises more than 256 MiB");
  const wanted = entries.filter(({ name }) => !name.endsWith("/") && !name.toLowerCase().endsWith(".html"));
  if (!wanted.length) throw malformed("it holds no record");
  // In the order of code points, which is that of UTF-8.
  return wanted.sort((one, other) => compare(utf8(one.name), utf8(other.name)));
}

function readDirectory(data: Uint8Array, view: DataView, start: number, end: number, count: number): Entry[] {
  const entries: Entry[] = [];
  const seen = new Set<string>();
  let at = start;
  while (at < end) {
    if (at + ENTRY_SIZE > end || view.getUint32(at, true) !== ENTRY) throw malformed("it cannot be read");
    const short = (place: number): number => view.getUint16(at + place, true);
    const long = (place: number): number => view.getUint32(at + place, true);
    const nameEnd = at + ENTRY_SIZE + short(28);
    const fieldsEnd = nameEnd + short(30);
    const next = fieldsEnd + short(32);
    if (next > end) throw malformed("it cannot be read");
    const raw = data.subarray(at + ENTRY_SIZE, nameEnd);
    const name = nameOf(raw, short(8));
    const isLink = ((long(38) >>> 16) & 0o170000) === LINK;
    const kinds = fieldsOf(view, nameEnd, fieldsEnd);
    entries.push({ name, raw, flags: short(8), method: short(10), crc: long(16), packed: long(20), size: long(24), at: long(42) });
    if (WRONG_NAME.test(name) || isLink) throw malformed("a member would leave its folder, or is a link");
    if (kinds.some((kind) => WRONG_FIELDS.includes(kind))) throw malformed("a member has other sizes or another name besides");
    if (seen.has(plain(name))) throw new Refusal("document.duplicate_key", "two members of the archive have one name");
    seen.add(plain(name));
    at = next;
  }
  if (entries.length !== count) throw malformed("its directory has another number of members than it says");
  return entries;
}

/** A name as it may not stand twice. */
const plain = (name: string): string => name.normalize("NFKC").replace(/\/+$/, "").toLowerCase();

function nameOf(raw: Uint8Array, flags: number): string {
  if (!(flags & 0x800)) return Array.from(raw, (byte) => (byte < 128 ? String.fromCharCode(byte) : CP437[byte - 128]!)).join("");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    throw malformed("it cannot be read");
  }
}

/** The kinds of a member's extra fields. */
function fieldsOf(view: DataView, from: number, end: number): number[] {
  const kinds: number[] = [];
  for (let at = from; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) kinds.push(view.getUint16(at, true));
  return kinds;
}

/** Members follow each other from the first byte to the directory: none overlaps, and nothing lies between. */
function checkPlaces(view: DataView, entries: Entry[], start: number): void {
  const wrong = malformed("its members overlap, or something lies between them");
  let at = 0;
  for (const one of [...entries].sort((first, second) => first.at - second.at)) {
    if (one.at !== at || at + LOCAL_SIZE > start) throw wrong;
    at += LOCAL_SIZE + view.getUint16(at + 26, true) + view.getUint16(at + 28, true) + one.packed;
    if (one.flags & 8) at += at + 4 <= start && view.getUint32(at, true) === DESCRIPTOR ? 16 : 12;
  }
  if (at !== start) throw wrong;
}

async function content(data: Uint8Array, entry: Entry): Promise<Bytes | Refusal> {
  if (entry.flags & 0x2041 || (entry.method !== 0 && entry.method !== 8)) {
    return new Refusal("document.unsupported", "the member is encrypted, or compressed in a way that is not read");
  }
  if (entry.size > MAX_MEMBER) return tooLarge("a member of more than 5 MiB");
  const head = viewOf(data.subarray(entry.at, entry.at + LOCAL_SIZE));
  const nameEnd = entry.at + LOCAL_SIZE + head.getUint16(26, true);
  const from = nameEnd + head.getUint16(28, true);
  const held = data.slice(from, from + entry.packed) as Bytes;
  const made = entry.method === 0 ? held : await inflated(held);
  if (!made) return damaged();
  if (made.length > MAX_MEMBER) return tooLarge("a member of more than 5 MiB");
  const long = (at: number): number => head.getUint32(at, true);
  const agrees = entry.flags & 8 || (long(14) === entry.crc && long(18) === entry.packed && long(22) === entry.size);
  const isOwn = long(0) === LOCAL && head.getUint16(8, true) === entry.method && equal(data.subarray(entry.at + LOCAL_SIZE, nameEnd), entry.raw);
  return agrees && isOwn && made.length === entry.size && crc32(made) === entry.crc ? made : damaged();
}

/** What deflated data give, up to the first bytes too many; undefined where they are broken or end elsewhere. */
async function inflated(held: Bytes): Promise<Bytes | undefined> {
  const reader = new Blob([held]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const read = await reader.read().catch(() => undefined);
    if (!read) return undefined;
    if (!read.done) parts.push(read.value);
    size += read.value?.length ?? 0;
    if (!read.done && size <= MAX_MEMBER) continue;
    if (!read.done) await reader.cancel().catch(() => undefined);
    return new Uint8Array(await new Blob(parts as Bytes[]).arrayBuffer());
  }
}

const CRCS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let found = byte;
  for (let bit = 0; bit < 8; bit += 1) found = found & 1 ? (found >>> 1) ^ 0xedb88320 : found >>> 1;
  return found;
});

function crc32(data: Uint8Array): number {
  let found = 0xffffffff;
  for (let at = 0; at < data.length; at += 1) found = CRCS[(found ^ data[at]!) & 0xff]! ^ (found >>> 8);
  return ~found >>> 0;
}
