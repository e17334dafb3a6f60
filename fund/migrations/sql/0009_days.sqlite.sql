-- Checkpoints from before have no days: they are only a quicker way to the same sums, and are taken anew.
DROP TRIGGER ledger_checkpoint_no_delete;
DELETE FROM ledger_checkpoint;
CREATE TRIGGER ledger_checkpoint_no_delete BEFORE DELETE ON ledger_checkpoint
BEGIN SELECT RAISE(ABORT, 'append-only: ledger_checkpoint'); END;

-- A checkpoint writes what stood at the end of each day that it changes: the days booked since the one before it, and
-- those after the earliest of them. Nobody else can: ledger_day takes rows only while its checkpoint holds it open,
-- and a checkpoint whose days are written is never opened again.
CREATE TRIGGER ledger_day_only_by_checkpoint BEFORE INSERT ON ledger_day
WHEN NOT EXISTS (SELECT 1 FROM ledger_day_open o
                 WHERE o.fund = NEW.fund AND o.account = NEW.account AND o.upto = NEW.upto)
BEGIN SELECT RAISE(ABORT, 'ledger:checkpoint'); END;

CREATE TRIGGER ledger_day_open_once BEFORE INSERT ON ledger_day_open
WHEN NOT EXISTS (SELECT 1 FROM ledger_checkpoint c
                 WHERE c.fund = NEW.fund AND c.account = NEW.account AND c.upto = NEW.upto)
  OR EXISTS (SELECT 1 FROM ledger_day d WHERE d.fund = NEW.fund AND d.account = NEW.account AND d.upto = NEW.upto)
BEGIN SELECT RAISE(ABORT, 'ledger:checkpoint'); END;

CREATE TRIGGER ledger_checkpoint_days AFTER INSERT ON ledger_checkpoint
BEGIN
    INSERT INTO ledger_day_open (fund, account, upto) VALUES (NEW.fund, NEW.account, NEW.upto);

    INSERT INTO ledger_day (fund, account, booked_on, upto, amount_satang)
    SELECT NEW.fund, NEW.account, t.booked_on, NEW.upto,
           sum(sum(t.amount_satang)) OVER (ORDER BY t.booked_on)
           + coalesce((SELECT d.amount_satang FROM ledger_day d
                       WHERE d.fund = NEW.fund AND d.account = NEW.account AND d.booked_on <= t.booked_on
                         AND d.upto < NEW.upto
                       ORDER BY d.booked_on DESC, d.upto DESC LIMIT 1), 0)
    FROM (
        SELECT p.booked_on, p.amount_satang FROM ledger_posting p
        WHERE p.fund = NEW.fund AND p.account = NEW.account AND p.stamp < NEW.upto
          AND p.stamp >= coalesce((SELECT max(c.upto) FROM ledger_checkpoint c
                                   WHERE c.fund = NEW.fund AND c.account = NEW.account AND c.upto < NEW.upto), 0)
        UNION ALL
        SELECT d.booked_on, 0 FROM ledger_day d
        WHERE d.fund = NEW.fund AND d.account = NEW.account AND d.booked_on > (
            SELECT min(p.booked_on) FROM ledger_posting p
            WHERE p.fund = NEW.fund AND p.account = NEW.account AND p.stamp < NEW.upto
              AND p.stamp >= coalesce((SELECT max(c.upto) FROM ledger_checkpoint c
                                       WHERE c.fund = NEW.fund AND c.account = NEW.account AND c.upto < NEW.upto), 0))
    ) t
    GROUP BY t.booked_on;

    SELECT RAISE(ABORT, 'ledger:checkpoint')
    WHERE NOT EXISTS (SELECT 1 FROM ledger_day d
                      WHERE d.fund = NEW.fund AND d.account = NEW.account AND d.upto = NEW.upto);
    DELETE FROM ledger_day_open WHERE fund = NEW.fund AND account = NEW.account AND upto = NEW.upto;
END;
