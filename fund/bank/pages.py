"""Every route of the bank's pages for staff: files and their columns, lines, collections, rules, months."""

from fund.bank import (
    collection_pages,
    column_pages,
    line_acts,
    line_pages,
    month_pages,
    origin_pages,
    rule_pages,
    statement_pages,
)

ROUTES = [
    *statement_pages.ROUTES,
    *column_pages.ROUTES,
    *line_pages.ROUTES,
    *line_acts.ROUTES,
    *collection_pages.ROUTES,
    *rule_pages.ROUTES,
    *month_pages.ROUTES,
    *origin_pages.ROUTES,
]
