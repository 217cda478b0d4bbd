// Not a check: whether the text of a sheet shows what is signed (docs/formats.md §14). It changes no outcome.
import type { JsonObject } from "./json.ts";
import type { Kind } from "./kind.ts";
import type { Drawn } from "./pdf/text.ts";
import { MAX_PLACES, missing } from "./printed.ts";
import { type School, exceeds, isPrinted } from "./sheet.ts";

/** What is signed, and what is known of who signed it. */
export interface Signed {
  credential: JsonObject;
  subject: JsonObject;
  kind: Kind | undefined;
  /** The registered school, where the registry holds its profile. */
  school: School | undefined;
  /** Whether it is the record itself, and no presentation of it. */
  isRecord: boolean;
}

/** What is added to the evidence of the check `document`. */
export type Note = { paper: "same" | "unread" } | { paper: "differs"; differs: string[] };

export function compared(sheet: Drawn, { credential, subject, kind, school, isRecord }: Signed): Note {
  if (!sheet.text) return sheet.beside.length ? { paper: "differs", differs: sheet.beside } : { paper: "unread" };
  const lacking = missing(subject, school?.name ?? {}, sheet.text, kind?.content);
  const differs = [...lacking, ...sheet.beside];
  const comparable = !differs.includes("added") && !lacking.length && kind && school && isRecord && isPrinted(credential);
  if (comparable && exceeds(credential, kind, school, sheet.text)) differs.push("added");
  return differs.length ? { paper: "differs", differs: differs.slice(0, MAX_PLACES) } : { paper: "same" };
}
