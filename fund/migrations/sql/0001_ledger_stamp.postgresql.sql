-- The stamp of everything written in one transaction. Transaction numbers only rise, and nothing below the oldest
-- one still running can commit any more: the order of stamps is an order that later readers can rely on.
-- The constant is raised when a dump is restored into a cluster whose transaction numbers start anew.
CREATE FUNCTION public.ledger_stamp() RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT pg_catalog.pg_current_xact_id()::text::bigint + 0 $$;
