"""How long nobody was answered: time until the notebook goes on."""

import time
from pathlib import Path

LONGEST_WAIT_SECONDS = 30


def silence(notebook: Path) -> float:
    """The seconds until the next acknowledgement. Raises TimeoutError."""
    time.sleep(0.1)  # what was answered before has been written down
    since, before = time.monotonic(), notebook.stat().st_size
    while notebook.stat().st_size == before:
        if time.monotonic() - since > LONGEST_WAIT_SECONDS:
            raise TimeoutError("nothing is acknowledged any more")
        time.sleep(0.01)
    return time.monotonic() - since
