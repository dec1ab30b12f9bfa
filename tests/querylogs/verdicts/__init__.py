"""The verdict table: what applications do on real servers, and what a replay of their logs has to say of it."""
