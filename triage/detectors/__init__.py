"""Detectors judge and never look: each finds one problem in the evidence."""

from triage.detectors.autocommit_isolation import AutocommitIsolation
from triage.detectors.blocking_chain import BlockingChain
from triage.detectors.connection_churn import ConnectionChurn
from triage.detectors.connection_saturation import ConnectionSaturation
from triage.detectors.deadlock import Deadlock
from triage.detectors.detector import Detector
from triage.detectors.duplicate_query import DuplicateQuery
from triage.detectors.echo_enabled import EchoEnabled
from triage.detectors.idle_gap_in_transaction import IdleGapInTransaction
from triage.detectors.idle_in_transaction import IdleInTransaction
from triage.detectors.idle_in_transaction_aborted import IdleInTransactionAborted
from triage.detectors.long_query import LongQuery
from triage.detectors.long_transaction import LongTransaction
from triage.detectors.loop_lookup import LoopLookup
from triage.detectors.missing_timeouts import MissingTimeouts
from triage.detectors.n_plus_one import NPlusOne
from triage.detectors.no_pre_ping import NoPrePing
from triage.detectors.orphaned_connections import OrphanedConnections
from triage.detectors.pool_overcommit import PoolOvercommit
from triage.detectors.pool_timeout_setting import PoolTimeoutSetting
from triage.detectors.pool_unbounded import PoolUnbounded
from triage.detectors.prepared_transaction import PreparedTransaction
from triage.detectors.recycle_after_server_timeout import RecycleAfterServerTimeout
from triage.detectors.reset_on_return_disabled import ResetOnReturnDisabled
from triage.detectors.rolled_back_writes import RolledBackWrites
from triage.detectors.unfinished_transaction import UnfinishedTransaction
from triage.detectors.vacuum_holdback import VacuumHoldback
from triage.detectors.write_loop import WriteLoop

DETECTORS: tuple[type[Detector], ...] = (
    AutocommitIsolation,
    BlockingChain,
    ConnectionChurn,
    ConnectionSaturation,
    Deadlock,
    DuplicateQuery,
    EchoEnabled,
    IdleGapInTransaction,
    IdleInTransaction,
    IdleInTransactionAborted,
    LongQuery,
    LongTransaction,
    LoopLookup,
    MissingTimeouts,
    NPlusOne,
    NoPrePing,
    OrphanedConnections,
    PoolOvercommit,
    PoolTimeoutSetting,
    PoolUnbounded,
    PreparedTransaction,
    RecycleAfterServerTimeout,
    ResetOnReturnDisabled,
    RolledBackWrites,
    UnfinishedTransaction,
    VacuumHoldback,
    WriteLoop,
)
