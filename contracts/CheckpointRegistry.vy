# pragma version 0.4.3
# pragma evm-version london
# SPDX-License-Identifier: Apache-2.0
# Copyright Rollbook contributors
"""
@title CheckpointRegistry
@notice Holds, for each log, every checkpoint that was accepted and when. A checkpoint is accepted from the log's
        operator only, and only with an RFC 9162 consistency proof from the last accepted one, checked here: so there
        is one history, and it only grows. A log that comes from an older registry is seeded with its anchors before
        anything else is done with it. docs/formats.md section 8 repeats what follows.
@dev Storage. Names and slots stay for ever; verifiers derive every slot from them. Slot 0 is the compiler's.

     slot  name        key            value
     1     admin                      address that opens and freezes logs and replaces operators
     2     operators   log id         address that may add checkpoints; zero while seeding, and once frozen
     3     heads       log id         newest accepted size
     4     roots       log id         root of the newest size
     5     anchors     log id, size   SHA-256(size . root . previous size . block time . status root), five 32-byte words
     6     successors  log id         non-zero once frozen: what goes on, or SHA-256("closed")
     7     seeding     log id         the operator to be, while the log is seeded; zero before and after

     log id = SHA-256(origin . 0x0A . 0x01 . Ed25519 key of the log)
     what goes on: another log id here, or for a log that moves to another registry under its own id
       SHA-256("rollbook successor v1" . u256 chain id . that registry's address (20 bytes) . log id)
"""

event AdminSet:
    admin: address

event Opened:
    log_id: indexed(bytes32)
    operator: address
    size: uint256
    root: bytes32

event AnchorSeeded:
    log_id: indexed(bytes32)
    size: uint256
    anchor: bytes32

event SeedingEnded:
    log_id: indexed(bytes32)

event OperatorSet:
    log_id: indexed(bytes32)
    operator: address

event Anchored:
    log_id: indexed(bytes32)
    size: uint256
    root: bytes32
    prev_size: uint256
    time: uint256
    status_root: bytes32

event Frozen:
    log_id: indexed(bytes32)
    size: uint256
    root: bytes32
    successor: bytes32

SIZE_LIMIT: constant(uint256) = 1 << 48
MAX_GROWTH: constant(uint256) = 1 << 24
MAX_PROOF: constant(uint256) = 64
MAX_SEEDED: constant(uint256) = 256

admin: public(address)
operators: public(HashMap[bytes32, address])
heads: public(HashMap[bytes32, uint256])
roots: public(HashMap[bytes32, bytes32])
anchors: public(HashMap[bytes32, HashMap[uint256, bytes32]])
successors: public(HashMap[bytes32, bytes32])
seeding: public(HashMap[bytes32, address])


@deploy
def __init__():
    self.admin = msg.sender
    log AdminSet(admin=msg.sender)


@external
def set_admin(admin: address):
    """
    @notice Hands the administration over.
    """
    assert msg.sender == self.admin, "not admin"
    assert admin != empty(address), "zero address"
    self.admin = admin
    log AdminSet(admin=admin)


@external
def open(log_id: bytes32, operator: address, size: uint256, root: bytes32):
    """
    @notice Opens a log, once: fresh with size and root zero; or with a frozen predecessor's last size and root, and
            then it is seeded, and has no operator, until `end_seeding`.
    """
    assert msg.sender == self.admin, "not admin"
    assert log_id != empty(bytes32), "zero log id"
    assert operator != empty(address), "zero address"
    assert self.operators[log_id] == empty(address) and self.successors[log_id] == empty(bytes32), "already opened"
    assert self.seeding[log_id] == empty(address), "already opened"
    assert (size == 0) == (root == empty(bytes32)), "size and root disagree"
    assert size < SIZE_LIMIT, "size too large"
    if size == 0:
        self.operators[log_id] = operator
    else:
        self.seeding[log_id] = operator
        self.heads[log_id] = size
        self.roots[log_id] = root
    log Opened(log_id=log_id, operator=operator, size=size, root=root)


@external
def seed_anchors(log_id: bytes32, sizes: DynArray[uint256, MAX_SEEDED], words: DynArray[bytes32, MAX_SEEDED]):
    """
    @notice Takes over anchors of the predecessor, word for word, each once, while the log is being seeded.
    @dev A word is a hash and cannot be judged here. Who signs the next trust root compares all of them with the old
         contract's.
    """
    assert msg.sender == self.admin, "not admin"
    assert self.seeding[log_id] != empty(address), "not seeding"
    assert len(sizes) == len(words) and len(sizes) > 0, "sizes and words disagree"
    head: uint256 = self.heads[log_id]
    for i: uint256 in range(len(sizes), bound=MAX_SEEDED):
        size: uint256 = sizes[i]
        assert size > 0 and size <= head, "size beyond the seed"
        assert words[i] != empty(bytes32), "zero word"
        assert self.anchors[log_id][size] == empty(bytes32), "already seeded"
        self.anchors[log_id][size] = words[i]
        log AnchorSeeded(log_id=log_id, size=size, anchor=words[i])


