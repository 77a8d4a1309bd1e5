//! Party organisations 党组织: set up, changed and dissolved, with what they cover, who belongs to them and who is sent to them.

use entity::*;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    client::Response,
    committees::{established, over, owners, refused, text, try_establish},
    global::global,
    world::day,
};

crate::tests! {
    both: [
        an_organisation_is_set_up_changed_and_dissolved_and_each_change_is_kept,
        organisations_are_kept_by_the_officers_of_their_place_and_those_above,
        no_organisation_stands_below_itself_or_below_one_of_elsewhere,
        an_organisation_with_anything_left_is_not_dissolved,
        an_organisation_covers_several_complexes_each_from_a_day_to_a_day,
        of_many_covers_of_one_complex_at_once_one_is_entered,
        when_the_cover_ends_the_secretary_sees_the_cases_no_longer,
        members_are_told_to_the_secretary_the_officers_and_the_member,
        a_member_is_enrolled_once_and_ends_and_comes_back,
        an_instructor_is_sent_to_an_organisation_or_a_firm_for_a_term,
        a_retry_of_any_of_these_is_answered_as_at_first_and_a_stale_version_with_the_record,
        coverage_states_its_numerator_and_denominator_as_of_a_day,
        what_has_ended_is_not_counted_in_the_coverage_any_more,
        lists_of_organisations_cost_the_same_however_long_they_are,
        who_is_erased_belongs_to_nothing_any_more,
    ],
}

const COMMUNITY: &str = "431302001009";
const BRANCH: &str = "partyBranch { id name branchKind version establishedOn endedOn parent { name } area { code } }";
const COVER: &str = "partyCover { id startsOn endedOn version partyBranch { name } complex { name } }";
const MEMBERSHIP: &str = "partyMembership { id name role startsOn endedOn version partyBranch { name } }";
const INSTRUCTOR: &str = "partyInstructor { id name kind sentBy startsOn endedOn version partyBranch { name } firm { name } }";

/// Each mutation with an input that is right in form.
pub fn inputs(t: &TestApp) -> Vec<(&'static str, Value)> {
    let w = t.world();
    let branch = global(w.branch);
    let cover = global(PartyCoverId(w.xinyue.0));
    let membership = global(PartyMembershipId(w.xinyue.0));
    let instructor = global(PartyInstructorId(w.xinyue.0));
    let sent = json!({ "kind": "INSTRUCTOR", "personId": global(w.community), "to": { "partyBranchId": branch }, "sentBy": "街道党工委" });
    vec![
        ("establishPartyBranch", json!({ "area": COMMUNITY, "name": "新支部", "branchKind": "COMPLEX_BRANCH" })),
        ("updatePartyBranch", json!({ "partyBranchId": branch, "name": "另一个" })),
        ("dissolvePartyBranch", json!({ "partyBranchId": branch, "reason": "合并" })),
        ("coverComplex", json!({ "partyBranchId": branch, "complexId": global(w.xinyue) })),
        ("endPartyCover", json!({ "partyCoverId": cover })),
        ("enrolPartyMember", json!({ "partyBranchId": branch, "personId": global(w.resident) })),
        ("updatePartyMembership", json!({ "partyMembershipId": membership, "role": "DEPUTY_SECRETARY" })),
        ("endPartyMembership", json!({ "partyMembershipId": membership })),
        ("sendPartyInstructor", sent),
        ("endPartyInstructor", json!({ "partyInstructorId": instructor })),
    ]
}

async fn run(t: &TestApp, who: PersonId, name: &str, with: Value, fields: &str) -> Response {
    let (_, input) = inputs(t).into_iter().find(|(known, _)| *known == name).expect("a mutation");
    t.change(Some(who), name, over(input, with), fields).await
}

async fn establish(t: &TestApp, with: Value) -> Value {
    let answer = run(t, t.world().community, "establishPartyBranch", with, BRANCH).await;
    answer.done("establishPartyBranch")["partyBranch"].clone()
}

async fn cover(t: &TestApp, branch: &Value, with: Value) -> Response {
    run(t, t.world().community, "coverComplex", over(json!({ "partyBranchId": branch }), with), COVER).await
}

/// What a person sees of an organisation.
async fn look(t: &TestApp, who: PersonId, branch: &Value, fields: &str) -> Value {
    let document = format!("query($id: ID!) {{ node(id: $id) {{ ... on PartyBranch {{ {fields} }} }} }}");
    t.ask_with(Some(who), &document, json!({ "id": branch })).await.data()["node"].clone()
}

