-- Private parts are never rewritten, and come in together with the row that holds their digest, never after: what was
-- erased cannot be made up. They lie sealed: who opens them compares the digest.
CREATE OR REPLACE FUNCTION public.ledger_private_true() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.ledger_entry e WHERE e.id = NEW.entry_id
                   AND e.stamp = public.ledger_stamp() AND e.details_digest IS NOT NULL) THEN
        PERFORM public.ledger_refuse('private');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION public.receipts_private_true() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.receipts_receipt r WHERE r.number = NEW.number
                   AND r.stamp = public.ledger_stamp() AND r.private_digest IS NOT NULL) THEN
        PERFORM public.ledger_refuse('private');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_private_frozen BEFORE UPDATE ON ledger_private
FOR EACH ROW EXECUTE FUNCTION public.ledger_frozen('{}');
CREATE TRIGGER ledger_private_true BEFORE INSERT ON ledger_private
FOR EACH ROW EXECUTE FUNCTION public.ledger_private_true();

CREATE TRIGGER receipts_private_no_update BEFORE UPDATE ON receipts_private
FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER receipts_private_no_truncate BEFORE TRUNCATE ON receipts_private
FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER receipts_private_true BEFORE INSERT ON receipts_private
FOR EACH ROW EXECUTE FUNCTION public.receipts_private_true();
