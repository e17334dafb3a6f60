-- A column that is added may look at the whole row. Names and free words do not fit: an action is `noun.verb_past`, a
-- subject has no letter of Thai, a reason is a code, and a network is an address cut short.
ALTER TABLE fund_audit ADD COLUMN person_id TEXT
    CHECK (action GLOB '[a-z]*.[a-z]*' AND action NOT GLOB '*[^a-z_.]*' AND action NOT GLOB '*.*.*')
    CHECK (length(subject) <= 200 AND subject NOT GLOB '*[^ -~]*');
ALTER TABLE fund_audit ADD COLUMN reason TEXT NOT NULL DEFAULT ''
    CHECK (length(reason) <= 40 AND reason NOT GLOB '*[^a-z_]*');
ALTER TABLE fund_audit ADD COLUMN came_from TEXT NOT NULL DEFAULT ''
    CHECK (length(came_from) <= 50 AND came_from NOT GLOB '*[^0-9a-f.:/]*');
