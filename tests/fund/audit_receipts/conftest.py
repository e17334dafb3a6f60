"""A grant that may be paid and proven."""

from pathlib import Path

import pytest

from tests.fund.audit_receipts.proving import Proving, a_proving
from tests.fund.grants.conftest import office as office  # a fixture
from tests.fund.grants.office import Office


@pytest.fixture
def proving(office: Office, tmp_path: Path) -> Proving:
    """A grant of 1,000 baht that is awarded."""
    return a_proving(office, tmp_path)
