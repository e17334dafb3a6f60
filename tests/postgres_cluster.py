"""A PostgreSQL cluster of the test run's own: made, started on a free port, removed.

PostgreSQL refuses to run as root, so as root it runs as the unprivileged user `postgres` or `nobody`.
Settings stay those of production (fsync on): only its place is temporary.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

_HOMES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda home: int(home.parent.name))
_LONGEST_START_SECONDS = 60
_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 4 << 30


class Cluster:
    """One cluster: its folder, its books in `place`, and the one process above all others of it."""

    def __init__(self, folder: Path, place: Path, settings: Mapping[str, str]) -> None:
        self._folder, self._place = folder, place
        self._password, self._port, self._binaries = secrets.token_hex(16), _free_port(), _binaries()
        self._settings = {
            "port": str(self._port), "listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder),
            "max_connections": "200", **settings,
        }  # fmt: skip
        self._postmaster = 0

    @property
    def url(self) -> str:
        """Without a database name at its end: `…:PORT/`."""
        return f"postgresql://sipbaht:{self._password}@127.0.0.1:{self._port}/"

    def make(self) -> None:
        """Lay out an empty cluster."""
        (self._folder / "password").write_text(self._password)
        _give_to_server_user(self._folder)
        self._run("initdb", "-U", "sipbaht", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8",
                  f"--pwfile={self._folder}/password")  # fmt: skip

    def start(self) -> None:
        """Start it and wait until it answers; what a killed one left behind is waited for."""
        last = time.monotonic() + _LONGEST_START_SECONDS
        while not self._starts():
            if time.monotonic() > last:
                raise TimeoutError((self._folder / "setup.log").read_text()[-2_000:])
        self._postmaster = int((self._place / "postmaster.pid").read_text().split()[0])

    def _starts(self) -> bool:
        """Whether it did: not while processes of a killed one still hold its memory."""
        options = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        try:
            self._run("pg_ctl", "-l", f"{self._folder}/log", "-w", "-o", options, "start")
        except subprocess.CalledProcessError:
            return False
        return True

    def stop(self) -> None:
        """Stop it as it is; a killed one is started first, to take away the shared memory it left."""
        if self._postmaster and not _runs(self._postmaster):
            self.start()
        if self._postmaster:
            self._run("pg_ctl", "-m", "immediate", "-w", "stop")

    def kill(self, *, alone: bool = False) -> None:
        """`kill -9` of the first process and of all below it; `alone`: they are left to find out."""
        os.kill(self._postmaster, signal.SIGSTOP)  # nothing is born below it from here on
        doomed = [self._postmaster] if alone else [*self._backends(), self._postmaster]
        for pid in doomed:
            os.kill(pid, signal.SIGKILL)
        _wait_until_gone(doomed)

    def kill_one(self, dice: Random) -> None:
        """`kill -9` of one process below the first; that one ends the others and starts anew by itself."""
        backends = self._backends()
        os.kill(dice.choice(backends), signal.SIGKILL)
        _wait_until_gone(backends)

    def _backends(self) -> list[int]:
        """The processes below the first one: those that serve a session and those that serve all."""
        stats = Path("/proc").glob("[0-9]*/stat")
        return [int(stat.parent.name) for stat in stats if _parent(stat) == self._postmaster]

    def _run(self, program: str, *arguments: str) -> None:
        user = server_user()
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        with (self._folder / "setup.log").open("ab") as log:
            subprocess.run(  # type: ignore[call-overload]
                [str(self._binaries / program), "-D", str(self._place), *arguments],
                check=True, stdout=log, stderr=log, cwd=self._folder, timeout=_LONGEST_START_SECONDS, **identity,
            )  # fmt: skip


@contextmanager
def running_cluster(*, in_memory: bool = False) -> Iterator[str]:
    """The URL of a fresh cluster's database `postgres`, without a database name at its end: `…:PORT/`.

    `in_memory`, where there is enough of it: a thousand databases are made and dropped, and no disk is waited for.
    """
    with own_cluster(None, _MEMORY if in_memory and _is_roomy(_MEMORY) else None) as cluster:
        yield cluster.url


def _is_roomy(folder: Path) -> bool:
    return folder.is_dir() and shutil.disk_usage(folder).free > _ENOUGH_BYTES


@contextmanager
def own_cluster(place: Path | None = None, within: Path | None = None, /, **settings: str) -> Iterator[Cluster]:
    """A fresh cluster, started, with `settings` besides its own; its books lie in a new folder `place`."""
    folder = Path(tempfile.mkdtemp(prefix="sipbaht-pg-", dir=within))
    cluster = Cluster(folder, place or folder / "db", settings)
    try:
        cluster.make()
        cluster.start()
        yield cluster
    finally:
        try:
            cluster.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    if not _HOMES:
        raise RuntimeError("PostgreSQL is not installed; `make test` installs it (Debian: apt install postgresql)")
    return _HOMES[-1]


def server_user() -> pwd.struct_passwd | None:
    """Whom the server runs as: nobody special unless we are root."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _give_to_server_user(folder: Path) -> None:
    user = server_user()
    if user is not None:
        for path in (folder, *folder.iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)


def _wait_until_gone(pids: Sequence[int]) -> None:
    last = time.monotonic() + _LONGEST_START_SECONDS
    while any(map(_runs, pids)):
        if time.monotonic() > last:
            raise TimeoutError(f"some of {pids} are still there")
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    """Whether there is such a process, and not just its grave."""
    try:
        return _stat(Path(f"/proc/{pid}/stat"))[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _parent(stat: Path) -> int:
    try:
        return int(_stat(stat)[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _stat(stat: Path) -> list[str]:
    """State, parent and so on: what stands behind the name."""
    return stat.read_text().rpartition(")")[2].split()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
