"""A fund on the day the samples are of, and the banks that tell it."""

import pytest

from tests.fund.bank.builders import Fund
from tests.fund.bank.told.builders import Told


@pytest.fixture
def told(fund: Fund) -> Told:
    """A founded fund that hears of payments, with a bank to ask."""
    return Told(fund)
