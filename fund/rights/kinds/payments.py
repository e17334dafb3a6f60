"""What we hold on who pays us, whom we pay, and of whom the books say something."""

from typing import Final

from fund.rights.kinds.kind import Kind

_PARTS_DUE: Final = "LEFT JOIN grants_plan a ON a.chain = v.chain AND a.version = v.version"

PAYMENTS: Final = (
    Kind(
        "statement",
        whose="Payers and payees on bank statements",
        what="What the bank wrote beside a payment: often a name and part of an account number; the bank's file",
        purpose="To know which gift a payment was, and to prove the books",
        basis="Law: accounts must be kept (section 24(6)); told by the bank, not by the person",
        lies="Bank lines and stored files, sealed under the statement's key",
        seen_by="Finance officers, treasurer, auditor",
        kept="{accounts_years} years after the fiscal year of the statement; the law forbids erasing before",
        ends="The statement's key is destroyed; amounts, days and matches stay",
        overdue="""
            SELECT s.id FROM bank_statement s JOIN sealed_key k ON k.subject = s.id
            WHERE s.to_on < :day AND NOT EXISTS (SELECT 1 FROM bank_inbox i WHERE i.statement_id = s.id)
        """,
        is_accounting=True,
    ),
    Kind(
        "passbook",
        whose="Payers and payees on bank statements",
        what="Pages of passbooks by which a balance was stated: they may name who paid",
        purpose="To prove the books where no file of the bank tells a balance",
        basis="Law: accounts must be kept (section 24(6))",
        lies="Stored papers, each sealed under a key of its own",
        seen_by="Finance officers, treasurer, auditor",
        kept="{accounts_years} years after the fiscal year of the statement; the law forbids erasing before",
        ends="The paper's key is destroyed; balance, day and who stated it stay",
        overdue="""
            SELECT b.id FROM bank_stated_balance b JOIN sealed_key k ON k.subject = b.id WHERE b.day < :day
        """,
        is_accounting=True,
    ),
    Kind(
        "rule",
        whose="Payers whom a rule of the matcher names",
        what="Words of the bank by which a rule knows its lines; they may hold a name",
        purpose="To know a payment that comes every month",
        basis="Our interest in books that are right (section 24(5))",
        lies="Rules, each sealed under a key of its own",
        seen_by="Finance officers, treasurer, auditor",
        kept="While the rule is followed, and {contact_years} years after",
        ends="The rule's key is destroyed; who taught it and what it settled stay",
        overdue="""
            SELECT o.rule_id AS id FROM bank_rule_off o JOIN sealed_key k ON k.subject = o.rule_id
            WHERE o.switched_off_at < :moment
        """,
    ),
    Kind(
        "callback",
        whose="Payers",
        what="What banks tell at once of a payment: often the payer's name",
        purpose="To thank at once; the statement proves it later",
        basis="Our interest in answering the donor at once (section 24(5)); told by the bank, not by the person",
        lies="What banks told, sealed under a key of the bank and day",
        seen_by="Finance officers, treasurer, auditor",
        kept="{contact_years} years after the bank told it",
        ends="The day's key is destroyed; amounts, moments and what became of them stay",
        overdue="""
            SELECT c.subject AS id FROM bank_callback c JOIN sealed_key k ON k.subject = c.subject
            GROUP BY c.subject HAVING max(c.told_at) < :moment
        """,
    ),
    Kind(
        "paying_in",
        whose="Staff who carried cash to the bank",
        what="Paying-in slips: the bank's paper, often with who paid in",
        purpose="To prove that what was counted came to the bank",
        basis="Law: accounts must be kept (section 24(6))",
        lies="Stored papers, each sealed under a key of its own",
        seen_by="Core team, finance officers, treasurer, auditor",
        kept="{accounts_years} years after the fiscal year of its day; the law forbids erasing before",
        ends="The paper's key is destroyed; who carried how much and when stays",
        overdue="""
            SELECT d.id FROM cash_deposit d JOIN sealed_key k ON k.subject = d.id WHERE d.carried_on < :day
        """,
        is_accounting=True,
    ),
    Kind(
        "goods_paper",
        whose="Who gave goods, and whoever is in a picture of them",
        what="Photos of goods, and the papers by which they were valued, written off or given back",
        purpose="To prove what came in, what it was worth, and what became of it",
        basis="Law: accounts must be kept (section 24(6))",
        lies="Stored papers, each sealed under a key of its own",
        seen_by="Storekeepers, valuers, core team, auditor",
        kept="{accounts_years} years after the fiscal year of the lot's last step; the law forbids erasing before",
        ends="The paper's key is destroyed; lots, numbers, values and who did what stay",
        overdue="""
            SELECT a.id FROM goods_arrival a JOIN sealed_key k ON k.subject = a.id
            WHERE a.received_on < :day
              AND NOT EXISTS (SELECT 1 FROM goods_step s WHERE s.lot_id = a.id AND s.booked_on >= :day)
            UNION ALL
            SELECT r.id FROM goods_removal r JOIN sealed_key k ON k.subject = r.id
            WHERE NOT EXISTS (SELECT 1 FROM goods_step s WHERE s.lot_id = r.lot_id AND s.booked_on >= :day)
        """,
        is_accounting=True,
    ),
    Kind(
        "details",
        whose="Whoever an entry of the books is about",
        what="Private details of entries in the books",
        purpose="To keep the books",
        basis="Law: accounts must be kept (section 24(6))",
        lies="Beside the entry, sealed under a key of its own",
        seen_by="Finance officers, treasurer, auditor",
        kept="{accounts_years} years after the entry's fiscal year; the law forbids erasing before",
        ends="The entry's key is destroyed; what is booked and a salted digest stay",
        overdue="""
            SELECT e.id FROM ledger_private s JOIN ledger_entry e ON e.id = s.entry_id
            JOIN sealed_key k ON k.subject = e.id WHERE e.booked_on < :day
        """,
        is_accounting=True,
    ),
    Kind(
        "payee",
        whose="Guardians, schools and shops that a grant is paid to",
        what="Name, and PromptPay number or bank account, of whom a grant is paid to",
        purpose="To pay the grant, and to prove to whom it was paid",
        basis="Law: accounts must be kept (section 24(6))",
        lies="Payees, each sealed under a key of its own, and a keyed digest of the account",
        seen_by="Case managers of the district, core team, finance officers, treasurer, auditor",
        kept="{accounts_years} years after the fiscal year in which the last payment was due",
        ends="The payee's key and the digest are destroyed; what was paid for which case stays",
        overdue=f"""
            SELECT p.id FROM grants_payee p JOIN sealed_key k ON k.subject = p.id
            LEFT JOIN grants_request_version v ON v.payee_id = p.id {_PARTS_DUE}
            WHERE p.made_at < :moment GROUP BY p.id HAVING max(a.due_on) IS NULL OR max(a.due_on) < :day
        """,
        is_accounting=True,
    ),
    Kind(
        "payment_file",
        whose="Guardians, schools and shops that a grant is paid to",
        what="The file of a payment run as the bank got it: names, and PromptPay numbers or bank accounts",
        purpose="To have the bank pay, and to prove what it was told",
        basis="Law: accounts must be kept (section 24(6))",
        lies="Stored files, each sealed under a key of its own",
        seen_by="Finance officers, treasurer, auditor",
        kept="{accounts_years} years after the fiscal year in which it was paid; the law forbids erasing before",
        ends="The file's key is destroyed; its digest and what was paid stay",
        overdue="""
            SELECT r.id FROM grants_run r JOIN sealed_key k ON k.subject = r.id WHERE r.pay_on < :day
        """,
        is_accounting=True,
    ),
    Kind(
        "grant_words",
        whose="Children and families whom a request for a grant is about",
        what="Why a request was asked back or declined, a payment held, cancelled or given up; papers of an advance;"
        " who signed that help arrived and what they said; vouchers, receipts and photos",
        purpose="To prove who decided what, and why",
        basis="Law: accounts must be kept (section 24(6))",
        lies="Beside the steps of a grant and in stored papers, sealed under a key of the request",
        seen_by="Case managers of the district, core team, finance officers, treasurer, auditor",
        kept="{accounts_years} years after the fiscal year in which the last payment was due",
        ends="The request's key is destroyed; who took which step, and when, stays",
        overdue=f"""
            SELECT k.subject AS id FROM sealed_key k
            JOIN grants_request_version v ON v.chain = 'grant:' || CAST(k.subject AS text) {_PARTS_DUE}
            GROUP BY k.subject HAVING max(a.due_on) < :day
        """,
        is_accounting=True,
    ),
)
