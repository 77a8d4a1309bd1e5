//! The SQL written by hand: copies of a case, and the escalation of all that is due in one transaction, without rules, rights or hashes of its own.

use chuishao::db::Db;
use entity::CaseId;
use sea_orm::ConnectionTrait;

/// What differs between the databases.
struct Dialect {
    /// An id from a number `n` and a table's digit.
    id: fn(&str, u8) -> String,
    series: fn(u32) -> String,
    postgres: bool,
}

impl Dialect {
    fn of(postgres: bool) -> Self {
        if postgres {
            return Self {
                id: |n, table| format!("('0000000{table}-0000-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid"),
                series: |count| format!("generate_series(1, {count}) AS s (n)"),
                postgres,
            };
        }
        Self {
            id: |n, table| format!("unhex(printf('0000000{table}000070008000%012x', {n}))"),
            series: |count| {
                format!("(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n FROM s) AS s")
            },
            postgres,
        }
    }

    fn literal(&self, id: CaseId) -> String {
        if self.postgres { format!("'{}'", id.0) } else { format!("X'{}'", id.0.simple()) }
    }
}

const CASE: &str = "category, matter_id, title, description, status, priority, channel, level, settled_level, handler_kind, handler_id, area_id,
    district_id, subdistrict_id, community_id, grid_id, complex_id, building_id, longitude, latitude, reporter_id, anonymous, respondent_kind,
    respondent_id, respondent_name, reopen_count, reported_at, updated_at, version, provenance, head, salt, due_at";
const WHISTLE: &str = "from_kind, from_id, raised_by, target_kind, target_id, lead, reason, status, raised_at, check_in_due_at, version";
const EVENT: &str =
    "seq, kind, at, actor_id, actor_role, from_status, to_status, note, previous, hash, salt, personal, file, whistles, covers";
const CLOCK: &str =
    "kind, level, policy_id, hours, allowed, warn_percent, started_at, due_at, warn_at, provisional, state, stopped_at, outcome,
    warned_at, overdue_at, next_at, segments";

/// Copies of a case, its whistle, its entry and its three clocks.
pub fn copies(postgres: bool, case: CaseId, count: u32) -> Vec<String> {
    let d = Dialect::of(postgres);
    let (case, series) = (d.literal(case), (d.series)(count));
    let (case_id, whistle_id, event_id) = ((d.id)("n", 1), (d.id)("n", 2), (d.id)("n", 3));
    let clock_id = (d.id)("n * 3 + k", 4);
    let number = if postgres { "'bench-' || lpad(n::text, 9, '0')" } else { "printf('bench-%09d', n)" };
    let timeout = if postgres { "SET LOCAL statement_timeout = 0" } else { "SELECT 1" };
    vec![
        timeout.into(),
        format!("INSERT INTO case_file (id, number, {CASE}) SELECT {case_id}, {number}, {CASE} FROM case_file, {series} WHERE id = {case}"),
        format!("INSERT INTO whistle (id, case_id, {WHISTLE}) SELECT {whistle_id}, {case_id}, {WHISTLE} FROM whistle, {series} WHERE case_id = {case}"),
        format!(
            "INSERT INTO case_event (id, case_id, whistle_id, {EVENT}) SELECT {event_id}, {case_id}, {whistle_id}, {EVENT}
             FROM case_event, {series} WHERE case_id = {case}"
        ),
        format!(
            "INSERT INTO case_clock (id, case_id, whistle_id, {CLOCK}) SELECT {clock_id}, {case_id}, CASE kind WHEN 'CHECK_IN' THEN {whistle_id} END, {CLOCK}
             FROM (SELECT c.*, CASE kind WHEN 'CASE' THEN 0 WHEN 'CHECK_IN' THEN 1 ELSE 2 END AS k FROM case_clock c WHERE case_id = {case}) AS c, {series}"
        ),
    ]
}

/// All that is due, in one transaction: the whistle, its successor, the case, two entries with their facts, two clocks ended and two begun.
pub async fn escalate(db: &Db) -> anyhow::Result<()> {
    let tx = db.begin().await?;
    for statement in statements(db.is_postgres()) {
        tx.execute_unprepared(&statement).await.map_err(|error| anyhow::anyhow!("{error}: {statement}"))?;
    }
    Ok(tx.commit().await?)
}

