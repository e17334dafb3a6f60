-- One paper of each kind proves an entry. Another one of that kind may take its place when it is void, and only one.
DROP INDEX receipts_receipt_first;
CREATE UNIQUE INDEX receipts_receipt_first ON receipts_receipt (proves, kind) WHERE replaces IS NULL;

DROP TRIGGER receipts_receipt_one;
CREATE TRIGGER receipts_receipt_one BEFORE INSERT ON receipts_receipt
WHEN EXISTS (SELECT 1 FROM receipts_receipt
             WHERE proves = NEW.proves AND kind = NEW.kind AND replaces IS NULL AND NEW.replaces IS NULL
                OR replaces = NEW.replaces)
BEGIN SELECT RAISE(ABORT, 'ledger:receipt'); END;

DROP TRIGGER receipts_receipt_same_entry;
CREATE TRIGGER receipts_receipt_same_entry BEFORE INSERT ON receipts_receipt
WHEN NEW.replaces IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM receipts_receipt r JOIN receipts_void v ON v.number = r.number
    WHERE r.number = NEW.replaces AND r.proves = NEW.proves AND r.kind = NEW.kind)
BEGIN SELECT RAISE(ABORT, 'ledger:receipt'); END;
