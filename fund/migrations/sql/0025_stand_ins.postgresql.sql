-- What was appointed before was for every side.
ALTER TABLE duties_stand_in ADD COLUMN sides TEXT NOT NULL
DEFAULT 'request approve prepare authorise reconcile receive value' CHECK (sides <> '');
ALTER TABLE duties_stand_in ALTER COLUMN sides DROP DEFAULT;

-- Who stands in does so on the sides of the appointment, and on no other.
CREATE FUNCTION public.duties_side_is_appointed() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM public.duties_stand_in
        WHERE id = NEW.stand_in_id AND ' ' || sides || ' ' NOT LIKE '% ' || NEW.side || ' %'
    ) THEN
        RAISE EXCEPTION 'duties:side' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER duties_participant_side_appointed BEFORE INSERT ON duties_participant
FOR EACH ROW EXECUTE FUNCTION public.duties_side_is_appointed();
