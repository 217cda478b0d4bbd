// What the W3C's models 2.0 and 1.1 demand of any credential (docs/formats.md §19), whatever it is about.
import { parseTime } from "./datetimes.ts";
import { type Json, type JsonObject, isObject, isText, isWhole } from "./json.ts";
import { Refusal, attempt } from "./refusal.ts";
import { checkResource } from "./relatedresource.ts";

export const CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2";
export const CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1";
export const STATUS_TYPE = "BitstringStatusListEntry";
const MAX_STATUS = 16;
// eslint-disable-next-line no-control-regex
const URL_FORM = /^[A-Za-z][A-Za-z0-9+.-]*:[^\p{White_Space}\u0000-\u001f<>"{}|\\^`]{1,4000}$/u;
const INDEX = /^(?:0|[1-9][0-9]{0,15})$/;
const LANGUAGE = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/;
const OFFSET = /(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)$/;

const malformed = (message: string): Refusal => new Refusal("document.malformed", message);
export const isUrl = (value: Json | undefined): value is string => isText(value) && URL_FORM.test(value);

interface Rule {
  /** Whether each object has a type of its own; an id; an id in version 1.1; ids of which none stands twice. */
  untyped?: boolean;
  id?: boolean;
  idIn1?: boolean;
  unique?: boolean;
  more?: (member: JsonObject) => void;
}

const RULES: { [name: string]: Rule } = {
  credentialStatus: { idIn1: true, more: checkStatusEntry },
  credentialSchema: { id: true },
  termsOfUse: {},
  evidence: {},
  refreshService: { idIn1: true },
  relatedResource: { untyped: true, id: true, unique: true, more: checkResource },
  confidenceMethod: {},
  renderMethod: {},
};

/** Refuses `document.malformed`. Gives first and last moment, in milliseconds. */
export function checkCredential(credential: JsonObject): { from: number | undefined; until: number | undefined } {
  const isNew = isVersion2(credential);
  if (!typesOf(credential).includes("VerifiableCredential")) throw malformed("no credential");
  if ("id" in credential && !isUrl(credential.id)) throw malformed("id is one URL");
  const { issuer, credentialSubject, credentialStatus } = credential;
  if (!isUrl(isObject(issuer) ? issuer.id : issuer)) throw malformed("issuer is a URL, or an object whose id is one");
  for (const one of several(credentialSubject)) {
    if (!isObject(one) || !Object.keys(one).length) throw malformed("credentialSubject is an object with at least one member");
    if ("id" in one && !isUrl(one.id)) throw malformed("credentialSubject.id is a URL");
  }
  const found = period(credential, isNew);
  if (isNew) for (const one of [credential, issuer]) if (isObject(one)) checkTexts(one);
  for (const [name, rule] of Object.entries(RULES)) if (name in credential) checkEach(credential[name]!, rule, isNew);
  if (Array.isArray(credentialStatus) && credentialStatus.length > MAX_STATUS) throw malformed("too many status entries");
  return found;
}

function isVersion2(document: JsonObject): boolean {
  const contexts = document["@context"];
  const first = Array.isArray(contexts) ? contexts[0] : undefined;
  if (first !== CREDENTIALS_V2 && first !== CREDENTIALS_V1) throw malformed("not the context of credentials first");
  if (!(contexts as Json[]).slice(1).every((one) => isObject(one) || isUrl(one))) throw malformed("a context is a URL or an object");
  return first === CREDENTIALS_V2;
}

/** The types of an object, a name or several. */
export function typesOf(value: JsonObject): string[] {
  const names = isText(value.type) ? [value.type] : value.type;
  if (!Array.isArray(names) || !names.length || !names.every((name) => isText(name) && name !== "")) throw malformed("no type");
  if ((names as string[]).some((name) => name.includes(":") && !isUrl(name))) throw malformed("a type with a colon is a URL");
  return names as string[];
}

const several = (value: Json | undefined): (Json | undefined)[] => (Array.isArray(value) && value.length ? value : [value]);

function period(credential: JsonObject, isNew: boolean): { from: number | undefined; until: number | undefined } {
  const names = isNew ? ["validFrom", "validUntil"] : ["issuanceDate", "expirationDate"];
  if (!isNew && !("issuanceDate" in credential)) throw malformed("a credential of version 1.1 has an issuanceDate");
  const [from, until] = names.map((name) => {
    if (!(name in credential)) return undefined;
    const time = attempt(() => parseTime(credential[name]));
    if (time instanceof Refusal || !OFFSET.test(credential[name] as string)) throw malformed(`${name} is no time`);
    return time;
  });
  if (from !== undefined && until !== undefined && until < from) throw malformed("an end before the beginning");
  return { from, until };
}

/** `name` and `description`: a text, a language value object, or an array of such objects. */
function checkTexts(members: JsonObject): void {
  for (const name of ["name", "description"]) {
    if (!(name in members) || isText(members[name])) continue;
    for (const one of several(members[name])) {
      const isValue = isObject(one) && isText(one["@value"]) && Object.keys(one).every((key) => ["@value", "@language", "@direction"].includes(key));
      if (!isValue) throw malformed(`${name} is neither a text nor a language value object`);
      const { "@language": language, "@direction": direction } = one as JsonObject;
      if (language !== undefined && !(isText(language) && LANGUAGE.test(language))) throw malformed("@language is a language tag");
      if (direction !== undefined && direction !== "ltr" && direction !== "rtl") throw malformed("@direction is ltr or rtl");
    }
  }
}

function checkEach(value: Json, rule: Rule, isNew: boolean): void {
  const members = Array.isArray(value) ? value : [value];
  if (!members.length || !members.every(isObject)) throw malformed("an object, or an array of objects");
  for (const one of members as JsonObject[]) {
    if (!rule.untyped) typesOf(one);
    if (!("id" in one) && (rule.id || (rule.idIn1 && !isNew))) throw malformed("an object without an id");
    if ("id" in one && !isUrl(one.id)) throw malformed("an id is one URL");
    rule.more?.(one);
  }
  const ids = (members as JsonObject[]).map((one) => one.id);
  if (rule.unique && new Set(ids).size !== ids.length) throw malformed("one id twice");
}

function checkStatusEntry(entry: JsonObject): void {
  if (!typesOf(entry).includes(STATUS_TYPE)) return;
  const { statusPurpose, statusListIndex, statusListCredential, id, statusMessage } = entry;
  if (!isText(statusPurpose) || !statusPurpose) throw malformed("statusPurpose is a text");
  if (!isText(statusListIndex) || !INDEX.test(statusListIndex)) throw malformed("statusListIndex is a whole number as text");
  if (!isUrl(statusListCredential) || id === statusListCredential) throw malformed("statusListCredential is a URL, and not the id");
  const size = entry.statusSize ?? 1;
  if (!isWhole(size, 1, 8) || entry.statusSize === null) throw malformed("statusSize is a whole number from 1 to 8");
  if (statusMessage === undefined ? size > 1 : !isMessages(statusMessage, 2 ** size)) throw malformed("no message for each status");
  const reference = entry.statusReference ?? [];
  if (!(Array.isArray(reference) ? reference : [reference]).every(isUrl)) throw malformed("statusReference is a URL");
}

const isMessages = (value: Json, size: number): boolean =>
  Array.isArray(value) && value.length === size &&
  value.every((one) => isObject(one) && isText(one.status) && /^0x[0-9a-fA-F]{1,2}$/.test(one.status) && isText(one.message));
