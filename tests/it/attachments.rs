//! Photos, films and documents as evidence 证据: sent in once, used once, read over a signed address, seen by whoever has to do with the case.

use chrono::Duration;
use chuishao::{attachment::service::forget_unused, case::service::verify};
use entity::*;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::{TestApp, global::global, upload::picture};

crate::tests! {
    both: [
        what_was_sent_in_comes_back_as_it_was_while_its_address_is_good,
        a_report_shows_how_it_was_and_evidence_how_it_is,
        the_content_says_what_a_file_is_and_not_its_name,
        what_is_empty_or_too_large_is_refused,
        a_retry_is_answered_with_the_same_attachment,
        only_so_many_wait_to_be_used,
        only_ones_own_unused_attachments_are_used,
        a_person_adds_so_much_to_a_case_and_keeps_nobody_from_adding,
        of_two_uses_at_once_one_succeeds,
        who_has_nothing_to_do_with_a_case_sees_no_attachment,
        whoever_is_complained_of_sees_no_attachment_whatever_else_they_are,
        what_an_anonymous_reporter_sends_in_does_not_name_them,
        what_is_not_used_within_a_day_is_forgotten,
        what_a_person_sent_in_is_erased_with_them,
        whoever_is_erased_while_they_add_evidence_waits_for_nobody_who_waits_for_them,
        an_attachment_that_was_changed_is_found,
        evidence_that_is_said_to_be_erased_was_erased_with_somebody,
        attachments_of_many_cases_cost_as_much_as_of_one,
        attachments_within_one_another_are_not_asked_for,
    ],
}

