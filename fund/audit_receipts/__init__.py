"""The audit receipt: the paper that leads every baht out to one case, to who did what, and to whose gifts paid.

Knows when a payment is proven, and what the paper then says for ever. Refuses to name a child on a paper that is kept.
"""
