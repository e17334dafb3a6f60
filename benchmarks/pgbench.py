"""PostgreSQL's own measuring program: a client in C that does one statement a commit, as fast as the server can.

Knows how to run it and to read its rate. Refuses a run in which something failed.
"""

import re
import subprocess
from pathlib import Path

_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), key=lambda program: int(program.parts[-3]))


def pgbench(url: str, script: Path, clients: int, count: int) -> float:
    """How many a second, when `clients` together run the script `count` times, each a commit of its own."""
    command = [str(_PROGRAMS[-1]), "-n", "-M", "prepared", "-f", str(script), "-c", str(clients), "-j", "2",
               "-t", str(count // clients), url]  # fmt: skip
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout
    found = re.search(r"tps = ([0-9.]+)", told)
    if found is None or "number of failed transactions: 0 " not in told:
        raise RuntimeError(told)
    return float(found[1])
