// What a verifier pins: chains, contracts, logs (docs/formats.md §12).
import { type Bytes, concat, equal, fromBase64, hex, sha256, unhex, utf8 } from "./bytes.ts";
import { parseTime } from "./datetimes.ts";
import { type Json, type JsonObject, isObject, isText, isWhole, jcs, parse, without } from "./json.ts";
import * as keys from "./keys.ts";
import type { Log } from "./note.ts";
import { isDidWeb } from "./proof.ts";
import { Refusal, attempt } from "./refusal.ts";

export interface Contract {
  address: Bytes;
  codeHash: Bytes;
  slots: { [name: string]: number };
}

export interface Epoch {
  chainId: number;
  consensus: "clique" | "qbft";
  validators: { from: number; to: number | null; addresses: Bytes[] }[];
  checkpointRegistry: Contract;
  issuerRegistry: Contract;
  rootAuthority: string;
  logs: Log[];
  closed: { number: number; hash: Bytes; time: number } | null;
}

export interface TrustRoot {
  /** `sha256:HEX`. */
  fingerprint: string;
  version: number;
  expires: number;
  assurance: "single-sealer" | "consortium";
  epochs: Epoch[];
}

const malformed = (message: string): Refusal => new Refusal("trustroot.malformed", message);
const need = (condition: boolean, message: string): void => {
  if (!condition) throw malformed(message);
};

const CHECKPOINT_SLOTS = ["heads", "anchors"];
const ISSUER_SLOTS = ["root", "parents", "profiles", "accreditations", "keys", "kinds"];
const [MAX_EPOCHS, MAX_AUTHORITIES, MAX_RANGES, MAX_VALIDATORS, MAX_LOGS] = [64, 32, 256, 256, 64];
const SIGNED = utf8("rollbook trust root v1");

/** Read a trust root and check its signatures; refuses `trustroot.malformed` and `trustroot.not_signed`. */
export async function readTrustRoot(data: Uint8Array): Promise<TrustRoot> {
  const value = members(parse(data), [
    "rollbook", "version", "previous", "expires", "assurance", "authorities", "threshold", "epochs", "signatures",
  ]);
  need(value.rollbook === "trust-root/1", "no trust root of version 1 of the format");
  const { version, previous, assurance, authorities, threshold } = value;
  need(isWhole(version, 1), "a version that is none");
  need(version === 1 ? previous === null : isText(previous) && /^sha256:[0-9a-f]{64}$/.test(previous), "no previous id");
  need(assurance === "single-sealer" || assurance === "consortium", "an unknown assurance");
  need(isList(authorities, MAX_AUTHORITIES) && distinct(authorities as Json[]), "no authorities");
  for (const authority of authorities as Json[]) need(isText(authority) && !(attempt(() => keys.fromMultikey(authority)) instanceof Refusal), "no key");
  need(isWhole(threshold, 1, (authorities as Json[]).length), "a threshold that cannot be met");
  const id = sha256(jcs(without(value, "signatures")));
  await checkSignatures(value.signatures, authorities as string[], threshold as number, concat(SIGNED, id));
  need(isList(value.epochs, MAX_EPOCHS), "no epochs");
  const epochs = (value.epochs as Json[]).map(readEpoch);
  checkLogs(epochs);
  need(assurance === "single-sealer" || isConsortium(epochs), "no consortium");
  return {
    fingerprint: `sha256:${hex(id)}`,
    version: version as number,
    expires: parseTime(value.expires, true),
    assurance: assurance as TrustRoot["assurance"],
    epochs,
  };
}

async function checkSignatures(given: Json | undefined, authorities: string[], threshold: number, message: Bytes): Promise<void> {
  need(Array.isArray(given), "no signatures");
  const signers = new Set<string>();
  for (const one of given as Json[]) {
    const { key, signature } = members(one, ["key", "signature"]);
    need(isText(key) && !signers.has(key), "a signer twice");
    const holds = await keys.verify(keys.fromMultikey(key as string), message, fromBase64(signature));
    if (!holds) throw new Refusal("trustroot.not_signed", "a signature does not hold");
    signers.add(key as string);
  }
  const own = authorities.filter((authority) => signers.has(authority)).length;
  if (own < threshold) throw new Refusal("trustroot.not_signed", "too few signatures");
}

