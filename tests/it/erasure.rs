//! Personal data are erased on request 个人信息删除, and the files stay whole.

use entity::*;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    client::Response,
    global::global,
    live::{follow_cases, next_at},
};

crate::tests! {
    both: [
        erasing_a_person_removes_every_word_and_keeps_the_files_whole,
        who_was_complained_of_is_erased_too,
        who_reported_without_being_registered_is_erased_by_the_case,
        however_a_name_and_a_number_are_written_they_are_erased,
        why_there_was_more_time_or_no_place_in_a_register_names_nobody_any_more,
        an_administrator_elsewhere_erases_no_reporter_of_a_case_that_another_post_shows,
        who_works_for_whom_a_case_complains_of_erases_no_reporter,
        what_is_said_of_a_whistle_goes_also_where_an_officer_took_in_the_report,
        only_an_administrator_erases_and_nobody_on_duty,
        what_is_left_of_an_erased_entry_cannot_be_changed,
        who_was_erased_signs_in_no_more,
    ],
}

async fn erase(t: &TestApp, by: PersonId, whom: PersonId) -> Response {
    let input = json!({ "personId": global(whom), "reason": "本人 6 月 10 日书面申请" });
    t.change(Some(by), "erasePerson", input, "person { id name phone } casesChanged").await
}

/// What an administrator sees of a case.
async fn seen(t: &TestApp, number: &str) -> Value {
    let query = format!(
        r#"{{ case(number: "{number}") {{ title description comment resolution location {{ longitude }} reporter {{ name }}
            respondent {{ name }} fileIntegrity {{ intact broken {{ sequence reason }} }}
            timeline(first: 50) {{ nodes {{ sequence kind note erasedAt actor {{ name }} }} }} }} }}"#
    );
    t.ask(Some(t.world().admin), &query).await.data()["case"].clone()
}

