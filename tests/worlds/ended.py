"""A school that has ended, and the county that publishes its status lists from then on (docs/formats.md §7)."""

from tests.worlds.parts import Member
from tests.worlds.scene import Scene


class Ended(Scene):
    """A county's school had a record anchored and ended a minute later; the county published its lists."""

    def __init__(self, *, revoke: bool = False, keeper: str = "county", ended: bool = True) -> None:
        super().__init__(later=False)
        world = self.world
        self.county = world.accredit(world.authority, "county", "350206", region=b"350206", kind_bits=1 << 63 | 8)
        self.other = world.accredit(world.authority, "other", "350207", region=b"350207", kind_bits=1 << 63 | 8)
        self.school = world.accredit(self.county, "rural", "350206777", region=b"350206777", kind_bits=8)
        self.record = world.issue(issuer=self.school)
        first = world.anchor()
        if ended:
            world.change_accreditation(self.school, withdrawn=first.time + 60)
        if revoke:
            world.revoke(self.record)
        world.pass_time(days=1)
        self.take(getattr(self, keeper, world.authority))
        world.anchor(republish=False)

    def take(self, signer: Member, *, named: Member | None = None) -> None:
        """Publish the school's lists under ``signer``; ``named`` is the list's issuer, where another."""
        world = self.world
        for state in world.lists.values():
            if state.issuer is self.school:
                world.publish(state, keeper=named or signer, signer=signer)

    @property
    def code(self) -> str:
        return self.verify()["status"].code
