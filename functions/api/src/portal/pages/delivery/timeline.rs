//! What happened to a delivery, step by step: accepted, each attempt, and what comes next.

use shared::domain::{
    attempt::{Attempt, Reason, outcome::is_success},
    delivery::{Delivery, Status},
};

use super::sent::HeaderLine;
use crate::portal::words::{
    advice::{advice, kind},
    moments::Moment,
    quantities::{counted, took},
    states::{Tone, reason_meaning},
    visible::{Piece, line, pieces},
};

/// One attempt of a timeline.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) number: u32,
    pub(crate) at: Moment,
    pub(crate) tone: Tone,
    /// As the API says it.
    pub(crate) reason: &'static str,
    pub(crate) reason_meaning: &'static str,
    /// The status code, or the kind of failure.
    pub(crate) came_to: String,
    pub(crate) took: String,
    pub(crate) error: Option<String>,
    pub(crate) advice: Option<&'static str>,
    pub(crate) headers: Vec<HeaderLine>,
    /// The beginning of the response body. Empty if there was none.
    pub(crate) response: Vec<Piece>,
}

impl Step {
    pub(crate) fn of(attempt: &Attempt) -> Self {
        let is_good = attempt.error.is_none() && attempt.status_code.is_some_and(is_success);
        let headers = attempt.response_headers.iter().map(|(name, value)| HeaderLine {
            name: name.to_owned(),
            value: line(value),
            is_masked: false,
        });
        Self {
            number: attempt.number,
            at: Moment::of(attempt.at),
            tone: if is_good { Tone::Ok } else { Tone::Bad },
            reason: attempt.reason.as_str(),
            reason_meaning: reason_meaning(attempt.reason),
            came_to: kind(attempt.error_class, attempt.status_code),
            took: took(attempt),
            error: attempt.error.as_deref().map(sentence),
            advice: advice(attempt),
            headers: headers.collect(),
            response: pieces(attempt.response.as_deref().unwrap_or_default()),
        }
    }
}

/// What comes after the last attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Next {
    pub(crate) tone: Tone,
    pub(crate) words: String,
    /// When the next attempt is due.
    pub(crate) at: Option<Moment>,
}

/// A delivery's timeline.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Timeline {
    pub(crate) accepted_at: Moment,
    /// What was accepted: an event, or a test.
    pub(crate) accepted: &'static str,
    /// How many attempts are not recorded any more.
    pub(crate) left_out: Option<String>,
    pub(crate) steps: Vec<Step>,
    pub(crate) next: Option<Next>,
}

impl Timeline {
    pub(crate) fn of(delivery: &Delivery) -> Self {
        let kept = u32::try_from(delivery.attempts.len()).unwrap_or(u32::MAX);
        let left_out = delivery.attempts_made().saturating_sub(kept);
        Self {
            accepted_at: Moment::of(delivery.created_at),
            accepted: if delivery.reason == Reason::Test { "A test was sent from here" } else { "Event accepted" },
            left_out: (left_out > 0).then(|| counted(left_out.into(), "earlier attempt is", "earlier attempts are")),
            steps: without_repetitions(delivery.attempts.iter().map(Step::of).collect()),
            next: next(delivery),
        }
    }
}

/// Advice that the following attempt has too stands only there: five attempts that failed alike need no five times the same words.
fn without_repetitions(mut steps: Vec<Step>) -> Vec<Step> {
    let following: Vec<_> = steps.iter().skip(1).map(|step| step.advice).collect();
    for (step, following) in steps.iter_mut().zip(following) {
        step.advice = step.advice.filter(|_| step.advice != following);
    }
    steps
}

fn next(delivery: &Delivery) -> Option<Next> {
    let why = delivery.status_reason.as_deref().map(sentence);
    let (tone, words, at) = match delivery.status {
        Status::Delivered => return None,
        Status::Retrying => (Tone::Slow, "Next attempt".to_owned(), delivery.next_attempt_at.map(Moment::of)),
        Status::Failed if delivery.reason == Reason::Test => return None,
        Status::Failed => {
            (Tone::Bad, why.unwrap_or_else(|| "Given up. It is not tried again by itself.".to_owned()), None)
        }
        Status::Skipped => (Tone::Off, why.unwrap_or_else(|| "It was not sent.".to_owned()), None),
    };
    Some(Next { tone, words, at })
}

