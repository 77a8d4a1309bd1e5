//! Tables of who belongs where: party members, double reports, and committees with their seats.

use std::sync::Arc;

use chuishao::{
    app::App,
    committee::import as committees,
    double_report::import as reports,
    party::{import as party, scope::Branches},
    record::import::{hold, is_meanwhile},
    sheet::{self, Bad, Column, Line, Lines, Refused, Tally, Told},
};
use entity::*;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    committees::{owners, rows, works},
    global::global,
    world::day,
};

crate::tests! {
    both: [
        members_come_by_what_names_them_and_again_change_nothing,
        bad_members_are_named_and_nobody_is_taken_in,
        whom_a_number_of_several_means_the_name_says,
        what_begins_anew_may_stand_before_what_it_follows,
        whom_one_may_not_see_one_does_not_name,
        reports_come_with_who_and_where_and_again_change_nothing,
        a_unit_that_was_known_by_its_name_only_has_reported_once,
        a_report_that_a_table_ends_holds_no_posts,
        bad_reports_are_named_and_none_is_taken_in,
        a_committee_comes_with_its_seats_and_takes_its_filing_later,
        what_an_election_may_not_break_no_table_breaks,
        what_is_known_of_a_committee_no_table_changes,
        what_went_to_another_community_meanwhile_is_not_as_it_was_read,
        of_one_committee_lines_say_the_same,
        tables_of_people_cost_the_same_however_long_they_are,
    ],
}

const MEMBERS: &str = "所在区划代码,党组织名称,姓名,手机,登录名,党内身份,起始日期,终止日期\n";
const REPORTS: &str = "类型,名称,手机,所在区划代码,报到党组织,报到小区,申报服务项目,起始日期,终止日期\n";
const SEATS: &str = "所在区划代码,小区,类型,委员会名称,选举日期,任期届满日,备案日期,姓名,职务,身份,专有部分\n";

/// Lines, keys and columns of what is wrong.
type Wrong = Vec<(u32, &'static str, Option<&'static str>)>;

async fn taken<L, W>(
    t: &TestApp,
    table: &str,
    columns: &'static [Column],
    read: fn(Line) -> Result<L, Bad>,
    write: W,
) -> Result<Tally, Wrong>
where
    W: AsyncFnOnce(&Arc<App>, Lines<L>, Told) -> Result<Tally, Refused>,
{
    let lines = sheet::read(table.as_bytes(), columns, read).expect("a table");
    write(&t.app, lines, &mut |done, of| assert!(done <= of)).await.map_err(|refused| match refused {
        Refused::Lines(bad) => bad.iter().map(|bad| (bad.line, bad.why.key, bad.column)).collect(),
        Refused::Db(error) => panic!("{error}"),
    })
}

async fn take_members(t: &TestApp, lines: &str) -> Result<Tally, Wrong> {
    taken(t, &format!("{MEMBERS}{lines}"), party::MEMBER_COLUMNS, party::read_member, async |app, lines, told| {
        party::import_members(app, lines, told).await
    })
    .await
}

async fn take_reports(t: &TestApp, lines: &str) -> Result<Tally, Wrong> {
    taken(t, &format!("{REPORTS}{lines}"), reports::COLUMNS, reports::read, async |app, lines, told| {
        reports::import(app, lines, told).await
    })
    .await
}

async fn take_seats(t: &TestApp, lines: &str) -> Result<Tally, Wrong> {
    taken(t, &format!("{SEATS}{lines}"), committees::COLUMNS, committees::read, async |app, lines, told| {
        committees::import(app, lines, told).await
    })
    .await
}

fn tally(added: usize, changed: usize, known: usize) -> Tally {
    Tally { added, changed, known }
}

/// Sends a table and has it carried out.
async fn sent(t: &TestApp, who: PersonId, kind: &str, table: &str) -> Value {
    let answer = t.upload(Some(who), json!({ "kind": kind }), "表.csv", table.as_bytes()).await;
    let id = answer.done("startImport")["importJob"]["id"].clone();
    t.import_all().await;
    let query = "query($id: ID!) { node(id: $id) { ... on ImportJob { status created changed unchanged problems(first: 50) { nodes { line column message } } } } }";
    t.ask_with(Some(who), query, json!({ "id": id })).await.data()["node"].clone()
}

