-- A checkpoint is only ever the one before it and what was booked between them, up to what is already numbered.
CREATE TRIGGER ledger_checkpoint_true BEFORE INSERT ON ledger_checkpoint
WHEN NEW.upto > 1 + coalesce((SELECT max(stamp) FROM ledger_entry), 0)
  OR NOT EXISTS (
      SELECT 1 FROM ledger_last_checkpoint l
      WHERE l.fund = NEW.fund AND l.account = NEW.account AND l.upto < NEW.upto
        AND NEW.amount_satang = l.amount_satang + coalesce((
            SELECT sum(p.amount_satang) FROM ledger_posting p
            WHERE p.fund = l.fund AND p.account = l.account AND p.stamp >= l.upto AND p.stamp < NEW.upto), 0))
BEGIN SELECT RAISE(ABORT, 'ledger:checkpoint'); END;

CREATE VIEW ledger_last_checkpoint AS
SELECT f.code AS fund, a.code AS account, coalesce(c.upto, 0) AS upto, coalesce(c.amount_satang, 0) AS amount_satang
FROM ledger_fund f CROSS JOIN ledger_account a
LEFT JOIN ledger_checkpoint c ON c.fund = f.code AND c.account = a.code
    AND c.upto = (SELECT max(d.upto) FROM ledger_checkpoint d WHERE d.fund = f.code AND d.account = a.code);

DROP VIEW IF EXISTS ledger_standing;
CREATE VIEW ledger_standing AS
SELECT f.code AS fund, a.code AS account,
       coalesce(c.amount_satang, 0) + coalesce((
           SELECT sum(p.amount_satang) FROM ledger_posting p
           WHERE p.fund = f.code AND p.account = a.code AND p.stamp >= coalesce(c.upto, 0)), 0) AS amount_satang
FROM ledger_fund f CROSS JOIN ledger_account a
LEFT JOIN ledger_checkpoint c ON c.fund = f.code AND c.account = a.code
    AND c.upto = (SELECT max(d.upto) FROM ledger_checkpoint d WHERE d.fund = f.code AND d.account = a.code);

DROP VIEW ledger_spendable;
CREATE VIEW ledger_spendable AS
SELECT f.code AS fund,
       coalesce((SELECT sum(coalesce(c.amount_satang, 0) + coalesce((
                     SELECT sum(p.amount_satang) FROM ledger_posting p
                     WHERE p.fund = f.code AND p.account = a.code AND p.stamp >= coalesce(c.upto, 0)), 0))
                 FROM ledger_account a
                 LEFT JOIN ledger_checkpoint c ON c.fund = f.code AND c.account = a.code
                     AND c.upto = (SELECT max(d.upto) FROM ledger_checkpoint d
                                   WHERE d.fund = f.code AND d.account = a.code)
                 WHERE a.is_spendable), 0) - f.principal_satang AS amount_satang
FROM ledger_fund f;
