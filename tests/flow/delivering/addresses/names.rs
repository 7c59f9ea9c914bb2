//! Names: the addresses of a name are checked at every connection, all of them, before anything is dialled.
//!
//! `127.0.0.1` stands for the public Internet in these stories; every other address is classified as in production.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use futures::FutureExt;
use hickory_proto::op::ResponseCode;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::json;
use shared::{
    domain::{
        attempt::{
            Attempt, ErrorClass, Reason,
            outcome::{TransportError, verdict_of},
        },
        target::AddressError,
    },
    net::sender::Outside,
};
use tokio::net::TcpListener;

use super::table::{any_address, is_public, not_public};
use crate::harness::{
    Platform, Receiver, Reply, Wire,
    authority::Authority,
    dns::{NameServer, Zone},
};

const PUBLIC: &str = "127.0.0.1";
const PUBLIC_ONLY: &str = "127.0.0.1/32";

/// A sender that asks this server for names.
fn wire(server: &NameServer, authority: &Authority) -> Wire {
    Wire::new(PUBLIC_ONLY, &Outside { authorities: vec![authority.root()], names: Some(server.names()) })
}

/// One attempt, as the delivery log would show it.
async fn attempt(wire: &Wire, url: &str) -> Attempt {
    verdict_of(1, Reason::Event, wire.send(url).await).0
}

fn always(zone: &Zone) -> impl Fn(&str) -> Zone + Send + Sync + 'static {
    let zone = zone.clone();
    move |_| zone.clone()
}

