"""The table of alarms. Alembic alone creates it (``api/migrations``); a test holds the two equal."""

from sqlalchemy import BigInteger, CheckConstraint, Column, String
from sqlmodel import Field, SQLModel


class AlarmRow(SQLModel, table=True):
    """How often an alarm of this code was sounded by any process of the deployment, and when last (Unix seconds)."""

    __tablename__ = "api_alarms"
    __table_args__ = (CheckConstraint("count > 0", name="count_from_one"),)

    code: str = Field(sa_column=Column(String(64), primary_key=True))
    count: int = Field(sa_column=Column(BigInteger, nullable=False))
    sounded_at: int = Field(sa_column=Column(BigInteger, nullable=False))
