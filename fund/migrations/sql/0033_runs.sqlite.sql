-- A run has as many lines as it said when it was prepared, and none comes later.
CREATE TRIGGER grants_run_line_within BEFORE INSERT ON grants_run_line
WHEN NEW.position > (SELECT count FROM grants_run WHERE id = NEW.run_id)
  OR EXISTS (SELECT 1 FROM grants_run_authorised WHERE run_id = NEW.run_id)
BEGIN SELECT RAISE(ABORT, 'grants:run-frozen'); END;
CREATE TRIGGER grants_order_within BEFORE INSERT ON grants_order
WHEN EXISTS (SELECT 1 FROM grants_run_authorised WHERE run_id = NEW.run_id)
BEGIN SELECT RAISE(ABORT, 'grants:run-frozen'); END;

-- Authorised is what stands on its lines, to the satang, and every line by whoever authorises the run.
CREATE TRIGGER grants_run_authorised_whole BEFORE INSERT ON grants_run_authorised
BEGIN
    SELECT RAISE(ABORT, 'grants:run-lines')
    FROM grants_run r WHERE r.id = NEW.run_id
      AND (r.count, r.amount_satang) IS NOT (SELECT count(*), sum(l.amount_satang) FROM grants_run_line l
                                             WHERE l.run_id = r.id);
    SELECT RAISE(ABORT, 'grants:run-sum')
    WHERE (NEW.count, NEW.amount_satang) IS NOT (
        SELECT count(*), sum(l.amount_satang) FROM grants_order o
        JOIN grants_run_line l ON l.run_id = o.run_id AND l.position = o.position WHERE o.run_id = NEW.run_id);
    SELECT RAISE(ABORT, 'grants:run-person')
    FROM grants_order o JOIN grants_step s ON s.chain = o.chain AND s.number = o.number AND s.step = o.step
    WHERE o.run_id = NEW.run_id AND s.person IS NOT NEW.person;
END;
