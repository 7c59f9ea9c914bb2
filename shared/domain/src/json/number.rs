//! Numbers: in the form that ECMAScript prints (`Number::toString`) wherever that form has the same decimal value.
//!
//! JavaScript reads every number as a double and prints the shortest decimal that leads back to that double. For `1.10` or `1e2`
//! the printed decimal has the value that was written. For `9007199254740993` or `0.1234567890123456789` it has another one, and
//! these numbers are kept or rejected.
//!
//! A kept number has one spelling, [`Literal::push_kept`]: its digits as they came, in plain or exponent form as they came, without
//! the zeros and signs that a reader may leave out. Reading that spelling again gives the same spelling.

use super::cursor::Cursor;
use super::{JsonError, UnsafeNumbers};

/// An integer of as many characters is below 2^53, so JavaScript prints it as it is written.
const ALWAYS_SAFE: usize = 15;

/// The most characters of a literal that the standard library reads directly. A longer one is rewritten first, see [`Literal::scaled`].
const LONG: usize = 1_000;

/// Reads a number and appends its canonical spelling to `out`.
pub(super) fn copy(cursor: &mut Cursor, out: &mut String, unsafe_numbers: UnsafeNumbers) -> Result<(), JsonError> {
    let offset = cursor.offset();
    let literal = Literal::scan(cursor)?;
    if literal.is_always_safe() {
        out.push_str(literal.text);
        return Ok(());
    }
    let double = literal.double().ok_or(JsonError::NumberOutOfRange { offset })?;
    let mut buffer = ryu_js::Buffer::new();
    let printed = buffer.format_finite(double);
    match unsafe_numbers {
        _ if literal.has_value_of(printed) => out.push_str(printed),
        UnsafeNumbers::Keep => literal.push_kept(out),
        UnsafeNumbers::Refuse => return Err(JsonError::UnsafeNumber { offset }),
    }
    Ok(())
}

/// Reads a number as the nearest double. Beyond the range of a double it is infinite.
pub(super) fn read(cursor: &mut Cursor) -> Result<f64, JsonError> {
    let literal = Literal::scan(cursor)?;
    let infinite = if literal.integer.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY };
    Ok(literal.double().unwrap_or(infinite))
}

/// A number as it is written, and its parts.
struct Literal<'a> {
    text: &'a str,
    /// The digits before the decimal point, with the sign of the number.
    integer: &'a str,
    /// The digits after the decimal point. Empty without one.
    fraction: &'a str,
    /// The digits after `e`, with their sign. Empty without an exponent.
    exponent: &'a str,
}

impl<'a> Literal<'a> {
    fn scan(cursor: &mut Cursor<'a>) -> Result<Self, JsonError> {
        let start = cursor.offset();
        cursor.eat(b'-');
        if !cursor.eat(b'0') {
            digits(cursor)?;
        }
        let integer = cursor.since(start);
        let fraction = if cursor.eat(b'.') { digits(cursor)? } else { "" };
        let exponent = if cursor.eat(b'e') || cursor.eat(b'E') { exponent(cursor)? } else { "" };
        Ok(Self { text: cursor.since(start), integer, fraction, exponent })
    }

    fn is_always_safe(&self) -> bool {
        let is_short_integer = self.text.len() <= ALWAYS_SAFE && self.text.len() == self.integer.len();
        is_short_integer && self.text != "-0"
    }

    /// The nearest double. None beyond its range.
    fn double(&self) -> Option<f64> {
        let value: f64 = if self.text.len() > LONG { self.scaled().parse() } else { self.text.parse() }.ok()?;
        value.is_finite().then_some(value)
    }

    /// The same number as `0.<digits>e<exponent>`, the first digit not zero, so that the exponent alone says how large it is.
    ///
    /// The standard library counts an exponent no further than 65,536 before it guesses, which is wrong where as many zeros
    /// make up for it: `0.000…1e700001` is 1.
    fn scaled(&self) -> String {
        let sign = if self.text.starts_with('-') { "-" } else { "" };
        let integer = self.integer.trim_start_matches('-');
        let all = [integer, self.fraction].concat();
        let digits = all.trim_start_matches('0');
        let leading_zeros = all.len().saturating_sub(digits.len());
        let written = if self.exponent.is_empty() { "0" } else { self.exponent };
        let far = if written.starts_with('-') { i64::MIN } else { i64::MAX };
        let exponent = written.parse().unwrap_or(far).saturating_add_unsigned(integer.len() as u64);
        let exponent = exponent.saturating_sub_unsigned(leading_zeros as u64);
        format!("{sign}0.{digits}e{exponent}")
    }

    /// Whether the literal and what JavaScript prints for it are the same decimal.
    ///
    /// The printed text is compared, not the double behind it: 1e23 is no double, but it is printed as the same number, and a
    /// receiver's signature depends on what is printed. Both lie in the interval of the decimals that lead to one double. No
    /// interval spans a power of ten between two decimals of the same digits, so the significant digits decide.
    fn has_value_of(&self, printed: &str) -> bool {
        significant(self.text).eq(significant(printed))
    }

    /// Appends the number digit for digit. What goes is a fraction's trailing zeros, a fraction of zeros with its point, `+` and
    /// leading zeros of the exponent, and an exponent of zero. `E` becomes `e`.
    fn push_kept(&self, out: &mut String) {
        out.push_str(self.integer);
        let fraction = self.fraction.trim_end_matches('0');
        if !fraction.is_empty() {
            out.push('.');
            out.push_str(fraction);
        }
        let exponent = self.exponent.trim_start_matches(['+', '-', '0']);
        if !exponent.is_empty() {
            out.push_str(if self.exponent.starts_with('-') { "e-" } else { "e" });
            out.push_str(exponent);
        }
    }
}

fn digits<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, JsonError> {
    let digits = cursor.take_while(|byte| byte.is_ascii_digit());
    if digits.is_empty() { Err(cursor.syntax("a digit")) } else { Ok(digits) }
}

fn exponent<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, JsonError> {
    let start = cursor.offset();
    let _sign = cursor.eat(b'-') || cursor.eat(b'+');
    digits(cursor)?;
    Ok(cursor.since(start))
}

/// The digits of a number without the zeros around them, which only say how large it is. None for zero.
fn significant(number: &str) -> impl Iterator<Item = u8> {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    mantissa.trim_start_matches(['-', '0', '.']).trim_end_matches(['0', '.']).bytes().filter(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests;