fn counted(job: &Value) -> (&Value, &Value, &Value, &Value) {
    (&job["status"], &job["created"], &job["changed"], &job["unchanged"])
}

/// Created, changed and known.
#[track_caller]
fn done(job: &Value, created: u64, changed: u64, known: u64) {
    assert_eq!(counted(job), (&json!("DONE"), &json!(created), &json!(changed), &json!(known)), "{job}");
}

async fn phone(t: &TestApp, person: PersonId) -> String {
    let row = person::Entity::find_by_id(person).one(&t.app.db.read).await.expect("read").expect("the person");
    row.phone.expect("a phone")
}

async fn memberships(t: &TestApp) -> Vec<party_membership::Model> {
    party_membership::Entity::find().order_by_desc(party_membership::Column::StartsOn).all(&t.app.db.read).await.expect("read")
}

async fn reported(t: &TestApp) -> Vec<double_report::Model> {
    double_report::Entity::find().order_by_asc(double_report::Column::Id).all(&t.app.db.read).await.expect("read")
}

async fn members_come_by_what_names_them_and_again_change_nothing(t: TestApp) {
    let w = t.world();
    let phone = phone(&t, w.resident).await;
    let line = |role: &str, end: &str| format!("431302001009,新月苑党支部,居民甲,{phone},,{role},2025-03-01,{end}\n");
    let table = format!("{MEMBERS}{}431302001009,新月苑党支部,居民乙,,,预备党员,2025-02-01,2025-12-31\n", line("", ""));
    done(&sent(&t, w.admin, "MEMBERS", &table).await, 2, 0, 0);
    done(&sent(&t, w.admin, "MEMBERS", &table).await, 0, 0, 2);
    let members = memberships(&t).await;
    let said = |row: &party_membership::Model| (row.person_id, row.branch_id, row.area_id, row.role, row.ended_on, row.version);
    assert_eq!(said(&members[0]), (w.resident, w.branch, w.area_community, PartyRole::Member, None, 1));
    let ended = Some(day(2025, 12, 31));
    assert_eq!(said(&members[1]), (w.resident2, w.branch, w.area_community, PartyRole::Probationary, ended, 1));
    // a later table ends one
    let later = format!("{MEMBERS}{}", line("支部委员", "2026-06-01"));
    done(&sent(&t, w.admin, "MEMBERS", &later).await, 0, 1, 0);
    let now = &memberships(&t).await[0];
    assert_eq!((now.role, now.ended_on, now.version), (PartyRole::CommitteeMember, Some(day(2026, 6, 1)), 2));
    let query = "{ recordChanges { nodes { recordKind kind version actor { id } fields { name to } } } }";
    let told = t.ask(Some(w.admin), query).await.data()["recordChanges"]["nodes"].clone();
    let fields = json!([{ "name": "role", "to": "COMMITTEE_MEMBER" }, { "name": "endedOn", "to": "2026-06-01" }]);
    let expected =
        json!([{ "recordKind": "PARTY_MEMBERSHIP", "kind": "ENDED", "version": 2, "actor": { "id": global(w.admin) }, "fields": fields }]);
    let sorted = |mut told: Value| {
        let fields = told[0]["fields"].as_array_mut().expect("fields");
        fields.sort_by_key(|field| field["name"].to_string());
        told
    };
    assert_eq!(sorted(told), sorted(expected));
    // what the first table leaves empty stays, and what is over is not changed
    done(&sent(&t, w.admin, "MEMBERS", &table).await, 0, 0, 2);
    assert_eq!(take_members(&t, &line("正式党员", "")).await, Err(vec![(2, "record-ended", Some("终止日期"))]));
    // and belongs to it again from then on
    assert_eq!(take_members(&t, &line("", "").replace("2025-03-01", "2026-06-02")).await, Ok(tally(1, 0, 0)));
}

