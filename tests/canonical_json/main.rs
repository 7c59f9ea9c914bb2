//! The canonical form of JSON against the judge that matters: `JSON.stringify(JSON.parse(text))` in Node itself.

mod generate;
mod judge;

use std::error::Error;

use generate::Generator;
use judge::{Trait, Verdict};
use shared::domain::json::{CanonicalJson, JsonError, UnsafeNumbers};

const DOCUMENTS: usize = 100_000;
const SEED: u64 = 20_260_101;

#[test]
fn the_canonical_form_is_what_node_prints() -> Result<(), Box<dyn Error>> {
    let mut generator = Generator::new(SEED);
    let texts: Vec<String> = (0..DOCUMENTS).map(|_| generator.document()).collect();
    let kept: Vec<Option<String>> = texts.iter().map(|text| parse(text, UnsafeNumbers::Keep).ok()).collect();

    // The kept forms are judged too: what a receiver prints for the form must be what it prints for the text.
    let forms = kept.iter().map(|form| form.clone().unwrap_or_default());
    let verdicts = judge::verdicts(&texts.iter().cloned().chain(forms).collect::<Vec<_>>())?;
    let (of_texts, of_forms) = verdicts.split_at(DOCUMENTS);

    let mut tally = Tally::default();
    for (((text, kept), verdict), of_form) in texts.iter().zip(&kept).zip(of_texts).zip(of_forms) {
        tally.count(verdict);
        check(text, kept.as_deref(), verdict, of_form);
    }
    tally.has_seen_enough();
    Ok(())
}

fn parse(text: &str, unsafe_numbers: UnsafeNumbers) -> Result<String, JsonError> {
    CanonicalJson::parse(text, unsafe_numbers).map(CanonicalJson::into_string)
}

fn check(text: &str, kept: Option<&str>, verdict: &Verdict, of_form: &Verdict) {
    let strict = parse(text, UnsafeNumbers::Refuse);
    match verdict {
        Verdict::Invalid => {
            assert_eq!(kept, None, "node refuses {text}");
            assert!(strict.is_err(), "node refuses {text}");
        }
        Verdict::Valid { traits, printed } => {
            let claimed = strict.as_ref().err().and_then(claim);
            match traits.as_slice() {
                [] => assert_eq!((strict.as_deref(), kept), (Ok(&**printed), Some(&**printed)), "of {text}"),
                [Trait::Unsafe] => {
                    assert_eq!(claimed, Some(Trait::Unsafe), "of {text}");
                    check_kept(text, kept, printed, of_form);
                }
                several => {
                    assert_eq!(kept, None, "{several:?} in {text}");
                    assert!(
                        claimed.is_some_and(|claimed| several.contains(&claimed)),
                        "{strict:?}, {several:?} in {text}"
                    );
                }
            }
        }
    }
    if let Some(form) = kept {
        assert_eq!(parse(form, UnsafeNumbers::Keep).as_deref(), Ok(form), "again, from {text}");
    }
}

/// A form with kept integers is not what Node prints, but Node must read the same from it.
fn check_kept(text: &str, kept: Option<&str>, printed: &str, of_form: &Verdict) {
    assert!(kept.is_some(), "of {text}");
    let read_as = match of_form {
        Verdict::Valid { printed, .. } => Some(&**printed),
        Verdict::Invalid => None,
    };
    assert_eq!(read_as, Some(printed), "the form of {text}");
}

/// The trait an error claims to have found. None for a claim that the text is no JSON, which would be a mistake.
fn claim(error: &JsonError) -> Option<Trait> {
    match error {
        JsonError::LoneSurrogate { .. } => Some(Trait::Surrogate),
        JsonError::NumberOutOfRange { .. } => Some(Trait::Range),
        JsonError::UnsafeNumber { .. } => Some(Trait::Unsafe),
        JsonError::Syntax { .. } | JsonError::TooDeep { .. } => None,
    }
}

/// How many documents of each kind there were, so that a test of nothing cannot pass.
#[derive(Debug, Default)]
struct Tally {
    invalid: usize,
    plain: usize,
    keepable: usize,
    refused: usize,
}

impl Tally {
    fn count(&mut self, verdict: &Verdict) {
        let kind = match verdict {
            Verdict::Invalid => &mut self.invalid,
            Verdict::Valid { traits, .. } => match traits.as_slice() {
                [] => &mut self.plain,
                [Trait::Unsafe] => &mut self.keepable,
                _ => &mut self.refused,
            },
        };
        *kind += 1;
    }

    fn has_seen_enough(&self) {
        let Self { invalid, plain, keepable, refused } = *self;
        assert!(plain > DOCUMENTS / 2, "{self:?}");
        assert!([invalid, keepable, refused].iter().all(|count| *count > DOCUMENTS / 100), "{self:?}");
    }
}
