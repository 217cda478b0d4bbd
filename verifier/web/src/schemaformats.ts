// The formats that a kind may name (docs/formats.md §3), each asserted.
import { parseTime } from "./datetimes.ts";
import { attempt, Refusal } from "./refusal.ts";

const DURATION = /^P(?!$)(?:[0-9]+W|(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?!$)(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?)$/;
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$/;
const UUID = /^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$/;
const EMAIL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

const isTime = (text: string): boolean => !(attempt(() => parseTime(text.toUpperCase())) instanceof Refusal);

/** Whether a text is of a format of JSON Schema 2020-12 §7.3. */
export function holdsFormat(format: string, text: string): boolean {
  switch (format) {
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(text) && isTime(`${text}T00:00:00Z`);
    case "date-time":
      return isTime(text);
    case "time":
      return isTime(`2000-01-01T${text}`);
    case "duration":
      return DURATION.test(text);
    case "uri":
      return URI.test(text);
    case "uuid":
      return UUID.test(text);
    default:
      return EMAIL.test(text);
  }
}
