// Who an authority or issuer is, as the registry knows it by hash (docs/formats.md §9).
import { type Bytes, sha256 } from "./bytes.ts";
import { type Json, type JsonObject, isObject, isText, jcs } from "./json.ts";
import { memberId } from "./keys.ts";
import { isLanguageMap } from "./kind.ts";
import { Refusal } from "./refusal.ts";

export interface Profile {
  did: string;
  code: string;
  name: JsonObject;
  member: Bytes;
  hash: Bytes;
}

/** Read a profile; refuses `document.malformed`. */
export function readProfile(value: Json): Profile {
  const { did, code, name, role } = isObject(value) ? value : ({} as JsonObject);
  const sound =
    isObject(value) && Object.keys(value).length === 4 &&
    isText(did) && did.startsWith("did:") && did.length > 4 && did.length <= 512 &&
    isText(code) && /^[\x21-\x7e]{0,32}$/.test(code) &&
    (role === "authority" || role === "issuer") && isLanguageMap(name);
  if (!sound) throw new Refusal("document.malformed", "issuers holds what is no profile");
  return { did, code, name: name as JsonObject, member: memberId(did), hash: sha256(jcs(value)) };
}
