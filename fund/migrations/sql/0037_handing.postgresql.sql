-- Of a handover only what is to be done about it changes.
CREATE FUNCTION public.handing_fixed() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'handing:fixed' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER handing_handover_fixed BEFORE UPDATE OF
    chain, number, went, went_to, case_code, requester, side, payee_kind, went_on, due_on ON handing_handover
FOR EACH ROW EXECUTE FUNCTION public.handing_fixed();
CREATE TRIGGER handing_handover_stays BEFORE DELETE ON handing_handover
FOR EACH ROW EXECUTE FUNCTION public.handing_fixed();
CREATE TRIGGER handing_handover_no_truncate BEFORE TRUNCATE ON handing_handover
FOR EACH STATEMENT EXECUTE FUNCTION public.handing_fixed();

-- Nobody who asked for the money says that it arrived after all, or that its evidence is good; nor who is tied.
CREATE FUNCTION public.handing_is_biased(about text, who uuid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.duties_participant p
                   WHERE p.chain = about AND p.side = 'request' AND p.person = who)
        OR EXISTS (SELECT FROM public.duties_conflict x JOIN public.duties_chain c ON c.case_code = x.case_code
                   WHERE c.chain = about AND x.person = who)
$$;

CREATE FUNCTION public.handing_unbiased_step() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.act IN ('again', 'settle') AND public.handing_is_biased(NEW.chain, NEW.person) THEN
        RAISE EXCEPTION 'handing:own' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER handing_step_unbiased BEFORE INSERT ON handing_step
FOR EACH ROW EXECUTE FUNCTION public.handing_unbiased_step();

CREATE FUNCTION public.handing_unbiased_verdict() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.handing_evidence e
               WHERE e.id = NEW.evidence_id AND public.handing_is_biased(e.chain, NEW.person)) THEN
        RAISE EXCEPTION 'handing:own' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER handing_verdict_unbiased BEFORE INSERT ON handing_verdict
FOR EACH ROW EXECUTE FUNCTION public.handing_unbiased_verdict();
