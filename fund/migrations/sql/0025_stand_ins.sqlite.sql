-- What was appointed before was for every side.
ALTER TABLE duties_stand_in ADD COLUMN sides TEXT NOT NULL
DEFAULT 'request approve prepare authorise reconcile receive value' CHECK (sides <> '');

-- Who stands in does so on the sides of the appointment, and on no other.
CREATE TRIGGER duties_participant_side_appointed BEFORE INSERT ON duties_participant
WHEN EXISTS (
    SELECT 1 FROM duties_stand_in
    WHERE id = NEW.stand_in_id AND ' ' || sides || ' ' NOT LIKE '% ' || NEW.side || ' %')
BEGIN SELECT RAISE(ABORT, 'duties:side'); END;
