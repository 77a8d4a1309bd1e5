//! Tables of persons and their posts: who is meant by a line, and what stays as it is known.

use chuishao::{
    person::import as persons,
    sheet::{self, Refused, Tally},
};
use entity::{PersonId, person};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::support::TestApp;

crate::tests! {
    both: [
        a_post_that_has_ended_is_not_taken_up_again_by_an_old_table,
        nobody_is_given_a_post_that_they_hold_already,
        a_post_lasts_no_longer_than_the_department,
        who_is_known_without_a_number_is_given_the_first_one,
        who_is_known_under_another_number_is_not_doubled,
        two_of_one_name_are_told_apart_by_their_numbers,
        of_one_name_and_post_without_numbers_there_is_one,
        a_number_is_the_same_however_a_table_writes_it,
        a_number_of_several_is_that_of_the_one_with_the_name,
        who_has_left_is_not_taken_for_a_namesake_without_a_number,
        whom_a_table_names_by_number_gets_no_sign_in_name_of_another_line,
    ],
}

const HEADER: &str = "姓名,手机,登录名,岗位,区划代码,单位名称,起任日期,离任日期\n";

type Wrong = Vec<(u32, &'static str, Option<&'static str>)>;

async fn take(t: &TestApp, lines: &str) -> Result<Tally, Wrong> {
    let table = format!("{HEADER}{lines}");
    let lines = sheet::read(table.as_bytes(), persons::COLUMNS, persons::read).expect("a table");
    persons::import(&t.app, lines, &mut |done, of| assert!(done <= of)).await.map_err(|refused| match refused {
        Refused::Lines(bad) => bad.into_iter().map(|bad| (bad.line, bad.why.key, bad.column)).collect(),
        Refused::Db(error) => panic!("{error}"),
    })
}

fn tally(added: usize, changed: usize, known: usize) -> Tally {
    Tally { added, changed, known }
}

/// Of a resident of xinyue: number and sign-in name, first day and last.
fn resident(name: &str, keys: &str, days: &str) -> String {
    format!("{name},{keys},居民,431302001009,新月苑,{days}\n")
}

/// Those of this name: number and sign-in name.
async fn named(t: &TestApp, name: &str) -> Vec<String> {
    let rows = person::Entity::find().filter(person::Column::Name.eq(name)).order_by_asc(person::Column::Id).all(&t.app.db.read).await;
    let keys = |row: person::Model| format!("{},{}", row.phone.unwrap_or_default(), row.sign_in.unwrap_or_default());
    rows.expect("read").into_iter().map(keys).collect()
}

async fn roles(t: &TestApp, who: PersonId) -> Value {
    t.ask(Some(who), "{ viewer { roles } }").await.data()["viewer"]["roles"].clone()
}

async fn a_post_that_has_ended_is_not_taken_up_again_by_an_old_table(t: TestApp) {
    let line = |days: &str| format!("演示己,13700000006,,社区工作人员,431302001009,,{days}\n");
    assert_eq!(take(&t, &line("2024-01-01,")).await, Ok(tally(1, 0, 0)));
    let found = person::Entity::find().filter(person::Column::Phone.eq("13700000006")).one(&t.app.db.read).await;
    let id = found.expect("read").expect("the officer").id;
    assert_eq!(roles(&t, id).await, json!(["COMMUNITY_OFFICER"]));
    assert_eq!(take(&t, &line("2024-01-01,2026-06-09")).await, Ok(tally(0, 1, 0)));
    assert_eq!(take(&t, &line("2024-01-01,")).await, Ok(tally(0, 0, 1)));
    let refused = take(&t, &line("2024-01-01,2026-12-31")).await;
    assert_eq!(refused, Err(vec![(2, "record-ended", Some("离任日期"))]));
    assert_eq!(roles(&t, id).await, json!([]));
    // whoever comes again does so from another day on; a last day that is to come stays too, and may be told otherwise
    assert_eq!(take(&t, &line("2026-06-10,2026-12-31")).await, Ok(tally(1, 0, 0)));
    assert_eq!(take(&t, &line("2026-06-10,")).await, Ok(tally(0, 0, 1)));
    assert_eq!(take(&t, &line("2026-06-10,2026-06-30")).await, Ok(tally(0, 1, 0)));
    assert_eq!(roles(&t, id).await, json!(["COMMUNITY_OFFICER"]));
}