/// Sent in; the payload's attachment.
async fn sent(t: &TestApp, by: PersonId, name: &str, content: &[u8]) -> Value {
    t.send_in(Some(by), json!({}), name, content).await.done("uploadAttachment")["attachment"].clone()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

async fn fetched(t: &TestApp, address: &str) -> reqwest::Response {
    t.http().get(t.url(address)).send().await.expect("an answer")
}

async fn what_was_sent_in_comes_back_as_it_was_while_its_address_is_good(t: TestApp) {
    let w = t.world();
    let content = [picture("楼道"), vec![0; 3 * 1024 * 1024]].concat();
    let row = sent(&t, w.resident, "相册/楼道 1.png", &content).await;
    let shown = ["fileName", "mediaType", "size", "kind", "erasedAt", "case", "event"].map(|field| row[field].clone());
    let none = Value::Null;
    assert_eq!(shown, [json!("楼道 1.png"), json!("image/png"), json!(content.len()), none.clone(), none.clone(), none.clone(), none]);
    assert_eq!(text(&row["sha256"]).len(), 64);

    let address = text(&row["url"]);
    let answer = fetched(&t, address).await;
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!([header("content-type"), header("x-content-type-options")], ["image/png", "nosniff"]);
    assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(header("cache-control"), "private, max-age=900");
    assert_eq!(header("content-disposition"), "inline; filename*=UTF-8''%E6%A5%BC%E9%81%93%201.png");
    assert_eq!(header("etag"), format!("\"{}\"", text(&row["sha256"])));
    assert_eq!(answer.bytes().await.expect("bytes"), content);
    let head = t.http().head(t.url(address)).send().await.expect("an answer");
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-length"].to_str().ok(), Some(content.len().to_string().as_str()));

    // of another attachment, for longer, by nobody
    let other = sent(&t, w.resident, "b.png", &picture("另一张")).await;
    let (path, proof) = address.split_once('?').expect("a proof");
    let (_, signature) = proof.split_once("&signature=").expect("a signature");
    let other_path = text(&other["url"]).split_once('?').expect("a proof").0;
    let later = (t.now() + Duration::days(1)).timestamp();
    let flipped: String = signature.chars().map(|c| if c == '0' { '1' } else { '0' }).collect();
    for bad in [
        format!("{other_path}?{proof}"),
        format!("{path}?expires={later}&signature={signature}"),
        address.replace(signature, &flipped),
        address.replace(signature, ""),
        address.replace(signature, "zz"),
    ] {
        assert_eq!(fetched(&t, &bad).await.status(), 403, "{bad}");
    }
    assert_eq!(fetched(&t, path).await.status(), 400);
    t.advance(Duration::minutes(15) - Duration::seconds(1));
    assert_eq!(fetched(&t, address).await.status(), 200);
    t.advance(Duration::seconds(1));
    assert_eq!(fetched(&t, address).await.status(), 403);
}

async fn a_report_shows_how_it_was_and_evidence_how_it_is(t: TestApp) {
    let w = t.world();
    let (one, two) = (t.attachment(w.resident).await, t.attachment(w.resident).await);
    let filed = t.report_with(w.resident, json!({ "attachmentIds": [two, one] })).await;
    let after = t.attachment(w.grid_worker).await;
    let input = json!({ "caseId": filed.case, "attachmentIds": [after], "kind": "AFTER", "note": "已清理", "expectedVersion": 1, "idempotencyKey": "1" });
    let payload = "case { version attachments { id } } event { kind note sequence attachments { id kind } }";
    let answer = t.change(Some(w.grid_worker), "addCaseEvidence", input.clone(), payload).await;
    let done = answer.done("addCaseEvidence");
    assert_eq!(done["case"], json!({ "version": 2, "attachments": [{ "id": two }, { "id": one }, { "id": after }] }));
    let entry = json!({ "kind": "EVIDENCE_ADDED", "note": "已清理", "sequence": 2, "attachments": [{ "id": after, "kind": "AFTER" }] });
    assert_eq!(done["event"], entry);
    assert_eq!(t.change(Some(w.grid_worker), "addCaseEvidence", input, payload).await.json, answer.json, "a retry");

    let query = "query($id: ID!) { node(id: $id) { ... on Case {
        attachments { id kind case { id } event { sequence } } before: attachments(kind: BEFORE) { id } other: attachments(kind: OTHER) { id }
        timeline { nodes { kind attachments { id } after: attachments(kind: AFTER) { id } } }
        viewerActions { action allowed } fileIntegrity { intact }
    } } }";
    for who in [w.resident, w.grid_worker, w.community, w.district, w.secretary] {
        let answer = t.ask_with(Some(who), query, json!({ "id": filed.case })).await;
        let case = &answer.data()["node"];
        let of = |id: &str, kind: &str, sequence: u8| json!({ "id": id, "kind": kind, "case": { "id": filed.case }, "event": { "sequence": sequence } });
        assert_eq!(case["attachments"], json!([of(&two, "BEFORE", 1), of(&one, "BEFORE", 1), of(&after, "AFTER", 2)]));
        assert_eq!([&case["before"], &case["other"]], [&json!([{ "id": two }, { "id": one }]), &json!([])]);
        let timeline = json!([
            { "kind": "REPORTED", "attachments": [{ "id": two }, { "id": one }], "after": [] },
            { "kind": "EVIDENCE_ADDED", "attachments": [{ "id": after }], "after": [{ "id": after }] },
        ]);
        assert_eq!(case["timeline"]["nodes"], timeline);
        assert!(case["viewerActions"].as_array().expect("actions").contains(&json!({ "action": "ADD_EVIDENCE", "allowed": true })));
        assert_eq!(case["fileIntegrity"]["intact"], true);
    }
}

