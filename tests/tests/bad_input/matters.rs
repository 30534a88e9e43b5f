//! Matters that cannot be opened or answered so: two groups on two nodes, and one group beside them.

use folkmoot_node::{
    clock,
    control::view::{FederationView, MatterView, ProposalView},
};
use folkmoot_protocol::time::{Span, Timestamp};
use folkmoot_tests::harness::{Seat, eventually};
use serde_json::{Value, json};

use super::row::{Refused, Row, judge};

/// What finance and logistics may agree to.
const QUIET: &[&str] = &["--agree", "finance/work=Quiet.", "--agree", "logistics/work=Quiet."];

struct Street {
    finance: Seat,
    _logistics: Seat,
    /// Finance has opened it, and so consented: it touches both.
    quiet: String,
    /// Finance has opened it, and is not affected; it soon ends.
    late: String,
    /// The last date of that one.
    end: Timestamp,
}

impl Street {
    fn new() -> Self {
        let (finance, logistics) = (Seat::start("finance"), Seat::start("logistics"));
        let groups =
            [finance.found_group("finance", ["ana", "ben"]), logistics.found_group("logistics", ["dora", "emil"])];
        let group = |at: usize, seat: &Seat| json!({"log": groups[at], "node": seat.id});
        let seat = |seat: &Seat| json!({"node": seat.id, "addresses": seat.addresses});
        let agreement = json!({
            "name": "street", "purpose": "To share a street.",
            "timing": {"news": "4s", "skew": "1s", "notes": "100ms"},
            "groups": {"finance": group(0, &finance), "logistics": group(1, &logistics)},
            "panel": {"alpha": seat(&finance), "beta": seat(&logistics)},
        });
        let file = finance.home.write("federation.toml", &toml::to_string(&agreement).unwrap());
        let found = ["federation", "found", &file, "--why", "Together."];
        finance.carry(["ana", "ben"], &found);
        logistics.carry(["dora", "emil"], &found);
        eventually("all consents are sealed, and both logs are there", || {
            let known: Vec<FederationView> = finance.home.json(&["federation", "show"]);
            (known.iter().all(|known| known.exists) && finance.groups().len() == 2).then_some(())
        });
        finance.found_group("garden", ["kim", "lou"]);
        let none = String::new();
        let mut street = Self { finance, _logistics: logistics, quiet: none.clone(), late: none, end: Timestamp::ZERO };
        street.open_both();
        street
    }

    fn open_both(&mut self) {
        let finance = &self.finance;
        let opened = |proposal: &str| -> String {
            let view: ProposalView = finance.home.api().get(&format!("/v1/proposals/{proposal}")).unwrap();
            view.matters[0].clone()
        };
        let words = ["matter", "open", "--title", "Quiet hours", "--text", "T", "--why", "W"];
        let quiet = opened(&finance.carry(["ana", "ben"], &[&words[..], QUIET].concat()));
        // It claims that nobody needs time to decide, so that its dates can be soon.
        let now = clock::now();
        let dates = [15, 20, 25].map(|secs| now + Span::from_secs(secs));
        let file = self.forged(&["--touches", "logistics/work"], |matter| {
            matter["parts"][0]["window"] = "0s".into();
            matter["by"] = json!(dates);
        });
        let late = ["propose", "--title", "Late", "--why", "W", "--effects", &file];
        let late = opened(&self.finance.carry(["ana", "ben"], &late));
        (self.quiet, self.late, self.end) = (quiet, late, dates[2]);
    }

    /// A file with the opening of a matter in which something is written otherwise than the node drafted it.
    fn forged(&self, touches: &[&str], change: impl FnOnce(&mut Value)) -> String {
        let words = ["--as", "ana", "matter", "open", "--dry-run", "--title", "Loud", "--text", "T", "--why", "W"];
        let mut drafted: Value = self.finance.home.json(&[&words[..], touches].concat());
        change(&mut drafted["effects"][0]["open_matter"]["matter"]);
        let effects = json!({"effects": drafted["effects"]});
        self.finance.home.write("forged.toml", &toml::to_string(&effects).unwrap())
    }

    /// Proposes a matter in which something is written otherwise, which must be refused and change nothing.
    #[track_caller]
    fn forges(&self, touches: &[&str], change: impl FnOnce(&mut Value)) -> Refused {
        let file = self.forged(touches, change);
        self.refused(&["--as", "ana", "propose", "--title", "Loud", "--why", "W", "--effects", &file])
    }

