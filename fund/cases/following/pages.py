"""Every page of referrals, follow-ups and complaints."""

from fund.cases.following import complaint_pages, follow_up_pages, referral_pages

ROUTES = [*referral_pages.ROUTES, *follow_up_pages.ROUTES, *complaint_pages.ROUTES]
