"""The truth: a double-entry book that cannot be made wrong, whoever writes to its database.

Kind ── fact | choice          Account ── type · side · guarded · spendable     Fund ── restriction · principal
  │                               │                                               │
Entry ── id · booked_on · key     └───────────────┐               ┌───────────────┘
  │ 1                                             │               │
  └── 2…n  Posting ── line 1…n of the entry · account · fund · satang (debit +, credit −)
"""
