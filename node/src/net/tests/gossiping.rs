use super::{
    super::{CallError, MAX_GOSSIP_BYTES, MAX_TOPIC_BYTES, MAX_TOPICS, limits::GOSSIP_OVERHEAD},
    *,
};

const NEWS: &str = "news";

/// Joins the topic and answers for the nodes.
async fn join(nodes: Vec<Node>) -> Vec<(Net, mpsc::UnboundedReceiver<Vec<u8>>)> {
    let mut joined = Vec::new();
    for node in nodes {
        node.net.subscribe(NEWS.to_owned()).await.unwrap();
        joined.push(animate(node));
    }
    joined
}

/// Three nodes in a line: the ends belong to the middle, and not to each other.
async fn line() -> [(Net, mpsc::UnboundedReceiver<Vec<u8>>); 3] {
    let (a, b, c) = (start(config(1, &[TCP])).await, start(config(2, &[TCP])).await, start(config(3, &[TCP])).await);
    a.net.allow(vec![b.contact()]).await;
    c.net.allow(vec![b.contact()]).await;
    b.net.allow(vec![(a.key(), Vec::new()), (c.key(), Vec::new())]).await;
    let mut joined = join(vec![a, b, c]).await;
    let (a, c) = (joined[0].0.clone(), &mut joined[2].1);
    warm_up(&a, NEWS, c).await;
    joined.try_into().expect("three nodes")
}

#[tokio::test]
async fn three_nodes_hear_each_other() {
    let mut nodes = Vec::new();
    for seed in 1..=3 {
        nodes.push(start(config(seed, &[TCP])).await);
    }
    introduce(&nodes.iter().collect::<Vec<_>>()).await;
    let mut joined = join(nodes).await;
    for from in 0..3 {
        let net = joined[from].0.clone();
        for (to, other) in joined.iter_mut().enumerate() {
            if to != from {
                warm_up(&net, NEWS, &mut other.1).await;
            }
        }
    }
    for from in 0..3 {
        let text = format!("from {from}");
        joined[from].0.publish(NEWS, text.clone().into_bytes()).await.unwrap();
        for (to, other) in joined.iter_mut().enumerate() {
            if to != from {
                assert_eq!(heard(&mut other.1).await, text, "each once, in order");
            }
        }
    }
}

#[tokio::test]
async fn only_what_is_accepted_travels_on() {
    let [(a, _seen), mut b, mut c] = line().await;
    for text in ["ignore this", "take this", "reject this", "take that"] {
        a.publish(NEWS, text.into()).await.unwrap();
        assert_eq!(heard(&mut b.1).await, text);
    }

    // Messages keep their order on a connection, so what the middle had passed on would come first.
    assert_eq!(heard(&mut c.1).await, "take this");
    assert_eq!(heard(&mut c.1).await, "take that");
}

#[tokio::test]
async fn who_is_rejected_too_often_is_not_heard() {
    let (mut a, b) = pair(config(1, &[TCP]), config(2, &[TCP])).await;
    a.net.subscribe(NEWS.to_owned()).await.unwrap();
    let (b, mut seen) = join(vec![b]).await.remove(0);
    warm_up(&a.net, NEWS, &mut seen).await;
    for n in 1..=3 {
        let text = format!("reject {n}");
        a.net.publish(NEWS, text.clone().into_bytes()).await.unwrap();
        assert_eq!(heard(&mut seen).await, text);
    }
    let status = within(b.status().wait_for(|status| status.undecided == 0)).await.unwrap().clone();
    a.net.publish(NEWS, b"an honest one".to_vec()).await.unwrap();

    // Requests still pass, and by the time one has, the message would have been there.
    assert_eq!(a.ask(b.key(), b"there?".to_vec()).await.unwrap(), b"there?");
    assert_eq!(b.status().borrow().received, status.received);
}

#[tokio::test]
async fn a_dropped_token_is_a_verdict() {
    // Room for one message of a peer at a time: one token that leaked would be the last.
    let data = |n: u8| vec![n; 100];
    let room = NetConfig { max_undecided_bytes: 4 * (100 + GOSSIP_OVERHEAD), ..config(2, &[TCP]) };
    let (a, mut b) = pair(config(1, &[TCP]), room).await;
    for node in [&a, &b] {
        node.net.subscribe(NEWS.to_owned()).await.unwrap();
    }
    for n in 0..10 {
        let token = deliver(&a, &mut b, data(n)).await;
        let dropped = b.net.status().borrow().dropped;
        a.net.publish(NEWS, data(100 + n)).await.unwrap();
        b.status(|status| status.dropped > dropped).await;
        drop(token);
        b.status(|status| status.undecided == 0).await;
    }
    assert_eq!(b.net.status().borrow().late_verdicts, 0);
}