async fn the_content_says_what_a_file_is_and_not_its_name(t: TestApp) {
    let by = t.world().resident;
    let heic = b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic....".as_slice();
    let known: [(&[u8], &str, &str); 9] = [
        (b"\xFF\xD8\xFF\xE0....", "image/jpeg", "jpg"),
        (b"GIF89a....", "image/gif", "gif"),
        (b"RIFF....WEBPVP8 ", "image/webp", "webp"),
        (heic, "image/heic", "heic"),
        (b"\0\0\0\x14ftypheic\0\0\0\0mif1", "image/heic", "heic"),
        (b"%PDF-1.7\n<script>alert(1)</script>", "application/pdf", "pdf"),
        (b"\0\0\0\x14ftypisom\0\0\x02\0mp41", "video/mp4", "mp4"),
        (b"\0\0\0\x14ftypmp42\0\0\0\0isom", "video/mp4", "mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video/quicktime", "mov"),
    ];
    for (content, kind, ending) in known {
        // whatever it is called
        let row = sent(&t, by, "a.hta", content).await;
        assert_eq!([&row["mediaType"], &row["fileName"]], [&json!(kind), &json!("a.hta")]);
        let answer = fetched(&t, text(&row["url"])).await;
        let how = answer.headers()["content-disposition"].to_str().expect("text");
        let shown = if kind.starts_with("image/") { "inline" } else { "attachment" };
        assert_eq!(how, format!("{shown}; filename*=UTF-8''a.hta.{ending}"), "it is saved as what it is");
    }
    // a name that looks like another; its own ending is kept
    let row = sent(&t, by, "照\u{200B}片\u{202E}\u{061C}.JPEG", b"\xFF\xD8\xFF\xE0....").await;
    assert_eq!(row["fileName"], "照片.JPEG");
    let answer = fetched(&t, text(&row["url"])).await;
    assert_eq!(answer.headers()["content-disposition"].to_str().ok(), Some("inline; filename*=UTF-8''%E7%85%A7%E7%89%87.JPEG"));
    let unknown: [&[u8]; 8] = [
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"MZ\x90\0",
        b"PK\x03\x04",
        b"RIFF....WAVE",
        b"\0\0\0\x14ftypM4A \0\0\0\0isom",
        b"\0\0\0\x14ftypavif\0\0\0\0mif1",
        b"\xFF",
    ];
    for content in unknown {
        let answer = t.send_in(Some(by), json!({}), "照片.jpg", content).await;
        answer.assert_refused("uploadAttachment", "INVALID_FORMAT");
        let error = &answer.data()["uploadAttachment"]["userErrors"][0];
        assert_eq!(error["path"], json!(["input", "file"]));
        assert!(text(&error["message"]).contains("JPEG、PNG、WebP、GIF、HEIC、PDF、MP4 或 MOV"), "{error}");
    }
}

async fn what_is_empty_or_too_large_is_refused(t: TestApp) {
    let w = t.world();
    t.send_in(Some(w.resident), json!({}), "a.png", b"").await.assert_refused("uploadAttachment", "REQUIRED");
    let most = 10 * 1024 * 1024;
    let of = |size: usize| {
        let mut content = picture("");
        content.resize(size, 0);
        content
    };
    assert_eq!(sent(&t, w.resident, "a.png", &of(most)).await["size"], most);
    let answer = t.send_in(Some(w.resident), json!({}), "a.png", &of(most + 1)).await;
    answer.assert_refused("uploadAttachment", "OUT_OF_RANGE");
    assert!(text(&answer.data()["uploadAttachment"]["userErrors"][0]["message"]).contains("10 MiB"), "{:#}", answer.json);
    // more than any attachment: the transport refuses it
    let answer = t.send_in(Some(w.resident), json!({}), "a.png", &of(most + 2 * 1024 * 1024)).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (413, Some("BAD_USER_INPUT")));
    // who only looks on sends nothing in, and nothing large either
    for who in [w.analyst, w.auditor, w.admin] {
        t.send_in(Some(who), json!({}), "a.png", &picture("")).await.assert_refused("uploadAttachment", "FORBIDDEN");
    }
    let answer = t.send_in(Some(w.analyst), json!({}), "a.png", &of(2 * 1024 * 1024)).await;
    assert_eq!(answer.status.as_u16(), 413);
    let visitor = t.send_in(None, json!({}), "a.png", &picture("")).await;
    visitor.assert_code("UNAUTHENTICATED");
}

async fn a_retry_is_answered_with_the_same_attachment(t: TestApp) {
    let by = Some(t.world().resident);
    let key = json!({ "idempotencyKey": "1" });
    let first = t.send_in(by, key.clone(), "a.png", &picture("一")).await;
    first.done("uploadAttachment");
    assert_eq!(t.send_in(by, key.clone(), "a.png", &picture("一")).await.json, first.json);
    assert_eq!(attachment::Entity::find().count(&t.app.db.read).await.expect("counted"), 1);
    t.send_in(by, key, "a.png", &picture("二")).await.assert_refused("uploadAttachment", "IDEMPOTENCY_KEY_REUSED");
}

/// One that waits to be used. Not inserted.
fn row(t: &TestApp, by: PersonId) -> attachment::Model {
    attachment::Model {
        id: t.app.clock.new_id(),
        uploaded_by: Some(by),
        uploaded_at: t.now(),
        file_name: "a.png".into(),
        media_type: "image/png".into(),
        size: 1,
        sha256: "0".repeat(64),
        kind: None,
        case_id: None,
        event_id: None,
        position: None,
        erased_at: None,
    }
}

