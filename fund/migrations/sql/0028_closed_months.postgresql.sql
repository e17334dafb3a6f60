-- The months that are closed: closed, and not opened again since.
CREATE VIEW public.bank_month_shut AS
SELECT c.account, c.month, c.revision, c.ends_on FROM public.bank_month_closing c
WHERE NOT EXISTS (SELECT FROM public.bank_month_opened o
                  WHERE o.account = c.account AND o.month = c.month AND o.revision = c.revision);

CREATE FUNCTION public.bank_refuse(what text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'bank:%', what USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION public.bank_is_shut(of_account text, on_day date) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.bank_month_shut s WHERE s.account = of_account AND s.ends_on >= on_day)
$$;

-- Three figures make a month: the lines and balances that the bank's files tell, what is not booked of them, and what
-- the books have. Months close in order: nothing is added up to the end of the last closed one, and nothing taken away.
CREATE FUNCTION public.bank_statement_month() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF public.bank_is_shut(NEW.account, NEW.from_on) THEN
        PERFORM public.bank_refuse('month-closed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_statement_month BEFORE INSERT ON public.bank_statement
FOR EACH ROW EXECUTE FUNCTION public.bank_statement_month();

CREATE FUNCTION public.bank_statement_act_month() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.bank_statement t
               WHERE t.id = NEW.statement_id AND public.bank_is_shut(t.account, t.from_on)) THEN
        PERFORM public.bank_refuse('month-closed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_statement_act_month BEFORE INSERT ON public.bank_statement_act
FOR EACH ROW EXECUTE FUNCTION public.bank_statement_act_month();

-- Lines come by thousands: they are asked about together.
CREATE FUNCTION public.bank_line_month() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM told t JOIN public.bank_month_shut s ON s.account = t.account AND s.ends_on >= t.occurred_on)
    THEN
        PERFORM public.bank_refuse('month-closed');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER bank_line_month AFTER INSERT ON public.bank_line REFERENCING NEW TABLE AS told
FOR EACH STATEMENT EXECUTE FUNCTION public.bank_line_month();

-- A line of a closed month is in the books: settled, or as unidentified money.
CREATE FUNCTION public.bank_inbox_month() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM told t JOIN public.bank_line l ON l.id = t.line_id
               JOIN public.bank_month_shut s ON s.account = l.account AND s.ends_on >= l.occurred_on
               WHERE NOT t.is_booked OR t.state = 'withdrawn') THEN
        PERFORM public.bank_refuse('month-closed');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER bank_inbox_month AFTER INSERT ON public.bank_inbox REFERENCING NEW TABLE AS told
FOR EACH STATEMENT EXECUTE FUNCTION public.bank_inbox_month();
CREATE TRIGGER bank_inbox_month_still AFTER UPDATE ON public.bank_inbox REFERENCING NEW TABLE AS told
FOR EACH STATEMENT EXECUTE FUNCTION public.bank_inbox_month();

