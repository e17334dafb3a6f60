"""The proof: numbered documents with frozen facts, their PDF, their QR codes and PromptPay payloads.

Knows the ledger only as the entry a receipt proves. Knows no donors, campaigns, banks or pages.
"""
