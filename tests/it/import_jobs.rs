//! Tables that administrators send: jobs that are carried out whole or not at all, by whoever comes first, within the area of whoever sent them.

use std::sync::Arc;

use chrono::Duration;
use chuishao::{
    db::DbErr,
    firm::import as firms,
    sheet::{self, Refused},
};
use entity::*;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::{TestApp, client::Response, global::global, upload::form, world::day};

crate::tests! {
    both: [
        a_table_is_taken_in_and_how_far_it_is_is_told,
        every_bad_line_is_told_and_nothing_is_taken_in,
        the_same_table_again_changes_nothing,
        what_a_table_changes_is_told_with_who_sent_it,
        lines_that_lie_elsewhere_are_refused,
        nobody_renames_the_area_that_they_administer_by_a_table,
        no_table_sets_anything_up_in_an_area_that_has_ended,
        who_administers_a_province_imports_everything,
        only_administrators_import,
        a_retry_is_answered_with_the_same_job,
        a_job_whose_holder_died_is_begun_anew,
        what_cannot_be_settled_is_not_taken_in,
        what_fails_three_times_has_failed,
        whose_server_died_three_times_is_told_so,
        who_administers_nothing_any_more_imports_nothing,
        nobody_imports_a_post_of_their_own,
        persons_elsewhere_are_not_changed_by_import,
        who_was_entered_elsewhere_is_given_no_sign_in_name_by_import,
        jobs_are_seen_by_who_started_them_and_by_administrators,
        a_request_with_files_must_be_in_form,
        a_file_may_not_be_too_large,
        jobs_and_their_problems_are_listed_in_a_constant_number_of_statements,
    ],
    pure: [columns_and_templates_are_told],
}

const COMPLEXES: &[u8] = "所在区划代码,小区名称,类型\n431302001009,新苑,商品房\n431302001009,新月苑,商品房\n".as_bytes();

async fn send(t: &TestApp, who: PersonId, kind: &str, table: &[u8]) -> String {
    let answer = t.upload(Some(who), json!({ "kind": kind }), "表.csv", table).await;
    answer.done("startImport")["importJob"]["id"].as_str().expect("an id").to_owned()
}

const ALL: &str = "status linesRead linesTotal created changed unchanged startedAt finishedAt fileName startedBy { id } area { code }
    problems(first: 200) { totalCount nodes { line column message } }";

async fn look(t: &TestApp, who: PersonId, id: &str) -> Value {
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on ImportJob {{ {ALL} }} }} }}");
    t.ask_with(Some(who), &query, json!({ "id": id })).await.data()["node"].clone()
}

/// Sends a table and has it carried out.
async fn taken(t: &TestApp, who: PersonId, kind: &str, table: &str) -> Value {
    let id = send(t, who, kind, table.as_bytes()).await;
    t.import_all().await;
    look(t, who, &id).await
}

fn lines(job: &Value) -> Vec<(u64, Option<&str>)> {
    let problems = job["problems"]["nodes"].as_array().expect("problems");
    problems.iter().map(|one| (one["line"].as_u64().expect("a line"), one["column"].as_str())).collect()
}

async fn complexes(t: &TestApp) -> u64 {
    complex::Entity::find().count(&t.app.db.read).await.expect("counted")
}

