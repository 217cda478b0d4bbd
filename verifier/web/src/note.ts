// C2SP signed notes and checkpoints (docs/formats.md §6).
import { type Bytes, concat, fromBase64, sha256, utf8 } from "./bytes.ts";
import * as keys from "./keys.ts";
import { Refusal } from "./refusal.ts";

export interface Checkpoint {
  origin: string;
  size: number;
  root: Bytes;
  /** What the signatures are over: the text with its last newline. */
  signed: Bytes;
  signatures: { name: string; keyHash: Bytes; signature: Bytes }[];
}

export interface Log {
  origin: string;
  key: Bytes;
}

/** The note key's id, not truncated. */
export const logId = (log: Log): Bytes => sha256(concat(utf8(log.origin), Uint8Array.of(0x0a, 0x01), log.key));

const malformed = (message: string): Refusal => new Refusal("note.malformed", message);

/** Read a checkpoint: three lines, an empty one, and signature lines. */
export function parseCheckpoint(note: string): Checkpoint {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) throw malformed("control characters");
  const split = note.lastIndexOf("\n\n");
  if (split < 0 || !note.endsWith("\n")) throw malformed("no signatures");
  const text = note.slice(0, split + 1);
  const lines = text.slice(0, -1).split("\n");
  if (lines.length !== 3) throw malformed("a checkpoint has three lines");
  const [origin, size, root] = lines as [string, string, string];
  if (!origin || !/^(?:0|[1-9][0-9]{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) {
    throw malformed("neither an origin nor a size");
  }
  const hash = fromBase64(root);
  if (hash.length !== 32) throw malformed("a root has 32 bytes");
  const signatures = note.slice(split + 2, -1).split("\n").map(readSignature);
  return { origin, size: Number(size), root: hash, signed: utf8(text), signatures };
}

function readSignature(line: string): Checkpoint["signatures"][number] {
  const found = /^\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)$/.exec(line);
  if (!found) throw malformed("a line that is no signature");
  const data = fromBase64(found[2]);
  if (data.length < 5) throw malformed("a signature that is too short");
  return { name: found[1]!, keyHash: data.slice(0, 4), signature: data.slice(4) };
}

/** Whether the log signed this checkpoint. Lines of other keys are cosignatures and do not matter. */
export async function isSignedBy(checkpoint: Checkpoint, log: Log): Promise<boolean> {
  if (checkpoint.origin !== log.origin) return false;
  const id = logId(log).subarray(0, 4);
  const own = checkpoint.signatures.filter(
    (one) => one.name === log.origin && one.keyHash.every((byte, at) => byte === id[at]),
  );
  if (own.length !== 1) return false;
  return keys.verify(log.key, checkpoint.signed, own[0]!.signature);
}
