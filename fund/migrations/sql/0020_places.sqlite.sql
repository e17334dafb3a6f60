-- A role for a school or an office names one that is here and open.
CREATE TRIGGER people_grant_place_known BEFORE INSERT ON people_grant
WHEN (NEW.scope LIKE 'school:%' OR NEW.scope LIKE 'office:%') AND NOT EXISTS (
    SELECT 1 FROM people_place p WHERE p.kind || ':' || p.code = NEW.scope AND p.is_open
      AND p.version = (SELECT max(version) FROM people_place n WHERE n.kind = p.kind AND n.code = p.code))
BEGIN SELECT RAISE(ABORT, 'people:place'); END;
