use futures::StreamExt;
use libp2p::swarm::{
    SwarmEvent,
    dial_opts::{DialOpts, PeerCondition},
};

use super::{super::NetError, liar::liar, *};

async fn two_nodes_talk(listen: &str) {
    let (mut a, mut b) = pair(config(1, &[listen]), config(2, &[listen])).await;
    let id = a.net.request(b.key(), b"how are you".to_vec()).await;
    let NetEvent::Request { from, data, reply } = b.next().await else { panic!("a request") };
    assert_eq!((from, data.as_slice()), (a.key(), &b"how are you"[..]));
    b.net.respond(reply, b"fine".to_vec()).await.unwrap();

    assert_eq!(a.response(id).await.unwrap(), b"fine");
}

#[tokio::test]
async fn two_nodes_talk_over_tcp() {
    two_nodes_talk(TCP).await;
}

#[tokio::test]
async fn two_nodes_talk_over_quic() {
    two_nodes_talk(QUIC).await;
}

#[tokio::test]
async fn a_node_listens_on_both_transports() {
    let node = start(config(1, &[TCP, QUIC])).await;
    let listening = node.net.listening();

    assert_eq!(listening.len(), 2);
    for address in listening {
        assert!(!address.to_string().contains("/0"), "{address} has its port");
        let mut other = start(config(2, &[])).await;
        other.net.allow(vec![(node.key(), vec![address])]).await;
        node.net.allow(vec![(other.key(), Vec::new())]).await;
        other.connected(node.key()).await;
        other.net.shutdown().await;
    }
}

#[tokio::test]
async fn a_node_is_dialled_by_its_name() {
    for (listen, name) in [(TCP, "dns4"), (QUIC, "dns")] {
        let node = start(config(1, &[listen])).await;
        let address = node.net.listening().remove(0).to_string();
        let named = address.replace("/ip4/127.0.0.1/", &format!("/{name}/localhost/"));
        assert_ne!(named, address);
        let mut other = start(config(2, &[])).await;
        other.net.allow(vec![(node.key(), vec![named.parse().unwrap()])]).await;
        node.net.allow(vec![(other.key(), Vec::new())]).await;
        other.connected(node.key()).await;
    }
}

/// Needs a network interface with multicast, so it is not run everywhere.
#[tokio::test]
#[ignore = "needs a network with multicast"]
async fn members_on_one_network_find_each_other() {
    let everywhere = &["/ip4/0.0.0.0/tcp/0"];
    let mdns = |seed| NetConfig { mdns: true, ..config(seed, everywhere) };
    let (mut a, b) = (start(mdns(1)).await, start(mdns(2)).await);
    let mut stranger = start(mdns(3)).await;
    stranger.net.allow(vec![(a.key(), Vec::new())]).await;
    a.net.allow(vec![(b.key(), Vec::new())]).await;
    b.net.allow(vec![(a.key(), Vec::new())]).await;
    a.connected(b.key()).await;
    stranger.connected(a.key()).await;
    stranger.disconnected(a.key()).await;
    assert_eq!(a.net.status().borrow().connected, 1);
}

#[tokio::test]
async fn an_address_that_cannot_be_listened_on_is_an_error() {
    for listen in [TCP, QUIC] {
        let taken = start(config(1, &[listen])).await;
        let address = taken.net.listening().remove(0).to_string();
        let error = spawn(config(2, &[&address])).await.unwrap_err();
        assert!(matches!(error, NetError::Listen { .. }), "{error}");
    }
    assert!(spawn(config(3, &["/ip4/127.0.0.1/sctp/0"])).await.is_err());
}

#[tokio::test]
async fn a_crowd_connects_whoever_dials_whom() {
    let mut nodes = Vec::new();
    for seed in 1..=6 {
        nodes.push(start(config(seed, &[TCP, QUIC])).await);
    }
    let contacts: Vec<_> = nodes.iter().map(Node::contact).collect();
    for node in &nodes {
        node.net.allow(contacts.clone()).await;
    }
    let keys: Vec<PeerKey> = nodes.iter().map(Node::key).collect();
    for node in &nodes {
        node.status(|status| status.connected == keys.len() - 1).await;
    }
    let mut nets = Vec::new();
    for node in nodes {
        nets.push(animate(node).0);
    }
    // Whatever connections are left of those dialled at once, they work.
    let mut asker = start(config(7, &[])).await;
    let contacts = nets.iter().map(|net| (net.key(), net.listening())).collect();
    for (net, own) in nets.iter().zip(&keys) {
        let others = keys.iter().filter(|key| *key != own).copied().chain([asker.key()]);
        net.allow(others.map(|key| (key, Vec::new())).collect()).await;
    }
    asker.net.allow(contacts).await;
    for key in keys {
        asker.status(|status| status.connected == 6).await;
        assert_eq!(asker.ask(key, b"there?".to_vec()).await.unwrap(), b"there?");
    }
}

