// Times: RFC 3339 in UTC with `Z` in our own formats, any offset in documents of other systems.
import { Refusal } from "./refusal.ts";

const FORM = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
const [FIRST, AFTER_LAST] = [Date.parse("0001-01-01T00:00:00Z"), Date.parse("+010000-01-01T00:00:00Z")];

/** Milliseconds since 1970 (with a fraction where the text has microseconds). Refuses what is no date or time. */
export function parseTime(text: unknown, utcOnly = false): number {
  const refusal = new Refusal("time.malformed", "no RFC 3339 time");
  const found = typeof text === "string" ? FORM.exec(text) : null;
  if (!found) throw refusal;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [
    number, number, number, number, number, number,
  ];
  const zone = found[8]!;
  if (utcOnly && zone !== "Z") throw refusal;
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  const exists = midnight.getUTCFullYear() === year && midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === day;
  if (!exists || year === 0 || hour > 23 || minute > 59 || second > 59) throw refusal;
  const [hours, minutes] = zone === "Z" ? [0, 0] : zone.slice(1).split(":").map(Number) as [number, number];
  if (hours! * 60 + minutes! > 14 * 60 || minutes! > 59) throw refusal;
  const offset = (zone.startsWith("-") ? -1 : 1) * (hours! * 60 + minutes!) * 60_000;
  const fraction = found[7] ? Number(`0${found[7]}`) * 1000 : 0;
  const moment = midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + fraction - offset;
  if (moment < FIRST || moment >= AFTER_LAST) throw refusal;
  return moment;
}

/** Whole seconds as `…Z`. */
export const render = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
