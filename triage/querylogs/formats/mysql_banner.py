"""The three lines that MySQL and MariaDB write whenever they open a log: at each start and after each FLUSH LOGS.

``mysqld, Version: … started with:``, ``Tcp port: …  Unix socket: …`` and the names of the general log's columns, which
stand in the slow log too. The second is the only one whose beginning can be told apart from SQL, so a banner is known
by it, one line ahead.
"""

_SECOND = rb"T(?:cp p|CP P)ort: "

BANNER = rb"(?:[^\n]*+\n)?%b[^\n]*+\n?+(?:Time[\t ]++Id Command[\t ]++Argument[^\n]*+\n?+)?" % _SECOND
"""A pattern for a banner."""
BANNER_AHEAD = rb"[^\n]*+\n%b" % _SECOND
"""A pattern that matches where the line begins a banner."""
