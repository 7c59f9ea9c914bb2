//! Numbers as ECMAScript prints them (`Number::toString`).

use super::cursor::Cursor;
use super::{JsonError, UnsafeIntegers};

/// An integer of up to this many characters is below 2^53 and printed as it is written.
const ALWAYS_SAFE: usize = 15;

/// A literal longer than this is rewritten before the standard library reads it, see [`scaled`].
const LONG: usize = 1_000;

enum Literal<'a> {
    Integer(&'a str),
    /// With a fraction or an exponent. It means the nearest double, even where that is an integer.
    Real(&'a str),
}

/// Reads a number and appends its canonical spelling to `out`.
pub(super) fn copy(cursor: &mut Cursor, out: &mut String, unsafe_integers: UnsafeIntegers) -> Result<(), JsonError> {
    let offset = cursor.offset();
    match scan(cursor)? {
        Literal::Integer("-0") => out.push('0'),
        Literal::Integer(text) if text.len() <= ALWAYS_SAFE => out.push_str(text),
        Literal::Integer(text) => {
            let mut buffer = ryu_js::Buffer::new();
            let printed = buffer.format_finite(double(text, offset)?);
            match unsafe_integers {
                _ if same_integer(text, printed) => out.push_str(printed),
                UnsafeIntegers::Keep => out.push_str(text),
                UnsafeIntegers::Refuse => return Err(JsonError::UnsafeInteger { offset }),
            }
        }
        Literal::Real(text) => out.push_str(ryu_js::Buffer::new().format_finite(double(text, offset)?)),
    }
    Ok(())
}

fn scan<'a>(cursor: &mut Cursor<'a>) -> Result<Literal<'a>, JsonError> {
    let start = cursor.offset();
    cursor.eat(b'-');
    if !cursor.eat(b'0') {
        digits(cursor)?;
    }
    let integer = cursor.since(start);
    if cursor.eat(b'.') {
        digits(cursor)?;
    }
    if cursor.eat(b'e') || cursor.eat(b'E') {
        let _sign = cursor.eat(b'-') || cursor.eat(b'+');
        digits(cursor)?;
    }
    let all = cursor.since(start);
    Ok(if all.len() == integer.len() { Literal::Integer(integer) } else { Literal::Real(all) })
}

fn digits(cursor: &mut Cursor) -> Result<(), JsonError> {
    let digits = cursor.take_while(|byte| byte.is_ascii_digit());
    if digits.is_empty() { Err(cursor.syntax("a digit")) } else { Ok(()) }
}

fn double(text: &str, offset: usize) -> Result<f64, JsonError> {
    let value: Option<f64> = if text.len() > LONG { scaled(text).parse().ok() } else { text.parse().ok() };
    value.filter(|value| value.is_finite()).ok_or(JsonError::NumberOutOfRange { offset })
}

/// The same number as `0.<digits>e<exponent>`, the first digit not zero, so that the exponent alone tells its size.
///
/// The standard library counts an exponent no further than 65,536 before it guesses, which is wrong where as many zeros
/// make up for it: `0.000…1e700001` is 1.
fn scaled(text: &str) -> String {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let sign = if integer.starts_with('-') { "-" } else { "" };
    let integer = integer.trim_start_matches('-');
    let all = [integer, fraction].concat();
    let digits = all.trim_start_matches('0');
    let leading_zeros = all.len().saturating_sub(digits.len());
    let far = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
    let exponent = exponent.parse().unwrap_or(far).saturating_add_unsigned(integer.len() as u64);
    let exponent = exponent.saturating_sub_unsigned(leading_zeros as u64);
    format!("{sign}0.{digits}e{exponent}")
}

/// Whether an integer literal and what JavaScript prints for it are the same integer, one perhaps spelled `1.5e+21`.
///
/// The printed text is judged, not the double behind it: 100000000000000000000000 is no double, but printed it is the
/// same number, and that is what a receiver's signature depends on.
fn same_integer(literal: &str, printed: &str) -> bool {
    // The two are too close to differ by a power of ten, so the significant digits decide.
    let mantissa = printed.split_once('e').map_or(printed, |(mantissa, _)| mantissa);
    significant(literal).eq(significant(mantissa))
}

fn significant(digits: &str) -> impl Iterator<Item = u8> {
    digits.trim_end_matches('0').bytes().filter(u8::is_ascii_digit)
}