/// An error or a reason as a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let text = line(text);
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if text.ends_with(['.', '!', '?', ')']) || text.is_empty() { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use shared::domain::attempt::kept::KeptHeaders;

    use super::*;
    use crate::testing::{attempt, delivery};

    #[test]
    fn an_attempt_says_what_came_of_it_and_what_to_do() {
        for (status, tone, came_to, has_advice) in [
            (Some(200), Tone::Ok, "200", false),
            (Some(503), Tone::Bad, "503", true),
            (Some(301), Tone::Bad, "301", true),
            (None, Tone::Bad, "timeout", true),
        ] {
            let step = Step::of(&attempt(2, status, 1_204));
            assert_eq!((step.tone, step.came_to.as_str(), step.took.as_str()), (tone, came_to, "1,204 ms"));
            assert_eq!((step.advice.is_some(), step.error.is_some(), step.reason), (has_advice, has_advice, "retry"));
        }
    }

    #[test]
    fn advice_that_repeats_stands_at_the_last_attempt() {
        let attempts = [Some(503), Some(503), Some(301), Some(503)].into_iter().zip(1..);
        let steps = attempts.map(|(status, number)| Step::of(&attempt(number, status, 5))).collect();
        let has_advice: Vec<_> = without_repetitions(steps).iter().map(|step| step.advice.is_some()).collect();
        assert_eq!(has_advice, [false, true, true, true]);
    }

    #[test]
    fn what_a_receiver_sent_cannot_hide_anything() {
        let headers = KeptHeaders::of([("server".to_owned(), "ngi\u{202e}nx".to_owned())]);
        let response = Some("ok\0\u{2066}<script>".to_owned());
        let step = Step::of(&Attempt { response_headers: headers, response, ..attempt(1, Some(500), 5) });
        assert_eq!(step.headers[0].value, "ngi‹U+202E›nx");
        let shown: Vec<_> = step.response.iter().map(|piece| (piece.text.as_str(), piece.is_name)).collect();
        assert_eq!(shown, [("ok", false), ("U+0000", true), ("U+2066", true), ("<script>", false)]);
    }

    #[test]
    fn a_timeline_ends_with_what_comes_next() {
        let at = Some(Timestamp::UNIX_EPOCH);
        for (status, reason, why, expected) in [
            (Status::Delivered, Reason::Event, None, None),
            (Status::Retrying, Reason::Event, None, Some(("Next attempt", true))),
            (Status::Failed, Reason::Event, None, Some(("Given up. It is not tried again by itself.", false))),
            (
                Status::Failed,
                Reason::Event,
                Some("the webhook was disabled"),
                Some(("The webhook was disabled.", false)),
            ),
            (Status::Failed, Reason::Test, None, None),
            (Status::Skipped, Reason::Event, Some("account suspended"), Some(("Account suspended.", false))),
            (Status::Skipped, Reason::Event, None, Some(("It was not sent.", false))),
        ] {
            let status_reason = why.map(str::to_owned);
            let delivery =
                Delivery { reason, status_reason, next_attempt_at: at, ..delivery("click", status, Vec::new()) };
            let next = Timeline::of(&delivery).next;
            let found = next.as_ref().map(|next| (next.words.as_str(), next.at.is_some()));
            assert_eq!(found, expected, "{status:?} {reason:?} {why:?}");
        }
    }

    #[test]
    fn attempts_that_are_not_kept_are_counted() {
        for (numbers, left_out) in [
            (vec![1, 2], None),
            (vec![2, 3], Some("1 earlier attempt is")),
            (vec![11], Some("10 earlier attempts are")),
        ] {
            let attempts = numbers.iter().map(|number| attempt(*number, Some(500), 1)).collect();
            let timeline = Timeline::of(&delivery("click", Status::Failed, attempts));
            assert_eq!(timeline.left_out.as_deref(), left_out, "{numbers:?}");
        }
    }

    #[test]
    fn a_reason_becomes_a_sentence() {
        for (text, expected) in [
            ("the endpoint answered 503 instead of 2xx", "The endpoint answered 503 instead of 2xx."),
            ("not valid (is it self-signed?)", "Not valid (is it self-signed?)"),
            ("Done.", "Done."),
            ("", ""),
            ("é\u{202e}", "É‹U+202E›."),
        ] {
            assert_eq!(sentence(text), expected);
        }
    }
}
