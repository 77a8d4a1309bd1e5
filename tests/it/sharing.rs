//! Many subscribers: those who ask the same share the work, an event costs nothing elsewhere, and none of them loses or doubles anything.

use std::sync::atomic::{AtomicUsize, Ordering};

use chuishao::event::Fact;
use entity::{PersonId, case_file};
use futures_util::future::join_all;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    global::global,
    live::{listen, note, report, until},
    log::{event_cursor, number, socket, text, with_number},
    ws::WsClient,
};

crate::tests! {
    both: [
        fifty_who_ask_the_same_cost_as_much_as_one,
        an_event_costs_nothing_elsewhere,
        whoever_joins_at_whatever_moment_gets_the_rest_of_the_log,
    ]
}

const QUERY: &str = "subscription($filter: CaseEventFilter, $after: String) {
    change: caseChanged(filter: $filter, after: $after) { cursor case { title complex { name } } } }";

/// The statements that an event costs, with what these streams get of it.
async fn cost(t: &TestApp, fact: &Fact, socket: &mut WsClient, streams: &[String]) -> (usize, Vec<Value>) {
    t.settle().await;
    let mark = t.statements.count();
    let (before, mut got) = (t.app.log.position(), Vec::new());
    t.publish(fact, 1).await;
    for id in streams {
        got.push(socket.next(id).await["change"].clone());
    }
    until("the event is told", || t.app.log.position() > before).await;
    (t.statements.since(mark).len(), got)
}

async fn fifty_who_ask_the_same_cost_as_much_as_one(t: TestApp) {
    let w = t.world();
    let case = t.case(|_| ()).await;
    let fact = t.fact_of(&case);
    let mut all = socket(&t, w.community).await;
    // the first row of all costs one statement more
    t.publish(&fact, 1).await;
    let (nobody, _) = cost(&t, &fact, &mut all, &[]).await;
    let start = event_cursor(&t).await;
    let mut streams = vec![listen(&t, &mut all, QUERY, json!({})).await];
    let (one, _) = cost(&t, &fact, &mut all, &streams).await;
    assert!(one > nobody, "an item costs something");
    for n in 1..50 {
        // where they come in makes no difference
        streams.push(listen(&t, &mut all, QUERY, if n % 2 == 0 { json!({}) } else { json!({ "after": event_cursor(&t).await }) }).await);
    }
    let (fifty, got) = cost(&t, &fact, &mut all, &streams).await;
    assert_eq!((fifty, t.app.log.feeds()), (one, 1));
    assert!(got.iter().all(|change| *change == got[0]), "{got:#?}");
    assert_eq!(
        got[0],
        json!({ "cursor": with_number(&start, number(&start) + 2), "case": { "title": "楼道堆物", "complex": { "name": "新月苑" } } })
    );
    // another person, another filter, another language
    let mut other = socket(&t, w.community2).await;
    let mut english = WsClient::connect_with(t.address, &[("accept-language", "en")]).await;
    english.init(Some(&t.token(w.community))).await;
    let apart = [
        listen(&t, &mut other, QUERY, json!({})).await,
        listen(&t, &mut other, QUERY, json!({ "filter": { "categories": ["VIOLATION"] } })).await,
    ];
    listen(&t, &mut english, QUERY, json!({})).await;
    assert_eq!(t.app.log.feeds(), 4);
    t.publish(&fact, 1).await;
    for id in &apart {
        assert_eq!(other.next(id).await["change"]["case"], got[0]["case"]);
    }
}

async fn an_event_costs_nothing_elsewhere(t: TestApp) {
    let w = t.world();
    let here = t.case(|_| ()).await;
    let there: Vec<case_file::Model> = vec![
        t.case(|case| {
            (case.area_id, case.community_id) = (w.area_other_community, Some(w.area_other_community));
            (case.grid_id, case.complex_id, case.building_id) = (Some(w.other_grid), Some(w.other), None);
        })
        .await,
        t.case(|case| {
            (case.area_id, case.community_id, case.subdistrict_id) =
                (w.area_far_community, Some(w.area_far_community), Some(w.area_far_subdistrict));
            (case.grid_id, case.complex_id, case.building_id) = (Some(w.far_grid), Some(w.far), None);
        })
        .await,
    ];
    let mut all = socket(&t, w.district).await;
    t.publish(&t.fact_of(&here), 1).await;
    let (nobody, _) = cost(&t, &t.fact_of(&here), &mut all, &[]).await;
    let near = listen(&t, &mut all, QUERY, json!({ "filter": { "caseIds": [global(here.id)] } })).await;
    let (one, _) = cost(&t, &t.fact_of(&here), &mut all, std::slice::from_ref(&near)).await;
    let mut elsewhere = Vec::new();
    for (filter, at) in [
        (json!({ "area": "431302001010" }), 0),
        (json!({ "complexId": global(w.other) }), 0),
        (json!({ "caseIds": [global(there[0].id)] }), 0),
        (json!({ "area": "431302002000" }), 1),
        (json!({ "complexId": global(w.far), "categories": ["VIOLATION"] }), 1),
        (json!({ "caseIds": [global(there[1].id)], "area": "431302000000" }), 1),
    ] {
        elsewhere.push((listen(&t, &mut all, QUERY, json!({ "filter": filter })).await, at));
    }
    let (again, _) = cost(&t, &t.fact_of(&here), &mut all, std::slice::from_ref(&near)).await;
    assert_eq!(again, one);
    // they deal with what comes in its order: had the one before concerned them, they would get it now
    for (at, case) in there.iter().enumerate() {
        let streams: Vec<_> = elsewhere.iter().filter(|(_, of)| *of == at).map(|(id, _)| id.clone()).collect();
        let (three, got) = cost(&t, &t.fact_of(case), &mut all, &streams).await;
        assert_eq!(three, nobody + 3 * (one - nobody));
        let last = t.app.log.position();
        assert!(got.iter().all(|change| number(&text(&change["cursor"])) == last), "{got:#?}");
    }
}