async fn nobody_is_given_a_post_that_they_hold_already(t: TestApp) {
    let line = |days: &str| resident("张伟", "13700000001,", days);
    assert_eq!(take(&t, &line("2025-01-01,2026-06-30")).await, Ok(tally(1, 0, 0)));
    // another first day of the same, in a later table and in one table
    let overlaps = |line: u32| Err(vec![(line, "import-post-overlaps", Some("起任日期"))]);
    assert_eq!(take(&t, &line("2025-02-01,")).await, overlaps(2));
    assert_eq!(take(&t, &(line("2026-07-01,") + &line("2026-08-01,"))).await, overlaps(3));
    assert_eq!(take(&t, &line("2026-07-01,2026-12-31")).await, Ok(tally(1, 0, 0)));
    assert_eq!(take(&t, &line("2025-01-01,2026-07-01")).await, overlaps(2));
    // what overlaps from before can be ended
    t.sql("UPDATE post SET starts_on = '2026-06-20' WHERE starts_on = '2026-07-01'").await;
    assert_eq!(take(&t, &line("2025-01-01,2026-06-30")).await, Ok(tally(0, 0, 1)));
    assert_eq!(take(&t, &line("2025-01-01,2026-06-19")).await, Ok(tally(0, 1, 0)));
    // who goes on from another day may stand before the end of what was held until then
    let other = |days: &str| resident("李伟", "13700000002,", days);
    assert_eq!(take(&t, &other("2025-01-01,")).await, Ok(tally(1, 0, 0)));
    assert_eq!(take(&t, &(other("2026-07-01,") + &other("2025-01-01,2026-06-30"))).await, Ok(tally(1, 1, 0)));
}

async fn a_post_lasts_no_longer_than_the_department(t: TestApp) {
    t.sql("UPDATE department SET ended_on = '2026-10-31' WHERE name = '区城管局'").await;
    let line = |days: &str| format!("演示己,13700000006,,部门工作人员,431302000000,区城管局,{days}\n");
    assert_eq!(take(&t, &line("2026-06-10,")).await, Err(vec![(2, "out-of-range", Some("离任日期"))]));
    assert_eq!(take(&t, &line("2026-11-01,")).await, Err(vec![(2, "import-no-unit", Some("单位名称"))]));
    assert_eq!(take(&t, &line("2026-06-10,2026-10-31")).await, Ok(tally(1, 0, 0)));
    assert_eq!(take(&t, &line("2026-06-10,")).await, Ok(tally(0, 0, 1)));
}

async fn who_is_known_without_a_number_is_given_the_first_one(t: TestApp) {
    assert_eq!(take(&t, &resident("张伟", ",", "2024-01-01,")).await, Ok(tally(1, 0, 0)));
    assert_eq!(take(&t, &resident("张伟", "13700000001,", "2024-01-01,")).await, Ok(tally(0, 0, 1)));
    assert_eq!(take(&t, &resident("张伟", ",zhangwei", "2024-01-01,")).await, Ok(tally(0, 0, 1)));
    assert_eq!(named(&t, "张伟").await, ["13700000001,zhangwei"]);
    // of a post that is over too: it is not held by another from then on
    assert_eq!(take(&t, &resident("李娜", ",", "2024-01-01,2025-12-31")).await, Ok(tally(1, 0, 0)));
    assert_eq!(take(&t, &resident("李娜", "13700000002,", "2024-01-01,")).await, Ok(tally(0, 0, 1)));
    assert_eq!(named(&t, "李娜").await, ["13700000002,"]);
    // elsewhere it is somebody else
    let elsewhere = resident("张伟", "13700000003,", "2024-01-01,").replace("431302001009,新月苑", "431302001010,大塘小区");
    assert_eq!(take(&t, &elsewhere).await, Ok(tally(1, 0, 0)));
    assert_eq!(named(&t, "张伟").await.len(), 2);
}

