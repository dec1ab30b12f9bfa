"""Small logs of MySQL, MariaDB and Percona Server, as each version writes them."""

BANNER = b"""/usr/sbin/mysqld, Version: 5.6.33-log ((Ubuntu)). started with:
Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock
Time                 Id Command    Argument
"""

GENERAL = b"""/usr/sbin/mysqld, Version: 8.4.0 (MySQL Community Server - GPL). started with:
Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock
Time                 Id Command    Argument
2026-01-31T15:00:00.000001Z\t    8 Connect\tshop@localhost on shop using TCP/IP
2026-01-31T15:00:00.000002Z\t    8 Query\tSELECT books.id
FROM books
WHERE 1 = books.author_id
2026-01-31T15:00:00.000003Z\t   12 Query\tCOMMIT
2026-01-31T15:00:01.000000Z\t    8 Prepare\tSELECT * FROM books WHERE id = ?
2026-01-31T15:00:01.000001Z\t    8 Execute\tSELECT * FROM books WHERE id = 7
2026-01-31T15:00:01.000002Z\t    8 Close stmt\t
2026-01-31T15:00:01.000003Z\t    8 Init DB\tshop
2026-01-31T15:00:01.000004Z\t    8 Quit\t
"""

GENERAL_OLD = (
    BANNER
    + b"""260131 15:00:00\t    3 Connect\tshop@localhost on shop
\t\t    3 Query\tSET autocommit=0
\t\t    4 Query\tSELECT 1
FROM dual
260131  9:00:01\t    3 Query\tSELECT 2
\t\t    3 Query\tPREPARE s FROM ...
\t\t    3 Prepare\tSELECT ?
\t\t    3 Query\tEXECUTE s USING @a
\t\t    3 Execute\tSELECT 5
"""
    + BANNER
    + b"""\t\t    4 Quit\t
260131  9:00:02\t    3 Statistics\t
\t\t    3 Quit\t
"""
)

SLOW = b"""# Time: 2026-01-31T15:00:00.300000Z
# User@Host: shop[shop] @ localhost [127.0.0.1]  Id:     8
# Query_time: 0.300241  Lock_time: 0.000002 Rows_sent: 1  Rows_examined: 1
use shop;
SET timestamp=1769871600;
SELECT books.id
FROM books
WHERE 1 = books.author_id;
# Time: 2026-01-31T15:00:01.000000Z
# User@Host: shop[shop] @ localhost [127.0.0.1]  Id:     9
# Query_time: 0.000041  Lock_time: 0.000000 Rows_sent: 0  Rows_examined: 0
SET timestamp=1769871601;
SELECT 'a;
# User@Host: nobody[nobody] @ localhost []  Id:     1
# Query_time: 9.0  Lock_time: 0 Rows_sent: 1  Rows_examined: 0
b';
# Time: 2026-01-31T15:00:02.000000Z
# User@Host: shop[shop] @ localhost [127.0.0.1]  Id:     8
# Query_time: 0.000007  Lock_time: 0.000000 Rows_sent: 0  Rows_examined: 0
SET timestamp=1769871602;
# administrator command: Quit;
"""

SLOW_MARIADB = (
    BANNER
    + b"""# Time: 260131 15:00:00
# User@Host: shop[shop] @ localhost [127.0.0.1]
# Thread_id: 6  Schema: shop  QC_hit: No
# Query_time: 2.300149  Lock_time: 0.000000  Rows_sent: 1  Rows_examined: 0
# Rows_affected: 0  Bytes_sent: 107
use `shop`;
SET timestamp=1769871598;
SELECT SLEEP(2.3);
# User@Host: shop[shop] @ localhost [127.0.0.1]
# Thread_id: 7  Schema:   QC_hit: No
# Query_time: 0.000059  Lock_time: 0.000000  Rows_sent: 1  Rows_examined: 0
# Rows_affected: 0  Bytes_sent: 93
#
# explain: id\tselect_type\ttable\ttype
# explain: 1\tSIMPLE\tNULL\tNULL
#
SET timestamp=1769871600;
SELECT VERSION();
"""
    + BANNER
    + b"""# User@Host: shop[shop] @ localhost [127.0.0.1]
# Thread_id: 6  Schema: shop  QC_hit: No
# Query_time: 0.000009  Lock_time: 0.000000  Rows_sent: 0  Rows_examined: 0
# Rows_affected: 0  Bytes_sent: 11
SET timestamp=1769871600;
COMMIT;
"""
)

