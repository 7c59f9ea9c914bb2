//! The queues of one installation.

use domain::delivery::lane::Lane;

/// The queues by URL.
#[derive(Debug, Clone)]
pub struct QueueUrls {
    pub event: String,
    pub delivery: String,
    pub slow: String,
    pub retry: String,
    pub rejected: String,
}

impl QueueUrls {
    pub fn of_lane(&self, lane: Lane) -> &str {
        match lane {
            Lane::First => &self.delivery,
            Lane::Slow => &self.slow,
            Lane::Retry => &self.retry,
        }
    }

    /// Which lane a Lambda record came from, by the queue's name at the end of its ARN.
    pub fn lane_of(&self, event_source_arn: &str) -> Option<Lane> {
        let name = event_source_arn.rsplit(':').next()?;
        Lane::ALL.into_iter().find(|lane| self.of_lane(*lane).rsplit('/').next() == Some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_known_by_the_name_of_its_queue() {
        let url = |name: &str| format!("https://sqs.us-east-1.amazonaws.com/123456789012/{name}");
        let urls =
            QueueUrls { event: url("E"), delivery: url("D"), slow: url("S"), retry: url("R"), rejected: url("J") };
        for (arn, lane) in [
            ("arn:aws:sqs:us-east-1:123456789012:D", Some(Lane::First)),
            ("arn:aws:sqs:us-east-1:123456789012:S", Some(Lane::Slow)),
            ("arn:aws:sqs:us-east-1:123456789012:R", Some(Lane::Retry)),
            ("arn:aws:sqs:us-east-1:123456789012:E", None),
            ("arn:aws:sqs:us-east-1:123456789012:DR", None),
            ("", None),
        ] {
            assert_eq!(urls.lane_of(arn), lane, "{arn}");
        }
    }
}
