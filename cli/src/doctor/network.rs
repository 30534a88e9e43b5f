//! What concerns others: clocks, logs, panels, who is connected.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    time::{Span, Timestamp},
    witness::Quorums,
};

use super::{Finding, GroupFacts, NodeFacts, SeatFacts};

/// The skew that agreements allow by default.
const SKEW_SECS: u64 = 600;
/// How many unsealed entries are nothing to speak of: notes take up to a minute.
const UNSEALED: u64 = 20;

/// Whether this machine's clock can be right: no log may be dated ahead of it.
///
/// What the clocks of witnesses say is in their notes, and the node does not show those: a clock that runs ahead is
/// not seen here.
pub(super) fn clock(node: &NodeFacts, now: Timestamp) -> Vec<Finding> {
    let dated = node.groups.iter().filter_map(|group| Some((group, group.time?)));
    let ahead = |at: Timestamp| at.since(now);
    match dated.max_by_key(|(_, at)| *at) {
        Some((group, at)) if ahead(at) > Span::from_secs(SKEW_SECS) => vec![Finding::fail(
            "clock",
            format!("the last entry of '{}' is dated {at}, and this machine's clock says {now}", group.name),
            "set this machine's clock (timedatectl), or ask who hosts that group to",
        )],
        Some(_) => vec![Finding::ok("clock", "no log is dated ahead of this machine's clock")],
        None => Vec::new(),
    }
}

/// Whether every log goes on and gets sealed.
pub(super) fn logs(node: &NodeFacts) -> Vec<Finding> {
    if node.groups.is_empty() {
        return vec![Finding::warn(
            "logs",
            "the node holds no log",
            "moot group found CHARTER, or moot federation follow FILE",
        )];
    }
    let mut findings: Vec<Finding> = node.groups.iter().filter_map(log).collect();
    if findings.is_empty() {
        findings.push(Finding::ok("logs", format!("all {} logs go on", node.groups.len())));
    }
    findings
}

fn log(group: &GroupFacts) -> Option<Finding> {
    let name = &group.name;
    if let Some(why) = &group.stopped {
        return Some(Finding::fail(
            "logs",
            format!("the log of '{name}' is stopped: {why}"),
            format!("moot log {name}"),
        ));
    }
    // Entries are counted from 0.
    let unsealed = (group.number + 1).saturating_sub(group.sealed.map_or(0, |number| number + 1));
    (group.witnesses > 0 && unsealed > UNSEALED).then(|| {
        Finding::warn(
            "logs",
            format!("the last {unsealed} entries of '{name}' are not sealed"),
            "moot federation show says which witnesses are away",
        )
    })
}

/// What the panels of the logs written here withstand.
pub(super) fn panels(node: &NodeFacts) -> Vec<Finding> {
    node.groups.iter().filter(|group| group.hosted).map(panel).collect()
}

fn panel(group: &GroupFacts) -> Finding {
    let name = &group.name;
    let quorums = Quorums::of(group.witnesses);
    let Quorums { witnesses, liars, seal, .. } = quorums;
    let sums = format!("'{name}' has {witnesses} witnesses, and {seal} notes seal");
    if witnesses == 0 {
        let says = format!("'{name}' has no witnesses: its members seal by what they have seen, without a date");
        return Finding::warn("panel", says, "moot seen; or moot federation found FILE");
    }
    match quorums.may_be_down() {
        0 => Finding::warn(
            "panel",
            format!("{sums}: if one is away nothing is sealed"),
            "add seats to the panel: 3 witnesses of a log withstand one absence (moot help panel)",
        ),
        down if witnesses < 6 && witnesses % 2 == 0 => Finding::warn(
            "panel",
            format!("{sums}: {down} may be away, as many as with one witness less"),
            "choose an odd number of witnesses below 6 (moot help panel)",
        ),
        down => Finding::ok("panel", format!("{sums}: {down} may be away and {liars} may lie")),
    }
}

/// Whether the nodes of the panels are connected.
pub(super) fn seats(node: &NodeFacts) -> Vec<Finding> {
    let mut federations: BTreeMap<&str, Vec<&SeatFacts>> = BTreeMap::new();
    for seat in &node.seats {
        federations.entry(&seat.federation).or_default().push(seat);
    }
    federations.into_iter().map(|(name, seats)| federation(name, &seats)).collect()
}

fn federation(name: &str, seats: &[&SeatFacts]) -> Finding {
    let away: Vec<&&SeatFacts> = seats.iter().filter(|seat| !seat.connected).collect();
    let names = away.iter().map(|seat| seat.seat.as_str()).collect::<Vec<_>>().join(", ");
    let here = seats.len() - away.len();
    let said = format!("{here} of {} seats of '{name}' are connected", seats.len());
    if away.is_empty() {
        return Finding::ok("seats", said);
    }
    let says = format!("{said}; away: {names}");
    // Of a log that a seat hosts the others are the witnesses.
    let count = |seats: usize| u32::try_from(seats.saturating_sub(1)).unwrap_or(u32::MAX);
    let (witnesses, seal) = (count(here), Quorums::of(count(seats.len())).seal);
    if witnesses < seal {
        let next = "ask their operators: until they are back nothing is sealed (moot federation show)";
        return Finding::fail("seats", says, next);
    }
    let next = match away.iter().find(|seat| !seat.has_address) {
        Some(seat) => format!("the agreement has no address of '{}': its node has to dial this one", seat.seat),
        None if witnesses == seal => "ask their operators: with one more away nothing is sealed".into(),
        None => "ask their operators".into(),
    };
    Finding::warn("seats", says, next)
}
