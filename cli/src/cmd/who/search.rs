//! Who decides something: a search over charters, by path, by name, or by the words of names and purposes.

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_protocol::{
    charter::{Charter, Domain, Owner, Represents, Role},
    name::Name,
    resource::Resource,
    time::Timestamp,
};
use serde::Serialize;

/// Words that say nothing about what is looked for.
const EMPTY: &[&str] = &[
    "a", "about", "an", "and", "can", "decide", "decides", "for", "i", "in", "is", "may", "my", "of", "on", "our",
    "over", "the", "to", "we", "what", "who", "with",
];

/// A group with its place among others.
#[derive(Clone, Debug)]
pub(super) struct Circle {
    /// Its name in the federation, or else its own.
    pub(super) name: String,
    /// Its id.
    pub(super) group: String,
    /// Its charter.
    pub(super) charter: Charter,
    /// The federation that it belongs to.
    pub(super) federation: Option<String>,
    /// Where each group of that turns to next.
    pub(super) above: BTreeMap<String, String>,
}

/// A domain that somebody decides.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Found {
    /// As `finance/purchases`.
    pub(super) path: String,
    /// The group.
    pub(super) group: String,
    /// Its id.
    pub(super) group_id: String,
    /// The domain.
    pub(super) domain: String,
    /// What it covers; for a role that decides nothing by itself, what that role is there for.
    pub(super) purpose: String,
    /// Who decides, in words.
    pub(super) who: String,
    /// The resources that it promises.
    pub(super) resources: Vec<String>,
    /// The role that owns it, or that was asked for.
    pub(super) role: Option<String>,
    /// Who holds that role now.
    pub(super) holders: Vec<Term>,
    /// The rule in words.
    pub(super) rule: String,
    /// Whether its decisions are for people only.
    pub(super) people_only: bool,
    /// Whether it is ceded to the federation.
    pub(super) ceded: bool,
    /// Where it goes from there, the next step first.
    pub(super) next: Vec<String>,
    /// How well it fits.
    #[serde(skip)]
    fits: (usize, u32),
}

/// Somebody's term in a role.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Term {
    /// Who.
    pub(super) member: String,
    /// Until when.
    pub(super) until: String,
}

/// The domains that are about `asked`, the best first: those named by a path or a name, or else by words.
pub(super) fn search(circles: &[Circle], asked: &str, now: Timestamp) -> Vec<Found> {
    let wanted = stems(asked);
    let mut found = Vec::new();
    for circle in circles {
        for domain in &circle.charter.domains {
            let fits = fit(circle, domain, asked, &wanted);
            found.extend((fits > (0, 0)).then(|| decided(circle, domain, fits, now)));
        }
        for role in circle.charter.roles.iter().filter(|role| !owns_any(&circle.charter, role)) {
            let fits = fit_idle(circle, role, asked, &wanted);
            found.extend((fits > (0, 0)).then(|| idle(circle, role, fits, now)).flatten());
        }
    }
    found.sort_by(|a, b| (b.fits, &a.path).cmp(&(a.fits, &b.path)));
    for found in &mut found {
        lead_on(found, circles);
    }
    // Where one fits more of the words than another, the other was not meant.
    let best = found.first().map_or(0, |found| found.fits.0);
    found.retain(|found| found.fits.0 == best);
    found
}

/// How many of the words fit a domain, and how well; a path or a whole name fits better than any words.
fn fit(circle: &Circle, domain: &Domain, asked: &str, wanted: &BTreeSet<String>) -> (usize, u32) {
    let asked = asked.trim().to_lowercase();
    let own = circle.charter.name.as_str();
    let held: Vec<&Resource> = promised(&circle.charter, domain).collect();
    let owner = owner(&circle.charter, domain);
    let mut places =
        held.iter().map(|resource| &resource.name).chain([&domain.name]).chain(owner.map(|role| &role.name));
    if places.any(|name| is_path(circle, name, &asked)) {
        return (usize::MAX, 2);
    }
    // A path leads to one place or to none.
    if asked.contains('/') {
        return (0, 0);
    }
    let is_named = |name: &Name| name.as_str() == asked;
    if is_named(&domain.name)
        || owner.is_some_and(|role| is_named(&role.name))
        || held.iter().any(|resource| is_named(&resource.name))
    {
        return (usize::MAX, 1);
    }
    let (role, work) = owner.map_or(("", ""), |role| (role.name.as_str(), role.purpose.as_str()));
    let mut parts =
        vec![(domain.name.as_str(), 4), (role, 3), (&domain.purpose, 2), (work, 1), (&circle.name, 1), (own, 1)];
    parts.extend(held.iter().flat_map(|resource| [(resource.name.as_str(), 4), (resource.purpose.as_str(), 2)]));
    score(wanted, &parts)
}

