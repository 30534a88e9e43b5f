//! Tickets: short texts by which a node of a federation invites one that does not belong to it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    cbor,
    id::{FederationId, Hash},
    key::PublicKey,
    limits::{ADDRESSES, TITLE_BYTES},
    time::Timestamp,
};

/// What every ticket starts with: its kind and form.
const PREFIX: &str = "moot-ticket1";
/// Bytes of the checksum: typing errors go unnoticed once in four billion.
const CHECKSUM: usize = 4;
/// Longest ticket in bytes, as many addresses as a seat may have included.
const TICKET_BYTES: usize = 256 + ADDRESSES * (TITLE_BYTES + 8);

/// An invitation: whoever holds it may ask the node that made it for the agreement, and ask to join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "TicketWire", into = "TicketWire")]
pub struct Ticket {
    /// The federation.
    pub federation: FederationId,
    /// The node that made it, which alone takes it.
    pub node: PublicKey,
    /// Where that node can be reached, as multiaddrs.
    pub addresses: Vec<String>,
    /// It is good until then.
    pub expires: Timestamp,
    /// 32 random bytes; the node that made it keeps their hash.
    pub secret: Hash,
    /// The only node that it is good for; left out, the first that shows it.
    pub peer: Option<PublicKey>,
}

#[derive(Serialize, Deserialize)]
struct TicketWire(FederationId, PublicKey, Vec<String>, Timestamp, Hash, Option<PublicKey>);

impl From<TicketWire> for Ticket {
    fn from(TicketWire(federation, node, addresses, expires, secret, peer): TicketWire) -> Self {
        Self { federation, node, addresses, expires, secret, peer }
    }
}

impl From<Ticket> for TicketWire {
    fn from(ticket: Ticket) -> Self {
        Self(ticket.federation, ticket.node, ticket.addresses, ticket.expires, ticket.secret, ticket.peer)
    }
}

/// Says why a text is no ticket.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TicketError {
    /// It does not start as one.
    #[error("this is no ticket: a ticket starts with {PREFIX} (moot federation invite prints one)")]
    NotATicket,
    /// It is not whole.
    #[error("the ticket is not whole, or a letter of it is wrong: copy it again from where it was printed")]
    NotWhole,
}

impl Ticket {
    /// The hash by which the node that made it knows it.
    pub fn hash(&self) -> Hash {
        secret_hash(&self.secret)
    }
}

/// The hash by which a node keeps the secret of a ticket.
pub fn secret_hash(secret: &Hash) -> Hash {
    Hash::of(&cbor::encode(&("folkmoot", "ticket", secret)))
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let Hash([a, b, c, d, ..]) = Hash::of(PREFIX.as_bytes()).chain(bytes);
    [a, b, c, d]
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = cbor::encode(self);
        bytes.extend(checksum(&bytes));
        write!(f, "{PREFIX}{}", bs58::encode(bytes).into_string())
    }
}

impl FromStr for Ticket {
    type Err = TicketError;

    fn from_str(text: &str) -> Result<Self, TicketError> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(TicketError::NotATicket)?;
        // Base58 takes at most 1.4 digits a byte; its decoder is quadratic in the length.
        if encoded.len() > 2 * (TICKET_BYTES + CHECKSUM) {
            return Err(TicketError::NotWhole);
        }
        let bytes = bs58::decode(encoded).into_vec().map_err(|_| TicketError::NotWhole)?;
        let at = bytes.len().checked_sub(CHECKSUM).ok_or(TicketError::NotWhole)?;
        let (content, sum) = bytes.split_at(at);
        if sum != checksum(content) {
            return Err(TicketError::NotWhole);
        }
        let ticket: Self = cbor::decode(content, TICKET_BYTES).map_err(|_| TicketError::NotWhole)?;
        let fits = ticket.addresses.len() <= ADDRESSES && ticket.addresses.iter().all(|a| a.len() <= TITLE_BYTES);
        if fits { Ok(ticket) } else { Err(TicketError::NotWhole) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::public;

    fn ticket() -> Ticket {
        Ticket {
            federation: Hash::of(b"street").into(),
            node: public("node"),
            addresses: vec!["/ip4/192.0.2.1/tcp/4150".into()],
            expires: Timestamp::from_millis(1_800_000_000_000),
            secret: Hash::of(b"secret"),
            peer: Some(public("guest")),
        }
    }

    #[test]
    fn a_ticket_is_a_short_text_that_reads_back() {
        for ticket in [ticket(), Ticket { peer: None, ..ticket() }] {
            let text = ticket.to_string();
            assert!(text.starts_with("moot-ticket1") && text.len() < 300, "{text}");
            assert_eq!(format!(" {text}\n").parse(), Ok(ticket));
        }
    }

    #[test]
    fn a_ticket_that_was_copied_badly_is_refused() {
        let text = ticket().to_string();
        let swapped = text.replace(&text[40..42], &text[41..42].repeat(2));
        let other = text.replace("moot-ticket1", "moot-ticket2");
        assert_eq!(other.parse::<Ticket>(), Err(TicketError::NotATicket));
        assert_eq!("".parse::<Ticket>(), Err(TicketError::NotATicket));
        for bad in [&text[..text.len() - 1], "moot-ticket1", &swapped, &format!("{text}x"), &"1".repeat(9000)] {
            let bad = if bad.starts_with("moot") { bad.to_owned() } else { format!("moot-ticket1{bad}") };
            if bad != text {
                assert_eq!(bad.parse::<Ticket>(), Err(TicketError::NotWhole), "{bad}");
            }
        }
    }

    #[test]
    fn a_ticket_has_no_more_addresses_than_a_seat() {
        let many = Ticket { addresses: vec!["/ip4/192.0.2.1/tcp/4150".into(); ADDRESSES + 1], ..ticket() };
        assert_eq!(many.to_string().parse::<Ticket>(), Err(TicketError::NotWhole));
    }
}
