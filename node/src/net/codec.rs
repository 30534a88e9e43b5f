//! Requests and responses on the wire: a length of four bytes, big-endian, then the body.

use std::io;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{StreamProtocol, request_response};

use super::limits::{
    MAX_ADDRESS_ANSWER, MAX_ADDRESS_QUESTION, MAX_GUEST_REQUEST_BYTES, MAX_GUEST_RESPONSE_BYTES, MAX_REQUEST_BYTES,
    MAX_RESPONSE_BYTES, READ_CHUNK,
};

/// The name that both sides negotiate for a stream between members.
pub(super) const PROTOCOL: StreamProtocol = StreamProtocol::new("/folkmoot/sync/1");

/// The name of the one protocol that guests may speak.
pub(super) const GUEST_PROTOCOL: StreamProtocol = StreamProtocol::new("/folkmoot/guest/1");

/// The name of the protocol by which members learn where others are.
pub(super) const ADDRESS_PROTOCOL: StreamProtocol = StreamProtocol::new("/folkmoot/addresses/1");

/// A length beyond the limit, claimed by a peer or about to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {claimed} bytes is longer than the limit of {limit}")]
pub(super) struct FrameTooLong {
    pub(super) claimed: usize,
    pub(super) limit: usize,
}

/// Moves bodies of bytes, bounded in both directions.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameCodec {
    request: usize,
    response: usize,
}

impl FrameCodec {
    /// Between members.
    pub(super) const MEMBERS: Self = Self { request: MAX_REQUEST_BYTES, response: MAX_RESPONSE_BYTES };
    /// About addresses.
    pub(super) const ADDRESSES: Self = Self { request: MAX_ADDRESS_QUESTION, response: MAX_ADDRESS_ANSWER };
    /// With guests.
    pub(super) const GUESTS: Self = Self { request: MAX_GUEST_REQUEST_BYTES, response: MAX_GUEST_RESPONSE_BYTES };
}

impl request_response::Codec for FrameCodec {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read_frame(io, self.request).await
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read_frame(io, self.response).await
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, body: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write_frame(io, &body, self.request).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, body: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write_frame(io, &body, self.response).await
    }
}

/// Reads one frame, growing the buffer only as bytes arrive: a claimed length alone costs the peer as much as us.
///
/// # Errors
///
/// - `InvalidData` around a [`FrameTooLong`] if the claimed length is over `limit`; nothing of the body is read.
/// - `UnexpectedEof` if the stream ends early.
async fn read_frame<T>(io: &mut T, limit: usize) -> io::Result<Vec<u8>>
where
    T: AsyncRead + Unpin + Send,
{
    let mut prefix = [0; 4];
    io.read_exact(&mut prefix).await?;
    let claimed = usize::try_from(u32::from_be_bytes(prefix)).unwrap_or(usize::MAX);
    within(claimed, limit)?;

    let mut body = Vec::new();
    while body.len() < claimed {
        let start = body.len();
        body.resize(claimed.min(start + READ_CHUNK), 0);
        io.read_exact(&mut body[start..]).await?;
    }
    Ok(body)
}

async fn write_frame<T>(io: &mut T, body: &[u8], limit: usize) -> io::Result<()>
where
    T: AsyncWrite + Unpin + Send,
{
    within(body.len(), limit)?;
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    io.write_all(&length.to_be_bytes()).await?;
    io.write_all(body).await
}

fn within(claimed: usize, limit: usize) -> io::Result<()> {
    if claimed > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, FrameTooLong { claimed, limit }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use futures::{executor::block_on, io::Cursor};

    use super::*;

    fn read(bytes: &[u8], limit: usize) -> io::Result<Vec<u8>> {
        block_on(read_frame(&mut Cursor::new(bytes), limit))
    }

    fn written(body: &[u8], limit: usize) -> io::Result<Vec<u8>> {
        let mut out = Cursor::new(Vec::new());
        block_on(write_frame(&mut out, body, limit))?;
        Ok(out.into_inner())
    }

    #[test]
    fn what_is_written_is_read() {
        for len in [0, 1, READ_CHUNK - 1, READ_CHUNK, READ_CHUNK + 1, 3 * READ_CHUNK + 7] {
            let body: Vec<u8> = (0..len).map(|i| i as u8).collect();
            assert_eq!(read(&written(&body, len).unwrap(), len).unwrap(), body);
        }
    }

    #[test]
    fn a_length_over_the_limit_is_refused_in_both_directions() {
        let refusal = FrameTooLong { claimed: 11, limit: 10 };
        for error in [read(&[0, 0, 0, 11], 10).unwrap_err(), written(&[0; 11], 10).unwrap_err()] {
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            let inner = error.into_inner().unwrap();
            assert_eq!(inner.downcast_ref::<FrameTooLong>(), Some(&refusal));
        }
        assert!(read(&[0xff; 4], MAX_RESPONSE_BYTES).is_err());
    }

    #[test]
    fn a_body_shorter_than_claimed_is_an_early_end() {
        for bytes in [&[][..], &[0, 0], &[0, 0, 0, 5, 1, 2]] {
            let error = read(bytes, 10).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    /// Serves a prefix, then counts how much buffer the reader offers before any byte of the body came.
    struct Liar {
        prefix: Cursor<Vec<u8>>,
        offered: usize,
    }

    impl AsyncRead for Liar {
        fn poll_read(
            mut self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
            buf: &mut [u8],
        ) -> std::task::Poll<io::Result<usize>> {
            if self.prefix.position() < 4 {
                return std::pin::Pin::new(&mut self.prefix).poll_read(cx, buf);
            }
            self.offered = self.offered.max(buf.len());
            std::task::Poll::Ready(Ok(0))
        }
    }

    #[test]
    fn a_lying_length_allocates_one_chunk() {
        let claimed = u32::try_from(MAX_RESPONSE_BYTES).unwrap();
        let mut liar = Liar { prefix: Cursor::new(claimed.to_be_bytes().to_vec()), offered: 0 };

        assert!(block_on(read_frame(&mut liar, MAX_RESPONSE_BYTES)).is_err());
        assert_eq!(liar.offered, READ_CHUNK);
    }
}
