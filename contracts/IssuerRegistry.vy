# pragma version 0.4.3
# pragma evm-version london
# SPDX-License-Identifier: Apache-2.0
# Copyright Rollbook contributors
"""
@title IssuerRegistry
@notice A tree of members: authorities accredit lower authorities and issuers within their own scope, never wider, to
        any depth. Keys live under a member. Records are numbered and only appended, so that nothing can be left out
        when they are read. docs/formats.md section 9 repeats what follows.
@dev Storage. Names and slots stay for ever; verifiers derive every slot from them. Slot 0 is the compiler's.

     slot  name                  key              value
     1     root                                   member id of the root authority
     2     controllers           member           address that acts for it
     3     parents               member           who accredited it; set once; the root's is itself
     4     profiles              member           SHA-256(JCS(profile))
     5     accreditations        member, n        packed, below; n from 0, a zero word ends the list
     6     keys                  member, key id   packed, below
     7     key_ids               member, n        key id; n from 0
     8     kinds                 number, version  SHA-256(JCS(kind definition)); versions from 0
     9     members               n                member id, in order; 0 is the root
     10    member_count
     11    accreditation_counts  member           how many accreditations it has
     12    key_counts            member           how many keys it has

     member id = SHA-256(DID), key id = SHA-256(public key behind its multicodec prefix): 0xed01 . Ed25519 (32 bytes),
       0x8024 . P-256, compressed (33 bytes)

     accreditation, big-endian: u48 accredited . u48 withdrawn (0: open) . 12 bytes region . u64 kinds
       region: ASCII prefix of the school codes in scope, left-aligned, zero padded; all zero for every school.
       kinds: bit n stands for kind number n, 0 to 62; bit 63 lets the member accredit others.
     key, big-endian: u48 added . u48 retired (0: not) . u48 compromised since (0: not) . u8 custody (1 hosted, 2 own)
       . 13 zero bytes

     Possession of a key is shown by its own signature over SHA-256("rollbook key possession v1" . u256 chain id .
     this address (20 bytes) . member (32) . public key with its prefix). This EVM cannot check it; the event carries it
     to tools that do.
"""

event Accredited:
    member: indexed(bytes32)
    parent: indexed(bytes32)
    n: uint256
    controller: address
    profile: bytes32
    region: bytes12
    kinds: uint64

event Withdrawn:
    member: indexed(bytes32)
    n: uint256

event ControllerSet:
    member: indexed(bytes32)
    controller: address

event ProfileSet:
    member: indexed(bytes32)
    profile: bytes32

event KeyAdded:
    member: indexed(bytes32)
    key_id: indexed(bytes32)
    n: uint256
    custody: uint8
    public_key: Bytes[64]
    possession: Bytes[64]

event KeyRetired:
    member: indexed(bytes32)
    key_id: indexed(bytes32)

event KeyCompromised:
    member: indexed(bytes32)
    key_id: indexed(bytes32)
    since: uint256

event KindRegistered:
    number: indexed(uint256)
    version: uint256
    definition: bytes32

AUTHORITY: constant(uint256) = 1 << 63
MAX_KIND: constant(uint256) = 62
U48: constant(uint256) = (1 << 48) - 1
U64: constant(uint256) = (1 << 64) - 1
U96: constant(uint256) = (1 << 96) - 1

root: public(bytes32)
controllers: public(HashMap[bytes32, address])
parents: public(HashMap[bytes32, bytes32])
profiles: public(HashMap[bytes32, bytes32])
accreditations: public(HashMap[bytes32, HashMap[uint256, uint256]])
keys: public(HashMap[bytes32, HashMap[bytes32, uint256]])
key_ids: public(HashMap[bytes32, HashMap[uint256, bytes32]])
kinds: public(HashMap[uint256, HashMap[uint256, bytes32]])
members: public(HashMap[uint256, bytes32])
member_count: public(uint256)
accreditation_counts: public(HashMap[bytes32, uint256])
key_counts: public(HashMap[bytes32, uint256])


@deploy
def __init__(root: bytes32, profile: bytes32):
    """
    @notice Sets up the root authority, controlled by the deployer, for every region and every kind.
    """
    assert root != empty(bytes32), "zero member"
    assert profile != empty(bytes32), "zero profile"
    self.root = root
    self._append(root, root, msg.sender, profile, empty(bytes12), U64)


@external
def accredit(
    parent: bytes32, member: bytes32, controller: address, profile: bytes32, region: bytes12, kinds: uint64
):
    """
    @notice Accredits a new member under an authority, or one of its members again after a withdrawal.
    """
    assert msg.sender == self.controllers[parent], "not controller"
    assert member != empty(bytes32), "zero member"
    assert member != parent, "own parent"
    assert controller != empty(address), "zero address"
    assert profile != empty(bytes32), "zero profile"
    scope: uint256 = self._last(parent)
    assert self._is_open(scope), "parent withdrawn"
    assert scope & AUTHORITY != 0, "parent no authority"
    self._check_scope(scope, convert(region, uint256), convert(kinds, uint256))
    if self.parents[member] != empty(bytes32):
        assert self.parents[member] == parent, "other parent"
        assert not self._is_open(self._last(member)), "still accredited"
    self._append(parent, member, controller, profile, region, convert(kinds, uint256))


@external
def withdraw(member: bytes32):
    """
    @notice Ends a member's accreditation from now on. The root has nobody above it and is never withdrawn.
    """
    self._only_parent(member)
    assert member != self.root, "root stays"
    n: uint256 = self.accreditation_counts[member] - 1
    record: uint256 = self.accreditations[member][n]
    assert self._is_open(record), "already withdrawn"
    self.accreditations[member][n] = record | block.timestamp << 160
    log Withdrawn(member=member, n=n)


