//! A delivery log of thousands of records: a page has a bound, and following the cursors shows everything once.

use local::stack::StackOptions;
use serde_json::Value;
use shared::{domain::delivery::Delivery, store::insert_many::MAX_INSERTS};

use crate::harness::{Customer, Faults, Platform, Receiver, Response, Scene, failed, job, path_of};

const RECORDS: usize = 1_500;

/// The most `Query` calls that one page may take.
const MOST_QUERIES: usize = 64;

#[tokio::test]
async fn a_filter_that_matches_nothing_reads_a_bounded_part_a_page() {
    let Log { platform, customer, webhook, faults } = Log::of_failures().await;
    let pages = pages(&customer, &webhook, "status=delivered&limit=1", &faults).await;
    assert!(pages.len() > 1 && pages.len() < 20, "{} pages", pages.len());
    assert!(pages.iter().all(|page| page.texts("id").is_empty()), "nothing was delivered");
    platform.end().await;
}

#[tokio::test]
async fn all_pages_of_a_filter_show_each_record_once_in_order() {
    let Log { platform, customer, webhook, faults } = Log::of_failures().await;
    let pages = pages(&customer, &webhook, "status=failed&limit=100", &faults).await;
    let ids: Vec<String> = pages.iter().flat_map(|page| page.texts("id")).collect();
    assert_eq!(ids.len(), RECORDS);
    assert!(ids.is_sorted_by(|newer, older| newer > older), "a record is missing its place or is shown twice");
    platform.end().await;
}

/// A webhook with many failed deliveries, and what counts the calls that reading them takes.
struct Log {
    platform: Platform,
    customer: Customer,
    webhook: Value,
    faults: Faults,
}

impl Log {
    async fn of_failures() -> Self {
        let faults = Faults::default();
        let options = StackOptions { taps: faults.taps(), ..StackOptions::default() };
        let Scene { platform, customer, webhook, .. } =
            Scene::on(Platform::start_with(options).await, "standard", &["*"], Receiver::always(200).await).await;
        let record = |number| failed(&job(&customer, "standard", &webhook, "a", number), "x".repeat(1_024));
        let records: Vec<Delivery> = (0..RECORDS).map(record).collect();
        for some in records.chunks(MAX_INSERTS) {
            platform.store().insert_deliveries(&some.iter().collect::<Vec<_>>()).await.unwrap();
        }
        Self { platform, customer, webhook, faults }
    }
}

/// Every page, from the first cursor to the last.
async fn pages(customer: &Customer, webhook: &Value, query: &str, faults: &Faults) -> Vec<Response> {
    let path = format!("{}/deliveries?{query}", path_of(webhook));
    let (mut pages, mut next) = (Vec::new(), path.clone());
    loop {
        faults.arm(None);
        let page = customer.get(&next).await;
        let queries =
            faults.seen().iter().filter(|step| step.call.starts_with("Query ") && step.call != "Query due").count();
        assert!((1..=MOST_QUERIES).contains(&queries), "a page took {queries} Query calls");
        assert_eq!(page.status, 200, "{:?}", page.json);
        let cursor = page.json["nextCursor"].as_str().map(str::to_owned);
        pages.push(page);
        match cursor {
            Some(cursor) => next = format!("{path}&cursor={cursor}"),
            None => return pages,
        }
    }
}
