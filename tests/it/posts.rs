//! Persons 人员 and the posts they are given: by whom, for what, and what is left when they end.

use chrono::Duration;
use entity::*;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    client::Response,
    committees::{over, refused},
    global::global,
};

crate::tests! {
    both: [
        a_person_is_entered_and_given_posts_and_each_change_is_kept,
        each_post_is_given_by_those_who_may,
        a_unit_fits_the_role,
        no_post_is_given_for_a_unit_that_has_ended,
        nobody_gives_themselves_a_post,
        a_post_that_ends_takes_its_rights_with_it,
        the_same_post_is_held_once_at_a_time,
        a_stale_post_or_person_is_answered_as_it_stands,
        a_retry_gives_no_second_post,
        nobody_below_changes_an_officer_above,
        a_telephone_number_is_one_persons,
        a_telephone_number_has_one_form_however_it_is_written,
        telephone_numbers_from_before_get_that_form,
        a_sign_in_name_is_one_persons_and_given_by_administrators,
        a_sign_in_name_that_many_are_given_at_once_is_one_persons,
        who_was_posted_elsewhere_is_given_no_sign_in_name_here,
        who_will_be_posted_elsewhere_is_given_no_sign_in_name_here,
        persons_are_found_by_the_posts_of_a_day,
        those_who_serve_a_place_are_seen_in_it,
        managers_are_seen_where_their_firm_serves,
        what_was_said_of_a_post_is_erased_with_the_person,
        persons_with_their_posts_are_read_in_a_constant_number_of_statements,
    ],
}

const COMMUNITY: &str = "431302001009";
const PERSON: &str = "person { id name phone version area { code } }";
const POST: &str = "post { id role startsOn endsOn current version person { id } unit { id } complex { id } area { code } }";

async fn create(t: &TestApp, who: PersonId, with: Value) -> Response {
    t.change(Some(who), "createPerson", over(json!({ "area": COMMUNITY, "name": "新人甲" }), with), PERSON).await
}

/// Entered by the community.
async fn newcomer(t: &TestApp) -> Value {
    create(t, t.world().community, json!({})).await.done("createPerson")["person"]["id"].clone()
}

fn id_of(id: &Value) -> PersonId {
    let hex = id.as_str().and_then(|id| id.strip_prefix("person_")).expect("an id");
    PersonId(hex.parse().expect("a uuid"))
}

async fn assign(t: &TestApp, who: PersonId, person: &Value, role: &str, unit: &str, with: Value) -> Response {
    let input = over(json!({ "personId": person, "role": role, "unitId": unit }), with);
    t.change(Some(who), "assignPost", input, POST).await
}

async fn end(t: &TestApp, who: PersonId, post: &Value, with: Value) -> Response {
    t.change(Some(who), "endPost", over(json!({ "postId": post }), with), POST).await
}

async fn update(t: &TestApp, who: PersonId, person: &Value, with: Value) -> Response {
    t.change(Some(who), "updatePerson", over(json!({ "personId": person }), with), PERSON).await
}

async fn posts(t: &TestApp) -> u64 {
    post::Entity::find().count(&t.app.db.read).await.expect("counted")
}

