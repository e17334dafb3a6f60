"""Every page of requests."""

from fund.cases.requests import asking_pages, review_pages

ROUTES = [*asking_pages.ROUTES, *review_pages.ROUTES]
