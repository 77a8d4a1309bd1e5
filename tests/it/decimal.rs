//! Exact decimals.

use entity::{DecimalError, Hundredths};
use proptest::prelude::*;

crate::tests! { pure: [a_decimal_survives_its_text, short_forms_are_read_and_nothing_is_rounded] }

fn a_decimal_survives_its_text() {
    // i64::MIN has no positive twin, so its text is out of range
    proptest!(ProptestConfig { failure_persistence: None, cases: 2000, ..Default::default() }, |(n in -i64::MAX..=i64::MAX)| {
        prop_assert_eq!(Hundredths(n).to_string().parse(), Ok(Hundredths(n)));
    });
}

fn short_forms_are_read_and_nothing_is_rounded() {
    for (text, hundredths) in [("12", 1200), ("12.5", 1250), ("-0.05", -5), ("0", 0), ("50000.00", 5_000_000)] {
        assert_eq!(text.parse(), Ok(Hundredths(hundredths)), "{text}");
    }
    for text in ["", "-", ".5", "5.", "1.234", "+1", "1e3", "1,000", " 1", "--1", "一", "92233720368547758.08"] {
        assert_eq!(text.parse::<Hundredths>(), Err(DecimalError), "{text}");
    }
}
