"""Logs read by a Dask cluster: what is read where, and how its parts come back."""
