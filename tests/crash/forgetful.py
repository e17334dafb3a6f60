"""A disk that forgets: a file system in memory that loses at a power cut what was written and not flushed.

Knows files and folders twice: as programs see them, and as they stand on the platters. `fsync` of a file brings its
content over, `fsync` of a folder its names. Run as a program of its own, told by lines on its standard input: `flush`
keeps all, `cut PIDS` freezes it and ends these programs; once unmounted, `lose HOW SEED` loses and mounts it again.
"""

import errno
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any

import mfusepy  # type: ignore[import-untyped]

SECTOR = 512
LOSSES = ("all", "prefix", "torn")
_numbers = count(2)
Change = tuple[int, bytes] | int
"""Bytes written at an offset, or a new length."""


@dataclass
class File:
    """Its content as programs see it, on the platters, and what came since."""

    mode: int
    uid: int = 0
    gid: int = 0
    number: int = field(default_factory=lambda: next(_numbers))
    content: bytearray = field(default_factory=bytearray)
    kept: bytearray = field(default_factory=bytearray)
    pending: list[Change] = field(default_factory=list)

    def change(self, change: Change) -> None:
        _apply(self.content, change)
        self.pending.append(change)

    def flush(self) -> None:
        for change in self.pending:
            _apply(self.kept, change)
        self.pending = []

    def lose(self, how: str, dice: random.Random) -> None:
        if self.pending:
            self.pending = _survivors(self.pending, how, dice)
            self.flush()
            self.content = bytearray(self.kept)


@dataclass
class Folder:
    """Its names as programs see them, on the platters, and what came since."""

    mode: int
    uid: int = 0
    gid: int = 0
    number: int = field(default_factory=lambda: next(_numbers))
    names: "dict[str, File | Folder]" = field(default_factory=dict)
    kept: "dict[str, File | Folder]" = field(default_factory=dict)
    pending: "list[tuple[str, File | Folder | None]]" = field(default_factory=list)

    def change(self, name: str, node: "File | Folder | None") -> None:
        _rename(self.names, name, node)
        self.pending.append((name, node))

    def flush(self) -> None:
        for name, node in self.pending:
            _rename(self.kept, name, node)
        self.pending = []

    def lose(self, how: str, dice: random.Random) -> None:
        """Names are journalled in their order by every file system: a prefix of them survives, or none."""
        del self.pending[0 if how == "all" else dice.randint(0, len(self.pending)) :]
        self.flush()
        self.names = dict(self.kept)


