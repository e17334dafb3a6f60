-- A role for a school or an office names one that is here and open.
CREATE FUNCTION public.people_place_known() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.people_place p WHERE p.kind || ':' || p.code = NEW.scope AND p.is_open
          AND p.version = (SELECT max(version) FROM public.people_place n WHERE n.kind = p.kind AND n.code = p.code)
    ) THEN
        RAISE EXCEPTION 'people:place' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER people_grant_place_known BEFORE INSERT ON people_grant
FOR EACH ROW WHEN (NEW.scope LIKE 'school:%' OR NEW.scope LIKE 'office:%')
EXECUTE FUNCTION public.people_place_known();
