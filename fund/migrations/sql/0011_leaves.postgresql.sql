-- What the log takes in beside entries is stamped like them: whoever writes first and commits late is not overtaken
-- by the sealer, which stops at the oldest transaction still running.
ALTER TABLE public.receipts_receipt ADD COLUMN stamp bigint NOT NULL DEFAULT public.ledger_stamp();
ALTER TABLE public.receipts_void ADD COLUMN stamp bigint NOT NULL DEFAULT public.ledger_stamp();
ALTER TABLE public.fund_audit ADD COLUMN stamp bigint NOT NULL DEFAULT public.ledger_stamp();
CREATE INDEX receipts_receipt_stamp ON public.receipts_receipt (stamp, number);
CREATE INDEX receipts_void_stamp ON public.receipts_void (stamp, number);
CREATE INDEX fund_audit_stamp ON public.fund_audit (stamp, id);

-- A stamp is this transaction's own, and none that stands in the table is of a transaction that has not begun yet: in
-- a dump restored where transaction numbers start anew, new rows would stand before those that were sealed.
CREATE FUNCTION public.ledger_stamp_true() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_stamp constant bigint := public.ledger_stamp();
    is_true boolean;
BEGIN
    EXECUTE format(
        'SELECT coalesce(max(t.stamp), 0) <= greatest($1, $1 - pg_current_xact_id()::text::bigint'
        ' + pg_snapshot_xmax(pg_current_snapshot())::text::bigint) FROM public.%I t', TG_TABLE_NAME
    ) INTO is_true USING this_stamp;
    IF NOT is_true OR EXISTS (SELECT FROM fresh f WHERE f.stamp <> this_stamp) THEN
        PERFORM public.ledger_refuse('stamp');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER receipts_receipt_stamp_true AFTER INSERT ON receipts_receipt REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_stamp_true();
CREATE TRIGGER receipts_void_stamp_true AFTER INSERT ON receipts_void REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_stamp_true();
CREATE TRIGGER fund_audit_stamp_true AFTER INSERT ON fund_audit REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_stamp_true();

-- One receipt proves an entry. Another one may take its place when it is void, and only one.
ALTER TABLE public.receipts_receipt ADD COLUMN replaces text REFERENCES public.receipts_void (number);
CREATE UNIQUE INDEX receipts_receipt_first ON public.receipts_receipt (proves) WHERE replaces IS NULL;
CREATE UNIQUE INDEX receipts_receipt_replaces ON public.receipts_receipt (replaces);

CREATE FUNCTION public.receipts_same_entry() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.replaces IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.receipts_receipt r WHERE r.number = NEW.replaces AND r.proves = NEW.proves
    ) THEN
        PERFORM public.ledger_refuse('receipt');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER receipts_receipt_same_entry BEFORE INSERT ON receipts_receipt
FOR EACH ROW EXECUTE FUNCTION public.receipts_same_entry();

-- Private parts come in with the row that holds their digest, and never again: what was erased cannot be made up.
CREATE FUNCTION public.ledger_private_true() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.ledger_entry e
                   WHERE e.id = NEW.entry_id AND e.stamp = public.ledger_stamp()
                     AND e.details_digest = sha256(decode('02', 'hex') || NEW.salt || NEW.content)) THEN
        PERFORM public.ledger_refuse('private');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_private_true BEFORE INSERT ON ledger_private
FOR EACH ROW EXECUTE FUNCTION public.ledger_private_true();

CREATE FUNCTION public.receipts_private_true() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.receipts_receipt r
                   WHERE r.number = NEW.number AND r.stamp = public.ledger_stamp()
                     AND r.private_digest = encode(sha256(
                         decode('02' || NEW.nonce, 'hex') || convert_to(NEW.content, 'UTF8')), 'hex')) THEN
        PERFORM public.ledger_refuse('private');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER receipts_private_true BEFORE INSERT ON receipts_private
FOR EACH ROW EXECUTE FUNCTION public.receipts_private_true();

-- Where the sealer goes on for each kind of leaf but entries, which the head itself names.
CREATE INDEX ledger_leaf_last ON public.ledger_leaf (kind, position) WHERE kind <> 'entry';
