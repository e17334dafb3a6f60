-- New kinds of matches and states of waiting lines.
ALTER TABLE public.bank_match
    DROP CONSTRAINT bank_match_kind_check,
    ADD CONSTRAINT bank_match_kind_check CHECK (kind IN (
        'pledge', 'campaign', 'unidentified', 'named', 'sent-back', 'returned', 'fee', 'interest', 'tax-withheld',
        'running-cost', 'refund-left', 'refund-came-back', 'transfer-left', 'transfer-arrived')),
    ADD COLUMN about text NOT NULL DEFAULT '';
CREATE INDEX bank_match_about ON public.bank_match (about) WHERE about <> '';
CREATE INDEX bank_match_entry_id ON public.bank_match (entry_id);

ALTER TABLE public.bank_inbox
    DROP CONSTRAINT bank_inbox_state_check,
    ADD CONSTRAINT bank_inbox_state_check CHECK (state IN ('new', 'waiting', 'refused', 'held', 'withdrawn')),
    ADD COLUMN attempt bigint NOT NULL DEFAULT 0;

-- A book that was opened before has the kinds of its time.
INSERT INTO public.ledger_kind (code, nature)
SELECT k.code, k.nature
FROM (VALUES ('refund', 'choice'), ('refund-left', 'fact'), ('refund-came-back', 'fact'), ('transfer-left', 'fact'),
             ('transfer-arrived', 'fact')) k (code, nature)
WHERE EXISTS (SELECT 1 FROM public.ledger_kind);
