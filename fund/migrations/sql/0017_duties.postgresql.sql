-- Whoever declared a tie to a case asks for it at most: the other sides decide. A stand-in whose time was ended stands
-- in no more.
CREATE FUNCTION public.duties_may_take_part() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.side <> 'request' AND EXISTS (
        SELECT FROM public.duties_conflict x JOIN public.duties_chain c ON c.case_code = x.case_code
        WHERE c.chain = NEW.chain AND x.person = NEW.person
    ) THEN
        RAISE EXCEPTION 'duties:conflict' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM public.duties_stand_in_ended e WHERE e.stand_in_id = NEW.stand_in_id) THEN
        RAISE EXCEPTION 'duties:stand-in' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER duties_participant_may BEFORE INSERT ON duties_participant
FOR EACH ROW EXECUTE FUNCTION public.duties_may_take_part();

-- Both of two approvals are not one person's, though through somebody else: who stood in approves for both.
CREATE FUNCTION public.duties_two_people() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM public.duties_approval a JOIN public.duties_participant p ON p.chain = a.chain
        WHERE a.chain = NEW.chain AND a.version = NEW.version
          AND ((p.person = a.person AND p.through = NEW.person) OR (p.person = NEW.person AND p.through = a.person))
    ) THEN
        RAISE EXCEPTION 'duties:two-people' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER duties_approval_two_people BEFORE INSERT ON duties_approval
FOR EACH ROW EXECUTE FUNCTION public.duties_two_people();
