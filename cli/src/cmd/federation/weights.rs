//! What the weights of an agreement mean, in words, before groups bind themselves by it.

use folkmoot_protocol::federation::FederationAgreement;

/// What weights mean: what it takes, and without whom nothing passes. Nothing, where all groups count the same.
pub(super) fn words(agreement: &FederationAgreement) -> String {
    if !agreement.has_weights() {
        return String::new();
    }
    let (all, most, both) = (agreement.all(), agreement.assembly(), agreement.two_thirds());
    let without = |weight: u32| all.weight - weight < most.weight;
    let needed = agreement.groups.iter().filter(|group| without(group.weight));
    let lines: String =
        needed.map(|group| format!("\n  without {} ({}) neither passes", group.name, group.weight)).collect();
    format!(
        "\nThe groups weigh {} together:\n  what all decide takes {} of it, and {} of the {} groups; an amendment {} of it, and {} of \
         the groups{lines}\n",
        all.weight, most.weight, most.groups, all.groups, both.weight, both.groups
    )
}

#[cfg(test)]
mod tests {
    use folkmoot_protocol::{
        federation::{FederatedGroup, Timing},
        id::Hash,
        key::SecretKey,
        table::Table,
    };

    use super::*;

    fn of(weights: &[u32]) -> String {
        let group = |(at, weight): (u8, &u32)| FederatedGroup {
            name: format!("g{at}").parse().unwrap(),
            log: Hash([at; 32]).into(),
            node: SecretKey::from_seed([1; 32]).public(),
            escalates_to: None,
            weight: *weight,
        };
        words(&FederationAgreement {
            name: "street".parse().unwrap(),
            purpose: "To share it".into(),
            groups: Table::new((0..).zip(weights).map(group).collect()).unwrap(),
            panel: Table::default(),
            timing: Timing::default(),
            amends: None,
        })
    }

    #[test]
    fn they_say_what_it_takes_and_without_whom_nothing_passes() {
        assert_eq!(of(&[1, 1, 1]), "");
        let words = of(&[4, 2, 1, 1]);
        assert!(words.contains("takes 6 of it, and 3 of the 4 groups; an amendment 6 of it, and 3 of"), "{words}");
        assert!(words.contains("without g0 (4) neither passes") && !words.contains("g1"), "{words}");
        assert!(!of(&[2, 2, 2, 1]).contains("without"), "five of seven are left without one");
    }
}
