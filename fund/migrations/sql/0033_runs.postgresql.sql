-- A run has as many lines as it said when it was prepared, and none comes later.
CREATE FUNCTION public.grants_run_frozen() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('run ' || NEW.run_id, 0));
    IF EXISTS (SELECT FROM public.grants_run_authorised a WHERE a.run_id = NEW.run_id)
       OR NEW.position > (SELECT r.count FROM public.grants_run r WHERE r.id = NEW.run_id) THEN
        RAISE EXCEPTION 'grants:run-frozen' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER grants_run_line_within BEFORE INSERT ON grants_run_line
FOR EACH ROW EXECUTE FUNCTION public.grants_run_frozen();
CREATE TRIGGER grants_order_within BEFORE INSERT ON grants_order
FOR EACH ROW EXECUTE FUNCTION public.grants_run_frozen();

-- Authorised is what stands on its lines, to the satang, and every line by whoever authorises the run.
CREATE FUNCTION public.grants_run_authorised_whole() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('run ' || NEW.run_id, 0));
    IF NOT EXISTS (
        SELECT FROM public.grants_run r JOIN public.grants_run_line l ON l.run_id = r.id WHERE r.id = NEW.run_id
        GROUP BY r.id HAVING count(*) = r.count AND sum(l.amount_satang) = r.amount_satang
    ) THEN
        RAISE EXCEPTION 'grants:run-lines' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM public.grants_order o
        JOIN public.grants_run_line l ON l.run_id = o.run_id AND l.position = o.position WHERE o.run_id = NEW.run_id
        HAVING count(*) = NEW.count AND sum(l.amount_satang) = NEW.amount_satang
    ) THEN
        RAISE EXCEPTION 'grants:run-sum' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT FROM public.grants_order o
        JOIN public.grants_step s ON s.chain = o.chain AND s.number = o.number AND s.step = o.step
        WHERE o.run_id = NEW.run_id AND s.person IS DISTINCT FROM NEW.person
    ) THEN
        RAISE EXCEPTION 'grants:run-person' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER grants_run_authorised_whole BEFORE INSERT ON grants_run_authorised
FOR EACH ROW EXECUTE FUNCTION public.grants_run_authorised_whole();
