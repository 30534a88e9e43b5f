//! The network: who reaches whom, and what becomes of a message.

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_protocol::{machine::Token, name::Name, sync::Request, time::Timestamp};

use super::{node::Node, rng::Rng};
use crate::{
    report::FaultCounts,
    scenario::{FaultKind, Trouble},
};

/// The number of a node.
pub(crate) type NodeNo = usize;

/// The end of a member's client: it shares the troubles of messages, but no partition cuts it off.
pub(crate) const CLIENT: NodeNo = usize::MAX;

/// Most time that a message needs without a fault, in milliseconds.
const LATENCY_MS: (u64, u64) = (5, 60);
/// How far messages are scattered in time while they may overtake each other.
const REORDER_MS: (u64, u64) = (0, 3_000);

/// A request that waits for its answer.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) from: NodeNo,
    pub(crate) to: NodeNo,
    pub(crate) request: Request,
}

/// The network.
#[derive(Debug, Default)]
pub(crate) struct Network {
    /// The connections, lower number first.
    pub(crate) links: BTreeSet<(NodeNo, NodeNo)>,
    pub(crate) dialing: BTreeSet<(NodeNo, NodeNo)>,
    /// The troubles of now, by the number of the fault.
    pub(crate) troubles: BTreeMap<usize, Trouble>,
    pub(crate) pending: BTreeMap<Token, Pending>,
    pub(crate) counts: FaultCounts,
    next_request: Token,
    /// When the last message of each direction arrives: without a fault none overtakes it.
    last: BTreeMap<(NodeNo, NodeNo), Timestamp>,
}

impl Network {
    /// Says whether a partition stands between two nodes.
    pub(crate) fn is_cut(&self, a: &Name, b: &Name) -> bool {
        let cuts = |sides: &Vec<Vec<Name>>| {
            let side = |name: &Name| sides.iter().position(|side| side.contains(name));
            matches!((side(a), side(b)), (Some(a), Some(b)) if a != b)
        };
        self.troubles.values().any(|trouble| matches!(trouble, Trouble::Partition(sides) if cuts(sides)))
    }

    /// Says whether a message can go from one node to another now.
    pub(crate) fn reaches(&self, nodes: &[Node], a: NodeNo, b: NodeNo) -> bool {
        self.links.contains(&pair(a, b)) && !self.is_cut(&nodes[a].name, &nodes[b].name)
    }

    /// When a message arrives that is sent now: not at all, once, or twice if `twice` is allowed.
    pub(crate) fn arrivals(
        &mut self,
        rng: &mut Rng,
        now: Timestamp,
        (from, to): (NodeNo, NodeNo),
        twice: bool,
    ) -> Vec<Timestamp> {
        let mut copies = 1;
        let mut ordered = true;
        let mut at = now + rng.millis(LATENCY_MS.0, LATENCY_MS.1);
        for trouble in self.troubles.values() {
            match trouble {
                Trouble::Loss(rate) if rng.chance(*rate) => {
                    self.counts.count(FaultKind::Loss);
                    return Vec::new();
                }
                Trouble::Delay(min, max) => {
                    self.counts.count(FaultKind::Delay);
                    at = at + rng.span(*min, *max);
                }
                Trouble::Duplicate(rate) if twice && rng.chance(*rate) => {
                    self.counts.count(FaultKind::Duplicate);
                    copies = 2;
                }
                Trouble::Reorder => ordered = false,
                _ => {}
            }
        }
        (0..copies).map(|_| self.place(rng, at, (from, to), ordered)).collect()
    }

    fn place(&mut self, rng: &mut Rng, at: Timestamp, way: (NodeNo, NodeNo), ordered: bool) -> Timestamp {
        let last = self.last.get(&way).copied().unwrap_or(Timestamp::ZERO);
        let at = if ordered { at.max(last) } else { at + rng.millis(REORDER_MS.0, REORDER_MS.1) };
        if at < last {
            self.counts.count(FaultKind::Reorder);
        }
        self.last.insert(way, at.max(last));
        at
    }

    /// Notes a request that waits for its answer, and gives it a number.
    pub(crate) fn ask(&mut self, from: NodeNo, to: NodeNo, request: Request) -> Token {
        self.next_request += 1;
        self.pending.insert(self.next_request, Pending { from, to, request });
        self.next_request
    }
}

/// Two nodes, the lower number first.
pub(crate) fn pair(a: NodeNo, b: NodeNo) -> (NodeNo, NodeNo) {
    (a.min(b), a.max(b))
}
