"""The donor's pages: choose a campaign, give, wait for the money, come back; and the posters' QR.

Knows forms, links and languages. Refuses nothing about money: the services do, and `app` says it.
"""

from typing import Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from fund import audit, clock, codes, limits, profile, walls, web
from fund.db import Database
from fund.donations import (
    campaign_pages,
    forms,
    payment,
    queries,
    receipt_pages,
    refund_pages,
    service,
    slip_pages,
    waiting_pages,
)
from fund.donations.forms import GiveForm, ReturnForm
from fund.donations.queries import CampaignView, GiftNotFoundError
from fund.donations.service import PledgeRequest
from fund.donations.views import GiftView, gift_view
from fund.errors import FundError, RequestReusedError
from fund.tax import rules as tax
from fund.tax.rules import Rule
from fund.web import AnyRequest
from ledger.errors import AmountTooLargeError, LedgerError
from ledger.money import parse_baht
from receipts import qr

PRIVATE: Final = {"Cache-Control": "no-store"}
_NO_GIFT: Final = (GiftNotFoundError, LedgerError)


@get("/give", sync_to_thread=True)
def choose(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """Every open campaign, schools and temples below their district."""
    with database.read() as session:
        groups = queries.open_campaigns(session)
    return web.page(request, "donations/choose.html", groups=groups)


@get("/give/{slug:str}", sync_to_thread=True)
def give(request: AnyRequest, slug: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """The give form of one campaign, or a page that says it is closed."""
    with database.read() as session:
        campaign = queries.campaign_by_slug(session, slug)
        rule = tax.agreed(session).on(campaign.fund, clock.today())
    if not campaign.is_open():
        return campaign_pages.closed(request, campaign)
    return _give_page(request, campaign, rule, GiveForm(choice=forms.CHOICES[0], form_key=service.new_form_key()))


@post("/give/{slug:str}", sync_to_thread=True)
def make_pledge(
    request: AnyRequest, slug: FromPath[str], data: URLEncodedBody[GiveForm], database: NamedDependency[Database]
) -> Response[str]:
    """Take the form; lead to the gift's own page, or show the form again with what is wrong at each field."""
    with database.read() as session:
        campaign, fund = queries.campaign_by_slug(session, slug), profile.current(session)
        rule = tax.agreed(session).on(campaign.fund, clock.today())
    if not campaign.is_open():
        return campaign_pages.closed(request, campaign)
    reading = forms.read(data, limit=fund.largest_gift)
    if reading.errors:
        return _give_page(request, campaign, rule, data, errors=reading.errors, status=400)
    asked = PledgeRequest(
        campaign_id=campaign.id,
        amount_satang=reading.amount_satang,
        form_key=data.form_key if data.has_form_key else service.new_form_key(),
        contact=reading.contact,
        wants_receipt=reading.wants_receipt,
        reports_tax=reading.reports_tax and rule is not None,
        language=web.language(request),
    )
    try:
        with database.write() as session:
            limits.count(session, limits.PLEDGES, walls.subscriber(request))
            pledged = service.pledge(session, asked, by=audit.DONOR)
    except RequestReusedError as error:
        return _give_page(request, campaign, rule, data, refused=error, status=422)
    link = f"/gift/{pledged.pledge.reference}/{pledged.token}"
    if pledged.is_over:
        return web.page(request, "donations/recorded.html", status=409, private_path=link, campaign=campaign)
    return Redirect(link, status_code=303, headers={**PRIVATE, "Idempotency-Replayed": str(pledged.is_replay).lower()})


@get("/gift/{reference:str}/{token:str}", sync_to_thread=True)
def gift(
    request: AnyRequest, reference: FromPath[str], token: FromPath[str], database: NamedDependency[Database]
) -> Response[str]:
    """One gift for who has its link: the QR while it is open, thanks once the money is there."""
    with database.read() as session:
        shown = gift_view(session, queries.pledge_by_link(session, reference, token), for_its_donor=True)
    return _gift_page(request, shown, private_path=f"/gift/{reference}/{token}")


@get("/gift/{reference:str}/{token:str}/qr.png", sync_to_thread=True)
def gift_picture(
    reference: FromPath[str], token: FromPath[str], database: NamedDependency[Database]
) -> Response[bytes]:
    """The gift's QR as a picture to save."""
    with database.read() as session:
        shown = gift_view(session, queries.pledge_by_link(session, reference, token))
    return _picture(shown.payment.payload, f"{shown.pledge.reference}.png", PRIVATE)


@get("/return", sync_to_thread=True)
def return_form(request: AnyRequest) -> Response[str]:
    """Ask for reference and amount."""
    return web.page(request, "donations/return.html", form=ReturnForm(), error="")


@post("/return", sync_to_thread=True, status_code=200)
def return_to_gift(
    request: AnyRequest, data: URLEncodedBody[ReturnForm], database: NamedDependency[Database]
) -> Response[str]:
    """The gift with this reference and amount, without its secrets; one answer for every miss."""
    try:
        with limits.guessing(database, walls.subscriber(request), _NO_GIFT) as session:
            found = queries.pledge_by_amount(session, codes.fold(data.reference), parse_baht(data.amount))
            shown = gift_view(session, found)
    except _NO_GIFT:
        said = web.message_of(GiftNotFoundError(), web.language(request))
        return web.page(request, "donations/return.html", status=404, form=data, error=said)
    return _gift_page(request, shown, private_path="")


@get("/poster/{code:str}", sync_to_thread=True)
def poster(code: FromPath[str], database: NamedDependency[Database]) -> Redirect:
    """Where the address printed on a poster leads: its campaign's form."""
    with database.read() as session:
        campaign = queries.campaign_by_code(session, codes.fold(code))
    return Redirect(f"/give/{campaign.slug}", status_code=303)


@get("/give/{slug:str}/poster.png", sync_to_thread=True)
def poster_png(
    request: AnyRequest, slug: FromPath[str], database: NamedDependency[Database]
) -> Response[bytes] | Response[str]:
    """A campaign's static QR, any amount, as a picture."""
    with database.read() as session:
        campaign, fund = queries.campaign_by_slug(session, slug), profile.current(session)
    if not campaign.is_open():
        return campaign_pages.closed(request, campaign)
    return _picture(payment.of_campaign(fund.promptpay, campaign).payload, f"{campaign.slug}.png", {})


@get("/give/{slug:str}/poster.svg", sync_to_thread=True)
def poster_svg(request: AnyRequest, slug: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """A campaign's static QR, any amount, as a drawing."""
    with database.read() as session:
        campaign, fund = queries.campaign_by_slug(session, slug), profile.current(session)
    if not campaign.is_open():
        return campaign_pages.closed(request, campaign)
    drawn = qr.picture_svg(payment.of_campaign(fund.promptpay, campaign).payload, label=campaign.code)
    return Response(drawn, media_type="image/svg+xml")


def _give_page(
    request: AnyRequest,
    campaign: CampaignView,
    rule: Rule | None,
    form: GiveForm,
    *,
    errors: dict[str, forms.Refusal] | None = None,
    refused: FundError | None = None,
    status: int = 200,
) -> Response[str]:
    """The form with what was typed; a form that is shown again gets a key of its own."""
    language = web.language(request)
    return web.page(
        request,
        "donations/give.html",
        status=status,
        campaign=campaign,
        unit=rule.unit if rule else None,
        form=form,
        form_key=service.new_form_key(),
        choices=forms.CHOICES,
        errors=forms.said(errors or {}, language),
        is_too_large=isinstance((errors or {}).get("amount"), AmountTooLargeError),
        refused=web.message_of(refused, language) if refused else "",
    )


def _gift_page(request: AnyRequest, shown: GiftView, *, private_path: str) -> Response[str]:
    answer = web.page(
        request, "donations/gift.html", gift=shown, pledge=shown.pledge, private_path=private_path, slip_error=""
    )
    answer.headers.update(PRIVATE)
    return answer


def _picture(payload: str, name: str, headers: dict[str, str]) -> Response[bytes]:
    saved = {"Content-Disposition": f'attachment; filename="{name}"', **headers}
    return Response(qr.picture_png(payload), media_type="image/png", headers=saved)


ROUTES = [
    choose,
    give,
    make_pledge,
    gift,
    gift_picture,
    return_form,
    return_to_gift,
    poster,
    poster_png,
    poster_svg,
    *waiting_pages.ROUTES,
    *slip_pages.ROUTES,
    *receipt_pages.ROUTES,
    *campaign_pages.ROUTES,
    *refund_pages.ROUTES,
]
