"""Several processes that do the same at the same time, and stay for the next round.

Knows when the first began and when the last was done: a crowd's rate is all their work over that span.
Refuses nothing.
"""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any, Final, TypeAlias

Pipe: TypeAlias = "Connection[Any, Any]"
Turn = Callable[[], None]
Member = Callable[[str, int], Turn]
"""Makes ready for a piece of work (its name, how many) and answers what does it."""

_SPAWN: Final = multiprocessing.get_context("spawn")
_PATIENCE_SECONDS: Final = 120


class Crowd:
    """The parent's side."""

    def __init__(self, pipes: list[Pipe]) -> None:
        self._pipes = pipes

    def rate(self, work: str, each: int) -> float:
        """How many a second all of them do, when each does `each`."""
        for pipe in self._pipes:
            pipe.send((work, each))
        for pipe in self._pipes:
            _answer(pipe)
        for pipe in self._pipes:
            pipe.send("go")
        spans = [_answer(pipe) for pipe in self._pipes]
        seconds: float = max(end for _, end in spans) - min(begin for begin, _ in spans)
        return each * len(spans) / seconds


@contextmanager
def crowd(size: int, make_member: Callable[..., Member], *arguments: Any) -> Iterator[Crowd]:
    """`size` processes, each with the member that `make_member(*arguments, number)` makes in it."""
    pairs = [_SPAWN.Pipe() for _ in range(size)]
    members = [
        _SPAWN.Process(target=_live, args=(theirs, make_member, (*arguments, number)), daemon=True)
        for number, (_, theirs) in enumerate(pairs)
    ]
    for member, (_, theirs) in zip(members, pairs, strict=True):
        member.start()
        theirs.close()  # so that a process that dies is missed at once
    try:
        yield Crowd([ours for ours, _ in pairs])
    finally:
        for ours, _ in pairs:
            ours.close()
        for member in members:
            member.join(10)
            member.kill()


def _live(pipe: Pipe, make_member: Callable[..., Member], arguments: tuple[Any, ...]) -> None:
    member = make_member(*arguments)
    while True:
        try:
            turn = member(*pipe.recv())
            pipe.send("ready")
            pipe.recv()
        except EOFError:
            return
        begin = monotonic()
        turn()
        pipe.send((begin, monotonic()))


def _answer(pipe: Pipe) -> Any:
    if not pipe.poll(_PATIENCE_SECONDS):
        raise TimeoutError("a process of the crowd does not answer")
    return pipe.recv()
