"""The register of papers: every number of every series in its order, what became of it, and each print by staff.

Knows no names: who a paper is for stands on the paper alone.
"""
