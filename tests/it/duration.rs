//! `Duration` as clients write and read it.

use async_graphql::{ScalarType, Value};
use chrono::TimeDelta;
use chuishao::graphql::scalar::Duration;

crate::tests! { pure: [a_duration_is_read_and_written_in_one_form, what_is_no_duration_is_refused] }

fn read(text: &str) -> Option<Duration> {
    Duration::parse(Value::String(text.into())).ok()
}

fn a_duration_is_read_and_written_in_one_form() {
    let table = [
        ("PT7H30M", "PT7H30M", 27_000_000_000),
        ("PT90M", "PT1H30M", 5_400_000_000),
        ("P1D", "PT24H", 86_400_000_000),
        ("P1DT1S", "PT24H1S", 86_401_000_000),
        ("-PT0.5S", "-PT0.5S", -500_000),
        ("PT0,000001S", "PT0.000001S", 1),
        ("PT1M0.250S", "PT1M0.25S", 60_250_000),
        ("PT0S", "PT0S", 0),
        ("-PT0S", "PT0S", 0),
        ("P0D", "PT0S", 0),
        ("PT3600S", "PT1H", 3_600_000_000),
        ("PT08H", "PT8H", 28_800_000_000),
    ];
    for (text, canonical, micros) in table {
        let duration = read(text).unwrap_or_else(|| panic!("{text} is refused"));
        assert_eq!(duration.0, TimeDelta::microseconds(micros), "{text}");
        assert_eq!(duration.to_value(), Value::String(canonical.into()), "{text}");
        assert_eq!(read(canonical), Some(duration));
    }
}

fn what_is_no_duration_is_refused() {
    let wrong = [
        "",
        "P",
        "PT",
        "-P",
        "P1DT",
        "1H",
        "PT1",
        "PTH",
        "P1H",
        "PT1D",
        "P1Y",
        "P1M",
        "P1W",
        "PT1M1H",
        "PT1H1H",
        "PT1.5H",
        "PT1.S",
        "PT.5S",
        "PT0.0000001S",
        "PT+1H",
        "PT-1H",
        "+PT1H",
        "--PT1H",
        "pt1h",
        "PT1h",
        " PT1H",
        "PT1H ",
        "PT 1H",
        "P1.5D",
        "PT９H",
        "PT9223372036855S",
        "PT99999999999999999999H",
        "P106751992D",
    ];
    for text in wrong {
        assert!(read(text).is_none(), "{text:?} is taken: {:?}", read(text));
    }
    assert!(Duration::parse(Value::from(3600)).is_err());
}
