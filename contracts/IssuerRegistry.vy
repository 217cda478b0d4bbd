# pragma version 0.4.3
# pragma evm-version london
# SPDX-License-Identifier: Apache-2.0
# Copyright Rollbook contributors
"""
@title IssuerRegistry
@notice A tree of members: authorities accredit lower authorities and issuers within their own scope, never wider, to
        any depth. Keys live under a member. Records are numbered and only appended, so that nothing can be left out
        when they are read. What a withdrawn authority was in charge of falls to the one above it. A registry that
        follows an older one is seeded with its records first. docs/formats.md section 9 repeats what follows.
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
     13    seeding                                true until the records of an older registry are all here

     member id = SHA-256(DID), key id = SHA-256(public key behind its multicodec prefix): 0xed01 . Ed25519 (32 bytes),
       0x8024 . P-256, compressed (33 bytes)

     accreditation, big-endian: u48 accredited . u48 withdrawn (0: open) . 12 bytes region . u64 kinds
       region: ASCII prefix of the school codes in scope, left-aligned, zero padded; all zero for every school.
       kinds: bit n stands for kind number n, 0 to 62; bit 63 lets the member accredit others.
     key, big-endian: u48 added . u48 retired (0: not) . u48 compromised since (0: not) . u8 custody (1 hosted, 2 own)
       . 13 zero bytes

     Possession of a key is shown by its own signature over SHA-256("rollbook key possession v1" . u256 chain id .
     this address (20 bytes) . member (32) . public key with its prefix). This EVM cannot check it; the event carries it
     to tools that do. For a seeded key it was shown to the registry before.
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

event MemberSeeded:
    member: indexed(bytes32)
    parent: indexed(bytes32)
    n: uint256
    controller: address
    profile: bytes32
    record: uint256

event KeySeeded:
    member: indexed(bytes32)
    key_id: indexed(bytes32)
    n: uint256
    record: uint256
    public_key: Bytes[64]

event SeedingEnded: pass

AUTHORITY: constant(uint256) = 1 << 63
MAX_KIND: constant(uint256) = 62
U48: constant(uint256) = (1 << 48) - 1
U64: constant(uint256) = (1 << 64) - 1
U96: constant(uint256) = (1 << 96) - 1
U104: constant(uint256) = (1 << 104) - 1
U160: constant(uint256) = (1 << 160) - 1
MAX_SEEDED: constant(uint256) = 64
MAX_STEPS: constant(uint256) = 1 << 16

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
seeding: public(bool)


@deploy
def __init__(root: bytes32, profile: bytes32, seeded: bool):
    """
    @notice Sets up the root authority, controlled by the deployer, for every region and every kind; or, where the
            registry is to be seeded, names it and waits for its records.
    """
    assert root != empty(bytes32), "zero member"
    assert profile != empty(bytes32), "zero profile"
    self.root = root
    if seeded:
        self.seeding = True
        self.controllers[root] = msg.sender
    else:
        self._append(root, root, msg.sender, profile, empty(bytes12), U64)


@external
def accredit(
    parent: bytes32, member: bytes32, controller: address, profile: bytes32, region: bytes12, kinds: uint64
):
    """
    @notice Accredits a new member under an authority, or one of its members again after a withdrawal.
    """
    self._not_seeding()
    assert msg.sender == self.controllers[parent], "not controller"
    assert member != empty(bytes32), "zero member"
    assert member != parent, "own parent"
    assert controller != empty(address), "zero address"
    assert profile != empty(bytes32), "zero profile"
    scope: uint256 = self._last(parent)
    assert self._in_charge(parent) == parent, "parent withdrawn"
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
    @notice Replaces the address that acts for a member; its parent's controller does so, the root's for itself.
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
    if msg.sender != self.controllers[self._in_charge(self.parents[member])]:
        assert self._is_open(self._last(member)), "withdrawn"
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
    self._not_seeding()
    assert msg.sender == self.controllers[self.root], "not controller"
    self._register(number, version, definition)


@external
def seed_member(
    parent: bytes32, member: bytes32, controller: address, profile: bytes32, words: DynArray[uint256, MAX_SEEDED]
):
    """
    @notice Takes over a member of the registry before with its next accreditations, word for word, while seeding. The
            root comes first, then each member after its parent; a member with more records is given again.
    """
    self._only_seeding()
    assert member != empty(bytes32), "zero member"
    assert controller != empty(address), "zero address"
    assert profile != empty(bytes32), "zero profile"
    assert len(words) > 0, "no records"
    if self.member_count == 0:
        assert member == self.root, "root first"
    known: bytes32 = self.parents[member]
    if member == self.root:
        assert known == empty(bytes32), "already seeded"
        assert parent == member, "other parent"
        assert controller == msg.sender, "other controller"
        assert len(words) == 1 and words[0] & ((1 << 208) - 1) == U64, "bad record"
    else:
        assert member != parent, "own parent"
        assert self.parents[parent] != empty(bytes32), "parent missing"
        assert known == empty(bytes32) or known == parent, "other parent"
    self._enter(parent, member, controller, profile)
    for i: uint256 in range(len(words), bound=MAX_SEEDED):
        self._seed_accreditation(parent, member, words[i])


@external
def seed_key(member: bytes32, key_id: bytes32, record: uint256, public_key: Bytes[64]):
    """
    @notice Takes over a member's next key from the registry before, word for word, while seeding.
    """
    self._only_seeding()
    assert self.parents[member] != empty(bytes32), "no such member"
    assert sha256(public_key) == key_id, "bad key id"
    assert self.keys[member][key_id] == 0, "key exists"
    n: uint256 = self.key_counts[member]
    added: uint256 = record >> 208
    earliest: uint256 = self.accreditations[member][0] >> 208
    if n > 0:
        earliest = self.keys[member][self.key_ids[member][n - 1]] >> 208
    assert added >= earliest and added <= block.timestamp, "bad time"
    retired: uint256 = (record >> 160) & U48
    assert retired == 0 or (retired >= added and retired <= block.timestamp), "bad time"
    assert (record >> 112) & U48 <= block.timestamp, "bad time"
    custody: uint256 = (record >> 104) & 255
    assert custody == 1 or custody == 2, "bad custody"
    assert record & U104 == 0, "bad record"
    self.key_counts[member] = n + 1
    self.key_ids[member][n] = key_id
    self.keys[member][key_id] = record
    log KeySeeded(member=member, key_id=key_id, n=n, record=record, public_key=public_key)


@external
def seed_kind(number: uint256, version: uint256, definition: bytes32):
    """
    @notice Takes over the hash of a kind's next version from the registry before, while seeding.
    """
    self._only_seeding()
    self._register(number, version, definition)


@external
def end_seeding():
    """
    @notice Ends the seeding for good: from here on the registry takes acts of its own, and no records of another.
    """
    self._only_seeding()
    assert self.member_count > 0, "root missing"
    self.seeding = False
    log SeedingEnded()


@internal
@view
def _only_seeding():
    assert self.seeding, "not seeding"
    assert msg.sender == self.controllers[self.root], "not controller"


@internal
@view
def _not_seeding():
    assert not self.seeding, "seeding"


@internal
@view
def _in_charge(authority: bytes32) -> bytes32:
    """
    @dev Who acts as `authority`: itself, or where it or somebody above it is withdrawn, whoever is above the highest
         of those. So a withdrawn authority can no longer spoil the records of what was under it.
    """
    acting: bytes32 = authority
    above: bytes32 = authority
    for i: uint256 in range(MAX_STEPS):
        if above == self.root:
            break
        if not self._is_open(self._last(above)):
            acting = self.parents[above]
        above = self.parents[above]
    return acting


@internal
@view
def _only_parent(member: bytes32):
    self._not_seeding()
    parent: bytes32 = self.parents[member]
    assert parent != empty(bytes32), "no such member"
    assert msg.sender == self.controllers[self._in_charge(parent)], "not controller"


@internal
@view
def _only_member_or_parent(member: bytes32):
    self._not_seeding()
    parent: bytes32 = self.parents[member]
    assert parent != empty(bytes32), "no such member"
    if msg.sender != self.controllers[member]:
        assert msg.sender == self.controllers[self._in_charge(parent)], "not controller"


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
    @dev The region must be well formed and begin with the parent's, the kinds be among the parent's.
    """
    self._check_region(region)
    assert self._begins_with(region, (scope >> 64) & U96), "region too wide"
    assert kinds & ~scope & U64 == 0, "kinds too wide"