async fn bad_members_are_named_and_nobody_is_taken_in(t: TestApp) {
    let w = t.world();
    let phone = phone(&t, w.resident).await;
    let (id, provenance) = (t.app.clock.new_id(), Provenance::Invented);
    let (name, area_id) = ("居民乙".to_owned(), Some(w.area_community));
    t.insert([person::Model { id, name, phone: None, sign_in: None, provenance, erased_at: None, area_id, version: 1 }]).await;
    let of = "431302001009,新月苑党支部";
    let lines = format!(
        "431302001010,新月苑党支部,居民甲,{phone},,,2025-03-01,
{of},无名氏,,,,2025-03-01,
{of},居民丁,{phone},,,2025-03-01,
{of},书记甲,,,,2024-12-31,
{of},书记甲,,,,2025-03-01,2026-06-11
{of},居民甲,{phone},,,2025-03-01,
{of},居民甲,{phone},,,2025-03-01,
{of},居民甲,{phone},,,2025-04-01,
{of},居民甲,{phone},,书记,2025-03-01,
{of},居民甲,13999999999,,,2025-03-01,
{of},居民乙,,,,2025-03-01,
{of},居民甲,,,,2025-03-01,2025-02-28\n"
    );
    let expected = vec![
        (2, "import-no-branch", Some("党组织名称")),
        (3, "import-no-person", Some("姓名")),
        (4, "import-person-named-otherwise", Some("姓名")),
        (5, "out-of-range", Some("起始日期")),
        (6, "out-of-range", Some("终止日期")),
        (8, "sheet-twice", Some("起始日期")),
        (9, "import-member-overlaps", Some("起始日期")),
        (10, "sheet-unknown-word", Some("党内身份")),
        (11, "import-no-person", Some("手机")),
        (12, "import-person-namesakes", Some("姓名")),
        (13, "import-ends-before", Some("终止日期")),
    ];
    assert_eq!(take_members(&t, &lines).await, Err(expected));
    assert!(memberships(&t).await.is_empty());
}

async fn whom_a_number_of_several_means_the_name_says(t: TestApp) {
    let phone = phone(&t, t.world().resident).await;
    t.sql(&format!("UPDATE person SET phone = '{phone}' WHERE name = '居民乙'")).await;
    let member = |name: &str| format!("431302001009,新月苑党支部,{name},{phone},,,2025-03-01,\n");
    assert_eq!(take_members(&t, &member("居民乙")).await, Ok(tally(1, 0, 0)));
    assert_eq!(memberships(&t).await[0].person_id, t.world().resident2);
    assert_eq!(take_members(&t, &member("居民丁")).await, Err(vec![(2, "import-phone-shared", Some("手机"))]));
}

async fn what_begins_anew_may_stand_before_what_it_follows(t: TestApp) {
    let phone = phone(&t, t.world().resident).await;
    let member = |days: &str| format!("431302001009,新月苑党支部,居民甲,{phone},,,{days}\n");
    assert_eq!(take_members(&t, &member("2025-03-01,")).await, Ok(tally(1, 0, 0)));
    let both = member("2026-06-02,") + &member("2025-03-01,2026-06-01");
    assert_eq!(take_members(&t, &both).await, Ok(tally(1, 1, 0)));
    assert_eq!(take_members(&t, &both).await, Ok(tally(0, 0, 2)));
    let report = |days: &str| format!("在职党员,居民甲,{phone},431302001009,,新月苑,,{days}\n");
    assert_eq!(take_reports(&t, &report("2025-03-01,")).await, Ok(tally(1, 0, 0)));
    let both = report("2026-06-02,") + &report("2025-03-01,2026-06-01");
    assert_eq!(take_reports(&t, &both).await, Ok(tally(1, 1, 0)));
}

