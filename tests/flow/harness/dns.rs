//! A name server for a story, on a loopback port, and the client that asks it.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::BoxFuture;
use hickory_proto::{
    op::{Message, ResponseCode},
    rr::{Name, RData, Record, RecordType},
};
use hickory_resolver::{
    Resolver, TokioResolver,
    config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
};
use shared::net::resolver::Names;
use tokio::net::UdpSocket;

/// What the server answers for a name.
#[derive(Clone)]
pub enum Zone {
    /// Those of these addresses that are of the family asked for.
    Addresses(Vec<IpAddr>),
    /// Another name, and its addresses.
    Alias(&'static str, Vec<IpAddr>),
    Code(ResponseCode),
    Silence,
}

impl Zone {
    pub fn addresses(list: &[&str]) -> Self {
        Self::Addresses(list.iter().map(|text| text.parse().unwrap()).collect())
    }
}

/// What a name server knows. It is called with the name asked for, including the final dot.
type Knows = dyn Fn(&str) -> Zone + Send + Sync;

/// It listens until its story ends.
pub struct NameServer {
    at: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl NameServer {
    pub async fn start(knows: impl Fn(&str) -> Zone + Send + Sync + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let at = socket.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(serve(socket, Arc::new(knows), Arc::clone(&asked)));
        Self { at, asked }
    }

    /// The names it was asked for; a name appears once for each address family.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// A client of this server, with a search domain such as a platform's own network may set.
    pub fn names(&self) -> Arc<dyn Names> {
        let mut connection = ConnectionConfig::udp();
        connection.port = self.at.port();
        let server = NameServerConfig::new(self.at.ip(), true, vec![connection]);
        let search = vec![Name::from_ascii("platform.test.").unwrap()];
        let config = ResolverConfig::from_parts(None, search, vec![server]);
        let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
        let options = builder.options_mut();
        options.use_hosts_file = ResolveHosts::Never;
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        // Longer than the sender waits, because the sender's own limit is what is tested.
        (options.timeout, options.attempts) = (Duration::from_mins(1), 1);
        Arc::new(Dns(builder.build().unwrap()))
    }
}

async fn serve(socket: UdpSocket, knows: Arc<Knows>, asked: Arc<Mutex<Vec<String>>>) {
    let mut buffer = [0; 4_096];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
        let query = Message::from_vec(&buffer[..length]).unwrap();
        let question = query.queries[0].clone();
        let name = question.name().to_ascii();
        let zone = knows(&name);
        asked.lock().unwrap().push(name);
        if let Some(answer) = answer(query, question.name(), question.query_type(), &zone) {
            socket.send_to(&answer.to_vec().unwrap(), peer).await.unwrap();
        }
    }
}

fn answer(query: Message, name: &Name, family: RecordType, zone: &Zone) -> Option<Message> {
    let mut answer = Message::response(query.metadata.id, query.metadata.op_code);
    answer.metadata.recursion_desired = query.metadata.recursion_desired;
    answer.metadata.recursion_available = true;
    answer.add_queries(query.queries);
    match zone {
        Zone::Addresses(addresses) => add(&mut answer, name, family, addresses),
        Zone::Alias(target, addresses) => {
            let target = Name::from_ascii(target).unwrap();
            answer.add_answer(Record::from_rdata(
                name.clone(),
                0,
                RData::CNAME(hickory_proto::rr::rdata::CNAME(target.clone())),
            ));
            add(&mut answer, &target, family, addresses);
        }
        Zone::Code(code) => answer.metadata.response_code = *code,
        Zone::Silence => return None,
    }
    Some(answer)
}

/// With a time to live of zero, so that the next connection asks again.
fn add(answer: &mut Message, name: &Name, family: RecordType, addresses: &[IpAddr]) {
    for address in addresses {
        let data = match (address, family) {
            (IpAddr::V4(v4), RecordType::A) => RData::A((*v4).into()),
            (IpAddr::V6(v6), RecordType::AAAA) => RData::AAAA((*v6).into()),
            _ => continue,
        };
        answer.add_answer(Record::from_rdata(name.clone(), 0, data));
    }
}

#[derive(Debug)]
struct Dns(TokioResolver);

impl Names for Dns {
    fn addresses(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let resolver = self.0.clone();
        Box::pin(async move {
            let found = resolver.lookup_ip(name).await.map_err(io::Error::other)?;
            Ok(found.iter().collect())
        })
    }
}
