-- Positions have no gap, and a head ends where the leaves end.
CREATE TRIGGER ledger_leaf_next BEFORE INSERT ON ledger_leaf
WHEN NEW.position <> coalesce((SELECT 1 + max(position) FROM ledger_leaf), 0)
BEGIN SELECT RAISE(ABORT, 'ledger:log'); END;

CREATE TRIGGER ledger_head_next BEFORE INSERT ON ledger_head
WHEN NEW.follows <> coalesce((SELECT max(size) FROM ledger_head), 0)
  OR NEW.size <> coalesce((SELECT 1 + max(position) FROM ledger_leaf), 0)
BEGIN SELECT RAISE(ABORT, 'ledger:log'); END;

CREATE TRIGGER ledger_log_key_next BEFORE INSERT ON ledger_log_key
WHEN NEW.number <> 1 + coalesce((SELECT max(number) FROM ledger_log_key), 0)
BEGIN SELECT RAISE(ABORT, 'ledger:log'); END;
