-- New kinds of matches and states of waiting lines: SQLite changes a check only by making the table anew.
CREATE TABLE bank_match_anew (
    id TEXT NOT NULL,
    line_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN (
        'pledge', 'campaign', 'unidentified', 'named', 'sent-back', 'returned', 'fee', 'interest', 'tax-withheld',
        'running-cost', 'refund-left', 'refund-came-back', 'transfer-left', 'transfer-arrived')),
    reasons TEXT NOT NULL,
    words TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    donation_id TEXT,
    matched_by TEXT NOT NULL,
    matched_at TEXT NOT NULL,
    about TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (id),
    CONSTRAINT bank_match_entry UNIQUE (line_id, entry_id),
    FOREIGN KEY (line_id) REFERENCES bank_line (id)
) STRICT;
INSERT INTO bank_match_anew SELECT *, '' FROM bank_match;
DROP TABLE bank_match;
ALTER TABLE bank_match_anew RENAME TO bank_match;
CREATE INDEX bank_match_donation ON bank_match (donation_id);
CREATE INDEX bank_match_about ON bank_match (about) WHERE about <> '';
CREATE INDEX bank_match_entry_id ON bank_match (entry_id);
CREATE TRIGGER bank_match_of_known BEFORE INSERT ON bank_match
WHEN NOT EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id)
  OR (NEW.donation_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM donations_donation WHERE id = NEW.donation_id))
BEGIN SELECT RAISE(ABORT, 'bank_match: no such entry or donation'); END;

CREATE TABLE bank_inbox_anew (
    line_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('new', 'waiting', 'refused', 'held', 'withdrawn')),
    is_booked INTEGER NOT NULL,
    statement_id TEXT NOT NULL,
    account TEXT NOT NULL,
    amount_satang INTEGER NOT NULL,
    reasons TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (line_id),
    FOREIGN KEY (line_id) REFERENCES bank_line (id),
    FOREIGN KEY (statement_id) REFERENCES bank_statement (id)
) STRICT;
INSERT INTO bank_inbox_anew SELECT *, 0 FROM bank_inbox;
DROP TABLE bank_inbox;
ALTER TABLE bank_inbox_anew RENAME TO bank_inbox;
CREATE INDEX bank_inbox_state ON bank_inbox (state, line_id);
CREATE INDEX bank_inbox_statement ON bank_inbox (statement_id);
CREATE INDEX bank_inbox_amount ON bank_inbox (account, amount_satang);

-- A book that was opened before has the kinds of its time.
INSERT INTO ledger_kind (code, nature)
SELECT k.code, k.nature
FROM (
    SELECT 'refund' AS code, 'choice' AS nature UNION ALL SELECT 'refund-left', 'fact'
    UNION ALL SELECT 'refund-came-back', 'fact' UNION ALL SELECT 'transfer-left', 'fact'
    UNION ALL SELECT 'transfer-arrived', 'fact'
) k
WHERE EXISTS (SELECT 1 FROM ledger_kind);