async fn whom_one_may_not_see_one_does_not_name(t: TestApp) {
    let w = t.world();
    t.insert([party_branch::Model {
        id: t.app.clock.new_id(),
        area_id: w.area_other_community,
        parent_id: None,
        name: "大塘社区党委".into(),
        kind: PartyBranchKind::CommunityCommittee,
        provenance: Provenance::Invented,
        firm_id: None,
        established_on: None,
        ended_on: None,
        version: 1,
    }])
    .await;
    let neighbour = t.administrator(w.area_other_community).await;
    let phone = phone(&t, w.resident).await;
    let table = format!(
        "{MEMBERS}431302001010,大塘社区党委,居民甲,{phone},,,2025-03-01,\n431302001009,新月苑党支部,社区甲,,,,2025-03-01,\n431302001010,大塘社区党委,社区丙,,,,2025-03-01,\n"
    );
    let job = sent(&t, neighbour, "MEMBERS", &table).await;
    let problems: Vec<_> =
        job["problems"]["nodes"].as_array().expect("problems").iter().map(|one| (&one["line"], &one["column"])).collect();
    assert_eq!(job["status"], "REFUSED", "{job}");
    assert_eq!(problems[0], (&json!(2), &json!("手机")), "{job}");
    assert!(problems[1..].iter().all(|(line, _)| **line == json!(3)) && problems.len() > 1, "{job}");
    assert!(memberships(&t).await.is_empty());
    let theirs = format!("{MEMBERS}431302001010,大塘社区党委,社区丙,,,,2025-03-01,\n");
    done(&sent(&t, neighbour, "MEMBERS", &theirs).await, 1, 0, 0);
    // whoever administers the district sees both
    assert_eq!(sent(&t, w.admin, "MEMBERS", &table).await["created"], 2);
    for kind in ["MEMBERS", "DOUBLE_REPORTS", "COMMITTEES"] {
        let refused = t.upload(Some(w.community), json!({ "kind": kind }), "a.csv", theirs.as_bytes()).await;
        refused.assert_refused("startImport", "FORBIDDEN");
    }
}

async fn reports_come_with_who_and_where_and_again_change_nothing(t: TestApp) {
    let w = t.world();
    let phone = phone(&t, w.resident).await;
    let table = format!(
        "{REPORTS}在职党员,居民甲,{phone},431302001009,,新月苑,修理,2026-01-01,
双报到单位,区城管局,,431302001009,,,,2026-01-01,
双报到单位,甲物业,,431302001009,新月苑党支部,,,2026-01-01,
双报到单位,某银行支行,,431302001009001,,,\"宣讲\n义诊\",2026-01-01,2026-05-31\n"
    );
    done(&sent(&t, w.admin, "DOUBLE_REPORTS", &table).await, 4, 0, 0);
    done(&sent(&t, w.admin, "DOUBLE_REPORTS", &table).await, 0, 0, 4);
    let rows = reported(&t).await;
    let who = |row: &double_report::Model| (row.person_id, row.department_id, row.firm_id, row.unit_name.clone());
    assert_eq!(who(&rows[0]), (Some(w.resident), None, None, None));
    assert_eq!(who(&rows[1]), (None, Some(w.dep_urban), None, None));
    assert_eq!(who(&rows[2]), (None, None, Some(w.firm_a), None));
    assert_eq!(who(&rows[3]), (None, None, None, Some("某银行支行".into())));
    let place = |row: &double_report::Model| (row.area_id, row.branch_id, row.complex_id);
    assert_eq!(place(&rows[0]), (w.area_community, None, Some(w.xinyue)));
    assert_eq!(place(&rows[1]), (w.area_community, None, None));
    assert_eq!(place(&rows[2]), (w.area_community, Some(w.branch), None));
    assert_eq!(place(&rows[3]), (w.area_grid1, None, None));
    assert_eq!((rows[3].ended_on, rows[3].service.as_deref()), (Some(day(2026, 5, 31)), Some("宣讲\n义诊")));
}

