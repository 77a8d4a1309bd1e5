//! What is found by which words, and by whom.

use chuishao::search;
use entity::*;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::support::{TestApp, global::global};

crate::tests! {
    both: [
        chinese_is_found_from_one_character_on,
        names_are_found_by_the_initials_of_their_pinyin,
        a_name_is_found_without_what_parts_it,
        initials_begin_also_at_letters_and_digits_in_the_middle_of_a_name,
        a_name_is_found_by_all_of_its_initials,
        what_is_read_in_several_ways_is_found_by_each,
        numbers_and_letters_are_found_from_the_beginning_of_a_word_on,
        words_of_any_script_are_found,
        a_number_with_hyphens_is_found_beside_other_characters,
        each_finds_the_cases_they_see_and_no_other,
        a_masked_name_is_not_found,
        erased_words_are_found_no_more,
        a_text_that_changes_is_found_anew,
        what_cannot_be_found_is_no_fault,
        what_was_there_before_is_taken_in_once,
        what_an_earlier_version_has_kept_is_made_anew,
    ],
}

/// What somebody finds, each with its type; the total is that of the list.
pub async fn find(t: &TestApp, who: Option<PersonId>, wanted: &str) -> Vec<String> {
    let query = "query($wanted: String!) { search(query: $wanted, first: 200) { totalCount nodes { __typename
        ... on Complex { name } ... on PropertyFirm { name } ... on Person { name } ... on Case { title } } } }";
    let answer = t.ask_with(who, query, json!({ "wanted": wanted })).await;
    let found = &answer.data()["search"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let label = |node: &Value| format!("{} {}{}", text(&node["__typename"]), text(&node["name"]), text(&node["title"]));
    let mut labels: Vec<String> = found["nodes"].as_array().expect("nodes").iter().map(label).collect();
    assert_eq!(found["totalCount"], labels.len(), "{wanted}");
    labels.sort_unstable();
    labels
}

