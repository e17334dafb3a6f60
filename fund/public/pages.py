"""Pages that everyone may see: the open books, the language switch, styles and scripts, signs of life."""

from litestar import Response, get
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from sqlalchemy import text

from fund import assets, language, web
from fund.db import Database
from fund.errors import NotFoundError
from fund.settings import Settings
from fund.walls import is_behind_tls
from fund.web import AnyRequest

KEPT_FOR_EVER = "public, max-age=31536000, immutable"
KEPT_A_DAY = "public, max-age=86400"
YEAR_SECONDS = 365 * 24 * 3600


@get("/", sync_to_thread=True)
def home(request: AnyRequest) -> Response[str]:
    return web.page(request, "public/home.html")


@get("/language/{code:str}", sync_to_thread=False)
def choose_language(code: FromPath[str], settings: NamedDependency[Settings], back: FromQuery[str] = "/") -> Redirect:
    """Remember the reader's language and return to where they were."""
    if code not in language.LANGUAGES:
        raise NotFoundError()
    kept = Cookie(
        key=web.LANGUAGE_COOKIE,
        value=code,
        path="/",
        max_age=YEAR_SECONDS,
        samesite="lax",
        httponly=True,
        secure=is_behind_tls(settings),
    )
    return Redirect(web.local_path(back), status_code=303, cookies=[kept])


@get("/static/{name:path}", sync_to_thread=False)
def static_file(name: FromPath[str], v: FromQuery[str] = "") -> Response[bytes]:
    """A style, script, font or picture; under its version's address it may be kept for ever."""
    found = assets.find(str(name))
    if found is None:
        raise NotFoundError()
    kept = KEPT_FOR_EVER if v == found.version else KEPT_A_DAY
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": kept})


@get("/healthz", sync_to_thread=False, media_type=MediaType.TEXT)
def alive() -> str:
    """Whether this process answers."""
    return "ok\n"


@get("/readyz", sync_to_thread=True, media_type=MediaType.TEXT)
def ready(database: NamedDependency[Database]) -> Response[str]:
    """Whether this process can do its work: the database answers."""
    with database.read() as session:
        session.execute(text("SELECT 1 FROM fund_installation"))
    return Response("ok\n", media_type=MediaType.TEXT)


ROUTES = [home, choose_language, static_file, alive, ready]
