// Badges and CLRs as a reader wants them: what was achieved, by whom, with which results (docs/formats.md §18).
//
// Their standard's terms are not the kind's: `name` is the achievement's here, and a result names what it is by an id. Ids,
// types and the learner's hashed number are left out; they stand in the file.
import { type Json, type JsonObject, isObject, isText } from "../json.ts";

/** The values of a badge or CLR; undefined for anything else, and for another system's badge of another shape. */
export function readable(values: JsonObject): JsonObject | undefined {
  const { achievement, verifiableCredential: held } = values;
  if (isObject(achievement)) {
    const { description, criteria } = achievement;
    const achieved = achievementOf(values);
    if (!achieved || !isText(description) || !isObject(criteria) || !isText(criteria.narrative)) return undefined;
    return { ...learner(values), ...achieved, description, criteria: criteria.narrative, ...results(values) };
  }
  if (!Array.isArray(held) || !held.length) return undefined;
  const courses = held.map((one) => {
    const subject = isObject(one) && isObject(one.credentialSubject) ? one.credentialSubject : undefined;
    const achieved = subject && achievementOf(subject);
    return achieved ? { ...achieved, ...results(subject) } : undefined;
  });
  return courses.every((one) => one !== undefined) ? { ...learner(values), courses } : undefined;
}

const listed = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

function learner({ identifier }: JsonObject): JsonObject {
  const names = listed(identifier).filter((one) => one.identityType === "name" && one.hashed === false).map((one) => one.identityHash);
  return names.length && names.every(isText) ? { name: names.join("、") } : {};
}

function achievementOf({ achievement, term, licenseNumber }: JsonObject): JsonObject | undefined {
  if (!isObject(achievement) || !isText(achievement.name)) return undefined;
  const { name, achievementType, fieldOfStudy, humanCode } = achievement;
  const wanted = { title: name, achievementType, programme: fieldOfStudy, code: humanCode, term, number: licenseNumber };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => isText(value))) as JsonObject;
}

/** By the name that the achievement gives each; a result of no such name by the id that it names. */
function results({ achievement, result }: JsonObject): JsonObject {
  const described = isObject(achievement) ? listed(achievement.resultDescription) : [];
  const nameOf = (id: Json | undefined): string => {
    const { name } = described.find((one) => one.id === id) ?? {};
    return isText(name) ? name : String(id);
  };
  return Object.fromEntries(listed(result).map((one) => [nameOf(one.resultDescription), one.value ?? null])) as JsonObject;
}