/// Every text of every table, but for what migrations keep: where this word occurs.
async fn found(t: &TestApp, word: &str) -> Vec<String> {
    let db = &t.app.db.read;
    let columns = if t.app.db.is_postgres() {
        "SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = 'public'"
    } else {
        "SELECT m.name AS t, p.name AS c FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table'"
    };
    let ask = |sql: String| Statement::from_string(db.get_database_backend(), sql);
    let mut found = Vec::new();
    let columns = db.query_all_raw(ask(columns.to_owned())).await.expect("columns");
    assert!(columns.len() > 100, "only {} columns", columns.len());
    for row in columns {
        let (table, column): (String, String) = (row.try_get("", "t").expect("text"), row.try_get("", "c").expect("text"));
        let sql = format!(r#"SELECT COUNT(*) AS n FROM "{table}" WHERE CAST("{column}" AS text) LIKE '%{word}%'"#);
        let count: i64 = db.query_one_raw(ask(sql)).await.expect("counted").expect("a row").try_get("", "n").expect("a number");
        if count > 0 {
            found.push(format!("{table}.{column}: {count}"));
        }
    }
    found
}

async fn erasing_a_person_removes_every_word_and_keeps_the_files_whole(t: TestApp) {
    let w = t.world();
    let report = json!({ "title": "居民甲家漏水", "description": "请打 13900000000，水从楼上来", "location": { "longitude": 111.99, "latitude": 27.72 } });
    let filed = t.report_with(w.resident, report).await;
    let case = &filed.case;
    t.does_with(w.resident, "addCaseNote", case, json!({ "note": "晚上在家，门牌壬癸" })).await;
    t.does_with(w.grid_worker, "checkInWhistle", &filed.whistle, json!({ "note": "已联系居民甲" })).await;
    t.does_with(w.grid_worker, "concludeWhistle", &filed.whistle, json!({ "result": "居民甲确认不漏" })).await;
    t.does_with(w.grid_worker, "resolveCase", case, json!({ "resolution": "居民甲家已修" })).await;
    t.does_with(w.community, "closeCase", case, json!({ "verification": "属实" })).await;
    t.does_with(w.resident, "rateCase", case, json!({ "score": 5, "comment": "谢谢，庚辛满意" })).await;
    let other = t.report_with(w.resident2, json!({ "title": "与此无关" })).await;
    for word in ["居民甲", "13900000000", "壬癸", "庚辛", "水从楼上来"] {
        assert!(!found(&t, word).await.is_empty(), "{word} is found before");
    }
    let mut socket = t.ws(Some(&t.token(w.community))).await;
    let stream = follow_cases(&t, &mut socket, Value::Null, json!(["PERSONAL_DATA_ERASED"])).await;

    let payload = erase(&t, w.admin, w.resident).await;
    assert_eq!(
        payload.done("erasePerson"),
        &json!({
            "person": { "id": global(w.resident), "name": "已删除", "phone": null }, "casesChanged": 1, "userErrors": []
        })
    );

    for word in ["居民甲", "13900000000", "壬癸", "庚辛", "水从楼上来"] {
        assert_eq!(found(&t, word).await, Vec::<String>::new(), "{word} is left");
    }
    let case = seen(&t, &filed.number).await;
    assert_eq!(case["fileIntegrity"], json!({ "intact": true, "broken": null }));
    let fields = ["title", "description", "comment", "resolution", "location", "reporter"].map(|field| case[field].clone());
    assert_eq!(fields, [json!("已删除"), json!("已删除"), json!("已删除"), json!("已删除家已修"), Value::Null, Value::Null]);
    let entries = case["timeline"]["nodes"].as_array().expect("entries");
    let erased: Vec<&Value> = entries.iter().filter(|entry| !entry["erasedAt"].is_null()).map(|entry| &entry["sequence"]).collect();
    // reported, noted and rated by the resident; named by the officer in three
    assert_eq!(erased, [1, 2, 3, 4, 5, 7]);
    assert_eq!((&entries[1]["actor"], &entries[1]["note"]), (&Value::Null, &Value::Null));
    assert_eq!((&entries[2]["actor"]["name"], &entries[2]["note"]), (&json!("网格员甲"), &json!("已联系已删除")));
    let last = entries.last().expect("an entry");
    assert_eq!(last["kind"], "PERSONAL_DATA_ERASED");
    assert_eq!(last["note"], "个人信息保护法第四十七条：本人 6 月 10 日书面申请（事项 1、2、3、4、5、7）");
    assert_eq!(next_at(&mut socket, &stream, "/event/sequence").await, 8);
    let records = t.records().await;
    assert!(records.entries.iter().all(|entry| entry.actor_id != Some(w.resident)));
    assert!(records.whistles.iter().all(|whistle| whistle.raised_by != Some(w.resident)));

    let untouched = seen(&t, &other.number).await;
    assert_eq!((&untouched["title"], untouched["timeline"]["nodes"].as_array().map(Vec::len)), (&json!("与此无关"), Some(1)));
    // the file goes on
    t.does_with(w.community, "addCaseNote", &filed.case, json!({ "note": "归档" })).await;
    assert_eq!(seen(&t, &filed.number).await["fileIntegrity"]["intact"], true);
    assert_eq!(erase(&t, w.admin, w.resident).await.done("erasePerson")["casesChanged"], 0, "nothing is left to erase");
}

async fn who_was_complained_of_is_erased_too(t: TestApp) {
    let w = t.world();
    let respondent = json!({ "title": "居民乙占道", "respondent": { "personId": global(w.resident2) } });
    let filed = t.report_with(w.community, respondent).await;
    let case = seen(&t, &filed.number).await;
    assert!(case["respondent"]["name"].is_string(), "{case:#}");
    erase(&t, w.admin, w.resident2).await.done("erasePerson");
    assert_eq!(found(&t, "居民乙").await, Vec::<String>::new());
    let case = seen(&t, &filed.number).await;
    assert_eq!((&case["title"], &case["fileIntegrity"]["intact"]), (&json!("已删除"), &json!(true)), "{case:#}");
    assert!(case["reporter"].is_object(), "who reported it is another: {case:#}");
    assert!(t.records().await.cases.iter().all(|case| case.respondent_id != Some(w.resident2.0)));
}

async fn who_reported_without_being_registered_is_erased_by_the_case(t: TestApp) {
    let w = t.world();
    let reporter = json!({ "unregistered": { "name": "王大爷", "phone": "13711112222" } });
    let report = json!({ "title": "王大爷家漏水", "description": "门牌壬癸", "reporter": reporter });
    let filed = t.report_with(w.community, report.clone()).await;
    t.does_with(w.grid_worker, "checkInWhistle", &filed.whistle, json!({ "note": "已致电 13711112222" })).await;
    let words = ["王大爷", "13711112222", "壬癸"];
    for word in words {
        assert!(!found(&t, word).await.is_empty(), "{word} is found before");
    }
    for who in [w.community, w.district, w.resident, w.analyst] {
        t.refuses(who, "eraseReporter", &filed.case, ("FORBIDDEN", "caseId")).await;
    }
    // a person's data are erased from all cases at once
    let registered = t.report(w.resident).await;
    t.refuses(w.admin, "eraseReporter", &registered.case, ("INVALID_STATE", "caseId")).await;
    t.refuses(t.administrator(w.area_dongguan).await, "eraseReporter", &filed.case, ("NOT_FOUND", "caseId")).await;
    let stale = t.act(w.admin, "eraseReporter", &filed.case, json!({ "expectedVersion": 1 })).await;
    stale.assert_refused("eraseReporter", "CONFLICT");
    t.does(w.admin, "eraseReporter", &filed.case).await;
    for word in words {
        assert_eq!(found(&t, word).await, Vec::<String>::new(), "{word} is left");
    }
    let case = seen(&t, &filed.number).await;
    assert_eq!(case["fileIntegrity"], json!({ "intact": true, "broken": null }));
    assert_eq!([&case["title"], &case["description"], &case["reporter"]], [&json!("已删除"), &json!("已删除"), &Value::Null]);
    let entries = case["timeline"]["nodes"].as_array().expect("entries");
    let told: Vec<_> = entries.iter().map(|entry| (&entry["kind"], &entry["actor"]["name"], entry["erasedAt"].is_null())).collect();
    // what officers did stays, but for what names the reporter
    assert_eq!(
        told,
        [
            (&json!("REPORTED"), &json!("社区甲"), true),
            (&json!("WHISTLE_CHECKED_IN"), &json!("网格员甲"), false),
            (&json!("PERSONAL_DATA_ERASED"), &json!("管理员甲"), true),
        ]
    );
    assert_eq!(entries[1]["note"], "已致电 已删除");
}

async fn however_a_name_and_a_number_are_written_they_are_erased(t: TestApp) {
    let w = t.world();
    for (reporter, written, left) in [
        (("王芳", "137-1111-2222"), "已致电 137 1111 2222", "已致电 已删除"),
        (("王芳", "13711112222"), "王　芳，电话+86 137-1111-2222。", "已删除，电话+86 已删除。"),
        (("王芳", "13711112222"), "１３７１１１１２２２２找王芳", "已删除找已删除"),
        (("王芳", "0738-8320000"), "回（0738）8320000，编号 0738-832", "回（已删除，编号 0738-832"),
        (("买买提·艾力", "13711112222"), "买买提艾力、买买提 已到", "已删除、买买提 已到"),
        (("Anna Li", "13711112222"), "ANNA LI 与ＡｎｎａＬｉ已到", "已删除 与已删除已到"),
    ] {
        let unregistered = json!({ "reporter": { "unregistered": { "name": reporter.0, "phone": reporter.1 } } });
        let filed = t.report_with(w.community, unregistered).await;
        t.does_with(w.grid_worker, "addCaseNote", &filed.case, json!({ "note": written })).await;
        t.does(w.admin, "eraseReporter", &filed.case).await;
        let case = seen(&t, &filed.number).await;
        assert_eq!((&case["timeline"]["nodes"][1]["note"], &case["fileIntegrity"]["intact"]), (&json!(left), &json!(true)), "{written}");
    }
    let filed = t.report(w.resident).await;
    t.does_with(w.grid_worker, "addCaseNote", &filed.case, json!({ "note": "139 0000 0000 无人接听" })).await;
    erase(&t, w.admin, w.resident).await.done("erasePerson");
    assert_eq!(seen(&t, &filed.number).await["timeline"]["nodes"][1]["note"], "已删除 无人接听");
}

async fn why_there_was_more_time_or_no_place_in_a_register_names_nobody_any_more(t: TestApp) {
    let w = t.world();
    let filed = t.report_with(w.resident, json!({ "title": "漏水" })).await;
    t.does_with(w.grid_worker, "checkInWhistle", &filed.whistle, json!({})).await;
    t.does_with(w.grid_worker, "extendDeadline", &filed.case, json!({ "reason": "居民甲出差" })).await;
    let asked = "query($id: ID!) { node(id: $id) { ... on Case { extensions { nodes { id reason } } } } }";
    let seen = t.ask_with(Some(w.community), asked, json!({ "id": filed.case })).await;
    let extension = &seen.data()["node"]["extensions"]["nodes"][0]["id"];
    let rule = json!({ "extensionId": extension, "approve": true, "reason": "已问过居民甲" });
    t.mutate(w.community, "ruleOnExtension", rule).await.done("ruleOnExtension");
    let mut registers = Vec::new();
    for name in ["隐患台账", "漏水台账"] {
        let input = json!({ "area": "431302001009", "name": name });
        let made = t.change(Some(w.community), "createRegister", input, "register { id }").await;
        registers.push(made.done("createRegister")["register"]["id"].clone());
    }
    let [register, other] = [&registers[0], &registers[1]];
    for (change, with) in [
        ("addCasesToRegister", json!({ "registerId": register, "caseIds": [filed.case], "reason": "居民甲家漏水" })),
        ("removeCaseFromRegister", json!({ "registerId": register, "caseId": filed.case, "reason": "居民甲家已修" })),
        ("addCasesToRegister", json!({ "registerId": other, "caseIds": [filed.case], "reason": "居民甲再报" })),
    ] {
        t.change(Some(w.community), change, with, "register { id }").await.done(change);
    }
    assert!(found(&t, "居民甲").await.len() > 4, "they are named");
    erase(&t, w.admin, w.resident).await.done("erasePerson");
    assert_eq!(found(&t, "居民甲").await, Vec::<String>::new());
}

async fn an_administrator_elsewhere_erases_no_reporter_of_a_case_that_another_post_shows(t: TestApp) {
    let w = t.world();
    let filed = t.report_with(w.community, json!({ "reporter": { "unregistered": { "name": "王大爷" } } })).await;
    let elsewhere = t.administrator(w.area_dongguan).await;
    t.appoint(elsewhere, PostRole::CommunityOfficer, w.area_community, w.area_community).await;
    let asked = format!(r#"{{ case(number: "{}") {{ title }} }}"#, filed.number);
    assert!(t.ask(Some(elsewhere), &asked).await.data()["case"].is_object());
    t.refuses(elsewhere, "eraseReporter", &filed.case, ("NOT_FOUND", "caseId")).await;
    t.does(w.admin, "eraseReporter", &filed.case).await;
}

async fn who_works_for_whom_a_case_complains_of_erases_no_reporter(t: TestApp) {
    let w = t.world();
    let official = t.administrator(w.area_district).await;
    t.appoint(official, PostRole::FirmManager, w.firm_a, w.area_district).await;
    t.appoint(official, PostRole::CommunityOfficer, w.area_community, w.area_community).await;
    for respondent in [global(w.firm_a), global(w.area_community)] {
        let reporter = json!({ "unregistered": { "name": "王大爷" } });
        let filed = t.report_with(w.subdistrict, json!({ "reporter": reporter, "respondent": { "handlerId": respondent } })).await;
        t.refuses(official, "eraseReporter", &filed.case, ("RESPONDENT", "caseId")).await;
        t.does(w.admin, "eraseReporter", &filed.case).await;
    }
}

async fn what_is_said_of_a_whistle_goes_also_where_an_officer_took_in_the_report(t: TestApp) {
    let w = t.world();
    let filed = t.report_with(w.community, json!({ "reporter": { "personId": global(w.resident) } })).await;
    t.does(w.grid_worker, "checkInWhistle", &filed.whistle).await;
    t.does_with(w.resident, "rateWhistle", &filed.whistle, json!({ "score": 4, "comment": "庚辛来得快" })).await;
    assert!(!found(&t, "庚辛").await.is_empty());
    erase(&t, w.admin, w.resident).await.done("erasePerson");
    assert_eq!(found(&t, "庚辛").await, Vec::<String>::new());
    let whistle = t.records().await.whistles.swap_remove(0);
    assert_eq!((whistle.raised_by, whistle.response_comment.as_deref()), (None, Some("已删除")));
    assert_eq!(seen(&t, &filed.number).await["fileIntegrity"]["intact"], true);
}

async fn only_an_administrator_erases_and_nobody_on_duty(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    let before = t.records().await;
    for who in [w.resident, w.grid_worker, w.district, w.auditor, w.analyst, w.former, w.nobody] {
        erase(&t, who, w.resident).await.assert_refused("erasePerson", "FORBIDDEN");
    }
    for whom in [w.grid_worker, w.firm, w.admin] {
        erase(&t, w.admin, whom).await.assert_refused("erasePerson", "INVALID_STATE");
    }
    erase(&t, w.admin, t.app.clock.new_id()).await.assert_refused("erasePerson", "NOT_FOUND");
    let blank = json!({ "personId": global(w.resident), "reason": "  " });
    t.change(Some(w.admin), "erasePerson", blank, "casesChanged").await.assert_refused("erasePerson", "REQUIRED");
    assert_eq!(t.records().await, before);
    assert!(!found(&t, "居民甲").await.is_empty());
    assert_eq!(seen(&t, &filed.number).await["fileIntegrity"]["intact"], true);
    // who worked for somebody once, and who never held a post
    for whom in [w.former, w.nobody] {
        assert_eq!(erase(&t, w.admin, whom).await.done("erasePerson")["casesChanged"], 0);
    }
}

async fn what_is_left_of_an_erased_entry_cannot_be_changed(t: TestApp) {
    let w = t.world();
    let changes = [
        ("note = '另有说法'", "seq = 1", json!([1, "PERSONAL_CHANGED"])),
        ("erased_at = NULL", "seq = 1", json!([1, "PERSONAL_CHANGED"])),
        ("covers = NULL", "kind = 'PERSONAL_DATA_ERASED'", json!([1, "ERASED_UNRECORDED"])),
    ];
    let mut filed = Vec::new();
    for _ in &changes {
        filed.push(t.report(w.resident).await);
    }
    assert_eq!(erase(&t, w.admin, w.resident).await.done("erasePerson")["casesChanged"], 3);
    for ((set, which, expected), filed) in changes.into_iter().zip(filed) {
        t.sql(&format!(
            "UPDATE case_event SET {set} WHERE {which} AND case_id = (SELECT id FROM case_file WHERE number = '{}')",
            filed.number
        ))
        .await;
        let broken = seen(&t, &filed.number).await["fileIntegrity"]["broken"].clone();
        assert_eq!(json!([broken["sequence"], broken["reason"]]), expected, "{set}");
    }
}

async fn who_was_erased_signs_in_no_more(t: TestApp) {
    let w = t.world();
    let token = t.token(w.resident);
    let ask = async || t.gql(Some(&token), "{ viewer { mayReport } }", Value::Null).await;
    assert_eq!(ask().await.data()["viewer"]["mayReport"], true);
    erase(&t, w.admin, w.resident).await.done("erasePerson");
    let answer = ask().await;
    assert_eq!(answer.status, 401);
    answer.assert_code("UNAUTHENTICATED");
}