SLOW_OLD = (
    BANNER
    + b"""# Time: 170130  6:59:51
# User@Host: root[root] @ localhost []  Id:     3
# Query_time: 15.000268  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 0
SET timestamp=1485759591;
select sleep(15);
# User@Host: root[root] @ localhost []  Id:     4
# Query_time: 0.000002  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 0
SET last_insert_id=5,insert_id=7,timestamp=1485759591;
insert into t values (null);
"""
)

SLOW_PERCONA = b"""# Time: 170130  6:59:51
# User@Host: root[root] @ localhost []
# Thread_id: 37  Schema:   Last_errno: 0  Killed: 0
# Query_time: 2.000268  Lock_time: 0.000000  Rows_sent: 1  Rows_examined: 0  Rows_affected: 0  Rows_read: 1
# Bytes_sent: 56  Tmp_tables: 0  Tmp_disk_tables: 0  Tmp_table_sizes: 0
# QC_Hit: No  Full_scan: No  Full_join: No  Tmp_table: No  Tmp_table_on_disk: No
# Log_slow_rate_type: query  Log_slow_rate_limit: 10
SET timestamp=1485759591;
SELECT 1;
"""

SLOW_PERCONA_8 = b"""# Time: 2026-01-31T15:00:00.300000Z
# User@Host: shop[shop] @ localhost []  Id:    10
# Schema: shop  Last_errno: 0  Killed: 0
# Query_time: 0.300041  Lock_time: 0.000004  Rows_sent: 1  Rows_examined: 1  Rows_affected: 0  Bytes_sent: 56
# InnoDB_trx_id: 0  QC_hit: No
#   InnoDB_IO_r_ops: 0  InnoDB_IO_r_bytes: 0
use shop;
SET timestamp=1769871600;
SELECT 1;
"""

STATUS = b"""
=====================================
2026-01-31 15:00:09 140000000000000 INNODB MONITOR OUTPUT
=====================================
------------------------
LATEST DETECTED DEADLOCK
------------------------
2026-01-31 15:00:00 140000000000001
*** (1) TRANSACTION:
TRANSACTION 1592, ACTIVE 0 sec starting index read
mysql tables in use 1, locked 1
LOCK WAIT 3 lock struct(s), heap size 1128, 2 row lock(s), undo log entries 1
MySQL thread id 23, OS thread handle 139730164827840, query id 112 localhost 127.0.0.1 shop updating
update books set stock = 1
where id = 1

*** (1) HOLDS THE LOCK(S):
RECORD LOCKS space id 2 page no 4 n bits 80 index PRIMARY of table `shop`.`books` trx id 1592 lock_mode X
Record lock, heap no 9 PHYSICAL RECORD: n_fields 4; compact format; info bits 0
 0: len 4; hex 80000002; asc     ;;

*** (1) WAITING FOR THIS LOCK TO BE GRANTED:
RECORD LOCKS space id 2 page no 4 n bits 80 index PRIMARY of table `shop`.`books` trx id 1592 lock_mode X waiting
Record lock, heap no 7 PHYSICAL RECORD: n_fields 4; compact format; info bits 0
 0: len 4; hex 80000001; asc     ;;

*** (2) TRANSACTION:
TRANSACTION 1591, ACTIVE 0 sec starting index read
mysql tables in use 1, locked 1
LOCK WAIT 3 lock struct(s), heap size 1128, 2 row lock(s)
MySQL thread id 22, OS thread handle 139730165884608, query id 113 localhost 127.0.0.1 shop updating
update books set stock = 2 where id = 2

*** (2) HOLDS THE LOCK(S):
RECORD LOCKS space id 2 page no 4 n bits 80 index PRIMARY of table `shop`.`books` trx id 1591 lock_mode X
Record lock, heap no 7 PHYSICAL RECORD: n_fields 4; compact format; info bits 0
 0: len 4; hex 80000001; asc     ;;

*** (2) WAITING FOR THIS LOCK TO BE GRANTED:
RECORD LOCKS space id 2 page no 4 n bits 80 index PRIMARY of table `shop`.`books` trx id 1591 lock_mode X waiting
Record lock, heap no 9 PHYSICAL RECORD: n_fields 4; compact format; info bits 0
 0: len 4; hex 80000002; asc     ;;

*** WE ROLL BACK TRANSACTION (2)
------------
TRANSACTIONS
------------
LIST OF TRANSACTIONS FOR EACH SESSION:
---TRANSACTION 375300600156144, not started
0 lock struct(s), heap size 1128, 0 row lock(s)
---TRANSACTION 1593, ACTIVE 7 sec
MySQL thread id 30, OS thread handle 139730165884609, query id 114 localhost 127.0.0.1 shop
update books set stock = 3 where id = 3
----------------------------
END OF INNODB MONITOR OUTPUT
============================
"""

