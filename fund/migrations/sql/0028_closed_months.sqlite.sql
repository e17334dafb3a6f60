-- The months that are closed: closed, and not opened again since.
CREATE VIEW bank_month_shut AS
SELECT c.account, c.month, c.revision, c.ends_on FROM bank_month_closing c
WHERE NOT EXISTS (SELECT 1 FROM bank_month_opened o
                  WHERE o.account = c.account AND o.month = c.month AND o.revision = c.revision);

-- Three figures make a month: the lines and balances that the bank's files tell, what is not booked of them, and what
-- the books have. Months close in order: nothing is added up to the end of the last closed one, and nothing taken away.
CREATE TRIGGER bank_statement_month BEFORE INSERT ON bank_statement
WHEN EXISTS (SELECT 1 FROM bank_month_shut s WHERE s.account = NEW.account AND s.ends_on >= NEW.from_on)
BEGIN SELECT RAISE(ABORT, 'bank:month-closed'); END;

CREATE TRIGGER bank_line_month BEFORE INSERT ON bank_line
WHEN EXISTS (SELECT 1 FROM bank_month_shut s WHERE s.account = NEW.account AND s.ends_on >= NEW.occurred_on)
BEGIN SELECT RAISE(ABORT, 'bank:month-closed'); END;

CREATE TRIGGER bank_statement_act_month BEFORE INSERT ON bank_statement_act
WHEN EXISTS (SELECT 1 FROM bank_statement t JOIN bank_month_shut s ON s.account = t.account AND s.ends_on >= t.from_on
             WHERE t.id = NEW.statement_id)
BEGIN SELECT RAISE(ABORT, 'bank:month-closed'); END;

-- A line of a closed month is in the books: settled, or as unidentified money.
CREATE TRIGGER bank_inbox_month BEFORE INSERT ON bank_inbox
WHEN (NOT NEW.is_booked OR NEW.state = 'withdrawn')
 AND EXISTS (SELECT 1 FROM bank_line l JOIN bank_month_shut s ON s.account = l.account AND s.ends_on >= l.occurred_on
             WHERE l.id = NEW.line_id)
BEGIN SELECT RAISE(ABORT, 'bank:month-closed'); END;

CREATE TRIGGER bank_inbox_month_still BEFORE UPDATE ON bank_inbox
WHEN (NOT NEW.is_booked OR NEW.state = 'withdrawn')
 AND EXISTS (SELECT 1 FROM bank_line l JOIN bank_month_shut s ON s.account = l.account AND s.ends_on >= l.occurred_on
             WHERE l.id = NEW.line_id)
BEGIN SELECT RAISE(ABORT, 'bank:month-closed'); END;

CREATE TRIGGER bank_undone_month BEFORE INSERT ON bank_undone
WHEN EXISTS (SELECT 1 FROM bank_match m JOIN bank_line l ON l.id = m.line_id
             JOIN bank_month_shut s ON s.account = l.account AND s.ends_on >= l.occurred_on
             WHERE m.id = NEW.match_id)
 AND NOT EXISTS (SELECT 1 FROM bank_match m JOIN bank_match k ON k.line_id = m.line_id
                 LEFT JOIN bank_undone u ON u.match_id = k.id
                 WHERE m.id = NEW.match_id AND k.kind = 'unidentified' AND k.id <> m.id AND u.match_id IS NULL)
BEGIN SELECT RAISE(ABORT, 'bank:month-closed'); END;

-- Postings are written through the ledger's door alone: what lies before it is asked once for all of them.
CREATE TRIGGER bank_month_books BEFORE INSERT ON ledger_door
BEGIN
    SELECT RAISE(ABORT, 'bank:month-closed')
    FROM (SELECT account, max(ends_on) AS ends_on FROM bank_month_shut GROUP BY account) s
    JOIN ledger_draft_posting p ON p.account = s.account
    JOIN ledger_draft_entry e ON e.number = p.number AND e.booked_on <= s.ends_on;
END;

CREATE TRIGGER bank_stated_balance_month BEFORE INSERT ON bank_stated_balance
WHEN EXISTS (SELECT 1 FROM bank_month_shut s WHERE s.account = NEW.account AND s.ends_on >= NEW.day)
BEGIN SELECT RAISE(ABORT, 'bank:month-closed'); END;

-- Who stated a balance of a month does not reconcile it.
CREATE TRIGGER bank_month_reconciled_by_another BEFORE INSERT ON bank_month_reconciled
WHEN EXISTS (SELECT 1 FROM bank_stated_balance s
             WHERE s.account = NEW.account AND s.stated_person = NEW.reconciled_person
               AND s.day BETWEEN date(NEW.month, '-1 day') AND date(NEW.month, '+1 month', '-1 day'))
BEGIN SELECT RAISE(ABORT, 'bank:two-people'); END;

-- An account's months close one after another, each to its last day, and anew only by what was reconciled since.
CREATE TRIGGER bank_month_closing_next BEFORE INSERT ON bank_month_closing
WHEN NEW.month <> date(NEW.month, 'start of month') OR NEW.ends_on <> date(NEW.month, '+1 month', '-1 day')
  OR NEW.revision <> 1 + coalesce((SELECT max(revision) FROM bank_month_closing
                                   WHERE account = NEW.account AND month = NEW.month), 0)
  OR NEW.month <> coalesce((SELECT date(max(s.ends_on), '+1 day') FROM bank_month_shut s
                            WHERE s.account = NEW.account), NEW.month)
  OR (SELECT r.reconciled_at FROM bank_month_reconciled r WHERE r.id = NEW.reconciliation_id)
     < (SELECT max(o.confirmed_at) FROM bank_month_opened o WHERE o.account = NEW.account AND o.month = NEW.month)
BEGIN SELECT RAISE(ABORT, 'bank:month-turn'); END;

-- Only the last closed month of an account is opened again, never below the closed books, and nothing that a year's
-- close has counted.
CREATE TRIGGER bank_month_opened_last BEFORE INSERT ON bank_month_opened
WHEN (NEW.account <> '' AND (
        NOT EXISTS (SELECT 1 FROM bank_month_shut s
                    WHERE s.account = NEW.account AND s.month = NEW.month AND s.revision = NEW.revision
                      AND s.ends_on = (SELECT max(t.ends_on) FROM bank_month_shut t WHERE t.account = NEW.account))
        OR NEW.month < (SELECT day FROM ledger_open_from)))
  OR EXISTS (SELECT 1 FROM ledger_entry e WHERE e.kind = 'closing' AND e.reverses IS NULL AND e.booked_on >= NEW.month
             AND NOT EXISTS (SELECT 1 FROM ledger_entry r WHERE r.reverses = e.id))
BEGIN SELECT RAISE(ABORT, 'bank:month-turn'); END;
