-- A key that goes is on the list of erasures, whoever destroyed it; who was erased never gets a key again.
CREATE FUNCTION public.rights_note_erasure() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.rights_erasure (subject, what, erased_at)
    SELECT OLD.subject, 'key', clock_timestamp()
    WHERE NOT EXISTS (SELECT FROM public.rights_erasure e WHERE e.subject = OLD.subject AND e.what = 'key');
    RETURN NULL;
END $$;

CREATE TRIGGER sealed_key_erased AFTER DELETE ON sealed_key
FOR EACH ROW EXECUTE FUNCTION public.rights_note_erasure();

CREATE FUNCTION public.rights_refuse_erased() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.rights_erasure e WHERE e.subject = NEW.subject AND e.what = 'key') THEN
        RAISE EXCEPTION 'rights:erased' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER sealed_key_not_erased BEFORE INSERT ON sealed_key
FOR EACH ROW EXECUTE FUNCTION public.rights_refuse_erased();