/// The same for a role that owns no domain.
fn fit_idle(circle: &Circle, role: &Role, asked: &str, wanted: &BTreeSet<String>) -> (usize, u32) {
    let asked = asked.trim().to_lowercase();
    if asked.contains('/') {
        return if is_path(circle, &role.name, &asked) { (usize::MAX, 2) } else { (0, 0) };
    }
    let liaison = if role.represents.is_some() { "liaison represents" } else { "" };
    score(wanted, &[(role.name.as_str(), 4), (&role.purpose, 2), (liaison, 3)])
}

/// Says whether that is the path to something in a group, by its name in the federation or its own.
fn is_path(circle: &Circle, name: &Name, asked: &str) -> bool {
    [circle.name.as_str(), circle.charter.name.as_str()].iter().any(|group| asked == format!("{group}/{name}"))
}

/// How many of the words occur in some part, and the sum of the weights of the parts where each fits best.
fn score(wanted: &BTreeSet<String>, parts: &[(&str, u32)]) -> (usize, u32) {
    let parts: Vec<(BTreeSet<String>, u32)> = parts.iter().map(|(text, weight)| (stems(text), *weight)).collect();
    let best = |word: &String| parts.iter().filter(|(text, _)| text.contains(word)).map(|(_, weight)| *weight).max();
    let weights: Vec<u32> = wanted.iter().filter_map(best).collect();
    // That the name of the group alone fits says nothing about the domain.
    match weights.iter().sum() {
        sum if sum > weights.len() as u32 => (weights.len(), sum),
        _ => (0, 0),
    }
}

/// The words of a text without what an ending adds, so that `purchase` finds `purchases`.
fn stems(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    let words = words.filter(|word| !word.is_empty() && !EMPTY.contains(&word.as_str()));
    words.map(|word| stem(&word).to_owned()).collect()
}

fn stem(word: &str) -> &str {
    let long = |stem: &&str| stem.chars().count() > 2;
    ["ing", "es", "s", "e"].iter().find_map(|end| word.strip_suffix(end).filter(long)).unwrap_or(word)
}

fn owner<'a>(charter: &'a Charter, domain: &Domain) -> Option<&'a Role> {
    match &domain.owner {
        Owner::Role(role) => charter.roles.find(role),
        Owner::Group => None,
    }
}

/// What a domain promises.
fn promised<'a>(charter: &'a Charter, domain: &Domain) -> impl Iterator<Item = &'a Resource> {
    charter.resources.iter().filter(|resource| resource.domain == domain.name)
}

fn owns_any(charter: &Charter, role: &Role) -> bool {
    charter.domains.iter().any(|domain| domain.owner == Owner::Role(role.name.clone()))
}

fn decided(circle: &Circle, domain: &Domain, fits: (usize, u32), now: Timestamp) -> Found {
    let role = owner(&circle.charter, domain);
    let who = match (role, domain.rule.is_delegate()) {
        (Some(role), true) => format!("a holder of the role '{}' of {}", role.name, circle.name),
        (Some(role), false) => format!("the holders of the role '{}' of {} together", role.name, circle.name),
        (None, _) => format!("the members of {}", circle.name),
    };
    let people = if domain.people_only { ", people only" } else { "" };
    Found {
        path: format!("{}/{}", circle.name, domain.name),
        group: circle.name.clone(),
        group_id: circle.group.clone(),
        domain: domain.name.to_string(),
        purpose: domain.purpose.clone(),
        who: format!("{who}{people}"),
        resources: promised(&circle.charter, domain)
            .map(|resource| format!("{}: {} {}", resource.name, resource.capacity, resource.unit))
            .collect(),
        role: role.map(|role| role.name.to_string()),
        holders: role.map(|role| terms(role, now)).unwrap_or_default(),
        rule: domain.rule.to_string(),
        people_only: domain.people_only,
        ceded: domain.ceded,
        next: next(circle, domain),
        fits,
    }
}

