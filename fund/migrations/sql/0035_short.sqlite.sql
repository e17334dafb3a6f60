-- Who had cash of a box in hand, and when for the last time: who counted it, who carried it.
CREATE VIEW cash_hand AS
SELECT c.box_id, t.counted_person AS person, coalesce(a.agreed_at, t.counted_at) AS until
FROM cash_tally t JOIN cash_count c ON c.id = t.count_id LEFT JOIN cash_counted a ON a.count_id = c.id
UNION ALL
SELECT p.box_id, d.carried_person, d.carried_at
FROM cash_deposit d JOIN cash_deposit_part p ON p.deposit_id = d.id;

CREATE TRIGGER bank_month_opened_wish BEFORE INSERT ON bank_month_opened
WHEN EXISTS (SELECT 1 FROM bank_month_withdrawn w WHERE w.asked_id = NEW.asked_id)
BEGIN SELECT RAISE(ABORT, 'the wish was withdrawn'); END;

CREATE TRIGGER cash_short_ask_hands BEFORE INSERT ON cash_short_ask
WHEN EXISTS (SELECT 1 FROM cash_hand h
             WHERE h.box_id = NEW.box_id AND h.person = NEW.asked_person AND h.until >= NEW.since)
BEGIN SELECT RAISE(ABORT, 'who had the cash in hand has no say in what is short'); END;

CREATE TRIGGER cash_short_answer_hands BEFORE INSERT ON cash_short_answer
WHEN EXISTS (SELECT 1 FROM cash_short_ask a JOIN cash_hand h ON h.box_id = a.box_id AND h.until >= a.since
             WHERE a.id = NEW.ask_id AND h.person = NEW.decided_person)
BEGIN SELECT RAISE(ABORT, 'who had the cash in hand has no say in what is short'); END;
