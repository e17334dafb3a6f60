-- The next month to be closed is the first open one, the next to be opened the last closed one. The first month that
-- is ever closed may have nothing before it. Acts are told in order of time, so that they can be done again in order.
DROP TRIGGER ledger_period_next;
CREATE TRIGGER ledger_period_next BEFORE INSERT ON ledger_period
WHEN NEW.revision <> 1 + coalesce((SELECT max(revision) FROM ledger_period WHERE starts_on = NEW.starts_on), 0)
  OR NEW.recorded_at <= (SELECT max(recorded_at) FROM ledger_period)
  OR iif(NEW.is_closed, NEW.starts_on, date(NEW.ends_on, '+1 day')) <> (SELECT day FROM ledger_open_from)
  OR (NOT EXISTS (SELECT 1 FROM ledger_period)
      AND EXISTS (SELECT 1 FROM ledger_entry WHERE booked_on < NEW.starts_on))
BEGIN SELECT RAISE(ABORT, 'ledger:period-turn'); END;

-- What a match, a donation and a campaign name is there. The rows they name are never deleted, so that looking when
-- one is written is enough; and other programs leave foreign keys off.
CREATE TRIGGER bank_match_of_known BEFORE INSERT ON bank_match
WHEN NOT EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id)
  OR (NEW.donation_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM donations_donation WHERE id = NEW.donation_id))
BEGIN SELECT RAISE(ABORT, 'bank_match: no such entry or donation'); END;

CREATE TRIGGER donations_donation_of_known BEFORE INSERT ON donations_donation
WHEN NEW.receipt_number IS NOT NULL
 AND NOT EXISTS (SELECT 1 FROM receipts_receipt WHERE number = NEW.receipt_number)
BEGIN SELECT RAISE(ABORT, 'donations_donation: no such receipt'); END;

CREATE TRIGGER donations_campaign_of_known BEFORE INSERT ON donations_campaign
WHEN NOT EXISTS (SELECT 1 FROM ledger_fund WHERE code = NEW.fund)
  OR NOT EXISTS (SELECT 1 FROM ledger_account WHERE code = NEW.income)
BEGIN SELECT RAISE(ABORT, 'donations_campaign: no such fund or account'); END;

CREATE TRIGGER donations_campaign_still_of_known BEFORE UPDATE OF fund, income ON donations_campaign
WHEN NOT EXISTS (SELECT 1 FROM ledger_fund WHERE code = NEW.fund)
  OR NOT EXISTS (SELECT 1 FROM ledger_account WHERE code = NEW.income)
BEGIN SELECT RAISE(ABORT, 'donations_campaign: no such fund or account'); END;
