"""Detectors judge and never look: each finds one problem in the evidence."""

from triage.detectors.autocommit_isolation import AutocommitIsolation
from triage.detectors.blocking_chain import BlockingChain
from triage.detectors.connection_churn import ConnectionChurn
from triage.detectors.connection_saturation import ConnectionSaturation
from triage.detectors.detector import Detector
from triage.detectors.echo_enabled import EchoEnabled
from triage.detectors.idle_in_transaction import IdleInTransaction
from triage.detectors.idle_in_transaction_aborted import IdleInTransactionAborted
from triage.detectors.long_query import LongQuery
from triage.detectors.long_transaction import LongTransaction
from triage.detectors.missing_timeouts import MissingTimeouts
from triage.detectors.no_pre_ping import NoPrePing
from triage.detectors.orphaned_connections import OrphanedConnections
from triage.detectors.pool_overcommit import PoolOvercommit
from triage.detectors.pool_timeout_setting import PoolTimeoutSetting
from triage.detectors.pool_unbounded import PoolUnbounded
from triage.detectors.prepared_transaction import PreparedTransaction
from triage.detectors.recycle_after_server_timeout import RecycleAfterServerTimeout
from triage.detectors.reset_on_return_disabled import ResetOnReturnDisabled
from triage.detectors.vacuum_holdback import VacuumHoldback

DETECTORS: tuple[type[Detector], ...] = (
    AutocommitIsolation,
    BlockingChain,
    ConnectionChurn,
    ConnectionSaturation,
    EchoEnabled,
    IdleInTransaction,
    IdleInTransactionAborted,
    LongQuery,
    LongTransaction,
    MissingTimeouts,
    NoPrePing,
    OrphanedConnections,
    PoolOvercommit,
    PoolTimeoutSetting,
    PoolUnbounded,
    PreparedTransaction,
    RecycleAfterServerTimeout,
    ResetOnReturnDisabled,
    VacuumHoldback,
)
