-- SQLite: an entry's lines wait in ledger_draft; inserting the entry moves them into ledger_posting and checks the
-- whole. A posting may only enter a free slot of an entry that exists, and every entry that exists is full: so no
-- statement but the entry's own can add one, whether or not the connection enforces foreign keys.
CREATE TRIGGER ledger_posting_slot BEFORE INSERT ON ledger_posting
WHEN NOT EXISTS (SELECT 1 FROM ledger_entry e
                 WHERE e.id = NEW.entry_id AND e.lines = NEW.lines AND e.stamp = NEW.stamp
                   AND e.booked_on = NEW.booked_on)
BEGIN SELECT RAISE(ABORT, 'ledger:sealed'); END;

CREATE TRIGGER ledger_entry_sealed AFTER INSERT ON ledger_entry
BEGIN
    SELECT RAISE(ABORT, 'ledger:stamp')
    WHERE NEW.stamp <> (SELECT max(stamp) FROM ledger_entry)
       OR NOT (NEW.stamp = 1 OR EXISTS (SELECT 1 FROM ledger_entry WHERE stamp = NEW.stamp - 1));

    SELECT RAISE(ABORT, 'ledger:period-closed')
    WHERE (SELECT is_closed FROM ledger_period WHERE NEW.booked_on BETWEEN starts_on AND ends_on
           ORDER BY revision DESC LIMIT 1);

    SELECT RAISE(ABORT, 'ledger:unknown-kind')
    WHERE NOT EXISTS (SELECT 1 FROM ledger_kind WHERE code = NEW.kind);

    INSERT INTO ledger_posting
        (entry_id, lines, line, stamp, booked_on, account, fund, amount_satang, subject, purpose, scope)
    SELECT entry_id, lines, line, stamp, booked_on, account, fund, amount_satang, subject, purpose, scope
    FROM ledger_draft WHERE entry_id = NEW.id;
    DELETE FROM ledger_draft WHERE entry_id = NEW.id;

    SELECT CASE
        WHEN count(*) <> NEW.lines THEN RAISE(ABORT, 'ledger:lines')
        WHEN count(a.code) < count(*) THEN RAISE(ABORT, 'ledger:unknown-account')
        WHEN count(f.code) < count(*) THEN RAISE(ABORT, 'ledger:unknown-fund')
        WHEN max(a.guarded = 'subject' AND p.subject = '') THEN RAISE(ABORT, 'ledger:subject-missing')
        WHEN max(p.purpose IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM ledger_fund_purpose allowed WHERE allowed.fund = p.fund
                AND allowed.purpose = p.purpose AND allowed.scope = p.scope)) THEN RAISE(ABORT, 'ledger:purpose')
    END
    FROM ledger_posting p
    LEFT JOIN ledger_account a ON a.code = p.account AND a.is_open
    LEFT JOIN ledger_fund f ON f.code = p.fund
        AND NEW.booked_on >= coalesce(f.valid_from, '') AND NEW.booked_on <= coalesce(f.valid_to, '9')
    WHERE p.entry_id = NEW.id;

    SELECT RAISE(ABORT, 'ledger:unbalanced')
    WHERE EXISTS (SELECT 1 FROM ledger_posting p JOIN ledger_account a ON a.code = p.account
                  WHERE p.entry_id = NEW.id
                  GROUP BY p.fund, a.type = 'memorandum' HAVING sum(p.amount_satang) <> 0);

    -- A choice that lowers what a fund may spend, or a guarded account, must leave it at or above the floor.
    SELECT RAISE(ABORT, 'ledger:not-enough')
    WHERE (SELECT nature FROM ledger_kind WHERE code = NEW.kind) = 'choice' AND EXISTS (
        SELECT 1 FROM ledger_posting p JOIN ledger_account a ON a.code = p.account
        WHERE p.entry_id = NEW.id AND a.is_spendable
        GROUP BY p.fund
        HAVING sum(p.amount_satang) < 0 AND (SELECT amount_satang FROM ledger_spendable s WHERE s.fund = p.fund) < 0);

    SELECT RAISE(ABORT, 'ledger:below-zero')
    WHERE (SELECT nature FROM ledger_kind WHERE code = NEW.kind) = 'choice' AND EXISTS (
        SELECT 1 FROM ledger_posting p JOIN ledger_account a ON a.code = p.account
        WHERE p.entry_id = NEW.id AND a.guarded = 'fund'
        GROUP BY p.fund, p.account, a.side
        HAVING sum(p.amount_satang) * iif(a.side = 'debit', 1, -1) < 0
           AND (SELECT s.amount_satang FROM ledger_standing s WHERE s.fund = p.fund AND s.account = p.account)
               * iif(a.side = 'debit', 1, -1) < 0);

    SELECT RAISE(ABORT, 'ledger:below-zero')
    WHERE (SELECT nature FROM ledger_kind WHERE code = NEW.kind) = 'choice' AND EXISTS (
        SELECT 1 FROM ledger_posting p JOIN ledger_account a ON a.code = p.account
        WHERE p.entry_id = NEW.id AND a.guarded = 'subject'
        GROUP BY p.fund, p.account, p.subject, a.side
        HAVING sum(p.amount_satang) * iif(a.side = 'debit', 1, -1) < 0
           AND (SELECT sum(q.amount_satang) FROM ledger_posting q
                WHERE q.account = p.account AND q.fund = p.fund AND q.subject = p.subject AND q.subject <> '')
               * iif(a.side = 'debit', 1, -1) < 0);

    SELECT RAISE(ABORT, 'ledger:not-a-mirror')
    WHERE NEW.reverses IS NOT NULL AND (
        NOT EXISTS (SELECT 1 FROM ledger_entry r
                    WHERE r.id = NEW.reverses AND r.id <> NEW.id AND r.reverses IS NULL AND r.kind = NEW.kind
                      AND r.lines = NEW.lines AND r.booked_on <= NEW.booked_on)
        OR NEW.lines <> (SELECT count(*) FROM ledger_posting p
                         JOIN ledger_posting r ON r.entry_id = NEW.reverses AND r.line = p.line
                         WHERE p.entry_id = NEW.id AND p.account = r.account AND p.fund = r.fund
                           AND p.amount_satang = -r.amount_satang AND p.subject = r.subject
                           AND p.purpose IS r.purpose AND p.scope IS r.scope));