async fn a_table_is_taken_in_and_how_far_it_is_is_told(t: TestApp) {
    let admin = t.world().admin;
    let id = send(&t, admin, "COMPLEXES", COMPLEXES).await;
    let mut ws = t.ws(Some(&t.token(admin))).await;
    let progress = "subscription($id: ID!) { importProgress(jobId: $id) { status linesRead linesTotal created unchanged } }";
    let stream = ws.subscribe(progress, json!({ "id": id })).await;
    assert_eq!(ws.next(&stream).await["importProgress"]["status"], "QUEUED");
    t.import_all().await;
    let mut last = ws.next(&stream).await;
    while last["importProgress"]["status"] == "RUNNING" {
        last = ws.next(&stream).await;
    }
    let expected = json!({ "status": "DONE", "linesRead": 2, "linesTotal": 2, "created": 1, "unchanged": 1 });
    assert_eq!(last["importProgress"], expected);
    assert_eq!(ws.next_message(&stream).await["type"], "complete");
    let job = look(&t, admin, &id).await;
    assert_eq!((&job["changed"], &job["fileName"], &job["area"]["code"]), (&json!(0), &json!("表.csv"), &json!("431302000000")));
    assert!(job["startedAt"].is_string() && job["finishedAt"].is_string() && job["startedBy"]["id"] == global(admin));
    let found = t.ask(None, "{ complexes(filter: {name: {eq: \"新苑\"}}) { totalCount } }").await;
    assert_eq!(found.data()["complexes"]["totalCount"], 1);
    // what was sent is not kept, and who comes late is told how it ended
    assert_eq!(import_file::Entity::find().count(&t.app.db.read).await.expect("counted"), 0);
    let late = ws.subscribe(progress, json!({ "id": id })).await;
    assert_eq!(ws.next(&late).await["importProgress"], expected);
    assert_eq!(ws.next_message(&late).await["type"], "complete");
}

async fn every_bad_line_is_told_and_nothing_is_taken_in(t: TestApp) {
    let (admin, before) = (t.world().admin, complexes(&t).await);
    let table = "所在区划代码,小区名称,类型,户数\n431302001009,好,商品房,1\n431302001009,甲,豪宅,\n43,乙,商品房,\n431302001009,丙,商品房,很多\n431302000000,丁,商品房,\n";
    let job = taken(&t, admin, "COMPLEXES", table).await;
    assert_eq!((&job["status"], &job["created"]), (&json!("REFUSED"), &Value::Null));
    assert_eq!(lines(&job), [(3, Some("类型")), (4, Some("所在区划代码")), (5, Some("户数")), (6, Some("所在区划代码"))]);
    assert_eq!(job["problems"]["nodes"][2]["message"], "应为不小于 0 的整数");
    assert_eq!(complexes(&t).await, before);
    let query = r#"{ importJobs { nodes { problems(first: 1, filter: {column: {eq: "类型"}}) { totalCount nodes { message } } } } }"#;
    let request = t.http().post(t.url("/graphql")).bearer_auth(t.token(admin)).header("Accept-Language", "en");
    let english = Response::of(request.json(&json!({ "query": query })).send().await.expect("an answer")).await;
    let problems = &english.data()["importJobs"]["nodes"][0]["problems"];
    assert_eq!(problems["totalCount"], 1);
    assert!(problems["nodes"][0]["message"].as_str().expect("a message").starts_with("Expected one of 商品房"));
    // no table at all
    let job = taken(&t, admin, "FIRMS", "\n").await;
    assert_eq!((&job["status"], lines(&job)), (&json!("REFUSED"), vec![(1, None)]));
}

async fn the_same_table_again_changes_nothing(t: TestApp) {
    let admin = t.world().admin;
    let table = "区县代码,企业名称\n431302000000,新物业\n431302000000,老物业\n";
    assert_eq!(taken(&t, admin, "FIRMS", table).await["created"], 2);
    let again = taken(&t, admin, "FIRMS", table).await;
    assert_eq!((&again["created"], &again["changed"], &again["unchanged"]), (&json!(0), &json!(0), &json!(2)));
}

async fn what_a_table_changes_is_told_with_who_sent_it(t: TestApp) {
    let admin = t.world().admin;
    let table = "所在区划代码,小区名称,类型,户数\n431302001009,新苑,商品房,100\n431302001009,新月苑,商品房,777\n";
    assert_eq!(taken(&t, admin, "COMPLEXES", table).await["changed"], 1);
    let buildings = "所在区划代码,小区名称,序号,楼栋名称,网格代码\n431302001009,新月苑,1,改名的栋,\n";
    assert_eq!(taken(&t, admin, "BUILDINGS", buildings).await["changed"], 1);
    let query = "{ recordChanges { nodes { recordKind recordId kind version actor { id } area { code } fields { name to } } } }";
    let answer = t.ask(Some(admin), query).await;
    let changes = answer.data()["recordChanges"]["nodes"].as_array().expect("changes").clone();
    let told: Vec<_> = changes.iter().map(|change| (&change["recordKind"], &change["version"], &change["fields"])).collect();
    assert_eq!(
        told,
        [
            (&json!("BUILDING"), &json!(2), &json!([{ "name": "name", "to": "改名的栋" }])),
            (&json!("COMPLEX"), &json!(2), &json!([{ "name": "households", "to": "777" }])),
        ]
    );
    for change in changes {
        assert_eq!(
            (&change["kind"], &change["actor"]["id"], &change["area"]["code"]),
            (&json!("CHANGED"), &json!(global(admin)), &json!("431302001009"))
        );
    }
}

