// What names a block and who must have sealed it, by the consensus of an epoch (docs/formats.md §10).
import { secp256k1 } from "@noble/curves/secp256k1.js";

import { type Bytes, equal, hex, isZero, keccak256 } from "./bytes.ts";
import { type Header, badSeal, withExtra } from "./header.ts";
import { Refusal, attempt } from "./refusal.ts";
import { type Rlp, decode, encode } from "./trie.ts";
import type { Epoch } from "./trustroot.ts";

const SEAL_SIZE = 65;
const VANITY_SIZE = 32;
const ADDRESS_SIZE = 20;
const MAX_LISTED = 256;
/** How often Clique's headers list all signers. */
const CLIQUE_EPOCH = 30_000;
const BFT_MIX_HASH = "63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365";
const NO_UNCLES = keccak256(Uint8Array.of(0xc0));
/** Votes to add, to drop as Besu writes it, and as GoQuorum does. */
const VOTES = ["ff", "00", ""];

const wrongChain = (message: string): Refusal => new Refusal("anchor.wrong_chain", message);

/** The block hash of a header that the epoch believes; refuses it, and `anchor.missing` where that is not known. */
export function checkHeader(header: Header, epoch: Epoch): Bytes {
  const { closed, consensus } = epoch;
  if ((hex(header.mixHash) === BFT_MIX_HASH) !== (consensus === "qbft")) throw wrongChain("another consensus");
  const validators = validatorsAt(epoch, header.number);
  if (header.number === 0 || !validators) throw wrongChain("no validators for this block");
  const hash = consensus === "qbft" ? qbftHash(header) : keccak256(encode(header.fields));
  if (closed) {
    if (equal(hash, closed.hash)) return hash;
    if (header.number >= closed.number) throw wrongChain("another block than the last one of the epoch");
    if (header.timestamp > closed.time) throw wrongChain("later than the last block of the epoch");
  }
  if (consensus === "qbft") checkQuorum(header, validators);
  else checkSealer(header, validators);
  if (closed && consensus === "clique") throw new Refusal("anchor.missing", "an older block of a closed epoch");
  return hash;
}

/** Who may seal a block; undefined where no range has its number. */
export function validatorsAt(epoch: Epoch, number: number): Bytes[] | undefined {
  return epoch.validators.find((one) => one.from <= number && number <= (one.to ?? Infinity))?.addresses;
}

function checkSealer(header: Header, validators: Bytes[]): void {
  const { extra, number, difficulty, nonce } = header;
  const listed = extra.length - VANITY_SIZE - SEAL_SIZE;
  const listsAll = number % CLIQUE_EPOCH === 0;
  if (listed < 0 || listed % ADDRESS_SIZE !== 0 || listed > 0 !== listsAll) throw badSeal("extra data in no form of Clique");
  if (!isZero(header.mixHash) || !equal(header.uncles, NO_UNCLES)) throw badSeal("a mix hash, or uncles");
  if (difficulty !== 1n && difficulty !== 2n) throw badSeal("a difficulty that is none of Clique");
  const votes = nonce.every((byte) => byte === 0xff);
  const forNobody = isZero(header.beneficiary);
  if (!votes && !isZero(nonce)) throw badSeal("a nonce that is no vote");
  if (votes ? listsAll || forNobody : listsAll && !forNobody) throw badSeal("a vote that cannot be");
  const signer = recover(extra.slice(-SEAL_SIZE), keccak256(encode(withExtra(header, extra.slice(0, -SEAL_SIZE)))));
  if (!validators.some((address) => equal(address, signer))) throw badSeal("sealed by a stranger");
}

/** What QBFT keeps in extra data. */
interface Extra {
  vanity: Rlp;
  validators: Rlp[];
  vote: Rlp;
  round: Bytes;
  seals: Bytes[];
}

function readExtra(data: Bytes): Extra {
  const items = attempt(() => decode(data));
  if (items instanceof Refusal || !Array.isArray(items) || items.length !== 5) throw badSeal("extra data has not its five parts");
  const [vanity, validators, vote, round, seals] = items as [Rlp, Rlp, Rlp, Rlp, Rlp];
  const isRound = !Array.isArray(round) && round.length <= 4 && round[0] !== 0;
  if (!isText(vanity, VANITY_SIZE) || !isVote(vote) || !isRound) throw badSeal("extra data with a part in another form");
  if (!isListOf(validators, ADDRESS_SIZE) || !isListOf(seals, SEAL_SIZE)) throw badSeal("validators or seals that are none");
  return { vanity, validators, vote, round, seals: seals as Bytes[] };
}

const isText = (item: Rlp, size: number): boolean => !Array.isArray(item) && item.length === size;
const isListOf = (item: Rlp, size: number): item is Rlp[] =>
  Array.isArray(item) && item.length <= MAX_LISTED && item.every((one) => isText(one, size));

function isVote(item: Rlp): boolean {
  if (!Array.isArray(item)) return false;
  if (!item.length) return true;
  const [recipient, type] = item;
  return item.length === 2 && isText(recipient!, ADDRESS_SIZE) && !Array.isArray(type) && VOTES.includes(hex(type!));
}

const ROUND_0 = new Uint8Array(0);
const unsealed = (header: Header, { vanity, validators, vote }: Extra, round: Bytes): Bytes =>
  keccak256(encode(withExtra(header, encode([vanity, validators, vote, round, []]))));

/** One block has one hash, in whatever round and by whomever it was sealed. */
const qbftHash = (header: Header): Bytes => unsealed(header, readExtra(header.extra), ROUND_0);

function checkQuorum(header: Header, validators: Bytes[]): void {
  if (!equal(header.uncles, NO_UNCLES) || header.difficulty !== 1n || !isZero(header.nonce)) throw badSeal("against the rules of QBFT");
  const extra = readExtra(header.extra);
  const digest = unsealed(header, extra, extra.round);
  const sealers = new Set(extra.seals.map((seal) => hex(recover(seal, digest))));
  if (sealers.size !== extra.seals.length) throw badSeal("two seals by one key");
  const counted = validators.filter((address) => sealers.has(hex(address))).length;
  // What the header lists as validators is believed by nobody: the trust root's count.
  if (counted < Math.floor((2 * validators.length + 2) / 3)) throw badSeal("sealed by too few of the validators");
}

/** The address whose key made a seal, r ‖ s ‖ recovery id; any second form of one seal is refused. */
function recover(seal: Bytes, digest: Bytes): Bytes {
  const recovery = seal[64];
  if (seal.length !== SEAL_SIZE || (recovery !== 0 && recovery !== 1)) throw badSeal("no seal");
  try {
    const compact = secp256k1.Signature.fromBytes(seal.slice(0, 64), "compact");
    if (compact.hasHighS()) throw badSeal("a seal that is not in low-s form");
    const point = compact.addRecoveryBit(recovery).recoverPublicKey(digest);
    return keccak256(point.toBytes(false).slice(1)).slice(-ADDRESS_SIZE) as Bytes;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw badSeal("a seal that recovers to nobody");
  }
}
