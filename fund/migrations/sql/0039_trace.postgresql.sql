-- What an entry owns begins where what was owned before it ends, and stands for an entry of the log.
CREATE FUNCTION public.ledger_owned_next() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET jit = off SET enable_seqscan = off SET enable_mergejoin = off SET enable_hashjoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM fresh f
        WHERE (f.start_satang <> 0 AND NOT EXISTS (
                   SELECT FROM public.ledger_owned o WHERE o.fund = f.fund AND o.end_satang = f.start_satang))
           OR NOT EXISTS (SELECT FROM public.ledger_leaf l
                          WHERE l.position = f.position AND l.kind = 'entry' AND l.subject = f.entry_id::text)
    ) THEN
        PERFORM public.ledger_refuse('trace');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_owned_next AFTER INSERT ON ledger_owned REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_owned_next();

-- A piece is cut off the front of what is left of another: only what is free is taken, only what was taken comes back.
CREATE FUNCTION public.ledger_piece_next() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET jit = off SET enable_seqscan = off SET enable_mergejoin = off SET enable_hashjoin = off AS $$
DECLARE
    new_ones record;
BEGIN
    SELECT count(*) AS count, min(f.number) AS first, max(f.number) AS last INTO new_ones FROM fresh f;
    IF new_ones.count > 0 AND (
        new_ones.last - new_ones.first + 1 <> new_ones.count
        OR new_ones.first <> 1 + coalesce((SELECT max(p.number) FROM public.ledger_piece p
                                           WHERE p.number < new_ones.first), 0)
        OR EXISTS (
            SELECT FROM fresh f
            WHERE NOT EXISTS (SELECT FROM public.ledger_leaf l
                              WHERE l.position = f.position AND l.kind = 'entry' AND l.subject = f.entry_id::text)
               OR (f.part_of IS NOT NULL AND NOT EXISTS (
                       SELECT FROM public.ledger_piece p
                       WHERE p.number = f.part_of AND p.number < f.number AND p.fund = f.fund
                         AND f.end_satang <= p.end_satang
                         AND (p.state IN ('taken', 'own')) = (f.state = 'back')
                         AND (f.start_satang = p.start_satang OR EXISTS (
                                  SELECT FROM public.ledger_piece c
                                  WHERE c.part_of = f.part_of AND c.end_satang = f.start_satang))))
        )
    ) THEN
        PERFORM public.ledger_refuse('trace');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_piece_next AFTER INSERT ON ledger_piece REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_piece_next();

CREATE FUNCTION public.ledger_traced_next() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.follows <> coalesce((SELECT max(t.upto) FROM public.ledger_traced t), 0)
       OR NEW.upto > coalesce((SELECT 1 + max(l.position) FROM public.ledger_leaf l), 0) THEN
        PERFORM public.ledger_refuse('trace');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_traced_next BEFORE INSERT ON ledger_traced
FOR EACH ROW EXECUTE FUNCTION public.ledger_traced_next();
