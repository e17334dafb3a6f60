"""The page that a family opens by its one-time link: what, how much, from whom; and its answer.

No account, no cookie, no name in the address; nobody keeps it and no search engine finds it. Used, late and forged
links have one answer that tells nothing.
"""

from typing import Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from fund import limits, profile, walls, web
from fund.cases.handing import links, states, vouchers
from fund.cases.handing.errors import (
    AnswerMissingError,
    LinkOverError,
    OwnHandoverError,
    PictureBrokenError,
    ProblemMissingError,
    SignatureMissingError,
    SignerMissingError,
)
from fund.cases.handing.forms import SaidForm
from fund.cases.handing.handovers import SIGNERS
from fund.db import Database
from fund.errors import FundError, MalformedError
from fund.settings import Settings
from fund.web import AnyRequest

HOME: Final = "/handover"
PRIVATE: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
_LARGEST_FORM: Final = 600_000
_FIELDS: Final[dict[type[FundError], str]] = {
    AnswerMissingError: "answer",
    ProblemMissingError: "words",
    SignatureMissingError: "signature",
    PictureBrokenError: "signature",
    SignerMissingError: "who",
    OwnHandoverError: "who",
}


@get(HOME + "/thanks", sync_to_thread=False)
def thanks(request: AnyRequest) -> Response[str]:
    """It is written down."""
    return _private(web.page(request, "handing/thanks.html"))


@get(HOME + "/{key:str}", sync_to_thread=True)
def family_form(request: AnyRequest, key: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """What was handed over, and the form to answer."""
    return _form(request, database, key, SaidForm())


@post(HOME + "/{key:str}", sync_to_thread=True, request_max_body_size=_LARGEST_FORM)
def answer(
    request: AnyRequest,
    key: FromPath[str],
    data: URLEncodedBody[SaidForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Take the answer: the link ends with it."""
    try:
        _require_good(request, database, key)
        said, signature = data.said(), data.picture()
        with database.write() as session:
            links.answer(session, settings.files_path, key, said, signature)
    except LinkOverError as refusal:
        return _over(request, refusal)
    except (MalformedError, OwnHandoverError) as refusal:
        return _form(request, database, key, data, refusal)
    return Redirect(f"{HOME}/thanks", status_code=303, headers=PRIVATE)


def _require_good(request: AnyRequest, database: Database, key: str) -> None:
    with limits.guessing(database, walls.subscriber(request), LinkOverError) as session:
        links.offered(session, key)


def _form(
    request: AnyRequest, database: Database, key: str, form: SaidForm, refused: FundError | None = None
) -> Response[str]:
    try:
        _require_good(request, database, key)
    except LinkOverError as refusal:
        return _over(request, refusal)
    with database.read() as session:
        offered, fund = links.offered(session, key), profile.current(session)
    language = web.language(request)
    field = _FIELDS.get(type(refused), "who") if refused else ""
    return _private(
        web.page(
            request, "handing/family.html", status=web.status_of(refused), form=form, offered=offered,
            purpose=vouchers.PURPOSES[offered.purpose][0 if language == "th" else 1],
            fund=fund.name_th if language == "th" else fund.name_en, answers=states.ANSWERS, signers=SIGNERS,
            errors={field: web.message_of(refused, language)} if refused else {}, address=f"{HOME}/{key}",
        )
    )  # fmt: skip


def _over(request: AnyRequest, refusal: LinkOverError) -> Response[str]:
    return _private(
        web.page(request, "handing/over.html", status=404, says=web.message_of(refusal, web.language(request)))
    )


def _private(answer: Response[str]) -> Response[str]:
    answer.headers.update(PRIVATE)
    return answer


ROUTES = [thanks, family_form, answer]
