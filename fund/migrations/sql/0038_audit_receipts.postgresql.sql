-- One paper of each kind proves an entry. Another one of that kind may take its place when it is void, and only one.
DROP INDEX public.receipts_receipt_first;
CREATE UNIQUE INDEX receipts_receipt_first ON public.receipts_receipt (proves, kind) WHERE replaces IS NULL;

CREATE OR REPLACE FUNCTION public.receipts_same_entry() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.replaces IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.receipts_receipt r
        WHERE r.number = NEW.replaces AND r.proves = NEW.proves AND r.kind = NEW.kind
    ) THEN
        PERFORM public.ledger_refuse('receipt');
    END IF;
    RETURN NEW;
END $$;
