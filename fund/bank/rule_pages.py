"""Staff's page of taught rules: see them, try a new one on what waits, teach it, switch one off."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import audit, profile, web
from fund.bank import saying, settling, teaching
from fund.bank.entering import EXPLANATIONS
from fund.bank.line_acts import Form
from fund.bank.queries import InboxLine
from fund.bank.teaching import Lesson
from fund.db import Database
from fund.donations import queries as gifts
from fund.errors import FundError, MalformedError
from fund.language import Language
from fund.people import door
from fund.web import AnyRequest
from ledger.errors import LedgerError
from ledger.money import LARGEST_SATANG, parse_baht

RULES: Final = "/staff/rules"
SHOWN: Final = 50
Short = Annotated[str, msgspec.Meta(max_length=saying.LONGEST)]


class LessonForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule to try or to teach; amounts in baht, empty for any."""

    words: Short = ""
    kind: Short = ""
    campaign: Short = ""
    account: Short = ""
    is_whole: Short = ""
    least: Short = ""
    most: Short = ""
    act: Literal["try", "teach"] = "try"
    csrf_token: Short = ""

    def lesson(self) -> Lesson:
        """What the rule is to say. Raises AmountError."""
        came_in = self.kind == teaching.CAMPAIGN or (self.kind in EXPLANATIONS and EXPLANATIONS[self.kind].came_in)
        return Lesson(
            words=self.words,
            kind=self.kind,
            account=self.account,
            came_in=came_in,
            is_whole=bool(self.is_whole),
            least_satang=parse_baht(self.least) if self.least.strip() else 1,
            most_satang=parse_baht(self.most) if self.most.strip() else LARGEST_SATANG,
            campaign_code=self.campaign if self.kind == teaching.CAMPAIGN else "",
        )


@get(RULES, guards=[door.require("rules.see")], sync_to_thread=True)
def taught_rules(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The rules, and a form for the next one."""
    return _rules(request, database, LessonForm())


@post(RULES, guards=[door.require("rules.teach")], sync_to_thread=True)
def teach(request: AnyRequest, data: URLEncodedBody[LessonForm], database: NamedDependency[Database]) -> Response[str]:
    """Try a rule on what waits, or keep it and let the matcher look again at what it speaks of."""
    actor = door.actor(request)
    try:
        with database.write() as session:
            if data.act == "try":
                found = teaching.preview(session, data.lesson())
                audit.viewed_each(session, actor, "line", [one.id for one in found[:SHOWN]])
            else:
                teaching.try_these_again(session, teaching.teach(session, data.lesson(), by=actor), by=actor)
    except (FundError, LedgerError) as error:
        return _rules(request, database, data, refusal=error)
    if data.act == "try":
        return _rules(request, database, data, tried=found)
    settling.settle_waiting(database, by=actor)
    return Redirect(RULES, status_code=303)


@post("/staff/rules/{rule_id:uuid}/off", guards=[door.require("rules.teach")], sync_to_thread=True)
def switch_off(
    request: AnyRequest, rule_id: FromPath[UUID], data: URLEncodedBody[Form], database: NamedDependency[Database]
) -> Response[str]:
    """Follow a rule no more."""
    try:
        with database.write() as session:
            teaching.switch_off(session, rule_id, reason=data.reason, by=door.actor(request))
    except MalformedError as error:
        return _rules(request, database, LessonForm(), refusal=error)
    return Redirect(RULES, status_code=303)


def _rules(
    request: AnyRequest,
    database: Database,
    typed: LessonForm,
    *,
    tried: list[InboxLine] | None = None,
    refusal: FundError | LedgerError | None = None,
) -> Response[str]:
    with database.write() as session:
        shown = _around(session, web.language(request))
        audit.viewed_each(session, door.actor(request), "rule", [one.rule.id for one in shown["rules"]])
    status = web.status_of(refusal)
    return web.page(
        request,
        "bank/rules.html",
        status=status,
        typed=typed,
        tried=None if tried is None else tried[:SHOWN],
        tried_count=len(tried or ()),
        error=web.message_of(refusal, web.language(request)) if refusal else "",
        **shown,
    )


def _around(session: Session, language: Language) -> dict[str, Any]:
    campaigns, accounts = gifts.campaigns(session), profile.current(session).accounts
    return {
        "rules": teaching.taught(session),
        "campaign_choices": [("", "–"), *((one.code, f"{one.name(language)} ({one.code})") for one in campaigns)],
        "account_choices": [(one.account, f"{one.bank} …{one.number[-4:]}") for one in accounts],
        "campaigns_by_id": {one.id: one for one in campaigns},
    }


ROUTES = [taught_rules, teach, switch_off]