async fn a_person_is_entered_and_given_posts_and_each_change_is_kept(t: TestApp) {
    let w = t.world();
    let made = create(&t, w.community, json!({ "phone": "13700000001" })).await.done("createPerson")["person"].clone();
    assert_eq!((&made["version"], &made["area"]["code"]), (&json!(1), &json!(COMMUNITY)));
    let person = &made["id"];
    // before any post: for those who oversee the area
    for (who, seen) in [(w.community, true), (w.district, true), (w.other_community, false), (w.resident, false), (w.firm, false)] {
        let node = t.ask_with(Some(who), "query($id: ID!) { node(id: $id) { id } }", json!({ "id": person })).await;
        assert_eq!(node.data()["node"].is_object(), seen);
    }
    let home = assign(&t, w.community, person, "RESIDENT", &global(w.xinyue), json!({})).await.done("assignPost")["post"].clone();
    assert_eq!((&home["startsOn"], &home["current"]), (&json!("2026-06-10"), &json!(true)));
    assert_eq!((&home["complex"]["id"], &home["unit"]), (&json!(global(w.xinyue)), &Value::Null));
    let with = json!({ "startsOn": "2026-06-01", "endsOn": "2026-12-31" });
    let duty = assign(&t, w.subdistrict, person, "GRID_WORKER", &global(w.grid1), with).await.done("assignPost")["post"].clone();
    assert_eq!((&duty["unit"]["id"], &duty["area"]["code"]), (&json!(global(w.grid1)), &json!("431302001009001")));
    t.advance(Duration::hours(1));
    let now = update(&t, w.community, person, json!({ "name": "新人乙", "phone": null })).await.done("updatePerson")["person"].clone();
    assert_eq!((&now["version"], &now["phone"]), (&json!(2), &Value::Null));
    let asked = "query($id: ID!) { node(id: $id) { ... on Person { name
        posts(orderBy: {field: STARTS_ON}) { nodes { role version changes { nodes { kind version actor { id } } } } }
        changes { nodes { kind fields { name from to hidden } } } } } }";
    let seen = t.ask_with(Some(w.district), asked, json!({ "id": person })).await.data()["node"].clone();
    assert_eq!(seen["name"], "新人乙", "whoever works here is named");
    let roles: Vec<&Value> = seen["posts"]["nodes"].as_array().expect("posts").iter().map(|post| &post["role"]).collect();
    assert_eq!(roles, ["GRID_WORKER", "RESIDENT"]);
    let given = &seen["posts"]["nodes"][0]["changes"]["nodes"][0];
    assert_eq!((&given["kind"], &given["actor"]["id"]), (&json!("CREATED"), &json!(global(w.subdistrict))));
    // that they were changed, not what they were
    let changed = &seen["changes"]["nodes"][0];
    assert_eq!(changed["kind"], "CHANGED");
    let hidden = |name: &str| json!({ "name": name, "from": null, "to": null, "hidden": true });
    assert_eq!(changed["fields"], json!([hidden("name"), hidden("phone")]));
    let found = t.ask(
        Some(w.community),
        "{ persons(filter: {text: \"新人乙\"}) { totalCount } old: persons(filter: {text: \"新人甲\"}) { totalCount } }",
    );
    assert_eq!(found.await.data(), &json!({ "persons": { "totalCount": 1 }, "old": { "totalCount": 0 } }));
}

async fn each_post_is_given_by_those_who_may(t: TestApp) {
    let w = t.world();
    let all = [
        w.resident,
        w.grid_worker,
        w.secretary,
        w.other_community,
        w.community,
        w.subdistrict,
        w.district,
        w.admin,
        w.department,
        w.firm,
        w.analyst,
        w.auditor,
    ];
    let area = global(w.area_community);
    for (role, unit, may) in [
        ("RESIDENT", global(w.xinyue), vec![w.community, w.subdistrict, w.district, w.admin]),
        ("GRID_WORKER", global(w.grid1), vec![w.community, w.subdistrict, w.district, w.admin]),
        ("BRANCH_SECRETARY", global(w.branch), vec![w.community, w.subdistrict, w.district, w.admin]),
        ("FIRM_MANAGER", global(w.firm_a), vec![w.district, w.admin]),
        ("COMMUNITY_OFFICER", area.clone(), vec![w.admin]),
        ("SUBDISTRICT_OFFICER", global(w.area_subdistrict), vec![w.admin]),
        ("DEPARTMENT_OFFICER", global(w.dep_urban), vec![w.admin]),
        ("DISTRICT_OFFICER", global(w.area_district), vec![w.admin]),
        ("ANALYST", global(w.area_district), vec![w.admin]),
        ("AUDITOR", area.clone(), vec![w.admin]),
        ("ADMINISTRATOR", area, vec![w.admin]),
    ] {
        for who in all {
            let person = newcomer(&t).await;
            let answer = assign(&t, who, &person, role, &unit, json!({})).await;
            if !may.contains(&who) {
                refused(&answer, "assignPost", "FORBIDDEN", &["unitId"]);
                continue;
            }
            let post = answer.done("assignPost")["post"]["id"].clone();
            // and by them it is ended
            for other in [w.grid_worker, w.other_community] {
                assert!(!end(&t, other, &post, json!({})).await.user_errors("endPost").is_empty());
            }
            end(&t, who, &post, json!({})).await.done("endPost");
        }
    }
    // an administrator elsewhere gives none here
    let elsewhere = t.administrator(w.area_dongguan).await;
    let person = newcomer(&t).await;
    let answer = assign(&t, elsewhere, &person, "ANALYST", &global(w.area_district), json!({})).await;
    refused(&answer, "assignPost", "FORBIDDEN", &["unitId"]);
    for who in [w.resident, w.grid_worker, w.firm, w.analyst] {
        refused(&create(&t, who, json!({})).await, "createPerson", "FORBIDDEN", &["area"]);
    }
    refused(&create(&t, w.community, json!({ "area": "431302000000" })).await, "createPerson", "FORBIDDEN", &["area"]);
}

