-- A key that goes is on the list of erasures, whoever destroyed it; who was erased never gets a key again.
CREATE TRIGGER sealed_key_erased AFTER DELETE ON sealed_key
WHEN NOT EXISTS (SELECT 1 FROM rights_erasure WHERE subject = OLD.subject AND what = 'key')
BEGIN
    INSERT INTO rights_erasure (subject, what, erased_at)
    VALUES (OLD.subject, 'key', strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now'));
END;

CREATE TRIGGER sealed_key_not_erased BEFORE INSERT ON sealed_key
WHEN EXISTS (SELECT 1 FROM rights_erasure WHERE subject = NEW.subject AND what = 'key')
BEGIN SELECT RAISE(ABORT, 'rights:erased'); END;
