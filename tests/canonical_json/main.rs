//! The canonical form of JSON against two references. Node shows what a receiver prints: `JSON.stringify(JSON.parse(text))`.
//! Python's `decimal` shows whether every number still has its exact value.

mod generate;
mod numbers;
mod oracle;

use std::error::Error;

use generate::Generator;
use oracle::{Oracle, Trait, Verdict};
use shared::domain::json::{CanonicalJson, JsonError, UnsafeNumbers};

const DOCUMENTS: usize = 100_000;
const SEED: u64 = 20_260_101;

/// A text, its form where numbers are kept, and what an oracle reports of both.
struct Case<'a> {
    text: &'a str,
    kept: Option<&'a str>,
    of_text: &'a Verdict,
    of_form: &'a Verdict,
}

#[test]
fn the_canonical_form_is_what_node_prints() -> Result<(), Box<dyn Error>> {
    compare(Oracle::Node, |case| {
        check_claims(case);
        check_printed(case);
    })
}

#[test]
fn a_kept_form_has_the_exact_values_that_python_reads() -> Result<(), Box<dyn Error>> {
    compare(Oracle::Python, |case| {
        check_claims(case);
        check_value(case);
    })
}

/// Checks every generated document with what the oracle reports.
fn compare(oracle: Oracle, check: impl Fn(&Case)) -> Result<(), Box<dyn Error>> {
    let mut generator = Generator::new(SEED);
    let texts: Vec<String> = (0..DOCUMENTS).map(|_| generator.document()).collect();
    let kept: Vec<Option<String>> = texts.iter().map(|text| parse(text, UnsafeNumbers::Keep).ok()).collect();

    let forms = kept.iter().map(|form| form.clone().unwrap_or_default());
    let verdicts = oracle::verdicts(oracle, &texts.iter().cloned().chain(forms).collect::<Vec<_>>())?;
    let (of_texts, of_forms) = verdicts.split_at(DOCUMENTS);

    let mut tally = Tally::default();
    for (((text, kept), of_text), of_form) in texts.iter().zip(&kept).zip(of_texts).zip(of_forms) {
        tally.count(of_text);
        check(&Case { text, kept: kept.as_deref(), of_text, of_form });
    }
    tally.has_seen_enough();
    Ok(())
}

fn parse(text: &str, unsafe_numbers: UnsafeNumbers) -> Result<String, JsonError> {
    CanonicalJson::parse(text, unsafe_numbers).map(CanonicalJson::into_string)
}

/// What is accepted under each policy is what the oracle's traits allow, and no form changes again.
fn check_claims(case: &Case) {
    let Case { text, kept, of_text, .. } = *case;
    let strict = parse(text, UnsafeNumbers::Refuse);
    match of_text {
        Verdict::Invalid => assert_eq!((strict.ok(), kept), (None, None), "invalid: {text}"),
        Verdict::Valid { traits, .. } => {
            let claimed = strict.as_ref().err().and_then(claim);
            match traits.as_slice() {
                [] => assert_eq!(strict.as_deref().ok(), Some(kept.unwrap_or("nothing kept")), "of {text}"),
                [Trait::Unsafe] => {
                    assert_eq!((claimed, kept.is_some()), (Some(Trait::Unsafe), true), "of {text}");
                }
                several => {
                    assert_eq!(kept, None, "{several:?} in {text}");
                    let is_true = claimed.is_some_and(|claimed| several.contains(&claimed));
                    assert!(is_true, "{strict:?}, {several:?} in {text}");
                }
            }
        }
    }
    if let Some(form) = kept {
        assert_eq!(parse(form, UnsafeNumbers::Keep).as_deref(), Ok(form), "again, from {text}");
    }
}

/// A form is what Node prints. One with kept numbers is not, but Node must read the same from it as from the text.
fn check_printed(case: &Case) {
    if let (Some(kept), Verdict::Valid { traits, report }) = (case.kept, case.of_text) {
        let form = if traits.is_empty() { Some(kept) } else { case.of_form.report() };
        assert_eq!(form, Some(report.as_str()), "the form of {}", case.text);
    }
}

/// A form has the value of its text, whatever JavaScript would read.
fn check_value(case: &Case) {
    if case.kept.is_some() {
        assert_eq!(case.of_form.report(), case.of_text.report(), "the form of {}", case.text);
    }
}

/// The trait that an error claims to have found. None if it claims that the text is not JSON, which would be a mistake.
fn claim(error: &JsonError) -> Option<Trait> {
    match error {
        JsonError::LoneSurrogate { .. } => Some(Trait::Surrogate),
        JsonError::NumberOutOfRange { .. } => Some(Trait::Range),
        JsonError::UnsafeNumber { .. } => Some(Trait::Unsafe),
        JsonError::Syntax { .. } | JsonError::TooDeep { .. } => None,
    }
}

/// How many documents of each kind there were, so that a test that sees none of a kind fails.
#[derive(Debug, Default)]
struct Tally {
    invalid: usize,
    plain: usize,
    keepable: usize,
    rejected: usize,
}

impl Tally {
    fn count(&mut self, verdict: &Verdict) {
        let kind = match verdict {
            Verdict::Invalid => &mut self.invalid,
            Verdict::Valid { traits, .. } => match traits.as_slice() {
                [] => &mut self.plain,
                [Trait::Unsafe] => &mut self.keepable,
                _ => &mut self.rejected,
            },
        };
        *kind += 1;
    }

    fn has_seen_enough(&self) {
        let Self { invalid, plain, keepable, rejected } = *self;
        assert!(plain > DOCUMENTS / 2, "{self:?}");
        assert!([invalid, keepable, rejected].iter().all(|count| *count > DOCUMENTS / 100), "{self:?}");
    }
}
