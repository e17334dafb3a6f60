-- SQLite: a batch of entries is drafted in tables that nobody reads, and booked by one statement that opens the door
-- of the book, `INSERT INTO ledger_door DEFAULT VALUES`: its triggers check the drafts all together, write them into
-- ledger_entry and ledger_posting, and shut the door again. Nothing else writes there: the door is open in no other
-- statement, so no half entry can be left behind, whether or not the connection enforces foreign keys.
DROP TRIGGER ledger_entry_sealed;
DROP TRIGGER ledger_posting_slot;
DROP TRIGGER ledger_entry_no_replace;
DROP TRIGGER ledger_posting_no_replace;
DROP TABLE ledger_draft;

CREATE TABLE ledger_draft_entry (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, lines INTEGER NOT NULL, kind TEXT NOT NULL,
    occurred_on TEXT NOT NULL, booked_on TEXT NOT NULL, recorded_at TEXT NOT NULL, recorded_by TEXT NOT NULL,
    key TEXT NOT NULL, request_hash BLOB NOT NULL, subject TEXT NOT NULL, reverses TEXT, reason TEXT NOT NULL,
    details_digest BLOB
) STRICT;
CREATE TABLE ledger_draft_posting (
    number INTEGER NOT NULL, line INTEGER NOT NULL, account TEXT NOT NULL, fund TEXT NOT NULL,
    amount_satang INTEGER NOT NULL, subject TEXT NOT NULL, purpose TEXT, scope TEXT,
    PRIMARY KEY (number, line)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_door (opened INTEGER PRIMARY KEY) STRICT;
CREATE TABLE ledger_door_sill (nobody INTEGER NOT NULL) STRICT;

CREATE TRIGGER ledger_entry_door BEFORE INSERT ON ledger_entry
WHEN NOT EXISTS (SELECT 1 FROM ledger_door)
BEGIN SELECT RAISE(ABORT, 'ledger:sealed'); END;

CREATE TRIGGER ledger_posting_door BEFORE INSERT ON ledger_posting
WHEN NOT EXISTS (SELECT 1 FROM ledger_door)
BEGIN SELECT RAISE(ABORT, 'ledger:sealed'); END;

-- The first day that may still be booked on: the day after the last closed month; once a month was ever closed, the
-- books begin with the first one that was. NULL: no month was ever closed.
CREATE VIEW ledger_open_from AS
SELECT coalesce(
    (SELECT date(p.ends_on, '+1 day') FROM ledger_period p
     WHERE p.is_closed AND NOT EXISTS (SELECT 1 FROM ledger_period q
                                       WHERE q.starts_on = p.starts_on AND q.revision > p.revision)
     ORDER BY p.starts_on DESC LIMIT 1),
    (SELECT min(p.starts_on) FROM ledger_period p)) AS day;

-- What is wrong with the drafts, in words like those of PostgreSQL's guard.
CREATE VIEW ledger_draft_fault AS
SELECT e.number,
       CASE
           WHEN e.booked_on < (SELECT day FROM ledger_open_from) THEN 'period-closed:' || e.booked_on
           WHEN NOT EXISTS (SELECT 1 FROM ledger_kind k WHERE k.code = e.kind) THEN 'unknown-kind'
           ELSE 'lines'
       END AS fault
FROM ledger_draft_entry e
WHERE fault <> 'lines'
   OR e.lines <> (SELECT count(*) FROM ledger_draft_posting p WHERE p.number = e.number)
UNION ALL
SELECT p.number,
       CASE
           WHEN e.number IS NULL THEN 'lines'
           WHEN a.is_open IS NOT 1 THEN 'unknown-account:' || p.account
           WHEN f.code IS NULL THEN 'unknown-fund:' || p.fund
           WHEN p.subject = '' AND a.guarded = 'subject' THEN 'subject-missing:' || p.account
           WHEN p.purpose IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM ledger_fund_purpose allowed WHERE allowed.fund = p.fund
               AND allowed.purpose = p.purpose AND allowed.scope = p.scope) THEN 'purpose:' || p.fund
       END AS fault
FROM ledger_draft_posting p
LEFT JOIN ledger_draft_entry e ON e.number = p.number
LEFT JOIN ledger_account a ON a.code = p.account
LEFT JOIN ledger_fund f ON f.code = p.fund
    AND e.booked_on >= coalesce(f.valid_from, '') AND e.booked_on <= coalesce(f.valid_to, '9')
WHERE fault IS NOT NULL
UNION ALL
SELECT max(e.number), 'stamp' FROM ledger_draft_entry e HAVING max(e.number) <> count(*) OR min(e.number) <> 1
UNION ALL
SELECT p.number, 'unbalanced'
FROM ledger_draft_posting p JOIN ledger_account a ON a.code = p.account
GROUP BY p.number, p.fund, a.type = 'memorandum' HAVING sum(p.amount_satang) <> 0
UNION ALL
SELECT min(low.number), 'not-enough:' || low.fund
FROM (SELECT c.number, c.fund FROM ledger_draft_choice c WHERE c.is_spendable
      GROUP BY c.number, c.fund HAVING sum(c.amount_satang) < 0) low
GROUP BY low.fund
HAVING (SELECT s.amount_satang FROM ledger_spendable s WHERE s.fund = low.fund)
       + (SELECT sum(p.amount_satang) FROM ledger_draft_posting p JOIN ledger_account a ON a.code = p.account
          WHERE p.fund = low.fund AND a.is_spendable) < 0
