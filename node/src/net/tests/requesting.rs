use futures::StreamExt;
use libp2p::{
    request_response::{Event, Message},
    swarm::SwarmEvent,
};

use super::{
    super::{CallError, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES},
    liar::liar,
    *,
};

impl Node {
    async fn request(&mut self) -> (Vec<u8>, super::super::ReplyToken) {
        self.until(|event| match event {
            NetEvent::Request { data, reply, .. } => Some((data, reply)),
            _ => None,
        })
        .await
    }

    async fn any_response(&mut self) -> Result<Vec<u8>, RequestError> {
        self.until(|event| match event {
            NetEvent::Response { result, .. } => Some(result),
            _ => None,
        })
        .await
    }
}

#[tokio::test]
async fn the_largest_bodies_pass_and_a_byte_more_fails() {
    for listen in [TCP, QUIC] {
        let (mut a, mut b) = pair(config(1, &[listen]), config(2, &[listen])).await;
        let (b_key, body) = (b.key(), vec![7; MAX_RESPONSE_BYTES]);
        let id = a.net.request(b_key, vec![9; MAX_REQUEST_BYTES]).await;
        let (data, reply) = b.request().await;
        assert_eq!(data, vec![9; MAX_REQUEST_BYTES]);
        b.net.respond(reply, body.clone()).await.unwrap();
        assert_eq!(a.response(id).await.unwrap(), body);

        let id = a.net.request(b_key, Vec::new()).await;
        let (_, reply) = b.request().await;
        let (len, limit) = (MAX_RESPONSE_BYTES + 1, MAX_RESPONSE_BYTES);
        let error = b.net.respond(reply, vec![7; len]).await.unwrap_err();
        assert_eq!(error, CallError::TooLarge { len, limit });
        assert!(matches!(a.response(id).await, Err(RequestError::NoAnswer)));

        let error = a.ask(b_key, vec![0; MAX_REQUEST_BYTES + 1]).await.unwrap_err();
        assert!(matches!(error, RequestError::TooLarge { .. }));
    }
}

#[tokio::test]
async fn who_is_not_connected_cannot_be_asked() {
    let (mut a, b) = (start(config(1, &[])).await, start(config(2, &[])).await);
    let stranger = a.ask(b.key(), b"?".to_vec()).await;
    assert!(matches!(stranger, Err(RequestError::NotConnected)));

    a.net.allow(vec![(b.key(), vec!["/ip4/127.0.0.1/tcp/9".parse().unwrap()])]).await;
    let away = a.ask(b.key(), b"?".to_vec()).await;
    assert!(matches!(away, Err(RequestError::NotConnected)));
}

#[tokio::test]
async fn a_dropped_reply_is_no_answer_and_silence_times_out() {
    let hasty = NetConfig { request_timeout: Duration::from_secs(1), ..config(1, &[TCP]) };
    let (mut a, mut b) = pair(hasty, config(2, &[TCP])).await;
    let id = a.net.request(b.key(), b"drop me".to_vec()).await;
    drop(b.request().await);
    assert!(matches!(a.response(id).await, Err(RequestError::NoAnswer)));

    let id = a.net.request(b.key(), b"wait for me".to_vec()).await;
    let (_, reply) = b.request().await;
    assert!(matches!(a.response(id).await, Err(RequestError::Timeout)));
    b.net.respond(reply, b"too late".to_vec()).await.unwrap();
}

#[tokio::test]
async fn a_connection_that_closes_ends_its_requests() {
    let (mut a, mut b) = pair(config(1, &[TCP]), config(2, &[TCP])).await;
    let id = a.net.request(b.key(), b"?".to_vec()).await;
    let (_, reply) = b.request().await;
    b.net.shutdown().await;

    assert!(matches!(a.response(id).await, Err(RequestError::Disconnected | RequestError::NoAnswer)));
    drop(reply);
}

#[tokio::test]
async fn both_sides_bound_what_is_under_way() {
    let asker = NetConfig { max_requests_per_peer: 3, ..config(1, &[TCP]) };
    let askee = NetConfig { max_requests_per_peer: 2, ..config(2, &[TCP]) };
    let (mut a, mut b) = pair(asker, askee).await;
    for _ in 0..3 {
        for n in 0..4 {
            a.net.request(b.key(), vec![n]).await;
        }
        // The fourth is one too many for the asker, and one of the others for the asked.
        let (first, second) = (b.request().await, b.request().await);
        assert!(matches!(a.any_response().await, Err(RequestError::Busy)));
        assert!(matches!(a.any_response().await, Err(RequestError::NoAnswer)));
        for (_, reply) in [first, second] {
            b.net.respond(reply, b"yes".to_vec()).await.unwrap();
            assert_eq!(a.any_response().await.unwrap(), b"yes");
        }
    }
    assert_eq!(b.net.status().borrow().refused_requests, 3);
}

#[tokio::test]
async fn a_length_that_is_too_long_is_refused_before_its_body() {
    let mut node = start(config(1, &[TCP])).await;
    let mut liar = liar();
    let key = PeerKey::from_peer_id(liar.local_peer_id()).unwrap();
    node.net.allow(vec![(key, Vec::new())]).await;
    liar.dial(node.net.listening().remove(0)).unwrap();

    let (peer, claim) = (node.key().peer_id(), MAX_REQUEST_BYTES as u32 + 1);
    let mut asked = None;
    let lie = async {
        loop {
            tokio::select! {
                event = liar.select_next_some() => match event {
                    SwarmEvent::ConnectionEstablished { .. } => {
                        liar.behaviour_mut().send_request(&peer, claim);
                    }
                    SwarmEvent::Behaviour(Event::OutboundFailure { .. }) => {
                        // Refused. Now the other way round.
                        asked = Some(node.net.request(key, b"how long is your answer?".to_vec()).await);
                    }
                    SwarmEvent::Behaviour(Event::Message {
                        message: Message::Request { channel, .. }, ..
                    }) => {
                        liar.behaviour_mut().send_response(channel, u32::MAX).unwrap();
                    }
                    _ => {}
                },
                event = node.events.recv() => match event.unwrap() {
                    NetEvent::Request { .. } => panic!("the request was too long"),
                    NetEvent::Response { id, result, .. } if Some(id) == asked => return result,
                    _ => {}
                },
            }
        }
    };

    let error = within(lie).await.unwrap_err();
    assert!(matches!(error, RequestError::Oversized { claimed: 0xffff_ffff, .. }), "{error:?}");
}
