"""The runbooks: their form, their blocks, and what their apps show on real servers."""