async fn a_unit_that_was_known_by_its_name_only_has_reported_once(t: TestApp) {
    let line = |starts_on: &str| format!("双报到单位,区新局,,431302001009,,,宣讲,{starts_on},\n");
    assert_eq!(take_reports(&t, &line("2026-01-01")).await, Ok(tally(1, 0, 0)));
    t.sql("UPDATE department SET name = '区新局' WHERE name = '区城管局'").await;
    assert_eq!(take_reports(&t, &line("2026-01-01")).await, Ok(tally(0, 0, 1)));
    assert_eq!(take_reports(&t, &line("2026-02-01")).await, Err(vec![(2, "import-report-overlaps", Some("起始日期"))]));
    assert_eq!(reported(&t).await.len(), 1);
    // one that a table from before took in twice hinders no table, and can be ended
    assert_eq!(take_reports(&t, &line("2026-01-01").replace("区新局", "区旧局")).await, Ok(tally(1, 0, 0)));
    t.sql("UPDATE double_report SET unit_name = '区新局' WHERE unit_name = '区旧局'").await;
    assert_eq!(take_reports(&t, &line("2026-01-01")).await, Ok(tally(0, 0, 1)));
    assert_eq!(take_reports(&t, &line("2026-01-01").replace("2026-01-01,", "2026-01-01,2026-06-01")).await, Ok(tally(0, 1, 0)));
}

async fn a_report_that_a_table_ends_holds_no_posts(t: TestApp) {
    let w = t.world();
    let phone = phone(&t, w.resident).await;
    let line = |end: &str| format!("在职党员,居民甲,{phone},431302001009,,新月苑,,2026-01-01,{end}\n");
    assert_eq!(take_reports(&t, &line("")).await, Ok(tally(1, 0, 0)));
    let (report, post): (_, DutyPostId) = (reported(&t).await[0].id, t.app.clock.new_id());
    t.insert([duty_post::Model {
        id: post,
        name: "楼道长".into(),
        area_id: w.area_community,
        complex_id: Some(w.xinyue),
        duties: None,
        places: 1,
        ended_on: None,
        version: 1,
        building_id: None,
        stairwell_id: None,
    }])
    .await;
    t.insert([duty_claim::Model {
        id: t.app.clock.new_id(),
        post_id: post,
        report_id: report,
        area_id: w.area_community,
        starts_on: day(2026, 2, 1),
        ended_on: None,
        version: 1,
    }])
    .await;
    let ended = format!("{REPORTS}{}", line("2026-06-01"));
    done(&sent(&t, w.admin, "DOUBLE_REPORTS", &ended).await, 0, 1, 0);
    let claim = duty_claim::Entity::find().one(&t.app.db.read).await.expect("read").expect("the claim");
    assert_eq!((claim.ended_on, claim.version), (Some(day(2026, 6, 1)), 2));
    let query = "{ recordChanges { nodes { recordKind kind } } }";
    let told = t.ask(Some(w.admin), query).await.data()["recordChanges"]["nodes"].clone();
    let mut kinds: Vec<_> =
        told.as_array().expect("changes").iter().map(|change| (change["recordKind"].as_str(), change["kind"].as_str())).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [(Some("DOUBLE_REPORT"), Some("ENDED")), (Some("DUTY_CLAIM"), Some("ENDED"))]);
    done(&sent(&t, w.admin, "DOUBLE_REPORTS", &ended).await, 0, 0, 1);
}

async fn bad_reports_are_named_and_none_is_taken_in(t: TestApp) {
    let lines = "双报到单位,甲单位,,431302001009,新月苑党支部,新月苑,,2026-01-01,
双报到单位,甲单位,,431302001000,,,,2026-01-01,
双报到单位,甲单位,13900000000,431302001009,,,,2026-01-01,
在职党员,无名氏,,431302001009,,,,2026-01-01,
双报到单位,甲单位,,431302001009,,无此小区,,2026-01-01,
双报到单位,甲单位,,431302001009,无此组织,,,2026-01-01,
双报到单位,甲单位,,431302001009,,,,2026-06-11,
双报到单位,甲单位,,431302001009,,,,2026-01-01,2026-06-11
双报到单位,甲单位,,431302001009,,,,2026-01-01,
双报到单位,甲单位,,431302001009,,,,2026-02-01,
双报到单位,甲单位,,431302001009,,,,2026-01-01,
志愿者,甲单位,,431302001009,,,,2026-01-01,\n";
    let expected = vec![
        (2, "import-one-place", Some("报到党组织")),
        (3, "double-report-too-wide", Some("所在区划代码")),
        (4, "import-of-person-only", Some("手机")),
        (5, "import-no-person", Some("名称")),
        (6, "import-no-complex", Some("报到小区")),
        (7, "import-no-branch", Some("报到党组织")),
        (8, "out-of-range", Some("起始日期")),
        (9, "out-of-range", Some("终止日期")),
        (11, "import-report-overlaps", Some("起始日期")),
        (12, "sheet-twice", Some("起始日期")),
        (13, "sheet-unknown-word", Some("类型")),
    ];
    assert_eq!(take_reports(&t, lines).await, Err(expected));
    assert!(reported(&t).await.is_empty());
}

