"""A PostgreSQL cluster of the test run's own: made, started on a free port, removed.

PostgreSQL refuses to run as root, so as root it runs as the unprivileged user `postgres` or `nobody`.
Settings stay those of production (fsync on): only its place is temporary.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HOMES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda home: int(home.parent.name))


@contextmanager
def running_cluster() -> Iterator[str]:
    """The URL of a fresh cluster's database `postgres`, without a database name at its end: `…:PORT/`."""
    folder = Path(tempfile.mkdtemp(prefix="sipbaht-pg-"))
    password, port, binaries = secrets.token_hex(16), _free_port(), _binaries()
    (folder / "password").write_text(password)
    _give_to_server_user(folder)
    try:
        _run(binaries, "initdb", "-D", f"{folder}/db", "-U", "sipbaht", "-A", "scram-sha-256", "-E", "UTF8",
             "--locale=C.UTF-8", f"--pwfile={folder}/password", folder=folder)  # fmt: skip
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c max_connections=200"
        _run(binaries, "pg_ctl", "-D", f"{folder}/db", "-l", f"{folder}/log", "-w", "-o", options, "start",
             folder=folder)  # fmt: skip
        yield f"postgresql://sipbaht:{password}@127.0.0.1:{port}/"
    finally:
        if (folder / "db" / "postmaster.pid").exists():
            _run(binaries, "pg_ctl", "-D", f"{folder}/db", "-m", "immediate", "-w", "stop", folder=folder)
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    if not _HOMES:
        raise RuntimeError("PostgreSQL is not installed; `make test` installs it (Debian: apt install postgresql)")
    return _HOMES[-1]


def _server_user() -> pwd.struct_passwd | None:
    """Whom the server runs as: nobody special unless we are root."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _give_to_server_user(folder: Path) -> None:
    user = _server_user()
    if user is not None:
        for path in (folder, *folder.iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)


def _run(binaries: Path, program: str, *arguments: str, folder: Path) -> None:
    user = _server_user()
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    with (folder / "setup.log").open("ab") as log:
        subprocess.run(  # type: ignore[call-overload]
            [str(binaries / program), *arguments], check=True, stdout=log, stderr=log, cwd=folder, **identity
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
