-- Of a handover only what is to be done about it changes.
CREATE TRIGGER handing_handover_fixed BEFORE UPDATE OF
    chain, number, went, went_to, case_code, requester, side, payee_kind, went_on, due_on ON handing_handover
BEGIN SELECT RAISE(ABORT, 'handing:fixed'); END;
CREATE TRIGGER handing_handover_stays BEFORE DELETE ON handing_handover
BEGIN SELECT RAISE(ABORT, 'handing:fixed'); END;
CREATE TRIGGER handing_handover_once BEFORE INSERT ON handing_handover
WHEN EXISTS (SELECT 1 FROM handing_handover
             WHERE (chain, number, went) = (NEW.chain, NEW.number, NEW.went))
BEGIN SELECT RAISE(ABORT, 'handing:fixed'); END;

-- Nobody who asked for the money says that it arrived after all, or that its evidence is good; nor who is tied.
CREATE TRIGGER handing_step_unbiased BEFORE INSERT ON handing_step
WHEN NEW.act IN ('again', 'settle') AND (
    EXISTS (SELECT 1 FROM duties_participant p
            WHERE p.chain = NEW.chain AND p.side = 'request' AND p.person = NEW.person)
    OR EXISTS (SELECT 1 FROM duties_conflict x JOIN duties_chain c ON c.case_code = x.case_code
               WHERE c.chain = NEW.chain AND x.person = NEW.person))
BEGIN SELECT RAISE(ABORT, 'handing:own'); END;
CREATE TRIGGER handing_verdict_unbiased BEFORE INSERT ON handing_verdict
WHEN EXISTS (
    SELECT 1 FROM handing_evidence e JOIN duties_participant p ON p.chain = e.chain
    WHERE e.id = NEW.evidence_id AND p.side = 'request' AND p.person = NEW.person)
  OR EXISTS (
    SELECT 1 FROM handing_evidence e JOIN duties_chain c ON c.chain = e.chain
    JOIN duties_conflict x ON x.case_code = c.case_code WHERE e.id = NEW.evidence_id AND x.person = NEW.person)
BEGIN SELECT RAISE(ABORT, 'handing:own'); END;
