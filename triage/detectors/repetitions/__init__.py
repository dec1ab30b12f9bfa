"""From repeated statements in query logs to what they are: lazy loads, lookups and writes in a loop."""