async fn an_organisation_is_set_up_changed_and_dissolved_and_each_change_is_kept(t: TestApp) {
    let w = t.world();
    let made = establish(&t, json!({ "branchKind": "BUILDING_GROUP", "parentId": global(w.branch), "establishedOn": "2026-01-01" })).await;
    assert_eq!(made["parent"]["name"], "新月苑党支部");
    assert_eq!((&made["version"], &made["establishedOn"], &made["area"]["code"]), (&json!(1), &json!("2026-01-01"), &json!(COMMUNITY)));
    let id = &made["id"];
    let with = json!({ "partyBranchId": id, "name": "三栋党小组", "parentId": global(w.committee), "expectedVersion": 1 });
    let changed = run(&t, w.subdistrict, "updatePartyBranch", with, BRANCH).await.done("updatePartyBranch")["partyBranch"].clone();
    assert_eq!(
        (&changed["name"], &changed["parent"]["name"], &changed["version"]),
        (&json!("三栋党小组"), &json!("月塘社区党委"), &json!(2))
    );
    let top = json!({ "partyBranchId": id, "name": null, "branchKind": "LEADING_GROUP", "withoutParent": true });
    let changed = run(&t, w.community, "updatePartyBranch", top, BRANCH).await.done("updatePartyBranch")["partyBranch"].clone();
    assert_eq!(
        (&changed["name"], &changed["parent"], &changed["branchKind"]),
        (&json!("三栋党小组"), &Value::Null, &json!("LEADING_GROUP"))
    );
    let with = json!({ "partyBranchId": id, "endedOn": "2026-06-09" });
    let ended = run(&t, w.community, "dissolvePartyBranch", with.clone(), BRANCH).await.done("dissolvePartyBranch")["partyBranch"].clone();
    assert_eq!((&ended["endedOn"], &ended["version"]), (&json!("2026-06-09"), &json!(4)));
    refused(&run(&t, w.community, "dissolvePartyBranch", with, "").await, "dissolvePartyBranch", "INVALID_STATE", &["partyBranchId"]);
    // it stays to be read, with its story
    let seen =
        look(&t, w.community, id, "name changes(orderBy: {field: AT, direction: ASC}) { nodes { kind version note actor { name } } }")
            .await;
    let kinds: Vec<_> = seen["changes"]["nodes"].as_array().expect("changes").iter().map(|one| text(&one["kind"])).collect();
    assert_eq!(kinds, ["CREATED", "CHANGED", "CHANGED", "ENDED"]);
    assert_eq!(seen["changes"]["nodes"][3]["note"], "合并");
    let count = async |filter: &str| {
        let answer = t.ask(Some(w.resident), &format!("{{ partyBranches(filter: {{{filter}}}) {{ totalCount }} }}")).await;
        answer.data()["partyBranches"]["totalCount"].clone()
    };
    assert_eq!(count("").await, 3);
    assert_eq!(count(r#"on: "2026-06-09""#).await, 3);
    assert_eq!(count(r#"on: "2026-06-10""#).await, 2);
    assert_eq!(count(r#"on: "2025-12-31""#).await, 2);
    assert_eq!(count("ended: true").await, 1);
    // the name is free again
    establish(&t, json!({ "name": "三栋党小组" })).await;
}

async fn organisations_are_kept_by_the_officers_of_their_place_and_those_above(t: TestApp) {
    let w = t.world();
    for (at, who) in [w.community, w.subdistrict, w.district, w.admin].into_iter().enumerate() {
        run(&t, who, "establishPartyBranch", json!({ "name": format!("支部{at}") }), BRANCH).await.done("establishPartyBranch");
    }
    for who in
        [w.resident, w.grid_worker, w.secretary, w.other_community, w.far_subdistrict, w.department, w.firm, w.auditor, w.analyst, w.nobody]
    {
        for (name, path) in [("establishPartyBranch", "area"), ("updatePartyBranch", "partyBranchId"), ("coverComplex", "partyBranchId")] {
            refused(&run(&t, who, name, json!({}), "").await, name, "FORBIDDEN", &[path]);
        }
    }
    let bad = async |with: Value, code: &str, path: &str| {
        refused(&run(&t, w.community, "establishPartyBranch", with, "").await, "establishPartyBranch", code, &[path]);
    };
    bad(json!({ "name": "支部0" }), "ALREADY_EXISTS", "name").await;
    bad(json!({ "area": "431302001010" }), "FORBIDDEN", "area").await;
    bad(json!({ "area": "999999999999" }), "NOT_FOUND", "area").await;
    bad(json!({ "establishedOn": "2026-06-11" }), "OUT_OF_RANGE", "establishedOn").await;
    bad(json!({ "firmId": global(w.firm_a) }), "MISMATCH", "firmId").await;
    bad(json!({ "parentId": global(w.xinyue) }), "NOT_FOUND", "parentId").await;
    let firm = establish(&t, json!({ "branchKind": "PROPERTY_SERVICE_BRANCH", "firmId": global(w.firm_a) })).await;
    let listed = t
        .ask(
            Some(w.firm),
            &format!("{{ partyBranches(filter: {{firmId: {{eq: \"{}\"}}}}) {{ nodes {{ id firm {{ name }} }} }} }}", global(w.firm_a)),
        )
        .await;
    assert_eq!(listed.data()["partyBranches"]["nodes"], json!([{ "id": firm["id"], "firm": { "name": "甲物业" } }]));
}

async fn no_organisation_stands_below_itself_or_below_one_of_elsewhere(t: TestApp) {
    let w = t.world();
    let group = establish(&t, json!({ "parentId": global(w.branch) })).await["id"].clone();
    let under = async |id: Value, parent: Value| {
        run(&t, w.district, "updatePartyBranch", json!({ "partyBranchId": id, "name": null, "parentId": parent }), BRANCH).await
    };
    refused(&under(json!(global(w.committee)), group.clone()).await, "updatePartyBranch", "MISMATCH", &["parentId"]);
    refused(&under(group.clone(), group.clone()).await, "updatePartyBranch", "MISMATCH", &["parentId"]);
    let far = run(&t, w.district, "establishPartyBranch", json!({ "area": "431302002001", "name": "铁东党委" }), BRANCH).await;
    let far = far.done("establishPartyBranch")["partyBranch"]["id"].clone();
    refused(&under(group.clone(), far).await, "updatePartyBranch", "MISMATCH", &["parentId"]);
    let street = json!({ "area": "431302001000", "name": "街道党工委", "branchKind": "SUBDISTRICT_COMMITTEE" });
    let street =
        run(&t, w.subdistrict, "establishPartyBranch", street, BRANCH).await.done("establishPartyBranch")["partyBranch"]["id"].clone();
    under(json!(global(w.committee)), street).await.done("updatePartyBranch");
    // two who would each stand below the other
    let other = establish(&t, json!({ "name": "另一个" })).await["id"].clone();
    let both = join_all([under(group.clone(), other.clone()), under(other.clone(), group.clone())]).await;
    let done = both.iter().filter(|answer| answer.data()["updatePartyBranch"]["partyBranch"].is_object()).count();
    assert_eq!(done, 1);
}

async fn an_organisation_with_anything_left_is_not_dissolved(t: TestApp) {
    let w = t.world();
    let left = async |branch: &Value| {
        refused(
            &run(&t, w.community, "dissolvePartyBranch", json!({ "partyBranchId": branch }), "").await,
            "dissolvePartyBranch",
            "INVALID_STATE",
            &["partyBranchId"],
        );
    };
    // the branch of xinyue has its secretary, the committee its branch
    left(&json!(global(w.branch))).await;
    left(&json!(global(w.committee))).await;
    let made = establish(&t, json!({})).await["id"].clone();
    let with = json!({ "partyBranchId": made });
    let member =
        run(&t, w.community, "enrolPartyMember", with.clone(), MEMBERSHIP).await.done("enrolPartyMember")["partyMembership"]["id"].clone();
    left(&made).await;
    run(&t, w.community, "endPartyMembership", json!({ "partyMembershipId": member }), MEMBERSHIP).await.done("endPartyMembership");
    let case = t.case(|c| (c.handler_kind, c.handler_id) = (HandlerKind::PartyBranch, uuid_of(&made))).await;
    left(&made).await;
    let closed = case_file::Model { status: CaseStatus::Closed, ..case };
    t.sql(&format!("UPDATE case_file SET status = 'CLOSED' WHERE number = '{}'", closed.number)).await;
    let of_branch = json!({ "kind": "BRANCH_COMMITTEE", "name": "支委会", "place": { "branchId": made } });
    let committee = established(&t, of_branch.clone()).await;
    left(&made).await;
    let dissolved = json!({ "committeeId": committee, "reason": "撤销" });
    t.change(Some(w.community), "dissolveCommittee", dissolved, "committee { id }").await.done("dissolveCommittee");
    let covered = cover(&t, &made, json!({})).await.done("coverComplex")["partyCover"]["id"].clone();
    let sent = json!({ "to": { "partyBranchId": made }, "endsOn": "2027-01-01" });
    let sent =
        run(&t, w.subdistrict, "sendPartyInstructor", sent, INSTRUCTOR).await.done("sendPartyInstructor")["partyInstructor"]["id"].clone();
    run(&t, w.community, "dissolvePartyBranch", with, BRANCH).await.done("dissolvePartyBranch");
    refused(&try_establish(&t, w.community, of_branch).await, "establishCommittee", "NOT_FOUND", &["place", "branchId"]);
    let ends = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on PartyCover { endedOn } ... on PartyInstructor { endedOn } } }";
    let seen = t.ask_with(Some(w.community), ends, json!({ "ids": [covered, sent] })).await;
    assert_eq!(seen.data()["nodes"], json!([{ "endedOn": "2026-06-10" }, { "endedOn": "2026-06-10" }]));
}

/// The id behind a global one.
fn uuid_of(id: &Value) -> uuid::Uuid {
    text(id).rsplit_once('_').and_then(|(_, hex)| uuid::Uuid::try_parse(hex).ok()).expect("an id")
}

async fn an_organisation_covers_several_complexes_each_from_a_day_to_a_day(t: TestApp) {
    let w = t.world();
    let street = json!({ "area": "431302001000", "name": "联合党委", "branchKind": "UNITED_COMMITTEE", "establishedOn": "2026-01-01" });
    let made =
        run(&t, w.subdistrict, "establishPartyBranch", street, BRANCH).await.done("establishPartyBranch")["partyBranch"]["id"].clone();
    let with = |complex: ComplexId, starts: &str| json!({ "partyBranchId": made, "complexId": global(complex), "startsOn": starts });
    let first =
        run(&t, w.subdistrict, "coverComplex", with(w.xinyue, "2026-02-01"), COVER).await.done("coverComplex")["partyCover"].clone();
    assert_eq!((&first["complex"]["name"], &first["partyBranch"]["name"]), (&json!("新月苑"), &json!("联合党委")));
    run(&t, w.subdistrict, "coverComplex", with(w.other, "2026-03-01"), COVER).await.done("coverComplex");
    let names =
        "complexes { nodes { name } } covers { totalCount } on: covers(filter: {on: \"2026-02-15\"}) { nodes { complex { name } } }";
    let seen = look(&t, w.resident, &made, names).await;
    assert_eq!(seen["complexes"]["nodes"].as_array().map(Vec::len), Some(2));
    assert_eq!(seen["on"]["nodes"], json!([{ "complex": { "name": "新月苑" } }]));
    let bad = async |complex: ComplexId, starts: &str, more: Value, code: &str, path: &str| {
        refused(&run(&t, w.subdistrict, "coverComplex", over(with(complex, starts), more), "").await, "coverComplex", code, &[path]);
    };
    bad(w.xinyue, "2026-05-01", json!({}), "ALREADY_EXISTS", "complexId").await;
    bad(w.far, "2026-05-01", json!({}), "MISMATCH", "complexId").await;
    bad(w.far, "2025-05-01", json!({}), "MISMATCH", "complexId").await;
    bad(w.xinyue, "2025-12-31", json!({}), "OUT_OF_RANGE", "startsOn").await;
    bad(w.xinyue, "2026-05-01", json!({ "endsOn": "2026-04-30" }), "OUT_OF_RANGE", "endsOn").await;
    let end = json!({ "partyCoverId": first["id"], "endsOn": "2026-04-30", "expectedVersion": 1 });
    let ended = run(&t, w.subdistrict, "endPartyCover", end.clone(), COVER).await.done("endPartyCover")["partyCover"].clone();
    assert_eq!((&ended["endedOn"], &ended["version"]), (&json!("2026-04-30"), &json!(2)));
    refused(
        &run(&t, w.subdistrict, "endPartyCover", over(end, json!({ "expectedVersion": 2 })), "").await,
        "endPartyCover",
        "INVALID_STATE",
        &["partyCoverId"],
    );
    // again from a later day on: listed once
    run(&t, w.subdistrict, "coverComplex", with(w.xinyue, "2026-05-01"), COVER).await.done("coverComplex");
    let seen = look(&t, w.resident, &made, names).await;
    assert_eq!((seen["complexes"]["nodes"].as_array().map(Vec::len), &seen["covers"]["totalCount"]), (Some(2), &json!(3)));
    let covering = format!("{{ partyBranches(filter: {{complexId: {{eq: \"{}\"}}}}) {{ nodes {{ name }} }} }}", global(w.xinyue));
    let seen = t.ask(Some(w.resident), &covering).await;
    assert_eq!(seen.data()["partyBranches"]["nodes"], json!([{ "name": "新月苑党支部" }, { "name": "联合党委" }]));
}

async fn of_many_covers_of_one_complex_at_once_one_is_entered(t: TestApp) {
    let made = establish(&t, json!({})).await["id"].clone();
    let answers = join_all((0..6).map(|_| cover(&t, &made, json!({})))).await;
    assert_eq!(answers.iter().filter(|answer| answer.data()["coverComplex"]["partyCover"].is_object()).count(), 1);
}

async fn when_the_cover_ends_the_secretary_sees_the_cases_no_longer(t: TestApp) {
    let w = t.world();
    let case = t.case(|c| c.handler_id = w.grid1.into()).await;
    let seen = async || {
        t.ask(Some(w.secretary), "{ cases { totalCount } complexes { nodes { name partyBranch { name } } } }").await.data().clone()
    };
    assert_eq!(seen().await["cases"]["totalCount"], 1);
    let covers = look(&t, w.community, &json!(global(w.branch)), "covers { nodes { id } }").await;
    let end = json!({ "partyCoverId": covers["covers"]["nodes"][0]["id"], "endsOn": "2026-06-09" });
    run(&t, w.community, "endPartyCover", end, COVER).await.done("endPartyCover");
    let after = seen().await;
    assert_eq!(after["cases"]["totalCount"], 0, "{}", case.number);
    assert!(after["complexes"]["nodes"].as_array().expect("complexes").iter().all(|complex| complex["partyBranch"].is_null()));
}

async fn members_are_told_to_the_secretary_the_officers_and_the_member(t: TestApp) {
    let w = t.world();
    let enrolled =
        run(&t, w.community, "enrolPartyMember", json!({}), MEMBERSHIP).await.done("enrolPartyMember")["partyMembership"].clone();
    assert_eq!((&enrolled["name"], &enrolled["role"]), (&json!("居民甲"), &json!("MEMBER")));
    let fields = "memberCount members { totalCount nodes { name } }";
    let of = async |who| look(&t, who, &json!(global(w.branch)), fields).await;
    for who in [w.secretary, w.community, w.subdistrict, w.district, w.admin, w.resident] {
        let seen = of(who).await;
        assert_eq!(seen["members"], json!({ "totalCount": 1, "nodes": [{ "name": "居民甲" }] }), "{who:?}");
        assert_eq!(seen["memberCount"].is_null(), who == w.resident);
    }
    // the number for every official, the names for nobody else
    for who in [w.grid_worker, w.other_community, w.far_subdistrict, w.department, w.analyst, w.auditor] {
        let seen = of(who).await;
        assert_eq!((&seen["memberCount"], &seen["members"]["totalCount"]), (&json!(1), &json!(0)), "{who:?}");
    }
    for who in [w.resident2, w.firm, w.nobody, w.former] {
        let seen = of(who).await;
        assert_eq!((&seen["memberCount"], &seen["members"]["totalCount"]), (&Value::Null, &json!(0)), "{who:?}");
        refused(
            &run(&t, who, "enrolPartyMember", json!({ "personId": global(who) }), "").await,
            "enrolPartyMember",
            "FORBIDDEN",
            &["partyBranchId"],
        );
        let end = json!({ "partyMembershipId": enrolled["id"] });
        refused(&run(&t, who, "endPartyMembership", end, "").await, "endPartyMembership", "NOT_FOUND", &["partyMembershipId"]);
    }
    // who it is stays out of the changes, which more people may see
    let changes = "{ recordChanges { nodes { recordKind fields { name to hidden } } } }";
    let seen = t.ask(Some(w.grid_worker), changes).await;
    assert!(!seen.json.to_string().contains(&w.resident.0.to_string()));
    let seen = t.ask(Some(w.community), changes).await;
    let fields = seen.data()["recordChanges"]["nodes"][0]["fields"].as_array().expect("fields").clone();
    assert!(fields.contains(&json!({ "name": "personId", "to": null, "hidden": true })), "{fields:?}");
}

async fn a_member_is_enrolled_once_and_ends_and_comes_back(t: TestApp) {
    let w = t.world();
    let answers = join_all((0..5).map(|_| run(&t, w.community, "enrolPartyMember", json!({ "startsOn": "2026-01-01" }), MEMBERSHIP))).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.data()["enrolPartyMember"]["partyMembership"].is_object()).collect();
    assert_eq!(made.len(), 1);
    let id = &made[0].data()["enrolPartyMember"]["partyMembership"]["id"];
    refused(&run(&t, w.community, "enrolPartyMember", json!({}), "").await, "enrolPartyMember", "ALREADY_EXISTS", &["personId"]);
    // the secretary keeps the members of the organisation too
    let role = run(&t, w.secretary, "updatePartyMembership", json!({ "partyMembershipId": id }), MEMBERSHIP).await;
    assert_eq!(role.done("updatePartyMembership")["partyMembership"]["role"], "DEPUTY_SECRETARY");
    let end = json!({ "partyMembershipId": id, "endsOn": "2026-05-31" });
    run(&t, w.secretary, "endPartyMembership", end, MEMBERSHIP).await.done("endPartyMembership");
    run(&t, w.community, "enrolPartyMember", json!({ "startsOn": "2026-06-01", "role": "PROBATIONARY" }), MEMBERSHIP)
        .await
        .done("enrolPartyMember");
    let fields = "before: memberCount(on: \"2025-12-31\") then: memberCount(on: \"2026-05-31\") now: memberCount members { nodes { startsOn endedOn role } }";
    let seen = look(&t, w.community, &json!(global(w.branch)), fields).await;
    assert_eq!((&seen["before"], &seen["then"], &seen["now"]), (&json!(0), &json!(1), &json!(1)));
    assert_eq!(seen["members"]["nodes"][0], json!({ "startsOn": "2026-01-01", "endedOn": "2026-05-31", "role": "DEPUTY_SECRETARY" }));
    refused(
        &run(&t, w.community, "enrolPartyMember", json!({ "personId": global(w.far_resident) }), "").await,
        "enrolPartyMember",
        "NOT_FOUND",
        &["personId"],
    );
}

async fn an_instructor_is_sent_to_an_organisation_or_a_firm_for_a_term(t: TestApp) {
    let w = t.world();
    let sent = run(&t, w.subdistrict, "sendPartyInstructor", json!({ "startsOn": "2026-01-01", "endsOn": "2027-12-31" }), INSTRUCTOR).await;
    let sent = sent.done("sendPartyInstructor")["partyInstructor"].clone();
    assert_eq!((&sent["name"], &sent["partyBranch"]["name"], &sent["firm"]), (&json!("社区甲"), &json!("新月苑党支部"), &Value::Null));
    let to_firm = json!({ "kind": "FIRST_SECRETARY", "to": { "firmId": global(w.firm_a) } });
    refused(
        &run(&t, w.subdistrict, "sendPartyInstructor", to_firm.clone(), "").await,
        "sendPartyInstructor",
        "FORBIDDEN",
        &["to", "firmId"],
    );
    let first =
        run(&t, w.district, "sendPartyInstructor", to_firm, INSTRUCTOR).await.done("sendPartyInstructor")["partyInstructor"].clone();
    assert_eq!((&first["firm"]["name"], &first["kind"]), (&json!("甲物业"), &json!("FIRST_SECRETARY")));
    refused(
        &run(&t, w.community, "sendPartyInstructor", json!({}), "").await,
        "sendPartyInstructor",
        "FORBIDDEN",
        &["to", "partyBranchId"],
    );
    let backwards = json!({ "startsOn": "2026-01-01", "endsOn": "2025-12-31" });
    refused(&run(&t, w.subdistrict, "sendPartyInstructor", backwards, "").await, "sendPartyInstructor", "MISMATCH", &["endsOn"]);
    let end = json!({ "partyInstructorId": sent["id"], "endsOn": "2026-06-01" });
    run(&t, w.subdistrict, "endPartyInstructor", end, INSTRUCTOR).await.done("endPartyInstructor");
    let count = async |who, filter: &str| {
        let answer = t.ask(Some(who), &format!("{{ partyInstructors(filter: {{{filter}}}) {{ nodes {{ name }} }} }}")).await;
        answer.data()["partyInstructors"]["nodes"].clone()
    };
    assert_eq!(count(w.resident, r#"on: "2026-06-10""#).await, json!([{ "name": "社**" }]));
    assert_eq!(count(w.district, r#"on: "2026-06-01", area: "431302001009""#).await, json!([{ "name": "社区甲" }]));
    assert_eq!(count(w.district, "kind: {eq: FIRST_SECRETARY}").await, json!([{ "name": "社区甲" }]));
}

async fn a_retry_of_any_of_these_is_answered_as_at_first_and_a_stale_version_with_the_record(t: TestApp) {
    let w = t.world();
    let id = |value: &Value, field: &str| value[field]["id"].clone();
    let keyed = async |name: &str, with: Value, fields: &str| {
        let who = if name.contains("Instructor") { w.subdistrict } else { w.community };
        let with = over(with, json!({ "idempotencyKey": name }));
        let first = run(&t, who, name, with.clone(), fields).await.done(name).clone();
        assert_eq!(run(&t, who, name, with.clone(), fields).await.done(name), &first, "{name}");
        let other = match name {
            "establishPartyBranch" | "updatePartyBranch" => json!({ "name": "第三个" }),
            "dissolvePartyBranch" => json!({ "reason": "另议" }),
            "updatePartyMembership" => json!({ "role": "PROBATIONARY" }),
            "coverComplex" | "enrolPartyMember" | "sendPartyInstructor" => json!({ "startsOn": "2026-06-09" }),
            _ => json!({ "endsOn": "2026-06-09" }),
        };
        refused(&run(&t, who, name, over(with, other), "").await, name, "IDEMPOTENCY_KEY_REUSED", &["idempotencyKey"]);
        first
    };
    let branch = id(&keyed("establishPartyBranch", json!({}), BRANCH).await, "partyBranch");
    keyed("updatePartyBranch", json!({ "partyBranchId": branch }), BRANCH).await;
    let of = json!({ "partyBranchId": branch });
    let covered = id(&keyed("coverComplex", of.clone(), COVER).await, "partyCover");
    let member = id(&keyed("enrolPartyMember", of.clone(), MEMBERSHIP).await, "partyMembership");
    keyed("updatePartyMembership", json!({ "partyMembershipId": member }), MEMBERSHIP).await;
    let sent = id(&keyed("sendPartyInstructor", json!({ "to": { "partyBranchId": branch } }), INSTRUCTOR).await, "partyInstructor");
    let stale = [
        ("updatePartyBranch", of.clone(), BRANCH, "partyBranch"),
        ("dissolvePartyBranch", of.clone(), BRANCH, "partyBranch"),
        ("endPartyCover", json!({ "partyCoverId": covered }), COVER, "partyCover"),
        ("updatePartyMembership", json!({ "partyMembershipId": member }), MEMBERSHIP, "partyMembership"),
        ("endPartyMembership", json!({ "partyMembershipId": member }), MEMBERSHIP, "partyMembership"),
        ("endPartyInstructor", json!({ "partyInstructorId": sent }), INSTRUCTOR, "partyInstructor"),
    ];
    for (name, with, fields, field) in stale {
        let answer = run(&t, w.subdistrict, name, over(with, json!({ "expectedVersion": 9 })), fields).await;
        refused(&answer, name, "CONFLICT", &["expectedVersion"]);
        assert!(answer.data()[name][field]["id"].is_string(), "{name}");
    }
    keyed("endPartyMembership", json!({ "partyMembershipId": member }), MEMBERSHIP).await;
    keyed("endPartyCover", json!({ "partyCoverId": covered }), COVER).await;
    keyed("endPartyInstructor", json!({ "partyInstructorId": sent }), INSTRUCTOR).await;
    keyed("dissolvePartyBranch", of, BRANCH).await;
}

async fn coverage_states_its_numerator_and_denominator_as_of_a_day(t: TestApp) {
    let w = t.world();
    let coverage = async |arguments: &str| {
        let answer = t.ask(None, &format!("{{ partyCoverage({arguments}) {{ numerator denominator percent asOf }} }}")).await;
        answer.data()["partyCoverage"].clone()
    };
    let louxing = r#"area: "431302000000""#;
    assert_eq!(coverage(louxing).await, json!({ "numerator": 1, "denominator": 3, "percent": "33.33", "asOf": "2026-06-10" }));
    assert_eq!(coverage(&format!(r#"{louxing}, on: "2024-12-31""#)).await["numerator"], 0);
    assert_eq!(coverage(r#"area: "999999999999""#).await, Value::Null);
    let of = async |what: &str| {
        let found = coverage(&format!("{louxing}, of: {what}")).await;
        (found["numerator"].as_u64().expect("a number"), found["denominator"].as_u64().expect("a number"))
    };
    assert_eq!((of("FIRMS").await, of("GRIDS").await), ((0, 2), (0, 4)));
    establish(&t, json!({ "branchKind": "PROPERTY_SERVICE_BRANCH", "firmId": global(w.firm_a) })).await;
    establish(&t, json!({ "area": "431302001009001", "branchKind": "GRID_BRANCH" })).await;
    assert_eq!((of("FIRMS").await, of("GRIDS").await), ((1, 2), (1, 4)));
    // two who cover one complex count once; and one who covers several counts for each
    let street = json!({ "area": "431302001000", "name": "联合党委", "branchKind": "UNITED_COMMITTEE" });
    let made =
        run(&t, w.subdistrict, "establishPartyBranch", street, BRANCH).await.done("establishPartyBranch")["partyBranch"]["id"].clone();
    for complex in [w.xinyue, w.other] {
        let with = json!({ "partyBranchId": made, "complexId": global(complex) });
        run(&t, w.subdistrict, "coverComplex", with, COVER).await.done("coverComplex");
    }
    assert_eq!(of("COMPLEXES").await, (2, 3));
}

async fn what_has_ended_is_not_counted_in_the_coverage_any_more(t: TestApp) {
    let w = t.world();
    let of = async |what: &str, on: &str| {
        let document = format!("{{ partyCoverage(area: \"431302000000\", of: {what}, on: \"{on}\") {{ numerator denominator }} }}");
        let answer = t.ask(None, &document).await;
        let found = &answer.data()["partyCoverage"];
        (found["numerator"].as_u64().expect("a number"), found["denominator"].as_u64().expect("a number"))
    };
    establish(&t, json!({ "area": "431302001009002", "branchKind": "GRID_BRANCH", "establishedOn": "2026-06-01" })).await;
    // the branch lasts longer than its grid
    t.sql("UPDATE grid SET ended_on = '2026-06-09' WHERE name = '月塘第二网格'").await;
    assert_eq!((of("GRIDS", "2026-06-09").await, of("GRIDS", "2026-06-10").await), ((1, 4), (0, 3)));
    t.sql("UPDATE firm_contract SET ends_on = '2026-06-09' WHERE ends_on IS NULL").await;
    let end = json!({ "complexId": global(w.xinyue), "because": "DEMOLISHED", "note": "征收", "endedOn": "2026-06-09" });
    t.change(Some(w.subdistrict), "endComplex", end, "complex { id }").await.done("endComplex");
    assert_eq!((of("COMPLEXES", "2026-06-09").await, of("COMPLEXES", "2026-06-10").await), ((1, 3), (0, 2)));
}

async fn lists_of_organisations_cost_the_same_however_long_they_are(t: TestApp) {
    let w = t.world();
    let people = owners(&t, 20).await;
    for (at, person_id) in people.iter().enumerate() {
        let (id, area_id) = (t.app.clock.new_id(), w.area_community);
        let row = party_branch::Model {
            id,
            area_id,
            parent_id: Some(w.committee),
            name: format!("支部{at:02}"),
            kind: PartyBranchKind::ComplexBranch,
            provenance: Provenance::Invented,
            firm_id: Some(w.firm_a),
            established_on: None,
            ended_on: None,
            version: 1,
        };
        t.insert([row]).await;
        let (branch_id, starts_on, ended_on, version) = (id, day(2026, 1, 1), None, 1);
        let ids = (t.app.clock.new_id(), t.app.clock.new_id(), t.app.clock.new_id());
        t.insert([party_cover::Model { id: ids.0, branch_id, complex_id: w.xinyue, area_id, starts_on: None, ended_on, version }]).await;
        t.insert([party_membership::Model {
            id: ids.1,
            branch_id,
            person_id: *person_id,
            area_id,
            role: PartyRole::Member,
            starts_on,
            ended_on,
            version,
        }])
        .await;
        let (kind, sent_by) = (InstructorKind::Instructor, "街道".to_owned());
        let (branch_id, firm_id) = (Some(branch_id), None);
        t.insert([party_instructor::Model {
            id: ids.2,
            kind,
            person_id: *person_id,
            branch_id,
            firm_id,
            area_id,
            sent_by,
            starts_on,
            ended_on,
            version,
        }])
        .await;
    }
    let document = "query($n: Int!) { partyBranches(first: $n, filter: {name: {startsWith: \"支部\"}}) { totalCount nodes {
        parent { name } firm { name } secretary { person { name } } memberCount complexes { nodes { name } }
        covers { nodes { complex { name } partyBranch { name } } } members { nodes { name person { name } } }
        instructors { nodes { name person { name } area { name } } } changes { nodes { kind } } } } }";
    let mut costs = Vec::new();
    for n in [1, 5, 20] {
        let token = t.token(w.district);
        let mark = t.statements.count();
        let answer = t.gql(Some(&token), document, json!({ "n": n })).await;
        let statements = t.statements.since(mark);
        let nodes = answer.data()["partyBranches"]["nodes"].as_array().expect("nodes").clone();
        assert_eq!(nodes.len(), n);
        for node in nodes {
            assert_eq!((&node["memberCount"], &node["complexes"]["nodes"]), (&json!(1), &json!([{ "name": "新月苑" }])));
            assert!(node["members"]["nodes"][0]["person"]["name"].is_string() && node["instructors"]["nodes"][0]["name"].is_string());
        }
        costs.push(statements.len());
    }
    assert!(costs[0] <= 26 && costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
}

async fn who_is_erased_belongs_to_nothing_any_more(t: TestApp) {
    let w = t.world();
    run(&t, w.community, "enrolPartyMember", json!({}), MEMBERSHIP).await.done("enrolPartyMember");
    let erase = json!({ "personId": global(w.resident), "reason": "本人申请" });
    t.change(Some(w.admin), "erasePerson", erase, "person { name }").await.done("erasePerson");
    let seen = look(&t, w.community, &json!(global(w.branch)), "memberCount members { totalCount }").await;
    assert_eq!(seen, json!({ "memberCount": 0, "members": { "totalCount": 0 } }));
}
