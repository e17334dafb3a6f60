-- A request is stopped once nothing is promised to it, and stays so. Whatever happens to one request waits in turn.
CREATE FUNCTION public.goods_stop_free() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('chain ' || NEW.chain, 0));
    IF (SELECT coalesce(sum(s.held * s.quantity), 0) FROM public.goods_step s WHERE s.request = NEW.chain) <> 0 THEN
        RAISE EXCEPTION 'goods:still promised' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER goods_stop_free BEFORE INSERT ON goods_stop
FOR EACH ROW EXECUTE FUNCTION public.goods_stop_free();

CREATE FUNCTION public.goods_step_stopped() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.act NOT IN ('reserve', 'issue') THEN
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('chain ' || NEW.request, 0));
    IF EXISTS (SELECT FROM public.goods_stop x WHERE x.chain = NEW.request) THEN
        RAISE EXCEPTION 'goods:stopped' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER goods_step_stopped BEFORE INSERT ON goods_step
FOR EACH ROW EXECUTE FUNCTION public.goods_step_stopped();

CREATE FUNCTION public.goods_request_step_stopped() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('chain ' || NEW.chain, 0));
    IF EXISTS (SELECT FROM public.goods_stop x WHERE x.chain = NEW.chain) THEN
        RAISE EXCEPTION 'goods:stopped' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER goods_request_step_stopped BEFORE INSERT ON goods_request_step
FOR EACH ROW EXECUTE FUNCTION public.goods_request_step_stopped();