@internal
@pure
def _check_region(region: uint256):
    ended: bool = False
    for i: uint256 in range(12):
        char: uint256 = (region >> (88 - 8 * i)) & 255
        if char == 0:
            ended = True
        else:
            assert not ended and char > 32 and char < 127, "bad region"


@internal
@pure
def _begins_with(region: uint256, outer: uint256) -> bool:
    """
    @dev Regions are 96-bit numbers; of `outer` the bytes up to its first zero count.
    """
    for i: uint256 in range(12):
        low: uint256 = 88 - 8 * i
        if (outer >> low) & 255 == 0:
            break
        if (region >> low) & 255 != (outer >> low) & 255:
            return False
    return True


@internal
def _seed_accreditation(parent: bytes32, member: bytes32, record: uint256):
    """
    @dev Refuses every word that this contract could not have written: at its time the one before had ended, and the
         parent was accredited for at least as much. Ends count as inside, since several acts may share a block.
    """
    accredited: uint256 = record >> 208
    withdrawn: uint256 = (record >> 160) & U48
    assert accredited > 0 and accredited <= block.timestamp, "bad time"
    assert withdrawn == 0 or (withdrawn >= accredited and withdrawn <= block.timestamp), "bad time"
    n: uint256 = self.accreditation_counts[member]
    if n > 0:
        before: uint256 = (self.accreditations[member][n - 1] >> 160) & U48
        assert before != 0 and before <= accredited, "out of order"
    if member != parent:
        self._check_region((record >> 64) & U96)
        assert self._was_within(parent, accredited, record), "too wide"
    self.accreditation_counts[member] = n + 1
    self.accreditations[member][n] = record
    log MemberSeeded(
        member=member,
        parent=parent,
        n=n,
        controller=self.controllers[member],
        profile=self.profiles[member],
        record=record,
    )