/** A log is in one epoch, or goes on from one that is closed, under the same key. */
function checkLogs(epochs: Epoch[]): void {
  const last = new Map<string, [Log, Epoch]>();
  for (const epoch of epochs) {
    for (const log of epoch.logs) {
      const [known, before] = last.get(log.origin) ?? [];
      need(!known || equal(known.key, log.key), "a log under two keys");
      need(!before || (before !== epoch && before.closed !== null), "a log twice, or after an epoch that is not closed");
      last.set(log.origin, [log, epoch]);
    }
  }
}

/** Whether those who had to agree are at least four from the last epoch on, and all before it has ended. */
export function isConsortium(epochs: Epoch[]): boolean {
  const last = epochs.at(-1)!;
  return last.consensus === "qbft" && last.validators.every((one) => one.addresses.length >= 4) && epochs.slice(0, -1).every((one) => one.closed);
}

function readEpoch(given: Json): Epoch {
  const epoch = members(given, [
    "chainId", "consensus", "genesis", "validators", "checkpointRegistry", "issuerRegistry", "rootAuthority", "logs",
    "closed",
  ]);
  need(isWhole(epoch.chainId, 1), "no chain id");
  need(epoch.consensus === "clique" || epoch.consensus === "qbft", "another consensus");
  fromHex(epoch.genesis, 32);
  need(isText(epoch.rootAuthority) && isDidWeb(epoch.rootAuthority), "no root authority");
  need(isList(epoch.logs, MAX_LOGS), "no logs");
  return {
    chainId: epoch.chainId as number,
    consensus: epoch.consensus as Epoch["consensus"],
    validators: readValidators(epoch.validators),
    checkpointRegistry: readContract(epoch.checkpointRegistry, CHECKPOINT_SLOTS),
    issuerRegistry: readContract(epoch.issuerRegistry, ISSUER_SLOTS),
    rootAuthority: epoch.rootAuthority as string,
    logs: (epoch.logs as Json[]).map(readLog),
    closed: epoch.closed === null ? null : readClosed(epoch.closed),
  };
}

function readValidators(given: Json | undefined): Epoch["validators"] {
  need(isList(given, MAX_RANGES), "no validators");
  let next = 0;
  return (given as Json[]).map((one) => {
    const range = members(one, ["from", "to", "addresses"]);
    need(isWhole(range.from, next), "ranges that overlap");
    need(range.to === null || isWhole(range.to, range.from as number), "a range that ends before it begins");
    next = range.to === null ? Infinity : (range.to as number) + 1;
    need(isList(range.addresses, MAX_VALIDATORS) && distinct(range.addresses as Json[]), "no addresses");
    const addresses = (range.addresses as Json[]).map((address) => fromHex(address, 20));
    return { from: range.from as number, to: range.to as number | null, addresses };
  });
}

function readContract(given: Json | undefined, needed: string[]): Contract {
  const contract = members(given, ["address", "codeHash", "slots"]);
  need(isObject(contract.slots), "no slots");
  const slots = contract.slots as JsonObject;
  need(Object.values(slots).every((slot) => isWhole(slot)), "a slot that is none");
  need(needed.every((name) => name in slots), "a slot is missing");
  return {
    address: fromHex(contract.address, 20),
    codeHash: fromHex(contract.codeHash, 32),
    slots: slots as { [name: string]: number },
  };
}

function readLog(given: Json): Log {
  const log = members(given, ["origin", "key"]);
  need(isText(log.origin) && /^[^\p{White_Space}+]{1,255}$/u.test(log.origin) && isText(log.key), "no log");
  return { origin: log.origin as string, key: keys.fromMultikey(log.key as string) };
}

function readClosed(given: Json | undefined): Epoch["closed"] {
  const closed = members(given, ["number", "hash", "time"]);
  need(isWhole(closed.number) && isWhole(closed.time), "no last block");
  return { number: closed.number as number, hash: fromHex(closed.hash, 32), time: closed.time as number };
}

/** The object, if it has exactly these members. */
function members(value: Json | undefined, names: string[]): JsonObject {
  need(isObject(value), "no object");
  const found = Object.keys(value as JsonObject);
  need(found.length === names.length && names.every((name) => name in (value as JsonObject)), "other members");
  return value as JsonObject;
}

function fromHex(text: Json | undefined, size: number): Bytes {
  const data = isText(text) && text.startsWith("0x") ? unhex(text.slice(2)) : undefined;
  if (data?.length !== size) throw malformed("not 0x and lower-case hexadecimal");
  return data;
}

const isList = (value: Json | undefined, most: number): boolean => Array.isArray(value) && value.length > 0 && value.length <= most;
const distinct = (values: Json[]): boolean => new Set(values.map((value) => JSON.stringify(value))).size === values.length;
