-- Private parts are never rewritten, and come in with the row that holds their digest, not once that is in the log: what
-- was erased cannot be made up. They lie sealed: who opens them compares the digest.
CREATE TRIGGER ledger_private_frozen BEFORE UPDATE ON ledger_private
BEGIN SELECT RAISE(ABORT, 'ledger:frozen'); END;

CREATE TRIGGER ledger_private_new BEFORE INSERT ON ledger_private
WHEN EXISTS (SELECT 1 FROM ledger_private WHERE entry_id = NEW.entry_id)
BEGIN SELECT RAISE(ABORT, 'ledger:taken'); END;

CREATE TRIGGER ledger_private_true BEFORE INSERT ON ledger_private
WHEN NOT EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id AND details_digest IS NOT NULL)
  OR EXISTS (SELECT 1 FROM ledger_leaf WHERE kind = 'entry' AND subject = NEW.entry_id)
BEGIN SELECT RAISE(ABORT, 'ledger:private'); END;

CREATE TRIGGER receipts_private_no_update BEFORE UPDATE ON receipts_private
BEGIN SELECT RAISE(ABORT, 'never rewritten: receipts_private'); END;

CREATE TRIGGER receipts_private_no_replace BEFORE INSERT ON receipts_private
WHEN EXISTS (SELECT 1 FROM receipts_private WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'never rewritten: receipts_private'); END;

CREATE TRIGGER receipts_private_true BEFORE INSERT ON receipts_private
WHEN NOT EXISTS (SELECT 1 FROM receipts_receipt WHERE number = NEW.number AND private_digest IS NOT NULL)
  OR EXISTS (SELECT 1 FROM ledger_leaf WHERE kind = 'receipt' AND subject = NEW.number)
BEGIN SELECT RAISE(ABORT, 'ledger:private'); END;
