-- Checkpoints from before have no days: they are only a quicker way to the same sums, and are taken anew.
ALTER TABLE public.ledger_checkpoint DISABLE TRIGGER USER;
DELETE FROM public.ledger_checkpoint;
ALTER TABLE public.ledger_checkpoint ENABLE TRIGGER USER;

-- A checkpoint writes what stood at the end of each day that it changes: the days booked since the one before it, and
-- those after the earliest of them. Nobody else can: ledger_day takes rows only while its checkpoint holds it open,
-- and a checkpoint whose days are written is never opened again.
CREATE FUNCTION public.ledger_day_only_by_checkpoint() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.ledger_day_open o
                   WHERE o.fund = NEW.fund AND o.account = NEW.account AND o.upto = NEW.upto) THEN
        PERFORM public.ledger_refuse('checkpoint');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_day_only_by_checkpoint BEFORE INSERT ON ledger_day
FOR EACH ROW EXECUTE FUNCTION public.ledger_day_only_by_checkpoint();

CREATE FUNCTION public.ledger_day_open_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.ledger_checkpoint c
                   WHERE c.fund = NEW.fund AND c.account = NEW.account AND c.upto = NEW.upto)
       OR EXISTS (SELECT FROM public.ledger_day d
                  WHERE d.fund = NEW.fund AND d.account = NEW.account AND d.upto = NEW.upto) THEN
        PERFORM public.ledger_refuse('checkpoint');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_day_open_once BEFORE INSERT OR UPDATE ON ledger_day_open
FOR EACH ROW EXECUTE FUNCTION public.ledger_day_open_once();

CREATE FUNCTION public.ledger_checkpoint_days() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off SET enable_seqscan = off SET enable_mergejoin = off SET enable_hashjoin = off AS $$
DECLARE
    since constant bigint := coalesce((SELECT max(c.upto) FROM public.ledger_checkpoint c
        WHERE c.fund = NEW.fund AND c.account = NEW.account AND c.upto < NEW.upto), 0);
BEGIN
    INSERT INTO public.ledger_day_open (fund, account, upto) VALUES (NEW.fund, NEW.account, NEW.upto);

    INSERT INTO public.ledger_day (fund, account, booked_on, upto, amount_satang)
    WITH tail AS MATERIALIZED (
        SELECT p.booked_on, sum(p.amount_satang) AS amount_satang FROM public.ledger_posting p
        WHERE p.fund = NEW.fund AND p.account = NEW.account AND p.stamp >= since AND p.stamp < NEW.upto
        GROUP BY p.booked_on
    )
    SELECT NEW.fund, NEW.account, t.booked_on, NEW.upto,
           sum(sum(t.amount_satang)) OVER (ORDER BY t.booked_on)
           + coalesce((SELECT d.amount_satang FROM public.ledger_day d
                       WHERE d.fund = NEW.fund AND d.account = NEW.account AND d.booked_on <= t.booked_on
                         AND d.upto < NEW.upto
                       ORDER BY d.booked_on DESC, d.upto DESC LIMIT 1), 0)
    FROM (
        SELECT n.booked_on, n.amount_satang FROM tail n
        UNION ALL
        SELECT d.booked_on, 0 FROM public.ledger_day d
        WHERE d.fund = NEW.fund AND d.account = NEW.account AND d.booked_on > (SELECT min(n.booked_on) FROM tail n)
    ) t
    GROUP BY t.booked_on;
    IF NOT FOUND THEN
        PERFORM public.ledger_refuse('checkpoint');
    END IF;

    DELETE FROM public.ledger_day_open WHERE fund = NEW.fund AND account = NEW.account AND upto = NEW.upto;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_checkpoint_days AFTER INSERT ON ledger_checkpoint
FOR EACH ROW EXECUTE FUNCTION public.ledger_checkpoint_days();