/// A role that owns no domain: what it may not decide, the domain that fills it does.
fn idle(circle: &Circle, role: &Role, fits: (usize, u32), now: Timestamp) -> Option<Found> {
    let filled_in = role.filled_in.as_ref().and_then(|name| circle.charter.domains.find(name));
    let domain = filled_in.or_else(|| circle.charter.reserved_domain(folkmoot_protocol::charter::CHARTER))?;
    let found = decided(circle, domain, fits, now);
    Some(Found {
        purpose: format!("{} (the role '{}' decides nothing by itself)", role.purpose, role.name),
        role: Some(role.name.to_string()),
        holders: terms(role, now),
        ..found
    })
}

fn terms(role: &Role, now: Timestamp) -> Vec<Term> {
    let held = role.holders.iter().filter(|holder| holder.from <= now && now < holder.until);
    held.map(|holder| Term { member: holder.member.to_string(), until: holder.until.to_string() }).collect()
}

/// Where a role that represents its group leads: the group in which it sits, and whether it says there what was decided.
fn lead_on(found: &mut Found, circles: &[Circle]) {
    let circle = circles.iter().find(|circle| circle.group == found.group_id);
    let role = circle
        .and_then(|circle| circle.charter.roles.iter().find(|role| found.role.as_deref() == Some(role.name.as_str())));
    let Some(Represents { group, mandated_in }) = role.and_then(|role| role.represents.as_ref()) else { return };
    let id = group.to_string();
    let there = circles.iter().find(|circle| circle.group == id).map_or(id, |circle| circle.name.clone());
    let bound = match mandated_in {
        Some(domain) => format!("as '{}/{domain}' mandates it", found.group),
        None => "freely".into(),
    };
    let role = found.role.as_deref().unwrap_or_default();
    found.next.insert(0, format!("the role '{role}' represents {} in {there}, where it answers {bound}", found.group));
}

/// Where a question goes that this domain cannot settle.
fn next(circle: &Circle, domain: &Domain) -> Vec<String> {
    let mut next = Vec::new();
    if let Some(call_in) = domain.rule.call_in() {
        next.push(format!(
            "a member may call it in within {}: then the members consent (moot call-in)",
            call_in.window
        ));
    }
    let mut name = &circle.name;
    while let Some(above) = circle.above.get(name).filter(|_| next.len() <= circle.above.len() + 1) {
        next.push(format!("{name} turns to {above}"));
        name = above;
    }
    if let Some(federation) = &circle.federation {
        let bind = if domain.ceded {
            format!("two thirds of the groups of '{federation}' may bind it here, because it is ceded")
        } else {
            "it is bound only by its own consent".into()
        };
        let path = format!("{}/{}", circle.name, domain.name);
        next.push(format!("with other groups as a matter (moot matter open --touches {path}); {bind}"));
    }
    if let (None, Some(federation)) = (&circle.federation, &circle.charter.federation) {
        next.push(format!("with the groups of the federation {}, which this node does not know", federation.short()));
    }
    if next.is_empty() {
        next.push("nowhere: the group belongs to no federation".into());
    }
    next
}

#[cfg(test)]
mod tests {
    use folkmoot_protocol::{
        charter::{Host, RawCharter},
        key::SecretKey,
    };

    use super::*;

    const FINANCE: &str = r#"
name = "finance"
purpose = "Looks after the money."
[members.ana]
[roles.treasurer]
purpose = "Keeps the books."
holders = [{ member = "ana", until = "+90d" }]
[roles.archivist]
purpose = "Keeps old letters."
[domains.charter]
purpose = "The charter."
people_only = true
rule = { consent = { quorum = "1/1" } }
[domains.purchases]
purpose = "Tools, material and other spending."
owner = "role:treasurer"
rule = { delegate = { call_in = { window = "2d", rule = { quorum = "1/2" } } } }
[resources.coffers]
purpose = "Money in the bank."
unit = "cent"
domain = "purchases"
kind = "stock"
capacity = 5000
"#;
    const YARD: &str = r#"
name = "yard"
purpose = "Runs the yard."
[members.ben]
[domains.charter]
purpose = "The charter."
people_only = true
rule = { consent = { quorum = "1/1" } }
[domains.tools]
purpose = "Where tools are kept."
ceded = true
rule = { consent = { quorum = "1/1" } }
"#;