@external
def end_seeding(log_id: bytes32):
    """
    @notice Ends the seeding of a log for good and lets its operator begin. The anchor of its size must be there.
    """
    assert msg.sender == self.admin, "not admin"
    operator: address = self.seeding[log_id]
    assert operator != empty(address), "not seeding"
    assert self.anchors[log_id][self.heads[log_id]] != empty(bytes32), "newest anchor missing"
    self.seeding[log_id] = empty(address)
    self.operators[log_id] = operator
    log SeedingEnded(log_id=log_id)


@external
def set_operator(log_id: bytes32, operator: address):
    """
    @notice Replaces the operator of an open log.
    """
    assert msg.sender == self.admin, "not admin"
    assert operator != empty(address), "zero address"
    assert self.operators[log_id] != empty(address), "not open"
    self.operators[log_id] = operator
    log OperatorSet(log_id=log_id, operator=operator)


@external
def freeze(log_id: bytes32, successor: bytes32):
    """
    @notice Ends a log for good and names what follows it, as above, or SHA-256("closed") where nothing does.
    """
    assert msg.sender == self.admin, "not admin"
    assert successor != empty(bytes32), "zero successor"
    assert successor != log_id, "own successor"
    assert self.operators[log_id] != empty(address), "not open"
    self.operators[log_id] = empty(address)
    self.successors[log_id] = successor
    log Frozen(log_id=log_id, size=self.heads[log_id], root=self.roots[log_id], successor=successor)


@external
def accept(log_id: bytes32, size: uint256, root: bytes32, status_root: bytes32, proof: DynArray[bytes32, MAX_PROOF]):
    """
    @notice Accepts the log's next checkpoint.
    @param proof RFC 9162 consistency proof from the newest accepted size; empty for the first checkpoint of a fresh log.
    """
    assert msg.sender == self.operators[log_id], "not operator"
    prev_size: uint256 = self.heads[log_id]
    assert size < SIZE_LIMIT, "size too large"
    assert size > prev_size, "not larger"
    assert size - prev_size <= MAX_GROWTH, "grows too much"
    assert root != empty(bytes32), "zero root"
    if prev_size == 0:
        assert len(proof) == 0, "bad proof"
    else:
        self._check_consistency(prev_size, self.roots[log_id], size, root, proof)
    self.heads[log_id] = size
    self.roots[log_id] = root
    self.anchors[log_id][size] = sha256(
        concat(
            convert(size, bytes32), root, convert(prev_size, bytes32), convert(block.timestamp, bytes32), status_root
        )
    )
    log Anchored(
        log_id=log_id, size=size, root=root, prev_size=prev_size, time=block.timestamp, status_root=status_root
    )


@external
@view
def head(log_id: bytes32) -> (uint256, bytes32):
    """
    @notice The newest accepted size and root; zero and zero for a fresh or unknown log.
    """
    return self.heads[log_id], self.roots[log_id]


@internal
@pure
def _check_consistency(
    first: uint256, first_root: bytes32, second: uint256, second_root: bytes32, proof: DynArray[bytes32, MAX_PROOF]
):
    """
    @dev RFC 9162 section 2.1.4.2, for 0 < first < second; the letters follow its text. That no node is left over or
         missing follows from `sn`, which must become zero exactly with the last one.
    """
    assert len(proof) > 0, "bad proof"
    fn: uint256 = first - 1
    sn: uint256 = second - 1
    for i: uint256 in range(48):
        if fn & 1 == 0:
            break
        fn >>= 1
        sn >>= 1
    # Where first is a power of two (then fn is zero by now), its root starts the path and is not in the proof.
    start: uint256 = 0
    fr: bytes32 = first_root
    if fn != 0:
        fr = proof[0]
        start = 1
    sr: bytes32 = fr
    for i: uint256 in range(start, len(proof), bound=MAX_PROOF):
        assert sn != 0, "bad proof"
        c: bytes32 = proof[i]
        if fn & 1 == 1 or fn == sn:
            fr = sha256(concat(0x01, c, fr))
            sr = sha256(concat(0x01, c, sr))
            for j: uint256 in range(48):
                if fn & 1 == 1 or fn == 0:
                    break
                fn >>= 1
                sn >>= 1
        else:
            sr = sha256(concat(0x01, sr, c))
        fn >>= 1
        sn >>= 1
    assert fr == first_root and sr == second_root and sn == 0, "bad proof"
