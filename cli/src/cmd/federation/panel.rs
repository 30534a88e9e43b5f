//! What the panel of an agreement withstands, in words, before groups bind themselves by it.

use std::collections::BTreeSet;

use folkmoot_protocol::{federation::FederationAgreement, key::PublicKey, witness::Quorums};

/// What a panel withstands: for groups whose nodes have a seat, and for others.
pub(super) fn words(agreement: &FederationAgreement) -> String {
    let hosts: BTreeSet<PublicKey> = agreement.groups.iter().map(|group| group.node).collect();
    let seats = agreement.panel.len() as u32;
    let both = agreement.panel.iter().filter(|seat| hosts.contains(&seat.node)).count();
    let seated = agreement.groups.iter().filter(|group| agreement.has_seat(&group.node)).count();
    let others = agreement.groups.len() - seated;
    let mut lines = vec![format!("What a panel of {} withstands:", count(seats as usize, "seat"))];
    for (groups, witnesses, whose) in [(seated, seats - 1, "with"), (others, seats, "without")] {
        if groups > 0 {
            let node = if groups == 1 { "a node" } else { "nodes" };
            let whose = format!("{} on {node} {whose} a seat", count(groups, "group"));
            lines.push(format!("  {whose}: {}", line(Quorums::of(witnesses))));
        }
    }
    let smallest = if seated > 0 { seats - 1 } else { seats };
    if smallest > 0 && smallest < 6 && smallest.is_multiple_of(2) {
        lines.push(format!(
            "  below 6 witnesses choose an odd number: {} bear no more absences than {}, and more of them have to be up",
            smallest,
            smallest - 1
        ));
    }
    if both > 0 {
        lines.push(format!(
            "  a node that hosts a group and sits on the panel is both, as {both} of {seats} seats are: if it lies, a \
             group and a witness of all others lie at once"
        ));
    }
    lines.join("\n")
}

fn line(q: Quorums) -> String {
    if q.witnesses == 0 {
        return "no witness; half of its people seal what they have seen, without a date".into();
    }
    let liars = match q.liars {
        0 => "a lying group, and no lying witness".to_owned(),
        liars => format!("{} lying", count(liars as usize, "witness")),
    };
    let down = match q.may_be_down() {
        0 => "none may be down".to_owned(),
        down => format!("{down} may be down"),
    };
    format!(
        "{}, {} seal, {down}; it withstands {liars}",
        count(q.witnesses as usize, "witness"),
        count(q.seal as usize, "note")
    )
}

fn count(number: usize, what: &str) -> String {
    match (number, what) {
        (1, _) => format!("1 {what}"),
        (_, "witness") => format!("{number} witnesses"),
        _ => format!("{number} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use folkmoot_protocol::{
        federation::{FederatedGroup, Seat, Timing},
        id::Hash,
        key::SecretKey,
        name::Name,
        table::Table,
    };

    use super::*;

    /// So many groups and seats; the first nodes are both.
    fn agreement(groups: u8, seats: u8, both: u8) -> FederationAgreement {
        let node = |byte: u8| SecretKey::from_seed([byte; 32]).public();
        let name = |text: String| -> Name { text.parse().unwrap() };
        let group = |at: u8| FederatedGroup {
            name: name(format!("g{at}")),
            log: Hash([at + 1; 32]).into(),
            node: node(if at < both { 100 + at } else { at + 1 }),
            escalates_to: None,
            weight: 1,
        };
        let seat = |at: u8| Seat { name: name(format!("s{at}")), node: node(100 + at), addresses: Vec::new() };
        FederationAgreement {
            name: name("street".into()),
            purpose: "To share it".into(),
            groups: Table::new((0..groups).map(group).collect()).unwrap(),
            panel: Table::new((0..seats).map(seat).collect()).unwrap(),
            timing: Timing::default(),
            amends: None,
        }
    }

    #[test]
    fn three_groups_that_are_the_panel_bear_no_absence_and_are_told_so() {
        let words = words(&agreement(3, 3, 3));
        assert!(words.contains("3 groups on nodes with a seat: 2 witnesses, 2 notes seal, none may be down"));
        assert!(words.contains("below 6 witnesses choose an odd number: 2 bear no more absences than 1"), "{words}");
        assert!(words.contains("is both, as 3 of 3 seats are"), "{words}");
    }

    #[test]
    fn a_friend_more_bears_one_absence() {
        let words = words(&agreement(3, 4, 3));
        assert!(words.contains("3 witnesses, 2 notes seal, 1 may be down; it withstands a lying group, and no lying"));
        assert!(!words.contains("odd"), "{words}");
    }

    #[test]
    fn friends_alone_are_no_groups_and_six_of_them_bear_a_liar() {
        let words = words(&agreement(2, 6, 0));
        assert!(
            words.contains("2 groups on nodes without a seat: 6 witnesses, 5 notes seal, 1 may be down"),
            "{words}"
        );
        assert!(words.contains("1 witness lying"), "{words}");
        assert!(!words.contains("both"), "{words}");
    }

    #[test]
    fn one_seat_that_hosts_the_only_group_seals_nothing() {
        assert!(words(&agreement(1, 1, 1)).contains("no witness; half of its people"), "said plainly");
    }
}