async fn a_stranger_is_refused(listen: &str) {
    let mut node = start(config(1, &[listen])).await;
    let mut stranger = start(config(2, &[listen])).await;
    stranger.net.allow(vec![node.contact()]).await;
    node.status(|status| status.refused_connections > 0).await;

    assert_eq!(node.net.status().borrow().connected, 0);
    assert!(node.events.try_recv().is_err(), "the node never hears of it");
    let error = node.ask(stranger.key(), b"?".to_vec()).await.unwrap_err();
    assert!(matches!(error, RequestError::NotConnected));
    // The stranger believes for a moment that it was let in.
    stranger.disconnected(node.key()).await;
}

#[tokio::test]
async fn a_stranger_is_refused_over_tcp() {
    a_stranger_is_refused(TCP).await;
}

#[tokio::test]
async fn a_stranger_is_refused_over_quic() {
    a_stranger_is_refused(QUIC).await;
}

#[tokio::test]
async fn a_stranger_at_the_address_of_a_friend_is_refused() {
    for listen in [TCP, QUIC] {
        let (friend, mut node) = (config(9, &[]), start(config(1, &[])).await);
        let stranger = start(config(2, &[listen])).await;
        stranger.net.allow(vec![node.contact()]).await;
        let friend = start(friend).await.key();
        node.net.allow(vec![(friend, stranger.net.listening())]).await;
        node.status(|status| status.failed_dials > 0).await;

        assert!(node.events.try_recv().is_err(), "the node connects to nobody");
    }
}

#[tokio::test]
async fn who_no_longer_belongs_is_disconnected_and_stays_out() {
    let (mut a, mut b) = pair(config(1, &[TCP]), config(2, &[TCP])).await;
    a.net.allow(Vec::new()).await;
    a.disconnected(b.key()).await;
    b.disconnected(a.key()).await;
    a.status(|status| status.refused_connections > 0).await;
    let error = a.ask(b.key(), b"?".to_vec()).await.unwrap_err();
    assert!(matches!(error, RequestError::NotConnected));

    a.net.allow(vec![b.contact()]).await;
    a.connected(b.key()).await;
}

#[tokio::test]
async fn a_shutdown_says_goodbye_and_ends_the_task() {
    for listen in [TCP, QUIC] {
        let (a, mut b) = pair(config(1, &[listen]), config(2, &[listen])).await;
        let Node { net, mut events, task } = a;
        net.shutdown().await;
        within(task).await.unwrap();
        b.disconnected(net.key()).await;

        while let Some(event) = within(events.recv()).await {
            assert!(!matches!(event, NetEvent::Request { .. }));
        }
        assert!(net.publish("topic", b"late".to_vec()).await.is_err());
        net.shutdown().await;
    }
}

#[tokio::test]
async fn dropping_every_handle_ends_the_task() {
    let node = start(config(1, &[TCP])).await;
    drop(node.net);

    within(node.task).await.unwrap();
}

#[tokio::test]
async fn a_peer_that_comes_back_is_found_again() {
    let (b, mut a) = pair(config(2, &[TCP]), config(1, &[])).await;
    let (key, address) = (b.key(), b.net.listening().remove(0).to_string());
    b.net.shutdown().await;
    a.disconnected(key).await;
    a.status(|status| status.failed_dials > 0).await;

    // It does not know where the first node is: being found is all it can hope for.
    let b = start(config(2, &[&address])).await;
    b.net.allow(vec![a.contact()]).await;
    a.connected(key).await;
    let (a, b) = (animate(a), animate(b));
    for net in [&a.0, &b.0] {
        net.subscribe("news".to_owned()).await.unwrap();
    }
    let mut seen = b.1;
    warm_up(&a.0, "news", &mut seen).await;
}

#[tokio::test]
async fn when_one_of_two_connections_closes_the_peer_starts_over() {
    let mut node = start(config(1, &[TCP])).await;
    let mut double = liar();
    let key = PeerKey::from_peer_id(double.local_peer_id()).unwrap();
    node.net.allow(vec![(key, Vec::new())]).await;
    for _ in 0..2 {
        let dial = DialOpts::peer_id(node.key().peer_id())
            .condition(PeerCondition::Always)
            .addresses(node.net.listening())
            .build();
        double.dial(dial).unwrap();
    }

    let peer = node.key().peer_id();
    let (mut open, mut asked, mut closed) = (Vec::new(), Vec::new(), 0);
    let closing = async {
        while closed < 2 {
            tokio::select! {
                event = double.select_next_some() => match event {
                    SwarmEvent::ConnectionEstablished { connection_id, .. } => {
                        open.push(connection_id);
                        if open.len() == 2 {
                            // One over each, so that the node has both when the first closes.
                            double.behaviour_mut().send_request(&peer, 0);
                            double.behaviour_mut().send_request(&peer, 0);
                        }
                    }
                    SwarmEvent::ConnectionClosed { .. } => closed += 1,
                    _ => {}
                },
                event = node.events.recv() => if let Some(NetEvent::Request { reply, .. }) = event {
                    asked.push(reply);
                    if asked.len() == 2 {
                        double.close_connection(open[0]);
                    }
                },
            }
        }
    };
    within(closing).await;
    node.status(|status| status.connected == 0).await;
}