    /// Proposes in the charter domain of finance, so that no rival is in the way.
    #[track_caller]
    fn forges_own(&self, change: impl FnOnce(&mut Value)) -> Refused {
        self.forges(&["--agree", "finance/charter=Loud.", "--touches", "logistics/charter"], change)
    }

    #[track_caller]
    fn opens(&self, touches: &[&str]) -> Refused {
        let words = ["--as", "ana", "matter", "open", "--title", "Loud", "--text", "T", "--why", "W"];
        self.refused(&[&words[..], touches].concat())
    }

    /// Runs a command that must be refused and propose nothing.
    #[track_caller]
    fn refused(&self, args: &[&str]) -> Refused {
        let before = self.state();
        let refused = Refused::of(&self.finance.home.moot(&[&["--json"], args].concat()));
        assert_eq!(self.state(), before, "{}", refused.message);
        refused
    }

    /// What nothing of this may change; seals and evidence come by themselves.
    fn state(&self) -> Vec<String> {
        let api = self.finance.home.api();
        let proposals: Vec<ProposalView> = api.get("/v1/proposals").unwrap();
        let matters: Vec<MatterView> = api.get("/v1/matters").unwrap();
        let said = matters.iter().flat_map(|view| view.stances.iter().map(move |stance| (view, stance)));
        let said = said.map(|(view, stance)| format!("{} {} {}", view.matter, stance.group, stance.stance));
        proposals.iter().map(|view| format!("{} {}", view.proposal, view.state)).chain(said).collect()
    }
}

fn own<'a>(matter: &'a mut Value, domain: &str) -> &'a mut Value {
    let parts = matter["parts"].as_array_mut().expect("a list of parts");
    let is = |part: &&mut Value| part["domains"][0] == domain && part.get("effects").is_some();
    parts.iter_mut().find(is).expect("finance has a part with effects")
}

