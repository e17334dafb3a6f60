-- Whoever declared a tie to a case asks for it at most: the other sides decide.
CREATE TRIGGER duties_participant_unbiased BEFORE INSERT ON duties_participant
WHEN NEW.side <> 'request' AND EXISTS (
    SELECT 1 FROM duties_conflict x JOIN duties_chain c ON c.case_code = x.case_code
    WHERE c.chain = NEW.chain AND x.person = NEW.person)
BEGIN SELECT RAISE(ABORT, 'duties:conflict'); END;

-- A stand-in whose time was ended stands in no more; and both of two approvals are not one person's, though through
-- somebody else: who stood in approves for both.
CREATE TRIGGER duties_participant_appointed BEFORE INSERT ON duties_participant
WHEN NEW.stand_in_id IS NOT NULL AND EXISTS (SELECT 1 FROM duties_stand_in_ended WHERE stand_in_id = NEW.stand_in_id)
BEGIN SELECT RAISE(ABORT, 'duties:stand-in'); END;

CREATE TRIGGER duties_approval_two_people BEFORE INSERT ON duties_approval
WHEN EXISTS (
    SELECT 1 FROM duties_approval a JOIN duties_participant p ON p.chain = a.chain
    WHERE a.chain = NEW.chain AND a.version = NEW.version
      AND ((p.person = a.person AND p.through = NEW.person) OR (p.person = NEW.person AND p.through = a.person)))
BEGIN SELECT RAISE(ABORT, 'duties:two-people'); END;
