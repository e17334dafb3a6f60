-- A count says what the books had at that moment; whoever counts is not shown it.
CREATE FUNCTION public.goods_count_true() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.goods_step s WHERE s.lot_id = NEW.lot_id AND s.place_id = NEW.place_id
                   AND s.number = NEW.number AND s.on_hand = NEW.on_hand) THEN
        RAISE EXCEPTION 'goods:count' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER goods_count_true BEFORE INSERT ON goods_count
FOR EACH ROW EXECUTE FUNCTION public.goods_count_true();

-- What a step says beside its own arithmetic, which its constraints hold. Two steps of one lot, or of one request, wait
-- for each other, and the second one's questions see the first: a volatile function looks anew with each.
CREATE FUNCTION public.goods_step_true() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.request IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('chain ' || NEW.request, 0));
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('lot ' || NEW.lot_id::text, 0));

    IF NEW.act = 'receive' AND NOT EXISTS (
        SELECT FROM public.goods_lot l JOIN public.goods_arrival a ON a.id = l.id
        WHERE l.id = NEW.lot_id AND l.quantity = NEW.quantity AND l.entry_id = NEW.entry_id
          AND a.place_id = NEW.place_id AND NOT EXISTS (SELECT FROM public.goods_step s WHERE s.lot_id = l.id)) THEN
        RAISE EXCEPTION 'goods:arrival' USING ERRCODE = 'restrict_violation';
    END IF;

    IF NEW.entry_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.ledger_entry e JOIN public.ledger_posting p ON p.entry_id = e.id
        JOIN public.goods_lot l ON l.id = NEW.lot_id
        WHERE e.id = NEW.entry_id AND e.booked_on = NEW.booked_on AND p.account = '1200'
          AND p.fund = l.fund AND p.amount_satang = NEW.hand * NEW.quantity * l.value_satang) THEN
        RAISE EXCEPTION 'goods:entry' USING ERRCODE = 'restrict_violation';
    END IF;

    IF NEW.act = 'reserve' AND NOT EXISTS (
        SELECT FROM public.goods_request r JOIN public.goods_arrival a ON a.thing_id = r.thing_id AND a.size = r.size
        JOIN public.goods_request_step s ON s.chain = r.chain AND s.act = 'award'
        WHERE r.chain = NEW.request AND a.id = NEW.lot_id
          AND a.for_district IN ('', r.district) AND a.for_school IN ('', r.school)) THEN
        RAISE EXCEPTION 'goods:not awarded' USING ERRCODE = 'restrict_violation';
    END IF;

    IF NEW.act = 'reserve' AND NEW.quantity + (
        SELECT coalesce(sum(CASE s.act WHEN 'reserve' THEN s.quantity WHEN 'release' THEN -s.quantity ELSE 0 END), 0)
        FROM public.goods_step s WHERE s.request = NEW.request
    ) > (SELECT r.quantity FROM public.goods_request r WHERE r.chain = NEW.request) THEN
        RAISE EXCEPTION 'goods:beyond the award' USING ERRCODE = 'restrict_violation';
    END IF;

    IF NEW.act = 'return' AND NEW.quantity + (
        SELECT coalesce(sum(s.quantity), 0) FROM public.goods_step s
        WHERE s.lot_id = NEW.lot_id AND s.of_place = NEW.of_place AND s.of_number = NEW.of_number
    ) > coalesce((SELECT i.quantity FROM public.goods_step i WHERE i.lot_id = NEW.lot_id
                  AND i.place_id = NEW.of_place AND i.number = NEW.of_number AND i.act = 'issue'), 0) THEN
        RAISE EXCEPTION 'goods:beyond the issue' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER goods_step_true BEFORE INSERT ON goods_step
FOR EACH ROW EXECUTE FUNCTION public.goods_step_true();