CREATE FUNCTION public.bank_undone_month() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.bank_match m JOIN public.bank_line l ON l.id = m.line_id
               WHERE m.id = NEW.match_id AND public.bank_is_shut(l.account, l.occurred_on))
       AND NOT EXISTS (SELECT FROM public.bank_match m JOIN public.bank_match k ON k.line_id = m.line_id
                       LEFT JOIN public.bank_undone u ON u.match_id = k.id
                       WHERE m.id = NEW.match_id AND k.kind = 'unidentified' AND k.id <> m.id AND u.match_id IS NULL)
    THEN
        PERFORM public.bank_refuse('month-closed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_undone_month BEFORE INSERT ON public.bank_undone
FOR EACH ROW EXECUTE FUNCTION public.bank_undone_month();

CREATE FUNCTION public.bank_month_books() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- The quick answer first: hardly ever is an entry older than the last closed month of any account.
    IF (SELECT min(e.booked_on) FROM booked e) <= (SELECT max(s.ends_on) FROM public.bank_month_shut s)
       AND EXISTS (SELECT FROM booked e JOIN public.ledger_posting p ON p.entry_id = e.id
                   WHERE public.bank_is_shut(p.account, e.booked_on)) THEN
        PERFORM public.bank_refuse('month-closed');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER bank_month_books AFTER INSERT ON public.ledger_entry REFERENCING NEW TABLE AS booked
FOR EACH STATEMENT EXECUTE FUNCTION public.bank_month_books();

CREATE FUNCTION public.bank_stated_balance_month() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF public.bank_is_shut(NEW.account, NEW.day) THEN
        PERFORM public.bank_refuse('month-closed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_stated_balance_month BEFORE INSERT ON public.bank_stated_balance
FOR EACH ROW EXECUTE FUNCTION public.bank_stated_balance_month();

-- Who stated a balance of a month does not reconcile it.
CREATE FUNCTION public.bank_month_reconciled_by_another() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.bank_stated_balance s
               WHERE s.account = NEW.account AND s.stated_person = NEW.reconciled_person
                 AND s.day BETWEEN NEW.month - 1 AND (NEW.month + interval '1 month')::date - 1) THEN
        PERFORM public.bank_refuse('two-people');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_month_reconciled_by_another BEFORE INSERT ON public.bank_month_reconciled
FOR EACH ROW EXECUTE FUNCTION public.bank_month_reconciled_by_another();

-- Closing waits for whoever writes what it looks at, and keeps the next ones out until it is committed. The tables come
-- in the order in which an import and a match take them.
CREATE FUNCTION public.bank_wait_for_writers() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    LOCK TABLE public.bank_statement, public.bank_line, public.ledger_entry, public.bank_inbox,
        public.bank_statement_act IN SHARE ROW EXCLUSIVE MODE;
END $$;

-- An account's months close one after another, each to its last day, and anew only by what was reconciled since.
CREATE FUNCTION public.bank_month_closing_next() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.bank_wait_for_writers();
    IF NEW.month <> date_trunc('month', NEW.month)::date
       OR NEW.ends_on <> (NEW.month + interval '1 month')::date - 1
       OR NEW.revision <> 1 + coalesce((SELECT max(c.revision) FROM public.bank_month_closing c
                                        WHERE c.account = NEW.account AND c.month = NEW.month), 0)
       OR NEW.month <> (SELECT max(s.ends_on) + 1 FROM public.bank_month_shut s WHERE s.account = NEW.account)
       OR (SELECT r.reconciled_at FROM public.bank_month_reconciled r WHERE r.id = NEW.reconciliation_id)
          < (SELECT max(o.confirmed_at) FROM public.bank_month_opened o
             WHERE o.account = NEW.account AND o.month = NEW.month) THEN
        PERFORM public.bank_refuse('month-turn');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_month_closing_next BEFORE INSERT ON public.bank_month_closing
FOR EACH ROW EXECUTE FUNCTION public.bank_month_closing_next();

-- Only the last closed month of an account is opened again, never below the closed books, and nothing that a year's
-- close has counted.
CREATE FUNCTION public.bank_month_opened_last() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.account <> '' AND (
            NOT EXISTS (SELECT FROM public.bank_month_shut s
                        WHERE s.account = NEW.account AND s.month = NEW.month AND s.revision = NEW.revision
                          AND s.ends_on = (SELECT max(t.ends_on) FROM public.bank_month_shut t
                                           WHERE t.account = NEW.account))
            OR NEW.month < (SELECT o.day FROM public.ledger_open_from o)))
       OR EXISTS (SELECT FROM public.ledger_entry e
                  WHERE e.kind = 'closing' AND e.reverses IS NULL AND e.booked_on >= NEW.month
                    AND NOT EXISTS (SELECT FROM public.ledger_entry r WHERE r.reverses = e.id)) THEN
        PERFORM public.bank_refuse('month-turn');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_month_opened_last BEFORE INSERT ON public.bank_month_opened
FOR EACH ROW EXECUTE FUNCTION public.bank_month_opened_last();