fn statements(postgres: bool) -> Vec<String> {
    let new_id = if postgres { "gen_random_uuid()" } else { "randomblob(16)" };
    let hash = if postgres { "encode(sha256(convert_to(c.id::text || c.version, 'UTF8')), 'hex')" } else { "lower(hex(randomblob(32)))" };
    let (now, later) = ("'2026-06-11 02:00:00+00:00'", "'2026-06-12 02:00:00+00:00'");
    let text = |column: &str| if postgres { format!("{column}::text") } else { format!("lower(hex({column}))") };
    let json = if postgres { "jsonb_build_object" } else { "json_object" };
    let fact = |seq: &str, kind: &str| {
        format!(
            "{json}('event_id', {}, 'case_id', {}, 'seq', {seq}, 'kind', '{kind}', 'at', {now}, 'from_status', NULL, 'to_status', NULL,
             'category', c.category, 'handler', c.handler_kind || {}, 'areas', {} || {} || {}, 'grid_id', {}, 'complex_id', {},
             'whistle', {json}('id', {}, 'from_status', 'RAISED', 'to_status', 'ESCALATED', 'target', {}), 'hash', due.hash)",
            text("due.entry"),
            text("c.id"),
            text("c.handler_id"),
            text("c.district_id"),
            text("c.subdistrict_id"),
            text("c.community_id"),
            text("c.grid_id"),
            text("c.complex_id"),
            text("due.whistle"),
            text("c.community_id"),
        )
    };
    let segment = |cause: &str| {
        format!(
            "{}('[{{\"cause\":\"{cause}\",\"running\":true,\"from\":\"2026-06-11T02:00:00Z\",\"until\":null,\"allowed\":25200,\"due_at\":\"2026-06-12T02:00:00Z\"}}]'{})",
            if postgres { "CAST" } else { "json" },
            if postgres { " AS jsonb" } else { "" }
        )
    };
    let events = "id, case_id, seq, kind, at, note, whistle_id, previous, hash, salt, personal, file, whistles";
    let event = |id: &str, seq: &str, kind: &str, whistle: &str| {
        format!(
            "INSERT INTO case_event ({events}) SELECT {id}, c.id, {seq}, '{kind}', {now}, '逾期未报到，自动升级', {whistle}, c.head, due.hash,
             substr(due.hash, 1, 32), due.hash, due.hash, '[{{\"digest\":\"' || due.hash || '\",\"id\":\"' || {} || '\"}}]' FROM due JOIN case_file c ON c.id = due.case_id",
            text(whistle)
        )
    };
    let append = |fact: String| {
        match postgres {
        true => format!("INSERT INTO outbox (fact) SELECT {fact}::text FROM due JOIN case_file c ON c.id = due.case_id"),
        false => format!(
            "INSERT INTO event_log (seq, at, fact, hash) SELECT (SELECT coalesce(max(seq), 0) FROM event_log) + row_number() OVER (), {now}, {fact}, randomblob(32)
             FROM due JOIN case_file c ON c.id = due.case_id"
        ),
    }
    };
    let clocks = "id, case_id, kind, whistle_id, level, policy_id, hours, allowed, warn_percent, started_at, due_at, warn_at, provisional, state, next_at, segments";
    let clock = |kind: &str, whistle: &str| {
        format!(
            "INSERT INTO case_clock ({clocks}) SELECT {new_id}, k.case_id, k.kind, {whistle}, 'COMMUNITY', k.policy_id, k.hours, k.allowed, k.warn_percent, {now}, {later},
             {later}, {}, 'RUNNING', {later}, {} FROM due JOIN case_clock k ON k.case_id = due.case_id AND k.kind = '{kind}'",
            if postgres { "false" } else { "0" },
            segment("STARTED")
        )
    };
    let entry_ids = if postgres {
        "gen_random_uuid() AS entry, gen_random_uuid() AS entry2"
    } else {
        "randomblob(16) AS entry, randomblob(16) AS entry2"
    };
    vec![
        if postgres { "SET LOCAL statement_timeout = 0; SET LOCAL max_parallel_workers_per_gather = 0".into() } else { "SELECT 1".to_owned() },
        format!(
            "CREATE TEMPORARY TABLE due AS SELECT w.id AS whistle, w.case_id, {new_id} AS successor, {entry_ids}, {hash} AS hash
             FROM case_clock k JOIN whistle w ON w.id = k.whistle_id JOIN case_file c ON c.id = w.case_id
             WHERE k.next_at <= {now} AND k.kind = 'CHECK_IN' AND w.status = 'RAISED'"
        ),
        if postgres { "ANALYZE due".into() } else { "CREATE INDEX due_case ON due (case_id)".into() },
        format!(
            "INSERT INTO whistle (id, case_id, from_kind, from_id, raised_by, target_kind, target_id, lead, reason, status, raised_at, check_in_due_at, version)
             SELECT due.successor, c.id, w.from_kind, w.from_id, NULL, 'COMMUNITY', c.community_id, w.lead, '逾期未报到，自动升级', 'RAISED', {now}, {later}, 1
             FROM due JOIN whistle w ON w.id = due.whistle JOIN case_file c ON c.id = due.case_id"
        ),
        "UPDATE whistle SET status = 'ESCALATED', escalated_to_id = due.successor, version = version + 1 FROM due WHERE whistle.id = due.whistle".into(),
        event("due.entry", "c.version + 1", "WHISTLE_ESCALATED", "due.whistle"),
        event("due.entry2", "c.version + 2", "WHISTLE_RAISED", "due.successor"),
        append(fact("c.version + 1", "WHISTLE_ESCALATED")),
        append(fact("c.version + 2", "WHISTLE_RAISED")),
        format!(
            "UPDATE case_file SET handler_kind = 'COMMUNITY', handler_id = community_id, level = 'COMMUNITY', version = version + 2, updated_at = {now}, head = due.hash
             FROM due WHERE case_file.id = due.case_id"
        ),
        clock("CHECK_IN", "due.successor"),
        format!(
            "UPDATE case_clock SET state = 'STOPPED', stopped_at = {now}, outcome = CASE kind WHEN 'CHECK_IN' THEN 'MISSED' ELSE 'MET' END, overdue_at = {now}, next_at = NULL,
             segments = {} FROM due WHERE case_clock.case_id = due.case_id AND (case_clock.whistle_id = due.whistle OR case_clock.kind = 'RESOLUTION')",
            segment("STARTED")
        ),
        clock("RESOLUTION", "NULL"),
        "DROP TABLE due".into(),
    ]
}
