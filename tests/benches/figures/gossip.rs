//! How long a bare message takes: three networks without a node around them, which pass on all that comes.

use std::time::{Duration, Instant};

use folkmoot_node::net::{self, Net, NetConfig, NetEvent, Verdict};
use folkmoot_tests::harness::PATIENCE;
use tokio::{
    runtime::Runtime,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

const TOPIC: &str = "figures";
/// As for the product, runs that do not count.
const WARM_UP: u64 = 5;

/// One network on threads of its own, as a node has it.
struct Peer {
    net: Net,
    heard: UnboundedReceiver<(u64, Instant)>,
    _runtime: Runtime,
}

/// Sends messages of so many bytes from one to two others, one after another.
pub(crate) fn measure(bytes: usize, runs: usize) -> Vec<Duration> {
    let mut peers: Vec<Peer> = (1..=3).map(Peer::start).collect();
    let runtime = Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        introduce(&peers).await;
        let [from, others @ ..] = &mut peers[..] else { unreachable!("there are three") };
        meet(&from.net, others, bytes).await;
        let mut times = Vec::new();
        // The numbers of greetings lie far above.
        for number in 0..WARM_UP + runs as u64 {
            let start = Instant::now();
            from.net.publish(TOPIC, message(number, bytes)).await.expect("it fits");
            let mut last = start;
            for peer in &mut *others {
                last = last.max(peer.hears(number).await);
            }
            times.push(last.duration_since(start));
        }
        times.split_off(WARM_UP as usize)
    })
}

impl Peer {
    fn start(seed: u8) -> Self {
        let runtime = Runtime::new().expect("a runtime can be made");
        let config = NetConfig::new([seed; 32], vec!["/ip4/127.0.0.1/tcp/0".parse().expect("an address")]);
        let (net, mut events, _) = runtime.block_on(net::spawn(config)).expect("the network starts");
        let (report, heard) = unbounded_channel();
        runtime.spawn(async move {
            while let Some(event) = events.recv().await {
                if let NetEvent::Gossip { data, token, .. } = event {
                    let at = Instant::now();
                    token.decide(Verdict::Accept);
                    // Nobody listens any more at the end.
                    let _ = report.send((number(&data), at));
                }
            }
        });
        Self { net, heard, _runtime: runtime }
    }

    async fn hears(&mut self, wanted: u64) -> Instant {
        let hear = async {
            loop {
                match self.heard.recv().await {
                    Some((number, at)) if number == wanted => return at,
                    Some(_) => {}
                    None => panic!("the network runs"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, hear).await.expect("the message comes")
    }
}

/// Lets each know the others; only the later ones dial, so that two have one connection.
async fn introduce(peers: &[Peer]) {
    for (place, peer) in peers.iter().enumerate() {
        peer.net.subscribe(TOPIC.to_owned()).await.expect("a topic");
        let others = peers.iter().enumerate().filter(|(other, _)| *other != place);
        let contact = |(other, peer): (usize, &Peer)| {
            (peer.net.key(), if other < place { peer.net.listening() } else { Vec::new() })
        };
        peer.net.allow(others.map(contact).collect()).await;
    }
}

/// Publishes greetings until both have heard one: gossip says nothing of who listens.
async fn meet(from: &Net, peers: &mut [Peer], bytes: usize) {
    let mut greeting = u64::MAX;
    for peer in peers {
        let mut tick = tokio::time::interval(Duration::from_millis(50));
        loop {
            tokio::select! {
                _ = tick.tick() => {
                    from.publish(TOPIC, message(greeting, bytes)).await.expect("it fits");
                    greeting -= 1;
                }
                _ = peer.heard.recv() => break,
            }
        }
    }
}

fn message(number: u64, bytes: usize) -> Vec<u8> {
    let mut message = number.to_be_bytes().to_vec();
    message.resize(bytes.max(message.len()), 1);
    message
}

fn number(message: &[u8]) -> u64 {
    message.first_chunk().map_or(u64::MAX, |number| u64::from_be_bytes(*number))
}