async fn only_so_many_wait_to_be_used(t: TestApp) {
    let w = t.world();
    t.insert((0..49).map(|_| row(&t, w.resident))).await;
    let last = t.attachment(w.resident).await;
    t.send_in(Some(w.resident), json!({}), "a.png", &picture("")).await.assert_refused("uploadAttachment", "OUT_OF_RANGE");
    t.attachment(w.resident2).await;
    t.report_with(w.resident, json!({ "attachmentIds": [last] })).await;
    t.attachment(w.resident).await;
}

async fn only_ones_own_unused_attachments_are_used(t: TestApp) {
    let w = t.world();
    let (mine, used) = (t.attachment(w.resident).await, t.attachment(w.resident).await);
    let another = t.attachment(w.resident2).await;
    let filed = t.report_with(w.resident, json!({ "attachmentIds": [used] })).await;
    let unknown = global(t.app.clock.new_id::<AttachmentId>());
    for bad in [&another, &used, &unknown, &mine, &filed.case, &String::new()] {
        // the first is good, and good only once
        let ids = json!({ "attachmentIds": [mine, bad], "kind": "OTHER" });
        let expected = ("NOT_FOUND", "attachmentIds.1");
        t.refuses_with(w.resident, "addCaseEvidence", &filed.case, ids.clone(), expected).await;
        let before = t.records().await;
        let answer = t.try_report(w.resident, json!({ "attachmentIds": [mine, bad] })).await;
        answer.assert_refused("reportCase", "NOT_FOUND");
        assert_eq!(answer.data()["reportCase"]["userErrors"][0]["path"], json!(["input", "attachmentIds", "1"]));
        assert_eq!(t.records().await, before);
    }
    let many = vec![mine.clone(); 10];
    for ids in [json!([]), json!(many)] {
        let with = json!({ "attachmentIds": ids });
        t.refuses_with(w.resident, "addCaseEvidence", &filed.case, with, ("OUT_OF_RANGE", "attachmentIds")).await;
    }
    t.try_report(w.resident, json!({ "attachmentIds": many })).await.assert_refused("reportCase", "OUT_OF_RANGE");
    // none of that has used it up
    t.report_with(w.resident, json!({ "attachmentIds": [mine] })).await;
    t.report_with(w.resident, json!({ "attachmentIds": [] })).await;
    // who may add no note adds no evidence either
    let theirs = t.attachment(w.far_resident).await;
    t.refuses_with(w.far_resident, "addCaseEvidence", &filed.case, json!({ "attachmentIds": [theirs] }), ("NOT_FOUND", "caseId")).await;
}

async fn a_person_adds_so_much_to_a_case_and_keeps_nobody_from_adding(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    let case_id = t.records().await.cases.first().map(|case| case.id);
    t.insert((0..49).map(|_| attachment::Model { kind: Some(EvidenceKind::Other), case_id, ..row(&t, w.resident) })).await;
    let two = json!({ "attachmentIds": [t.attachment(w.resident).await, t.attachment(w.resident).await] });
    t.refuses_with(w.resident, "addCaseEvidence", &filed.case, two.clone(), ("OUT_OF_RANGE", "attachmentIds")).await;
    t.does_with(w.resident, "addCaseEvidence", &filed.case, json!({ "attachmentIds": [two["attachmentIds"][0]] })).await;
    t.refuses_with(w.resident, "addCaseEvidence", &filed.case, json!({}), ("OUT_OF_RANGE", "attachmentIds")).await;
    t.does(w.grid_worker, "addCaseEvidence", &filed.case).await;
    // another case, and nothing was used up
    t.report_with(w.resident, json!({ "attachmentIds": [two["attachmentIds"][1]] })).await;
}

async fn of_two_uses_at_once_one_succeeds(t: TestApp) {
    let w = t.world();
    let (id, filed) = (t.attachment(w.resident).await, t.report(w.resident).await);
    let ids = json!({ "attachmentIds": [id] });
    let (one, other) = tokio::join!(t.try_report(w.resident, ids.clone()), t.act(w.resident, "addCaseEvidence", &filed.case, ids.clone()));
    let refused = [one.user_errors("reportCase"), other.user_errors("addCaseEvidence")].concat();
    assert_eq!(refused, ["NOT_FOUND"]);
    let (_, told) = verified(&t).await;
    assert_eq!(told, Vec::<String>::new());
}

