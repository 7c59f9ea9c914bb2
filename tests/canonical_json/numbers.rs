//! Random spellings of numbers: those that JavaScript prints with the same value, and those that it would change.

use super::generate::Generator;

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-0.0",
    "0.0",
    "0e0",
    "1",
    "-1",
    "1.0",
    "100",
    "1e5",
    "1E+5",
    "1e-5",
    "0.1",
    "0.000001",
    "0.0000001",
    "123456789012345",
    "999999999999999",
    "9999999999999999",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "9007199254740993.0",
    "9007199254740993.000E+00",
    "9007199254740994.0",
    "27900996274258.312",
    "27900996274258.313",
    "1.10",
    "12.50",
    "0.1234567890123456789",
    "0.12345678901234567890",
    "1.00000000000000000001",
    "123456789012345678901234567890e-5",
    "0.0010e-0400",
    "9007199254740994",
    "18014398509481985",
    "9223372036854775807",
    "18446744073709551615",
    "18446744073709551616",
    "100000000000000000000",
    "1000000000000000000000",
    "1e20",
    "1e21",
    "1e22",
    "1e23",
    "100000000000000000000000",
    "99999999999999991611392",
    "123456789012345680000",
    "123456789012345678901",
    "1.7976931348623157e308",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "2e308",
    "-1e400",
    "1e400",
    "5e-324",
    "0.5E-323",
    "3e-324",
    "4.9406564584124654e-324",
    "2.4703282292062327e-324",
    "2.4703282292062328e-324",
    "2.2250738585072011e-308",
    "1e-400",
    "0e400",
    "1e00000000000000000001",
    "1e99999999999999999999",
    "1e-99999999999999999999",
];

impl Generator {
    pub fn number(&mut self, out: &mut String) {
        match self.below(24) {
            0..=2 => out.push_str(self.pick(NUMBERS)),
            3..=5 => {
                let double = self.double();
                let spelled = format!("{double:e}");
                out.push_str(&spelled);
            }
            6 | 7 => self.respelled(out),
            8 | 9 => self.spelled(out),
            10 | 11 => self.near_power_of_two(out),
            _ => out.push_str(&self.below(100_000).to_string()),
        }
    }

    fn double(&mut self) -> f64 {
        let double = f64::from_bits(self.next());
        if double.is_finite() { double } else { 0.0 }
    }

    /// A double's own digits with the point in another place and zeros around them. Sometimes one digit is added.
    fn respelled(&mut self, out: &mut String) {
        let text = format!("{:e}", self.double());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |digits| ("-", digits));
        let digits = mantissa.replace('.', "");
        let moved = self.below(4);
        let exponent = exponent.parse().unwrap_or(0) + i32::try_from(moved).unwrap_or(0) + 1;
        let tail = self.pick(&["", "", "0", "00", "1", "05"]);
        let mark = self.pick(&["e", "E"]);
        let plus_or_minus = if exponent < 0 { "-" } else { self.pick(&["", "+"]) };
        let zeros = self.pick(&["", "", "0", "00"]);
        let spelled = format!("{sign}0.{}{digits}{tail}{mark}{plus_or_minus}{zeros}", "0".repeat(moved));
        out.push_str(&spelled);
        out.push_str(&exponent.abs().to_string());
    }

    /// Digits, perhaps a fraction, perhaps an exponent.
    fn spelled(&mut self, out: &mut String) {
        out.push_str(self.pick(&["", "-"]));
        if self.one_in(3) {
            out.push_str(self.pick(&["0.", "0.0", "0.000"]));
            let length = self.pick(&[1, 3, 17, 18, 40]);
            self.digits(out, length);
        } else {
            self.integer(out);
            if self.one_in(2) {
                out.push('.');
                let length = if self.one_in(30) { 1100 } else { self.pick(&[1, 3, 17, 40]) };
                self.digits(out, length);
            }
        }
        if self.one_in(2) {
            out.push_str(self.pick(&["e", "E", "e+", "e-", "E-", "e-00", "E+0"]));
            out.push_str(&self.pick(&[0, 1, 5, 20, 22, 290, 308, 330, 1100]).to_string());
        }
    }

    fn integer(&mut self, out: &mut String) {
        let length = if self.one_in(10) {
            self.pick(&[308, 309, 310])
        } else {
            self.pick(&[1, 2, 15, 16, 17, 18, 21, 22, 25, 40])
        };
        out.push(self.pick(&['1', '2', '9']));
        self.digits(out, length - 1);
    }

    fn digits(&mut self, out: &mut String, length: usize) {
        let zeros_from = self.below(length + 1);
        let random = !self.one_in(4);
        for at in 0..length {
            let digit = if random && at < zeros_from { self.pick(b"0123456789") } else { b'0' };
            out.push(char::from(digit));
        }
    }

    /// Where integers begin to change, and where halves are rounded.
    fn near_power_of_two(&mut self, out: &mut String) {
        let power = 1_u128 << (50 + self.below(70));
        let near = power + u128::from(self.next() % 2049) - 1024;
        out.push_str(self.pick(&["", "-"]));
        out.push_str(&near.to_string());
        out.push_str(self.pick(&["", "", "", ".0", "e0", ".5"]));
    }
}
