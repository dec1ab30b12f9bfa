"""What earlier runs found: kept in a database, and compared with what this run finds."""

from triage.history.comparing import Before, Compared, Past, compared
from triage.history.opening import existing, opened
from triage.history.store import Store, Told

__all__ = ["Before", "Compared", "Past", "Store", "Told", "compared", "existing", "opened"]
