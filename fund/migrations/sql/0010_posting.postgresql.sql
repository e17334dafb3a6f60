-- PostgreSQL: one guard, one question. Everything that can be wrong with an ordinary entry is asked in a single query
-- over all entries of the statement; only a refusal, a reversal or a choice asks more.
DROP TRIGGER ledger_entry_stamp_rises ON public.ledger_entry;
DROP FUNCTION public.ledger_stamp_rises();

-- The first day that may still be booked on: the day after the last closed month; once a month was ever closed, the
-- books begin with the first one that was. NULL: no month was ever closed.
CREATE VIEW public.ledger_open_from AS
SELECT coalesce(
    (SELECT p.ends_on + 1 FROM public.ledger_period p
     WHERE p.is_closed AND NOT EXISTS (SELECT FROM public.ledger_period q
                                       WHERE q.starts_on = p.starts_on AND q.revision > p.revision)
     ORDER BY p.starts_on DESC LIMIT 1),
    (SELECT min(p.starts_on) FROM public.ledger_period p)) AS day;

CREATE OR REPLACE FUNCTION public.ledger_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off SET enable_seqscan = off SET enable_mergejoin = off SET enable_hashjoin = off AS $$
DECLARE
    this_stamp constant bigint := public.ledger_stamp();
    found record;
BEGIN
    -- A posting has as many slots as its entry has lines, so the entries are full when all slots together are.
    -- What is stamped below a checkpoint or the last sealed entry would never be seen there.
    SELECT (SELECT sum(e.lines) FROM booked e) AS lines,
           (SELECT bool_or(e.reverses IS NOT NULL) FROM booked e) AS has_reversal,
           bool_or(t.is_choice) AS has_choice,
           this_stamp < greatest(
               (SELECT max(c.upto) FROM public.ledger_checkpoint c),
               (SELECT h.entry_stamp + 1 FROM public.ledger_head h ORDER BY h.size DESC LIMIT 1)) AS is_late,
           sum(t.slots) = (SELECT sum(e.lines) FROM booked e)
           AND bool_and(t.is_good AND t.money = 0 AND t.memorandum = 0)
           AND NOT EXISTS (SELECT FROM booked e, public.ledger_open_from o WHERE e.booked_on < o.day) AS is_good
    INTO found
    FROM (
        SELECT count(*) AS slots, bool_or(k.nature = 'choice') AS is_choice,
               coalesce(sum(p.amount_satang) FILTER (WHERE a.type <> 'memorandum'), 0) AS money,
               coalesce(sum(p.amount_satang) FILTER (WHERE a.type = 'memorandum'), 0) AS memorandum,
               bool_and(k.code IS NOT NULL AND e.stamp = this_stamp AND p.lines = e.lines AND p.stamp = this_stamp
                        AND p.booked_on = e.booked_on AND a.is_open IS TRUE
                        AND (p.subject <> '' OR a.guarded <> 'subject')
                        AND f.code IS NOT NULL AND e.booked_on >= coalesce(f.valid_from, '-infinity')
                        AND e.booked_on <= coalesce(f.valid_to, 'infinity')
                        AND (p.purpose IS NULL OR EXISTS (
                                SELECT FROM public.ledger_fund_purpose allowed
                                WHERE allowed.fund = p.fund AND allowed.purpose = p.purpose
                                  AND allowed.scope = p.scope))) AS is_good
        FROM booked e
        JOIN public.ledger_posting p ON p.entry_id = e.id
        LEFT JOIN public.ledger_kind k ON k.code = e.kind
        LEFT JOIN public.ledger_account a ON a.code = p.account
        LEFT JOIN public.ledger_fund f ON f.code = p.fund
        GROUP BY e.id, p.fund
    ) t;
    IF found.lines IS NULL THEN  -- every key was there before
        RETURN NULL;
    END IF;
    -- Under a snapshot older than the fund's lock two spends of the last baht would both pass.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.ledger_refuse('isolation');
    END IF;
    IF found.is_late THEN
        PERFORM public.ledger_refuse('stamp');
    END IF;
    IF found.is_good IS NOT TRUE THEN
        PERFORM public.ledger_refuse(CASE
            WHEN e.stamp <> this_stamp THEN 'stamp'
            WHEN e.booked_on < (SELECT o.day FROM public.ledger_open_from o) THEN 'period-closed:' || e.booked_on
            WHEN NOT EXISTS (SELECT FROM public.ledger_kind k WHERE k.code = e.kind) THEN 'unknown-kind'
            ELSE public.ledger_fault(e.id, e.lines, e.booked_on, this_stamp)
        END)
        FROM booked e;
    END IF;
    IF found.has_reversal THEN
        PERFORM public.ledger_refuse('not-a-mirror')
        FROM booked e
        WHERE e.reverses IS NOT NULL AND (
            NOT EXISTS (SELECT FROM public.ledger_entry r
                        WHERE r.id = e.reverses AND r.id <> e.id AND r.reverses IS NULL AND r.kind = e.kind
                          AND r.lines = e.lines AND r.booked_on <= e.booked_on)
            OR e.lines <> (SELECT count(*) FROM public.ledger_posting p
                           JOIN public.ledger_posting r ON r.entry_id = e.reverses AND r.line = p.line
                           WHERE p.entry_id = e.id AND p.account = r.account AND p.fund = r.fund
                             AND p.amount_satang = -r.amount_satang AND p.subject = r.subject
                             AND p.purpose IS NOT DISTINCT FROM r.purpose AND p.scope IS NOT DISTINCT FROM r.scope));
    END IF;
    IF found.has_choice THEN
        -- Postings that still wait for their entry are no money yet: it may come with others that take it away again.
        PERFORM public.ledger_refuse('lines')
        FROM (SELECT DISTINCT p.fund FROM booked e JOIN public.ledger_posting p ON p.entry_id = e.id) b
        CROSS JOIN public.ledger_account a
        JOIN public.ledger_posting p ON p.fund = b.fund AND p.account = a.code AND p.stamp = this_stamp
        WHERE NOT EXISTS (SELECT FROM public.ledger_entry e WHERE e.id = p.entry_id);
        PERFORM public.ledger_guard_spending(ARRAY(SELECT e.id FROM booked e
            JOIN public.ledger_kind k ON k.code = e.kind WHERE k.nature = 'choice'));
    END IF;
    RETURN NULL;
END $$;