async fn a_unit_fits_the_role(t: TestApp) {
    let w = t.world();
    let (person, before) = (newcomer(&t).await, posts(&t).await);
    for (role, unit, code) in [
        ("RESIDENT", global(w.grid1), "MISMATCH"),
        ("GRID_WORKER", global(w.xinyue), "MISMATCH"),
        ("GRID_WORKER", global(w.area_grid1), "MISMATCH"),
        ("COMMUNITY_OFFICER", global(w.area_subdistrict), "MISMATCH"),
        ("SUBDISTRICT_OFFICER", global(w.area_community), "MISMATCH"),
        ("DISTRICT_OFFICER", global(w.area_subdistrict), "MISMATCH"),
        ("DEPARTMENT_OFFICER", global(w.firm_a), "MISMATCH"),
        ("ADMINISTRATOR", global(w.firm_a), "MISMATCH"),
        ("RESIDENT", global(w.resident), "NOT_FOUND"),
        ("RESIDENT", global(ComplexId(w.grid1.0)), "NOT_FOUND"),
    ] {
        refused(&assign(&t, w.admin, &person, role, &unit, json!({})).await, "assignPost", code, &["unitId"]);
    }
    let hidden = json!(global(PersonId(w.grid1.0)));
    refused(&assign(&t, w.admin, &hidden, "RESIDENT", &global(w.xinyue), json!({})).await, "assignPost", "NOT_FOUND", &["personId"]);
    let days = json!({ "startsOn": "2026-06-10", "endsOn": "2026-06-09" });
    refused(&assign(&t, w.admin, &person, "RESIDENT", &global(w.xinyue), days).await, "assignPost", "MISMATCH", &["endsOn"]);
    assert_eq!(posts(&t).await, before);
}

async fn no_post_is_given_for_a_unit_that_has_ended(t: TestApp) {
    let w = t.world();
    let (person, before) = (newcomer(&t).await, posts(&t).await);
    for (role, unit, table) in [
        ("RESIDENT", global(w.xinyue), "complex"),
        ("GRID_WORKER", global(w.grid1), "grid"),
        ("BRANCH_SECRETARY", global(w.branch), "party_branch"),
        ("DEPARTMENT_OFFICER", global(w.dep_urban), "department"),
        ("COMMUNITY_OFFICER", global(w.area_community), "area"),
    ] {
        let only = if table == "area" { " WHERE code = '431302001009'" } else { "" };
        t.sql(&format!("UPDATE {table} SET ended_on = '2026-06-09'{only}")).await;
        refused(&assign(&t, w.admin, &person, role, &unit, json!({})).await, "assignPost", "INVALID_STATE", &["unitId"]);
    }
    assert_eq!(posts(&t).await, before);
}

async fn nobody_gives_themselves_a_post(t: TestApp) {
    let w = t.world();
    for (who, role, unit) in [
        (w.admin, "ADMINISTRATOR", global(w.area_subdistrict)),
        (w.district, "FIRM_MANAGER", global(w.firm_a)),
        (w.community, "RESIDENT", global(w.xinyue)),
    ] {
        refused(&assign(&t, who, &json!(global(who)), role, &unit, json!({})).await, "assignPost", "FORBIDDEN", &["personId"]);
    }
}

async fn a_post_that_ends_takes_its_rights_with_it(t: TestApp) {
    let w = t.world();
    let person = newcomer(&t).await;
    t.case(|_| {}).await;
    let token = t.token(id_of(&person));
    let sees = async || {
        let seen = t.gql(Some(&token), "{ viewer { roles } cases { totalCount } }", json!({})).await;
        (seen.data()["viewer"]["roles"].clone(), seen.data()["cases"]["totalCount"].clone())
    };
    assert_eq!(sees().await, (json!([]), json!(0)));
    let from = json!({ "startsOn": "2026-06-01" });
    let worker = (json!(["GRID_WORKER"]), json!(1));
    let post =
        assign(&t, w.community, &person, "GRID_WORKER", &global(w.grid1), from.clone()).await.done("assignPost")["post"]["id"].clone();
    assert_eq!(sees().await, worker, "the same token");
    let ended = end(&t, w.community, &post, json!({ "endsOn": "2026-06-09", "reason": "调离" })).await.done("endPost")["post"].clone();
    assert_eq!((&ended["endsOn"], &ended["current"], &ended["version"]), (&json!("2026-06-09"), &json!(false), &json!(2)));
    assert_eq!(sees().await, (json!([]), json!(0)), "at once");
    // without a day it is held until midnight
    let post = assign(&t, w.community, &person, "GRID_WORKER", &global(w.grid1), json!({})).await.done("assignPost")["post"]["id"].clone();
    end(&t, w.community, &post, json!({})).await.done("endPost");
    assert_eq!(sees().await, worker);
    t.advance(Duration::hours(14));
    assert_eq!(sees().await, (json!([]), json!(0)));
    refused(&end(&t, w.community, &post, json!({})).await, "endPost", "INVALID_STATE", &["postId"]);
    let told = "query($id: ID!) { node(id: $id) { ... on Person { posts(filter: {on: \"2026-06-05\"}) { nodes { changes(first: 1) { nodes { kind note } } } } } } }";
    let told = t.ask_with(Some(w.community), told, json!({ "id": person })).await.data()["node"]["posts"]["nodes"].clone();
    assert_eq!(told, json!([{ "changes": { "nodes": [{ "kind": "ENDED", "note": "调离" }] } }]));
}

