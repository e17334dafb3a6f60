-- What an entry owns begins where what was owned before it ends, and stands for an entry of the log.
CREATE TRIGGER ledger_owned_next BEFORE INSERT ON ledger_owned
WHEN NEW.start_satang <> coalesce((SELECT max(end_satang) FROM ledger_owned WHERE fund = NEW.fund), 0)
  OR NOT EXISTS (SELECT 1 FROM ledger_leaf
                 WHERE position = NEW.position AND kind = 'entry' AND subject = NEW.entry_id)
BEGIN SELECT RAISE(ABORT, 'ledger:trace'); END;

-- A piece is cut off the front of what is left of another: only what is free is taken, only what was taken comes back.
CREATE TRIGGER ledger_piece_next BEFORE INSERT ON ledger_piece
WHEN NEW.number <> coalesce((SELECT max(number) FROM ledger_piece), 0) + 1
  OR NOT EXISTS (SELECT 1 FROM ledger_leaf
                 WHERE position = NEW.position AND kind = 'entry' AND subject = NEW.entry_id)
  OR (NEW.part_of IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM ledger_piece p
          WHERE p.number = NEW.part_of AND p.fund = NEW.fund AND NEW.end_satang <= p.end_satang
            AND (p.state IN ('taken', 'own')) = (NEW.state = 'back')
            AND NEW.start_satang = coalesce((SELECT max(c.end_satang) FROM ledger_piece c WHERE c.part_of = p.number),
                                            p.start_satang)))
BEGIN SELECT RAISE(ABORT, 'ledger:trace'); END;

CREATE TRIGGER ledger_piece_one_line BEFORE INSERT ON ledger_piece
WHEN NEW.part_of IS NULL AND EXISTS (SELECT 1 FROM ledger_piece WHERE fund = NEW.fund AND part_of IS NULL)
BEGIN SELECT RAISE(ABORT, 'ledger:trace'); END;

CREATE TRIGGER ledger_traced_next BEFORE INSERT ON ledger_traced
WHEN NEW.follows <> coalesce((SELECT max(upto) FROM ledger_traced), 0)
  OR NEW.upto > coalesce((SELECT 1 + max(position) FROM ledger_leaf), 0)
BEGIN SELECT RAISE(ABORT, 'ledger:trace'); END;
