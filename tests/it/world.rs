//! What the other tests stand on.

use chrono::{Duration, Timelike};
use chuishao::{clock::ZONE, graphql::id::GlobalId};
use entity::{area, person};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use crate::support::{TestApp, global::global};

crate::tests! {
    both: [a_subtree_is_one_range_of_the_path, each_test_has_a_database_of_its_own, the_clock_stands_until_it_is_moved, the_server_answers],
    bare: [a_bare_database_is_migrated_and_empty],
    pure: [a_global_id_is_read_back],
}

async fn a_subtree_is_one_range_of_the_path(t: TestApp) {
    let mark = t.statements.count();
    let district = area::Entity::find_by_id(t.world().area_district).one(&t.app.db.read).await.expect("read").expect("the district");
    assert_eq!(district.path, "430000000000/431300000000/431302000000/");
    // '0' follows '/'
    let end = district.path.trim_end_matches('/').to_owned() + "0";
    let below = area::Entity::find().filter(area::Column::Path.gte(district.path)).filter(area::Column::Path.lt(end));
    assert_eq!(below.count(&t.app.db.read).await.expect("count"), 10);
    assert_eq!(t.statements.since(mark).len(), 2);
}

async fn each_test_has_a_database_of_its_own(t: TestApp) {
    let tx = t.app.db.begin().await.expect("begun");
    let renamed = person::Entity::update_many().col_expr(person::Column::Name, "某".into()).exec(&tx).await.expect("updated");
    assert_eq!(renamed.rows_affected, 23);
    tx.commit().await.expect("committed");
}

async fn the_clock_stands_until_it_is_moved(t: TestApp) {
    assert_eq!(t.now().with_timezone(&ZONE).hour(), 10);
    t.advance(Duration::hours(2));
    assert_eq!(t.now().with_timezone(&ZONE).hour(), 12);
}

async fn the_server_answers(t: TestApp) {
    let answer = t.gql(Some(&t.token(t.world().resident)), "{ __typename }", json!({})).await;
    assert!(answer.data()["__typename"].is_string());
    let mut socket = t.ws(None).await;
    let id = socket.subscribe("{ __typename }", json!({})).await;
    assert!(socket.next(&id).await["__typename"].is_string());
    assert_eq!(socket.next_message(&id).await["type"], "complete");
}

async fn a_bare_database_is_migrated_and_empty(t: TestApp) {
    assert_eq!(area::Entity::find().count(&t.app.db.read).await.expect("count"), 0);
}

fn a_global_id_is_read_back() {
    let id = crate::support::world::WORLD.xinyue;
    assert_eq!(GlobalId::parse(&global(id)), Some(id.into()));
}
