"""Query logs: what ran, in which session and transaction, and what repeats there; read, never judged."""
