//! Rules made up from a seed: every rung, and every rule of a rung.

use crate::sim::rng::Rng;

/// A rule by which one decides.
pub(super) fn alone(rng: &mut Rng) -> String {
    let call_in = match rng.below(3) {
        0 => String::new(),
        _ => format!(", call_in = {{ window = \"{}s\", rule = {{ {} }} }}", 5 + rng.below(60), consent(rng)),
    };
    let advice = 5 + rng.below(40);
    let closing = advice + 20 + rng.below(100);
    if rng.chance(500_000) {
        return format!("delegate = {{ closing = \"{closing}s\"{call_in} }}");
    }
    let ask = ["\"group\"", "\"role:buyer\"", "\"group\", \"role:buyer\""][rng.below(3) as usize];
    format!("consult = {{ ask = [{ask}], advice = \"{advice}s\", closing = \"{closing}s\"{call_in} }}")
}

/// A rule by which all decide.
pub(super) fn together(rng: &mut Rng) -> String {
    match rng.below(4) {
        0 => format!("consensus = {{ {}, asides = {} }}", window(rng), rng.below(2)),
        1 => format!("vote = {{ {} }}", vote(rng)),
        _ => format!("consent = {{ {} }}", consent(rng)),
    }
}

/// A consent with all that may go with it.
pub(super) fn promise(rng: &mut Rng) -> String {
    let mut rule = consent(rng);
    if rng.chance(600_000) {
        let outstanding = if rng.chance(700_000) { format!(", outstanding = {}", rng.below(3)) } else { String::new() };
        rule.push_str(&format!(", approval = {{ bar = {{ {} }}{outstanding} }}", bar(rng)));
    }
    if rng.chance(700_000) {
        let length = 5 + rng.below(40);
        let latest = length + rng.below(80);
        let on_objection = ["hold", "restart"][rng.below(2) as usize];
        rule.push_str(&format!(
            ", final_period = {{ length = \"{length}s\", on_objection = \"{on_objection}\", latest = \"{latest}s\" }}"
        ));
    }
    if rng.chance(700_000) {
        rule.push_str(&format!(", objection_test = \"{}\"", ["2/3", "3/4", "1/1"][rng.below(3) as usize]));
    }
    if rng.chance(700_000) {
        rule.push_str(&format!(", then_vote = {{ {} }}", vote(rng)));
    }
    format!("consent = {{ {rule} }}")
}

/// The numbers of a plain consent.
pub(super) fn consent(rng: &mut Rng) -> String {
    format!("{}, quorum = \"{}\"", window(rng), quorum(rng))
}

fn vote(rng: &mut Rng) -> String {
    let of = ["votes", "eligible"][rng.below(2) as usize];
    format!("{}, quorum = \"{}\", yes = {{ {} }}, of = \"{of}\"", window(rng), quorum(rng), bar(rng))
}

fn window(rng: &mut Rng) -> String {
    let minimum = rng.below(20);
    let (closing, versions) = (minimum + 30 + rng.below(150), 1 + rng.below(4));
    format!("closing = \"{closing}s\", minimum = \"{minimum}s\", versions = {versions}")
}

fn quorum(rng: &mut Rng) -> &'static str {
    ["0/1", "1/4", "1/2", "2/3", "1/1"][rng.below(5) as usize]
}

fn bar(rng: &mut Rng) -> &'static str {
    ["more_than = \"1/2\"", "at_least = \"2/3\"", "more_than = \"2/3\"", "at_least = \"1/2\""][rng.below(4) as usize]
}
