// What the registry says of an issuer and its key (docs/formats.md §9, §11).
import { type Bytes, equal, isZero, toBig, utf8 } from "./bytes.ts";
import { type JsonObject, object } from "./json.ts";
import { memberId } from "./keys.ts";
import type { Kind } from "./kind.ts";
import type { Profile } from "./profile.ts";
import { Refusal } from "./refusal.ts";
import type { ChainState } from "./state.ts";

const MAX_LEVELS = 16;
const MAX_RECORDS = 256;

/** Who is said to have signed what, and when, where the time is proven. */
export interface Claim {
  did: string;
  /** The id of the key. */
  key: Bytes | undefined;
  kind: Kind | undefined;
  profiles: Profile[];
  time: number | null;
}

/** What was found, in the order of the rules; the profile only where the registry holds it. */
export interface Standing {
  found: Refusal[];
  issuer: JsonObject;
  /** The issuer's own profile. */
  school?: Profile;
  path: string[];
  /** The registered names of those on the path. */
  names: JsonObject[];
  custody?: string;
  /** Whether the registry has the member at all, and the kind. */
  registered: boolean;
  kindIsRegistered: boolean;
}

interface Accreditation {
  accredited: number;
  withdrawn: number;
  region: Bytes;
  kinds: bigint;
}

export const MISSING = "issuer.missing";
const missing = (message: string): Refusal => new Refusal(MISSING, message);
const outOfScope = (message: string): Refusal => new Refusal("issuer.out_of_scope", message);
const unknown = (message: string): Refusal => new Refusal("issuer.unknown", message);

export class Registry {
  constructor(private readonly state: ChainState) {}

  /** A word; refuses `issuer.missing` where it is not proven. */
  private word(name: string, ...keys: (Bytes | number)[]): Bytes {
    try {
      const word = this.state.word(this.state.epoch.issuerRegistry, name, ...keys);
      if (word) return word;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    throw missing(`${name} is not proven`);
  }

  /** Everything that can be looked into is, whatever was found before. */
  standing(claim: Claim): Standing {
    const made: Standing = { found: [], issuer: object({}), path: [], names: [], registered: false, kindIsRegistered: false };
    for (const step of [() => this.climb(claim, made), () => this.checkKind(claim, made), () => this.checkKey(claim, made)]) {
      this.step(made, step);
    }
    return made;
  }

  private step<T>(made: Standing, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      made.found.push(error);
      return undefined;
    }
  }

  private climb(claim: Claim, made: Standing): void {
    let id = memberId(claim.did);
    let below: Accreditation | undefined;
    for (let level = 0; level < MAX_LEVELS; level += 1) {
      const parent = this.word("parents", id);
      if (isZero(parent)) throw unknown("the registry does not know it");
      made.registered = true;
      const profile = this.step(made, () => this.profile(claim.profiles[level], id));
      if (profile) {
        made.path.push(profile.did);
        made.names.push(profile.name);
        if (level === 0) {
          made.issuer = object({ did: profile.did, code: profile.code, name: profile.name });
          made.school = profile;
        }
      }
      const { time } = claim;
      const record = time === null ? undefined : this.step(made, () => this.accreditation(id, time));
      if (record) this.step(made, () => checkScope(record, below, claim.kind, level === 0 ? profile : undefined));
      if (equal(parent, id)) {
        if (!equal(id, memberId(this.state.epoch.rootAuthority))) throw unknown("under another root authority");
        return;
      }
      id = parent;
      below = record;
    }
    throw unknown("more than sixteen levels");
  }

  private profile(profile: Profile | undefined, id: Bytes): Profile {
    if (!profile) throw missing("no profile");
    const isRegistered = equal(profile.member, id) && equal(this.word("profiles", id), profile.hash);
    if (!isRegistered) throw unknown("another profile than the registered one");
    return profile;
  }

  /** The accreditation record that contains the time; records are read from the first one on. */
  private accreditation(id: Bytes, at: number): Accreditation {
    let ended = false;
    for (let n = 0; n < MAX_RECORDS; n += 1) {
      const word = this.word("accreditations", id, n);
      if (isZero(word)) throw new Refusal(ended ? "issuer.withdrawn" : "issuer.not_accredited", "no accreditation at that time");
      const record = {
        accredited: number(word, 0, 6), withdrawn: number(word, 6, 12),
        region: trimmed(word.slice(12, 24)), kinds: toBig(word.subarray(24)),
      };
      if (!record.accredited) throw missing("a record that the contract never writes");
      if (record.accredited <= at) {
        if (!record.withdrawn || at < record.withdrawn) return record;
        ended = true;
      }
    }
    throw missing("too many records");
  }

  /** Whether one member publishes another's status lists: as the parent of one that has ended by then (§7). */
  isHeir(heir: Bytes, ended: Bytes, at: number): boolean {
    if (equal(heir, ended) || !equal(this.word("parents", ended), heir)) return false;
    try {
      this.accreditation(ended, at);
      return false;
    } catch (error) {
      if (error instanceof Refusal && error.code !== MISSING) return true;
      throw error;
    }
  }

  private checkKind({ kind }: Claim, made: Standing): void {
    if (!kind) throw missing("no kind");
    const word = this.word("kinds", kind.number, kind.version);
    if (!equal(word, kind.hash)) throw outOfScope("the kind is not the registered one");
    made.kindIsRegistered = true;
  }

  private checkKey({ did, key, time }: Claim, made: Standing): void {
    if (!key) throw missing("no key");
    const record = this.key(memberId(did), key);
    const notValid = (message: string): Refusal => new Refusal("issuer.key_not_valid", message);
    if (!record) throw notValid("the key was never added");
    made.custody = record.custody === 2 ? "own" : "hosted";
    if (time === null) return;
    if (record.compromised && record.compromised <= time) throw new Refusal("issuer.key_compromised", "stolen by then");
    if (!isUsable(record, time)) throw notValid("not yet, or no longer, a key of the issuer");
  }

  /** The record of a key, by its id; undefined where it was never added. */
  key(id: Bytes, key: Bytes): KeyRecord | undefined {
    const word = this.word("keys", id, key);
    if (isZero(word)) return undefined;
    const record = {
      added: number(word, 0, 6), retired: number(word, 6, 12), compromised: number(word, 12, 18), custody: word[18]!,
    };
    if (!record.added || !isZero(word.subarray(19))) throw missing("a record that the contract never writes");
    return record;
  }
}

export interface KeyRecord {
  added: number;
  retired: number;
  compromised: number;
  custody: number;
}

/** Whether signatures of this time count. */
export const isUsable = (record: KeyRecord, time: number): boolean =>
  record.added <= time && [record.retired, record.compromised].every((end) => !end || time < end);

/** A region is compared once the one of the level below is known. */
function checkScope(record: Accreditation, below: Accreditation | undefined, kind: Kind | undefined, issuer: Profile | undefined): void {
  if (below && !startsWith(below.region, record.region)) throw outOfScope("wider than its parent");
  if (kind && !((record.kinds >> BigInt(kind.number)) & 1n)) throw outOfScope("not for this kind");
  if (issuer && !startsWith(utf8(issuer.code), record.region)) throw outOfScope("another region than its code's");
}

const number = (word: Bytes, from: number, to: number): number => Number(toBig(word.subarray(from, to)));

function trimmed(region: Bytes): Bytes {
  const end = region.findIndex((byte) => byte === 0);
  return end < 0 ? region : region.slice(0, end);
}

const startsWith = (text: Bytes, start: Bytes): boolean => equal(text.slice(0, start.length), start);
