//! A healthy home, and one thing at a time that is not.

use super::*;

const HOUR: u64 = 3_600_000;
const NOW: u64 = 1_800_000_000_000;

fn seat(name: &str, connected: bool) -> SeatFacts {
    SeatFacts { federation: "valley".into(), seat: name.into(), connected, has_address: true }
}

fn healthy() -> Snapshot {
    let now = Timestamp::from_millis(NOW);
    let kitchen = GroupFacts {
        name: "kitchen".into(),
        hosted: true,
        number: 41,
        time: Some(Timestamp::from_millis(NOW - HOUR)),
        witnesses: 3,
        sealed: Some(41),
        stopped: None,
    };
    Snapshot {
        now,
        version: "0.1.0".into(),
        home: "/home/ana/folkmoot".into(),
        node: Node::Here(NodeFacts {
            version: "0.1.0".into(),
            listening: vec!["/ip4/192.0.2.1/tcp/4150".into()],
            groups: vec![kitchen],
            seats: ["kitchen", "garden", "school", "friend"].map(|name| seat(name, true)).into(),
        }),
        free: Some(100 << 30),
        store: Some(5 << 20),
        private: vec![("/home/ana/folkmoot/node-keys".into(), 0o700)],
        keys: vec![("ana".into(), Keeper::EncryptedFile)],
        broken_keys: Vec::new(),
        terms: vec![Term {
            group: "kitchen".into(),
            what: "the role treasurer of ana".into(),
            until: Timestamp::from_millis(NOW + 90 * 24 * HOUR),
        }],
    }
}

/// What is wrong after a change, in the order in which it is found.
fn after(change: impl FnOnce(&mut Snapshot)) -> Vec<Finding> {
    let mut snapshot = healthy();
    change(&mut snapshot);
    examine(&snapshot).into_iter().filter(|finding| finding.level != Level::Ok).collect()
}

/// The same for a change of what the node says.
fn with_node(change: impl FnOnce(&mut NodeFacts)) -> Vec<Finding> {
    after(|snapshot| match &mut snapshot.node {
        Node::Here(node) => change(node),
        Node::Away { .. } => panic!("it runs"),
    })
}

fn group(change: impl FnOnce(&mut GroupFacts)) -> Vec<Finding> {
    with_node(|node| change(&mut node.groups[0]))
}

fn away(count: usize) -> Vec<Finding> {
    with_node(|node| node.seats.iter_mut().rev().take(count).for_each(|seat| seat.connected = false))
}

#[test]
fn nothing_is_wrong_with_a_healthy_home() {
    let findings = examine(&healthy());
    assert!(findings.iter().all(|finding| finding.level == Level::Ok && finding.next.is_none()), "{findings:#?}");
    let checks: Vec<&str> = findings.iter().map(|finding| finding.check).collect();
    assert_eq!(checks, ["node", "disk", "files", "keys", "clock", "logs", "panel", "seats"]);
}

#[test]
fn each_trouble_is_found_alone_with_its_level_and_what_to_do() {
    use Level::{Fail, Warn};
    let unlucky = |why: &str| Node::Away { why: why.into() };
    let table: Vec<(Vec<Finding>, &str, Level, &str, &str)> = vec![
        (after(|s| s.node = unlucky("refused")), "node", Fail, "does not run: refused", "node run"),
        (after(|s| (s.node, s.store) = (unlucky("refused"), None)), "node", Warn, "was not looked at", "node run"),
        (after(|s| s.version = "0.2.0".into()), "node", Warn, "is version 0.1.0", "start the node again"),
        (after(|s| s.free = None), "disk", Warn, "nobody can tell", "df -h"),
        (after(|s| s.free = Some(900 << 20)), "disk", Warn, "900 MiB are left", "make room"),
        (after(|s| s.free = Some((64 << 20) - 1)), "disk", Fail, "writes nothing below 64 MiB", "make room"),
        (after(|s| s.private[0].1 = 0o750), "files", Fail, "(mode 0750)", "chmod go= /home/ana/folkmoot/node-keys"),
        (after(|s| s.keys[0].1 = Keeper::File), "keys", Warn, "not encrypted", "ssh-keygen -p -f"),
        (after(|s| s.broken_keys.push(("bo".into(), "damaged".into()))), "keys", Fail, "'bo' cannot", "moot id list"),
        (
            after(|s| s.terms[0].until = Timestamp::from_millis(NOW + 24 * HOUR)),
            "terms",
            Warn,
            "ends soon",
            "moot propose --group kitchen",
        ),
        (after(|s| s.terms[0].until = s.now), "terms", Fail, "has ended", "moot propose --group kitchen"),
        (
            group(|g| g.time = Some(Timestamp::from_millis(NOW + HOUR))),
            "clock",
            Fail,
            "last entry of 'kitchen' is dated",
            "timedatectl",
        ),
        (with_node(|n| n.groups.clear()), "logs", Warn, "holds no log", "moot group found"),
        (group(|g| g.stopped = Some("a fault".into())), "logs", Fail, "stopped: a fault", "moot log kitchen"),
        (group(|g| g.sealed = Some(20)), "logs", Warn, "the last 21 entries", "moot federation show"),
        (group(|g| g.sealed = None), "logs", Warn, "the last 42 entries", "moot federation show"),
        (group(|g| g.witnesses = 0), "panel", Warn, "no witnesses", "moot seen"),
        (group(|g| g.witnesses = 2), "panel", Warn, "if one is away nothing is sealed", "add seats"),
        (group(|g| g.witnesses = 4), "panel", Warn, "1 may be away", "odd number"),
        (away(1), "seats", Warn, "3 of 4 seats of 'valley' are connected; away: friend", "one more away"),
        (away(2), "seats", Fail, "away: school, friend", "nothing is sealed"),
        (
            with_node(|n| (n.seats[3].connected, n.seats[3].has_address) = (false, false)),
            "seats",
            Warn,
            "away: friend",
            "no address of 'friend'",
        ),
    ];
    for (found, check, level, says, next) in table {
        let [one] = found.as_slice() else { panic!("{check}, {says}: {found:#?}") };
        assert_eq!((one.check, one.level), (check, level), "{one:?}");
        assert!(one.says.contains(says), "{says}: {one:?}");
        assert!(one.next.as_deref().unwrap_or_default().contains(next), "{next}: {one:?}");
    }
}

#[test]
fn what_is_within_bounds_is_fine() {
    let fine: [Vec<Finding>; 5] = [
        group(|g| g.time = Some(Timestamp::from_millis(NOW + 10 * 60_000))),
        group(|g| g.sealed = Some(21)),
        group(|g| g.witnesses = 6),
        after(|s| s.free = Some(1 << 30)),
        after(|s| s.keys[0].1 = Keeper::Agent),
    ];
    for found in fine {
        assert_eq!(found, []);
    }
}
