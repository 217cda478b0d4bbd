// A sealed block header, and the facts that the tries under it hold (docs/formats.md §8, §9, §10).
import { secp256k1 } from "@noble/curves/secp256k1.js";

import { type Bytes, concat, equal, hex, keccak256, toBig, uint } from "./bytes.ts";
import { Refusal } from "./refusal.ts";
import { type Rlp, Nodes, decode, encodeList, lookup } from "./trie.ts";
import type { Contract, Epoch } from "./trustroot.ts";

const SEAL_SIZE = 65;
/** keccak256("Istanbul practical byzantine fault tolerance"): the mix hash of IBFT and QBFT. */
const BFT_MIX_HASH = "63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365";

export interface Header {
  hash: Bytes;
  stateRoot: Bytes;
  number: number;
  timestamp: number;
  mixHash: Bytes;
  /** What the seal is over, and the seal. */
  sealHash: Bytes;
  seal: Bytes;
}

const badSeal = (message: string): Refusal => new Refusal("anchor.bad_seal", message);

export function parseHeader(data: Bytes): Header {
  let fields: Rlp;
  try {
    fields = decode(data);
  } catch (error) {
    if (error instanceof Refusal) throw badSeal(error.message);
    throw error;
  }
  if (!Array.isArray(fields) || fields.length < 16 || fields.some(Array.isArray)) throw badSeal("no header");
  const items = fields as Bytes[];
  const extra = items[12]!;
  if (items[3]!.length !== 32 || items[13]!.length !== 32) throw badSeal("no header");
  const unsealed = [...items];
  unsealed[12] = extra.slice(0, Math.max(0, extra.length - SEAL_SIZE));
  return {
    hash: keccak256(data),
    stateRoot: items[3]!,
    number: number(items[8]!),
    timestamp: number(items[11]!),
    mixHash: items[13]!,
    sealHash: keccak256(encodeList(unsealed)),
    seal: extra.length < SEAL_SIZE ? new Uint8Array(0) : extra.slice(-SEAL_SIZE),
  };
}

function number(data: Bytes): number {
  if (data.length > 6 || data[0] === 0) throw badSeal("a number that is none");
  return Number(toBig(data));
}

/** Refuses a header that is of another chain, not sealed by a validator, or no longer believed. */
export function checkHeader(header: Header, epoch: Epoch): void {
  const wrongChain = (message: string): Refusal => new Refusal("anchor.wrong_chain", message);
  if (epoch.consensus === "clique" && hex(header.mixHash) === BFT_MIX_HASH) throw wrongChain("another consensus");
  if (header.number === 0) throw wrongChain("the first block");
  const range = epoch.validators.find((one) => one.from <= header.number && header.number <= (one.to ?? Infinity));
  if (!range) throw wrongChain("no validators for this block");
  const { closed } = epoch;
  if (closed && header.number >= closed.number && !equal(header.hash, closed.hash)) {
    throw wrongChain("another block than the last one of the epoch");
  }
  const signer = recover(header);
  if (!range.addresses.some((address) => equal(address, signer))) throw badSeal("sealed by a stranger");
  if (closed && header.number < closed.number) throw new Refusal("anchor.missing", "an older block of a closed epoch");
}

function recover(header: Header): Bytes {
  const { seal } = header;
  const recovery = seal[64];
  if (seal.length !== SEAL_SIZE || (recovery !== 0 && recovery !== 1)) throw badSeal("no seal");
  try {
    const compact = secp256k1.Signature.fromBytes(seal.slice(0, 64), "compact");
    if (compact.hasHighS()) throw badSeal("a seal that is not in low-s form");
    const point = compact.addRecoveryBit(recovery).recoverPublicKey(header.sealHash);
    return keccak256(point.toBytes(false).slice(1)).slice(-20) as Bytes;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw badSeal("a seal that recovers to nobody");
  }
}

/** Where a variable lies: a mapping's slot is keccak256(slot ‖ key), nested for each key. */
export function slotOf(contract: Contract, name: string, ...keys: (Bytes | number)[]): Bytes {
  let slot = uint(contract.slots[name]!, 32);
  for (const key of keys) slot = keccak256(concat(slot, typeof key === "number" ? uint(key, 32) : key));
  return slot;
}

/** The words of two contracts under one proven header. */
export class ChainState {
  private readonly storageRoots = new Map<Contract, Bytes | null>();

  constructor(
    readonly header: Header,
    private readonly nodes: Nodes,
  ) {}

  /** Whether the account is proven. Refuses `anchor.wrong_contract` where another code lies at the address. */
  has(contract: Contract): boolean {
    if (!this.storageRoots.has(contract)) this.storageRoots.set(contract, this.storageRoot(contract));
    return this.storageRoots.get(contract) !== null;
  }

  private storageRoot(contract: Contract): Bytes | null {
    const found = lookup(this.nodes, this.header.stateRoot, keccak256(contract.address));
    if (found === undefined) return null;
    const account = found === null ? [] : decode(found);
    if (!Array.isArray(account) || account.length !== 4 || account.some(Array.isArray)) {
      throw new Refusal("anchor.wrong_contract", "no contract at the address");
    }
    const [, , storageRoot, codeHash] = account as Bytes[];
    if (!equal(codeHash!, contract.codeHash)) throw new Refusal("anchor.wrong_contract", "another code");
    if (storageRoot!.length !== 32) throw new Refusal("rlp.malformed", "no storage root");
    return storageRoot!;
  }

  /** The 32 bytes of a variable; zero where the chain holds nothing, undefined where it is not proven. */
  word(contract: Contract, name: string, ...keys: (Bytes | number)[]): Bytes | undefined {
    if (!this.has(contract)) return undefined;
    const root = this.storageRoots.get(contract)!;
    const found = lookup(this.nodes, root, keccak256(slotOf(contract, name, ...keys)));
    if (found === undefined) return undefined;
    if (found === null) return new Uint8Array(32);
    const value = decode(found);
    if (Array.isArray(value) || value.length > 32 || value[0] === 0 || !value.length) {
      throw new Refusal("rlp.malformed", "no word");
    }
    return concat(new Uint8Array(32 - value.length), value);
  }
}

/** The same as a number. */
export function wordAsNumber(word: Bytes): bigint {
  return toBig(word);
}
