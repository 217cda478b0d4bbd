"""New names of members: kept beside the one that counts until the registry has the new profile's hash.

A bundle shows the profile whose hash is registered, or nobody's name. So a profile is written down here first, its hash
goes to the chain, and only then it takes the old one's place: after a crash in between the next start does that.
"""

from dataclasses import replace

from sqlalchemy import Engine, select

from issuers.schools import Clock, Member
from issuers.tables import MemberRow, ProfileRow
from ledger.formats import canonical, profile
from ledger.formats.errors import FormatError
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing

_PROFILES, _MEMBERS = table_of(ProfileRow), table_of(MemberRow)


class Profiles:
    """Profiles of one deployment's members, past and to come."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def propose(self, member: Member, name_en: str, name_zh: str) -> bytes:
        """Write down a member's profile with another name; the 32-byte hash to be registered.

        DID, code and role stay. FormatError ``school.name``, ``profile.malformed``.
        """
        if not (name_en.isprintable() and name_zh.isprintable()):
            raise FormatError("school.name", "a name is one line of printable characters")
        names = member.profile["name"] | {"en": name_en, "zh": name_zh}
        made = profile.build(member.did, member.code, names, member.role)
        parsed = profile.parse(made)
        row = {"member_id": member.id, "hash": parsed.hash, "profile": canonical.dumps(made)}
        with writing(self._engine) as connection:
            known = select(_PROFILES.c.hash).where(_PROFILES.c.member_id == member.id, _PROFILES.c.hash == parsed.hash)
            if connection.execute(known).one_or_none() is None:
                proposed_at = int(self._clock().timestamp())
                connection.execute(_PROFILES.insert(), row | {"proposed_at": proposed_at})
        return parsed.hash

    def settle(self, member: Member, registered: bytes) -> Member:
        """The member with the profile of this hash, where it was written down here; else as it is."""
        if profile.parse(member.profile).hash == registered:
            return member
        wanted = select(_PROFILES.c.profile).where(_PROFILES.c.member_id == member.id, _PROFILES.c.hash == registered)
        with reading(self._engine) as connection:
            found = connection.execute(wanted).scalar_one_or_none()
        if found is None:
            return member
        before = {"member_id": member.id, "hash": profile.parse(member.profile).hash}
        with writing(self._engine) as connection:
            kept = select(_PROFILES.c.hash).where(
                _PROFILES.c.member_id == member.id, _PROFILES.c.hash == before["hash"]
            )
            if connection.execute(kept).one_or_none() is None:  # to be able to come back to it
                whole = {"profile": canonical.dumps(member.profile), "proposed_at": member.created_at}
                connection.execute(_PROFILES.insert(), before | whole)
            connection.execute(_MEMBERS.update().where(_MEMBERS.c.id == member.id).values(profile=bytes(found)))
        chosen = canonical.loads(bytes(found))
        assert isinstance(chosen, dict)
        return replace(member, profile=chosen)