async fn who_has_nothing_to_do_with_a_case_sees_no_attachment(t: TestApp) {
    let w = t.world();
    let (id, unused) = (t.attachment(w.resident).await, t.attachment(w.resident).await);
    // the grid's worker is complained of, and sees the case all the same
    let about = json!({ "attachmentIds": [id], "respondent": { "handlerId": global(w.grid1) } });
    let case = t.report_with(w.resident, about).await.case;
    let query = "query($case: ID!, $id: ID!, $unused: ID!) {
        case: node(id: $case) { id ... on Case { attachments { id } timeline { nodes { attachments { id } } } } }
        node(id: $id) { id } unused: node(id: $unused) { id }
    }";
    let seen =
        async |who: Option<PersonId>| t.ask_with(who, query, json!({ "case": case, "id": id, "unused": unused })).await.data().clone();
    for who in [w.resident, w.community, w.subdistrict, w.district, w.secretary] {
        let data = seen(Some(who)).await;
        assert_eq!(data["case"]["attachments"], json!([{ "id": id }]), "{who:?}");
        assert_eq!(data["case"]["timeline"]["nodes"][0]["attachments"], json!([{ "id": id }]), "{who:?}");
        assert_eq!(data["node"], json!({ "id": id }), "{who:?}");
        assert_eq!(data["unused"].is_object(), who == w.resident, "{who:?}");
    }
    for who in [w.grid_worker, w.analyst, w.auditor, w.admin] {
        let data = seen(Some(who)).await;
        assert_eq!(data["case"]["id"], json!(case), "{who:?}");
        assert_eq!(data["case"]["attachments"], json!([]), "{who:?}");
        assert_eq!(data["case"]["timeline"]["nodes"][0]["attachments"], json!([]), "{who:?}");
        assert_eq!([&data["node"], &data["unused"]], [&Value::Null; 2], "{who:?}");
    }
    for who in [None, Some(w.resident2), Some(w.far_community), Some(w.nobody)] {
        assert_eq!(seen(who).await, json!({ "case": null, "node": null, "unused": null }), "{who:?}");
    }
}

async fn whoever_is_complained_of_sees_no_attachment_whatever_else_they_are(t: TestApp) {
    let w = t.world();
    let query = "query($case: ID!, $id: ID!) { case: node(id: $case) { ... on Case { attachments { id } } } node(id: $id) { id } }";
    // an officer of the place, by name; a manager, who reports the own firm
    let officer = json!({ "personId": global(w.community) });
    let firm = json!({ "handlerId": global(w.firm_a) });
    for (by, respondent, complained_of) in [(w.resident, officer, w.community), (w.firm, firm, w.firm)] {
        let id = t.attachment(by).await;
        let case = t.report_with(by, json!({ "attachmentIds": [id], "respondent": respondent })).await.case;
        for who in [complained_of, w.community2] {
            let data = t.ask_with(Some(who), query, json!({ "case": case, "id": id })).await.data().clone();
            let seen = if who == complained_of { json!([]) } else { json!([{ "id": id }]) };
            assert_eq!(data["case"]["attachments"], seen, "{who:?}");
            assert_eq!(data["node"].is_null(), who == complained_of, "{who:?}");
        }
        t.refuses(complained_of, "addCaseEvidence", &case, ("RESPONDENT", "caseId")).await;
    }
}

async fn what_an_anonymous_reporter_sends_in_does_not_name_them(t: TestApp) {
    let w = t.world();
    let row = sent(&t, w.resident, "居民甲的家.png", &picture("家")).await;
    let filed = t.report_with(w.resident, json!({ "attachmentIds": [row["id"]], "anonymous": true })).await;
    for (by, name) in [(w.resident, "居民甲的门.png"), (w.grid_worker, "门口.png")] {
        let row = sent(&t, by, name, &picture(name)).await;
        t.does_with(by, "addCaseEvidence", &filed.case, json!({ "attachmentIds": [row["id"]] })).await;
    }
    let query = "query($id: ID!) { node(id: $id) { ... on Case { attachments { fileName event { actor { name } } } } } }";
    let answer = t.ask_with(Some(w.grid_worker), query, json!({ "id": filed.case })).await;
    let of_reporter = json!({ "fileName": "未命名", "event": { "actor": null } });
    let of_duty = json!({ "fileName": "门口.png", "event": { "actor": { "name": "网格员甲" } } });
    assert_eq!(answer.data()["node"]["attachments"], json!([of_reporter, of_reporter, of_duty]));
}

