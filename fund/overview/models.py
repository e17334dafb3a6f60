"""Tables of the overview: the last count of each period, and the reports that left the house, as they were."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from ledger.columns import Instant


class CountRow(SQLModel, table=True):
    """The last count of a period; it only repeats what the rows said then."""

    __tablename__ = "overview_count"
    period: str = Field(primary_key=True)
    counted_at: datetime = Field(sa_type=Instant)
    content: str


class ReportRow(SQLModel, table=True):
    """What a report says, once it was made: the same for ever, so that no two of them can be compared."""

    __tablename__ = "overview_report"
    period: str = Field(primary_key=True)
    content: str
    made_at: datetime = Field(sa_type=Instant)
    made_by: str
