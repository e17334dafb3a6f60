-- Who had cash of a box in hand, and when for the last time: who counted it, who carried it.
CREATE VIEW public.cash_hand AS
SELECT c.box_id, t.counted_person AS person, coalesce(a.agreed_at, t.counted_at) AS until
FROM public.cash_tally t JOIN public.cash_count c ON c.id = t.count_id
LEFT JOIN public.cash_counted a ON a.count_id = c.id
UNION ALL
SELECT p.box_id, d.carried_person, d.carried_at
FROM public.cash_deposit d JOIN public.cash_deposit_part p ON p.deposit_id = d.id;

CREATE FUNCTION public.bank_month_opened_wish() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (SELECT FROM public.bank_month_withdrawn w WHERE w.asked_id = NEW.asked_id) THEN
        RAISE EXCEPTION 'the wish was withdrawn' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_month_opened_wish BEFORE INSERT ON public.bank_month_opened
FOR EACH ROW EXECUTE FUNCTION public.bank_month_opened_wish();

CREATE FUNCTION public.cash_short_ask_hands() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (SELECT FROM public.cash_hand h
               WHERE h.box_id = NEW.box_id AND h.person = NEW.asked_person AND h.until >= NEW.since) THEN
        RAISE EXCEPTION 'who had the cash in hand has no say in what is short' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cash_short_ask_hands BEFORE INSERT ON public.cash_short_ask
FOR EACH ROW EXECUTE FUNCTION public.cash_short_ask_hands();

CREATE FUNCTION public.cash_short_answer_hands() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (SELECT FROM public.cash_short_ask a
               JOIN public.cash_hand h ON h.box_id = a.box_id AND h.until >= a.since
               WHERE a.id = NEW.ask_id AND h.person = NEW.decided_person) THEN
        RAISE EXCEPTION 'who had the cash in hand has no say in what is short' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cash_short_answer_hands BEFORE INSERT ON public.cash_short_answer
FOR EACH ROW EXECUTE FUNCTION public.cash_short_answer_hands();
