"""How fast the service is, each figure beside a limit measured in the same run: `python -m benchmarks`.

A limit is the same work without what makes it ours: bare SQL that writes the same rows, a page that returns a
constant, WeasyPrint alone. `docs/benchmarks.md` tells how to read the table.
"""
