-- Positions have no gap, and a head ends where the leaves end.
CREATE FUNCTION public.ledger_leaf_next() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_ones record;
BEGIN
    SELECT count(*) AS count, min(f.position) AS first, max(f.position) AS last INTO new_ones FROM fresh f;
    IF new_ones.count > 0 AND (
        new_ones.last - new_ones.first + 1 <> new_ones.count
        OR new_ones.first <> coalesce((SELECT 1 + max(l.position) FROM public.ledger_leaf l
                                       WHERE l.position < new_ones.first), 0)
    ) THEN
        PERFORM public.ledger_refuse('log');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_leaf_next AFTER INSERT ON ledger_leaf REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_leaf_next();

CREATE FUNCTION public.ledger_head_next() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.follows <> coalesce((SELECT max(h.size) FROM public.ledger_head h), 0)
       OR NEW.size <> coalesce((SELECT 1 + max(l.position) FROM public.ledger_leaf l), 0) THEN
        PERFORM public.ledger_refuse('log');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_head_next BEFORE INSERT ON ledger_head
FOR EACH ROW EXECUTE FUNCTION public.ledger_head_next();

CREATE FUNCTION public.ledger_log_key_next() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.number <> 1 + coalesce((SELECT max(k.number) FROM public.ledger_log_key k), 0) THEN
        PERFORM public.ledger_refuse('log');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_log_key_next BEFORE INSERT ON ledger_log_key
FOR EACH ROW EXECUTE FUNCTION public.ledger_log_key_next();

-- What is stamped below the last sealed entry would never be sealed: refused, like what is below a checkpoint.
CREATE OR REPLACE FUNCTION public.ledger_stamp_rises() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF public.ledger_stamp() < greatest(
        (SELECT max(c.upto) FROM public.ledger_checkpoint c),
        (SELECT h.entry_stamp + 1 FROM public.ledger_head h ORDER BY h.size DESC LIMIT 1)
    ) THEN
        PERFORM public.ledger_refuse('stamp');
    END IF;
    RETURN NULL;
END $$;
