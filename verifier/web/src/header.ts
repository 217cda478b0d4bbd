// A block header as it is read: its form, whatever its consensus (docs/formats.md §10).
import { type Bytes, toBig } from "./bytes.ts";
import { MAX_UNIX } from "./bundle.ts";
import { Refusal, attempt } from "./refusal.ts";
import { type Rlp, decode } from "./trie.ts";

const MAX_SIZE = 65_536;
const MAX_FIELDS = 32;
const EXTRA = 12;
/** Sizes of hashes, roots, the beneficiary, the bloom filter and the nonce, by their place. */
const FIXED: [number, number][] = [[0, 32], [1, 32], [2, 20], [3, 32], [4, 32], [5, 32], [6, 256], [13, 32], [14, 8]];

export interface Header {
  /** All fields as they came. */
  fields: Bytes[];
  uncles: Bytes;
  beneficiary: Bytes;
  stateRoot: Bytes;
  difficulty: bigint;
  number: number;
  timestamp: number;
  extra: Bytes;
  mixHash: Bytes;
  nonce: Bytes;
}

export const badSeal = (message: string): Refusal => new Refusal("anchor.bad_seal", message);

/** Refuses `anchor.bad_seal`. */
export function parseHeader(data: Bytes): Header {
  if (data.length > MAX_SIZE) throw badSeal("a header of too many bytes");
  const fields = attempt(() => decode(data));
  if (fields instanceof Refusal) throw badSeal(fields.message);
  if (!Array.isArray(fields) || fields.length < 15 || fields.length > MAX_FIELDS || fields.some(Array.isArray)) throw badSeal("no header");
  const items = fields as Bytes[];
  if (FIXED.some(([at, size]) => items[at]!.length !== size)) throw badSeal("a field of another length");
  const [difficulty, height, , , time] = [7, 8, 9, 10, 11].map((at) => whole(items[at]!, at === 7 ? 32 : 8)) as [bigint, bigint, bigint, bigint, bigint];
  if (time > MAX_UNIX) throw badSeal("a time beyond the calendar");
  return {
    fields: items, uncles: items[1]!, beneficiary: items[2]!, stateRoot: items[3]!, difficulty, number: Number(height),
    timestamp: Number(time), extra: items[EXTRA]!, mixHash: items[13]!, nonce: items[14]!,
  };
}

/** The header's fields with other extra data, to be hashed. */
export const withExtra = ({ fields }: Header, extra: Bytes): Rlp => fields.map((field, at) => (at === EXTRA ? extra : field));

function whole(data: Bytes, most: number): bigint {
  if (data.length > most || data[0] === 0) throw badSeal("a number that is none");
  return toBig(data);
}
