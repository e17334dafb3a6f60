"""The give page, answers a second, from a server like `sipbaht serve` starts: one process, its worker beside it.

The limit is a page that returns a constant in the same app and server: as long as the give page (so it is compressed
and sent alike), or two characters (so only the frame is left).
"""

import multiprocessing
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.process import BaseProcess
from typing import Final

import uvicorn
from litestar import Response, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler

from benchmarks import load
from benchmarks.measuring import Figure, Finding, Note, Scale, side_by_side
from benchmarks.places import ENGINES, NAMES, Places, found
from fund import jobs
from fund.app import create_app
from fund.db import Database
from fund.settings import Settings

PAGE: Final = "/give/general"
AS_LONG, SHORT = "/constant/as-long", "/constant/short"
LIMITS: Final = {"a constant as long, same app": AS_LONG, "two characters, same app": SHORT}
_SPAWN: Final = multiprocessing.get_context("spawn")
_START_SECONDS: Final = 60


def measure(places: Places, scale: Scale) -> Iterator[Finding]:
    """The figures of serving."""
    seconds, rounds = scale.of(3, 1), scale.of(5, 2)
    with ProcessPoolExecutor(1, mp_context=_SPAWN) as readers:
        for engine in ENGINES:
            url = places.empty(engine)
            found(url)
            settings = Settings(database_url=url, files_dir=str(places.folder / "files"), port=str(_free_port()))
            with served(settings, {SHORT: "ok"}):
                page = _fetch(settings, PAGE)
            with served(settings, {SHORT: "ok", AS_LONG: page}):
                ask = partial(_rate, readers, int(settings.port), seconds)
                ask(PAGE)  # the first visitors pay for templates and catalogues
                yield from _figures(f"give page · {NAMES[engine]}", ask, rounds)
    yield Note(f"give page · {len(page.encode()):,} bytes of HTML before compression, {load.READERS} readers")


def _figures(name: str, ask: "partial[float]", rounds: int) -> Iterator[Figure]:
    limits = {limit: partial(ask, path) for limit, path in LIMITS.items()}
    yield from side_by_side(name, "answers", partial(ask, PAGE), limits, rounds=rounds)


def _rate(readers: ProcessPoolExecutor, port: int, seconds: int, path: str) -> float:
    return readers.submit(load.answers_per_second, port, path, seconds).result(timeout=seconds + 60)


@contextmanager
def served(settings: Settings, constants: Mapping[str, str]) -> Iterator[None]:
    """A server in a process of its own, for as long as the block runs."""
    server = _SPAWN.Process(target=serve, args=(settings, dict(constants)), daemon=True)
    server.start()
    try:
        _wait_for(settings, server)
        yield
    finally:
        server.terminate()
        server.join(20)
        server.kill()


def serve(settings: Settings, constants: Mapping[str, str]) -> None:
    """Serve as `sipbaht serve` does, and the constants besides."""
    app, database, stop = create_app(settings), Database(settings.database_url), threading.Event()
    for path, body in constants.items():
        app.register(_constant(path, body))
    worker = threading.Thread(target=jobs.work, args=(database, settings, stop))
    worker.start()
    try:
        uvicorn.run(
            app, host=settings.host, port=int(settings.port), access_log=False, log_level="warning",
            server_header=False, proxy_headers=False,
        )  # fmt: skip
    finally:
        stop.set()
        worker.join()
        database.close()


def _constant(path: str, body: str) -> HTTPRouteHandler:
    @get(path, sync_to_thread=False, media_type=MediaType.HTML)
    def constant() -> Response[str]:
        return Response(body, media_type=MediaType.HTML)

    return constant


def _wait_for(settings: Settings, server: BaseProcess) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while True:
        try:
            _fetch(settings, "/healthz")
            return
        except OSError:
            if time.monotonic() > give_up or not server.is_alive():
                raise
            time.sleep(0.1)


def _fetch(settings: Settings, path: str) -> str:
    with urllib.request.urlopen(f"http://{load.HERE}:{settings.port}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((load.HERE, 0))
        return int(probe.getsockname()[1])