/// An administrator of the community next door to 431302001009.
async fn neighbour(t: &TestApp) -> PersonId {
    t.administrator(t.world().area_other_community).await
}

async fn lines_that_lie_elsewhere_are_refused(t: TestApp) {
    let w = t.world();
    let before = (complexes(&t).await, area::Entity::find().count(&t.app.db.read).await.expect("counted"));
    let far = area::Entity::find_by_id(w.area_far_community).one(&t.app.db.read).await.expect("read").expect("an area").code;
    let dongguan = area::Entity::find_by_id(w.area_dongguan_community).one(&t.app.db.read).await.expect("read").expect("an area").code;
    let place = Some("所在区划代码");
    let wide = |code: &str| code.chars().filter_map(|digit| char::from_u32(u32::from(digit) + 0xfee0)).collect::<String>();
    for (who, kind, table, expected) in [
        (w.admin, "COMPLEXES", format!("area_code,name,kind\n{far},甲,OLD\n{dongguan},乙,OLD\n"), vec![(3, place)]),
        (neighbour(&t).await, "COMPLEXES", format!("area_code,name,kind\n{far},甲,OLD\n431302001009,乙,OLD\n"), vec![(2, place), (3, place)]),
        (w.admin, "COMPLEXES", format!("area_code,name,kind\n{},甲,OLD\n", wide(&dongguan)), vec![(2, place)]),
        (w.admin, "GRIDS", format!("code,name\n{dongguan}001,甲\n{dongguan}001001,乙\n431302001009077,丙\n"), vec![(2, Some("网格代码"))]),
        (
            w.admin,
            "AREAS",
            "code,name,level,parent_code\n990000000000,新省,省级,\n990100000000,新市,地级,990000000000\n431302001055,新社区,村级,431302001000\n".into(),
            vec![(2, Some("代码"))],
        ),
        (w.admin, "AREAS", format!("code,name,level,parent_code\n{dongguan},改名,村级,431302001000\n"), vec![(2, Some("代码"))]),
        (
            neighbour(&t).await,
            "FIRMS",
            "district_code,name\n431302000000,外人物业\n".into(),
            vec![(2, Some("区县代码"))],
        ),
        (
            neighbour(&t).await,
            "CONTRACTS",
            "district_code,firm,area_code,complex,starts_on\n431302000000,甲物业,431302001009,新月苑,2030-01-01\n".into(),
            vec![(2, place)],
        ),
        (
            neighbour(&t).await,
            "BUILDINGS",
            "area_code,complex,number,name\n431302001009,新月苑,9,9栋\n".into(),
            vec![(2, place)],
        ),
        (
            neighbour(&t).await,
            "DWELLINGS",
            "area_code,complex,building,number\n431302001009,新月苑,1栋,101\n".into(),
            vec![(2, place)],
        ),
        (
            neighbour(&t).await,
            "BRANCHES",
            "area_code,name,kind\n431302001009,外人党支部,社区党支部\n".into(),
            vec![(2, place)],
        ),
        (
            neighbour(&t).await,
            "DEPARTMENTS",
            "district_code,name\n431302000000,外人局\n".into(),
            vec![(2, Some("区县代码"))],
        ),
        (
            neighbour(&t).await,
            "MATTERS",
            "district_code,code,name,category\n431302000000,X-1,外人事项,物业服务\n".into(),
            vec![(2, Some("区县代码"))],
        ),
        (
            neighbour(&t).await,
            "PERSONS",
            "name,role,area_code,starts_on\n新官,系统管理员,431302000000,2026-01-01\n".into(),
            vec![(2, Some("区划代码"))],
        ),
        (
            neighbour(&t).await,
            "COMMITTEES",
            "area_code,complex,kind,committee,elected_on,ends_on,name\n431302001009,新月苑,APPRAISAL,评议会,2026-01-10,2028-01-09,居民甲\n".into(),
            vec![(2, place)],
        ),
        (
            neighbour(&t).await,
            "MEMBERS",
            "area_code,branch,name,starts_on\n431302001009,新月苑党支部,社区甲,2025-03-01\n".into(),
            vec![(2, place)],
        ),
        (
            neighbour(&t).await,
            "DOUBLE_REPORTS",
            "kind,name,area_code,starts_on\nUNIT,外人单位,431302001009,2026-01-01\n".into(),
            vec![(2, place)],
        ),
    ] {
        let job = taken(&t, who, kind, &table).await;
        assert_eq!(job["status"], "REFUSED", "{kind}: {job}");
        let not_yours: Vec<_> = lines(&job).into_iter().zip(job["problems"]["nodes"].as_array().expect("problems")).collect();
        let not_yours: Vec<_> = not_yours.into_iter().filter(|(_, one)| one["message"] == "该区划不在您的管理范围内").collect();
        assert_eq!(not_yours.into_iter().map(|(line, _)| line).collect::<Vec<_>>(), expected, "{kind}: {job}");
    }
    assert_eq!((complexes(&t).await, area::Entity::find().count(&t.app.db.read).await.expect("counted")), before);
    // and what is theirs is taken in: a new community, and what lies below a line of the table
    let areas = "code,name,level,parent_code\n431302001055,新社区,村级,431302001000\n";
    assert_eq!(taken(&t, w.admin, "AREAS", areas).await["created"], 1);
    assert_eq!(taken(&t, w.admin, "GRIDS", "code,name\n431302001055001,甲\n431302001055001001,乙\n").await["created"], 2);
    assert_eq!(taken(&t, w.admin, "DEPARTMENTS", "district_code,name\n431302000000,某某局\n").await["created"], 1);
}

