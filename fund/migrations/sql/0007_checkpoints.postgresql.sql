-- Up to here nothing can be booked any more: every transaction with a lower number has ended.
CREATE FUNCTION public.ledger_watermark() RETURNS bigint LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint
           + (public.ledger_stamp() - pg_current_xact_id()::text::bigint)
$$;

CREATE VIEW public.ledger_last_checkpoint AS
SELECT f.code AS fund, a.code AS account, coalesce(c.upto, 0) AS upto, coalesce(c.amount_satang, 0) AS amount_satang
FROM public.ledger_fund f CROSS JOIN public.ledger_account a
LEFT JOIN LATERAL (SELECT d.upto, d.amount_satang FROM public.ledger_checkpoint d
                   WHERE d.fund = f.code AND d.account = a.code ORDER BY d.upto DESC LIMIT 1) c ON true;

DROP VIEW IF EXISTS public.ledger_standing;
CREATE VIEW public.ledger_standing AS
SELECT l.fund, l.account,
       (l.amount_satang + coalesce((SELECT sum(p.amount_satang) FROM public.ledger_posting p
                                    WHERE p.fund = l.fund AND p.account = l.account AND p.stamp >= l.upto), 0))::bigint
       AS amount_satang
FROM public.ledger_last_checkpoint l;

DROP VIEW IF EXISTS public.ledger_spendable;
CREATE VIEW public.ledger_spendable AS
SELECT f.code AS fund,
       (coalesce((SELECT sum(s.amount_satang) FROM public.ledger_standing s
                  JOIN public.ledger_account a ON a.code = s.account
                  WHERE s.fund = f.code AND a.is_spendable), 0) - f.principal_satang)::bigint AS amount_satang
FROM public.ledger_fund f;

-- A checkpoint is only ever the one before it and what was booked between them, up to what is settled.
CREATE FUNCTION public.ledger_checkpoint_true() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET jit = off SET enable_seqscan = off SET enable_hashjoin = off AS $$
BEGIN
    IF NEW.upto > public.ledger_watermark() OR NOT EXISTS (
        SELECT FROM public.ledger_last_checkpoint l
        WHERE l.fund = NEW.fund AND l.account = NEW.account AND l.upto < NEW.upto
          AND NEW.amount_satang = l.amount_satang + coalesce((
              SELECT sum(p.amount_satang) FROM public.ledger_posting p
              WHERE p.fund = l.fund AND p.account = l.account AND p.stamp >= l.upto AND p.stamp < NEW.upto), 0)
    ) THEN
        PERFORM public.ledger_refuse('checkpoint');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_checkpoint_true BEFORE INSERT ON ledger_checkpoint
FOR EACH ROW EXECUTE FUNCTION public.ledger_checkpoint_true();

-- A dump restored into a cluster whose transaction numbers start anew would book below the checkpoints, where no sum
-- would see it: refused until the stamp's constant is raised.
CREATE FUNCTION public.ledger_stamp_rises() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF public.ledger_stamp() < (SELECT max(c.upto) FROM public.ledger_checkpoint c) THEN
        PERFORM public.ledger_refuse('stamp');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_entry_stamp_rises AFTER INSERT ON ledger_entry
FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_stamp_rises();
