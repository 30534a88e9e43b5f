//! The task that owns the swarm: one loop over commands, verdicts, timers and the network.

use std::time::Duration;

use futures::StreamExt;
use libp2p::{
    Multiaddr, PeerId, Swarm,
    gossipsub::IdentTopic,
    identity::Keypair,
    mdns, ping,
    swarm::{
        ConnectionId, DialError, ListenError, SwarmEvent,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};

use super::{
    CallError, GuestReply, NetConfig, NetError, NetEvent, NetStatus, PeerKey, ReplyToken, RequestId,
    addresses::Addresses,
    behaviour::{Behaviour, BehaviourEvent, InsideEvent},
    exchange::Exchange,
    guests::{GuestCall, Guests},
    limits::{CLOSE_TIMEOUT, MAX_TOPICS},
    listening::build,
    outbox::Outbox,
    peers::PeerTable,
    quota::Quota,
    relaying::{Relaying, on_circuit, on_punch, on_relay},
    token::Decision,
};

/// What the handle asks of the loop.
#[derive(Debug)]
pub(super) enum Command {
    Allow { peers: Vec<(PeerKey, Vec<Multiaddr>)>, done: oneshot::Sender<()> },
    Subscribe { topic: String, done: oneshot::Sender<Result<(), CallError>> },
    Unsubscribe { topic: String, done: oneshot::Sender<()> },
    Publish { topic: String, data: Vec<u8> },
    Request { id: RequestId, peer: PeerKey, data: Vec<u8> },
    Respond { reply: ReplyToken, data: Vec<u8> },
    Welcome { until: Option<Instant>, done: oneshot::Sender<()> },
    Call(GuestCall),
    AnswerGuest { reply: GuestReply, data: Vec<u8> },
    Shutdown { done: oneshot::Sender<()> },
}

/// Everything the loop owns.
pub(super) struct SwarmLoop {
    pub(super) swarm: Swarm<Behaviour>,
    pub(super) peers: PeerTable,
    pub(super) outbox: Outbox,
    pub(super) addresses: Addresses,
    pub(super) exchange: Exchange,
    pub(super) guests: Guests,
    pub(super) relaying: Relaying,
    pub(super) guest_stay: Duration,
    pub(super) undecided: Quota,
    pub(super) decisions: (mpsc::UnboundedSender<Decision>, mpsc::UnboundedReceiver<Decision>),
    commands: mpsc::Receiver<Command>,
    status: watch::Sender<NetStatus>,
}

impl SwarmLoop {
    /// Builds the swarm and waits until every listening address is known.
    pub(super) async fn start(
        config: &NetConfig,
        commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<NetEvent>,
    ) -> Result<(Self, PeerKey, watch::Receiver<NetStatus>), NetError> {
        let keypair = Keypair::ed25519_from_bytes(config.secret).map_err(NetError::Key)?;
        let own = own_key(&keypair);
        let (status, watched) = watch::channel(NetStatus::default());
        let undecided = config.max_undecided_bytes;
        let mut this = Self {
            addresses: Addresses::new(config, keypair.clone()),
            swarm: build(keypair, config)?,
            peers: PeerTable::new(own, config.redial_first, config.redial_cap),
            outbox: Outbox::new(events),
            exchange: Exchange::new(config),
            guests: Guests::new(config),
            relaying: Relaying::new(config),
            guest_stay: config.guest_stay,
            undecided: Quota::new(undecided / 4, undecided),
            decisions: mpsc::unbounded_channel(),
            commands,
            status,
        };
        this.listen(&config.listen).await?;
        this.note_listening();
        Ok((this, own, watched))
    }

    /// Runs until it is told to stop, or nobody holds a handle or reads events any more; then says goodbye.
    pub(super) async fn run(mut self) {
        let done = self.serve().await;
        self.close().await;
        if let Some(done) = done {
            let _ = done.send(());
        }
    }

    /// Notes something in the status.
    pub(super) fn note(&self, change: impl FnOnce(&mut NetStatus)) {
        self.status.send_modify(change);
    }

    async fn serve(&mut self) -> Option<oneshot::Sender<()>> {
        while !self.outbox.is_closed() {
            let (due, guests_due) = (self.peers.next_due(), self.guests_due());
            let reading = !self.outbox.is_full();
            tokio::select! {
                Some(decision) = self.decisions.1.recv() => self.decide(decision),
                command = self.commands.recv() => match command {
                    Some(Command::Shutdown { done }) => return Some(done),
                    Some(command) => self.obey(command),
                    None => return None,
                },
                () = self.outbox.flush_one(), if self.outbox.has_held() => {}
                () = sleep_until(due) => self.dial_due(),
                () = tokio::time::sleep_until(self.addresses.due()) => self.addresses_due(),
                () = sleep_until(guests_due) => self.dismiss_due(),
                event = self.swarm.select_next_some(), if reading => self.on_event(event),
            }
        }
        None
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Allow { peers, done } => {
                self.allow(peers);
                let _ = done.send(());
            }
            Command::Subscribe { topic, done } => {
                let _ = done.send(self.subscribe(topic));
            }
            Command::Unsubscribe { topic, done } => {
                self.swarm.behaviour_mut().gate.inside().gossip.unsubscribe(&IdentTopic::new(topic));
                let _ = done.send(());
            }
            Command::Publish { topic, data } => self.publish(topic, data),
            Command::Request { id, peer, data } => self.request(id, peer, data),
            Command::Respond { reply, data } => self.respond(reply, data),
            Command::Welcome { until, done } => {
                self.welcome(until);
                let _ = done.send(());
            }
            Command::Call(call) => self.call(call),
            Command::AnswerGuest { reply, data } => self.answer_guest(reply, data),
            // Ends the loop before it comes here.
            Command::Shutdown { .. } => {}
        }
    }

    fn allow(&mut self, peers: Vec<(PeerKey, Vec<Multiaddr>)>) {
        let gone = self.peers.replace(peers, Instant::now());
        for peer in gone {
            self.swarm.behaviour_mut().gate.disallow(&peer);
            // It fails only if the peer is not connected.
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        for peer in self.peers.ids() {
            self.swarm.behaviour_mut().gate.allow(peer);
        }
        for peer in self.peers.ids().collect::<Vec<_>>() {
            let learned = self.learned(&peer).to_vec();
            self.peers.learn(peer, learned, Instant::now());
        }
    }

    fn subscribe(&mut self, topic: String) -> Result<(), CallError> {
        let inside = self.swarm.behaviour_mut().gate.inside();
        let topic = IdentTopic::new(topic);
        let known = inside.gossip.topics().any(|known| *known == topic.hash());
        if !known && inside.gossip.topics().count() >= MAX_TOPICS {
            return Err(CallError::TooManyTopics(MAX_TOPICS));
        }
        if let Err(error) = inside.subscribe(&topic) {
            // Neither the scores nor the filter, both ours, refuse any topic.
            tracing::error!(%topic, %error, "subscribing failed");
        }
        Ok(())
    }

    pub(super) fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Gate(event)) => self.on_inside(event),
            SwarmEvent::Behaviour(BehaviourEvent::Guest(event)) => self.on_guest(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, .. } => {
                self.on_connected(peer_id, connection_id);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
                tracing::debug!(peer = %peer_id, ?cause, "connection closed");
                self.on_closed(peer_id, connection_id);
            }
            SwarmEvent::OutgoingConnectionError { peer_id, connection_id, error } => {
                self.on_dial_failed(peer_id, connection_id, &error);
            }
            SwarmEvent::IncomingConnectionError { peer_id, error, send_back_addr, .. } => {
                tracing::debug!(peer = ?peer_id, from = %send_back_addr, %error, "incoming connection failed");
                if matches!(error, ListenError::Denied { .. }) {
                    self.note(|status| status.refused_connections += 1);
                }
            }
            SwarmEvent::NewListenAddr { .. } | SwarmEvent::ExpiredListenAddr { .. } => self.note_listening(),
            SwarmEvent::ListenerClosed { listener_id, .. } => {
                self.listener_closed(listener_id);
                self.note_listening();
            }
            SwarmEvent::ListenerError { error, .. } => {
                tracing::warn!(%error, "a listener failed to take a connection");
            }
            _ => {}
        }
    }

    fn on_inside(&mut self, event: InsideEvent) {
        match event {
            InsideEvent::Gossip(event) => self.on_gossip(event),
            InsideEvent::Exchange(event) => self.on_exchange(event),
            InsideEvent::Addresses(event) => self.on_addresses(event),
            InsideEvent::Nearby(event) => self.on_nearby(event),
            InsideEvent::Identify(event) => self.on_identify(event),
            InsideEvent::Relay(event) => on_relay(&event),
            InsideEvent::Circuit(event) => on_circuit(&event),
            InsideEvent::Punch(event) => on_punch(&event),
            InsideEvent::Ping(event) => self.on_ping(&event),
        }
    }

    fn on_nearby(&mut self, event: mdns::Event) {
        let (places, found) = match event {
            mdns::Event::Discovered(places) => (places, true),
            mdns::Event::Expired(places) => (places, false),
        };
        for (peer, place) in places {
            tracing::debug!(%peer, %place, found, "on the local network");
            self.peers.nearby(peer, place, found, Instant::now());
        }
    }

    fn on_connected(&mut self, peer: PeerId, connection: ConnectionId) {
        let gate = &self.swarm.behaviour().gate;
        if gate.lobby.holds(connection) {
            return self.on_guest_connected(connection, peer);
        }
        let connections = gate.links(&peer);
        self.peers.connected(peer, Instant::now());
        if connections == 1 {
            self.note(|status| status.connected += 1);
            if let Some(key) = PeerKey::from_peer_id(&peer) {
                self.outbox.push(NetEvent::Connected(key));
            }
            self.ask_addresses(peer);
        }
    }

    /// Notes a closed connection. If others to the peer are left, they are closed too.
    ///
    /// Gossipsub tells a peer its topics once, over any of the connections. If that one closes first they may be lost,
    /// it does not repeat them, and no gossip would come from this peer again. Starting over costs a moment.
    fn on_closed(&mut self, peer: PeerId, connection: ConnectionId) {
        let gate = &mut self.swarm.behaviour_mut().gate;
        if gate.lobby.left(connection).is_some() {
            return;
        }
        if gate.links(&peer) > 0 {
            // It fails only if the peer has gone already.
            let _ = self.swarm.disconnect_peer_id(peer);
            return;
        }
        self.peers.disconnected(peer, Instant::now());
        self.relay_left(&peer);
        self.note(|status| status.connected = status.connected.saturating_sub(1));
        if let Some(key) = PeerKey::from_peer_id(&peer) {
            self.outbox.push(NetEvent::Disconnected(key));
        }
    }

    fn on_ping(&mut self, event: &ping::Event) {
        if let Err(failure @ (ping::Failure::Timeout | ping::Failure::Other { .. })) = &event.result {
            tracing::debug!(peer = %event.peer, %failure, "closing a connection that does not answer");
            self.swarm.close_connection(event.connection);
        }
    }

    fn dial_due(&mut self) {
        for (peer, addresses) in self.peers.take_due(Instant::now()) {
            // A port of its own: with the listening port at both ends, two peers that dial at the same moment
            // would meet in one TCP connection that neither of them answers.
            let dial = DialOpts::peer_id(peer)
                // Not connected, says the table: a connection as guests does not stand in the way.
                .condition(PeerCondition::NotDialing)
                .addresses(addresses)
                .allocate_new_port()
                .build();
            if let Err(error) = self.swarm.dial(dial) {
                self.dial_failed(Some(peer), &error);
            }
        }
    }

    fn on_dial_failed(&mut self, peer: Option<PeerId>, connection: ConnectionId, error: &DialError) {
        if !self.on_guest_dial_failed(connection, error) {
            self.dial_failed(peer, error);
        }
    }

    fn dial_failed(&mut self, peer: Option<PeerId>, error: &DialError) {
        tracing::debug!(?peer, %error, "dial failed");
        self.note(|status| status.failed_dials += 1);
        if let Some(peer) = peer {
            self.peers.dial_failed(peer, Instant::now());
        }
    }

    /// Closes every connection, so that peers know at once and do not have to find out.
    async fn close(&mut self) {
        self.save_addresses();
        self.allow(Vec::new());
        self.welcome(None);
        let goodbye = async {
            while self.swarm.network_info().num_peers() > 0 {
                self.swarm.next().await;
            }
        };
        if tokio::time::timeout(CLOSE_TIMEOUT, goodbye).await.is_err() {
            tracing::debug!("some peers did not take the goodbye");
        }
    }
}

fn own_key(keypair: &Keypair) -> PeerKey {
    let peer = keypair.public().to_peer_id();
    PeerKey::from_peer_id(&peer).expect("an Ed25519 pair has an Ed25519 peer id")
}

/// Sleeps until a time, or for ever.
async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