END;

-- What stands on each account of each fund, and what each fund may spend.
CREATE VIEW ledger_standing AS
SELECT f.code AS fund, a.code AS account,
       coalesce((SELECT sum(p.amount_satang) FROM ledger_posting p WHERE p.fund = f.code AND p.account = a.code), 0)
       AS amount_satang
FROM ledger_fund f CROSS JOIN ledger_account a;

CREATE VIEW ledger_spendable AS
SELECT f.code AS fund,
       coalesce((SELECT sum(p.amount_satang) FROM ledger_account a CROSS JOIN ledger_posting p
                 ON p.fund = f.code AND p.account = a.code WHERE a.is_spendable), 0) - f.principal_satang
       AS amount_satang
FROM ledger_fund f;

-- The chart: names may be written better, an account may be closed and opened, a fund may end. Nothing else changes.
CREATE TRIGGER ledger_account_frozen BEFORE UPDATE ON ledger_account
WHEN (OLD.code, OLD.type, OLD.side, OLD.guarded, OLD.is_spendable)
     IS NOT (NEW.code, NEW.type, NEW.side, NEW.guarded, NEW.is_spendable)
BEGIN SELECT RAISE(ABORT, 'ledger:frozen'); END;

CREATE TRIGGER ledger_fund_frozen BEFORE UPDATE ON ledger_fund
WHEN (OLD.code, OLD.restriction, OLD.principal_satang, OLD.valid_from)
     IS NOT (NEW.code, NEW.restriction, NEW.principal_satang, NEW.valid_from)
BEGIN SELECT RAISE(ABORT, 'ledger:frozen'); END;

CREATE TRIGGER ledger_fund_purpose_frozen BEFORE UPDATE ON ledger_fund_purpose
BEGIN SELECT RAISE(ABORT, 'ledger:frozen'); END;

CREATE TRIGGER ledger_kind_frozen BEFORE UPDATE ON ledger_kind
BEGIN SELECT RAISE(ABORT, 'ledger:frozen'); END;

CREATE TRIGGER ledger_private_frozen BEFORE UPDATE ON ledger_private
BEGIN SELECT RAISE(ABORT, 'ledger:frozen'); END;

CREATE TRIGGER ledger_account_kept BEFORE DELETE ON ledger_account
BEGIN SELECT RAISE(ABORT, 'ledger:frozen'); END;

CREATE TRIGGER ledger_fund_kept BEFORE DELETE ON ledger_fund
BEGIN SELECT RAISE(ABORT, 'ledger:frozen'); END;

CREATE TRIGGER ledger_fund_purpose_kept BEFORE DELETE ON ledger_fund_purpose
BEGIN SELECT RAISE(ABORT, 'ledger:frozen'); END;

CREATE TRIGGER ledger_kind_kept BEFORE DELETE ON ledger_kind
BEGIN SELECT RAISE(ABORT, 'ledger:frozen'); END;

-- REPLACE deletes the old row without firing its DELETE trigger: a code that is there is refused before that.
CREATE TRIGGER ledger_account_new BEFORE INSERT ON ledger_account
WHEN EXISTS (SELECT 1 FROM ledger_account WHERE code = NEW.code)
BEGIN SELECT RAISE(ABORT, 'ledger:taken'); END;

CREATE TRIGGER ledger_fund_new BEFORE INSERT ON ledger_fund
WHEN EXISTS (SELECT 1 FROM ledger_fund WHERE code = NEW.code)
BEGIN SELECT RAISE(ABORT, 'ledger:taken'); END;

CREATE TRIGGER ledger_kind_new BEFORE INSERT ON ledger_kind
WHEN EXISTS (SELECT 1 FROM ledger_kind WHERE code = NEW.code)
BEGIN SELECT RAISE(ABORT, 'ledger:taken'); END;

CREATE TRIGGER ledger_private_new BEFORE INSERT ON ledger_private
WHEN EXISTS (SELECT 1 FROM ledger_private WHERE entry_id = NEW.entry_id)
BEGIN SELECT RAISE(ABORT, 'ledger:taken'); END;

CREATE TRIGGER ledger_period_next BEFORE INSERT ON ledger_period
WHEN NEW.revision <> 1 + coalesce((SELECT max(revision) FROM ledger_period WHERE starts_on = NEW.starts_on), 0)
BEGIN SELECT RAISE(ABORT, 'ledger:period-turn'); END;
