"""Staff's page of campaigns: see them all, add a school's or temple's, close one, print its poster.

Knows the form. Refuses an empty name and one that is already taken, at the field.
"""

from dataclasses import asdict
from typing import Literal

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from fund import profile, web
from fund.db import Database
from fund.donations import forms, payment, queries, service
from fund.donations.forms import CampaignForm, Refusal
from fund.donations.queries import CampaignNotFoundError, CampaignView
from fund.donations.service import CampaignTakenError, ParentCampaignError
from fund.people import door
from fund.people.powers import Place
from fund.profile import Profile
from fund.settings import Settings
from fund.web import AnyRequest
from receipts import render
from receipts.render import PosterFacts

HOME = "/staff/campaigns"


class CloseForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The button that closes a campaign."""

    csrf_token: str = ""


@get(HOME, guards=[door.require("campaigns.see")], sync_to_thread=True)
def campaigns(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """All campaigns, and the form for a new one."""
    return _page(request, database, CampaignForm())


@post(HOME, guards=[door.require("campaigns.open")], sync_to_thread=True)
def add_campaign(
    request: AnyRequest, data: URLEncodedBody[CampaignForm], database: NamedDependency[Database]
) -> Response[str]:
    """Open a campaign below another one."""
    wording, errors = forms.read_wording(data)
    if errors:
        return _page(request, database, data, errors=errors, status=400)
    try:
        with database.write() as session:
            parent = queries.campaign_by_code(session, data.parent)
            _require(request, "campaigns.open", parent)
            opened = service.open_below(session, parent, **asdict(wording), by=door.actor(request))
    except CampaignTakenError as error:
        return _page(request, database, data, errors={"name_en": error}, status=409)
    except ParentCampaignError as error:
        return _page(request, database, data, errors={"parent": error}, status=409)
    return Redirect(f"{HOME}#{opened.code}", status_code=303)


@post("/staff/campaigns/{code:str}/close", guards=[door.require("campaigns.close")], sync_to_thread=True)
def close_campaign(
    request: AnyRequest, code: FromPath[str], data: URLEncodedBody[CloseForm], database: NamedDependency[Database]
) -> Redirect:
    """Let a campaign take no more gifts."""
    with database.write() as session:
        campaign = queries.campaign_by_code(session, code)
        _require(request, "campaigns.close", campaign)
        service.close_campaign(session, campaign.id, by=door.actor(request))
    return Redirect(f"{HOME}#{code}", status_code=303)


@get("/staff/campaigns/{code:str}/poster.pdf", guards=[door.require("campaigns.print")], sync_to_thread=True)
def poster(
    request: AnyRequest,
    code: FromPath[str],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    size: FromQuery[Literal["A4", "A3"]] = "A4",
) -> Response[bytes] | Response[str]:
    """A campaign's poster to print, while it takes gifts."""
    with database.read() as session:
        campaign, fund = queries.campaign_by_code(session, code), profile.current(session)
        _require(request, "campaigns.print", campaign)
        facts = poster_facts(fund, campaign, address=settings.address, is_demo=profile.is_demo(session))
    if not campaign.is_open():
        return closed(request, campaign)
    printed = render.poster_pdf(facts, size, seconds=int(settings.render_seconds))
    headers = {"Content-Disposition": f'attachment; filename="poster-{campaign.slug}-{size}.pdf"'}
    return Response(printed, media_type="application/pdf", headers=headers)


def place(campaign: CampaignView) -> Place:
    """Where a campaign belongs: its district, and itself where it is a school's or temple's."""
    return Place(district=campaign.district, school=campaign.code if campaign.parent_id else "")


def _require(request: AnyRequest, action: str, campaign: CampaignView) -> None:
    door.require_place(request, action, place(campaign), missing=CampaignNotFoundError)


def closed(request: AnyRequest, campaign: CampaignView) -> Response[str]:
    """What a campaign says instead of its form and its QR once it takes no gifts."""
    return web.page(request, "donations/closed.html", status=410, campaign=campaign)


def poster_facts(fund: Profile, campaign: CampaignView, *, address: str, is_demo: bool) -> PosterFacts:
    """What a campaign's poster says."""
    return PosterFacts(
        payload=payment.of_campaign(fund.promptpay, campaign).payload,
        fund_name_th=fund.name_th,
        fund_name_en=fund.name_en,
        purpose_th=campaign.purpose_th,
        purpose_en=campaign.purpose_en,
        biller_name_th=fund.issuer.name_th,
        biller_name_en=fund.issuer.name_en,
        biller_id=fund.promptpay.biller_id,
        campaign=campaign.code,
        place_th=campaign.name_th if campaign.district else "",
        place_en=campaign.name_en if campaign.district else "",
        permit_number=fund.permit_number,
        address=address,
        is_demo=is_demo,
    )


def _page(
    request: AnyRequest,
    database: Database,
    form: CampaignForm,
    *,
    errors: dict[str, Refusal] | None = None,
    status: int = 200,
) -> Response[str]:
    with database.read() as session:
        every = queries.campaigns(session)
    by_id, visitor = {campaign.id: campaign for campaign in every}, door.visitor(request)
    above = {campaign.id: by_id[campaign.parent_id or campaign.id] for campaign in every}
    known = [one for one in every if visitor.may("campaigns.see", place(one))]
    language = web.language(request)
    return web.page(
        request,
        "donations/campaigns.html",
        status=status,
        campaigns=sorted(known, key=lambda one: (above[one.id].code, above[one.id].id != one.id, one.code)),
        names={campaign.id: campaign.name(language) for campaign in every},
        parents=[(one.code, one.name(language)) for one in known if one.parent_id is None and one.is_open()],
        form=form,
        errors=forms.said(errors or {}, language),
    )


ROUTES = [campaigns, add_campaign, close_campaign, poster]
