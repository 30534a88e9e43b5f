use futures::StreamExt;
use libp2p::{
    request_response::{Event, OutboundFailure},
    swarm::SwarmEvent,
};

use super::{
    super::{
        GuestError, GuestReply, MAX_GUEST_REQUEST_BYTES, MAX_GUEST_RESPONSE_BYTES,
        limits::{MAX_GUEST_REQUESTS, MAX_GUESTS_PER_HOST},
    },
    liar::liar,
    *,
};

const HOUR: Duration = Duration::from_secs(3600);

impl Node {
    async fn guest(&mut self) -> (PeerKey, Vec<u8>, GuestReply) {
        self.until(|event| match event {
            NetEvent::GuestRequest { from, data, reply, .. } => Some((from, data, reply)),
            _ => None,
        })
        .await
    }
}

fn call(
    guest: &Node,
    to: &Node,
    expected: Option<PeerKey>,
    data: &[u8],
) -> JoinHandle<Result<(PeerKey, Vec<u8>), GuestError>> {
    let (net, addresses, data) = (guest.net.clone(), to.net.listening(), data.to_vec());
    tokio::spawn(async move { net.ask_guest(addresses, expected, data).await })
}

async fn called(call: JoinHandle<Result<(PeerKey, Vec<u8>), GuestError>>) -> Result<(PeerKey, Vec<u8>), GuestError> {
    within(call).await.unwrap()
}

async fn a_guest_gets_an_answer(listen: &str) {
    let (mut node, guest) = (start(config(1, &[listen])).await, start(config(2, &[])).await);
    node.net.welcome_guests(HOUR).await;
    for expected in [None, Some(node.key())] {
        let (asked, answered) = (vec![1; MAX_GUEST_REQUEST_BYTES], vec![2; MAX_GUEST_RESPONSE_BYTES]);
        let call = call(&guest, &node, expected, &asked);
        let NetEvent::GuestRequest { from, address, data, reply } = node.next().await else { panic!("a guest") };
        assert_eq!((from, data), (guest.key(), asked));
        assert!(address.unwrap().to_string().starts_with("/ip4/127.0.0.1/"));
        node.net.answer_guest(reply, answered.clone()).await.unwrap();
        assert_eq!(called(call).await.unwrap(), (node.key(), answered));
    }
    let status = node.net.status().borrow().clone();
    assert_eq!((status.connected, status.refused_connections), (0, 0), "a guest is not a peer");
}

#[tokio::test]
async fn a_guest_gets_an_answer_over_tcp() {
    a_guest_gets_an_answer(TCP).await;
}

#[tokio::test]
async fn a_guest_gets_an_answer_over_quic() {
    a_guest_gets_an_answer(QUIC).await;
}

#[tokio::test]
async fn guests_are_let_in_only_while_they_are_welcome() {
    let (mut node, guest) = (start(config(1, &[TCP])).await, start(config(2, &[])).await);
    let refused = called(call(&guest, &node, None, b"?")).await.unwrap_err();
    assert!(matches!(refused, GuestError::Request(RequestError::Disconnected)), "{refused:?}");
    node.status(|status| status.refused_connections == 1).await;

    node.net.welcome_guests(HOUR).await;
    let waiting = call(&guest, &node, None, b"?");
    let (_, _, reply) = node.guest().await;
    node.net.welcome_guests(Duration::ZERO).await;
    let sent_away = called(waiting).await.unwrap_err();
    assert!(matches!(sent_away, GuestError::Request(_)), "{sent_away:?}");
    drop(reply);
    called(call(&guest, &node, None, b"?")).await.unwrap_err();
    node.status(|status| status.refused_connections == 2).await;
    assert!(node.events.try_recv().is_err());
}

#[tokio::test]
async fn a_guest_can_neither_sync_nor_gossip_and_has_to_go() {
    let host = NetConfig { guest_stay: Duration::from_secs(2), ..config(1, &[TCP]) };
    let (mut node, mut guest) = (start(host).await, start(config(2, &[])).await);
    node.net.subscribe("news".to_owned()).await.unwrap();
    guest.net.subscribe("news".to_owned()).await.unwrap();
    node.net.welcome_guests(HOUR).await;
    // It takes the node for one of its own, and keeps the connection open for ever if it is let.
    guest.net.allow(vec![node.contact()]).await;
    guest.connected(node.key()).await;

    let sync = guest.ask(node.key(), b"heads?".to_vec()).await;
    assert!(matches!(sync, Err(RequestError::Unsupported)), "{sync:?}");
    guest.net.publish("news", b"hello".to_vec()).await.unwrap();
    node.net.publish("news", b"for members".to_vec()).await.unwrap();
    guest.disconnected(node.key()).await;
    assert!(node.events.try_recv().is_err(), "the node hears nothing of it");
    let (node, guest) = (node.net.status().borrow().clone(), guest.net.status().borrow().clone());
    assert_eq!((node.received, node.published, node.connected), (0, 0, 0));
    assert_eq!((guest.received, guest.published), (0, 0));
}

#[tokio::test]
async fn a_guest_that_speaks_something_else_is_not_heard() {
    let (mut node, mut guest) = (start(config(1, &[TCP])).await, liar());
    node.net.welcome_guests(HOUR).await;
    guest.dial(node.net.listening().remove(0)).unwrap();
    let peer = node.key().peer_id();
    let refusal = async {
        loop {
            match guest.select_next_some().await {
                SwarmEvent::ConnectionEstablished { .. } => drop(guest.behaviour_mut().send_request(&peer, 0)),
                SwarmEvent::Behaviour(Event::OutboundFailure { error, .. }) => return error,
                _ => {}
            }
        }
    };
    let error = within(refusal).await;
    assert!(matches!(error, OutboundFailure::UnsupportedProtocols), "{error}");
    assert!(node.events.try_recv().is_err());
}