async fn the_same_post_is_held_once_at_a_time(t: TestApp) {
    let w = t.world();
    let person = newcomer(&t).await;
    let give = async |unit: GridId, from: &str, to: Value| {
        let with = json!({ "startsOn": from, "endsOn": to });
        assign(&t, w.community, &person, "GRID_WORKER", &global(unit), with).await.user_errors("assignPost").join("")
    };
    assert_eq!(give(w.grid1, "2026-06-01", json!("2026-06-30")).await, "");
    assert_eq!(give(w.grid1, "2026-06-30", Value::Null).await, "ALREADY_EXISTS");
    assert_eq!(give(w.grid1, "2026-01-01", json!("2026-06-01")).await, "ALREADY_EXISTS");
    assert_eq!(give(w.grid2, "2026-06-01", Value::Null).await, "");
    assert_eq!(give(w.grid1, "2026-07-01", Value::Null).await, "");
    let answers = futures_util::future::join_all((0..6).map(|_| assign(&t, w.community, &person, "RESIDENT", "", json!({})))).await;
    assert!(answers.iter().all(|answer| answer.user_errors("assignPost") == ["NOT_FOUND"]));
    let unit = global(w.xinyue);
    let answers = futures_util::future::join_all((0..6).map(|_| assign(&t, w.community, &person, "RESIDENT", &unit, json!({})))).await;
    assert_eq!(answers.iter().filter(|answer| answer.user_errors("assignPost").is_empty()).count(), 1, "at once: one of them");
}

async fn a_stale_post_or_person_is_answered_as_it_stands(t: TestApp) {
    let w = t.world();
    let person = newcomer(&t).await;
    let post = assign(&t, w.community, &person, "GRID_WORKER", &global(w.grid1), json!({})).await.done("assignPost")["post"]["id"].clone();
    end(&t, w.community, &post, json!({ "endsOn": "2026-12-31", "expectedVersion": 1 })).await.done("endPost");
    let answer = end(&t, w.community, &post, json!({ "expectedVersion": 1 })).await;
    refused(&answer, "endPost", "CONFLICT", &["expectedVersion"]);
    assert_eq!(
        (&answer.data()["endPost"]["post"]["endsOn"], &answer.data()["endPost"]["post"]["version"]),
        (&json!("2026-12-31"), &json!(2))
    );
    refused(&end(&t, w.community, &post, json!({ "endsOn": "2027-01-01" })).await, "endPost", "OUT_OF_RANGE", &["endsOn"]);
    update(&t, w.community, &person, json!({ "name": "改名" })).await.done("updatePerson");
    let answer = update(&t, w.community, &person, json!({ "name": "又改", "expectedVersion": 1 })).await;
    refused(&answer, "updatePerson", "CONFLICT", &["expectedVersion"]);
    assert_eq!(answer.data()["updatePerson"]["person"]["version"], 2);
    // what is as it was leaves no trace
    assert_eq!(update(&t, w.community, &person, json!({ "name": "改名" })).await.done("updatePerson")["person"]["version"], 2);
}

async fn a_retry_gives_no_second_post(t: TestApp) {
    let w = t.world();
    let key = |key: &str| json!({ "idempotencyKey": key });
    let first = create(&t, w.community, key("一")).await.done("createPerson").clone();
    assert_eq!(create(&t, w.community, key("一")).await.done("createPerson"), &first);
    let person = &first["person"]["id"];
    let given = assign(&t, w.community, person, "GRID_WORKER", &global(w.grid1), key("二")).await.done("assignPost").clone();
    let before = posts(&t).await;
    assert_eq!(assign(&t, w.community, person, "GRID_WORKER", &global(w.grid1), key("二")).await.done("assignPost"), &given);
    refused(
        &assign(&t, w.community, person, "GRID_WORKER", &global(w.grid2), key("二")).await,
        "assignPost",
        "IDEMPOTENCY_KEY_REUSED",
        &["idempotencyKey"],
    );
    let post = &given["post"]["id"];
    let ended = end(&t, w.community, post, key("三")).await.done("endPost").clone();
    assert_eq!(end(&t, w.community, post, key("三")).await.done("endPost"), &ended);
    let with = json!({ "name": "改名", "idempotencyKey": "四" });
    let changed = update(&t, w.community, person, with.clone()).await.done("updatePerson").clone();
    assert_eq!(update(&t, w.community, person, with).await.done("updatePerson"), &changed);
    assert_eq!(posts(&t).await, before);
}

