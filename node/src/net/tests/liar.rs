//! A peer that does not keep to the rules.

use std::{io, time::Duration};

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{
    StreamProtocol, Swarm, SwarmBuilder, noise,
    request_response::{self, ProtocolSupport},
    tcp, yamux,
};

use super::super::codec::PROTOCOL;

/// Speaks the protocol and lies about lengths.
#[derive(Clone, Default)]
pub(super) struct Liar;

impl request_response::Codec for Liar {
    type Protocol = StreamProtocol;
    type Request = u32;
    type Response = u32;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<u32>
    where
        T: AsyncRead + Unpin + Send,
    {
        io.read_to_end(&mut Vec::new()).await?;
        Ok(0)
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<u32>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut body = Vec::new();
        io.read_to_end(&mut body).await?;
        if body.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(0) }
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, claim: u32) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&claim.to_be_bytes()).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, claim: u32) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&claim.to_be_bytes()).await
    }
}

/// A bare swarm with a key of its own that does as it likes.
pub(super) fn liar() -> Swarm<request_response::Behaviour<Liar>> {
    SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .unwrap()
        .with_behaviour(|_| {
            let protocols = [(PROTOCOL, ProtocolSupport::Full)];
            request_response::Behaviour::<Liar>::new(protocols, request_response::Config::default())
        })
        .unwrap()
        .with_swarm_config(|swarm| swarm.with_idle_connection_timeout(Duration::MAX))
        .build()
}
