//! Lists grouped by day.

use jiff::Timestamp;

use super::moments::{day, day_heading};

/// Neighbours of a list that are of one day, in UTC.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Day<T> {
    pub(crate) heading: String,
    pub(crate) entries: Vec<T>,
}

/// Groups a list that is in the order of time by the days of `at`.
pub(crate) fn by_day<T>(
    list: impl IntoIterator<Item = T>,
    at: impl Fn(&T) -> Timestamp,
    now: Timestamp,
) -> Vec<Day<T>> {
    let mut days: Vec<(String, Day<T>)> = Vec::new();
    for entry in list {
        let time = at(&entry);
        let name = day(time);
        match days.last_mut() {
            Some((newest, group)) if *newest == name => group.entries.push(entry),
            _ => days.push((name, Day { heading: day_heading(time, now), entries: vec![entry] })),
        }
    }
    days.into_iter().map(|(_, day)| day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_day_stand_together() {
        let at = |hour: i64| Timestamp::from_second(hour * 3_600).unwrap();
        let grouped = by_day([50, 49, 47, 25, 1, 0], |hour| at(*hour), at(51));
        let shape: Vec<_> = grouped.iter().map(|day| (day.heading.as_str(), day.entries.as_slice())).collect();
        let expected: [(&str, &[i64]); 3] = [
            ("Today, 3 January", &[50, 49]),
            ("Yesterday, 2 January", &[47, 25]),
            ("Thursday, 1 January 1970", &[1, 0]),
        ];
        assert_eq!(shape, expected);
        assert!(by_day(Vec::<i64>::new(), |hour| at(*hour), at(0)).is_empty());
    }
}
