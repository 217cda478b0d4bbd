// The log's checkpoint, the chain's header, and whether the two registries say of them what the bundle says
// (docs/formats.md §6, §8, §10, §11).
import { type Bytes, concat, equal, fromBase64, sha256, uint } from "./bytes.ts";
import { type Anchor, type Given, MAX_UNIX } from "./bundle.ts";
import { ChainState, checkHeader, parseHeader, wordAsNumber } from "./header.ts";
import { memberId } from "./keys.ts";
import { type Checkpoint, type Log, logId, openCheckpoint } from "./note.ts";
import { Refusal, attempt, refusalOf } from "./refusal.ts";
import { Nodes } from "./trie.ts";
import type { Epoch, TrustRoot } from "./trustroot.ts";

/** Which chain is meant, and which of its logs. */
export interface Ground {
  /** Undefined where it is open which chain is meant. */
  epoch?: Epoch;
  log?: Log;
  /** The checkpoint, where a trusted log signed it; else what is wrong with it. */
  checkpoint?: Checkpoint | Refusal;
}

/** The log is the trusted one of the checkpoint's origin; the epoch is the log's, else the only one. */
export async function groundOf(given: Given, root: TrustRoot): Promise<Ground> {
  const ground: Ground = {};
  const only = root.epochs.length === 1 ? root.epochs[0]! : undefined;
  if (given.checkpoint !== undefined) {
    const found = await trusted(given.checkpoint, root);
    if (!(found instanceof Refusal)) return found;
    ground.checkpoint = found;
  }
  if (only) ground.epoch = only;
  if (only?.logs.length === 1) ground.log = only.logs[0]!;
  return ground;
}

/** The checkpoint, with the trust root's log that is named in its first line. */
async function trusted(note: string, root: TrustRoot): Promise<Ground | Refusal> {
  const origin = note.split("\n", 1)[0];
  for (const epoch of root.epochs) {
    const log = epoch.logs.find((one) => one.origin === origin);
    if (!log) continue;
    const checkpoint = await openCheckpoint(note, log).catch(refusalOf);
    return checkpoint instanceof Refusal ? checkpoint : { epoch, log, checkpoint };
  }
  return new Refusal("inclusion.wrong_log", "no trusted log");
}

/** What the chain proves: the state under one sealed header, and two anchors under it. */
export interface ChainFacts {
  /** Undefined where the anchor is proven. */
  refusal?: Refusal;
  state?: ChainState;
  /** The anchor of the entry, and the newest one, both only where the check passes. */
  anchor?: Anchor;
  newest?: Anchor;
}

const missing = (message: string): Refusal => new Refusal("anchor.missing", message);
const mismatch = (message: string): Refusal => new Refusal("anchor.mismatch", message);

export function chainFacts(given: Given, ground: Ground, root: TrustRoot, now: number): ChainFacts {
  const { anchor, chain } = given;
  const readable = chain !== undefined && ground.epoch !== undefined;
  if (!readable && (!anchor || !chain)) return { refusal: absent(given, ground) };
  if (root.expires < now) return { refusal: new Refusal("anchor.trust_expired", "the trust root has expired") };
  if (!readable) return { refusal: missing("without a trusted checkpoint it is open which chain is meant") };
  const state = attempt(() => openState(chain, ground.epoch!));
  if (state instanceof Refusal) return { refusal: state };
  const wrong = attempt(() => checkRegistry(state, ground.epoch!));
  if (wrong instanceof Refusal && wrong.code === "anchor.wrong_contract") return { refusal: wrong };
  if (!anchor) return { refusal: absent(given, ground), state };
  if (!ground.log) return { refusal: missing("it is open which log is meant"), state };
  const found = attempt(() => checkAnchors(state, given, anchor, ground));
  return found instanceof Refusal ? { refusal: found, state } : { ...found, state };
}

/** An entry that is in the log has an anchor to come; of anything else nothing is known. */
function absent(given: Given, { checkpoint }: Ground): Refusal {
  const logged = given.inclusion && checkpoint && !(checkpoint instanceof Refusal) && !given.anchor;
  return new Refusal(logged ? "anchor.pending" : "anchor.missing", "no anchor, or no chain");
}

function openState(chain: { header: string; nodes: string[] }, epoch: Epoch): ChainState {
  const parts = attempt(() => [chain.header, ...chain.nodes].map(fromBase64));
  if (parts instanceof Refusal) throw mismatch(parts.message);
  const header = parseHeader(parts[0]!);
  checkHeader(header, epoch);
  if (header.timestamp > MAX_UNIX) throw new Refusal("anchor.bad_seal", "a time beyond the calendar");
  return new ChainState(header, new Nodes(parts.slice(1)));
}

/** What the nodes do not prove is found missing where it is needed. */
function checkRegistry(state: ChainState, epoch: Epoch): void {
  const authority = state.word(epoch.issuerRegistry, "root");
  if (authority && !equal(authority, memberId(epoch.rootAuthority))) {
    throw new Refusal("anchor.wrong_contract", "another authority at the root of the registry");
  }
}

function checkAnchors(state: ChainState, given: Given, anchor: Anchor, ground: Ground): { anchor: Anchor; newest?: Anchor } {
  const { checkpoint } = ground;
  if (checkpoint && !(checkpoint instanceof Refusal)) {
    if (checkpoint.size !== anchor.size || !equal(checkpoint.root, anchor.root)) {
      throw mismatch("the checkpoint is not the anchored one");
    }
  }
  const registry = ground.epoch!.checkpointRegistry;
  const log = logId(ground.log!);
  try {
    const word = state.word(registry, "anchors", log, anchor.size);
    if (!word) throw missing("the anchor's slot is not proven");
    if (!equal(word, preimageHash(anchor))) throw mismatch("the chain holds no such anchor");
    const { newest } = given;
    if (!newest) return { anchor };
    const head = state.word(registry, "heads", log);
    if (!head) return { anchor };
    if (wordAsNumber(head) !== BigInt(newest.size)) throw mismatch("the newest is not the head of the log");
    const accepted = state.word(registry, "anchors", log, newest.size);
    if (!accepted) return { anchor };
    if (!equal(accepted, preimageHash(newest))) throw mismatch("the chain holds no such newest anchor");
    return { anchor, newest };
  } catch (error) {
    if (error instanceof Refusal && !error.code.startsWith("anchor.")) throw mismatch(error.message);
    throw error;
  }
}

/** SHA-256 of what the contract keeps of an accepted checkpoint. */
function preimageHash(anchor: Anchor): Bytes {
  return sha256(
    concat(uint(anchor.size, 32), anchor.root, uint(anchor.previousSize, 32), uint(anchor.time, 32), anchor.statusRoot),
  );
}