async fn nobody_below_changes_an_officer_above(t: TestApp) {
    let w = t.world();
    let person = newcomer(&t).await;
    assign(&t, w.admin, &person, "DISTRICT_OFFICER", &global(w.area_district), json!({})).await.done("assignPost");
    for who in [w.community, w.subdistrict] {
        refused(&update(&t, who, &person, json!({ "name": "改名" })).await, "updatePerson", "FORBIDDEN", &["personId"]);
    }
    update(&t, w.district, &person, json!({ "name": "改名" })).await.done("updatePerson");
    // whom the community does not see, there is not
    let far = json!(global(w.far_resident));
    refused(&update(&t, w.community, &far, json!({ "name": "改名" })).await, "updatePerson", "NOT_FOUND", &["personId"]);
    refused(
        &update(&t, w.resident, &json!(global(w.resident)), json!({ "name": "改名" })).await,
        "updatePerson",
        "FORBIDDEN",
        &["personId"],
    );
    // one of before, who was entered nowhere
    update(&t, w.community, &json!(global(w.resident)), json!({ "name": "居民新" })).await.done("updatePerson");
}

async fn a_telephone_number_is_one_persons(t: TestApp) {
    let w = t.world();
    create(&t, w.community, json!({ "phone": "13700000001" })).await.done("createPerson");
    refused(
        &create(&t, w.other_community, json!({ "area": "431302001010", "phone": "13700000001" })).await,
        "createPerson",
        "ALREADY_EXISTS",
        &["phone"],
    );
    refused(&create(&t, w.community, json!({ "phone": "电话" })).await, "createPerson", "INVALID_FORMAT", &["phone"]);
    refused(&create(&t, w.community, json!({ "name": "长".repeat(51) })).await, "createPerson", "TOO_LONG", &["name"]);
    let other = newcomer(&t).await;
    refused(&update(&t, w.community, &other, json!({ "phone": "13700000001" })).await, "updatePerson", "ALREADY_EXISTS", &["phone"]);
    update(&t, w.community, &other, json!({ "phone": "13700000002" })).await.done("updatePerson");
    // one's own again
    update(&t, w.community, &other, json!({ "phone": "13700000002", "name": "改名" })).await.done("updatePerson");
}

/// The name under which the person signs in.
async fn sign_in_of(t: &TestApp, person: &Value) -> Option<String> {
    person::Entity::find_by_id(id_of(person)).one(&t.app.db.read).await.expect("read").expect("a person").sign_in
}

async fn a_telephone_number_has_one_form_however_it_is_written(t: TestApp) {
    let w = t.world();
    let made = create(&t, w.community, json!({ "phone": "138-0013-8000" })).await.done("createPerson")["person"].clone();
    let kept = async |id: PersonId| person::Entity::find_by_id(id).one(&t.app.db.read).await.expect("read").expect("a person").phone;
    assert_eq!(kept(id_of(&made["id"])).await.as_deref(), Some("13800138000"));
    for phone in ["13800138000", "138 0013 8000", "+8613800138000", "+86 138-0013-8000", "008613800138000", "8613800138000"] {
        refused(&create(&t, w.community, json!({ "phone": phone })).await, "createPerson", "ALREADY_EXISTS", &["phone"]);
    }
    let other = newcomer(&t).await;
    for (phone, expected) in [("0738-8312345", "07388312345"), ("+852 2345 6789", "+85223456789"), ("12345", "12345")] {
        update(&t, w.community, &other, json!({ "phone": phone })).await.done("updatePerson");
        assert_eq!(kept(id_of(&other)).await.as_deref(), Some(expected));
    }
    for phone in ["1234", "138+00138000", "(0738)8312345", "- -", "+"] {
        refused(&update(&t, w.community, &other, json!({ "phone": phone })).await, "updatePerson", "INVALID_FORMAT", &["phone"]);
    }
}

