// Files in the wrong field: told apart by a look at them, before anything is verified.
import { isArchive } from "../archive.ts";
import { type Json, isObject, isText, parse } from "../json.ts";
import { Refusal, attempt } from "../refusal.ts";

const LARGEST = 256 * 1024;
const PDF = "%PDF-";

const text = (data: Uint8Array, length = data.length): string => new TextDecoder().decode(data.subarray(0, length));

function value(data: Uint8Array): Json | undefined {
  const read = attempt(() => parse(data));
  return read instanceof Refusal ? undefined : read;
}

/** Whether a file says that it is a trust root; what it is worth is another question. */
export function looksLikeTrustRoot(data: Uint8Array): boolean {
  if (data.length > LARGEST) return false;
  const read = value(data);
  return isObject(read) && read.rollbook === "trust-root/1";
}

/** Whether a file is of a form that records come in: a PDF, a ZIP, a bundle, a credential, a presentation, a token. */
export function looksLikeRecord(data: Uint8Array): boolean {
  if (isArchive(data) || text(data, PDF.length) === PDF) return true;
  const read = value(data);
  if (isObject(read)) return "@context" in read || "credential" in read || (isText(read.rollbook) && read.rollbook.startsWith("bundle/"));
  return /^[\w-]+\.[\w-]+\.[\w-]+(?:~|\s*$)/.test(text(data, LARGEST));
}
