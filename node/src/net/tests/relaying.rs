use libp2p::multiaddr::Protocol;

use super::{super::RelayMode, *};

fn with(relay: RelayMode, seed: u8, listen: &[&str]) -> NetConfig {
    NetConfig { relay, addresses_every: Duration::from_millis(100), ..config(seed, listen) }
}

fn unknown(node: &Node) -> (PeerKey, Vec<Multiaddr>) {
    (node.key(), Vec::new())
}

fn is_relayed(address: &Multiaddr) -> bool {
    address.iter().any(|part| part == Protocol::P2pCircuit)
}

/// A relay, and a node that listens nowhere but there.
async fn behind_a_relay(listen: &str) -> (Node, Node) {
    let relay = start(with(RelayMode::Serve, 1, &[listen])).await;
    let behind = start(with(RelayMode::Use, 2, &[])).await;
    relay.net.allow(vec![unknown(&behind)]).await;
    behind.net.allow(vec![relay.contact()]).await;
    behind.status(|status| status.listening.iter().any(is_relayed)).await;
    (relay, behind)
}

async fn two_that_cannot_dial_each_other_talk(listen: &str) {
    let (relay, mut behind) = behind_a_relay(listen).await;
    let mut other = start(with(RelayMode::Off, 3, &[])).await;
    relay.net.allow(vec![unknown(&behind), unknown(&other)]).await;
    behind.net.allow(vec![relay.contact(), unknown(&other)]).await;
    // It knows the relay alone, and learns from it where the other is.
    other.net.allow(vec![relay.contact(), unknown(&behind)]).await;
    other.connected(behind.key()).await;
    behind.connected(other.key()).await;

    let record = vec![7; 200_000];
    let id = other.net.request(behind.key(), b"a record, please".to_vec()).await;
    let reply = behind
        .until(|event| match event {
            NetEvent::Request { reply, .. } => Some(reply),
            _ => None,
        })
        .await;
    behind.net.respond(reply, record.clone()).await.unwrap();
    assert_eq!(other.response(id).await.unwrap(), record);

    // The connection stands and falls with the relay.
    relay.net.shutdown().await;
    other.disconnected(behind.key()).await;
}

#[tokio::test]
async fn two_that_cannot_dial_each_other_talk_over_tcp() {
    two_that_cannot_dial_each_other_talk(TCP).await;
}

#[tokio::test]
async fn two_that_cannot_dial_each_other_talk_over_quic() {
    two_that_cannot_dial_each_other_talk(QUIC).await;
}

#[tokio::test]
async fn a_place_at_a_relay_that_comes_back_is_taken_again() {
    let (relay, mut behind) = behind_a_relay(TCP).await;
    let address = relay.net.listening().remove(0).to_string();
    relay.net.shutdown().await;
    behind.disconnected(relay.key()).await;
    behind.status(|status| status.listening.is_empty()).await;

    let relay = start(with(RelayMode::Serve, 1, &[&address])).await;
    relay.net.allow(vec![unknown(&behind)]).await;
    behind.status(|status| status.listening.iter().any(is_relayed)).await;
}

#[tokio::test]
async fn a_relay_carries_nobody_who_does_not_belong() {
    let (relay, behind) = behind_a_relay(TCP).await;
    relay.net.welcome_guests(Duration::from_secs(60)).await;
    let stranger = start(config(3, &[])).await;
    // The one behind would take it in.
    behind.net.allow(vec![relay.contact(), unknown(&stranger)]).await;
    stranger.net.allow(vec![relay.contact(), behind.contact()]).await;
    stranger.status(|status| status.failed_dials > 0).await;
    assert_eq!(behind.net.status().borrow().connected, 1, "the relay alone");
}