#[tokio::test]
async fn guests_of_one_host_are_so_many() {
    let mut node = start(config(1, &[TCP])).await;
    node.net.welcome_guests(HOUR).await;
    let (mut guests, mut inside) = (Vec::new(), Vec::new());
    for seed in 0..=MAX_GUESTS_PER_HOST {
        let guest = start(config(10 + seed as u8, &[])).await;
        let call = call(&guest, &node, None, b"?");
        guests.push(guest);
        if seed < MAX_GUESTS_PER_HOST {
            inside.push((call, node.guest().await));
        } else {
            called(call).await.unwrap_err();
            node.status(|status| status.refused_connections == 1).await;
        }
    }
    for (call, (_, data, reply)) in inside {
        node.net.answer_guest(reply, data).await.unwrap();
        assert_eq!(called(call).await.unwrap().1, b"?");
    }
}

#[tokio::test]
async fn a_guest_asks_a_few_times_and_not_for_ever() {
    let (mut node, mut guest) = (start(config(1, &[TCP])).await, start(config(2, &[])).await);
    node.net.welcome_guests(HOUR).await;
    guest.net.allow(vec![node.contact()]).await;
    guest.connected(node.key()).await;
    // Over the one connection that it holds.
    for _ in 0..MAX_GUEST_REQUESTS {
        let call = call(&guest, &node, Some(node.key()), b"?");
        let (_, data, reply) = node.guest().await;
        node.net.answer_guest(reply, data).await.unwrap();
        called(call).await.unwrap();
    }
    called(call(&guest, &node, Some(node.key()), b"?")).await.unwrap_err();
    guest.disconnected(node.key()).await;
    assert_eq!(node.net.status().borrow().refused_requests, 1);
}

#[tokio::test]
async fn a_guest_that_is_taken_in_while_it_asks_becomes_a_member() {
    let (mut node, mut guest) = (start(config(1, &[TCP])).await, start(config(2, &[TCP])).await);
    for net in [&node.net, &guest.net] {
        net.subscribe("news".to_owned()).await.unwrap();
    }
    node.net.welcome_guests(HOUR).await;
    let call = call(&guest, &node, Some(node.key()), b"may I?");
    let (from, _, reply) = node.guest().await;
    assert_eq!(from, guest.key());
    node.net.allow(vec![guest.contact()]).await;
    guest.net.allow(vec![(node.key(), Vec::new())]).await;
    node.connected(guest.key()).await;
    node.net.answer_guest(reply, b"come in".to_vec()).await.unwrap();

    assert_eq!(called(call).await.unwrap().1, b"come in");
    guest.connected(node.key()).await;
    let node = animate(node).0;
    assert_eq!(guest.ask(node.key(), b"there?".to_vec()).await.unwrap(), b"there?");
    let (guest, mut seen) = animate(guest);
    warm_up(&node, "news", &mut seen).await;
    drop(guest);
}

#[tokio::test]
async fn a_member_asks_over_the_connection_it_has() {
    let (mut a, b) = pair(config(1, &[TCP]), config(2, &[TCP])).await;
    a.net.welcome_guests(HOUR).await;
    let call = call(&b, &a, Some(a.key()), b"?");
    let NetEvent::GuestRequest { address, reply, .. } = a.next().await else { panic!("a request") };
    assert_eq!(address, None);
    a.net.answer_guest(reply, b"!".to_vec()).await.unwrap();
    assert_eq!(called(call).await.unwrap(), (a.key(), b"!".to_vec()));
    assert_eq!(b.net.status().borrow().connected, 1, "it stays connected");
}

#[tokio::test]
async fn a_call_says_why_it_came_to_nothing() {
    let (mut node, guest) = (start(config(1, &[TCP])).await, start(config(2, &[])).await);
    node.net.welcome_guests(HOUR).await;
    let wrong = called(call(&guest, &node, Some(PeerKey([7; 32])), b"?")).await;
    assert!(matches!(wrong, Err(GuestError::WrongPeer)), "{wrong:?}");
    let nowhere = guest.net.ask_guest(Vec::new(), Some(node.key()), Vec::new()).await;
    assert!(matches!(nowhere, Err(GuestError::NoAddress)), "{nowhere:?}");
    let long = called(call(&guest, &node, None, &vec![0; MAX_GUEST_REQUEST_BYTES + 1])).await;
    assert!(matches!(long, Err(GuestError::TooLarge { .. })), "{long:?}");

    let hasty = start(NetConfig { guest_stay: Duration::from_secs(1), ..config(3, &[]) }).await;
    let waiting = call(&hasty, &node, None, b"?");
    let request = node.guest().await;
    let late = called(waiting).await;
    assert!(matches!(late, Err(GuestError::Timeout | GuestError::Request(RequestError::Timeout))), "{late:?}");
    drop(request);
    let address = node.net.listening();
    node.net.shutdown().await;
    let gone = within(guest.net.ask_guest(address, None, Vec::new())).await;
    assert!(matches!(gone, Err(GuestError::Unreachable(_) | GuestError::Timeout)), "{gone:?}");
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_leads_nowhere() {
    let (mut node, guest) = (start(config(1, &[TCP])).await, start(config(2, &[])).await);
    node.net.welcome_guests(HOUR).await;
    let mut addresses = node.net.listening();
    addresses.insert(0, "/ip4/127.0.0.1/tcp/9".parse().unwrap());
    let net = guest.net.clone();
    let call = tokio::spawn(async move { net.ask_guest(addresses, None, b"?".to_vec()).await });
    let (_, data, reply) = node.guest().await;
    node.net.answer_guest(reply, data).await.unwrap();
    assert_eq!(called(call).await.unwrap().0, node.key());
}