async fn telephone_numbers_from_before_get_that_form(t: TestApp) {
    let migration = include_str!("../../migration/src/m0024_phones.rs");
    let sql = migration.split("r#\"").nth(1).and_then(|rest| rest.split("\"#").next()).expect("statements");
    for (before, after) in [
        ("138-0013-8000", "13800138000"),
        ("+86-138-0013-8000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("0738-8312345", "07388312345"),
        ("+8673885551234", "+8673885551234"),
        ("13800138000", "13800138000"),
    ] {
        t.sql(&format!("UPDATE person SET phone = '{before}' WHERE name = '居民甲'")).await;
        for statement in sql.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
            t.sql(statement).await;
        }
        let kept = person::Entity::find_by_id(t.world().resident).one(&t.app.db.read).await.expect("read").expect("the resident").phone;
        assert_eq!(kept.as_deref(), Some(after), "{before}");
        assert_eq!(chuishao::person::model::phone(before), kept, "{before}: as from now on");
    }
}

async fn a_sign_in_name_is_one_persons_and_given_by_administrators(t: TestApp) {
    let w = t.world();
    let named = |name: &str| json!({ "signIn": name });
    for who in [w.community, w.subdistrict, w.district] {
        refused(&create(&t, who, named("xinren")).await, "createPerson", "FORBIDDEN", &["signIn"]);
    }
    let one = create(&t, w.admin, named("xinren-1")).await.done("createPerson")["person"]["id"].clone();
    assert_eq!(sign_in_of(&t, &one).await.as_deref(), Some("xinren-1"));
    refused(&create(&t, w.admin, named("xinren-1")).await, "createPerson", "ALREADY_EXISTS", &["signIn"]);
    let long = "x".repeat(51);
    for bad in ["", "Xinren", "xin ren", "新人", &long] {
        refused(&create(&t, w.admin, named(bad)).await, "createPerson", "INVALID_FORMAT", &["signIn"]);
        refused(&update(&t, w.admin, &one, named(bad)).await, "updatePerson", "INVALID_FORMAT", &["signIn"]);
    }
    // nor does anybody else ask what it is by giving it
    for with in [named("xinren-1"), named("xinren-2"), json!({ "signIn": null })] {
        refused(&update(&t, w.community, &one, with).await, "updatePerson", "FORBIDDEN", &["signIn"]);
    }
    update(&t, w.community, &one, json!({ "name": "改名" })).await.done("updatePerson");
    assert_eq!(update(&t, w.admin, &one, named("xinren-1")).await.done("updatePerson")["person"]["version"], 2, "as it was");
    let stale = over(named("xinren-2"), json!({ "expectedVersion": 1 }));
    refused(&update(&t, w.admin, &one, stale).await, "updatePerson", "CONFLICT", &["expectedVersion"]);
    let other = newcomer(&t).await;
    refused(&update(&t, w.admin, &other, named("xinren-1")).await, "updatePerson", "ALREADY_EXISTS", &["signIn"]);
    assert_eq!(update(&t, w.admin, &one, json!({ "signIn": null })).await.done("updatePerson")["person"]["version"], 3);
    assert_eq!(sign_in_of(&t, &one).await, None);
    update(&t, w.admin, &other, named("xinren-1")).await.done("updatePerson");
    assert_eq!(sign_in_of(&t, &other).await.as_deref(), Some("xinren-1"));
    // that it was changed, not what it was
    let kept = record_change::Entity::find().all(&t.app.db.read).await.expect("read");
    let kept = format!("{kept:?}");
    assert!(kept.contains("sign_in") && !kept.contains("xinren"), "{kept}");
}

async fn a_sign_in_name_that_many_are_given_at_once_is_one_persons(t: TestApp) {
    let w = t.world();
    let mut people = Vec::new();
    for _ in 0..4 {
        people.push(newcomer(&t).await);
    }
    let codes = |answers: &[Response], name: &str| {
        let mut codes: Vec<String> = answers.iter().map(|answer| answer.user_errors(name).join("")).collect();
        codes.sort_unstable();
        codes
    };
    let expected = ["", "ALREADY_EXISTS", "ALREADY_EXISTS", "ALREADY_EXISTS"];
    let given = people.iter().map(|person| update(&t, w.admin, person, json!({ "signIn": "xinren-1" })));
    assert_eq!(codes(&futures_util::future::join_all(given).await, "updatePerson"), expected);
    // in different places, so that none waits for the area of another
    let places = ["431302001009", "431302001010", "431302002001", "431302001000"];
    let made = places.iter().map(|area| create(&t, w.admin, json!({ "area": area, "signIn": "xinren-2" })));
    assert_eq!(codes(&futures_util::future::join_all(made).await, "createPerson"), expected);
}