#[tokio::test]
async fn a_name_is_dialled_over_tls_until_it_leads_inside() {
    let authority = Authority::new();
    // It closes after each response, so that each delivery resolves the name again.
    let receiver = Receiver::secure(authority.identity(&["hooks.receiver.test"]), |_, _| {
        Reply::status(200).header("connection", "close")
    })
    .await;
    let inside = TcpListener::bind(("127.0.0.2", receiver.port())).await.unwrap();
    let answer = Arc::new(Mutex::new(Zone::addresses(&[PUBLIC])));
    let current = Arc::clone(&answer);
    let server = NameServer::start(move |_| current.lock().unwrap().clone()).await;
    let outside = Outside { authorities: vec![authority.root()], names: Some(server.names()) };
    let platform = Platform::start_reaching(PUBLIC_ONLY, outside).await;
    let customer = platform.customer("standard");
    let webhook = customer.webhook(&receiver.url_at("hooks.receiver.test"), &["*"]).await;

    platform.publish(&customer, "invoice.paid", r#"{"n":1}"#).await;
    customer.deliveries_with(&webhook, &["delivered"]).await;
    let request = receiver.requests().remove(0);
    assert!(request.is_signed_by(webhook["secret"].as_str().unwrap()));
    assert_eq!(request.header("host"), format!("hooks.receiver.test:{}", receiver.port()));

    *answer.lock().unwrap() = Zone::addresses(&["127.0.0.2"]);
    platform.publish(&customer, "invoice.paid", r#"{"n":2}"#).await;
    let deliveries = customer.deliveries_with(&webhook, &["retrying", "delivered"]).await;
    let attempt = &deliveries[0]["attempts"][0];
    assert_eq!(attempt["errorClass"], "address");
    assert_eq!(attempt["error"], "the address was refused: 127.0.0.2 is not a public address (loopback)");

    *answer.lock().unwrap() = Zone::addresses(&[PUBLIC]);
    customer.deliveries_with(&webhook, &["delivered", "delivered"]).await;
    assert_eq!(receiver.requests().len(), 2);
    assert!(inside.accept().now_or_never().is_none(), "the address inside was dialled");
    platform.end().await;
}

#[tokio::test]
async fn an_answer_with_one_private_address_is_rejected_as_a_whole() {
    let authority = Authority::new();
    let receiver = Receiver::secure(authority.identity(&["hooks.receiver.test"]), |_, _| Reply::status(200)).await;
    let url = receiver.url_at("hooks.receiver.test");
    let list = |text: &str| vec![text.parse::<IpAddr>().unwrap()];
    for (name, zone, range) in [
        ("private", Zone::addresses(&["10.0.0.1"]), "10.0.0.1 is not a public address (private)"),
        ("mixed", Zone::addresses(&[PUBLIC, "192.168.0.7"]), "192.168.0.7 is not a public address (private)"),
        ("mixed, private first", Zone::addresses(&["169.254.169.254", PUBLIC]), "(link-local)"),
        ("mixed families", Zone::addresses(&[PUBLIC, "fd00:ec2::254"]), "fd00:ec2::254 is not a public address"),
        ("loopback", Zone::addresses(&["127.0.0.2"]), "(loopback)"),
        ("unspecified", Zone::addresses(&["0.0.0.0"]), "(this network)"),
        ("an alias to a private address", Zone::Alias("inner.test.", list("10.1.2.3")), "(private)"),
        ("IPv4 mapped into IPv6", Zone::addresses(&["::ffff:127.0.0.1"]), "(IPv4-mapped)"),
        ("IPv4 behind NAT64", Zone::addresses(&["64:ff9b::7f00:1"]), "(NAT64)"),
        ("6to4", Zone::addresses(&["2002:7f00:1::1"]), "(6to4)"),
    ] {
        let server = NameServer::start(always(&zone)).await;
        let attempt = attempt(&wire(&server, &authority), &url).await;
        let error = attempt.error.unwrap_or_default();
        assert_eq!(attempt.error_class, Some(ErrorClass::Address), "{name}: {error}");
        assert!(error.starts_with("the address was refused: ") && error.contains(range), "{name}: {error}");
    }
    assert_eq!(receiver.requests().len(), 0);
}

#[tokio::test]
async fn a_public_address_behind_an_alias_or_final_dot_is_dialled() {
    let authority = Authority::new();
    let receiver = Receiver::secure(authority.identity(&["hooks.receiver.test"]), |_, _| Reply::status(200)).await;
    let zone = Zone::Alias("inner.test.", vec![PUBLIC.parse().unwrap()]);
    let server = NameServer::start(always(&zone)).await;
    let wire = wire(&server, &authority);
    for host in ["hooks.receiver.test", "hooks.receiver.test.", "HOOKS.Receiver.Test"] {
        let attempt = attempt(&wire, &receiver.url_at(host)).await;
        assert_eq!((attempt.status_code, attempt.error), (Some(200), None), "{host}");
    }
}

#[tokio::test]
async fn a_name_without_an_address_is_reported_as_such() {
    let authority = Authority::new();
    let longest = format!("{}.{}.test", "a".repeat(63), vec!["b".repeat(60); 3].join("."));
    for (case, zone, host) in [
        ("no address", Zone::Addresses(Vec::new()), "hooks.receiver.test"),
        ("no such name", Zone::Code(ResponseCode::NXDomain), "hooks.receiver.test"),
        ("the server fails", Zone::Code(ResponseCode::ServFail), "hooks.receiver.test"),
        ("the server refuses", Zone::Code(ResponseCode::Refused), "hooks.receiver.test"),
        ("no such long name", Zone::Code(ResponseCode::NXDomain), &longest),
    ] {
        let server = NameServer::start(always(&zone)).await;
        let attempt = attempt(&wire(&server, &authority), &format!("https://{host}/x")).await;
        assert_eq!(attempt.error_class, Some(ErrorClass::Dns), "{case}: {:?}", attempt.error);
        assert_eq!(attempt.error.as_deref(), Some("the host name could not be resolved"), "{case}");
        assert!(server.asked().contains(&format!("{host}.")), "{case}: {:?}", server.asked());
    }
}

#[tokio::test]
async fn a_silent_name_server_costs_five_seconds_and_is_reported() {
    let server = NameServer::start(always(&Zone::Silence)).await;
    let attempt = attempt(&wire(&server, &Authority::new()), "https://hooks.receiver.test/x").await;
    assert_eq!(attempt.error_class, Some(ErrorClass::Dns));
    assert_eq!(attempt.error.as_deref(), Some("the host name could not be resolved within 5 s"));
    assert!((4_900..6_000).contains(&attempt.response_time_ms), "{} ms", attempt.response_time_ms);
    assert!(server.asked().contains(&"hooks.receiver.test.".to_owned()));
}

#[tokio::test]
async fn a_name_is_never_searched_in_the_platforms_own_domain() {
    let server = NameServer::start(|name| match name {
        "intranet.corp.platform.test." => Zone::addresses(&[PUBLIC]),
        _ => Zone::Code(ResponseCode::NXDomain),
    })
    .await;
    let attempt = attempt(&wire(&server, &Authority::new()), "https://intranet.corp/x").await;
    assert_eq!(attempt.error_class, Some(ErrorClass::Dns));
    assert!(server.asked().iter().all(|name| name == "intranet.corp."), "{:?}", server.asked());
}

#[tokio::test]
async fn no_answer_with_a_private_address_is_ever_dialled() {
    let answers: Arc<Mutex<HashMap<String, Vec<IpAddr>>>> = Arc::default();
    let known = Arc::clone(&answers);
    let server =
        NameServer::start(move |name| Zone::Addresses(known.lock().unwrap().get(name).cloned().unwrap_or_default()))
            .await;
    let wire = wire(&server, &Authority::new());
    let mut runner = TestRunner::new(Config::default());
    let stand_in: IpAddr = PUBLIC.parse().unwrap();
    let bad = not_public().prop_filter("it stands for a public one", move |address| *address != stand_in);
    let others = prop::collection::vec(prop_oneof![any_address(), Just(stand_in)], 0..4);
    let sets = (bad, others, any::<prop::sample::Index>());
    for case in 0..500 {
        let (bad, mut addresses, at) = sets.new_tree(&mut runner).unwrap().current();
        addresses.insert(at.index(addresses.len() + 1), bad);
        answers.lock().unwrap().insert(format!("n{case}.test."), addresses.clone());
        let exchange = wire.send(&format!("https://n{case}.test:8443/")).await;
        let Err(TransportError::Address(AddressError::NotPublic(rejected))) = exchange.result else {
            panic!("{addresses:?}: {:?}", exchange.result)
        };
        assert!(addresses.contains(&rejected.address) && !is_public(rejected.address), "{addresses:?}: {rejected}");
    }
}

#[tokio::test]
async fn a_webhook_is_created_without_resolving_its_name() {
    let server = NameServer::start(always(&Zone::addresses(&["10.0.0.1"]))).await;
    let outside = Outside { names: Some(server.names()), ..Outside::default() };
    let platform = Platform::start_reaching(PUBLIC_ONLY, outside).await;
    let customer = platform.customer("awsys");
    let webhook = customer.webhook("https://hooks.receiver.test/x", &["link.created"]).await;
    assert_eq!(server.asked(), Vec::<String>::new());
    assert_eq!(customer.test(&webhook, &json!({})).await["errorClass"], "address");
    platform.end().await;
}
