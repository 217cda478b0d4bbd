// Every record of an archive: one report for each member, by the member's name (docs/formats.md §16).
import { members } from "./archive.ts";
import type { Library } from "./library.ts";
import { Refusal, refusalOf } from "./refusal.ts";
import type { TrustRoot } from "./trustroot.ts";
import { type Options, type Verification, verify } from "./verify.ts";

export interface Answer {
  /** The member's; "" where the archive itself is refused. */
  name: string;
  made: Verification;
}

/** One answer for each member, as they are found; one alone where the archive is refused. */
export async function* verifyArchive(
  data: Uint8Array, root: TrustRoot, library: Library, options: Options,
): AsyncGenerator<Answer> {
  const found = members(data);
  for (;;) {
    const next = await found.next().catch(refusalOf);
    if (next instanceof Refusal) {
      yield { name: "", made: await verify(next, root, library, options) };
      return;
    }
    if (next.done) return;
    yield { name: next.value.name, made: await verify(next.value.data, root, library, options) };
  }
}