UNION ALL
SELECT min(low.number), 'below-zero:' || low.fund || ':' || low.account
FROM (SELECT c.number, c.fund, c.account, c.subject FROM ledger_draft_choice c WHERE c.guarded <> 'no'
      GROUP BY c.number, c.fund, c.account, c.subject HAVING sum(c.amount_satang * c.sign) < 0) low
JOIN ledger_draft_movement m ON m.fund = low.fund AND m.account = low.account AND m.subject IS low.subject
GROUP BY low.fund, low.account, low.subject
HAVING m.amount_satang + m.sign * CASE
    WHEN low.subject IS NULL THEN (SELECT s.amount_satang FROM ledger_standing s
                                   WHERE s.fund = low.fund AND s.account = low.account)
    ELSE coalesce((SELECT sum(p.amount_satang) FROM ledger_posting p
                   WHERE p.account = low.account AND p.fund = low.fund AND p.subject = low.subject
                     AND p.subject <> ''), 0)
END < 0;

-- The postings of choices; `subject` where the account is guarded for each, and on which side it may not fall.
CREATE VIEW ledger_draft_choice AS
SELECT p.number, p.fund, p.account, iif(a.guarded = 'subject', p.subject, NULL) AS subject, p.amount_satang,
       a.is_spendable, a.guarded, iif(a.side = 'debit', 1, -1) AS sign
FROM ledger_kind k CROSS JOIN ledger_draft_entry e ON e.kind = k.code
CROSS JOIN ledger_draft_posting p ON p.number = e.number
CROSS JOIN ledger_account a ON a.code = p.account
WHERE k.nature = 'choice';

-- What the drafts together put on each guarded account (with a minus: take from it).
CREATE VIEW ledger_draft_movement AS
SELECT p.fund, p.account, iif(a.guarded = 'subject', p.subject, NULL) AS subject,
       iif(a.side = 'debit', 1, -1) AS sign, sum(p.amount_satang) * iif(a.side = 'debit', 1, -1) AS amount_satang
FROM ledger_draft_posting p JOIN ledger_account a ON a.code = p.account
WHERE a.guarded <> 'no'
GROUP BY p.fund, p.account, iif(a.guarded = 'subject', p.subject, NULL);

-- A statement's own OR REPLACE, FAIL … would hold for everything that its triggers write. A NULL never fits into the
-- sill (unlike a CHECK, which a pragma switches off): the insert is ignored where the statement says nothing of its
-- own, and an error under REPLACE, FAIL, ABORT and ROLLBACK. Under IGNORE it passes too; that is found by counting
-- what was written.
CREATE TRIGGER ledger_door_plain BEFORE INSERT ON ledger_door
BEGIN INSERT OR IGNORE INTO ledger_door_sill VALUES (NULL); END;

CREATE TRIGGER ledger_door_books AFTER INSERT ON ledger_door
BEGIN
    SELECT RAISE(ABORT, 'ledger:refused') WHERE EXISTS (SELECT 1 FROM ledger_draft_fault);

    INSERT INTO ledger_entry
        (stamp, id, lines, kind, occurred_on, booked_on, recorded_at, recorded_by, key, request_hash, subject, reverses,
         reason, details_digest)
    SELECT e.number + coalesce((SELECT max(stamp) FROM ledger_entry), 0), e.id, e.lines, e.kind, e.occurred_on,
           e.booked_on, e.recorded_at, e.recorded_by, e.key, e.request_hash, e.subject, e.reverses, e.reason,
           e.details_digest
    FROM ledger_draft_entry e ORDER BY e.number;
    SELECT RAISE(ABORT, 'ledger:lines') WHERE changes() <> (SELECT max(number) FROM ledger_draft_entry);

    INSERT INTO ledger_posting
        (entry_id, lines, line, stamp, booked_on, account, fund, amount_satang, subject, purpose, scope)
    SELECT e.id, e.lines, p.line,
           e.number + (SELECT max(stamp) FROM ledger_entry) - (SELECT max(number) FROM ledger_draft_entry),
           e.booked_on, p.account, p.fund, p.amount_satang, p.subject, p.purpose, p.scope
    FROM ledger_draft_entry e CROSS JOIN ledger_draft_posting p ON p.number = e.number ORDER BY e.number;
    SELECT RAISE(ABORT, 'ledger:lines') WHERE changes() <> (SELECT sum(lines) FROM ledger_draft_entry);

    SELECT RAISE(ABORT, 'ledger:not-a-mirror')
    FROM ledger_draft_entry e
    WHERE e.reverses IS NOT NULL AND (
        NOT EXISTS (SELECT 1 FROM ledger_entry r
                    WHERE r.id = e.reverses AND r.id <> e.id AND r.reverses IS NULL AND r.kind = e.kind
                      AND r.lines = e.lines AND r.booked_on <= e.booked_on)
        OR e.lines <> (SELECT count(*) FROM ledger_posting p
                       JOIN ledger_posting r ON r.entry_id = e.reverses AND r.line = p.line
                       WHERE p.entry_id = e.id AND p.account = r.account AND p.fund = r.fund
                         AND p.amount_satang = -r.amount_satang AND p.subject = r.subject
                         AND p.purpose IS r.purpose AND p.scope IS r.scope));

    DELETE FROM ledger_draft_posting;
    DELETE FROM ledger_draft_entry;
    DELETE FROM ledger_door;
END;
