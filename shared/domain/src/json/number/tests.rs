use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;

use super::super::CanonicalJson;
use super::super::UnsafeNumbers::{Keep, Refuse};
use super::*;

fn canonical(text: &str, unsafe_numbers: UnsafeNumbers) -> Result<String, JsonError> {
    CanonicalJson::parse(text, unsafe_numbers).map(CanonicalJson::into_string)
}

/// Each row: a number, and its canonical form under both policies.
#[track_caller]
fn check_safe(rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        let row: String = text.chars().take(100).collect();
        assert_eq!(canonical(text, Refuse).as_deref(), Ok(*expected), "refusing, row {row}");
        assert_eq!(canonical(text, Keep).as_deref(), Ok(*expected), "keeping, row {row}");
    }
}

/// Each row: a number that JavaScript would change, and how it is kept.
#[track_caller]
fn check_unsafe(rows: &[(&str, &str)]) {
    for (text, kept) in rows {
        let row: String = text.chars().take(100).collect();
        assert_eq!(canonical(text, Keep).as_deref(), Ok(*kept), "keeping, row {row}");
        assert_eq!(canonical(kept, Keep).as_deref(), Ok(*kept), "keeping twice, row {row}");
        let refused = canonical(&format!("[{text}]"), Refuse);
        assert_eq!(refused, Err(JsonError::UnsafeNumber { offset: 1 }), "refusing, row {row}");
    }
}