class Disk(mfusepy.Operations):  # type: ignore[misc]
    """The file system's acts, one at a time."""

    use_ns = True

    def __init__(self) -> None:
        self.root = Folder(0o755)
        self.is_cut = False
        self._turn = threading.RLock()
        self._open: dict[int, File | Folder] = {}

    def init(self, _path: str) -> None:
        _tell("mounted")

    def getattr(self, path: str | None, fh: int | None = None) -> dict[str, Any]:
        return self._stat(self._node(path, fh))

    def chmod(self, path: str, mode: int) -> int:
        self._node(path).mode = stat.S_IMODE(mode)
        return 0

    def chown(self, path: str, uid: int, gid: int) -> int:
        node = self._node(path)
        node.uid, node.gid = uid if uid != -1 else node.uid, gid if gid != -1 else node.gid
        return 0

    def readdir(self, path: str, fh: int) -> Iterator[tuple[str, dict[str, int], int]]:
        node = self._node(path)
        assert isinstance(node, Folder)
        return iter([(name, self._stat(there), 0) for name, there in node.names.items()])

    def mkdir(self, path: str, mode: int) -> int:
        self._add(path, Folder(stat.S_IMODE(mode)))
        return 0

    def create(self, path: str, mode: int, fi: object = None) -> int:
        self._add(path, File(stat.S_IMODE(mode)))
        return self.open(path, 0)

    def open(self, path: str, flags: int) -> int:
        node = self._node(path)
        number = next(_numbers)
        self._open[number] = node
        return number

    def release(self, path: str | None, fh: int) -> int:
        self._open.pop(fh, None)
        return 0

    def releasedir(self, path: str | None, fh: int) -> int:
        return self.release(path, fh)

    def opendir(self, path: str) -> int:
        return self.open(path, 0)

    def read(self, path: str | None, size: int, offset: int, fh: int) -> bytes:
        return bytes(self._file(path, fh).content[offset : offset + size])

    def write(self, path: str | None, data: bytes, offset: int, fh: int) -> int:
        with self._turn:
            self._file(path, fh).change((offset, data))
        return len(data)

    def truncate(self, path: str | None, length: int, fh: int | None = None) -> int:
        with self._turn:
            self._file(path, fh).change(length)
        return 0

    def fsync(self, path: str | None, datasync: int, fh: int) -> int:
        with self._turn:
            self._node(path, fh).flush()
        return 0

    def fsyncdir(self, path: str | None, datasync: int, fh: int) -> int:
        return self.fsync(path, datasync, fh)

    def unlink(self, path: str) -> int:
        with self._turn:
            folder, name = self._place(path)
            folder.change(name, None)
        return 0

    def rmdir(self, path: str) -> int:
        node = self._node(path)
        if isinstance(node, Folder) and node.names:
            raise mfusepy.FuseOSError(errno.ENOTEMPTY)
        return self.unlink(path)

    def rename(self, old: str, new: str) -> int:
        with self._turn:
            node = self._node(old)
            for path, there in ((new, node), (old, None)):
                folder, name = self._place(path)
                folder.change(name, there)
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        return {"f_bsize": 4096, "f_frsize": 4096, "f_blocks": 1 << 24, "f_bfree": 1 << 23, "f_bavail": 1 << 23}

    def utimens(self, path: str, times: object = None) -> int:
        return 0

    def every(self) -> "list[File | Folder]":
        """Everything a program can reach, and what only the platters still name."""
        found: dict[int, File | Folder] = {}
        waiting: list[File | Folder] = [self.root]
        while waiting:
            node = waiting.pop()
            if id(node) not in found:
                found[id(node)] = node
                if isinstance(node, Folder):
                    waiting += [*node.names.values(), *node.kept.values()]
        return list(found.values())

    def flush_all(self) -> None:
        with self._turn:
            for node in self.every():
                node.flush()

    def cut(self, *pids: str) -> None:
        """Freeze, and end these programs before any of them hears of it."""
        with self._turn:
            self.is_cut = True
            for pid in pids:
                os.kill(int(pid), signal.SIGKILL)

    def lose(self, how: str, seed: str) -> None:
        """What the power cut leaves, on again."""
        dice = random.Random(seed)
        for node in self.every():
            node.lose(how, dice)
        self._open, self.is_cut = {}, False

    def _stat(self, node: "File | Folder") -> dict[str, int]:
        kind, size = (stat.S_IFREG, len(node.content)) if isinstance(node, File) else (stat.S_IFDIR, 0)
        return {
            "st_mode": kind | node.mode, "st_ino": node.number, "st_nlink": 1, "st_uid": node.uid, "st_gid": node.gid,
            "st_size": size, "st_blocks": -(-size // SECTOR),
            **dict.fromkeys(("st_atime", "st_mtime", "st_ctime"), time.time_ns()),
        }  # fmt: skip

    def _node(self, path: str | None, fh: int | None = None) -> "File | Folder":
        with self._turn:
            if self.is_cut:
                raise mfusepy.FuseOSError(errno.EIO)
        if fh:
            return self._open[fh]
        node: File | Folder = self.root
        for name in filter(None, (path or "").split("/")):
            if not isinstance(node, Folder) or name not in node.names:
                raise mfusepy.FuseOSError(errno.ENOENT)
            node = node.names[name]
        return node

    def _file(self, path: str | None, fh: int | None) -> File:
        node = self._node(path, fh)
        if not isinstance(node, File):
            raise mfusepy.FuseOSError(errno.EISDIR)
        return node

    def _place(self, path: str) -> tuple[Folder, str]:
        folder, _, name = path.rpartition("/")
        node = self._node(folder)
        assert isinstance(node, Folder)
        return node, name

    def _add(self, path: str, node: "File | Folder") -> None:
        with self._turn:
            folder, name = self._place(path)
            node.uid, node.gid, _ = mfusepy.fuse_get_context()
            folder.change(name, node)


def _apply(content: bytearray, change: Change) -> None:
    if isinstance(change, int):
        del content[change:]
        content.extend(bytes(change - len(content)))
        return
    offset, written = change
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(written)] = written


def _rename(names: "dict[str, File | Folder]", name: str, node: "File | Folder | None") -> None:
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


def _survivors(pending: list[Change], how: str, dice: random.Random) -> list[Change]:
    """What of the changes reached the platters: nothing, the first of them, or any sectors in between."""
    if how == "all":
        return []
    if how == "prefix":
        return pending[: dice.randint(0, len(pending))]
    luck = dice.random()
    return [part for change in pending for part in _sectors(change) if dice.random() < luck]


def _sectors(change: Change) -> list[Change]:
    if isinstance(change, int):
        return [change]
    offset, written = change
    edges = [offset, *range(offset - offset % SECTOR + SECTOR, offset + len(written), SECTOR), offset + len(written)]
    return [(a, written[a - offset : b - offset]) for a, b in pairwise(edges)]


def _tell(word: str) -> None:
    print(word, flush=True)  # noqa: T201


def _obey(disk: Disk, mount: str) -> None:
    """Do what is asked while it is mounted; when nobody is there to ask, go."""
    for line in sys.stdin:
        order, *rest = line.split()
        if order == "lose":
            disk.lose(*rest)
            _next.release()
            continue
        disk.flush_all() if order == "flush" else disk.cut(*rest)
        _tell(order)
    subprocess.run(["fusermount3", "-u", "-z", "-q", mount], check=False)
    os._exit(0)


_next = threading.Semaphore(0)


def main(mount: str, *options: str) -> None:
    """Serve the disk at `mount` until standard input ends."""
    disk = Disk()
    threading.Thread(target=_obey, args=(disk, mount), daemon=True).start()
    while True:
        mfusepy.FUSE(
            disk, mount, foreground=True, nothreads=True, use_ino=True, attr_timeout=0,
            entry_timeout=0, **dict.fromkeys(options, True),
        )  # fmt: skip
        _next.acquire()


if __name__ == "__main__":
    main(*sys.argv[1:])
