"""What we hold on children, their families, and who reports or complains for them."""

from typing import Final

from fund.rights.kinds.kind import Kind

CHILDREN: Final = (
    Kind(
        "report",
        whose="Children whom somebody reported",
        what="What was reported: name, age, class, where to find the child, what worries",
        purpose="To find children who may drop out of school, and help them",
        basis="A task in the public interest, and to keep harm from a child (section 24(2) and (4))",
        lies="Reports, each sealed under a key of its own; taken into a case, under the child's",
        seen_by="Case managers of the district, core team",
        kept="{contact_years} years after the report was closed; taken into a case, as long as the case",
        ends="The report's key is destroyed; district, day and reason stay",
        overdue="""
            SELECT r.id FROM finding_report r JOIN sealed_key k ON k.subject = r.id
            LEFT JOIN finding_report_end e ON e.report_id = r.id
            WHERE (e.outcome IS NULL OR e.outcome = 'closed') AND COALESCE(e.ended_at, r.reported_at) < :moment
        """,
    ),
    Kind(
        "reporter",
        whose="Whoever reported a child",
        what="Name, phone and how they know the child, where they told us",
        purpose="To ask when something in the report is not clear",
        basis="Consent: who reported chose to tell us (section 24)",
        lies="Beside the report, sealed under a key of their own",
        seen_by="Case managers of the district, core team",
        kept="{contact_years} years after the report was dealt with",
        ends="The reporter's key is destroyed; the report stays as long as its own time",
        overdue="""
            SELECT r.reporter_id AS id FROM finding_report r JOIN sealed_key k ON k.subject = r.reporter_id
            LEFT JOIN finding_report_end e ON e.report_id = r.id
            WHERE COALESCE(e.ended_at, r.reported_at) < :moment
        """,
    ),
    Kind(
        "case",
        whose="Children, their families, and who signed for them",
        what="Name, birth date, numbers, address, family, income, needs, notes, papers, photos and consents",
        purpose="To keep a child at school: to find, help, refer and follow up",
        basis="Consent of the guardian, from 20 on one's own (sections 20 and 24; health: section 26)",
        lies="Cases and stored papers, sealed under the child's own key; outside only the case's code",
        seen_by="Case managers of the district, core team, auditor; each look is noted with its purpose",
        kept="{contact_years} years after the case was closed, or until the family asks",
        ends="The child's key is destroyed and the number is met no more; code, stages and money stay",
        overdue="""
            SELECT c.child_id AS id FROM cases_case c JOIN sealed_key k ON k.subject = c.child_id
            JOIN cases_standing s ON s.code = c.code WHERE s.stage = 'closed' AND s.moved_at < :moment
        """,
    ),
    Kind(
        "complaint",
        whose="Families who complain of us",
        what="What they say of us, and, where they told us, name and phone",
        purpose="To answer families, and to find what we do wrong",
        basis="Consent: the family chose to tell us (section 24)",
        lies="Complaints, each sealed under a key of its own, not the child's",
        seen_by="Core team and auditor; never who manages the case",
        kept="{contact_years} years after it was closed",
        ends="The complaint's key is destroyed; district, days and states stay",
        overdue="""
            SELECT m.id FROM following_matter m JOIN sealed_key k ON k.subject = m.id
            WHERE m.machine = 'complaint' AND m.state = 'closed' AND m.moved_at < :moment
        """,
    ),
)