/// A seat of the first term of xinyue's owners' committee.
fn seat(at: usize, role: &str, filed: &str) -> String {
    format!("431302001009,新月苑,业主委员会,新月苑业主委员会,2026-01-10,2031-01-09,{filed},业主{at:02},{role},,{at}-101\n")
}

fn seats(count: usize) -> String {
    (0..count).map(|at| seat(at, if at == 0 { "主任" } else { "" }, "")).collect()
}

async fn a_committee_comes_with_its_seats_and_takes_its_filing_later(t: TestApp) {
    let w = t.world();
    let p = owners(&t, 5).await;
    let table = format!("{SEATS}{}", seats(5));
    done(&sent(&t, w.admin, "COMMITTEES", &table).await, 5, 0, 0);
    done(&sent(&t, w.admin, "COMMITTEES", &table).await, 0, 0, 5);
    let (committees, terms, seated, events) = rows(&t).await;
    assert_eq!((committees.len(), terms.len(), seated.len(), events), (1, 1, 5, 2));
    let one = &committees[0];
    assert_eq!(
        (one.kind, &*one.name, one.area_id, one.complex_id),
        (CommitteeKind::Owners, "新月苑业主委员会", w.area_community, Some(w.xinyue))
    );
    assert_eq!((one.established_on, one.version, one.provenance), (day(2026, 1, 10), 2, Provenance::Recorded));
    assert_eq!((terms[0].number, terms[0].elected_on, terms[0].ends_on), (1, day(2026, 1, 10), day(2031, 1, 9)));
    let chair = seated.iter().find(|seat| seat.role == CommitteeRole::Chair).expect("a chair");
    assert_eq!((chair.person_id, chair.starts_on, chair.ends_on), (p[0], terms[0].elected_on, terms[0].ends_on));
    let posts = post::Entity::find().filter(post::Column::Role.eq(PostRole::CommitteeChair)).all(&t.app.db.read).await.expect("posts");
    let held: Vec<_> = posts.iter().map(|post| (post.id.0, post.person_id, post.unit_id, post.starts_on, post.ends_on)).collect();
    assert_eq!(held, [(chair.id.0, p[0], one.id.0, chair.starts_on, Some(chair.ends_on))]);
    let filed = format!("{SEATS}{}{}", seat(0, "", "2026-02-01"), seat(1, "", ""));
    done(&sent(&t, w.admin, "COMMITTEES", &filed).await, 0, 1, 1);
    done(&sent(&t, w.admin, "COMMITTEES", &filed).await, 0, 0, 2);
    let (committees, terms, _, events) = rows(&t).await;
    assert_eq!((terms[0].filed_on, committees[0].version, events), (Some(day(2026, 2, 1)), 3, 3));
    let query = "query($id: ID!) { node(id: $id) { ... on Committee { timeline { nodes { kind actor { id } } } } } }";
    let told = t.ask_with(Some(w.admin), query, json!({ "id": global(committees[0].id) })).await;
    let mut told: Vec<_> = told.data()["node"]["timeline"]["nodes"].as_array().expect("events").clone();
    told.sort_by_key(|event| event["kind"].to_string());
    let by = json!({ "id": global(w.admin) });
    let expected: Vec<Value> = ["ELECTED", "ESTABLISHED", "FILED"].iter().map(|kind| json!({ "kind": kind, "actor": by })).collect();
    assert_eq!(told, expected);
    // the next term follows the last
    let next = seats(5).replace("2026-01-10,2031-01-09", "2026-03-01,2031-02-28");
    let overlaps = vec![(2, "import-term-overlaps", Some("选举日期"))];
    assert_eq!(take_seats(&t, &next).await, Err(overlaps));
}

