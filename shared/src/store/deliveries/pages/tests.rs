use super::*;

#[test]
fn only_filters_without_delivered_use_the_sparse_index() {
    let webhook = WebhookId::parse("wh_1").unwrap();
    for (statuses, indexed) in [
        (vec![], false),
        (vec![Status::Delivered], false),
        (vec![Status::Delivered, Status::Failed], false),
        (vec![Status::Failed], true),
        (vec![Status::Failed, Status::Retrying, Status::Skipped], true),
    ] {
        let found = partitions(&webhook, &statuses);
        assert_eq!(found.len(), 8, "{statuses:?}");
        assert!(found.iter().all(|part| part.index.is_some() == indexed), "{statuses:?}");
    }
}

#[test]
fn a_page_begins_after_the_last_id_of_the_page_before() {
    let at = |ms| Timestamp::from_millisecond(ms).unwrap();
    let id = |ms: i64, tail: u8| DeliveryId::new(at(ms), [tail; 10]);
    let shown = |filter: &DeliveryFilter, before: Option<&DeliveryId>, id: &DeliveryId| {
        let (least, most) = bounds(filter, before);
        (least.as_str()..=most.as_str()).contains(&id.as_str())
    };
    let all = DeliveryFilter::default();
    let window = DeliveryFilter { since: Some(at(100)), until: Some(at(200)), ..DeliveryFilter::default() };
    for (filter, before, shows, expected) in [
        (&all, None, id(1, 0), true),
        (&all, Some(id(100, 5)), id(100, 5), false),
        (&all, Some(id(100, 5)), id(100, 4), true),
        (&all, Some(id(100, 0)), id(99, 255), true),
        (&all, Some(id(100, 5)), id(100, 6), false),
        (&window, None, id(100, 0), true),
        (&window, None, id(99, 255), false),
        (&window, None, id(199, 255), true),
        (&window, None, id(200, 0), false),
        (&window, Some(id(150, 0)), id(150, 1), false),
        (&window, Some(id(300, 0)), id(200, 0), false),
    ] {
        assert_eq!(shown(filter, before.as_ref(), &shows), expected, "{filter:?} {before:?} {shows}");
    }
}
