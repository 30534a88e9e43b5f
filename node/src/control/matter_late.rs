//! Matters whose opening was sealed too late: they count for nothing, and still stand in the way of whoever opened them.

use folkmoot_protocol::{
    id::LogId,
    matter::{Followed, Matter},
    time::Timestamp,
};

/// How such a matter stands, in words.
pub(super) const DOES_NOT_COUNT: &str = "does not count";

/// Says whether a matter counts for nothing, whatever comes: its opening is sealed, and was too late.
pub(super) fn is_late(followed: &Followed) -> bool {
    followed.sealed.is_some() && !followed.counts()
}

/// What whoever opened it can do instead, in words.
///
/// The other groups never get to know it, so they could not consent to what replaces it; whoever consented to it by opening
/// it consents to no rival.
pub(super) fn way_out(followed: &Followed, now: Timestamp) -> Option<String> {
    let (sponsor, matter) = (&followed.sponsor, &followed.matter);
    let last = matter.by[2];
    is_late(followed).then(|| match () {
        () if matter.amends.is_some() => {
            "nobody can answer it: propose the same change of the agreement anew (moot federation amend)".into()
        }
        () if followed.consents.contains_key(sponsor) && now <= last => {
            let name = followed.agreement.group(sponsor).map_or_else(|| sponsor.short(), |group| group.name.to_string());
            format!(
                "nobody can answer it, and {name}, which consented by opening it, opens nothing before {last} that is to \
                 bind {name} too and touches any of the same domains. Now it can open anew what is to change in the \
                 others (moot matter open, without {name}) and decide its own part by itself (moot propose). --replaces \
                 does not help: the others do not know this matter, and could not consent"
            )
        }
        () => "nobody can answer it: open it anew (moot matter open)".into(),
    })
}

