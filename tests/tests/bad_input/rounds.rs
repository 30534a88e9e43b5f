//! Rounds that cannot be opened, and claims that cannot be made: three groups on three nodes.

use folkmoot_node::control::view::{FederationView, ProposalView, ResourceView, RoundView};
use folkmoot_tests::harness::{Panel, Seat, eventually};
use serde_json::json;

use super::{
    resources::SHARED,
    row::{Refused, Row, judge},
};

struct Yard {
    panel: Panel,
    /// Logistics divides money by lot among finance and itself.
    lot: String,
    /// Finance has claimed of it.
    claimed: String,
    /// Nobody may claim of it any more.
    late: String,
}

impl Yard {
    fn new() -> Self {
        let panel = Panel::found_with(SHARED);
        panel.is_one("all consents are sealed", |federation: &FederationView| federation.exists);
        panel.everywhere("the other logs are there", |seat| seat.groups().len() == 3);
        let none = String::new();
        let mut yard = Self { panel, lot: none.clone(), claimed: none.clone(), late: none };
        yard.late = yard.opened("Late", &["--rule", "max-min", "--claims-by", "+9s", "--for", "finance"]);
        yard.lot = yard.opened("Lot", &["--rule", "lot-part", "--for", "finance", "--for", "logistics"]);
        yard.claimed = yard.opened("Claimed", &["--rule", "max-min"]);
        yard.panel.carry(0, &["resource", "round", "claim", &yard.claimed, "5", "--why", "W"]);
        eventually("the time for claims is over", || {
            let view: RoundView = yard.finance().home.json(&["resource", "round", "show", &yard.late]);
            (view.state != "open for claims").then_some(())
        });
        yard
    }

    fn finance(&self) -> &Seat {
        &self.panel.seats[0]
    }

    fn logistics(&self) -> &Seat {
        &self.panel.seats[1]
    }

    /// Lets logistics offer 100 of its money, and gives back the round once everybody knows of it.
    fn opened(&self, title: &str, more: &[&str]) -> String {
        let words = ["resource", "round", "open", "money=100", "--title", title, "--why", "W"];
        self.panel.carry(1, &[&words[..], more].concat());
        let known: Vec<RoundView> = self.logistics().home.json(&["resource", "round", "list"]);
        let id = known.into_iter().find(|view| view.title == title).expect("it was opened").round;
        self.panel.everywhere("the groups that may claim know of it", |seat| {
            let known: Vec<RoundView> = seat.home.json(&["resource", "round", "list", "--all"]);
            let view = known.into_iter().find(|view| view.round == id);
            view.is_some_and(|view| view.claimants.iter().all(|claimant| claimant.knows))
        });
        id
    }

    #[track_caller]
    fn opens(&self, offer: &str, more: &[&str]) -> Refused {
        let words = ["--as", "dora", "resource", "round", "open", offer, "--title", "T", "--why", "W"];
        self.refused(self.logistics(), &[&words[..], more].concat())
    }

    #[track_caller]
    fn claims(&self, round: &str, amounts: &[&str]) -> Refused {
        let words = ["--as", "ana", "resource", "round", "claim", round];
        self.refused(self.finance(), &[&words[..], amounts, &["--why", "W"]].concat())
    }

    #[track_caller]
    fn releases(&self, round: &str) -> Refused {
        self.refused(self.finance(), &["--as", "ana", "resource", "round", "release", round, "--why", "W"])
    }

    /// Runs a command that must be refused and propose nothing.
    #[track_caller]
    fn refused(&self, seat: &Seat, args: &[&str]) -> Refused {
        let before = self.state();
        let refused = Refused::of(&seat.home.moot(&[&["--json"], args].concat()));
        assert_eq!(self.state(), before, "{}", refused.message);
        refused
    }

    /// What nothing of this may change; seals, evidence and divisions come by themselves.
    fn state(&self) -> Vec<String> {
        let state = |seat: &Seat| -> Vec<String> {
            let api = seat.home.api();
            let proposals: Vec<ProposalView> = api.get("/v1/proposals").unwrap();
            let rounds: Vec<RoundView> = api.get("/v1/rounds").unwrap();
            let proposals = proposals.iter().map(|view| view.proposal.clone());
            let claims = rounds.iter().map(|view| {
                let claims: Vec<_> = view.claimants.iter().map(|claimant| &claimant.claims).collect();
                format!("{} {claims:?}", view.round)
            });
            proposals.chain(claims).collect()
        };
        let mut state = [state(self.finance()), state(self.logistics())].concat();
        state.sort();
        state
    }
}