async fn nobody_renames_the_area_that_they_administer_by_a_table(t: TestApp) {
    let own = area::Entity::find_by_id(t.world().area_other_community).one(&t.app.db.read).await.expect("read").expect("an area");
    let table = |name: &str| format!("code,name,level,parent_code\n{},{name},村级,431302001000\n", own.code);
    let neighbour = neighbour(&t).await;
    let job = taken(&t, neighbour, "AREAS", &table("改名社区")).await;
    assert_eq!((&job["status"], lines(&job)), (&json!("REFUSED"), vec![(2, Some("代码"))]), "{job}");
    assert_eq!(job["problems"]["nodes"][0]["message"], "区划更名由其上级的管理员办理");
    // what is known may be said, and whoever administers what is above renames it
    assert_eq!(taken(&t, neighbour, "AREAS", &table(&own.name)).await["unchanged"], 1);
    assert_eq!(taken(&t, t.world().admin, "AREAS", &table("改名社区")).await["changed"], 1);
}

async fn no_table_sets_anything_up_in_an_area_that_has_ended(t: TestApp) {
    let admin = t.world().admin;
    let areas = "code,name,level,parent_code\n431302001055,新社区,村级,431302001000\n";
    assert_eq!(taken(&t, admin, "AREAS", areas).await["created"], 1);
    let end = json!({ "areaCode": "431302001055", "reason": "已无居民" });
    t.change(Some(admin), "endArea", end, "").await.done("endArea");
    for (kind, name) in [("COMPLEXES", "新苑,OLD"), ("BRANCHES", "新社区党委,社区党委")] {
        let job = taken(&t, admin, kind, &format!("area_code,name,kind\n431302001055,{name}\n")).await;
        assert_eq!((&job["status"], lines(&job)), (&json!("REFUSED"), vec![(2, Some("所在区划代码"))]), "{kind}: {job}");
        assert_eq!(job["problems"]["nodes"][0]["message"], "该区划已撤销，或其上级已撤销", "{kind}");
    }
}