/// What of these stands in the way of a matter that a group wants to open now, in words.
pub(super) fn in_the_way<'a>(
    mut known: impl Iterator<Item = &'a Followed>,
    wanted: &Matter,
    sponsor: &LogId,
    now: Timestamp,
) -> Option<String> {
    let builds_on = |other: &Followed| wanted.replaces == Some(other.id) || wanted.overrides.contains(&other.id);
    let blocks = |other: &Followed| {
        let consented = other.sponsor == *sponsor && other.consents.contains_key(sponsor);
        consented && wanted.part(sponsor).is_some() && wanted.meets(now, &other.matter, other.opened)
    };
    let other = known.find(|other| is_late(other) && (builds_on(other) || blocks(other)))?;
    let what = if builds_on(other) { "it builds on" } else { "the group has consented to its rival" };
    let (id, title) = (other.id.short(), &other.matter.title);
    let instead = way_out(other, now).unwrap_or_default();
    Some(format!("{what} {id} ({title}), which does not count, because its opening was sealed too late: {instead}"))
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use folkmoot_protocol::{
        federation::{FederatedGroup, FederationAgreement, Seat, Timing},
        id::MatterId,
        key::SecretKey,
        matter::{Part, Standing},
        table::Table,
        time::Span,
    };

    use super::*;
    use crate::control::matter_views::{reference, waits_until};

    pub(in crate::control) fn log(byte: u8) -> LogId {
        LogId([byte; 32])
    }

    pub(in crate::control) fn hours(hours: u64) -> Timestamp {
        Timestamp::ZERO + Span::from_secs(3600 * hours)
    }

    fn part(group: u8) -> Part {
        Part {
            group: log(group),
            head: 0,
            domains: vec!["work".parse().unwrap()],
            window: Span::ZERO,
            ceded: false,
            effects: Vec::new(),
            linked: false,
            after: Vec::new(),
            due: None,
        }
    }

    /// Attic's matter, opened at 0 with dates at 10, 20 and 30 hours, for these of attic (1), brook (2) and cellar (3).
    pub(in crate::control) fn followed(affects: &[u8], sealed: Option<u64>) -> Followed {
        let node = |byte: u8| SecretKey::from_seed([byte; 32]).public();
        let names = ["attic", "brook", "cellar"].map(|name| name.parse().unwrap());
        let group = |(at, name)| FederatedGroup { name, log: log(at), node: node(at), escalates_to: None, weight: 1 };
        let agreement = FederationAgreement {
            name: "street".parse().unwrap(),
            purpose: "To share a street".into(),
            groups: Table::new((1..).zip(names).map(group).collect()).unwrap(),
            panel: Table::new(vec![Seat { name: "one".parse().unwrap(), node: node(9), addresses: Vec::new() }])
                .unwrap(),
            timing: Timing { news: Span::from_secs(3600), ..Timing::default() },
            amends: None,
        };
        let matter = Matter {
            federation: agreement.id(),
            version: agreement.hash(),
            title: "Quiet hours".into(),
            text: "People sleep.".into(),
            parts: affects.iter().map(|group| part(*group)).collect(),
            by: [10, 20, 30].map(hours),
            replaces: None,
            overrides: Vec::new(),
            amends: None,
            about: None,
            mediator: None,
            settles: None,
        };
        let opened = affects.contains(&1).then_some((log(1), (7, Timestamp::ZERO)));
        Followed {
            id: MatterId([5; 32]),
            matter,
            sponsor: log(1),
            number: 7,
            opened: Timestamp::ZERO,
            sealed: sealed.map(hours),
            agreement,
            slots: BTreeMap::new(),
            consents: opened.into_iter().collect(),
            declined: BTreeSet::new(),
            enacted: BTreeMap::new(),
            standing: Standing::Open { level: 1 },
        }
    }

    #[test]
    fn what_was_opened_too_late_waits_for_nobody_and_says_what_to_do() {
        let (now, in_time, late) = (hours(3), followed(&[1, 2], Some(1)), followed(&[1, 2], Some(2)));
        assert!(!is_late(&in_time) && way_out(&in_time, now).is_none() && !is_late(&followed(&[1, 2], None)));
        let until = |followed: &Followed| waits_until(followed, &log(2), now);
        assert_eq!((until(&in_time), until(&late)), (Some(hours(10)), None));
        assert_eq!(reference(&late).state.as_deref(), Some(DOES_NOT_COUNT));
        let says = way_out(&late, now).unwrap();
        for part in ["attic, which consented by opening it", "1970-01-02T06:00:00Z", "--replaces does not help"] {
            assert!(says.contains(part), "{part}: {says}");
        }
        let anew = Some("nobody can answer it: open it anew (moot matter open)".into());
        assert_eq!(way_out(&late, hours(31)), anew, "all its dates are over");
        assert_eq!(way_out(&followed(&[2, 3], Some(2)), now), anew, "attic has consented to nothing");
    }

    #[test]
    fn only_what_binds_whoever_opened_it_or_builds_on_it_is_in_the_way() {
        let late = [followed(&[1, 2], Some(2))];
        let blocks = |affects: &[u8], by: u8, change: &dyn Fn(&mut Matter)| {
            let mut wanted = followed(affects, None).matter;
            change(&mut wanted);
            in_the_way(late.iter(), &wanted, &log(by), hours(3))
        };
        let says = blocks(&[1, 2], 1, &|_| ()).unwrap();
        assert!(
            says.starts_with("the group has consented to its rival m05050505 (Quiet hours), which does not"),
            "{says}"
        );
        assert!(says.contains("open anew what is to change in the others"), "{says}");
        assert_eq!(blocks(&[2], 1, &|_| ()), None, "it has no part for attic");
        assert_eq!(blocks(&[1, 2], 2, &|_| ()), None, "brook has consented to nothing");
        let elsewhere = |matter: &mut Matter| {
            matter.parts.iter_mut().for_each(|part| part.domains = vec!["sleep".parse().unwrap()]);
        };
        assert_eq!(blocks(&[1, 2], 1, &elsewhere), None);
        let replaces = |matter: &mut Matter| matter.replaces = Some(MatterId([5; 32]));
        let says = blocks(&[1, 2], 1, &replaces).unwrap();
        assert!(says.starts_with("it builds on m05050505") && says.contains("do not know this matter"), "{says}");
        assert_eq!(in_the_way([followed(&[1, 2], Some(1))].iter(), &late[0].matter, &log(1), hours(3)), None);
    }
}
