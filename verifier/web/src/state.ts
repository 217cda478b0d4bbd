// The facts that the tries under one proven header hold (docs/formats.md §8, §9, §10).
import { type Bytes, concat, equal, keccak256, toBig, uint } from "./bytes.ts";
import type { Header } from "./header.ts";
import { Refusal } from "./refusal.ts";
import { type Nodes, decode, lookup } from "./trie.ts";
import type { Contract, Epoch } from "./trustroot.ts";

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
    readonly blockHash: Bytes,
    /** The one that believes the header. */
    readonly epoch: Epoch,
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