const ROWS: &[Row<Street>] = &[
    Row {
        name: "a matter that touches nobody",
        attempt: |street| street.opens(&[]),
        kind: "input",
        says: ["names no affected group", "the matter", "--touches GROUP/DOMAIN"],
    },
    Row {
        name: "a matter without parts, by another program",
        attempt: |street| street.forges(&["--touches", "logistics/work"], |matter| matter["parts"] = json!([])),
        kind: "conflict",
        says: ["it names no affected group", "the opening of a matter cannot be carried out", "needs no matter"],
    },
    Row {
        name: "a matter with a group that is not there",
        attempt: |street| street.opens(&["--touches", "bakery/work"]),
        kind: "not-found",
        says: ["there is no group 'bakery'", "in 'street'", "it has finance, logistics"],
    },
    Row {
        name: "a matter over a domain that is not there",
        attempt: |street| street.opens(&["--touches", "logistics/dreams"]),
        kind: "not-found",
        says: ["there is no domain 'dreams'", "in 'logistics'", "it has charter, work"],
    },
    Row {
        name: "a matter that the group would decide in a domain that it does not have",
        attempt: |street| street.opens(&["--touches", "logistics/charter", "--domain", "nothing", "--dry-run"]),
        kind: "not-found",
        says: ["there is no domain 'nothing'", "in 'finance'", "it has charter, work"],
    },
    Row {
        name: "a matter of a group that belongs to no federation",
        attempt: |street| {
            let words = ["--as", "kim", "matter", "open", "--title", "Loud", "--text", "T", "--why", "W"];
            street.refused(&[&words[..], &["--touches", "finance/work"]].concat())
        },
        kind: "conflict",
        says: ["belongs to no federation", "'garden'", "moot federation found"],
    },
    Row {
        name: "a matter whose levels are over too soon",
        attempt: |street| street.opens(&["--touches", "logistics/work", "--by", "+1h,+2h,+3h"]),
        kind: "conflict",
        says: ["must have time for the news and the longest window", "level 1", "at least"],
    },
    Row {
        name: "a matter that touches only the group that opens it",
        attempt: |street| street.opens(&["--touches", "finance/charter", "--dry-run"]),
        kind: "conflict",
        says: ["it touches no other group", "the opening of a matter", "moot propose"],
    },
    Row {
        name: "a mediator by a role that is not there",
        attempt: |street| street.opens(&["--touches", "logistics/charter", "--mediator", "finance/peacemaker"]),
        kind: "not-found",
        says: ["there is no role 'peacemaker'", "in 'finance'", "moot charter show"],
    },
    Row {
        name: "a mediator of a group that is affected",
        attempt: |street| street.opens(&["--touches", "logistics/charter", "--mediator", "logistics/peacemaker"]),
        kind: "conflict",
        says: ["'logistics' is affected by the matter", "whom it does not touch", "--mediator GROUP/ROLE"],
    },
    Row {
        name: "a matter by another version of the agreement",
        attempt: |street| street.forges_own(|matter| matter["version"] = format!("h{:064x}", 1).into()),
        kind: "conflict",
        says: ["another version of the agreement is named", "the opening of a matter", "the group consented to"],
    },
    Row {
        name: "a rival of a matter to which the group has consented",
        attempt: |street| street.opens(QUIET),
        kind: "conflict",
        says: ["has consented to its rival m", "(Quiet hours)", "moot matter show m"],
    },
    Row {
        name: "a matter that claims a domain to be ceded",
        attempt: |street| street.forges_own(|matter| own(matter, "charter")["ceded"] = true.into()),
        kind: "conflict",
        says: ["its domains were not all ceded to the federation", "at entry", "the matter says otherwise"],
    },
    Row {
        name: "a matter by a charter that is not there yet",
        attempt: |street| street.forges_own(|matter| own(matter, "charter")["head"] = 9999.into()),
        kind: "conflict",
        says: ["the group has no entry 9999 yet", "by whose charter", "moot propose --help"],
    },
    Row {
        name: "a matter that changes what the touched domain does not govern",
        attempt: |street| {
            street.forges_own(|matter| own(matter, "charter")["effects"][0]["text"]["domain"] = "work".into())
        },
        kind: "conflict",
        says: ["the text agreement is governed by 'work'", "which the matter does not touch", "moot propose --help"],
    },
    Row {
        name: "a matter that moves a group's log",
        attempt: |street| {
            street.forges_own(|matter| {
                let leave = json!({"leave": {"federation": matter["federation"], "from": "2030-01-01"}});
                own(matter, "charter")["effects"] = json!([leave]);
            })
        },
        kind: "conflict",
        says: ["is the group's own to decide", "its part for finance", "leaving of a federation"],
    },
    Row {
        name: "a stance on a matter that is not there",
        attempt: |street| street.refused(&["--as", "ana", "matter", "stance", "mffffffff", "--consent", "--why", "W"]),
        kind: "not-found",
        says: ["there is no matter 'mffffffff'", "here", "moot matter list"],
    },
    Row {
        name: "a second consent",
        attempt: |street| {
            street.refused(&["--as", "ana", "matter", "stance", &street.quiet, "--consent", "--why", "W"])
        },
        kind: "conflict",
        says: ["the group has consented, for good", "the answer to a matter", "moot matter list"],
    },
    Row {
        name: "a stance of a group that has no say",
        attempt: |street| {
            street.refused(&["--as", "kim", "matter", "stance", &street.quiet, "--consent", "--why", "W"])
        },
        kind: "input",
        says: ["'garden' has no say in the matter m", "names finance, logistics", "moot matter show m"],
    },
    Row {
        name: "a stance where the group does not decide it",
        attempt: |street| {
            let stance = json!({"stance": {"domains": ["work"], "matter": street.late, "consents": true}});
            let text = toml::to_string(&json!({"effects": [stance]})).unwrap();
            let file = street.finance.home.write("stance.toml", &text);
            street.refused(&["--as", "ana", "propose", "--title", "Yes", "--why", "W", "--effects", &file])
        },
        kind: "conflict",
        says: ["it touches no domain of this group", "the answer to a matter", "decide in the domain for federations"],
    },
    Row {
        name: "a stance after the date",
        attempt: |street| {
            eventually("the last date is over", || (clock::now() > street.end).then_some(()));
            street.refused(&["--as", "ana", "matter", "stance", &street.late, "--consent", "--why", "W"])
        },
        kind: "conflict",
        says: ["its last date was", "the answer to a matter", "moot matter list"],
    },
    Row {
        name: "asking who decides what nobody here decides",
        attempt: |street| street.refused(&["who", "elephants"]),
        kind: "input",
        says: ["no domain, role or resource", "is about 'elephants'", "moot charter show"],
    },
];

#[test]
fn no_matter_of_these_is_opened_and_no_stance_taken() {
    judge(ROWS, &mut Street::new());
}