async fn who_was_posted_elsewhere_is_given_no_sign_in_name_here(t: TestApp) {
    let w = t.world();
    let holds = async |person: PersonId, role: PostRole, area: AreaId, ends_on| {
        let (id, starts_on) = (t.app.clock.new_id(), t.app.clock.today() - chrono::Days::new(9));
        t.insert([post::Model { id, person_id: person, role, unit_id: area.into(), area_id: area, starts_on, ends_on, version: 1 }]).await;
    };
    // who administers the one community and is an officer of the other
    holds(w.nobody, PostRole::Administrator, w.area_community, None).await;
    holds(w.nobody, PostRole::CommunityOfficer, w.area_other_community, None).await;
    let give = async |person: &Value| update(&t, w.nobody, person, json!({ "signIn": "xinren" })).await;
    let person = newcomer(&t).await;
    assign(&t, w.admin, &person, "GRID_WORKER", &global(w.other_grid), json!({})).await.done("assignPost");
    refused(&give(&person).await, "updatePerson", "FORBIDDEN", &["signIn"]);
    // who only ever served elsewhere is not known here, wherever they were entered
    let former = newcomer(&t).await;
    holds(id_of(&former), PostRole::CommunityOfficer, w.area_far_community, Some(t.app.clock.today() - chrono::Days::new(1))).await;
    refused(&give(&former).await, "updatePerson", "FORBIDDEN", &["signIn"]);
    update(&t, w.nobody, &former, json!({ "name": "改名" })).await.done("updatePerson");
    let free = newcomer(&t).await;
    give(&free).await.done("updatePerson");
    update(&t, w.admin, &former, json!({ "signIn": "xinren-2" })).await.done("updatePerson");
}

async fn who_will_be_posted_elsewhere_is_given_no_sign_in_name_here(t: TestApp) {
    let w = t.world();
    let admin = t.administrator(w.area_community).await;
    let give = async |who: PersonId, person: &Value, name: &str| update(&t, who, person, json!({ "signIn": name })).await;
    let (later, past) = (newcomer(&t).await, newcomer(&t).await);
    for person in [&later, &past] {
        // known here, too
        assign(&t, w.admin, person, "GRID_WORKER", &global(w.grid1), json!({})).await.done("assignPost");
    }
    let begins = json!({ "startsOn": "2026-07-01" });
    assign(&t, w.admin, &later, "GRID_WORKER", &global(w.other_grid), begins).await.done("assignPost");
    refused(&give(admin, &later, "xinren").await, "updatePerson", "FORBIDDEN", &["signIn"]);
    assert_eq!(sign_in_of(&t, &later).await, None);
    update(&t, admin, &later, json!({ "name": "改名" })).await.done("updatePerson");
    give(w.admin, &later, "xinren").await.done("updatePerson");
    // nor is one taken away there
    refused(&update(&t, admin, &later, json!({ "signIn": null })).await, "updatePerson", "FORBIDDEN", &["signIn"]);
    // a post elsewhere that has ended is no hindrance
    let ended = json!({ "startsOn": "2026-05-01", "endsOn": "2026-06-09" });
    assign(&t, w.admin, &past, "GRID_WORKER", &global(w.other_grid), ended).await.done("assignPost");
    give(admin, &past, "xinren-2").await.done("updatePerson");
}

