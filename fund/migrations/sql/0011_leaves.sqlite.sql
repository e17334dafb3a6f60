-- SQLite has one writer at a time: rows are numbered (rowid) in the order in which they are committed.

-- One receipt proves an entry. Another one may take its place when it is void, and only one.
ALTER TABLE receipts_receipt ADD COLUMN replaces TEXT REFERENCES receipts_void (number);
CREATE UNIQUE INDEX receipts_receipt_first ON receipts_receipt (proves) WHERE replaces IS NULL;
CREATE UNIQUE INDEX receipts_receipt_replaces ON receipts_receipt (replaces);

-- REPLACE would delete the receipt that already proves the entry, or already took the void one's place.
CREATE TRIGGER receipts_receipt_one BEFORE INSERT ON receipts_receipt
WHEN EXISTS (SELECT 1 FROM receipts_receipt
             WHERE proves = NEW.proves AND replaces IS NULL AND NEW.replaces IS NULL OR replaces = NEW.replaces)
BEGIN SELECT RAISE(ABORT, 'ledger:receipt'); END;

CREATE TRIGGER receipts_receipt_same_entry BEFORE INSERT ON receipts_receipt
WHEN NEW.replaces IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM receipts_receipt r JOIN receipts_void v ON v.number = r.number
    WHERE r.number = NEW.replaces AND r.proves = NEW.proves)
BEGIN SELECT RAISE(ABORT, 'ledger:receipt'); END;

-- Private parts come in with the row that holds their digest, and not once that is in the log: what was erased cannot
-- be made up. SQLite computes no SHA-256: who reads them compares the digest.
CREATE TRIGGER ledger_private_true BEFORE INSERT ON ledger_private
WHEN NOT EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id AND details_digest IS NOT NULL)
  OR EXISTS (SELECT 1 FROM ledger_leaf WHERE kind = 'entry' AND subject = NEW.entry_id)
BEGIN SELECT RAISE(ABORT, 'ledger:private'); END;

CREATE TRIGGER receipts_private_true BEFORE INSERT ON receipts_private
WHEN NOT EXISTS (SELECT 1 FROM receipts_receipt WHERE number = NEW.number AND private_digest IS NOT NULL)
  OR EXISTS (SELECT 1 FROM ledger_leaf WHERE kind = 'receipt' AND subject = NEW.number)
BEGIN SELECT RAISE(ABORT, 'ledger:private'); END;

-- Where the sealer goes on for each kind of leaf but entries, which the head itself names.
CREATE INDEX ledger_leaf_last ON ledger_leaf (kind, position) WHERE kind <> 'entry';