@internal
@view
def _was_within(parent: bytes32, time: uint256, record: uint256) -> bool:
    for n: uint256 in range(self.accreditation_counts[parent], bound=MAX_STEPS):
        scope: uint256 = self.accreditations[parent][n]
        withdrawn: uint256 = (scope >> 160) & U48
        if scope >> 208 > time or (withdrawn != 0 and withdrawn < time) or scope & AUTHORITY == 0:
            continue
        if record & ~scope & U64 == 0 and self._begins_with((record >> 64) & U96, (scope >> 64) & U96):
            return True
    return False


@internal
def _enter(parent: bytes32, member: bytes32, controller: address, profile: bytes32):
    if self.parents[member] == empty(bytes32):
        self.parents[member] = parent
        self.members[self.member_count] = member
        self.member_count += 1
    self.controllers[member] = controller
    self.profiles[member] = profile


@internal
def _append(
    parent: bytes32, member: bytes32, controller: address, profile: bytes32, region: bytes12, kinds: uint256
):
    self._enter(parent, member, controller, profile)
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


@internal
def _register(number: uint256, version: uint256, definition: bytes32):
    assert number <= MAX_KIND, "bad number"
    assert definition != empty(bytes32), "zero definition"
    assert self.kinds[number][version] == empty(bytes32), "already registered"
    if version > 0:
        assert self.kinds[number][version - 1] != empty(bytes32), "version skipped"
    self.kinds[number][version] = definition
    log KindRegistered(number=number, version=version, definition=definition)