@external
def set_controller(member: bytes32, controller: address):
    """
    @notice Replaces the address that acts for a member; the parent's controller does so, the root's for itself.
    """
    self._only_parent(member)
    assert controller != empty(address), "zero address"
    self.controllers[member] = controller
    log ControllerSet(member=member, controller=controller)


@external
def set_profile(member: bytes32, profile: bytes32):
    """
    @notice Replaces a member's profile; the parent's controller does so, the root's for itself.
    """
    self._only_parent(member)
    assert profile != empty(bytes32), "zero profile"
    self.profiles[member] = profile
    log ProfileSet(member=member, profile=profile)


@external
def add_key(member: bytes32, key_id: bytes32, custody: uint8, public_key: Bytes[64], possession: Bytes[64]):
    """
    @notice Adds a signing key to a member; a key id is added to a member once and never again.
    """
    self._only_member_or_parent(member)
    assert custody == 1 or custody == 2, "bad custody"
    assert len(possession) == 64, "bad possession"
    assert sha256(public_key) == key_id, "bad key id"
    assert self.keys[member][key_id] == 0, "key exists"
    n: uint256 = self.key_counts[member]
    self.key_counts[member] = n + 1
    self.key_ids[member][n] = key_id
    self.keys[member][key_id] = block.timestamp << 208 | convert(custody, uint256) << 104
    log KeyAdded(
        member=member, key_id=key_id, n=n, custody=custody, public_key=public_key, possession=possession
    )


@external
def retire_key(member: bytes32, key_id: bytes32):
    """
    @notice Ends the use of a key from now on, once.
    """
    self._only_member_or_parent(member)
    record: uint256 = self.keys[member][key_id]
    assert record != 0, "no such key"
    assert (record >> 160) & U48 == 0, "already retired"
    self.keys[member][key_id] = record | block.timestamp << 160
    log KeyRetired(member=member, key_id=key_id)


@external
def compromise_key(member: bytes32, key_id: bytes32, since: uint256):
    """
    @notice Records since when a key was in other hands; only the parent's controller may, and only ever earlier.
    """
    self._only_parent(member)
    record: uint256 = self.keys[member][key_id]
    assert record != 0, "no such key"
    assert since > 0 and since <= block.timestamp, "bad time"
    before: uint256 = (record >> 112) & U48
    assert before == 0 or since < before, "not earlier"
    self.keys[member][key_id] = record ^ (before << 112) | since << 112
    log KeyCompromised(member=member, key_id=key_id, since=since)


@external
def register_kind(number: uint256, version: uint256, definition: bytes32):
    """
    @notice Registers the hash of a kind's next version, from 0 on; the root authority only, never changed.
    """
    assert msg.sender == self.controllers[self.root], "not controller"
    assert number <= MAX_KIND, "bad number"
    assert definition != empty(bytes32), "zero definition"
    assert self.kinds[number][version] == empty(bytes32), "already registered"
    if version > 0:
        assert self.kinds[number][version - 1] != empty(bytes32), "version skipped"
    self.kinds[number][version] = definition
    log KindRegistered(number=number, version=version, definition=definition)


@internal
@view
def _only_parent(member: bytes32):
    parent: bytes32 = self.parents[member]
    assert parent != empty(bytes32), "no such member"
    assert msg.sender == self.controllers[parent], "not controller"


@internal
@view
def _only_member_or_parent(member: bytes32):
    parent: bytes32 = self.parents[member]
    assert parent != empty(bytes32), "no such member"
    assert msg.sender == self.controllers[member] or msg.sender == self.controllers[parent], "not controller"


@internal
@view
def _last(member: bytes32) -> uint256:
    """
    @dev Every member has at least one record; for anybody else the subtraction reverts.
    """
    return self.accreditations[member][self.accreditation_counts[member] - 1]


@internal
@pure
def _is_open(record: uint256) -> bool:
    return (record >> 160) & U48 == 0


@internal
@pure
def _check_scope(scope: uint256, region: uint256, kinds: uint256):
    """
    @dev The region must be well formed and begin with the parent's, the kinds be among the parent's. Regions are
         compared as 96-bit numbers, cut to the parent's length.
    """
    outer: uint256 = (scope >> 64) & U96
    ended: bool = False
    for i: uint256 in range(12):
        low: uint256 = 88 - 8 * i
        char: uint256 = (region >> low) & 255
        if char == 0:
            ended = True
        else:
            assert not ended and char > 32 and char < 127, "bad region"
        if (outer >> low) & 255 != 0:
            assert char == (outer >> low) & 255, "region too wide"
    assert kinds & ~scope & U64 == 0, "kinds too wide"


@internal
def _append(
    parent: bytes32, member: bytes32, controller: address, profile: bytes32, region: bytes12, kinds: uint256
):
    if self.parents[member] == empty(bytes32):
        self.parents[member] = parent
        self.members[self.member_count] = member
        self.member_count += 1
    self.controllers[member] = controller
    self.profiles[member] = profile
    n: uint256 = self.accreditation_counts[member]
    self.accreditation_counts[member] = n + 1
    self.accreditations[member][n] = block.timestamp << 208 | convert(region, uint256) << 64 | kinds
    log Accredited(
        member=member,
        parent=parent,
        n=n,
        controller=controller,
        profile=profile,
        region=region,
        kinds=convert(kinds, uint64),
    )
