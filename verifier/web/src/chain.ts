// The log's checkpoint, the chain's header, and whether the two registries say of them what the bundle says
// (docs/formats.md §6, §8, §10, §11).
import { type Bytes, concat, equal, fromBase64, hex, sha256, uint } from "./bytes.ts";
import type { Anchor, Given } from "./bundle.ts";
import { parseHeader } from "./header.ts";
import { memberId } from "./keys.ts";
import { type Checkpoint, type Log, logId, openCheckpoint } from "./note.ts";
import { Refusal, attempt, refusalOf } from "./refusal.ts";
import { checkHeader, validatorsAt } from "./seals.ts";
import { ChainState, wordAsNumber } from "./state.ts";
import { Nodes } from "./trie.ts";
import { type Epoch, type TrustRoot, isConsortium } from "./trustroot.ts";

/** Which chains may be meant, and which log. */
export interface Ground {
  /** The later first; none where it is open which chain is meant. */
  epochs: Epoch[];
  /** The log of the checkpoint. */
  log?: Log;
  /** The checkpoint, where a trusted log signed it; else what is wrong with it. */
  checkpoint?: Checkpoint | Refusal;
}

/** The log is the trusted one of the checkpoint's origin; without one every epoch may be meant, of one chain or log. */
export async function groundOf(given: Given, root: TrustRoot): Promise<Ground> {
  const found = given.checkpoint === undefined ? undefined : await trusted(given.checkpoint, root);
  if (found && !(found instanceof Refusal)) return found;
  const logs = new Set(root.epochs.flatMap((epoch) => epoch.logs.map((log) => hex(logId(log)))));
  const epochs = root.epochs.length === 1 || logs.size === 1 ? [...root.epochs].reverse() : [];
  return found ? { epochs, checkpoint: found } : { epochs };
}

/** The checkpoint, with the trust root's log that is named in its first line. */
async function trusted(note: string, root: TrustRoot): Promise<Ground | Refusal> {
  const origin = note.split("\n", 1)[0];
  const epochs = root.epochs.filter((epoch) => epoch.logs.some((log) => log.origin === origin)).reverse();
  const log = epochs[0]?.logs.find((one) => one.origin === origin);
  if (!log) return new Refusal("inclusion.wrong_log", "no trusted log");
  const checkpoint = await openCheckpoint(note, log).catch(refusalOf);
  return checkpoint instanceof Refusal ? checkpoint : { epochs, log, checkpoint };
}

/** Validators that had to agree before a chain is a consortium's. */
const CONSORTIUM_LEAST = 4;

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
  const readable = chain !== undefined && ground.epochs.length > 0;
  if (!readable && (!anchor || !chain)) return { refusal: absent(given, ground) };
  if (root.expires < now) return { refusal: new Refusal("anchor.trust_expired", "the trust root has expired") };
  if (!readable) return { refusal: missing("without a trusted checkpoint it is open which chain is meant") };
  const state = attempt(() => openState(chain, ground.epochs));
  if (state instanceof Refusal) return { refusal: state };
  const wrong = attempt(() => checkRegistry(state));
  if (wrong instanceof Refusal && wrong.code === "anchor.wrong_contract") return { refusal: wrong };
  if (!anchor) return { refusal: absent(given, ground), state };
  const log = ground.log ?? (state.epoch.logs.length === 1 ? state.epoch.logs[0] : undefined);
  if (!log) return { refusal: missing("it is open which log is meant"), state };
  const found = attempt(() => checkAnchors(state, given, anchor, log, ground.checkpoint));
  return found instanceof Refusal ? { refusal: found, state } : { ...found, state };
}

/** An entry that is in the log has an anchor to come; of anything else nothing is known. */
function absent(given: Given, { checkpoint }: Ground): Refusal {
  const logged = given.inclusion && checkpoint && !(checkpoint instanceof Refusal) && !given.anchor;
  return new Refusal(logged ? "anchor.pending" : "anchor.missing", "no anchor, or no chain");
}

/** The state under the header, of the epoch that believes it and has its contracts there (docs/formats.md §12). */
function openState(chain: { header: string; nodes: string[] }, epochs: Epoch[]): ChainState {
  const parts = attempt(() => [chain.header, ...chain.nodes].map(fromBase64));
  if (parts instanceof Refusal) throw mismatch(parts.message);
  const header = parseHeader(parts[0]!);
  const nodes = new Nodes(parts.slice(1));
  const judged = epochs.map((epoch) => {
    const hash = attempt(() => checkHeader(header, epoch));
    return hash instanceof Refusal ? hash : new ChainState(header, hash, epoch, nodes);
  });
  const believed = judged.filter((one) => one instanceof ChainState);
  const state = believed.find((one) => attempt(() => one.has(one.epoch.checkpointRegistry)) === true) ?? believed[0];
  if (state) return state;
  const refused = judged as Refusal[];
  throw refused.find((one) => one.code === "anchor.missing") ?? refused[0]!;
}

/** How much the header that is believed is worth, and the time of an anchor that an epoch before may have written. */
export function assuranceOf(
  root: TrustRoot, state: ChainState | undefined, anchoredAt: number | null,
): TrustRoot["assurance"] {
  if (!state) return root.assurance;
  const { epoch } = state;
  const several = (validatorsAt(epoch, state.header.number)?.length ?? 0) >= CONSORTIUM_LEAST;
  const before = root.epochs.slice(0, root.epochs.indexOf(epoch));
  const takenOver = anchoredAt !== null && before.some((one) =>
    !isConsortium([one]) && one.closed !== null && anchoredAt <= one.closed.time
    && one.logs.some((log) => epoch.logs.some((other) => log.origin === other.origin)));
  return epoch.consensus === "qbft" && several && !takenOver ? root.assurance : "single-sealer";
}

/** What the nodes do not prove is found missing where it is needed. */
function checkRegistry(state: ChainState): void {
  const authority = state.word(state.epoch.issuerRegistry, "root");
  if (authority && !equal(authority, memberId(state.epoch.rootAuthority))) {
    throw new Refusal("anchor.wrong_contract", "another authority at the root of the registry");
  }
}

function checkAnchors(
  state: ChainState, given: Given, anchor: Anchor, log: Log, checkpoint: Ground["checkpoint"],
): { anchor: Anchor; newest?: Anchor } {
  if (checkpoint && !(checkpoint instanceof Refusal)) {
    if (checkpoint.size !== anchor.size || !equal(checkpoint.root, anchor.root)) {
      throw mismatch("the checkpoint is not the anchored one");
    }
  }
  const registry = state.epoch.checkpointRegistry;
  const id = logId(log);
  try {
    const word = state.word(registry, "anchors", id, anchor.size);
    if (!word) throw missing("the anchor's slot is not proven");
    if (!equal(word, preimageHash(anchor))) throw mismatch("the chain holds no such anchor");
    const { newest } = given;
    if (!newest) return { anchor };
    const head = state.word(registry, "heads", id);
    if (!head) return { anchor };
    if (wordAsNumber(head) !== BigInt(newest.size)) throw mismatch("the newest is not the head of the log");
    const accepted = state.word(registry, "anchors", id, newest.size);
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
