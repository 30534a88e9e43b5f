//! Building the swarm and opening its listeners.

use std::{
    collections::HashSet,
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use futures::StreamExt;
use libp2p::{
    Multiaddr, Swarm, SwarmBuilder, TransportError, core::transport::ListenerId, dns, identity::Keypair,
    multiaddr::Protocol, noise, swarm::SwarmEvent, tcp, yamux,
};
use rustix::net::{AddressFamily, SocketType, sockopt};

use super::{
    NetConfig, NetError,
    behaviour::{Behaviour, BehaviourEvent},
    limits::{LISTEN_TIMEOUT, MAX_RESPONSE_BYTES, MAX_STREAMS},
    swarm::SwarmLoop,
};

/// Ends the building of a swarm, whatever its transport.
///
/// A macro because the types of a builder's phases cannot be named.
macro_rules! finish {
    ($builder:expr, $behaviour:expr) => {
        $builder
            .with_relay_client(noise::Config::new, muxer)
            .map_err(NetError::Noise)?
            .with_behaviour(|_, circuit| $behaviour.with_circuit(circuit))
            .unwrap_or_else(|never| match never {})
            .with_swarm_config(|swarm| {
                swarm
                    // Peers that belong stay connected, whether or not there is anything to say.
                    .with_idle_connection_timeout(Duration::MAX)
                    // QUIC first and TCP a little later: dialled in the same instant, both may come about.
                    .with_smart_dial()
            })
            .build()
    };
}

/// Builds a swarm over TCP with noise and yamux, and over QUIC, directly or through a relay; names are looked up as the system says.
pub(super) fn build(keypair: Keypair, config: &NetConfig) -> Result<Swarm<Behaviour>, NetError> {
    let behaviour = Behaviour::new(config, &keypair)?;
    let builder = SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, muxer)
        .map_err(NetError::Noise)?
        .with_quic_config(|mut quic| {
            quic.max_concurrent_stream_limit = MAX_STREAMS as u32;
            // A whole response in flight, twice over; the default is 10 MB.
            quic.max_stream_data = 2 * MAX_RESPONSE_BYTES as u32;
            quic
        });
    // Tried on nothing, because a builder that failed is gone.
    if let Err(error) = dns::tokio::Transport::system(()) {
        tracing::warn!(%error, "the system does not say how to look names up: /dns addresses do not work");
        let (servers, options) = (dns::ResolverConfig::default(), dns::ResolverOpts::default());
        return Ok(finish!(builder.with_dns_config(servers, options), behaviour));
    }
    Ok(finish!(builder.with_dns().map_err(NetError::Dns)?, behaviour))
}

fn muxer() -> yamux::Config {
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(MAX_STREAMS);
    yamux
}

impl SwarmLoop {
    /// Listens on every address and waits until each is known with its real port.
    pub(super) async fn listen(&mut self, addresses: &[Multiaddr]) -> Result<(), NetError> {
        let mut starting = HashSet::new();
        for address in addresses {
            let listener = port_is_free(address)
                .map_err(TransportError::Other)
                .and_then(|()| self.swarm.listen_on(address.clone()))
                .map_err(|source| NetError::Listen { address: address.clone(), source })?;
            starting.insert(listener);
        }
        tokio::time::timeout(LISTEN_TIMEOUT, self.await_listeners(starting))
            .await
            .map_err(|_| NetError::ListenTimeout(LISTEN_TIMEOUT))?
    }

    /// Drives the swarm until each listener has an address. Nobody is allowed yet, so nothing else happens here.
    async fn await_listeners(&mut self, mut starting: HashSet<ListenerId>) -> Result<(), NetError> {
        while !starting.is_empty() {
            let event = self.swarm.select_next_some().await;
            match &event {
                SwarmEvent::NewListenAddr { listener_id, .. } => {
                    starting.remove(listener_id);
                }
                SwarmEvent::ListenerClosed { listener_id, .. } if starting.contains(listener_id) => {
                    return Err(NetError::ListenerClosed(closing_reason(event)));
                }
                _ => {}
            }
            self.on_event(event);
        }
        Ok(())
    }

    pub(super) fn note_listening(&mut self) {
        let mut listening: Vec<Multiaddr> = self.swarm.listeners().cloned().collect();
        listening.sort();
        self.announce(&listening);
        self.note(|status| status.listening = listening);
    }
}

/// Refuses a TCP port that somebody listens on.
///
/// libp2p shares its ports, so that a second node of the same user would start without complaint and the kernel would
/// hand each of them a part of the connections. A socket that does not share finds out.
fn port_is_free(address: &Multiaddr) -> io::Result<()> {
    let Some(wanted) = tcp_port(address).filter(|wanted| wanted.port() != 0) else {
        return Ok(());
    };
    let family = if wanted.is_ipv6() { AddressFamily::INET6 } else { AddressFamily::INET };
    let probe = rustix::net::socket(family, SocketType::STREAM, None)?;
    // As libp2p does: connections of a node that just ended do not count, and the two families are apart.
    sockopt::set_socket_reuseaddr(&probe, true)?;
    if wanted.is_ipv6() {
        sockopt::set_ipv6_v6only(&probe, true)?;
    }
    Ok(rustix::net::bind(&probe, &wanted)?)
}

fn tcp_port(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip: IpAddr = match parts.next()? {
        Protocol::Ip4(ip) => ip.into(),
        Protocol::Ip6(ip) => ip.into(),
        _ => return None,
    };
    match parts.next()? {
        Protocol::Tcp(port) => Some(SocketAddr::new(ip, port)),
        _ => None,
    }
}

fn closing_reason(event: SwarmEvent<BehaviourEvent>) -> io::Error {
    match event {
        SwarmEvent::ListenerClosed { reason: Err(error), .. } => error,
        _ => io::ErrorKind::NotConnected.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn free(address: &str) -> bool {
        port_is_free(&address.parse().unwrap()).is_ok()
    }

    #[test]
    fn only_a_port_that_is_listened_on_is_taken() {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = listener.local_addr().unwrap().port();

        assert!(!free(&format!("/ip4/127.0.0.1/tcp/{port}")));
        assert!(!free(&format!("/ip4/0.0.0.0/tcp/{port}")));
        assert!(free("/ip4/127.0.0.1/tcp/0"));
        assert!(free(&format!("/ip4/127.0.0.1/udp/{port}/quic-v1")), "not a TCP port");
        if TcpListener::bind("[::1]:0").is_ok() {
            assert!(free(&format!("/ip6/::/tcp/{port}")), "the families are apart");
        }
        drop(listener);
        assert!(free(&format!("/ip4/0.0.0.0/tcp/{port}")));
    }
}
