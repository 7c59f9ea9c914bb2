use proptest::prelude::*;

use super::*;

fn row(number: u32) -> (u32, u32) {
    (number, number)
}

#[test]
fn a_page_is_the_newest_of_all_parts_each_once() {
    let mut merge = Merge::new(2, 3);
    merge.add(0, [9, 5, 1].map(row).into(), Reached::End);
    merge.add(1, [8, 5].map(row).into(), Reached::End);
    assert!(merge.behind().is_empty());
    let page = merge.into_page();
    assert_eq!((page.found, page.next), (vec![9, 8, 5], Some(5)));
}

#[test]
fn a_part_that_hides_part_of_the_page_is_read_further() {
    let mut merge = Merge::new(2, 2);
    merge.add(0, [9, 8, 7].map(row).into(), Reached::Key(7));
    merge.add(1, vec![row(6)], Reached::Key(6));
    assert!(merge.behind().is_empty(), "9, 8 and the next are known");
    let mut merge = Merge::new(2, 2);
    merge.add(0, [9, 8, 2].map(row).into(), Reached::Key(2));
    merge.add(1, Vec::new(), Reached::Key(5));
    assert_eq!(merge.behind(), [1], "between 5 and 2 there may be another");
}

#[test]
fn a_page_that_was_not_read_to_its_end_is_short_and_goes_on() {
    let mut merge = Merge::new(2, 5);
    merge.add(0, [9, 3].map(row).into(), Reached::Key(3));
    merge.add(1, Vec::new(), Reached::Key(6));
    assert_eq!(merge.behind(), [0, 1]);
    let page = merge.into_page();
    assert_eq!((page.found, page.next), (vec![9], Some(6)));
}

#[test]
fn the_last_page_has_no_next_even_if_it_is_full() {
    let mut merge = Merge::new(1, 2);
    merge.add(0, [2, 1].map(row).into(), Reached::End);
    let page = merge.into_page();
    assert_eq!((page.found, page.next), (vec![2, 1], None));
}

/// Reads all pages of parts that are sorted, `step` items at a time, and gives up on a page after `budget` reads.
fn read_all(parts: &[Vec<u32>], wanted: usize, step: usize, budget: usize) -> Vec<u32> {
    let (mut all, mut before) = (Vec::new(), u32::MAX);
    loop {
        let mut merge = Merge::new(parts.len(), wanted);
        let mut read: Vec<Vec<u32>> =
            parts.iter().map(|part| part.iter().copied().filter(|number| *number < before).collect()).collect();
        let mut left = budget.max(parts.len());
        while left > 0 {
            let behind = merge.behind();
            if behind.is_empty() {
                break;
            }
            for part in behind {
                let length = read[part].len();
                let rest = read[part].split_off(step.min(length));
                let piece = std::mem::replace(&mut read[part], rest);
                let reached = if read[part].is_empty() { Reached::End } else { Reached::Key(*piece.last().unwrap()) };
                merge.add(part, piece.into_iter().map(row).collect(), reached);
                left = left.saturating_sub(1);
            }
        }
        let page = merge.into_page();
        assert!(page.found.len() <= wanted);
        all.extend(page.found);
        let Some(next) = page.next else { return all };
        before = next;
    }
}

proptest! {
    #[test]
    fn pages_show_everything_once_and_in_order(
        numbers in prop::collection::btree_set(0u32..500, 0..80),
        wanted in 1usize..12,
        step in 1usize..6,
        budget in 1usize..20,
    ) {
        let newest_first: Vec<u32> = numbers.iter().rev().copied().collect();
        let part = |n: u32| newest_first.iter().copied().filter(|number| number % 3 == n).collect();
        let parts: Vec<Vec<u32>> = (0..3).map(part).collect();
        prop_assert_eq!(read_all(&parts, wanted, step, budget), newest_first);
    }
}