async fn who_administers_a_province_imports_everything(t: TestApp) {
    let province = area::Entity::find().all(&t.app.db.read).await.expect("read").into_iter().find(|area| area.level == AreaLevel::Province);
    let admin = t.administrator(province.expect("a province").id).await;
    let table = "code,name,level,parent_code\n990000000000,新省,省级,\n990100000000,新市,地级,990000000000\n";
    let job = taken(&t, admin, "AREAS", table).await;
    assert_eq!((&job["status"], &job["created"]), (&json!("DONE"), &json!(2)), "{job}");
}

async fn only_administrators_import(t: TestApp) {
    let w = t.world();
    let input = || json!({ "kind": "COMPLEXES" });
    for who in [w.resident, w.grid_worker, w.community, w.district, w.firm, w.analyst, w.auditor, w.nobody] {
        t.upload(Some(who), input(), "a.csv", COMPLEXES).await.assert_refused("startImport", "FORBIDDEN");
    }
    let visitor = t.upload(None, input(), "a.csv", COMPLEXES).await;
    assert_eq!(visitor.status, 401);
    visitor.assert_code("UNAUTHENTICATED");
    let empty = t.upload(Some(w.admin), input(), "a.csv", b"").await;
    empty.assert_refused("startImport", "REQUIRED");
    // a mark that was made up finds no file
    let made_up = t.change(Some(w.admin), "startImport", json!({ "kind": "AREAS", "file": "#file:0" }), "importJob { id }").await;
    made_up.assert_refused("startImport", "REQUIRED");
    assert_eq!(made_up.data()["startImport"]["userErrors"][0]["path"], json!(["input", "file"]));
    assert_eq!(import_job::Entity::find().count(&t.app.db.read).await.expect("counted"), 0);
}