/// Publishes until somebody listens, and waits for the message.
async fn deliver(from: &Node, to: &mut Node, data: Vec<u8>) -> super::super::GossipToken {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let arrival = async {
        loop {
            tokio::select! {
                _ = tick.tick() => from.net.publish(NEWS, data.clone()).await.unwrap(),
                event = to.events.recv() => match event {
                    Some(NetEvent::Gossip { data: got, token, .. }) if got == data => return token,
                    _ => {}
                },
            }
        }
    };
    within(arrival).await
}

#[tokio::test]
async fn a_slow_consumer_loses_gossip_and_nothing_else() {
    let slow = NetConfig { event_capacity: 2, ..config(2, &[TCP]) };
    let (a, mut b) = pair(config(1, &[TCP]), slow).await;
    for node in [&a, &b] {
        node.net.subscribe(NEWS.to_owned()).await.unwrap();
    }
    drop(deliver(&a, &mut b, b"first".to_vec()).await);
    for n in 0..20 {
        a.net.publish(NEWS, vec![n]).await.unwrap();
    }
    let status = b.status(|status| status.received >= 21).await;
    assert!(status.dropped >= 18 && status.undecided <= 2, "{status:?}");

    let mut requests = Vec::new();
    for n in 0..5 {
        requests.push(a.net.request(b.key(), vec![n]).await);
    }
    let (_b, mut a) = (animate(b), a);
    for id in requests {
        assert!(a.response(id).await.is_ok());
    }
}

#[tokio::test]
async fn the_largest_messages_arrive_one_behind_another() {
    let (a, b) = pair(config(1, &[TCP]), config(2, &[TCP])).await;
    let mut joined = join(vec![a, b]).await;
    let (mut b, a) = (joined.remove(1), joined.remove(0).0);
    warm_up(&a, NEWS, &mut b.1).await;
    for n in 0..12 {
        a.publish(NEWS, vec![b'a' + n; MAX_GOSSIP_BYTES]).await.unwrap();
        a.publish(NEWS, vec![b'a' + n; 9_000]).await.unwrap();
    }
    for n in 0..12 {
        for len in [MAX_GOSSIP_BYTES, 9_000] {
            let text = heard(&mut b.1).await;
            assert_eq!((text.len(), text.as_bytes()[0]), (len, b'a' + n));
        }
    }
}

#[tokio::test]
async fn what_peers_would_not_accept_is_an_error_and_no_audience_is_none() {
    let node = start(config(1, &[])).await;
    let (len, limit) = (MAX_GOSSIP_BYTES + 1, MAX_GOSSIP_BYTES);
    let error = node.net.publish(NEWS, vec![0; len]).await.unwrap_err();
    assert_eq!(error, CallError::TooLarge { len, limit });

    let (len, limit) = (MAX_TOPIC_BYTES + 1, MAX_TOPIC_BYTES);
    let error = node.net.subscribe("t".repeat(len)).await.unwrap_err();
    assert_eq!(error, CallError::TopicTooLong { len, limit });

    node.net.publish(NEWS, b"anybody?".to_vec()).await.unwrap();
    node.status(|status| status.published_to_nobody == 1).await;
}

#[tokio::test]
async fn as_many_topics_as_allowed_reach_a_peer() {
    let (a, mut b) = (start(config(1, &[TCP])).await, start(config(2, &[TCP])).await);
    let name = |n: usize| format!("{n:0>width$}", width = MAX_TOPIC_BYTES);
    for n in 0..MAX_TOPICS {
        b.net.subscribe(name(n)).await.unwrap();
    }
    let error = b.net.subscribe("one more".to_owned()).await.unwrap_err();
    assert_eq!(error, CallError::TooManyTopics(MAX_TOPICS));
    b.net.subscribe(name(0)).await.unwrap();
    introduce(&[&a, &b]).await;
    b.connected(a.key()).await;

    // They travel in one greeting, which is as long as a greeting gets.
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let arrival = async {
        loop {
            tokio::select! {
                _ = tick.tick() => a.net.publish(&name(MAX_TOPICS - 1), b"you".to_vec()).await.unwrap(),
                event = b.events.recv() => if let Some(NetEvent::Gossip { .. }) = event { return },
            }
        }
    };
    within(arrival).await;
}
