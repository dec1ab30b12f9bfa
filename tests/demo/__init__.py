"""What runs and looks at the runbooks' apps."""