async fn what_is_not_used_within_a_day_is_forgotten(t: TestApp) {
    let w = t.world();
    let (used, unused) = (t.attachment(w.resident).await, sent(&t, w.resident, "a.png", &picture("")).await);
    t.report_with(w.resident, json!({ "attachmentIds": [used] })).await;
    let forget = async || forget_unused(&t.app.db, t.now()).await.expect("forgotten");
    t.advance(Duration::hours(24) - Duration::seconds(1));
    let young = t.attachment(w.resident).await;
    assert_eq!(forget().await, 0);
    t.advance(Duration::seconds(1));
    assert_eq!(forget().await, 1);
    let left = t
        .ask_with(Some(w.resident), "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": [used, unused["id"], young] }))
        .await;
    assert_eq!(left.data()["nodes"], json!([{ "id": used }, null, { "id": young }]));
    assert_eq!(attachment_content::Entity::find().count(&t.app.db.read).await.expect("counted"), 2, "the content goes too");
}

async fn what_a_person_sent_in_is_erased_with_them(t: TestApp) {
    let w = t.world();
    let row = sent(&t, w.resident, "居民甲的家.png", &picture("家")).await;
    let filed = t.report_with(w.resident, json!({ "attachmentIds": [row["id"]] })).await;
    let of_duty = sent(&t, w.grid_worker, "居民甲家门口.png", &picture("门口")).await;
    t.does_with(w.grid_worker, "addCaseEvidence", &filed.case, json!({ "attachmentIds": [of_duty["id"]] })).await;
    t.attachment(w.resident).await;
    let input = json!({ "personId": global(w.resident), "reason": "本人书面申请" });
    t.change(Some(w.admin), "erasePerson", input, "casesChanged").await.done("erasePerson");

    let query = "query($id: ID!) { node(id: $id) { ... on Case {
        attachments { fileName kind url erasedAt sha256 } fileIntegrity { intact }
    } } }";
    let answer = t.ask_with(Some(w.community), query, json!({ "id": filed.case })).await;
    let case = &answer.data()["node"];
    let [theirs, of_duty] = case["attachments"].as_array().expect("attachments").as_slice() else { panic!("{case:#}") };
    assert_eq!([&theirs["fileName"], &theirs["kind"], &theirs["url"]], [&json!("已删除"), &json!("BEFORE"), &Value::Null]);
    assert!(theirs["erasedAt"].is_string() && theirs["sha256"] == row["sha256"], "{theirs:#}");
    assert!(of_duty["url"].is_string() && of_duty["erasedAt"].is_null(), "{of_duty:#}");
    assert_eq!(of_duty["fileName"], "已删除家门口.png");
    assert_eq!(case["fileIntegrity"]["intact"], true);
    assert_eq!(fetched(&t, text(&row["url"])).await.status(), 404, "the address is good, and nothing is there");
    assert_eq!(fetched(&t, text(&of_duty["url"])).await.status(), 200);
    let rows = attachment::Entity::find().all(&t.app.db.read).await.expect("read");
    assert_eq!(rows.len(), 2, "what waited to be used is gone");
    assert!(rows.iter().all(|row| row.uploaded_by != Some(w.resident)), "{rows:#?}");
    assert_eq!(attachment_content::Entity::find().count(&t.app.db.read).await.expect("counted"), 1);
    let (broken, told) = verified(&t).await;
    assert_eq!(broken, 0, "{told:#?}");
}

