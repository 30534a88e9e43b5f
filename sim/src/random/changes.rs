//! What proposals would change, made up from a seed.

use super::{acts::Filed, charters::Group, rules};
use crate::{random::charters::DOMAINS, sim::rng::Rng};

/// Makes up an effect for a group, and says who would decide about it alone, if somebody does.
pub(super) fn effect(group: &Group, filed: &[Filed], joined: &mut usize, rng: &mut Rng) -> (String, bool) {
    let some = group.people[rng.below(group.people.len() as u64) as usize].clone();
    let text = match rng.below(26) {
        0 => format!("{{ purpose = {{ purpose = \"P{}\", values = [] }} }}", rng.below(100)),
        1 => {
            let until = 60 + rng.below(900);
            let holders = format!("[{{ member = \"{some}\", until = \"+{until}s\" }}]");
            format!("{{ set_role = {{ name = \"buyer\", purpose = \"Buys.\", holders = {holders} }} }}")
        }
        2 => format!("{{ set_times = {{ digest_every = {}, receipt = \"60s\" }} }}", 2 + rng.below(12)),
        3 => {
            *joined += 1;
            format!("{{ set_member = {{ name = \"new{joined}\" }} }}")
        }
        4 => format!("{{ drop_member = {{ member = \"{some}\" }} }}"),
        6 | 7 => {
            let domain = ["work", "extra", "promises"][rng.below(3) as usize];
            let rule = if domain == "promises" { rules::promise(rng) } else { rules::together(rng) };
            format!("{{ set_domain = {{ name = \"{domain}\", purpose = \"Changed.\", rule = {{ {rule} }} }} }}")
        }
        8 => "{ drop_role = { role = \"buyer\" } }".to_owned(),
        9 if !filed.is_empty() => format!("{{ erase = {{ why = \"{}\" }} }}", recent(filed, rng).label),
        10 => {
            let silent = 40 + rng.below(200);
            format!("{{ set_participation = {{ open_proposals = 4, silent_after = \"{silent}s\" }} }}")
        }
        5 | 11 => format!("{{ add_key = {{ member = \"{some}\", key = \"{some}-phone\" }} }}"),
        12 => {
            let which = if rng.chance(400_000) { format!(", key = \"{some}-phone\"") } else { String::new() };
            format!("{{ drop_key = {{ member = \"{some}\"{which} }} }}")
        }
        13 => format!("{{ set_host = {{ log_key = \"{}-{}\" }} }}", group.name, rng.below(4)),
        14..18 if !filed.is_empty() => return about_agreement(filed, rng),
        _ => return words(rng),
    };
    (text, false)
}

fn words(rng: &mut Rng) -> (String, bool) {
    let promises = rng.chance(250_000);
    let domain = if promises { "promises" } else { DOMAINS[rng.below(DOMAINS.len() as u64) as usize] };
    (format!("{{ text = {{ domain = \"{domain}\", text = \"X{}\" }} }}", rng.below(1000)), domain == "buys")
}

/// Replaces, keeps or retires what an earlier proposal may have agreed, mostly in its own domain.
fn about_agreement(filed: &[Filed], rng: &mut Rng) -> (String, bool) {
    let agreed: Vec<&Filed> = filed.iter().filter(|filed| filed.domain.is_some()).collect();
    let Some(old) = rng.pick(&agreed) else { return words(rng) };
    let own = old.domain.as_deref().unwrap_or("work");
    let domain = if rng.chance(950_000) { own } else { "work" };
    let label = &old.label;
    let text = match rng.below(3) {
        0 => format!("{{ text = {{ domain = \"{domain}\", text = \"Y\", replaces = \"{label}\" }} }}"),
        1 => format!("{{ keep = {{ domain = \"{domain}\", agreement = \"{label}\", review = \"90s\" }} }}"),
        _ => format!("{{ retire = {{ domain = \"{domain}\", agreement = \"{label}\" }} }}"),
    };
    (text, domain == "buys")
}

fn recent<'a>(filed: &'a [Filed], rng: &mut Rng) -> &'a Filed {
    &filed[filed.len() - 1 - rng.below(filed.len().min(4) as u64) as usize]
}
