"""Reading SQL text: what a statement is, without a server and without ever raising on what it cannot read."""