STATUS_OLD = b"""=====================================
140121 16:30:00 INNODB MONITOR OUTPUT
=====================================
------------------------
LATEST DETECTED DEADLOCK
------------------------
140121 16:22:09
*** (1) TRANSACTION:
TRANSACTION 0 3793, ACTIVE 11 sec, process no 2913, OS thread id 140 starting index read
mysql tables in use 1, locked 1
LOCK WAIT 4 lock struct(s), heap size 368
MySQL thread id 5, query id 60 localhost root updating
DELETE FROM t WHERE i = 1
*** (1) WAITING FOR THIS LOCK TO BE GRANTED:
RECORD LOCKS space id 0 page no 307 n bits 72 index `i` of table `test`.`t` trx id 0 3793 lock_mode X waiting
*** (2) TRANSACTION:
TRANSACTION 0 3794, ACTIVE 26 sec, process no 2913, OS thread id 141 starting index read, thread declared inside InnoDB
MySQL thread id 6, query id 61 localhost root updating
DELETE FROM t WHERE i = 2
*** (2) HOLDS THE LOCK(S):
RECORD LOCKS space id 0 page no 307 n bits 72 index `i` of table `test`.`t` trx id 0 3794 lock mode S
*** (2) WAITING FOR THIS LOCK TO BE GRANTED:
RECORD LOCKS space id 0 page no 307 n bits 72 index `i` of table `test`.`t` trx id 0 3794 lock_mode X waiting
*** WE ROLL BACK TRANSACTION (1)
"""

ERRORS = b"""2026-01-31T14:00:00.000000Z 0 [System] [MY-010931] [Server] mysqld: ready for connections. Version: '9.7.4'
2026-01-31T15:00:00.000000Z 0 [Note] [MY-012468] [InnoDB] Transactions deadlock detected, dumping detailed information.
2026-01-31T15:00:00.000001Z 0 [Note] [MY-012469] [InnoDB]  *** (1) TRANSACTION:\x20
TRANSACTION 1581, ACTIVE 0 sec starting index read
mysql tables in use 1, locked 1
LOCK WAIT 3 lock struct(s), heap size 1128, 2 row lock(s), undo log entries 1
MySQL thread id 12, OS thread handle 139771481876160, query id 29 localhost 127.0.0.1 shop updating
update books set stock = 1
where id = 1
2026-01-31T15:00:00.000002Z 0 [Note] [MY-012469] [InnoDB]  *** (1) WAITING FOR THIS LOCK TO BE GRANTED:\x20
RECORD LOCKS space id 2 page no 4 n bits 72 index PRIMARY of table `shop`.`books` trx id 1581 lock_mode X waiting

2026-01-31T15:00:00.000003Z 0 [Note] [MY-012469] [InnoDB]  *** (2) TRANSACTION:\x20
TRANSACTION 1580, ACTIVE 0 sec starting index read
MySQL thread id 11, OS thread handle 139771482932928, query id 30 localhost 127.0.0.1 shop updating
update books set stock = 2 where id = 2
2026-01-31T15:00:00.000004Z 0 [Note] [MY-012469] [InnoDB]  *** (2) WAITING FOR THIS LOCK TO BE GRANTED:\x20
RECORD LOCKS space id 2 page no 4 n bits 72 index PRIMARY of table `shop`.`books` trx id 1580 lock_mode X waiting

2026-01-31T15:00:00.000005Z 0 [Note] [MY-012469] [InnoDB] *** WE ROLL BACK TRANSACTION (2)\x20
2026-01-31T15:00:01.000000Z 0 [Note] [MY-012468] [InnoDB] Transactions deadlock detected, dumping detailed information.
2026-01-31T15:00:02.000000Z 12 [Warning] [MY-010914] [Server] Aborted connection 12 to db: 'shop'
"""


def quiet(deadlocks: int) -> bytes:
    """What MySQL's default verbosity leaves of deadlocks: no headings, no time, no victim."""
    lines = [line for line in STATUS.splitlines(keepends=True) if not line.startswith((b"***", b"\n"))]
    begin = lines.index(b"TRANSACTION 1592, ACTIVE 0 sec starting index read\n")
    return b"".join(lines[begin : lines.index(b"TRANSACTIONS\n") - 1]) * deadlocks
