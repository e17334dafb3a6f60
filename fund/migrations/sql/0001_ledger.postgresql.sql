-- PostgreSQL: an entry and its postings come in one statement; at its end one guard looks at all of them together.
-- The postings' deferred foreign key (entry_id, lines) makes a posting without its entry impossible to commit, and
-- an entry that passed the guard has no free slot left for a later one.
-- Every function names its schema and sets the search path, so that a temporary table cannot stand in for ours.
CREATE FUNCTION public.ledger_refuse(fault text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = 'ledger:' || fault, ERRCODE = 'integrity_constraint_violation';
    END IF;
END $$;

-- What is wrong with the postings of one entry, and on which account or fund; NULL if nothing is.
CREATE FUNCTION public.ledger_fault(entry uuid, said bigint, day date, this_stamp bigint) RETURNS text LANGUAGE sql
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN count(*) <> said OR bool_or(p.lines <> said) THEN 'lines'
        WHEN bool_or(p.stamp <> this_stamp OR p.booked_on <> day) THEN 'stamp'
        WHEN bool_or(a.is_open IS NOT TRUE) THEN
            'unknown-account:' || min(p.account) FILTER (WHERE a.is_open IS NOT TRUE)
        WHEN bool_or(f.code IS NULL) THEN 'unknown-fund:' || min(p.fund) FILTER (WHERE f.code IS NULL)
        WHEN bool_or(a.guarded = 'subject' AND p.subject = '') THEN
            'subject-missing:' || min(p.account) FILTER (WHERE a.guarded = 'subject' AND p.subject = '')
        WHEN bool_or(p.purpose IS NOT NULL AND allowed.fund IS NULL) THEN
            'purpose:' || min(p.fund) FILTER (WHERE p.purpose IS NOT NULL AND allowed.fund IS NULL)
        WHEN EXISTS (SELECT FROM public.ledger_posting q JOIN public.ledger_account b ON b.code = q.account
                     WHERE q.entry_id = entry
                     GROUP BY q.fund, b.type = 'memorandum' HAVING sum(q.amount_satang) <> 0) THEN 'unbalanced'
    END
    FROM public.ledger_posting p
    LEFT JOIN public.ledger_account a ON a.code = p.account
    LEFT JOIN public.ledger_fund f ON f.code = p.fund
        AND day >= coalesce(f.valid_from, '-infinity') AND day <= coalesce(f.valid_to, 'infinity')
    LEFT JOIN public.ledger_fund_purpose allowed
        ON allowed.fund = p.fund AND allowed.purpose = p.purpose AND allowed.scope = p.scope
    WHERE p.entry_id = entry
$$;

-- The planner may not scan the journal, however small it was when a session's plan was made: index look-ups only.
-- Compiling the query (jit) would take four times as long as running it.
CREATE FUNCTION public.ledger_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off SET enable_seqscan = off SET enable_mergejoin = off SET enable_hashjoin = off AS $$
DECLARE
    this_stamp constant bigint := public.ledger_stamp();
    heads record;
    bodies record;
    refusal record;
BEGIN
    -- Under a snapshot older than the fund's lock two spends of the last baht would both pass.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.ledger_refuse('isolation');
    END IF;

    SELECT sum(e.lines) AS lines, bool_or(k.nature = 'choice') AS has_choice,
           bool_or(e.reverses IS NOT NULL) AS has_reversal,
           bool_and(k.code IS NOT NULL AND e.stamp = this_stamp) AS is_good,
           min(e.booked_on) AS first_day, max(e.booked_on) AS last_day
    INTO heads
    FROM booked e LEFT JOIN public.ledger_kind k ON k.code = e.kind;
    IF heads.lines IS NULL THEN  -- every key was there before
        RETURN NULL;
    END IF;

    -- A posting has as many slots as its entry has lines, so the entries are full when all slots together are.
    SELECT sum(t.found) AS found, bool_and(t.is_good AND t.money = 0 AND t.memorandum = 0) AS is_good INTO bodies
    FROM (
        SELECT count(*) AS found,
               coalesce(sum(p.amount_satang) FILTER (WHERE a.type <> 'memorandum'), 0) AS money,
               coalesce(sum(p.amount_satang) FILTER (WHERE a.type = 'memorandum'), 0) AS memorandum,
               bool_and(p.lines = e.lines AND p.stamp = this_stamp AND p.booked_on = e.booked_on
                        AND a.is_open IS TRUE AND (p.subject <> '' OR a.guarded <> 'subject')
                        AND f.code IS NOT NULL AND e.booked_on >= coalesce(f.valid_from, '-infinity')
                        AND e.booked_on <= coalesce(f.valid_to, 'infinity')
                        AND (p.purpose IS NULL OR EXISTS (
                                SELECT FROM public.ledger_fund_purpose allowed
                                WHERE allowed.fund = p.fund AND allowed.purpose = p.purpose
                                  AND allowed.scope = p.scope))) AS is_good
        FROM booked e
        JOIN public.ledger_posting p ON p.entry_id = e.id
        LEFT JOIN public.ledger_account a ON a.code = p.account
        LEFT JOIN public.ledger_fund f ON f.code = p.fund
        GROUP BY e.id, p.fund
    ) t;

    IF heads.is_good AND bodies.is_good AND bodies.found = heads.lines
       AND NOT EXISTS (SELECT FROM public.ledger_period period
                       WHERE period.ends_on >= heads.first_day AND period.starts_on <= heads.last_day) THEN
        NULL;  -- nothing to explain: the way of every ordinary entry
    ELSE
        PERFORM public.ledger_refuse(CASE
            WHEN e.stamp <> this_stamp THEN 'stamp'
            WHEN (SELECT period.is_closed FROM public.ledger_period period
                  WHERE e.booked_on BETWEEN period.starts_on AND period.ends_on
                  ORDER BY period.revision DESC LIMIT 1) THEN 'period-closed:' || e.booked_on
            WHEN NOT EXISTS (SELECT FROM public.ledger_kind k WHERE k.code = e.kind) THEN 'unknown-kind'
            ELSE public.ledger_fault(e.id, e.lines, e.booked_on, this_stamp)
        END)
        FROM booked e;
    END IF;

    IF heads.has_reversal THEN
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
    IF heads.has_choice THEN
        PERFORM public.ledger_guard_spending(ARRAY(SELECT e.id FROM booked e
            JOIN public.ledger_kind k ON k.code = e.kind WHERE k.nature = 'choice'));
    END IF;
    RETURN NULL;
END $$;

-- What stands on each account of each fund, and what each fund may spend.
CREATE VIEW public.ledger_standing AS
SELECT f.code AS fund, a.code AS account,
       coalesce((SELECT sum(p.amount_satang) FROM public.ledger_posting p
                 WHERE p.fund = f.code AND p.account = a.code), 0)::bigint AS amount_satang
FROM public.ledger_fund f CROSS JOIN public.ledger_account a;

CREATE VIEW public.ledger_spendable AS
SELECT f.code AS fund,
       (coalesce((SELECT sum(p.amount_satang) FROM public.ledger_account a
                  JOIN public.ledger_posting p ON p.fund = f.code AND p.account = a.code
                  WHERE a.is_spendable), 0) - f.principal_satang)::bigint AS amount_satang
FROM public.ledger_fund f;

-- A choice that lowers what a fund may spend, or a guarded account, must leave it at or above the floor. The fund's
-- row is locked first, funds in order; what others committed meanwhile is seen by the sums, which start after that.
-- FOR NO KEY UPDATE, so that whatever refers to the fund need not wait.
CREATE FUNCTION public.ledger_guard_spending(choices uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off SET enable_seqscan = off SET enable_mergejoin = off SET enable_hashjoin = off AS $$
DECLARE
    lowered record;
    locked text;
    rest numeric;
BEGIN
    FOR lowered IN
        SELECT p.fund, NULL AS account, NULL AS subject, 1 AS side
        FROM public.ledger_posting p JOIN public.ledger_account a ON a.code = p.account
        WHERE p.entry_id = ANY (choices) AND a.is_spendable
        GROUP BY p.entry_id, p.fund HAVING sum(p.amount_satang) < 0
        UNION
        SELECT p.fund, p.account, CASE WHEN a.guarded = 'subject' THEN p.subject END,
               CASE a.side WHEN 'debit' THEN 1 ELSE -1 END
        FROM public.ledger_posting p JOIN public.ledger_account a ON a.code = p.account
        WHERE p.entry_id = ANY (choices) AND a.guarded <> 'no'
        GROUP BY p.entry_id, p.fund, p.account, a.side, CASE WHEN a.guarded = 'subject' THEN p.subject END
        HAVING sum(p.amount_satang) * CASE a.side WHEN 'debit' THEN 1 ELSE -1 END < 0
        ORDER BY 1, 2 NULLS FIRST, 3 NULLS FIRST
    LOOP
        IF locked IS DISTINCT FROM lowered.fund THEN
            PERFORM FROM public.ledger_fund f WHERE f.code = lowered.fund FOR NO KEY UPDATE;
            locked := lowered.fund;
        END IF;
        IF lowered.account IS NULL THEN
            SELECT s.amount_satang INTO rest FROM public.ledger_spendable s WHERE s.fund = lowered.fund;
        ELSIF lowered.subject IS NULL THEN
            SELECT s.amount_satang INTO rest FROM public.ledger_standing s
            WHERE s.fund = lowered.fund AND s.account = lowered.account;
        ELSE
            SELECT sum(p.amount_satang) INTO rest FROM public.ledger_posting p
            WHERE p.account = lowered.account AND p.fund = lowered.fund AND p.subject = lowered.subject
              AND p.subject <> '';
        END IF;
        IF rest * lowered.side < 0 THEN
            PERFORM public.ledger_refuse(coalesce('below-zero:' || lowered.fund || ':' || lowered.account,
                                                  'not-enough:' || lowered.fund));
        END IF;
    END LOOP;
END $$;

CREATE TRIGGER ledger_entry_guard AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS booked
FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_guard();

-- The chart: names may be written better, an account may be closed and opened, a fund may end. Nothing else changes.
CREATE FUNCTION public.ledger_frozen() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - TG_ARGV[0]::text[] = to_jsonb(NEW) - TG_ARGV[0]::text[] THEN
        RETURN NEW;
    END IF;
    PERFORM public.ledger_refuse('frozen');
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_account_frozen BEFORE UPDATE OR DELETE ON ledger_account
FOR EACH ROW EXECUTE FUNCTION public.ledger_frozen('{name_th,name_en,is_open}');
CREATE TRIGGER ledger_fund_frozen BEFORE UPDATE OR DELETE ON ledger_fund
FOR EACH ROW EXECUTE FUNCTION public.ledger_frozen('{name_th,name_en,valid_to}');
CREATE TRIGGER ledger_fund_purpose_frozen BEFORE UPDATE OR DELETE ON ledger_fund_purpose
FOR EACH ROW EXECUTE FUNCTION public.ledger_frozen('{}');
CREATE TRIGGER ledger_kind_frozen BEFORE UPDATE OR DELETE ON ledger_kind
FOR EACH ROW EXECUTE FUNCTION public.ledger_frozen('{}');
CREATE TRIGGER ledger_private_frozen BEFORE UPDATE ON ledger_private
FOR EACH ROW EXECUTE FUNCTION public.ledger_frozen('{}');

CREATE TRIGGER ledger_account_kept BEFORE TRUNCATE ON ledger_account
FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER ledger_fund_kept BEFORE TRUNCATE ON ledger_fund
FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER ledger_fund_purpose_kept BEFORE TRUNCATE ON ledger_fund_purpose
FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER ledger_kind_kept BEFORE TRUNCATE ON ledger_kind
FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

-- Closing waits for the writers in flight and keeps the next ones out until it is committed; gifts pay nothing for it.
CREATE FUNCTION public.ledger_wait_for_writers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    LOCK TABLE public.ledger_entry IN SHARE ROW EXCLUSIVE MODE;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_period_waits BEFORE INSERT ON ledger_period
FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_wait_for_writers();
CREATE TRIGGER ledger_account_waits BEFORE UPDATE OF is_open ON ledger_account
FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_wait_for_writers();
CREATE TRIGGER ledger_fund_waits BEFORE UPDATE OF valid_to ON ledger_fund
FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_wait_for_writers();

CREATE FUNCTION public.ledger_period_next() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.revision <> 1 + coalesce((SELECT max(p.revision) FROM public.ledger_period p
                                     WHERE p.starts_on = NEW.starts_on), 0) THEN
        PERFORM public.ledger_refuse('period-turn');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_period_next BEFORE INSERT ON ledger_period
FOR EACH ROW EXECUTE FUNCTION public.ledger_period_next();
