// C2SP signed notes and checkpoints (docs/formats.md §6).
import { type Bytes, concat, equal, fromBase64, sha256, utf8 } from "./bytes.ts";
import * as keys from "./keys.ts";
import { Refusal, attempt } from "./refusal.ts";

export interface Checkpoint {
  origin: string;
  size: number;
  root: Bytes;
}

interface Signature {
  name: string;
  keyHash: Bytes;
  signature: Bytes;
}

export interface Log {
  origin: string;
  key: Bytes;
}

/** The note key's id, not truncated. */
export const logId = (log: Log): Bytes => sha256(concat(utf8(log.origin), Uint8Array.of(0x0a, 0x01), log.key));

const MAX_SIGNATURES = 100;
const malformed = (message: string): Refusal => new Refusal("note.malformed", message);

/** Read a note that this log signed, and the checkpoint in it. Refuses `inclusion.wrong_log`, then `inclusion.mismatch`. */
export async function openCheckpoint(note: string, log: Log): Promise<Checkpoint> {
  const read = attempt(() => parseNote(note));
  if (read instanceof Refusal) throw new Refusal("inclusion.mismatch", read.message);
  const id = logId(log).subarray(0, 4);
  // Lines of other keys are cosignatures and do not matter here; of several of the log's own the first counts.
  const own = read.signatures.find((one) => one.name === log.origin && equal(one.keyHash, id));
  if (!own || !(await keys.verify(log.key, read.signed, own.signature))) throw new Refusal("inclusion.wrong_log", "not signed by the log");
  const checkpoint = attempt(() => parseCheckpoint(read.text));
  if (checkpoint instanceof Refusal) throw new Refusal("inclusion.mismatch", checkpoint.message);
  return checkpoint;
}

/** A text that ends with a newline, an empty line, and signature lines. */
function parseNote(note: string): { text: string; signed: Bytes; signatures: Signature[] } {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) throw malformed("control characters");
  const split = note.lastIndexOf("\n\n");
  if (split < 0 || !note.endsWith("\n")) throw malformed("no signatures");
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) throw malformed("more than a hundred signatures");
  return { text, signed: utf8(text), signatures: lines.map(readSignature) };
}

function parseCheckpoint(text: string): Checkpoint {
  const lines = text.slice(0, -1).split("\n");
  if (lines.length !== 3) throw malformed("a checkpoint has three lines");
  const [origin, size, root] = lines as [string, string, string];
  if (!origin || !/^(?:0|[1-9][0-9]{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) {
    throw malformed("neither an origin nor a size");
  }
  const hash = fromBase64(root);
  if (hash.length !== 32) throw malformed("a root has 32 bytes");
  return { origin, size: Number(size), root: hash };
}

function readSignature(line: string): Signature {
  const found = /^\u2014 ([^\p{White_Space}+]+) ([A-Za-z0-9+/=]+)$/u.exec(line);
  if (!found) throw malformed("a line that is no signature");
  const data = fromBase64(found[2]);
  if (data.length < 5) throw malformed("a signature that is too short");
  return { name: found[1]!, keyHash: data.slice(0, 4), signature: data.slice(4) };
}
