"""Read-only figures over the books: what came in, went out and is on hand, by fund and month."""
