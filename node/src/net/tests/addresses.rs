use super::{super::book::AddressBook, *};

/// Asks often enough for a test.
fn curious(seed: u8, listen: &[&str]) -> NetConfig {
    NetConfig { addresses_every: Duration::from_millis(100), ..config(seed, listen) }
}

fn unknown(node: &Node) -> (PeerKey, Vec<Multiaddr>) {
    (node.key(), Vec::new())
}

#[tokio::test]
async fn two_that_know_only_a_third_find_each_other() {
    let (mut a, b) = (start(curious(1, &[TCP])).await, start(curious(2, &[TCP])).await);
    let mut c = start(curious(3, &[QUIC])).await;
    b.net.allow(vec![unknown(&a), unknown(&c)]).await;
    a.net.allow(vec![b.contact(), unknown(&c)]).await;
    c.net.allow(vec![b.contact(), unknown(&a)]).await;

    a.connected(c.key()).await;
    c.connected(a.key()).await;
}

#[tokio::test]
async fn a_node_that_moved_is_found_through_another() {
    // Nobody can dial a: it has to find b by itself.
    let (mut a, b) = (start(curious(1, &[])).await, start(curious(2, &[TCP])).await);
    let c = start(curious(3, &[TCP])).await;
    let key = b.key();
    c.net.allow(vec![unknown(&a), unknown(&b)]).await;
    b.net.allow(vec![unknown(&a), c.contact()]).await;
    a.net.allow(vec![b.contact(), c.contact()]).await;
    a.status(|status| status.connected == 2).await;
    c.status(|status| status.connected == 2).await;

    b.net.shutdown().await;
    a.disconnected(key).await;
    let b = start(curious(2, &[TCP])).await;
    b.net.allow(vec![unknown(&a), c.contact()]).await;
    a.connected(key).await;
}

#[tokio::test]
async fn a_restart_does_not_forget_where_others_are() {
    let home = tempfile::tempdir().unwrap();
    let book = Some(home.path().join("addresses"));
    let (mut a, mut b) =
        (start(NetConfig { address_book: book.clone(), ..curious(1, &[]) }).await, start(curious(2, &[TCP])).await);
    let (a_key, b_key) = (a.key(), b.key());
    b.net.allow(vec![unknown(&a)]).await;
    a.net.allow(vec![b.contact()]).await;
    a.connected(b_key).await;
    a.status(|status| status.learned_addresses == 1).await;
    a.net.shutdown().await;
    b.disconnected(a_key).await;

    let mut a = start(NetConfig { address_book: book, ..curious(1, &[]) }).await;
    a.net.allow(vec![(b_key, Vec::new())]).await;
    a.connected(b_key).await;
}

#[tokio::test]
async fn what_the_operator_announces_is_what_others_learn() {
    let config = NetConfig { announce: vec!["/ip4/192.0.2.1/tcp/9".parse().unwrap()], ..curious(2, &[TCP]) };
    let home = tempfile::tempdir().unwrap();
    let book = home.path().join("addresses");
    let a = start(NetConfig { address_book: Some(book.clone()), ..curious(1, &[]) }).await;
    let b = start(config).await;
    b.net.allow(vec![unknown(&a)]).await;
    a.net.allow(vec![b.contact()]).await;
    a.status(|status| status.learned_addresses == 1).await;
    a.net.shutdown().await;
    let known = AddressBook::load(&std::fs::read(book).unwrap());
    assert_eq!(known.addresses(&b.key().peer_id()), ["/ip4/192.0.2.1/tcp/9".parse().unwrap()]);
}