async fn chinese_is_found_from_one_character_on(t: TestApp) {
    let w = t.world();
    t.report_with(w.resident, json!({ "title": "新月苑 电梯困人", "description": "网格员已到场，轿厢停在二楼" })).await;
    for (wanted, expected) in [
        ("月苑", &["Case 新月苑 电梯困人", "Complex 新月苑"][..]),
        ("苑", &["Case 新月苑 电梯困人", "Complex 新月苑"]),
        ("新", &["Case 新月苑 电梯困人", "Complex 新月苑"]),
        ("小区", &["Complex 大塘小区", "Complex 铁东小区"]),
        ("塘小", &["Complex 大塘小区"]),
        ("铁东小区", &["Complex 铁东小区"]),
        ("物业", &["PropertyFirm 乙物业", "PropertyFirm 甲物业"]),
        ("网格", &["Case 新月苑 电梯困人", "Person 网格员乙", "Person 网格员甲"]),
        // all of the words, wherever they stand
        ("困人 网格员", &["Case 新月苑 电梯困人"]),
        ("轿厢，新月", &["Case 新月苑 电梯困人"]),
        ("困人 铁东", &[]),
        // across a blank as without it, but not across other characters
        ("苑电", &[]),
        ("区小", &[]),
        ("新苑", &[]),
    ] {
        assert_eq!(find(&t, Some(w.district), wanted).await, expected, "{wanted}");
    }
    // a case comes after what it is about
    let first = t.ask(Some(w.district), r#"{ search(query: "月苑", first: 1) { nodes { __typename } } }"#).await;
    assert_eq!(first.data()["search"]["nodes"][0]["__typename"], "Complex");
    let only = t.ask(Some(w.district), r#"{ search(query: "月苑", types: [CASE]) { totalCount nodes { __typename } } }"#).await;
    assert_eq!(only.data()["search"], json!({ "totalCount": 1, "nodes": [{ "__typename": "Case" }] }));
}

async fn names_are_found_by_the_initials_of_their_pinyin(t: TestApp) {
    let w = t.world();
    // 长 is read chang and zhang, 乐 le and yue
    let long = complex(&t, "长乐100号院");
    insert_complex(&t, long).await;
    t.report_with(w.resident, json!({ "title": "井盖缺失", "description": "路灯损坏" })).await;
    for (wanted, expected) in [
        ("xyy", &["Complex 新月苑"][..]),
        ("XYY", &["Complex 新月苑"]),
        ("ｘｙｙ", &["Complex 新月苑"]),
        ("dt", &["Complex 大塘小区"]),
        ("dtx", &["Complex 大塘小区"]),
        ("txq", &["Complex 大塘小区"]),
        ("jwy", &["PropertyFirm 甲物业"]),
        ("cl100hy", &["Complex 长乐100号院"]),
        ("zy", &["Complex 长乐100号院"]),
        ("qjj", &["Person 区级甲"]),
        ("jgqs", &["Case 井盖缺失"]),
        ("gq", &["Case 井盖缺失"]),
        // of titles, not of long texts
        ("ldsh", &[]),
        ("yx", &[]),
    ] {
        assert_eq!(find(&t, Some(w.district), wanted).await, expected, "{wanted}");
    }
}

/// What the district's officer finds, who sees all.
async fn found_by_the_district(t: &TestApp, all: &[(&str, &[&str])]) {
    for (wanted, expected) in all {
        assert_eq!(find(t, Some(t.world().district), wanted).await, *expected, "{wanted}");
    }
}

async fn a_name_is_found_without_what_parts_it(t: TestApp) {
    for name in ["御景湾（二期）", "碧桂园·翡翠湾", "A区花园"] {
        insert_complex(&t, complex(&t, name)).await;
    }
    let (bay, jade, garden) = (["Complex 御景湾（二期）"], ["Complex 碧桂园·翡翠湾"], ["Complex A区花园"]);
    found_by_the_district(
        &t,
        &[
            ("御景湾二期", &bay),
            ("御景湾（二期）", &bay),
            ("御景湾 (二期)", &bay),
            ("湾二", &bay),
            ("yjweq", &bay),
            ("weq", &bay),
            ("eq", &bay),
            ("碧桂园翡翠湾", &jade),
            ("碧桂园·翡翠湾", &jade),
            ("翡翠湾", &jade),
            ("bgyfcw", &jade),
            ("a区花园", &garden),
            ("aqhy", &garden),
            ("AQ", &garden),
            ("qhy", &garden),
            ("期御", &[]),
        ],
    )
    .await;
}

async fn initials_begin_also_at_letters_and_digits_in_the_middle_of_a_name(t: TestApp) {
    for name in ["新月苑A区", "万豪2期", "金城BT花园"] {
        insert_complex(&t, complex(&t, name)).await;
    }
    let (part, phase, garden) = (["Complex 新月苑A区"], ["Complex 万豪2期"], ["Complex 金城BT花园"]);
    found_by_the_district(
        &t,
        &[
            ("aq", &part),
            ("AQ", &part),
            ("xyyaq", &part),
            ("2q", &phase),
            ("wh2q", &phase),
            ("bthy", &garden),
            // not in the middle of what belongs together
            ("thy", &[]),
        ],
    )
    .await;
}

async fn a_name_is_found_by_all_of_its_initials(t: TestApp) {
    let w = t.world();
    let firm = property_firm::Model {
        id: t.app.clock.new_id(),
        name: "娄底市新长城物业管理有限责任公司".into(),
        district_id: w.area_district,
        provenance: Provenance::Invented,
        provenance_note: None,
        credit_code: None,
        version: 1,
    };
    t.insert([firm.clone()]).await;
    index(&t, firm).await;
    t.report_with(w.resident, json!({ "title": "新月苑二层电梯困人三小时" })).await;
    let (firm, case) = (["PropertyFirm 娄底市新长城物业管理有限责任公司"], ["Case 新月苑二层电梯困人三小时"]);
    found_by_the_district(
        &t,
        &[
            ("ldsxccwyglyxzrgs", &firm),
            ("ldsxzcwyglyxzrgs", &firm),
            ("ccwyglyxzrgs", &firm),
            ("ldsxccwyglyxzrgx", &[]),
            // of a title eight are kept, and more of them find what eight find
            ("xyyecdtk", &case),
            ("xyyecdtkrsxs", &case),
            ("ecdtkrsxs", &case),
            ("xyyecdtx", &[]),
        ],
    )
    .await;
}

async fn what_is_read_in_several_ways_is_found_by_each(t: TestApp) {
    for name in ["番禺家园", "莘庄公寓", "晟世华庭", "十里堡", "区家大院"] {
        insert_complex(&t, complex(&t, name)).await;
    }
    for title in ["邻里纠纷调解", "给水管爆裂", "窨井盖破损", "泊位被占"] {
        t.report_with(t.world().resident, json!({ "title": title })).await;
    }
    found_by_the_district(
        &t,
        &[
            ("pyj", &["Complex 番禺家园"]),
            ("fyj", &["Complex 番禺家园"]),
            ("xzgy", &["Complex 莘庄公寓"]),
            ("ssht", &["Complex 晟世华庭"]),
            ("slp", &["Complex 十里堡"]),
            ("slb", &["Complex 十里堡"]),
            // as a family name, where the name begins with it
            ("ojdy", &["Complex 区家大院"]),
            ("qjdy", &["Complex 区家大院"]),
            ("xo", &[]),
            ("lljftj", &["Case 邻里纠纷调解"]),
            ("jsg", &["Case 给水管爆裂"]),
            ("yjgps", &["Case 窨井盖破损"]),
            ("bwb", &["Case 泊位被占"]),
        ],
    )
    .await;
}

/// Vowels and other marks belong to the word.
async fn words_of_any_script_are_found(t: TestApp) {
    for name in ["བོད་ཁང", "हिन्दी भवन", "مُحَمَّد", "🅰区"] {
        insert_complex(&t, complex(&t, name)).await;
    }
    found_by_the_district(
        &t,
        &[
            ("བོད", &["Complex བོད་ཁང"]),
            ("བོད་ཁང", &["Complex བོད་ཁང"]),
            ("བོང", &[]),
            ("भवन हि", &["Complex हिन्दी भवन"]),
            ("مُحَمَّد", &["Complex مُحَمَّد"]),
            ("🅰", &["Complex 🅰区"]),
            ("🅱", &[]),
        ],
    )
    .await;
}

async fn numbers_and_letters_are_found_from_the_beginning_of_a_word_on(t: TestApp) {
    let w = t.world();
    let filed =
        t.report_with(w.resident, json!({ "title": "新月苑3栋B座1203室漏水", "description": "联系 0738-8312345，见 HTTP/2" })).await;
    t.report_with(w.resident, json!({ "title": "新月苑13栋A座漏水" })).await;
    let (one, both) = (vec!["Case 新月苑3栋B座1203室漏水"], vec!["Case 新月苑13栋A座漏水", "Case 新月苑3栋B座1203室漏水"]);
    let last = filed.number.rsplit('-').next().expect("a number").to_owned();
    let from_year = filed.number.split_once('-').expect("a number").1.to_owned();
    for wanted in [
        filed.number.as_str(),
        &from_year,
        &last,
        &filed.number.replace('-', "－"),
        "3栋",
        "苑3栋b座",
        "1203",
        "12",
        "B座1203室",
        "座12",
        "0738-8312345",
        "8312345",
        "http",
    ] {
        assert_eq!(find(&t, Some(w.district), wanted).await, one, "{wanted}");
    }
    assert_eq!(find(&t, Some(w.district), "431302-20").await, both);
    // the zeros before a number can be left out
    assert!(find(&t, Some(w.district), last.trim_start_matches('0')).await.contains(&one[0].to_owned()));
    for wanted in ["203", "ttp", "9栋", "栋1203", "431302-1999"] {
        assert_eq!(find(&t, Some(w.district), wanted).await, [""; 0], "{wanted}");
    }
}

async fn a_number_with_hyphens_is_found_beside_other_characters(t: TestApp) {
    let w = t.world();
    t.report_with(w.resident, json!({ "title": "新月苑12栋3-1-502室漏水", "description": "联系0738-8312345" })).await;
    t.report_with(w.resident, json!({ "title": "A3-502 门禁失灵" })).await;
    let (room, door) = (["Case 新月苑12栋3-1-502室漏水"], ["Case A3-502 门禁失灵"]);
    found_by_the_district(
        &t,
        &[
            ("新月苑12栋3-1-502室漏水", &room),
            ("12栋3-1-502", &room),
            ("12栋3－1－5", &room),
            ("3-1-502室", &room),
            ("1-502室漏", &room),
            ("3-1-502", &room),
            ("漏水 3-1-502室", &room),
            ("联系0738-8312345", &room),
            ("0738-8312345", &room),
            ("A3-502", &door),
            ("a3-50", &door),
            ("3-502", &door),
            ("2栋3-1-502", &[]),
            ("3-2-502室", &[]),
            ("3-1-50室", &[]),
            ("3-1-502号", &[]),
            ("13-1-502", &[]),
            ("A1-502", &[]),
        ],
    )
    .await;
}

async fn each_finds_the_cases_they_see_and_no_other(t: TestApp) {
    crate::authz::five_cases(&t).await;
    t.sql("UPDATE case_file SET title = '消防通道堵塞'").await;
    search::anew(&t.app.db).await.expect("words");
    let everyone = t.world().persons().map(Some).chain([None]);
    let mut found = Vec::new();
    for who in everyone {
        let query = r#"{ cases(first: 200) { totalCount nodes { id } }
            filtered: cases(first: 200, filter: {text: "通道"}) { totalCount nodes { id } }
            search(first: 200, query: "通道") { totalCount nodes { ... on Node { id } } } }"#;
        let answer = t.ask(who, query).await;
        let data = answer.data();
        assert_eq!(data["filtered"], data["cases"], "{who:?}");
        assert_eq!(data["search"], data["cases"], "{who:?}");
        found.push(data["search"]["totalCount"].as_u64());
    }
    assert!(found.contains(&Some(0)) && found.contains(&Some(1)) && found.contains(&Some(4)), "{found:?}");
}

async fn a_masked_name_is_not_found(t: TestApp) {
    let w = t.world();
    let persons = async |who: PersonId, filter: &str| {
        let answer = t.ask(Some(who), &format!("{{ persons(first: 200, filter: {{{filter}}}) {{ totalCount nodes {{ name }} }} }}")).await;
        let mut names: Vec<String> =
            answer.data()["persons"]["nodes"].as_array().expect("nodes").iter().map(|p| p["name"].to_string()).collect();
        assert_eq!(answer.data()["persons"]["totalCount"], names.len());
        names.sort_unstable();
        names
    };
    for (who, wanted, expected) in [
        (w.community, "居民", &[][..]),
        (w.community, "jm", &[]),
        (w.community, "居", &[]),
        (w.district, "居民甲", &[]),
        (w.resident, "居民", &["\"居民甲\""]),
        (w.resident, "网格", &[]),
        (w.community, "网格", &["\"网格员乙\"", "\"网格员甲\""]),
        (w.community, "wgyj", &["\"网格员甲\""]),
        // his post ended yesterday: whoever sees him sees 网**
        (w.district, "网格员丙", &[]),
        (w.firm, "经理", &["\"经理甲\""]),
        (w.nobody, "路人", &["\"路人甲\""]),
    ] {
        assert_eq!(persons(who, &format!("text: \"{wanted}\"")).await, expected, "{wanted}");
        let same: Vec<String> = expected.iter().map(|name| format!("Person {}", name.trim_matches('"'))).collect();
        let found = find(&t, Some(who), wanted).await;
        assert_eq!(found.into_iter().filter(|found| found.starts_with("Person")).collect::<Vec<_>>(), same, "{wanted}");
    }
    // nor is it told by what is left when it is taken away
    for nobody in ["居民甲", "没有此人"] {
        assert_eq!(persons(w.community, &format!("not: {{text: \"{nobody}\"}}")).await, persons(w.community, "").await);
    }
    assert_eq!(find(&t, None, "甲").await, ["PropertyFirm 甲物业"]);
}

/// Where any of these bytes stand in what the index keeps.
async fn kept(t: &TestApp, word: &str) -> i64 {
    let db = &t.app.db.read;
    let mut tables = vec![format!("SELECT COUNT(*) AS n FROM search_row WHERE terms LIKE '%{word}%'")];
    if !t.app.db.is_postgres() {
        tables.push(format!("SELECT COUNT(*) AS n FROM search_hits_data WHERE instr(block, CAST('{word}' AS blob)) > 0"));
    }
    let mut found = 0;
    for sql in tables {
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("counted").expect("a row");
        found += row.try_get::<i64>("", "n").expect("a number");
    }
    found
}

async fn erased_words_are_found_no_more(t: TestApp) {
    let w = t.world();
    t.report_with(w.resident, json!({ "title": "龘龙家漏水", "description": "麤暴施工，找居民甲" })).await;
    t.report_with(w.resident2, json!({ "title": "龘龙家吵闹" })).await;
    assert_eq!(find(&t, Some(w.district), "龘龙").await.len(), 2);
    assert_eq!(find(&t, Some(w.district), "麤暴").await.len(), 1);
    assert!(kept(&t, "麤").await > 0 && kept(&t, "居民甲").await + kept(&t, "民甲").await > 0);
    let input = json!({ "personId": global(w.resident), "reason": "本人申请" });
    t.change(Some(w.admin), "erasePerson", input, "casesChanged").await.done("erasePerson");
    assert_eq!(find(&t, Some(w.district), "龘龙").await, ["Case 龘龙家吵闹"]);
    assert_eq!(find(&t, Some(w.district), "麤暴").await, [""; 0]);
    assert_eq!(find(&t, Some(w.district), "居民甲").await, [""; 0]);
    assert_eq!(kept(&t, "麤").await, 0);
    assert_eq!(kept(&t, "民甲").await, 0);
    // what stands there instead
    assert_eq!(find(&t, Some(w.district), "删除").await, ["Case 已删除"]);
}

fn complex(t: &TestApp, name: &str) -> complex::Model {
    complex::Model {
        id: t.app.clock.new_id(),
        area_id: t.world().area_community,
        name: name.into(),
        kind: ComplexKind::Other,
        address: None,
        households: None,
        floor_area: None,
        provenance: Provenance::Invented,
        provenance_note: None,
        longitude: None,
        latitude: None,
        version: 1,
        ended_on: None,
        ended_because: None,
        merged_into_id: None,
    }
}

async fn insert_complex(t: &TestApp, row: complex::Model) {
    t.insert([row.clone()]).await;
    index(t, row).await;
}

async fn index(t: &TestApp, row: impl search::Searchable) {
    let tx = t.app.db.begin().await.expect("begun");
    search::index(&tx, &[row]).await.expect("words");
    tx.commit().await.expect("committed");
}

async fn a_text_that_changes_is_found_anew(t: TestApp) {
    let row = complex(&t, "旧名花园");
    insert_complex(&t, row.clone()).await;
    assert_eq!(find(&t, None, "旧名").await, ["Complex 旧名花园"]);
    let renamed = complex::Model { name: "御景湾".into(), address: Some("长青中街 12 号".into()), ..row };
    t.sql(&format!("UPDATE complex SET name = '御景湾', address = '长青中街 12 号' WHERE name = '{}'", "旧名花园")).await;
    index(&t, renamed).await;
    for (wanted, expected) in [("旧名", &[][..]), ("花园", &[]), ("jmhy", &[]), ("御景", &["Complex 御景湾"]), ("yjw", &["Complex 御景湾"])]
    {
        assert_eq!(find(&t, None, wanted).await, expected, "{wanted}");
    }
    assert_eq!(find(&t, None, "中街 12").await, ["Complex 御景湾"]);
}

async fn what_cannot_be_found_is_no_fault(t: TestApp) {
    let filter = "query($text: String!) { cases(filter: {text: $text}) { totalCount } complexes(filter: {text: $text}) { totalCount }
        persons(filter: {text: $text}) { totalCount } propertyFirms(filter: {text: $text}) { totalCount }
        other: complexes(filter: {not: {text: $text}}) { totalCount } search(query: $text) { totalCount nodes { __typename } } }";
    let who = Some(t.world().district);
    let long_of_one = "格".repeat(100);
    for text in [
        "",
        " ",
        "\u{3000}",
        "\"",
        "''",
        "*",
        "%",
        "_",
        "\\",
        "-",
        "--",
        ":",
        "()",
        "NEAR(\"甲\" \"乙\")",
        "AND",
        "OR NOT",
        "甲*乙",
        "^甲丁",
        "{甲丁}:",
        "'; DROP TABLE search_row; --",
        "😀",
        "👩‍👩‍👧",
        "\0",
        "a\0b",
        "\u{301}",
        "terms:甲丁",
        "-1",
        "1-",
        "1--2",
        "$1",
        "?1",
        "&|!<->",
        &long_of_one,
    ] {
        let answer = t.ask_with(who, filter, json!({ "text": text })).await;
        let data = answer.data();
        for list in ["cases", "complexes", "persons", "propertyFirms", "search"] {
            assert_eq!(data[list]["totalCount"], 0, "{list} of {text:?}");
        }
        assert_eq!(data["other"]["totalCount"], 3, "{text:?}");
    }
    for text in ["格".repeat(101), "a ".repeat(5_000)] {
        for query in ["query($text: String!) { search(query: $text) { totalCount } }", filter] {
            let answer = t.ask_with(who, query, json!({ "text": text })).await;
            answer.assert_code("BAD_USER_INPUT");
            assert!(answer.json["errors"][0]["message"].as_str().expect("a message").contains("100"), "{:#}", answer.json);
        }
    }
}

