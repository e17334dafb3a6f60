"""The story: donors, campaigns, bank lines, staff and pages of one province's ten-baht fund.

Writes what happened in the ledger and hands out receipts as proof. A folder is a feature, a file is
shared furniture; the imports run one way (see `docs/tour.md`).
"""