async fn what_an_election_may_not_break_no_table_breaks(t: TestApp) {
    let w = t.world();
    let p = owners(&t, 6).await;
    let person = Some("姓名");
    let four = seats(4);
    assert_eq!(take_seats(&t, &four).await, Err(vec![(2, "broken-member-count", person)]));
    assert_eq!(take_seats(&t, &seats(6)).await, Err(vec![(2, "broken-odd-number", person)]));
    let long = seats(5).replace("2031-01-09", "2031-01-10");
    assert_eq!(take_seats(&t, &long).await, Err(vec![(2, "broken-term-length", Some("任期届满日"))]));
    let other = format!("{four}{}", seat(4, "", "").replace("业主04,,,", "业主04,,其他,"));
    assert_eq!(take_seats(&t, &other).await, Err(vec![(6, "broken-owners-only", Some("身份"))]));
    let chairs = format!("{four}{}", seat(4, "主任", ""));
    assert_eq!(take_seats(&t, &chairs).await, Err(vec![(6, "taken", Some("职务"))]));
    let homeless = format!("{four}{}", seat(4, "", "").replace("4-101", ""));
    assert_eq!(take_seats(&t, &homeless).await, Err(vec![(6, "required", Some("楼栋"))]));
    let ahead = seats(5).replace("2026-01-10", "2026-06-11");
    assert_eq!(take_seats(&t, &ahead).await.expect_err("not yet")[0].1, "out-of-range");
    let nowhere = seats(5).replace("431302001009,新月苑,", "431302001009,,");
    let expected: Vec<_> = (2..=6).map(|line| (line, "import-committee-place", Some("类型"))).collect();
    assert_eq!(take_seats(&t, &nowhere).await, Err(expected));
    // two who work for the firm that serves it
    works(&t, p[1], w.firm_a, day(2025, 1, 1), None).await;
    works(&t, p[3], w.firm_a, day(2030, 1, 1), None).await;
    works(&t, p[4], w.firm_a, day(2025, 1, 1), Some(day(2026, 1, 9))).await;
    let barred = "broken-not-of-serving-firm";
    assert_eq!(take_seats(&t, &seats(5)).await, Err(vec![(3, barred, person), (5, barred, person)]));
    let (committees, terms, seated, events) = rows(&t).await;
    assert_eq!((committees.len(), terms.len(), seated.len(), events), (0, 0, 0, 0));
    // of other kinds no rule is published
    let appraisal = seats(5).replace("业主委员会,新月苑业主委员会", "小区评议委员会,新月苑评议委员会");
    assert_eq!(take_seats(&t, &appraisal).await, Ok(tally(5, 0, 0)));
}

async fn what_is_known_of_a_committee_no_table_changes(t: TestApp) {
    owners(&t, 6).await;
    assert_eq!(take_seats(&t, &seats(5)).await, Ok(tally(5, 0, 0)));
    let before = rows(&t).await;
    assert_eq!(before.3, 0, "nobody sent it");
    let renamed = seats(1).replace("新月苑业主委员会", "新名业委会");
    assert_eq!(take_seats(&t, &renamed).await, Err(vec![(2, "import-known-otherwise", Some("委员会名称"))]));
    let shorter = seats(1).replace("2031-01-09", "2030-01-09");
    assert_eq!(take_seats(&t, &shorter).await, Err(vec![(2, "import-known-otherwise", Some("任期届满日"))]));
    let more = format!("{}{}", seat(5, "", ""), seat(1, "副主任", ""));
    let expected = vec![(2, "import-seat-not-known", Some("姓名")), (3, "import-seat-otherwise", Some("职务"))];
    assert_eq!(take_seats(&t, &more).await, Err(expected));
    assert_eq!(take_seats(&t, &seat(0, "", "2026-01-09")).await, Err(vec![(2, "out-of-range", Some("备案日期"))]));
    let earlier = seats(5).replace("2026-01-10,2031-01-09", "2021-01-10,2026-01-09");
    assert_eq!(take_seats(&t, &earlier).await.expect_err("the later is known")[0].1, "out-of-range");
    assert_eq!(rows(&t).await, before);
}

