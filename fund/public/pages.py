"""Pages that everyone may see: the open books, the privacy notice, the language switch, styles, signs of life."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from sqlalchemy.exc import SQLAlchemyError

from fund import assets, clock, language, profile, web
from fund.db import Database
from fund.downloads import csv_answer
from fund.errors import NotFoundError, UnavailableError
from fund.public import queries
from fund.public.queries import FundLine
from fund.settings import Settings
from fund.web import AnyRequest
from ledger.money import format_plain_baht

KEPT_FOR_EVER = "public, max-age=31536000, immutable"
KEPT_A_DAY = "public, max-age=86400"


class NotReadyError(UnavailableError):
    message = "The database does not answer."


@get("/", sync_to_thread=True)
def home(request: AnyRequest, database: NamedDependency[Database], year: FromQuery[int | None] = None) -> Response[str]:
    """The open books of a fiscal year (the Christian year it ends in; the present one)."""
    if web.site(request).profile is None:
        return web.page(request, "public/not_founded.html", status=503)
    with database.read() as session:
        books = queries.open_books(session, profile.current(session), year, clock.today())
    return web.page(request, "public/home.html", books=books, figures=books.figures)


@get("/privacy", sync_to_thread=True)
def privacy(request: AnyRequest) -> Response[str]:
    """What is kept about donors, why, who sees it, for how long, and how to have it erased."""
    return web.page(request, "public/privacy.html")


@get("/figures.csv", sync_to_thread=True)
def figures_table(database: NamedDependency[Database], year: FromQuery[int | None] = None) -> Response[bytes]:
    """The table of the first page: one row a fund, amounts in baht."""
    with database.read() as session:
        books = queries.open_books(session, profile.current(session), year, clock.today())
    heading = ["fiscal_year", "fund", "name_th", "name_en", "brought_forward", "came_in", "went_out", "on_hand"]
    rows = [_row(books.figures.year, line) for line in books.lines]
    return csv_answer(f"figures-{books.figures.year}.csv", heading, rows)


def _row(year: int, line: FundLine) -> list[str]:
    flow = line.fund.flow
    amounts = (flow.brought_forward_satang, flow.came_in_satang, flow.went_out_satang, flow.on_hand_satang)
    return [str(year), line.fund.code, line.fund.name_th, line.fund.name_en, *map(format_plain_baht, amounts)]


@get("/language/{code:str}", sync_to_thread=False)
def choose_language(code: FromPath[str], settings: NamedDependency[Settings], back: FromQuery[str] = "/") -> Redirect:
    """Remember the reader's language and return to where they were."""
    if code not in language.LANGUAGES:
        raise NotFoundError()
    kept = web.setting(settings, web.LANGUAGE_COOKIE, code)
    return Redirect(web.local_path(back), status_code=303, cookies=[kept])


@get("/static/{name:path}", sync_to_thread=False)
def static_file(name: FromPath[str], v: FromQuery[str] = "") -> Response[bytes]:
    """A style, script, font or picture; under its version's address it may be kept for ever."""
    found = assets.find(str(name))
    if found is None:
        raise NotFoundError()
    kept = KEPT_FOR_EVER if v == found.version else KEPT_A_DAY
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": kept})


@get("/verify_receipt.py", sync_to_thread=False)
def verifier() -> Response[bytes]:
    """The program with which anyone checks a proof on their own machine, without us."""
    return Response(
        assets.VERIFIER.read_bytes(),
        media_type="text/x-python; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="verify_receipt.py"'},
    )


@get("/healthz", sync_to_thread=False, media_type=MediaType.TEXT)
def alive() -> str:
    """Whether this process answers."""
    return "ok\n"


@get("/readyz", sync_to_thread=True, media_type=MediaType.TEXT)
def ready(database: NamedDependency[Database]) -> Response[str]:
    """Whether this process can do its work: the database answers."""
    try:
        with database.read() as session:
            profile.is_installed(session)
    except SQLAlchemyError as error:
        raise NotReadyError() from error
    return Response("ok\n", media_type=MediaType.TEXT)


ROUTES = [home, privacy, figures_table, choose_language, static_file, verifier, alive, ready]
