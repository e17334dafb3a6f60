"""Every kind of record that says something of a person.

The one table behind the records of processing, the clocks and the erasures; a feature that keeps another kind adds its
row to one of the four parts. Periods are the fund's own (its profile), the law's words are section 39 of the PDPA.
"""

from typing import Final

from fund.rights.kinds.children import CHILDREN
from fund.rights.kinds.donors import DONORS
from fund.rights.kinds.payments import PAYMENTS
from fund.rights.kinds.staff import STAFF

KINDS: Final = {kind.name: kind for kind in (*DONORS, *PAYMENTS, *CHILDREN, *STAFF)}