async fn persons_are_found_by_the_posts_of_a_day(t: TestApp) {
    let w = t.world();
    let found = async |filter: &str| {
        let query = format!("{{ persons(filter: {filter}) {{ nodes {{ id }} }} }}");
        let answer = t.ask(Some(w.district), &query).await;
        let nodes = answer.data()["persons"]["nodes"].as_array().expect("nodes").clone();
        nodes.iter().map(|node| node["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    let grid = global(w.grid1);
    let unit = format!(r#"unitId: {{eq: "{grid}"}}"#);
    assert_eq!(found(&format!("{{{unit}}}")).await, [global(w.grid_worker)]);
    assert_eq!(found(&format!("{{{unit}, on: \"2026-06-09\"}}")).await, [global(w.grid_worker), global(w.former)]);
    assert_eq!(found(&format!("{{{unit}, on: \"2024-12-31\"}}")).await, Vec::<String>::new());
    assert_eq!(found(r#"{role: {eq: GRID_WORKER}, area: "431302001009001", on: "2026-06-09"}"#).await.len(), 2);
    let posts = format!(
        "{{ viewer {{ posts {{ id }} }} persons(filter: {{id: {{eq: \"{}\"}}}}) {{ nodes {{ posts(filter: {{{unit}, role: {{eq: GRID_WORKER}}, area: \"{COMMUNITY}\"}}) {{ totalCount }} }} }} }}",
        global(w.former)
    );
    assert_eq!(t.ask(Some(w.district), &posts).await.data()["persons"]["nodes"][0]["posts"]["totalCount"], 1);
}

async fn sees(t: &TestApp, who: PersonId, whom: PersonId) -> bool {
    let node = t.ask_with(Some(who), "query($id: ID!) { node(id: $id) { id } }", json!({ "id": global(whom) })).await;
    node.data()["node"].is_object()
}

async fn those_who_serve_a_place_are_seen_in_it(t: TestApp) {
    let w = t.world();
    for (who, whom, seen) in [
        // the grids of one's community, and the community of one's grid
        (w.resident, w.grid_worker, true),
        (w.secretary, w.grid_worker2, true),
        (w.grid_worker, w.community, true),
        (w.grid_worker, w.secretary, true),
        // not those next door, nor further up
        (w.grid_worker, w.grid_worker2, false),
        (w.far_resident, w.grid_worker, false),
        (w.grid_worker, w.other_community, false),
        (w.grid_worker, w.subdistrict, false),
        (w.department, w.grid_worker, false),
        (w.firm, w.grid_worker, false),
        // nor where somebody lives
        (w.grid_worker, w.resident, false),
    ] {
        assert_eq!(sees(&t, who, whom).await, seen, "{who:?} {whom:?}");
    }
    let query = "query($id: ID!) { node(id: $id) { ... on Grid { workers { person { id } } } } }";
    for (who, workers) in [(w.resident, json!([{ "person": { "id": global(w.grid_worker) } }])), (w.far_resident, json!([]))] {
        let grid = t.ask_with(Some(who), query, json!({ "id": global(w.grid1) })).await;
        assert_eq!(grid.data()["node"]["workers"], workers);
    }
}

async fn managers_are_seen_where_their_firm_serves(t: TestApp) {
    let w = t.world();
    for (who, whom, seen) in [
        (w.community, w.firm, true),
        (w.subdistrict, w.firm, true),
        (w.far_community, w.firm_b_manager, true),
        (w.far_subdistrict, w.firm, false),
        (w.resident, w.firm, false),
        (w.firm, w.firm_b_manager, false),
        // served the community until the end of 2024
        (w.community, w.firm_b_manager, false),
    ] {
        assert_eq!(sees(&t, who, whom).await, seen, "{who:?} {whom:?}");
    }
    t.sql("UPDATE firm_contract SET ends_on = '2026-06-10' WHERE ends_on IS NULL").await;
    assert!(sees(&t, w.community, w.firm).await, "on its last day");
    t.advance(Duration::days(1));
    assert!(!sees(&t, w.community, w.firm).await);
}

async fn what_was_said_of_a_post_is_erased_with_the_person(t: TestApp) {
    let w = t.world();
    let person = create(&t, w.community, json!({ "phone": "13700000001" })).await.done("createPerson")["person"]["id"].clone();
    let home = assign(&t, w.community, &person, "RESIDENT", &global(w.xinyue), json!({})).await.done("assignPost")["post"]["id"].clone();
    end(&t, w.community, &home, json!({ "reason": "新人甲搬到新苑" })).await.done("endPost");
    t.change(Some(w.admin), "erasePerson", json!({ "personId": person, "reason": "本人申请" }), "person { id }").await.done("erasePerson");
    let kept = record_change::Entity::find().all(&t.app.db.read).await.expect("read");
    assert!(!kept.is_empty());
    let kept = format!("{kept:?}");
    for said in ["新人甲", "13700000001", &w.xinyue.0.to_string()] {
        assert!(!kept.contains(said), "{said}: {kept}");
    }
    refused(&update(&t, w.admin, &person, json!({ "name": "又有" })).await, "updatePerson", "NOT_FOUND", &["personId"]);
}

async fn persons_with_their_posts_are_read_in_a_constant_number_of_statements(t: TestApp) {
    let w = t.world();
    let query = "{ persons(first: 200) { nodes { name version area { name } posts(first: 5) { nodes { role unit { name } changes(first: 3) { nodes { kind actor { name } } } } }
        changes(first: 3) { nodes { kind } } } } }";
    let mut counts = Vec::new();
    for _ in 0..2 {
        for _ in 0..3 {
            let person = newcomer(&t).await;
            assign(&t, w.community, &person, "GRID_WORKER", &global(w.grid1), json!({})).await.done("assignPost");
        }
        let mark = t.statements.count();
        t.ask(Some(w.district), query).await.data();
        counts.push(t.statements.since(mark).len());
    }
    assert_eq!(counts[0], counts[1]);
}
