-- A payee stays as it was written; what it is met again by goes when its key is gone.
CREATE TRIGGER grants_payee_no_update BEFORE UPDATE ON grants_payee
WHEN (OLD.id, OLD.kind, OLD.sealed, OLD.made_at, OLD.made_by)
     IS NOT (NEW.id, NEW.kind, NEW.sealed, NEW.made_at, NEW.made_by)
  OR NEW.same_as IS NOT NULL OR EXISTS (SELECT 1 FROM sealed_key WHERE subject = OLD.id)
BEGIN SELECT RAISE(ABORT, 'append-only: grants_payee'); END;
CREATE TRIGGER grants_payee_no_delete BEFORE DELETE ON grants_payee
BEGIN SELECT RAISE(ABORT, 'append-only: grants_payee'); END;
CREATE TRIGGER grants_payee_no_replace BEFORE INSERT ON grants_payee
WHEN NEW.same_as IS NULL OR EXISTS (SELECT 1 FROM grants_payee WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'append-only: grants_payee'); END;

-- What one fund is founded with needs no second person; every later rule is another's proposal.
CREATE TRIGGER grants_limit_by_two BEFORE INSERT ON grants_limit
WHEN NEW.chain IS NULL AND EXISTS (SELECT 1 FROM fund_audit WHERE action = 'fund.founded')
BEGIN SELECT RAISE(ABORT, 'grants:by-two'); END;
CREATE TRIGGER grants_allows_by_two BEFORE INSERT ON grants_allows
WHEN NEW.chain IS NULL AND EXISTS (SELECT 1 FROM fund_audit WHERE action = 'fund.founded')
BEGIN SELECT RAISE(ABORT, 'grants:by-two'); END;

-- Awarded is the newest version, as a whole, with one approval below the limit and two from it on; what the same payee
-- was awarded in the seven days before counts towards it.
CREATE TRIGGER grants_grant_approved BEFORE INSERT ON grants_grant
BEGIN
    SELECT RAISE(ABORT, 'grants:version')
    WHERE NEW.version <> (SELECT max(version) FROM grants_request_version WHERE chain = NEW.chain);

    SELECT RAISE(ABORT, 'grants:plan')
    FROM grants_request_version v
    WHERE v.chain = NEW.chain AND v.version = NEW.version
      AND (v.parts, v.amount_satang) IS NOT (SELECT count(*), sum(p.amount_satang) FROM grants_plan p
                                             WHERE p.chain = v.chain AND p.version = v.version);

    SELECT RAISE(ABORT, 'grants:approvals')
    WHERE (SELECT count(*) FROM duties_approval WHERE chain = NEW.chain AND version = NEW.version)
        < (SELECT CASE WHEN v.amount_satang + coalesce((
                           SELECT sum(w.amount_satang)
                           FROM grants_payee q CROSS JOIN grants_request_version w ON w.payee_id = q.id
                           CROSS JOIN grants_grant g ON g.chain = w.chain AND g.version = w.version
                           WHERE q.same_as = mine.same_as AND g.awarded_on > date(NEW.awarded_on, '-7 days')), 0)
                       < (SELECT l.amount_satang FROM grants_limit l WHERE l.since <= NEW.awarded_on
                          ORDER BY l.since DESC LIMIT 1)
                  THEN 1 ELSE 2 END
           FROM grants_request_version v JOIN grants_payee mine ON mine.id = v.payee_id
           WHERE v.chain = NEW.chain AND v.version = NEW.version);
END;

-- A fund pays for what it may be used for on that day.
CREATE TRIGGER grants_tranche_allowed BEFORE INSERT ON grants_tranche
WHEN (SELECT a.is_allowed FROM grants_allows a JOIN grants_grant g ON g.chain = NEW.chain
      WHERE a.fund = NEW.fund AND a.purpose = NEW.purpose AND a.scope = NEW.scope AND a.since <= g.awarded_on
      ORDER BY a.since DESC LIMIT 1) IS NOT 1
BEGIN SELECT RAISE(ABORT, 'grants:not-allowed'); END;