async fn a_retry_is_answered_with_the_same_job(t: TestApp) {
    let admin = t.world().admin;
    let input = json!({ "kind": "COMPLEXES", "idempotencyKey": "一" });
    let first = t.upload(Some(admin), input.clone(), "a.csv", COMPLEXES).await.done("startImport").clone();
    assert_eq!(t.upload(Some(admin), input.clone(), "a.csv", COMPLEXES).await.done("startImport"), &first);
    let other = t.upload(Some(admin), input, "a.csv", b"another").await;
    other.assert_refused("startImport", "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(import_job::Entity::find().count(&t.app.db.read).await.expect("counted"), 1);
}

async fn job_row(t: &TestApp) -> import_job::Model {
    import_job::Entity::find().one(&t.app.db.read).await.expect("read").expect("a job")
}

async fn put_job(t: &TestApp, job: import_job::Model) {
    let tx = t.app.db.begin().await.expect("begun");
    job.into_active_model().reset_all().update(&tx).await.expect("saved");
    tx.commit().await.expect("committed");
}

async fn a_job_whose_holder_died_is_begun_anew(t: TestApp) {
    let admin = t.world().admin;
    let id = send(&t, admin, "COMPLEXES", COMPLEXES).await;
    let dead = import_job::Model {
        status: ImportStatus::Running,
        attempts: 1,
        lines_read: 1,
        leased_by: Some(t.app.clock.new_id()),
        lease_until: Some(t.now() + Duration::seconds(60)),
        ..job_row(&t).await
    };
    put_job(&t, dead).await;
    t.import_all().await;
    assert_eq!(look(&t, admin, &id).await["status"], "RUNNING", "it is held");
    t.advance(Duration::seconds(60));
    // by another instance
    let other = t.instance(false).await;
    chuishao::import::service::work(&other).await.expect("worked");
    let job = look(&t, admin, &id).await;
    assert_eq!((&job["status"], &job["created"], &job["unchanged"]), (&json!("DONE"), &json!(1), &json!(1)));
    other.db.close().await;
}

async fn what_cannot_be_settled_is_not_taken_in(t: TestApp) {
    let before = property_firm::Entity::find().count(&t.app.db.read).await.expect("counted");
    let table = "区县代码,企业名称\n431302000000,新物业\n";
    let lines = || sheet::read(table.as_bytes(), firms::COLUMNS, firms::read).expect("a table");
    // as where somebody else has the lease by now
    let last: sheet::Last = Arc::new(|_, tally| {
        Box::pin(async move {
            assert_eq!(tally.added, 1);
            Err(DbErr::Custom("another holds it".into()))
        })
    });
    let refused = sheet::with_last(last, firms::import(&t.app, lines(), &mut |_, _| ())).await;
    assert!(matches!(refused, Err(Refused::Db(_))));
    assert_eq!(property_firm::Entity::find().count(&t.app.db.read).await.expect("counted"), before);
}

async fn what_fails_three_times_has_failed(t: TestApp) {
    let admin = t.world().admin;
    let id = send(&t, admin, "BUILDINGS", "area_code,complex,number,name\n431302001009,新月苑,9,9栋\n".as_bytes()).await;
    t.sql("ALTER TABLE building RENAME TO gone").await;
    for attempt in 1..=3 {
        t.import_all().await;
        assert_eq!(job_row(&t).await.attempts, attempt);
        let status = look(&t, admin, &id).await["status"].clone();
        assert_eq!(status, if attempt < 3 { "QUEUED" } else { "FAILED" });
        t.import_all().await;
        assert_eq!(job_row(&t).await.attempts, attempt, "not before five seconds have passed");
        t.advance(Duration::seconds(5));
    }
    t.import_all().await;
    let job = look(&t, admin, &id).await;
    assert_eq!((&job["status"], lines(&job)), (&json!("FAILED"), vec![(1, None)]));
    assert!(job["finishedAt"].is_string());
    // whoever runs the server finds it by this
    let said = job["problems"]["nodes"][0]["message"].as_str().expect("a message").to_owned();
    assert!(said.contains(&job_row(&t).await.id.0.to_string()), "{said}");
}

async fn whose_server_died_three_times_is_told_so(t: TestApp) {
    let admin = t.world().admin;
    let id = send(&t, admin, "COMPLEXES", COMPLEXES).await;
    let dead = import_job::Model { status: ImportStatus::Running, attempts: 3, ..job_row(&t).await };
    put_job(&t, dead).await;
    t.import_all().await;
    let job = look(&t, admin, &id).await;
    assert_eq!((&job["status"], lines(&job)), (&json!("FAILED"), vec![(1, None)]), "{job}");
}

async fn who_administers_nothing_any_more_imports_nothing(t: TestApp) {
    let w = t.world();
    let admin = t.administrator(w.area_district).await;
    let id = send(&t, admin, "COMPLEXES", COMPLEXES).await;
    let before = complexes(&t).await;
    let post = post::Entity::find().all(&t.app.db.read).await.expect("read").into_iter().find(|post| post.person_id == admin);
    let tx = t.app.db.begin().await.expect("begun");
    let mut post = post.expect("a post").into_active_model();
    post.ends_on = Set(Some(day(2026, 6, 9)));
    post.update(&tx).await.expect("saved");
    tx.commit().await.expect("committed");
    t.import_all().await;
    let job = look(&t, w.admin, &id).await;
    assert_eq!((&job["status"], lines(&job)), (&json!("REFUSED"), vec![(1, None)]));
    assert_eq!(complexes(&t).await, before);
}

const PERSONS: &str = "姓名,手机,岗位,区划代码,单位名称,起任日期\n";

async fn phone(t: &TestApp, person: PersonId) -> (String, String) {
    let row = person::Entity::find_by_id(person).one(&t.app.db.read).await.expect("read").expect("a person");
    (row.name, row.phone.expect("a phone"))
}

async fn nobody_imports_a_post_of_their_own(t: TestApp) {
    let admin = t.world().admin;
    let (name, phone) = phone(&t, admin).await;
    let table =
        format!("{PERSONS}{name},{phone},区指挥中心工作人员,431302000000,,2026-01-01\n别人,13700000001,分析员,431302000000,,2026-01-01\n");
    let job = taken(&t, admin, "PERSONS", &table).await;
    assert_eq!((&job["status"], lines(&job)), (&json!("REFUSED"), vec![(2, Some("姓名"))]), "{job}");
    let roles = t.ask(Some(admin), "{ viewer { roles } }").await;
    assert_eq!(roles.data()["viewer"]["roles"], json!(["ADMINISTRATOR"]));
}

async fn persons_elsewhere_are_not_changed_by_import(t: TestApp) {
    let w = t.world();
    let neighbour = neighbour(&t).await;
    let (name, phone) = phone(&t, w.resident).await;
    let table = |name: &str| format!("{PERSONS}{name},{phone},网格员,431302001009001,,2026-01-01\n");
    let other = grid::Entity::find_by_id(w.other_grid).one(&t.app.db.read).await.expect("read").expect("a grid").area_id;
    let other = area::Entity::find_by_id(other).one(&t.app.db.read).await.expect("read").expect("an area").code;
    let there = |name: &str| table(name).replace("431302001009001", &other);
    let job = taken(&t, neighbour, "PERSONS", &there("改名")).await;
    assert_eq!((&job["status"], lines(&job)), (&json!("REFUSED"), vec![(2, Some("姓名"))]), "{job}");
    assert_eq!(self::phone(&t, w.resident).await.0, name);
    // a post beside those elsewhere is no change of the person
    let job = taken(&t, neighbour, "PERSONS", &there(&name)).await;
    assert_eq!((&job["status"], &job["created"]), (&json!("DONE"), &json!(1)), "{job}");
    // known here by now, but under a sign-in name they would do what they are posted for elsewhere
    let named =
        "姓名,手机,登录名,岗位,区划代码,单位名称,起任日期\n".to_owned() + &format!("{name},{phone},jumin-1,网格员,{other},,2026-01-01\n");
    let job = taken(&t, neighbour, "PERSONS", &named).await;
    assert_eq!((&job["status"], lines(&job)), (&json!("REFUSED"), vec![(2, Some("登录名"))]), "{job}");
    let job = taken(&t, w.admin, "PERSONS", &named).await;
    assert_eq!(job["status"], "DONE", "{job}");
}

async fn who_was_entered_elsewhere_is_given_no_sign_in_name_by_import(t: TestApp) {
    let w = t.world();
    let neighbour = neighbour(&t).await;
    let entered = json!({ "area": "431302001009", "name": "新录入", "phone": "13700000009" });
    t.change(Some(w.community), "createPerson", entered, "").await.done("createPerson");
    let table = |sign_in: &str| {
        format!("姓名,手机,登录名,岗位,区划代码,单位名称,起任日期\n新录入,13700000009,{sign_in},社区工作人员,431302001010,,2026-01-01\n")
    };
    // who has no post yet may be given one there, and would serve under the name
    let job = taken(&t, neighbour, "PERSONS", &table("xinren-1")).await;
    assert_eq!((&job["status"], lines(&job)), (&json!("REFUSED"), vec![(2, Some("姓名"))]), "{job}");
    let job = taken(&t, neighbour, "PERSONS", &table("")).await;
    assert_eq!((&job["status"], &job["created"]), (&json!("DONE"), &json!(1)), "{job}");
    let job = taken(&t, neighbour, "PERSONS", &table("xinren-1")).await;
    assert_eq!((&job["status"], lines(&job)), (&json!("REFUSED"), vec![(2, Some("登录名"))]), "{job}");
    let job = taken(&t, w.admin, "PERSONS", &table("xinren-1")).await;
    assert_eq!(job["status"], "DONE", "{job}");
}

async fn jobs_are_seen_by_who_started_them_and_by_administrators(t: TestApp) {
    let w = t.world();
    let neighbour = neighbour(&t).await;
    let id = send(&t, neighbour, "COMPLEXES", COMPLEXES).await;
    for who in [neighbour, w.admin] {
        assert_eq!(look(&t, who, &id).await["status"], "QUEUED");
    }
    let elsewhere = t.administrator(w.area_dongguan).await;
    for who in [elsewhere, w.district, w.auditor, w.resident] {
        assert_eq!(look(&t, who, &id).await, Value::Null);
        let listed = t.ask(Some(who), "{ importJobs { totalCount } }").await;
        assert_eq!(listed.data()["importJobs"]["totalCount"], 0);
        let mut ws = t.ws(Some(&t.token(who))).await;
        let stream = ws.subscribe("subscription($id: ID!) { importProgress(jobId: $id) { id } }", json!({ "id": id })).await;
        let refused = ws.next_message(&stream).await;
        assert_eq!(refused["payload"]["errors"][0]["message"], "不存在，或无权查看", "{refused}");
    }
}

async fn a_request_with_files_must_be_in_form(t: TestApp) {
    let admin = Some(t.world().admin);
    let operations =
        json!({ "query": "mutation($file: Upload!) { startImport(input: {kind: AREAS, file: $file}) { userErrors { code } } }",
        "variables": { "file": null } })
        .to_string();
    let operations = ("operations", None, operations.as_bytes());
    let (map, file): ((&str, Option<&str>, &[u8]), _) = (("map", None, br#"{"0": ["variables.file"]}"#), ("0", Some("a.csv"), &b"x"[..]));
    t.post_form(admin, form(&[operations, map, file])).await.done("startImport");
    for parts in [
        vec![],
        vec![map, file],
        vec![operations, file],
        vec![operations, map],
        // the files come last, and each has its place
        vec![file, operations, map],
        vec![operations, map, file, ("1", Some("b.csv"), b"x")],
        vec![operations, ("map", None, br#"{"0": ["variables.other"]}"#), file],
        vec![operations, ("map", None, br#"{"0": ["query"]}"#), file],
        vec![operations, ("map", None, br#"{"0": ["variables.file", "variables.file"]}"#), file],
        vec![("operations", None, b"[]"), map, file],
    ] {
        let answer = t.post_form(admin, form(&parts)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, Some("BAD_USER_INPUT")), "{:#}", answer.json);
    }
    let cut = form(&[operations, map, file]);
    let answer = t.post_form(admin, cut[..cut.len() - 12].to_vec()).await;
    assert_eq!(answer.status.as_u16(), 400);
}

async fn a_file_may_not_be_too_large(t: TestApp) {
    let w = t.world();
    let two = vec![b'x'; 2 * 1024 * 1024];
    let answer = t.upload(Some(w.resident), json!({ "kind": "AREAS" }), "a.csv", &two).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (413, Some("BAD_USER_INPUT")));
    t.upload(Some(w.admin), json!({ "kind": "AREAS" }), "a.csv", &two).await.done("startImport");
    let many = vec![b'x'; 64 * 1024 * 1024 + 1];
    let answer = t.upload(Some(w.admin), json!({ "kind": "AREAS" }), "a.csv", &many).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (413, Some("BAD_USER_INPUT")));
    assert!(answer.json["errors"][0]["message"].as_str().expect("a message").contains("64 MiB"), "{:#}", answer.json);
}

async fn jobs_and_their_problems_are_listed_in_a_constant_number_of_statements(t: TestApp) {
    let admin = t.world().admin;
    let query = format!("{{ importJobs(first: 50) {{ totalCount nodes {{ {ALL} }} }} }}");
    let mut counts = Vec::new();
    for _ in 0..2 {
        for _ in 0..3 {
            taken(&t, admin, "COMPLEXES", "area_code,name,kind\n43,甲,\n44,乙,\n").await;
        }
        let mark = t.statements.count();
        assert_eq!(t.ask(Some(admin), &query).await.data()["importJobs"]["nodes"][0]["problems"]["totalCount"], 2);
        counts.push(t.statements.since(mark).len());
    }
    assert_eq!(counts[0], counts[1]);
}

fn columns_and_templates_are_told() {
    for kind in ImportKind::ALL {
        let columns = chuishao::import::service::columns(*kind);
        let template = chuishao::import::service::template(*kind).expect("a template");
        let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
        assert_eq!(template, format!("\u{feff}{}\r\n", titles.join(",")));
    }
}