const ROWS: &[Row<Yard>] = &[
    Row {
        name: "a round that offers more than there is",
        attempt: |yard| yard.opens("money=1500", &["--rule", "max-min"]),
        kind: "input",
        says: ["too few at any time", "of 'money'", "ask for less"],
    },
    Row {
        name: "a round whose windows are over before it is divided",
        attempt: |yard| yard.opens("hall=1@+1h..+2h", &["--rule", "max-min"]),
        kind: "input",
        says: ["is over before it is divided", "'hall' from", "name a later window"],
    },
    Row {
        name: "a round that leaves no time for claims",
        attempt: |yard| yard.opens("money=1", &["--rule", "max-min", "--claims-by", "+1s"]),
        kind: "input",
        says: ["others hear of it first", "let them claim until", "at least"],
    },
    Row {
        name: "a round without a lot in which somebody would reveal",
        attempt: |yard| yard.opens("money=1", &["--rule", "proportional", "--reveals-by", "+2d"]),
        kind: "input",
        says: ["nothing is revealed", "no lot", "--help"],
    },
    Row {
        name: "a lot with weights",
        attempt: |yard| yard.opens("money=1", &["--rule", "lot-part", "--for", "finance*3"]),
        kind: "input",
        says: ["the weight of", "is 3", "name one from 1 to 1"],
    },
    Row {
        name: "a round that holds for a month",
        attempt: |yard| yard.opens("money=1", &["--rule", "max-min", "--divides-by", "+30d"]),
        kind: "input",
        says: ["divide it between", "not by", "--help"],
    },
    Row {
        name: "a round for a group that is not there",
        attempt: |yard| yard.opens("money=1", &["--rule", "max-min", "--for", "dreamers"]),
        kind: "not-found",
        says: ["there is no group 'dreamers'", "it has", "assembly, finance, logistics"],
    },
    Row {
        name: "a round of a resource that is not there",
        attempt: |yard| yard.opens("dreams=1", &["--rule", "max-min"]),
        kind: "malformed",
        says: ["no resource 'dreams'", "'logistics'", "moot resource list"],
    },
    Row {
        name: "an offer that is written otherwise",
        attempt: |yard| {
            let words = ["--as", "ana", "resource", "round", "open", "money=1@", "--rule", "max-min", "--why", "W"];
            yard.refused(yard.finance(), &words)
        },
        kind: "input",
        says: ["'money=1@'", "RESOURCE=AMOUNT", "@FROM..UNTIL"],
    },
    Row {
        name: "a claim of a round that is not there",
        attempt: |yard| yard.claims("rffffffff", &["1"]),
        kind: "not-found",
        says: ["there is no round 'rffffffff'", "here", "moot resource round list"],
    },
    Row {
        name: "a second claim",
        attempt: |yard| yard.claims(&yard.claimed, &["7"]),
        kind: "conflict",
        says: ["the group has claimed", "one claim each", "moot resource round list"],
    },
    Row {
        name: "a claim of nothing",
        attempt: |yard| yard.claims(&yard.lot, &["0"]),
        kind: "malformed",
        says: ["its amounts are from 0 to", "not all of them 0", "--help"],
    },
    Row {
        name: "a claim of something that is not offered",
        attempt: |yard| yard.claims(&yard.lot, &["hall=1"]),
        kind: "malformed",
        says: ["the round offers no 'hall'", "it offers", "money"],
    },
    Row {
        name: "a claim of more offers than there are",
        attempt: |yard| yard.claims(&yard.lot, &["1", "2"]),
        kind: "malformed",
        says: ["say how much of each", "1 amounts", "of money"],
    },
    Row {
        name: "a share given up before anything is divided",
        attempt: |yard| yard.releases(&yard.claimed),
        kind: "conflict",
        says: ["nothing is divided before", "there is no share yet", "moot resource round list"],
    },
    Row {
        name: "a share of a round of which nothing was claimed",
        attempt: |yard| yard.releases(&yard.late),
        kind: "conflict",
        says: [
            "the group has claimed nothing",
            "the release of a share cannot be carried out",
            "moot resource round list",
        ],
    },
    Row {
        name: "a share of a round that is not there",
        attempt: |yard| yard.releases("rffffffff"),
        kind: "not-found",
        says: ["there is no round 'rffffffff'", "here", "moot resource round list"],
    },
    Row {
        name: "a claim past its date",
        attempt: |yard| yard.claims(&yard.late, &["1"]),
        kind: "conflict",
        says: ["claims come from", "the claim cannot be carried out", "moot resource round list"],
    },
    Row {
        name: "a claim by a group that may not",
        attempt: |yard| {
            let words = ["--as", "hugo", "resource", "round", "claim", &yard.late, "1", "--why", "W"];
            yard.refused(&yard.panel.seats[2], &words)
        },
        kind: "conflict",
        says: ["this log knows no round", "it comes with the evidence", "moot resource round list"],
    },
    Row {
        name: "a claim in a lot without a commitment",
        attempt: |yard| {
            let claim = json!({"claim": {"domains": ["work"], "claim": {"round": yard.lot, "amounts": [1]}}});
            let text = toml::to_string(&json!({"effects": [claim]})).unwrap();
            let file = yard.finance().home.write("claim.toml", &text);
            let words = ["--as", "ana", "propose", "--title", "Claim", "--why", "W", "--effects", &file];
            yard.refused(yard.finance(), &words)
        },
        kind: "conflict",
        says: ["needs a commitment to a secret", "the claim cannot be carried out", "moot resource round list"],
    },
];

#[test]
fn nothing_of_these_is_divided_or_claimed() {
    let mut yard = Yard::new();
    judge(ROWS, &mut yard);
    let left: Vec<ResourceView> = yard.logistics().home.api().get("/v1/resources?group=logistics").unwrap();
    assert!(left.iter().all(|view| view.name != "hall" || view.promises.is_empty()));
}