    fn circle(text: &str) -> Circle {
        let raw: RawCharter = toml::from_str(text).unwrap();
        let [member, node, log_key] = [1, 2, 3].map(|seed| SecretKey::from_seed([seed; 32]).public());
        let charter = raw.resolve(Timestamp::ZERO, Host { log_key, node }, &|_| Some(member)).unwrap();
        Circle {
            name: charter.name.to_string(),
            group: format!("g{:064x}", 1),
            charter,
            federation: Some("riverside".into()),
            above: BTreeMap::from([("finance".into(), "assembly".into())]),
        }
    }

    fn paths(asked: &str) -> Vec<String> {
        let found = search(&[circle(FINANCE), circle(YARD)], asked, Timestamp::ZERO);
        found.into_iter().map(|found| found.path).collect()
    }

    #[test]
    fn a_path_a_name_or_words_lead_to_who_decides() {
        for (asked, expected) in [
            ("finance/purchases", &["finance/purchases"][..]),
            ("finance/tools", &[]),
            ("tools", &["yard/tools"]),
            ("treasurer", &["finance/purchases"]),
            ("coffers", &["finance/purchases"]),
            ("finance/coffers", &["finance/purchases"]),
            ("finance/treasurer", &["finance/purchases"]),
            ("finance/archivist", &["finance/charter"]),
            ("yard/archivist", &[]),
            ("money", &["finance/purchases"]),
            ("who decides about spending", &["finance/purchases"]),
            ("purchasing a tool", &["finance/purchases"]),
            ("where is a tool kept", &["yard/tools"]),
            ("old letters", &["finance/charter"]),
            ("finance", &[]),
            ("elephants", &[]),
        ] {
            assert_eq!(paths(asked), expected, "{asked}");
        }
        assert_eq!(paths("charter"), ["finance/charter", "yard/charter"]);
    }

    #[test]
    fn a_liaison_is_found_and_says_where_it_leads() {
        let mut circles = [circle(FINANCE), circle(YARD)];
        circles[1].group = format!("g{:064x}", 2);
        let represents = Represents { group: circles[1].group.parse().unwrap(), mandated_in: None };
        let role: Name = "archivist".parse().unwrap();
        circles[0].charter.roles.find_mut(&role).unwrap().represents = Some(represents.clone());
        let found = search(&circles, "archivist", Timestamp::ZERO);
        assert_eq!(found[0].next[0], "the role 'archivist' represents finance in yard, where it answers freely");
        assert_eq!(search(&circles, "liaison", Timestamp::ZERO)[0].path, "finance/charter");
        let mandated_in = Some("purchases".parse().unwrap());
        circles[0].charter.roles.find_mut(&role).unwrap().represents = Some(Represents { mandated_in, ..represents });
        let found = search(&circles[..1], "archivist", Timestamp::ZERO);
        assert!(found[0].next[0].contains("in g0000") && found[0].next[0].contains("'finance/purchases' mandates"));
    }

    #[test]
    fn an_answer_says_who_by_which_rule_and_where_next() {
        let found = &search(&[circle(FINANCE)], "purchases", Timestamp::ZERO)[0];
        assert_eq!(found.who, "a holder of the role 'treasurer' of finance");
        assert_eq!(found.holders[0].member, "ana");
        assert_eq!(found.resources, ["coffers: 5000 cent"]);
        assert!(found.rule.starts_with("delegate"), "{}", found.rule);
        let [call_in, above, matter] = found.next.as_slice() else { panic!("{:?}", found.next) };
        assert!(call_in.contains("within 2d") && above == "finance turns to assembly", "{call_in}; {above}");
        assert!(matter.contains("--touches finance/purchases") && matter.contains("own consent"), "{matter}");
        let yard = &search(&[circle(YARD)], "tools", Timestamp::ZERO)[0];
        assert!(yard.next.last().unwrap().contains("two thirds of the groups of 'riverside'"), "{:?}", yard.next);
    }
}