async fn what_went_to_another_community_meanwhile_is_not_as_it_was_read(t: TestApp) {
    let w = t.world();
    let branch = async || party_branch::Entity::find_by_id(w.branch).one(&t.app.db.read).await.expect("read").expect("the organisation");
    let before = branch().await;
    let input = json!({ "complexId": global(w.xinyue), "areaCode": "431302001010" });
    t.change(Some(w.admin), "moveComplex", input, "").await.done("moveComplex");
    let after = branch().await;
    assert_eq!((after.version, after.area_id), (before.version + 1, w.area_other_community));
    let tx = t.app.db.begin().await.expect("begun");
    // a table would put its members into the community that it left
    let refused = hold::<Branches>(&tx, std::iter::once(&before)).await.expect_err("it went elsewhere");
    assert!(is_meanwhile(&refused), "{refused}");
    hold::<Branches>(&tx, std::iter::once(&after)).await.expect("as it was read");
}

async fn of_one_committee_lines_say_the_same(t: TestApp) {
    owners(&t, 5).await;
    let lines = format!(
        "{}{}{}{}{}",
        seat(0, "", ""),
        seat(1, "", "").replace("新月苑业主委员会", "另一个"),
        seat(2, "", "").replace("2031-01-09", "2030-01-09"),
        seat(0, "", ""),
        seat(9, "", "")
    );
    let expected = vec![
        (3, "import-lines-differ", Some("委员会名称")),
        (4, "import-lines-differ", Some("任期届满日")),
        (5, "sheet-twice", Some("姓名")),
        (6, "import-no-person", Some("姓名")),
    ];
    assert_eq!(take_seats(&t, &lines).await, Err(expected));
    // one after the other, in whatever order they come
    let earlier = seats(5).replace("2026-01-10,2031-01-09", "2021-01-10,2026-01-09");
    assert_eq!(take_seats(&t, &format!("{}{earlier}", seats(5))).await, Ok(tally(10, 0, 0)));
    let (committees, terms, seated, _) = rows(&t).await;
    assert_eq!((committees.len(), seated.len(), committees[0].established_on), (1, 10, day(2021, 1, 10)));
    let mut numbers: Vec<_> = terms.iter().map(|term| (term.number, term.elected_on)).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [(1, day(2021, 1, 10)), (2, day(2026, 1, 10))]);
}

async fn tables_of_people_cost_the_same_however_long_they_are(t: TestApp) {
    owners(&t, 40).await;
    let mut costs = Vec::new();
    for range in [0..3, 3..40] {
        let members: String = range.clone().map(|at| format!("431302001009,新月苑党支部,业主{at:02},,,,2025-03-01,\n")).collect();
        let reports: String = range.clone().map(|at| format!("在职党员,业主{at:02},,431302001009,,新月苑,,2026-01-01,\n")).collect();
        let mark = t.statements.count();
        assert_eq!(take_members(&t, &members).await, Ok(tally(range.len(), 0, 0)));
        let of_members = t.statements.since(mark).len();
        let mark = t.statements.count();
        assert_eq!(take_reports(&t, &reports).await, Ok(tally(range.len(), 0, 0)));
        costs.push((of_members, t.statements.since(mark).len()));
    }
    let mark = t.statements.count();
    assert_eq!(take_seats(&t, &seats(5)).await, Ok(tally(5, 0, 0)));
    let few = t.statements.since(mark).len();
    let many = seats(11).replace("业主委员会,新月苑业主委员会", "业主监督委员会,新月苑监督委员会");
    let mark = t.statements.count();
    assert_eq!(take_seats(&t, &many).await, Ok(tally(11, 0, 0)));
    assert_eq!(costs[0], costs[1]);
    assert!(t.statements.since(mark).len() <= few + 2, "{few}");
    assert_eq!(party_membership::Entity::find().count(&t.app.db.read).await.expect("counted"), 40);
}