async fn whoever_is_erased_while_they_add_evidence_waits_for_nobody_who_waits_for_them(t: TestApp) {
    if !t.app.db.is_postgres() {
        // SQLite has one writer
        return;
    }
    let w = t.world();
    let (first, second) = (t.report(w.resident).await, t.report(w.resident).await);
    let ids = json!({ "attachmentIds": [t.attachment(w.resident).await] });
    // the erasure stops at the first case; meanwhile something is added to the second
    let held = t.app.db.begin().await.expect("begun");
    held.execute_unprepared(&format!("SELECT 1 FROM case_file WHERE number = '{}' FOR UPDATE", first.number)).await.expect("locked");
    let input = json!({ "personId": global(w.resident), "reason": "本人书面申请" });
    let adds = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        t.act(w.resident, "addCaseEvidence", &second.case, ids).await
    };
    let lets_go = async {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        held.commit().await.expect("committed");
    };
    let (erased, added, ()) = tokio::join!(t.change(Some(w.admin), "erasePerson", input, "casesChanged"), adds, lets_go);
    assert_ne!(added.code(), Some("INTERNAL"), "{:#}", added.json);
    assert_eq!(erased.done("erasePerson")["casesChanged"], 2);
    assert_eq!(attachment_content::Entity::find().count(&t.app.db.read).await.expect("counted"), 0);
}

/// How many files the command finds broken, and what it says of them.
async fn verified(t: &TestApp) -> (u64, Vec<String>) {
    let mut told = Vec::new();
    let tally = verify(&t.app.db, None, |number, finding| told.push(format!("{number} {finding:?}"))).await.expect("read");
    (tally.expect("all of them").broken, told)
}

/// Sequence and reason; null where the file is whole.
async fn fault(t: &TestApp, case: &str) -> Value {
    let query = "query($id: ID!) { node(id: $id) { ... on Case { fileIntegrity { broken { sequence reason } } } } }";
    let answer = t.ask_with(Some(t.world().district), query, json!({ "id": case })).await;
    match &answer.data()["node"]["fileIntegrity"]["broken"] {
        Value::Null => Value::Null,
        broken => json!([broken["sequence"], broken["reason"]]),
    }
}

async fn an_attachment_that_was_changed_is_found(t: TestApp) {
    let w = t.world();
    let filed = t.report_with(w.resident, json!({ "attachmentIds": [t.attachment(w.resident).await] })).await;
    t.does_with(w.grid_worker, "addCaseEvidence", &filed.case, json!({})).await;
    let other = t.report(w.resident2).await;
    assert_eq!((fault(&t, &filed.case).await, verified(&t).await.0), (Value::Null, 0));

    // the bytes: read by the command alone
    let after = attachment::Entity::find().all(&t.app.db.read).await.expect("read");
    let after = after.into_iter().find(|row| row.kind == Some(EvidenceKind::After)).expect("one");
    let put = async |bytes: Vec<u8>| {
        let tx = t.app.db.begin().await.expect("begun");
        let row = attachment_content::ActiveModel { attachment_id: Set(after.id), bytes: Set(bytes) };
        row.update(&tx).await.expect("updated");
        tx.commit().await.expect("committed");
    };
    let content = attachment_content::Entity::find_by_id(after.id).one(&t.app.db.read).await.expect("read").expect("content").bytes;
    put(picture("换了一张")).await;
    let (broken, told) = verified(&t).await;
    assert!(broken == 1 && told[0].starts_with(&filed.number) && told[0].contains("AttachmentChanged"), "{told:#?}");
    assert_eq!(fault(&t, &filed.case).await, Value::Null);
    put(content).await;
    assert_eq!(verified(&t).await.0, 0);

    // the rows: by whoever asks
    let of = |number: &str| format!("(SELECT id FROM case_file WHERE number = '{number}')");
    let theirs = format!("case_id = {} AND kind = 'AFTER'", of(&filed.number));
    for (change, back) in [
        ("sha256 = file_name", format!("sha256 = '{}'", after.sha256)),
        ("kind = 'OTHER'", "kind = 'AFTER'".to_owned()),
        ("event_id = NULL", "event_id = (SELECT id FROM case_event WHERE kind = 'EVIDENCE_ADDED')".to_owned()),
    ] {
        t.sql(&format!("UPDATE attachment SET {change} WHERE {theirs}")).await;
        assert_eq!(fault(&t, &filed.case).await, json!([2, "ATTACHMENT_CHANGED"]), "{change}");
        t.sql(&format!("UPDATE attachment SET {back} WHERE kind <> 'BEFORE'")).await;
        assert_eq!(fault(&t, &filed.case).await, Value::Null, "{back}");
    }
    t.sql(&format!("UPDATE attachment SET case_id = {} WHERE {theirs}", of(&other.number))).await;
    assert_eq!(fault(&t, &filed.case).await, json!([2, "ATTACHMENT_CHANGED"]), "it is gone from here");
    assert_eq!(fault(&t, &other.case).await, json!([1, "ATTACHMENT_CHANGED"]), "and no entry tells of it there");
    t.sql(&format!("UPDATE attachment SET case_id = {} WHERE kind = 'AFTER'", of(&filed.number))).await;
    assert_eq!((fault(&t, &filed.case).await, fault(&t, &other.case).await), (Value::Null, Value::Null));
    // what the entry says of them is in its hash
    t.sql("UPDATE case_event SET attachments = NULL WHERE kind = 'EVIDENCE_ADDED'").await;
    assert_eq!(fault(&t, &filed.case).await, json!([2, "CHANGED"]));
}

