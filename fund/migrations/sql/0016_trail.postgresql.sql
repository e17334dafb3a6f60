-- Names and free words do not fit: an action is `noun.verb_past`, a subject has no letter of Thai, a reason is a code,
-- and a network is an address cut short.
ALTER TABLE public.fund_audit
    ADD COLUMN person_id uuid,
    ADD COLUMN reason text NOT NULL DEFAULT '',
    ADD COLUMN came_from text NOT NULL DEFAULT '',
    ADD CONSTRAINT fund_audit_act CHECK (action ~ '^[a-z][a-z_]*\.[a-z][a-z_]*$'),
    ADD CONSTRAINT fund_audit_about CHECK (length(subject) <= 200 AND subject ~ '^[ -~]*$'),
    ADD CONSTRAINT fund_audit_why CHECK (reason ~ '^[a-z_]{0,40}$'),
    ADD CONSTRAINT fund_audit_whence CHECK (came_from ~ '^[0-9a-f.:/]{0,50}$');
