-- A count says what the books had at that moment; whoever counts is not shown it.
CREATE TRIGGER goods_count_true BEFORE INSERT ON goods_count
WHEN NOT EXISTS (SELECT 1 FROM goods_step s WHERE s.lot_id = NEW.lot_id AND s.place_id = NEW.place_id
                 AND s.number = NEW.number AND s.on_hand = NEW.on_hand)
BEGIN SELECT RAISE(ABORT, 'goods:count'); END;

-- What a step says beside its own arithmetic, which its constraints hold.
CREATE TRIGGER goods_step_true BEFORE INSERT ON goods_step
BEGIN
    SELECT RAISE(ABORT, 'goods:arrival')
    WHERE NEW.act = 'receive' AND NOT EXISTS (
        SELECT 1 FROM goods_lot l JOIN goods_arrival a ON a.id = l.id
        WHERE l.id = NEW.lot_id AND l.quantity = NEW.quantity AND l.entry_id = NEW.entry_id
          AND a.place_id = NEW.place_id AND NOT EXISTS (SELECT 1 FROM goods_step s WHERE s.lot_id = l.id));

    SELECT RAISE(ABORT, 'goods:entry')
    WHERE NEW.entry_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id JOIN goods_lot l ON l.id = NEW.lot_id
        WHERE e.id = NEW.entry_id AND e.booked_on = NEW.booked_on AND p.account = '1200'
          AND p.fund = l.fund AND p.amount_satang = NEW.hand * NEW.quantity * l.value_satang);

    SELECT RAISE(ABORT, 'goods:not awarded')
    WHERE NEW.act = 'reserve' AND NOT EXISTS (
        SELECT 1 FROM goods_request r JOIN goods_arrival a ON a.thing_id = r.thing_id AND a.size = r.size
        JOIN goods_request_step s ON s.chain = r.chain AND s.act = 'award'
        WHERE r.chain = NEW.request AND a.id = NEW.lot_id
          AND a.for_district IN ('', r.district) AND a.for_school IN ('', r.school));

    SELECT RAISE(ABORT, 'goods:beyond the award')
    WHERE NEW.act = 'reserve' AND NEW.quantity + (
        SELECT coalesce(sum(CASE s.act WHEN 'reserve' THEN s.quantity WHEN 'release' THEN -s.quantity ELSE 0 END), 0)
        FROM goods_step s WHERE s.request = NEW.request
    ) > (SELECT r.quantity FROM goods_request r WHERE r.chain = NEW.request);

    SELECT RAISE(ABORT, 'goods:beyond the issue')
    WHERE NEW.act = 'return' AND NEW.quantity + (
        SELECT coalesce(sum(s.quantity), 0) FROM goods_step s
        WHERE s.lot_id = NEW.lot_id AND s.of_place = NEW.of_place AND s.of_number = NEW.of_number
    ) > coalesce((SELECT i.quantity FROM goods_step i WHERE i.lot_id = NEW.lot_id AND i.place_id = NEW.of_place
                  AND i.number = NEW.of_number AND i.act = 'issue'), 0);
END;
