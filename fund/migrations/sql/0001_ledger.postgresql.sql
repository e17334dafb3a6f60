-- PostgreSQL: an entry and its postings come in one statement; at its end one guard looks at all of them together.
-- The postings' deferred foreign key (entry_id, lines) makes a posting without its entry impossible to commit, and
-- an entry that passed the guard has no free slot left for a later one.
-- Every function names its schema and sets the search path, so that a temporary table cannot stand in for ours.
CREATE FUNCTION public.ledger_refuse(code text, fact text DEFAULT '') RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = 'ledger:' || code || CASE WHEN fact = '' THEN '' ELSE ':' || fact END,
                          ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION public.ledger_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    refusal record;
    has_choice boolean;
    has_reversal boolean;
BEGIN
    -- Under a snapshot older than the fund's lock two spends of the last baht would both pass.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.ledger_refuse('isolation');
    END IF;

    SELECT coalesce(bool_or(k.nature IS DISTINCT FROM 'fact'), false), coalesce(bool_or(e.reverses IS NOT NULL), false)
    INTO has_choice, has_reversal
    FROM booked e LEFT JOIN public.ledger_kind k ON k.code = e.kind;

    SELECT CASE
        WHEN NOT s.is_stamped THEN 'stamp'
        WHEN s.closed THEN 'period-closed'
        WHEN s.found <> s.lines THEN 'lines'
        WHEN s.account IS NOT NULL THEN 'unknown-account'
        WHEN s.fund IS NOT NULL THEN 'unknown-fund'
        WHEN s.without_subject IS NOT NULL THEN 'subject-missing'
        WHEN NOT s.is_balanced THEN 'unbalanced'
        ELSE 'unknown-kind' END AS code,
        CASE WHEN s.closed THEN s.booked_on::text
             ELSE coalesce(s.account, s.fund, s.without_subject, '') END AS fact
    INTO refusal
    FROM (
        SELECT t.id, t.lines, t.booked_on, sum(t.found) AS found,
               bool_and(t.is_stamped) AS is_stamped,
               bool_and(t.money IS NULL OR t.money = 0) AND bool_and(t.memorandum IS NULL OR t.memorandum = 0)
                   AS is_balanced,
               min(t.account) AS account, min(t.unknown_fund) AS fund, min(t.without_subject) AS without_subject,
               bool_or(t.no_kind) AS no_kind,
               coalesce((SELECT period.is_closed FROM public.ledger_period period
                         WHERE t.booked_on BETWEEN period.starts_on AND period.ends_on
                         ORDER BY period.revision DESC LIMIT 1), false) AS closed
        FROM (
            SELECT e.id, e.lines, e.booked_on, p.fund, count(p.line) AS found,
                   e.stamp = public.ledger_stamp()
                       AND coalesce(bool_and(p.stamp = e.stamp AND p.booked_on = e.booked_on), true) AS is_stamped,
                   sum(p.amount_satang) FILTER (WHERE a.type <> 'memorandum') AS money,
                   sum(p.amount_satang) FILTER (WHERE a.type = 'memorandum') AS memorandum,
                   min(p.account) FILTER (WHERE a.is_open IS NOT TRUE) AS account,
                   CASE WHEN count(p.line) > 0 AND (f.code IS NULL OR e.booked_on < f.valid_from
                                                    OR e.booked_on > f.valid_to) THEN p.fund END AS unknown_fund,
                   min(p.account) FILTER (WHERE a.guarded = 'subject' AND p.subject = '') AS without_subject,
                   k.code IS NULL AS no_kind
            FROM booked e
            LEFT JOIN public.ledger_kind k ON k.code = e.kind
            LEFT JOIN public.ledger_posting p ON p.entry_id = e.id
            LEFT JOIN public.ledger_account a ON a.code = p.account
            LEFT JOIN public.ledger_fund f ON f.code = p.fund
            GROUP BY e.id, e.lines, e.booked_on, e.stamp, p.fund, f.code, f.valid_from, f.valid_to, k.code
        ) t
        GROUP BY t.id, t.lines, t.booked_on
    ) s
    WHERE NOT s.is_stamped OR s.closed OR s.found <> s.lines OR s.account IS NOT NULL OR s.fund IS NOT NULL
       OR s.without_subject IS NOT NULL OR NOT s.is_balanced OR s.no_kind
    LIMIT 1;
    IF FOUND THEN
        PERFORM public.ledger_refuse(refusal.code, refusal.fact);
    END IF;

    IF has_reversal THEN
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
    IF has_choice THEN
        PERFORM public.ledger_guard_spending(ARRAY(SELECT e.id FROM booked e
            JOIN public.ledger_kind k ON k.code = e.kind WHERE k.nature = 'choice'));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.ledger_spendable(wanted text) RETURNS bigint LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT sum(p.amount_satang) FROM public.ledger_account a
                     JOIN public.ledger_posting p ON p.fund = f.code AND p.account = a.code
                     WHERE a.is_spendable), 0)::bigint - f.principal_satang
    FROM public.ledger_fund f WHERE f.code = wanted
$$;

-- A choice that lowers what a fund may spend, or a guarded account, must leave it at or above the floor. The fund's
-- row is locked first, funds in order; what others committed meanwhile is seen by the sums, which start after that.
-- FOR NO KEY UPDATE, so that whatever refers to the fund need not wait.
CREATE FUNCTION public.ledger_guard_spending(choices uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
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
            rest := public.ledger_spendable(lowered.fund);
        ELSIF lowered.subject IS NULL THEN
            SELECT sum(p.amount_satang) INTO rest FROM public.ledger_posting p
            WHERE p.fund = lowered.fund AND p.account = lowered.account;
        ELSE
            SELECT sum(p.amount_satang) INTO rest FROM public.ledger_posting p
            WHERE p.account = lowered.account AND p.fund = lowered.fund AND p.subject = lowered.subject
              AND p.subject <> '';
        END IF;
        IF rest * lowered.side < 0 THEN
            PERFORM public.ledger_refuse(CASE WHEN lowered.account IS NULL THEN 'not-enough' ELSE 'below-zero' END,
                                         lowered.fund || coalesce(':' || lowered.account, ''));
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