async fn who_is_known_under_another_number_is_not_doubled(t: TestApp) {
    assert_eq!(take(&t, &resident("张伟", "13700000001,", "2024-01-01,")).await, Ok(tally(1, 0, 0)));
    let other = |days: &str| resident("张伟", "13700000002,", days);
    for days in ["2024-01-01,", "2025-01-01,"] {
        assert_eq!(take(&t, &other(days)).await, Err(vec![(2, "import-person-other-number", Some("手机"))]), "{days}");
    }
    assert_eq!(named(&t, "张伟").await.len(), 1);
    // who has left may be followed by another of the same name
    assert_eq!(take(&t, &resident("张伟", "13700000001,", "2024-01-01,2026-06-09")).await, Ok(tally(0, 1, 0)));
    assert_eq!(take(&t, &other("2026-06-10,")).await, Ok(tally(1, 0, 0)));
    assert_eq!(named(&t, "张伟").await.len(), 2);
    assert_eq!(take(&t, &resident("李娜", ",lina", "2024-01-01,")).await, Ok(tally(1, 0, 0)));
    let refused = take(&t, &resident("李娜", ",lina-2", "2024-01-01,")).await;
    assert_eq!(refused, Err(vec![(2, "import-person-other-number", Some("登录名"))]));
}

async fn two_of_one_name_are_told_apart_by_their_numbers(t: TestApp) {
    let (one, two) = (resident("张伟", "13700000001,", "2024-01-01,"), resident("张伟", "13700000002,", "2024-01-01,"));
    assert_eq!(take(&t, &format!("{one}{two}")).await, Ok(tally(2, 0, 0)));
    assert_eq!(take(&t, &format!("{two}{one}")).await, Ok(tally(0, 0, 2)));
    assert_eq!(take(&t, &two).await, Ok(tally(0, 0, 1)));
    // a third, where the table names those who are known
    let three = resident("张伟", "13700000003,", "2024-01-01,");
    assert_eq!(take(&t, &format!("{three}{one}")).await, Err(vec![(2, "import-person-other-number", Some("手机"))]));
    assert_eq!(take(&t, &format!("{three}{one}{two}")).await, Ok(tally(1, 0, 2)));
    let unsaid = take(&t, &resident("张伟", ",", "2024-01-01,")).await;
    assert_eq!(unsaid, Err(vec![(2, "import-person-namesakes", Some("姓名"))]));
    // which of the two is known without a number is not told
    assert_eq!(take(&t, &resident("李娜", ",", "2024-01-01,")).await, Ok(tally(1, 0, 0)));
    let both = one.replace("张伟,1370000000", "李娜,1370000001") + &two.replace("张伟,1370000000", "李娜,1370000001");
    assert_eq!(take(&t, &both).await, Err(vec![(3, "import-person-other-number", Some("手机"))]));
    assert_eq!(named(&t, "李娜").await, [","]);
}

async fn of_one_name_and_post_without_numbers_there_is_one(t: TestApp) {
    let unnamed = |days: &str| resident("张伟", ",", days);
    for (first, again) in [("2024-01-01,", "2024-01-01,"), ("2024-01-01,", "2025-01-01,2025-12-31")] {
        let twice = take(&t, &(unnamed(first) + &unnamed(again))).await;
        assert_eq!(twice, Err(vec![(3, "sheet-twice", Some("姓名"))]), "{again}");
    }
    let numbered = resident("张伟", "13700000001,", "2024-01-01,");
    let mixed = take(&t, &(numbered.clone() + &unnamed("2024-01-01,"))).await;
    assert_eq!(mixed, Err(vec![(3, "sheet-twice", Some("姓名"))]));
    let mixed = take(&t, &(unnamed("2024-01-01,") + &numbered)).await;
    assert_eq!(mixed, Err(vec![(3, "import-person-twice", Some("姓名"))]));
    assert!(named(&t, "张伟").await.is_empty());
    // who has left and comes again is one
    let again = unnamed("2020-01-01,2021-12-31") + &unnamed("2024-01-01,");
    assert_eq!(take(&t, &again).await, Ok(tally(2, 0, 0)));
    assert_eq!(take(&t, &again).await, Ok(tally(0, 0, 2)));
    assert_eq!(named(&t, "张伟").await.len(), 1);
}