#[test]
fn an_unchanged_value_is_printed_as_javascript_prints_it() {
    check_safe(&[
        ("0", "0"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("0e5", "0"),
        ("0.000", "0"),
        ("0e400", "0"),
        ("-0e-99999999999999999999", "0"),
        ("-7", "-7"),
        ("1.0", "1"),
        ("1e2", "100"),
        ("1E+5", "100000"),
        ("12.50", "12.5"),
        ("1.10", "1.1"),
        ("0.1", "0.1"),
        ("1e-6", "0.000001"),
        ("1e-7", "1e-7"),
        ("0.00000010", "1e-7"),
        ("123456789.12345679", "123456789.12345679"),
        ("1e20", "100000000000000000000"),
        ("1e21", "1e+21"),
        ("-1.5e300", "-1.5e+300"),
        ("5e-324", "5e-324"),
        ("0.5e-323", "5e-324"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
    ]);
}

#[test]
fn an_integer_that_javascript_prints_with_the_same_value_is_safe() {
    let largest = format!("17976931348623157{}", "0".repeat(292));
    check_safe(&[
        ("999999999999999", "999999999999999"),
        ("9007199254740991", "9007199254740991"),
        ("-9007199254740992", "-9007199254740992"),
        ("9007199254740994", "9007199254740994"),
        ("9007199254740994.00", "9007199254740994"),
        ("123456789012345680000", "123456789012345680000"),
        ("100000000000000000000", "100000000000000000000"),
        ("1000000000000000000000", "1e+21"),
        ("-1234500000000000000000", "-1.2345e+21"),
        // No double has this value, but the nearest one is printed with it.
        ("100000000000000000000000", "1e+23"),
        (&largest, "1.7976931348623157e+308"),
    ]);
}

#[test]
fn a_number_that_javascript_would_change_is_kept_or_rejected() {
    check_unsafe(&[
        ("9007199254740993", "9007199254740993"),
        ("-9007199254740993", "-9007199254740993"),
        ("9223372036854775807", "9223372036854775807"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("100000000000000000000000000000000001", "100000000000000000000000000000000001"),
        // The exact value of the nearest double, which is printed as 1e+23.
        ("99999999999999991611392", "99999999999999991611392"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("1.00000000000000000001", "1.00000000000000000001"),
        ("123456789.123456789123456789", "123456789.123456789123456789"),
        ("1.7976931348623158e308", "1.7976931348623158e308"),
        // Its double lies half way to 27900996274258.312, which is printed because it is even.
        ("27900996274258.313", "27900996274258.313"),
        ("4.9406564584124654e-324", "4.9406564584124654e-324"),
        ("3e-324", "3e-324"),
        ("2e-324", "2e-324"),
        ("1e-400", "1e-400"),
        ("-1e-400", "-1e-400"),
        ("1e-99999999999999999999", "1e-99999999999999999999"),
    ]);
}

#[test]
fn a_kept_number_loses_the_zeros_and_signs_that_say_nothing() {
    check_unsafe(&[
        ("9007199254740993.0", "9007199254740993"),
        ("9007199254740993.000e0", "9007199254740993"),
        ("9007199254740993e0", "9007199254740993"),
        ("9007199254740993E-000", "9007199254740993"),
        ("9007199254740993.50", "9007199254740993.5"),
        ("0.12345678901234567890", "0.1234567890123456789"),
        ("0.00012345678901234567890", "0.0001234567890123456789"),
        ("1.2345678901234567890E+0030", "1.234567890123456789e30"),
        ("-1.00E-00400", "-1e-400"),
        ("0.0010e-0400", "0.001e-400"),
        ("123456789012345678901234567890.0e+5", "123456789012345678901234567890e5"),
    ]);
}

#[test]
fn digits_and_exponents_of_any_length_are_read_exactly() {
    let zeros = "0".repeat(700_000);
    check_safe(&[
        (&format!("0.{zeros}1e700001"), "1"),
        (&format!("-0.{zeros}25e700000"), "-0.25"),
        (&format!("1{zeros}E-700000"), "1"),
        (&format!("12{zeros}.0e-700003"), "0.012"),
        (&format!("0.{zeros}e999999999999999999999"), "0"),
        (&format!("1e-{zeros}7"), "1e-7"),
        (&format!("9007199254740994.{zeros}"), "9007199254740994"),
    ]);
    let (just_above, tiny) = (format!("1.{zeros}1"), format!("1{zeros}e-999999999999999999999"));
    let above_half = format!("9007199254740993.{zeros}1");
    check_unsafe(&[
        (&just_above, &just_above),
        (&above_half, &above_half),
        (&tiny, &tiny),
        (&format!("9007199254740993.{zeros}"), "9007199254740993"),
        (&format!("1e-{zeros}400"), "1e-400"),
    ]);
}

#[test]
fn the_time_for_a_long_number_grows_with_its_length() {
    let (done, wait) = mpsc::channel();
    thread::spawn(move || {
        for pattern in ["1.#", "0.#e-5", "#e-2000000", "1e-#", "1e#", "#"] {
            let text = pattern.replace('#', &"1234567890".repeat(200_000));
            done.send(canonical(&text, Keep).is_ok()).unwrap();
        }
    });
    for (row, is_kept) in [("1.#", true), ("0.#", true), ("#e-", true), ("1e-#", true), ("1e#", false), ("#", false)] {
        // At two million digits, anything quadratic would take hours.
        assert_eq!(wait.recv_timeout(Duration::from_mins(1)), Ok(is_kept), "row {row}");
    }
}

#[test]
fn a_number_beyond_a_doubles_range_is_always_rejected() {
    let long = "1".repeat(310);
    let longer = format!("1{}", "0".repeat(2000));
    for text in ["1e309", "-1e400", "1.7976931348623159e308", "1e99999999999999999999", &long, &longer] {
        let text = format!("[0,{text}]");
        assert_eq!(canonical(&text, Keep), Err(JsonError::NumberOutOfRange { offset: 3 }), "row {text}");
        assert_eq!(canonical(&text, Refuse), Err(JsonError::NumberOutOfRange { offset: 3 }), "row {text}");
    }
}

/// A decimal value, read by schoolbook rules: the digits as an integer without trailing zeros, times a power of ten.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    digits: String,
    power: i64,
}

fn decimal(text: &str) -> Decimal {
    let lower = text.to_lowercase();
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut power = exponent.parse::<i64>().unwrap() - i64::try_from(fraction.len()).unwrap();
    let mut digits: Vec<char> = integer.chars().chain(fraction.chars()).filter(|char| *char != '-').collect();
    while digits.last() == Some(&'0') {
        digits.pop();
        power += 1;
    }
    let digits: String = digits.into_iter().skip_while(|digit| *digit == '0').collect();
    if digits.is_empty() {
        return Decimal { is_negative: false, digits, power: 0 };
    }
    Decimal { is_negative: text.starts_with('-'), digits, power }
}

/// What JavaScript prints for the text's double, by the standard library's printer instead of ECMAScript's: the shortest decimal
/// that leads back to it, and of two that are equally close the one that ends in an even digit.
fn shortest(text: &str) -> Option<Decimal> {
    let double: f64 = text.parse().unwrap();
    let shortest = format!("{double:e}");
    let digits = shortest.split('e').next()?.bytes().filter(u8::is_ascii_digit).count();
    let even = format!("{double:.*e}", digits.saturating_sub(1));
    let printed = if even.parse() == Ok(double) { even } else { shortest };
    double.is_finite().then(|| decimal(&printed))
}

/// Any spelling of a number: with zeros where they may stand, near the ends of a double's range and beyond.
fn spelled() -> impl Strategy<Value = String> {
    let integer = prop_oneof![Just("0".to_owned()), "[1-9][0-9]{0,3}", "[1-9][0-9]{12,24}", "[1-9][0-9]{0,20}0{1,300}"];
    let fraction = prop_oneof![Just(String::new()), r"\.0{1,5}", r"\.0{0,8}[0-9]{1,25}0{0,5}"];
    let exponent = prop_oneof![
        Just(String::new()),
        "[eE][+-]?0{0,3}[0-9]{1,2}",
        (any::<bool>(), -350..320_i32).prop_map(|(upper, n)| format!("{}{n}", if upper { 'E' } else { 'e' })),
    ];
    ("-?", integer, fraction, exponent)
        .prop_map(|(sign, integer, fraction, exponent)| format!("{sign}{integer}{fraction}{exponent}"))
}

/// Numbers that are just what a double prints, spelled in another way, or just not.
fn nearly_double() -> impl Strategy<Value = String> {
    let double = any::<f64>().prop_filter("JSON has no such number", |double| double.is_finite());
    (double, 0..4_i32, "0{0,4}[0-9]?").prop_map(|(double, shift, tail)| {
        let text = format!("{double:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap();
        let point = if mantissa.contains('.') { "" } else { "." };
        let exponent = exponent.parse::<i32>().unwrap() + shift;
        let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |digits| ("-", digits));
        // d.ddd times a power of ten is 0.00ddd times a larger one.
        match usize::try_from(shift) {
            Ok(zeros @ 1..) => format!("{sign}0.{}{}{tail}e{exponent}", "0".repeat(zeros - 1), digits.replace('.', "")),
            _ => format!("{sign}{digits}{point}{tail}0e{exponent}"),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_kept_form_has_the_value_of_its_text_and_is_final(text in prop_oneof![spelled(), nearly_double()]) {
        match canonical(&text, Keep) {
            Ok(form) => {
                prop_assert_eq!(decimal(&form), decimal(&text), "{} became {}", text, form);
                prop_assert_eq!(canonical(&form, Keep), Ok(form.clone()));
            }
            Err(error) => {
                prop_assert_eq!(error, JsonError::NumberOutOfRange { offset: 0 });
                prop_assert_eq!(shortest(&text), None);
            }
        }
    }

    #[test]
    fn a_strict_form_exists_where_the_double_has_the_value(text in prop_oneof![spelled(), nearly_double()]) {
        let is_same = shortest(&text).map(|printed| printed == decimal(&text));
        match (canonical(&text, Refuse), is_same) {
            (Ok(form), Some(true)) => {
                prop_assert_eq!(Ok(form.clone()), canonical(&text, Keep));
                prop_assert_eq!(canonical(&form, Refuse), Ok(form));
            }
            (Err(JsonError::UnsafeNumber { offset: 0 }), Some(false)) | (Err(JsonError::NumberOutOfRange { .. }), None) => {}
            (strict, is_same) => prop_assert!(false, "{text}: {strict:?}, same value: {is_same:?}"),
        }
    }

    #[test]
    fn a_kept_form_has_no_zero_or_sign_too_many(text in spelled()) {
        if let (Ok(form), Err(JsonError::UnsafeNumber { .. })) = (canonical(&text, Keep), canonical(&text, Refuse)) {
            let (mantissa, exponent) = form.split_once('e').unwrap_or((&form, "1"));
            prop_assert!(!exponent.trim_start_matches('-').starts_with(['0', '+']), "{text} became {form}");
            prop_assert!(!(mantissa.contains('.') && mantissa.ends_with(['0', '.'])), "{text} became {form}");
        }
    }
}