const NUMBERS: &str = "subscription($after: String) { change: caseChanged(after: $after) { cursor } }";

/// What a client of the great crowd does.
struct Plan {
    who: PersonId,
    /// Joins when the log has come so far.
    joins_at: i64,
    /// From where; none: from now on.
    after: Option<i64>,
    /// Breaks off after so many changes, each time.
    breaks: Vec<usize>,
}

/// The numbers of the changes that it got, up to a number at least as high as the end.
async fn attend(t: &TestApp, plan: Plan, cursor: &str, end: i64) -> Vec<i64> {
    while t.app.log.position() < plan.joins_at {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let (mut after, mut got) = (plan.after, Vec::new());
    let mut breaks = plan.breaks.into_iter();
    let mut connection = socket(t, plan.who).await;
    loop {
        let id = connection.subscribe(NUMBERS, json!({ "after": after.map(|number| with_number(cursor, number)) })).await;
        let until_break = breaks.next().unwrap_or(usize::MAX);
        for _ in 0..until_break {
            let change = connection.next(&id).await["change"].clone();
            got.push(number(&text(&change["cursor"])));
            after = got.last().copied();
            if got.last().is_some_and(|last| *last >= end) {
                return got;
            }
        }
        if until_break.is_multiple_of(2) {
            connection.complete(&id).await;
        } else {
            connection = socket(t, plan.who).await;
        }
    }
}

async fn whoever_joins_at_whatever_moment_gets_the_rest_of_the_log(first: TestApp) {
    const OLD: i64 = 12;
    const WRITERS: usize = 16;
    const NOTES: usize = 3;
    let w = first.world();
    let mut cases = Vec::new();
    for title in ["一", "二", "三"] {
        let place = json!({ "buildingId": global(w.building1) });
        cases.push(report(&first, w.resident, title, place, json!({})).await.case);
    }
    let fact = first.facts_after(0).await[0].fact.clone();
    first.publish(&fact, OLD as usize - cases.len()).await;
    let cursor = event_cursor(&first).await;
    assert_eq!(number(&cursor), OLD);
    // which knows nothing of these but what is in the database
    let t = &TestApp::start(&first.url).await.expect("an app");
    let end = OLD + (WRITERS * NOTES) as i64;
    let mut dice = ChaCha8Rng::seed_from_u64(20_260_610);
    let plans: Vec<Plan> = (0..40)
        .map(|n| {
            let joins_at = dice.random_range(OLD..end);
            let after = (n % 4 > 0).then(|| dice.random_range(0..=joins_at));
            let breaks = if n % 3 == 0 { (0..dice.random_range(1..5)).map(|_| dice.random_range(1..12)).collect() } else { Vec::new() };
            Plan { who: [w.community, w.community2][n % 2], joins_at, after, breaks }
        })
        .collect();
    let attending = AtomicUsize::new(plans.len());
    let writing = async {
        join_all((0..WRITERS).map(|writer| {
            let case = &cases[writer % cases.len()];
            async move {
                for _ in 0..NOTES {
                    note(t, w.community, case, "并发").await;
                }
            }
        }))
        .await;
        // for those who came after the end without a cursor
        while attending.load(Ordering::Relaxed) > 0 {
            note(t, w.community, &cases[0], "之后").await;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let reading = join_all(plans.into_iter().enumerate().map(|(n, plan)| {
        let (cursor, attending) = (&cursor, &attending);
        async move {
            let after = plan.after;
            let got = attend(t, plan, cursor, end).await;
            let expected: Vec<i64> = (after.map_or(got[0], |after| after + 1)..=got[got.len() - 1]).collect();
            assert_eq!(got, expected, "client {n}");
            attending.fetch_sub(1, Ordering::Relaxed);
        }
    }));
    tokio::join!(writing, reading);
    until("all have gone", || t.app.log.followers() == 0 && t.app.log.feeds() == 0).await;
}
