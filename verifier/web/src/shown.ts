// What a report shows of a document whose signature holds (docs/formats.md §13): signed values only.
import type { Parsed } from "./credential.ts";
import { formOf } from "./forms.ts";
import { type JsonObject, object, without } from "./json.ts";
import type { Kind } from "./kind.ts";

/** The subject without the kind's own content, and the record with it. */
export function signedValues(
  credential: JsonObject, kind: Kind | undefined, parsed: Parsed,
): { subject: JsonObject; record: JsonObject } {
  const record: JsonObject = object({ type: parsed.types.at(-1)!, id: parsed.id });
  for (const name of ["validFrom", "validUntil"]) if (name in credential) record[name] = credential[name]!;
  const own = kind ? (formOf(credential)?.content ?? [kind.content]) : [];
  for (const name of own) if (name in parsed.subject) record[name] = parsed.subject[name]!;
  return { subject: without(parsed.subject, ...own), record };
}
