"""An IssuerRegistry on the embedded node, with an authority and a school under its root."""

import pytest
from nacl.signing import SigningKey

from ledger.chain.account import LocalSigner
from ledger.chain.protocol import Call, Event
from ledger.chain.registries import IssuerRegistryClient
from ledger.formats.errors import NotAllowedError
from ledger.formats.registry import key_id, member_id
from tests.support.chain import TestChain

ROOT, PROVINCE, COUNTY, SCHOOL = (member_id(f"did:web:example:{name}") for name in ("root", "fj", "mw", "school"))
OTHER = member_id("did:web:example:other")
PROFILE = b"\x21" * 32
AUTHORITY = 1 << 63
ALL = (1 << 64) - 1
SIGNING = SigningKey(b"\x31" * 32)
PUBLIC = bytes(SIGNING.verify_key)
KEY = key_id(PUBLIC)
POSSESSION = b"\x41" * 64
FUNDS = 10**24


class Registry:
    """Root (the deployer) accredited a province (``other``) for region 35 and kinds 0 to 3, and it a school."""

    def __init__(self, test_chain: TestChain) -> None:
        self.chain, self.clock = test_chain.chain, test_chain.clock
        self.root, self.province, self.stranger = test_chain.admin, test_chain.other, test_chain.stranger
        self.school = LocalSigner(b"\x0a" * 32)
        self.client = IssuerRegistryClient.deploy(self.chain, self.root, ROOT, PROFILE)
        self.do(Call(self.school.address, value=FUNDS), Call(self.stranger.address, value=FUNDS))
        self.do(self.accredit(ROOT, PROVINCE, self.province, b"35", AUTHORITY | 0b1111))
        self.do(self.accredit(PROVINCE, SCHOOL, self.school, b"350102", 0b11), signer=self.province)

    def accredit(self, parent: bytes, member: bytes, controller: LocalSigner, region: bytes, kinds: int) -> Call:
        return self.client.accredit(parent, member, controller.address, PROFILE, region, kinds)

    def add_key(self, member: bytes = SCHOOL, public: bytes = PUBLIC) -> Call:
        return self.client.add_key(member, key_id(public), 1, public, POSSESSION)

    def do(self, *calls: Call, signer: LocalSigner | None = None) -> list[Event]:
        """Send calls that must work, by the root unless said otherwise; their events."""
        receipts = self.chain.transact_all(calls, signer or self.root)
        return [event for receipt in receipts for event in receipt.events]

    def now(self) -> int:
        """The newest block's time."""
        return self.chain.head().timestamp

    def refused(self, call: Call, signer: LocalSigner) -> str:
        """The reason for which a call would fail now."""
        with pytest.raises(NotAllowedError) as caught:
            self.chain.prepare(call, signer)
        assert caught.value.code == "chain.reverted"
        return caught.value.message

    def refused_to_others(self, call: Call, *allowed: LocalSigner) -> None:
        everybody = [self.root, self.province, self.school, self.stranger]
        for signer in [signer for signer in everybody if signer not in allowed]:
            assert self.refused(call, signer) == "not controller"
