"""Detectors judge and never look: each finds one problem in the evidence."""

from triage.detectors.autocommit_isolation import AutocommitIsolation
from triage.detectors.autoflush_error import AutoflushError
from triage.detectors.blocking_chain import BlockingChain
from triage.detectors.concurrent_session_use import ConcurrentSessionUse
from triage.detectors.connection_churn import ConnectionChurn
from triage.detectors.connection_saturation import ConnectionSaturation
from triage.detectors.deadlock import Deadlock
from triage.detectors.detached_instance import DetachedInstance
from triage.detectors.detector import Detector
from triage.detectors.duplicate_key import DuplicateKey
from triage.detectors.duplicate_query import DuplicateQuery
from triage.detectors.echo_enabled import EchoEnabled
from triage.detectors.garbage_collected_connection import GarbageCollectedConnection
from triage.detectors.idle_gap_in_transaction import IdleGapInTransaction
from triage.detectors.idle_in_transaction import IdleInTransaction
from triage.detectors.idle_in_transaction_aborted import IdleInTransactionAborted
from triage.detectors.idle_transaction_timeout import IdleTransactionTimeout
from triage.detectors.lock_timeout import LockTimeout
from triage.detectors.long_query import LongQuery
from triage.detectors.long_transaction import LongTransaction
from triage.detectors.loop_lookup import LoopLookup
from triage.detectors.missing_foreign_key import MissingForeignKey
from triage.detectors.missing_greenlet import MissingGreenlet
from triage.detectors.missing_table import MissingTable
from triage.detectors.missing_timeouts import MissingTimeouts
from triage.detectors.n_plus_one import NPlusOne
from triage.detectors.no_pre_ping import NoPrePing
from triage.detectors.orphaned_connections import OrphanedConnections
from triage.detectors.pending_rollback import PendingRollback
from triage.detectors.pool_overcommit import PoolOvercommit
from triage.detectors.pool_timeout import PoolTimeout
from triage.detectors.pool_timeout_setting import PoolTimeoutSetting
from triage.detectors.pool_unbounded import PoolUnbounded
from triage.detectors.prepared_transaction import PreparedTransaction
from triage.detectors.recycle_after_server_timeout import RecycleAfterServerTimeout
from triage.detectors.reset_on_return_disabled import ResetOnReturnDisabled
from triage.detectors.rolled_back_writes import RolledBackWrites
from triage.detectors.serialization_failure import SerializationFailure
from triage.detectors.stale_connection import StaleConnection
from triage.detectors.stale_data import StaleData
from triage.detectors.statement_timeout import StatementTimeout
from triage.detectors.too_many_connections import TooManyConnections
from triage.detectors.unfinished_transaction import UnfinishedTransaction
from triage.detectors.unknown_database_error import UnknownDatabaseError
from triage.detectors.vacuum_holdback import VacuumHoldback
from triage.detectors.write_loop import WriteLoop
from triage.detectors.wrong_result_count import WrongResultCount

DETECTORS: tuple[type[Detector], ...] = (
    AutocommitIsolation,
    AutoflushError,
    BlockingChain,
    ConcurrentSessionUse,
    ConnectionChurn,
    ConnectionSaturation,
    Deadlock,
    DetachedInstance,
    DuplicateKey,
    DuplicateQuery,
    EchoEnabled,
    GarbageCollectedConnection,
    IdleGapInTransaction,
    IdleInTransaction,
    IdleInTransactionAborted,
    IdleTransactionTimeout,
    LockTimeout,
    LongQuery,
    LongTransaction,
    LoopLookup,
    MissingForeignKey,
    MissingGreenlet,
    MissingTable,
    MissingTimeouts,
    NPlusOne,
    NoPrePing,
    OrphanedConnections,
    PendingRollback,
    PoolOvercommit,
    PoolTimeout,
    PoolTimeoutSetting,
    PoolUnbounded,
    PreparedTransaction,
    RecycleAfterServerTimeout,
    ResetOnReturnDisabled,
    RolledBackWrites,
    SerializationFailure,
    StaleConnection,
    StaleData,
    StatementTimeout,
    TooManyConnections,
    UnfinishedTransaction,
    UnknownDatabaseError,
    VacuumHoldback,
    WriteLoop,
    WrongResultCount,
)