async fn a_number_is_the_same_however_a_table_writes_it(t: TestApp) {
    assert_eq!(take(&t, &resident("张伟", "138-0013-8000,", "2024-01-01,")).await, Ok(tally(1, 0, 0)));
    for phone in ["13800138000", "138 0013 8000", "+8613800138000"] {
        assert_eq!(take(&t, &resident("张伟", &format!("{phone},"), "2024-01-01,")).await, Ok(tally(0, 0, 1)), "{phone}");
    }
    assert_eq!(named(&t, "张伟").await, ["13800138000,"]);
}

async fn a_number_of_several_is_that_of_the_one_with_the_name(t: TestApp) {
    let of = |name: &str, keys: &str| resident(name, keys, "2024-01-01,");
    assert_eq!(take(&t, &(of("张伟", "13700000001,") + &of("李娜", "13700000002,lina"))).await, Ok(tally(2, 0, 0)));
    // as numbers that were written in two ways have become
    t.sql("UPDATE person SET phone = '13700000001' WHERE name = '李娜'").await;
    for name in ["张伟", "李娜"] {
        assert_eq!(take(&t, &of(name, "13700000001,")).await, Ok(tally(0, 0, 1)), "{name}");
    }
    let shared = Err(vec![(2, "import-phone-shared", Some("手机"))]);
    assert_eq!(take(&t, &of("王芳", "13700000001,")).await, shared);
    // a sign-in name tells them apart as well
    assert_eq!(take(&t, &of("李娜娜", "13700000001,lina")).await, Ok(tally(0, 0, 1)));
    assert_eq!(named(&t, "李娜娜").await, ["13700000001,lina"]);
    t.sql("UPDATE person SET name = '张伟' WHERE name = '李娜娜'").await;
    assert_eq!(take(&t, &of("张伟", "13700000001,")).await, shared);
}

async fn who_has_left_is_not_taken_for_a_namesake_without_a_number(t: TestApp) {
    let unsaid = |days: &str| resident("张伟", ",", days);
    assert_eq!(take(&t, &resident("张伟", "13700000001,", "2024-01-01,2025-12-31")).await, Ok(tally(1, 0, 0)));
    assert_eq!(take(&t, &unsaid("2026-01-01,")).await, Err(vec![(2, "import-person-namesakes", Some("姓名"))]));
    // what is known already may be said again, and the number tells that it is the same person
    assert_eq!(take(&t, &unsaid("2024-01-01,")).await, Ok(tally(0, 0, 1)));
    assert_eq!(take(&t, &resident("张伟", "13700000001,", "2026-01-01,")).await, Ok(tally(1, 0, 0)));
    assert_eq!(take(&t, &unsaid("2026-01-01,")).await, Ok(tally(0, 0, 1)));
    assert_eq!(named(&t, "张伟").await, ["13700000001,"]);
}

async fn whom_a_table_names_by_number_gets_no_sign_in_name_of_another_line(t: TestApp) {
    let one = resident("张伟", "13700000001,", "2024-01-01,");
    let two = |phone: &str| resident("张伟", &format!("{phone},zhangwei"), "2025-01-01,");
    assert_eq!(take(&t, &one).await, Ok(tally(1, 0, 0)));
    for (table, line) in [(one.clone() + &two(""), 3), (two("") + &one, 2)] {
        assert_eq!(take(&t, &table).await, Err(vec![(line, "import-person-other-number", Some("登录名"))]), "{table}");
    }
    assert_eq!(named(&t, "张伟").await, ["13700000001,"]);
    // of two persons each has a number
    assert_eq!(take(&t, &(two("13700000002") + &one)).await, Ok(tally(1, 0, 1)));
}