async fn what_was_there_before_is_taken_in_once(t: TestApp) {
    let w = t.world();
    t.report_with(w.resident, json!({ "title": "龘龙家漏水" })).await;
    let before: i64 = count(&t).await;
    t.sql("DELETE FROM search_row").await;
    assert_eq!(find(&t, Some(w.district), "龘龙").await, [""; 0]);
    // as a migration leaves it
    for kind in ["CASE", "COMPLEX", "PERSON", "PROPERTY_FIRM"] {
        t.sql(&format!("INSERT INTO search_pending VALUES ('{kind}')")).await;
    }
    assert_eq!(search::complete(&t.app.db).await.expect("taken in"), before as u64);
    assert_eq!(find(&t, Some(w.district), "龘龙").await, ["Case 龘龙家漏水"]);
    assert_eq!(count(&t).await, before);
    assert_eq!(search::complete(&t.app.db).await.expect("nothing left"), 0);
}

async fn what_an_earlier_version_has_kept_is_made_anew(t: TestApp) {
    let w = t.world();
    t.report_with(w.resident, json!({ "title": "龘龙家漏水" })).await;
    let all = count(&t).await as u64;
    let migration = include_str!("../../migration/src/m0023_search_again.rs");
    let marks = migration.split("r#\"").nth(1).and_then(|rest| rest.split("\"#").next()).expect("a statement");
    for marked in [true, false] {
        t.sql("UPDATE search_row SET terms = ' c旧词' WHERE kind = 'CASE'").await;
        assert_eq!(find(&t, Some(w.district), "旧词").await, ["Case 龘龙家漏水"]);
        let taken = if marked {
            // a kind that an earlier migration has marked is taken in once
            t.sql("INSERT INTO search_pending VALUES ('CASE')").await;
            t.sql(marks.trim()).await;
            search::complete(&t.app.db).await
        } else {
            search::anew(&t.app.db).await
        };
        assert_eq!(taken.expect("taken in"), all);
        assert_eq!(find(&t, Some(w.district), "旧词").await, [""; 0]);
        assert_eq!(find(&t, Some(w.district), "龘龙").await, ["Case 龘龙家漏水"]);
        assert_eq!(search::complete(&t.app.db).await.expect("nothing left"), 0);
    }
    assert_eq!(count(&t).await as u64, all);
}

async fn count(t: &TestApp) -> i64 {
    let db = &t.app.db.read;
    let sql = Statement::from_string(db.get_database_backend(), "SELECT COUNT(*) AS n FROM search_row");
    db.query_one_raw(sql).await.expect("counted").expect("a row").try_get("", "n").expect("a number")
}
