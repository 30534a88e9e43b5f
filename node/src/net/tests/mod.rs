//! Real nodes on the loopback interface, on free ports, each test with its own.

mod addresses;
mod connecting;
mod gossiping;
mod guests;
mod liar;
mod relaying;
mod requesting;

use std::{future::Future, time::Duration};

use tokio::{sync::mpsc, task::JoinHandle};

use super::{Multiaddr, Net, NetConfig, NetEvent, NetStatus, PeerKey, RequestError, RequestId, Verdict, spawn};

const TCP: &str = "/ip4/127.0.0.1/tcp/0";
const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";

/// How long anything may take before a test fails: far more than it needs, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A node and what it has to tell.
struct Node {
    net: Net,
    events: mpsc::Receiver<NetEvent>,
    task: JoinHandle<()>,
}

/// A configuration with the rhythm of a test. The seed makes the key.
fn config(seed: u8, listen: &[&str]) -> NetConfig {
    let listen = listen.iter().map(|address| address.parse().unwrap()).collect();
    NetConfig {
        heartbeat: Duration::from_millis(100),
        redial_first: Duration::from_millis(20),
        redial_cap: Duration::from_millis(200),
        ..NetConfig::new([seed; 32], listen)
    }
}

async fn start(config: NetConfig) -> Node {
    let (net, events, task) = spawn(config).await.unwrap();
    Node { net, events, task }
}

/// Two nodes that know each other and are connected.
async fn pair(a: NetConfig, b: NetConfig) -> (Node, Node) {
    let (mut a, mut b) = (start(a).await, start(b).await);
    introduce(&[&a, &b]).await;
    a.connected(b.key()).await;
    b.connected(a.key()).await;
    (a, b)
}

/// Lets every node know all the others. Only the later ones know where the earlier are, so that there is one
/// connection between two, and what it carries keeps its order.
async fn introduce(nodes: &[&Node]) {
    for (place, node) in nodes.iter().enumerate() {
        let others = nodes.iter().enumerate().filter(|(other, _)| *other != place);
        let contacts = others.map(|(other, peer)| {
            let addresses = if other < place { peer.net.listening() } else { Vec::new() };
            (peer.key(), addresses)
        });
        node.net.allow(contacts.collect()).await;
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it happens in time")
}

impl Node {
    fn key(&self) -> PeerKey {
        self.net.key()
    }

    fn contact(&self) -> (PeerKey, Vec<Multiaddr>) {
        (self.key(), self.net.listening())
    }

    async fn next(&mut self) -> NetEvent {
        within(self.events.recv()).await.expect("the node runs")
    }

    /// Waits for the first event that `wanted` takes and drops those before it.
    async fn until<T>(&mut self, mut wanted: impl FnMut(NetEvent) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(self.next().await) {
                return found;
            }
        }
    }

    async fn connected(&mut self, peer: PeerKey) {
        self.until(|event| matches!(event, NetEvent::Connected(key) if key == peer).then_some(())).await;
    }

    async fn disconnected(&mut self, peer: PeerKey) {
        self.until(|event| matches!(event, NetEvent::Disconnected(key) if key == peer).then_some(())).await;
    }

    async fn response(&mut self, request: RequestId) -> Result<Vec<u8>, RequestError> {
        self.until(|event| match event {
            NetEvent::Response { id, result, .. } if id == request => Some(result),
            _ => None,
        })
        .await
    }

    async fn ask(&mut self, peer: PeerKey, data: Vec<u8>) -> Result<Vec<u8>, RequestError> {
        let id = self.net.request(peer, data).await;
        self.response(id).await
    }

    async fn status(&self, wanted: impl FnMut(&NetStatus) -> bool) -> NetStatus {
        within(self.net.status().wait_for(wanted)).await.unwrap().clone()
    }
}

/// Answers for a node: requests by their own data, gossip by what its first word asks for. Tells what gossip it saw.
fn animate(node: Node) -> (Net, mpsc::UnboundedReceiver<Vec<u8>>) {
    let Node { net, mut events, .. } = node;
    let (sender, seen) = mpsc::unbounded_channel();
    let handle = net.clone();
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            match event {
                NetEvent::Gossip { data, token, .. } => {
                    let verdict = match data.split(|byte| *byte == b' ').next() {
                        Some(b"reject") => Verdict::Reject,
                        Some(b"ignore") => Verdict::Ignore,
                        _ => Verdict::Accept,
                    };
                    net.verdict(token, verdict);
                    let _ = sender.send(data);
                }
                NetEvent::Request { data, reply, .. } => net.respond(reply, data).await.unwrap(),
                _ => {}
            }
        }
    });
    (handle, seen)
}

/// Publishes greetings until one comes through, then takes the stragglers away.
async fn warm_up(from: &Net, topic: &str, to: &mut mpsc::UnboundedReceiver<Vec<u8>>) {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let arrival = async {
        for n in 0.. {
            tokio::select! {
                _ = tick.tick() => from.publish(topic, format!("hello {n}").into_bytes()).await.unwrap(),
                _ = to.recv() => return,
            }
        }
    };
    within(arrival).await;
}

/// Waits for the next message that is no greeting.
async fn heard(seen: &mut mpsc::UnboundedReceiver<Vec<u8>>) -> String {
    loop {
        let data = within(seen.recv()).await.expect("the node runs");
        let text = String::from_utf8(data).unwrap();
        if !text.starts_with("hello ") {
            return text;
        }
    }
}
