-- The next month to be closed is the first open one, the next to be opened the last closed one. The first month that
-- is ever closed may have nothing before it. Acts are told in order of time, so that they can be done again in order.
-- Under a snapshot older than the lock on the entries, two acts would both find their turn.
CREATE OR REPLACE FUNCTION public.ledger_period_next() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.ledger_refuse('isolation');
    END IF;
    IF NEW.revision <> 1 + coalesce((SELECT max(p.revision) FROM public.ledger_period p
                                     WHERE p.starts_on = NEW.starts_on), 0)
       OR NEW.recorded_at <= (SELECT max(p.recorded_at) FROM public.ledger_period p)
       OR (CASE WHEN NEW.is_closed THEN NEW.starts_on ELSE NEW.ends_on + 1 END)
          <> (SELECT o.day FROM public.ledger_open_from o)
       OR (NOT EXISTS (SELECT FROM public.ledger_period)
           AND EXISTS (SELECT FROM public.ledger_entry e WHERE e.booked_on < NEW.starts_on)) THEN
        PERFORM public.ledger_refuse('period-turn');
    END IF;
    RETURN NEW;
END $$;

-- What a match, a donation and a campaign name is there.
ALTER TABLE public.bank_match
    ADD CONSTRAINT bank_match_of_entry FOREIGN KEY (entry_id) REFERENCES public.ledger_entry (id),
    ADD CONSTRAINT bank_match_of_donation FOREIGN KEY (donation_id) REFERENCES public.donations_donation (id);
ALTER TABLE public.donations_donation
    ADD CONSTRAINT donations_donation_of_receipt FOREIGN KEY (receipt_number)
    REFERENCES public.receipts_receipt (number);
ALTER TABLE public.donations_campaign
    ADD CONSTRAINT donations_campaign_of_fund FOREIGN KEY (fund) REFERENCES public.ledger_fund (code),
    ADD CONSTRAINT donations_campaign_of_income FOREIGN KEY (income) REFERENCES public.ledger_account (code);
