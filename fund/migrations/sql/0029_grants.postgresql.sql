-- A payee stays as it was written; what it is met again by goes when its key is gone.
CREATE FUNCTION public.grants_payee_stays() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.same_as IS NOT NULL THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.same_as IS NULL AND to_jsonb(OLD) - 'same_as' = to_jsonb(NEW) - 'same_as'
           AND NOT EXISTS (SELECT FROM public.sealed_key k WHERE k.subject = OLD.id) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'append-only: grants_payee' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER grants_payee_stays BEFORE INSERT OR UPDATE OR DELETE ON grants_payee
FOR EACH ROW EXECUTE FUNCTION public.grants_payee_stays();
CREATE TRIGGER grants_payee_no_truncate BEFORE TRUNCATE ON grants_payee
FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

-- What a fund is founded with needs no second person; every later rule is another's proposal.
CREATE FUNCTION public.grants_by_two() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.chain IS NULL AND EXISTS (SELECT FROM public.fund_audit a WHERE a.action = 'fund.founded') THEN
        RAISE EXCEPTION 'grants:by-two' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER grants_limit_by_two BEFORE INSERT ON grants_limit
FOR EACH ROW EXECUTE FUNCTION public.grants_by_two();
CREATE TRIGGER grants_allows_by_two BEFORE INSERT ON grants_allows
FOR EACH ROW EXECUTE FUNCTION public.grants_by_two();

-- Awarded is the newest version, as a whole, with one approval below the limit and two from it on; what the same payee
-- was awarded in the seven days before counts towards it. Two awards to one payee wait for each other, and the second
-- one's questions see the first: a volatile function looks anew with each.
CREATE FUNCTION public.grants_grant_approved() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked record;
    others numeric;
    from_satang bigint;
BEGIN
    SELECT v.parts, v.amount_satang, p.same_as, v.version = (
               SELECT max(w.version) FROM public.grants_request_version w WHERE w.chain = NEW.chain) AS is_newest
    INTO asked
    FROM public.grants_request_version v JOIN public.grants_payee p ON p.id = v.payee_id
    WHERE v.chain = NEW.chain AND v.version = NEW.version;
    IF asked.is_newest IS NOT TRUE THEN
        RAISE EXCEPTION 'grants:version' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT FROM public.grants_plan p WHERE p.chain = NEW.chain AND p.version = NEW.version
        HAVING count(*) <> asked.parts OR sum(p.amount_satang) <> asked.amount_satang
    ) THEN
        RAISE EXCEPTION 'grants:plan' USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('payee ' || encode(asked.same_as, 'hex'), 0));
    SELECT coalesce(sum(w.amount_satang), 0) INTO others
    FROM public.grants_payee q JOIN public.grants_request_version w ON w.payee_id = q.id
    JOIN public.grants_grant g ON g.chain = w.chain AND g.version = w.version
    WHERE q.same_as = asked.same_as AND g.awarded_on > NEW.awarded_on - 7;
    SELECT l.amount_satang INTO from_satang FROM public.grants_limit l
    WHERE l.since <= NEW.awarded_on ORDER BY l.since DESC LIMIT 1;
    IF (SELECT count(*) FROM public.duties_approval a WHERE a.chain = NEW.chain AND a.version = NEW.version)
       < (CASE WHEN asked.amount_satang + others < from_satang THEN 1 ELSE 2 END) THEN
        RAISE EXCEPTION 'grants:approvals' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER grants_grant_approved BEFORE INSERT ON grants_grant
FOR EACH ROW EXECUTE FUNCTION public.grants_grant_approved();

-- A fund pays for what it may be used for on that day.
CREATE FUNCTION public.grants_tranche_allowed() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT a.is_allowed FROM public.grants_allows a JOIN public.grants_grant g ON g.chain = NEW.chain
        WHERE a.fund = NEW.fund AND a.purpose = NEW.purpose AND a.scope = NEW.scope AND a.since <= g.awarded_on
        ORDER BY a.since DESC LIMIT 1) IS NOT TRUE THEN
        RAISE EXCEPTION 'grants:not-allowed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER grants_tranche_allowed BEFORE INSERT ON grants_tranche
FOR EACH ROW EXECUTE FUNCTION public.grants_tranche_allowed();
