//! How the databases go about a question: lists of one place do not read the areas of others, of which the country has 665,000.

use entity::{area, party_branch};
use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use serde_json::{Value, json};

use crate::support::TestApp;

crate::tests! {
    both: [lists_of_a_place_do_not_read_the_areas_of_others],
}

/// Beside the places of a test: so many that PostgreSQL would think half a per cent of them worth a walk through all.
const OTHERS: u32 = 200_000;

/// Communities of provinces that there are not, before and after the others by code, and between them by id.
async fn others(t: &TestApp) {
    let (series, id) = match t.app.db.is_postgres() {
        true => (format!("SELECT n FROM generate_series(1, {OTHERS}) s (n)"), "gen_random_uuid()"),
        false => (
            format!("WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {OTHERS}) SELECT n FROM s"),
            "randomblob(16)",
        ),
    };
    let code = "CAST(CASE WHEN n % 2 = 0 THEN 16 ELSE 90 END * 10000000000 + n * 1000 + 1 AS text)";
    let insert = format!(
        "INSERT INTO area (id, code, name, level, path)
         SELECT {id}, {code}, '虚村', 'COMMUNITY', substr({code}, 1, 2) || '0000000000/' || {code} || '/' FROM ({series}) AS others"
    );
    let tx = t.app.db.begin().await.expect("begun");
    tx.execute_unprepared(&insert).await.expect("inserted");
    tx.commit().await.expect("committed");
}

/// PostgreSQL does so by itself after a while, SQLite never.
async fn analyze(t: &TestApp) {
    if t.app.db.is_postgres() {
        t.app.db.read.execute_unprepared("ANALYZE").await.expect("counted");
    }
}

/// The lists that can be asked for by area.
async fn lists(t: &TestApp) -> Vec<String> {
    let document = r#"{ __type(name: "Query") { fields { name args { name type { inputFields { name } } } } } }"#;
    let answer = t.gql(Some(&t.token(t.world().admin)), document, Value::Null).await;
    let named = |of: &Value, name: &str| of.as_array().into_iter().flatten().find(|one| one["name"] == name).cloned();
    let by_area = |field: &&Value| {
        named(&field["args"], "first")
            .and(named(&field["args"], "filter"))
            .is_some_and(|filter| named(&filter["type"]["inputFields"], "area").is_some())
    };
    let fields = answer.data()["__type"]["fields"].as_array().expect("fields").clone();
    fields.iter().filter(by_area).map(|field| field["name"].as_str().expect("a name").to_owned()).collect()
}

/// Communities of elsewhere, each with a branch, set up after the places of a test. Merging branches with the areas of a place in the order of their
/// ids, PostgreSQL would find the next branch elsewhere, and look for one more area of the place up to the table's end.
async fn branches(t: &TestApp) {
    let db = &t.app.db.read;
    let area = area::Entity::find_by_id(t.world().area_far_community).one(db).await.expect("read").expect("an area");
    let branch = party_branch::Entity::find().one(db).await.expect("read").expect("a branch");
    let elsewhere: Vec<area::Model> = (0..500)
        .map(|n| {
            let code = format!("17{n:010}");
            area::Model { id: t.app.clock.new_id(), path: format!("170000000000/{code}/"), code, parent_id: None, ..area.clone() }
        })
        .collect();
    t.insert(elsewhere.clone()).await;
    t.insert(elsewhere.iter().map(|place| party_branch::Model { id: t.app.clock.new_id(), area_id: place.id, ..branch.clone() })).await;
}

async fn lists_of_a_place_do_not_read_the_areas_of_others(t: TestApp) {
    let lists = lists(&t).await;
    assert!(lists.len() > 20, "{lists:?}");
    others(&t).await;
    branches(&t).await;
    analyze(&t).await;
    let w = t.world();
    for who in [w.grid_worker, w.community, w.district, w.admin] {
        let token = t.token(who);
        for list in &lists {
            // what they see depends on areas, too
            for area in ["", r#"area: "431302000000""#, r#"area: "431302001009""#] {
                if list == "areas" && area.is_empty() {
                    continue;
                }
                let mark = t.statements.count();
                let document = format!("{{ {list}(first: 20, filter: {{{area}}}) {{ nodes {{ __typename }} }} }}");
                t.gql(Some(&token), &document, Value::Null).await.data();
                for statement in t.statements.with_values_since(mark) {
                    let (read, plan) = areas_read(&t, &statement).await;
                    assert!(read < 1000, "{document} reads {read} areas:\n{statement}\n{plan}");
                }
            }
        }
    }
}

/// How many areas the statement reads, and how. SQLite tells only whether it would read them all.
async fn areas_read(t: &TestApp, statement: &Statement) -> (u64, String) {
    let explain = if t.app.db.is_postgres() { "EXPLAIN (ANALYZE, FORMAT JSON)" } else { "EXPLAIN QUERY PLAN" };
    if !statement.sql.starts_with("SELECT") {
        return (0, String::new());
    }
    let sql = format!("{explain} {}", statement.sql);
    let explain = Statement { sql, ..statement.clone() };
    let rows = t.app.db.read.query_all_raw(explain).await.expect("a plan");
    if t.app.db.is_postgres() {
        let plan: Value = rows[0].try_get("", "QUERY PLAN").expect("a plan");
        return (read(&plan[0]["Plan"]), plan.to_string());
    }
    let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").expect("a step")).collect();
    let walks = plan.iter().any(|step| step == "SCAN area" || step.starts_with("SCAN area "));
    (if walks { u64::from(OTHERS) } else { 0 }, plan.join("\n"))
}

fn read(node: &Value) -> u64 {
    let figure = |name: &str| node[name].as_f64().unwrap_or(0.0);
    let own = match node["Relation Name"] == json!("area") {
        true => (figure("Actual Rows") + figure("Rows Removed by Filter")) * figure("Actual Loops"),
        false => 0.0,
    };
    own as u64 + node["Plans"].as_array().into_iter().flatten().map(read).sum::<u64>()
}