async fn evidence_that_is_said_to_be_erased_was_erased_with_somebody(t: TestApp) {
    let w = t.world();
    let filed = t.report_with(w.resident, json!({ "attachmentIds": [t.attachment(w.resident).await] })).await;
    let changed = json!([1, "ATTACHMENT_CHANGED"]);
    t.sql("DELETE FROM attachment_content").await;
    t.sql("UPDATE attachment SET erased_at = uploaded_at").await;
    assert_eq!((fault(&t, &filed.case).await, verified(&t).await.0), (changed.clone(), 1));
    // nor is it at another time than its entry
    t.sql("UPDATE attachment SET erased_at = NULL").await;
    t.advance(Duration::seconds(1));
    let input = json!({ "personId": global(w.resident), "reason": "本人书面申请" });
    t.change(Some(w.admin), "erasePerson", input, "casesChanged").await.done("erasePerson");
    assert_eq!((fault(&t, &filed.case).await, verified(&t).await.0), (Value::Null, 0));
    t.sql("UPDATE attachment SET erased_at = uploaded_at").await;
    assert_eq!((fault(&t, &filed.case).await, verified(&t).await.0), (changed, 1));
}

async fn attachments_of_many_cases_cost_as_much_as_of_one(t: TestApp) {
    let w = t.world();
    for _ in 0..5 {
        let ids = [t.attachment(w.resident).await, t.attachment(w.resident).await];
        let case = t.report_with(w.resident, json!({ "attachmentIds": ids })).await.case;
        t.does_with(w.grid_worker, "addCaseEvidence", &case, json!({})).await;
    }
    let query = "query($n: Int!) { cases(first: $n) { nodes {
        attachments { id url event { kind } case { number } } timeline { nodes { attachments { id } } }
    } } }";
    let mut costs = Vec::new();
    for n in [1, 5] {
        let mark = t.statements.count();
        let answer = t.ask_with(Some(w.district), query, json!({ "n": n })).await;
        let nodes = answer.data()["cases"]["nodes"].as_array().expect("nodes").clone();
        assert_eq!(nodes.len(), n);
        assert!(nodes.iter().all(|case| case["attachments"].as_array().map(Vec::len) == Some(3)), "{nodes:#?}");
        costs.push(t.statements.since(mark));
    }
    assert_eq!(costs[0].len(), costs[1].len(), "{:#?}", costs[1]);
}

/// Of a case with a hundred of them, the answer to the first would have a million.
async fn attachments_within_one_another_are_not_asked_for(t: TestApp) {
    let w = t.world();
    let filed = t.report_with(w.resident, json!({ "attachmentIds": [t.attachment(w.resident).await] })).await;
    let ask = async |selection: &str, fragments: &str| {
        let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Case {{ {selection} }} }} }} {fragments}");
        t.ask_with(Some(w.resident), &query, json!({ "id": filed.case })).await
    };
    ask("attachments { case { attachments { case { attachments { id } } } } }", "").await.assert_code("QUERY_TOO_COMPLEX");
    ask("attachments { event { all: attachments { id } } }", "").await.assert_code("QUERY_TOO_COMPLEX");
    let fragments = "fragment A on Case { attachments { case { ...B } } } fragment B on Case { attachments { id } }";
    ask("...A", fragments).await.assert_code("QUERY_TOO_COMPLEX");
    // beside one another they are
    let beside = "...B all: attachments { id event { sequence } } timeline { nodes { attachments { id } } }";
    let answer = ask(beside, "fragment B on Case { attachments { id } }").await;
    assert_eq!(answer.data()["node"]["all"][0]["event"]["sequence"], 1);
}
