//! One request and its response on a socket.

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};

use domain::attempt::excerpt::MAX_EXCERPT;
use tokio::{
    io::{AsyncReadExt, AsyncWrite},
    time::timeout,
};

use super::{
    broken::{Broken, Ended},
    connection::Socket,
    request::Message,
    response::{
        body::{Content, End, content},
        head::{Head, HeadReader},
    },
};

/// The room for a response to begin with: most fit in whole.
const READ: usize = 2 * 1024;

/// The most bytes of a body, framing included, that are read for its excerpt.
const MAX_BODY: usize = 8 * 1024;

/// How long to wait for the excerpt after the headers decided the verdict: it must not hold a slot.
const EXCERPT_TIMEOUT: Duration = Duration::from_secs(1);

/// A response whose head has come.
pub(super) struct Response {
    pub head: Head,
    socket: Socket,
    received: Vec<u8>,
    body: usize,
    is_sent: bool,
}

/// Sends the request and reads until the head of the response has come, which may be before all is sent.
pub(super) async fn exchange(mut socket: Socket, message: &Message<'_>) -> Result<Response, Broken> {
    let mut sending = Sending { message, sent: 0, state: SendingState::UnderWay };
    let mut received = Vec::with_capacity(READ);
    let mut reader = HeadReader::default();
    loop {
        let end = match sending.beside_reading(&mut socket, &mut received).await {
            Ok(0) => Ended::Closed,
            Err(error) => Ended::Failed(error),
            Ok(_) => match reader.advance(&received) {
                Ok(None) => continue,
                Ok(Some((head, body))) => {
                    let is_sent = sending.state == SendingState::Done;
                    return Ok(Response { head, socket, received, body, is_sent });
                }
                Err(fault) => Ended::Unreadable(fault),
            },
        };
        return Err(Broken { received, end });
    }
}

struct Sending<'m> {
    message: &'m Message<'m>,
    sent: usize,
    state: SendingState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SendingState {
    UnderWay,
    Done,
    /// The receiver accepts no more. It may have responded all the same.
    Failed,
}

impl Sending<'_> {
    /// Reads what has come, and until then sends.
    async fn beside_reading(&mut self, socket: &mut Socket, received: &mut Vec<u8>) -> io::Result<usize> {
        poll_fn(|context| {
            if self.state == SendingState::UnderWay
                && let Poll::Ready(sent) = self.poll(Pin::new(&mut *socket), context)
            {
                self.state = if sent.is_ok() { SendingState::Done } else { SendingState::Failed };
            }
            pin!(socket.read_buf(received)).poll(context)
        })
        .await
    }

    fn poll(&mut self, mut socket: Pin<&mut Socket>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(left) = self.left() {
            match ready!(socket.as_mut().poll_write_vectored(context, &left))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => self.sent = self.sent.saturating_add(sent),
            }
        }
        socket.poll_flush(context)
    }

    /// What is still to be sent of head and body: together they are one packet, or one TLS record, mostly.
    fn left(&self) -> Option<[io::IoSlice<'_>; 2]> {
        let Message { head, body } = self.message;
        let of_body = self.sent.saturating_sub(head.len());
        let (head, body) = (head.get(self.sent..).unwrap_or_default(), body.get(of_body..).unwrap_or_default());
        let is_left = !head.is_empty() || !body.is_empty();
        is_left.then(|| [io::IoSlice::new(head), io::IoSlice::new(body)])
    }
}

impl Response {
    /// The beginning of the body as far as it comes in time, and the socket if another request may use it.
    pub async fn beginning(mut self) -> (Vec<u8>, Option<Socket>) {
        // The verdict stands: a body that stalls costs its excerpt, nothing else.
        let _in_time = timeout(EXCERPT_TIMEOUT, self.read_on()).await;
        let Content { bytes, end } = self.content();
        let beginning = bytes.get(..=MAX_EXCERPT).unwrap_or(&bytes).to_vec();
        // Bytes behind the body would be taken for the next response.
        let is_at_end = end == End::At(self.raw().len());
        (beginning, (is_at_end && self.is_sent && self.head.is_reusable).then_some(self.socket))
    }

    async fn read_on(&mut self) {
        while self.wants_more() {
            if !matches!(self.socket.read_buf(&mut self.received).await, Ok(1..)) {
                return;
            }
        }
    }

    fn wants_more(&self) -> bool {
        let Content { bytes, end } = self.content();
        end == End::NotYet && bytes.len() <= MAX_EXCERPT && self.raw().len() < MAX_BODY
    }

    fn content(&self) -> Content<'_> {
        content(self.head.framing, self.raw())
    }

    fn raw(&self) -> &[u8] {
        self.received.get(self.body..).unwrap_or_default()
    }
}
