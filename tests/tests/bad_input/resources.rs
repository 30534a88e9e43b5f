//! Resources that cannot be asked for, promised or given up so: two groups on two nodes, and one group beside them.

use folkmoot_node::{
    clock,
    control::view::{DealView, FederationView, ProposalView, ResourceView},
};
use folkmoot_protocol::time::{Span, Timestamp};
use folkmoot_tests::harness::{Seat, eventually};
use serde_json::{Value, json};

use super::row::{Refused, Row, judge};

/// Logistics stewards a hall, and money.
pub(super) const SHARED: &str = r#"
[resources.hall]
purpose = "To meet in."
unit = "hall"
domain = "work"
kind = { slots = { horizon = "90d" } }
capacity = 1
[resources.money]
purpose = "To share."
unit = "cent"
domain = "work"
kind = "stock"
capacity = 1000
"#;

struct Yard {
    finance: Seat,
    logistics: Seat,
    /// Finance asks for an evening, and logistics has not answered.
    asked: String,
    /// Finance was promised another evening.
    taken: String,
    /// Finance asked, and nobody answered in time.
    late: String,
    /// Finance asks for an evening, and lets logistics answer longer than it may hold.
    far: String,
}

impl Yard {
    fn new() -> Self {
        let (finance, logistics) = (Seat::start("finance"), Seat::start("logistics"));
        let groups = [
            finance.found_group("finance", ["ana", "ben"]),
            logistics.found_group_with("logistics", ["dora", "emil"], SHARED),
        ];
        let group = |at: usize, seat: &Seat| json!({"log": groups[at], "node": seat.id});
        let seat = |seat: &Seat| json!({"node": seat.id, "addresses": seat.addresses});
        let agreement = json!({
            "name": "yard", "purpose": "To share a yard.",
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
        let mut yard =
            Self { finance, logistics, asked: none.clone(), taken: none.clone(), late: none.clone(), far: none };
        yard.asked = yard.carried("Asked", &hall(1, 7), &[]);
        yard.taken = yard.carried("Taken", &hall(1, 8), &[]);
        let by = (clock::now() + Span::from_secs(8)).to_string();
        yard.far = yard.carried("Far", &hall(1, 30), &["--by", "+20d", "--anyway"]);
        yard.late = yard.carried("Late", &hall(1, 9), &["--by", &by]);
        yard.logistics.carry(["dora", "emil"], &["resource", "accept", &yard.taken, "--why", "W"]);
        yard.comes("it is in force", &yard.taken, "in force");
        yard.comes("its time is over", &yard.late, "lapsed");
        yard
    }

    /// Lets finance ask, and gives back the terms once logistics knows of them.
    fn carried(&self, title: &str, ask: &str, more: &[&str]) -> String {
        let words = ["resource", "request", ask, "--title", title, "--why", "W"];
        self.finance.carry(["ana", "ben"], &[&words[..], more].concat());
        let known: Vec<DealView> = self.finance.home.api().get("/v1/deals?group=finance").unwrap();
        let id = known.into_iter().find(|view| view.title == title).expect("it was stated").terms;
        eventually("logistics knows of the terms", || {
            let inbox: Vec<folkmoot_node::control::view::InboxItem> =
                self.logistics.home.json(&["--as", "dora", "inbox"]);
            inbox.iter().any(|item| item.terms.as_ref() == Some(&id)).then_some(())
        });
        id
    }

    fn comes(&self, what: &str, id: &str, state: &str) {
        for seat in [&self.finance, &self.logistics] {
            eventually(what, || {
                let view: Option<DealView> = seat.home.api().get(&format!("/v1/deals/{id}")).ok();
                view.is_some_and(|view| view.state == state).then_some(())
            });
        }
    }

    #[track_caller]
    fn asks(&self, ask: &str, more: &[&str]) -> Refused {
        let words = ["--as", "ana", "resource", "request", ask, "--title", "T", "--why", "W"];
        self.refused(&self.finance, &[&words[..], more].concat())
    }

    #[track_caller]
    fn answers(&self, answer: &str, id: &str, more: &[&str]) -> Refused {
        let words = ["--as", "dora", "resource", answer, id, "--why", "W"];
        self.refused(&self.logistics, &[&words[..], more].concat())
    }

    /// Proposes effects in which something is written otherwise than the node drafted it.
    #[track_caller]
    fn proposes(&self, drafted: &Value) -> Refused {
        let effects = toml::to_string(&json!({"effects": drafted["effects"]})).unwrap();
        let file = self.finance.home.write("forged.toml", &effects);
        self.refused(&self.finance, &["--as", "ana", "propose", "--title", "T", "--why", "W", "--effects", &file])
    }

    /// Opens a matter that settles what finance asked for, in which something is written otherwise than the node drafts it.
    #[track_caller]
    fn settles(&self, more: &[&str], change: impl FnOnce(&mut Value)) -> Refused {
        let words =
            ["--as", "ana", "matter", "open", "--about", &self.asked, "--settle", "--title", "T", "--text", "X"];
        let words = [&words[..], &["--dry-run", "--why", "W"], more].concat();
        if !more.is_empty() {
            return self.refused(&self.finance, &words);
        }
        let mut drafted: Value = self.finance.home.json(&words);
        change(&mut drafted["effects"][0]["open_matter"]["matter"]);
        self.proposes(&drafted)
    }

    /// Runs a command that must be refused and propose nothing.
    #[track_caller]
    fn refused(&self, seat: &Seat, args: &[&str]) -> Refused {
        let before = self.state();
        let refused = Refused::of(&seat.home.moot(&[&["--json"], args].concat()));
        assert_eq!(self.state(), before, "{}", refused.message);
        refused
    }

    /// What nothing of this may change; seals and evidence come by themselves.
    fn state(&self) -> Vec<String> {
        let state = |seat: &Seat| -> Vec<String> {
            let api = seat.home.api();
            let proposals: Vec<ProposalView> = api.get("/v1/proposals?group=finance").unwrap();
            let own: Vec<ProposalView> = api.get("/v1/proposals?group=logistics").unwrap();
            let deals: Vec<DealView> = api.get("/v1/deals").unwrap();
            let halls: Vec<ResourceView> = api.get("/v1/resources").unwrap();
            let proposals = proposals.iter().chain(&own).map(|view| format!("{} {}", view.proposal, view.state));
            let deals = deals.iter().map(|view| format!("{} {}", view.terms, view.state));
            let halls = halls.iter().map(|view| format!("{} {} {}", view.name, view.capacity, view.promises.len()));
            proposals.chain(deals).chain(halls).collect()
        };
        [state(&self.finance), state(&self.logistics)].concat()
    }
}

/// So many halls of logistics on the evening of so many days from now.
fn hall(amount: u64, days: u64) -> String {
    let day = (clock::now() + Span::from_days(days)).to_string()[..10].to_owned();
    format!("logistics/hall={amount}@{day}T19:00:00Z..{day}T23:00:00Z")
}

fn after(span: Span) -> String {
    let at: Timestamp = clock::now() + span;
    at.to_string()
}

const ROWS: &[Row<Yard>] = &[
    Row {
        name: "a request over the capacity",
        attempt: |yard| yard.asks(&hall(2, 10), &[]),
        kind: "input",
        says: ["1 too few from", "of 'hall'", "ask for less"],
    },
    Row {
        name: "a request of more money than there is",
        attempt: |yard| yard.asks("logistics/money=1250 cents", &[]),
        kind: "input",
        says: ["250 too few", "of 'money'", "--anyway"],
    },
    Row {
        name: "a request for a slot that overlaps one that is taken",
        attempt: |yard| {
            let day = (clock::now() + Span::from_days(8)).to_string()[..10].to_owned();
            yard.asks(&format!("logistics/hall=1@{day}T22:00:00Z..{day}T23:30:00Z"), &[])
        },
        kind: "input",
        says: ["1 too few from", "1 hall from", "--anyway"],
    },
    Row {
        name: "a request for a time that is over",
        attempt: |yard| yard.asks("logistics/hall=1@2020-01-01..2020-01-02", &["--anyway"]),
        kind: "conflict",
        says: ["is over: name a later one", "the time that they ask for", "from 2020-01-01"],
    },
    Row {
        name: "a request that waits longer than what it asks for lasts",
        attempt: |yard| yard.asks(&hall(1, 10), &["--by", "+12d", "--anyway"]),
        kind: "conflict",
        says: ["lies after the time that they ask for", "their deadline", "name one up to"],
    },
    Row {
        name: "a request for a time too far ahead",
        attempt: |yard| yard.asks(&hall(1, 200), &[]),
        kind: "input",
        says: ["is longer", "'hall' is promised until", "name an earlier end"],
    },
    Row {
        name: "a request in another unit",
        attempt: |yard| yard.asks("logistics/money=3 hours", &[]),
        kind: "malformed",
        says: ["is counted in cent, not in hours", "'money'", "write the amount so"],
    },
    Row {
        name: "a request for a resource that is not there",
        attempt: |yard| yard.asks("logistics/dreams=1", &[]),
        kind: "not-found",
        says: ["there is no resource 'dreams'", "in 'logistics'", "it has hall, money"],
    },
    Row {
        name: "a request whose deadline is over",
        attempt: |yard| yard.asks(&hall(1, 10), &["--by", "2020-01-01"]),
        kind: "conflict",
        says: ["is over", "their deadline", "name a later one"],
    },
    Row {
        name: "a plan of terms that somebody closes who promises nothing",
        attempt: |yard| yard.asks(&hall(1, 10), &["--closer", "finance", "--dry-run"]),
        kind: "conflict",
        says: ["the closer must be one of the stewards", "the terms", "moot resource list"],
    },
    Row {
        name: "an offer of more than the group has, whatever the flags say",
        attempt: |yard| {
            let words =
                ["--as", "dora", "resource", "offer", "money=1250", "--to", "finance", "--anyway", "--why", "W"];
            yard.refused(&yard.logistics, &words)
        },
        kind: "input",
        says: ["250 too few", "of 'money'", "offer less"],
    },
    Row {
        name: "a request of a group that belongs to no federation",
        attempt: |yard| {
            let ask = hall(1, 10);
            yard.refused(&yard.finance, &["--as", "kim", "resource", "request", &ask, "--why", "W"])
        },
        kind: "conflict",
        says: ["belongs to no federation", "'garden'", "moot federation found"],
    },
    Row {
        name: "an acceptance by a stranger",
        attempt: |yard| yard.refused(&yard.finance, &["--as", "kim", "resource", "accept", &yard.asked, "--why", "W"]),
        kind: "input",
        says: ["'garden' is no party to the terms", "between", "moot resource show"],
    },
    Row {
        name: "an acceptance of terms that are not there",
        attempt: |yard| yard.answers("accept", "tffffffff", &[]),
        kind: "not-found",
        says: ["there are no terms 'tffffffff'", "here", "moot resource list"],
    },
    Row {
        name: "an acceptance that holds too short",
        attempt: |yard| yard.answers("accept", &yard.asked, &["--hold", &after(Span::from_secs(60))]),
        kind: "conflict",
        says: ["hold from", "for these terms, not until", "moot resource list"],
    },
    Row {
        name: "an acceptance of terms that need too long a hold",
        attempt: |yard| yard.answers("accept", &yard.far, &[]),
        kind: "conflict",
        says: ["no hold lasts over 14d", "these terms need one until", "name --by before"],
    },
    Row {
        name: "a request for a time that is none",
        attempt: |yard| yard.asks("logistics/hall=1@soon..+8d", &[]),
        kind: "malformed",
        says: ["'soon' is not a date", "write it like 2027-01-31", "+90d from now"],
    },
    Row {
        name: "an acceptance that holds too long",
        attempt: |yard| yard.answers("accept", &yard.asked, &["--hold", &after(Span::from_days(15))]),
        kind: "conflict",
        says: ["hold from", "for these terms, not until", "moot resource list"],
    },
    Row {
        name: "an acceptance past the deadline",
        attempt: |yard| yard.answers("accept", &yard.late, &[]),
        kind: "conflict",
        says: ["they are lapsed since", "the acceptance of terms", "moot resource list"],
    },
    Row {
        name: "a second acceptance",
        attempt: |yard| yard.refused(&yard.finance, &["--as", "ana", "resource", "accept", &yard.asked, "--why", "W"]),
        kind: "conflict",
        says: ["the group has accepted them", "the acceptance of terms", "moot resource list"],
    },
    Row {
        name: "an acceptance of what is in force",
        attempt: |yard| yard.answers("accept", &yard.taken, &[]),
        kind: "conflict",
        says: ["they are in force since", "the acceptance of terms", "moot resource list"],
    },
    Row {
        name: "an acceptance where the steward does not decide it",
        attempt: |yard| {
            let accept = json!({"accept_terms":
                {"domains": ["charter"], "terms": yard.asked, "until": after(Span::from_days(2))}});
            let text = toml::to_string(&json!({"effects": [accept]})).unwrap();
            let file = yard.logistics.home.write("accept.toml", &text);
            yard.refused(
                &yard.logistics,
                &["--as", "dora", "propose", "--title", "Yes", "--why", "W", "--effects", &file],
            )
        },
        kind: "conflict",
        says: ["is for the domains work to decide", "the acceptance of terms", "moot resource list"],
    },
    Row {
        name: "a release of what is not in force",
        attempt: |yard| yard.answers("release", &yard.asked, &[]),
        kind: "conflict",
        says: ["they are not in force", "the release of terms", "moot resource decline"],
    },
    Row {
        name: "more used than is promised",
        attempt: |yard| {
            let words = ["--as", "ana", "resource", "use", &yard.taken, "--amount", "2", "--why", "W"];
            yard.refused(&yard.finance, &words)
        },
        kind: "conflict",
        says: ["not more than is promised", "the use of an allocation", "moot resource list"],
    },
    Row {
        name: "a use of something that the terms do not promise",
        attempt: |yard| {
            let words = ["--as", "ana", "resource", "use", &yard.taken, "--amount", "1", "--of", "barn", "--why", "W"];
            yard.refused(&yard.finance, &words)
        },
        kind: "input",
        says: ["say of what it was used", "--of", "logistics/hall"],
    },
    Row {
        name: "a breach of what is not in force",
        attempt: |yard| yard.answers("breach", &yard.asked, &[]),
        kind: "conflict",
        says: ["they are not in force", "the breach of terms", "moot resource list"],
    },
    Row {
        name: "a renewal by who did not ask",
        attempt: |yard| {
            let words = ["--as", "dora", "resource", "request", "--renew", &yard.taken, "--why", "W"];
            yard.refused(&yard.logistics, &words)
        },
        kind: "malformed",
        says: ["'finance' asked for 'Taken'", "who asked renews it", "moot resource offer"],
    },
    Row {
        name: "a renewal with another amount and no word of what",
        attempt: |yard| {
            let words = ["--as", "ana", "resource", "request", "--renew", &yard.taken, "--amount", "2", "--why", "W"];
            yard.refused(&yard.finance, &words)
        },
        kind: "input",
        says: ["--renew asks for the same", "in the next period", "GROUP/RESOURCE=AMOUNT"],
    },
    Row {
        name: "a request whose deadline is too far away",
        attempt: |yard| yard.asks(&hall(1, 10), &["--by", "+90d", "--anyway"]),
        kind: "conflict",
        says: ["is too far away", "their deadline", "name one up to"],
    },
    Row {
        name: "a grant in a time that is too long",
        attempt: |yard| {
            let grants = ["--grant-share", "1/10", "--grant-per", "60d"];
            let words = [&["--as", "dora", "resource", "set", "hall", "--why", "W"][..], &grants].concat();
            yard.refused(&yard.logistics, &words)
        },
        kind: "malformed",
        says: ["name a time of up to", "resources.hall.grants", "60d"],
    },
    Row {
        name: "a time for grants of which nobody says how much",
        attempt: |yard| {
            let words = ["--as", "dora", "resource", "set", "hall", "--grant-per", "7d", "--why", "W"];
            yard.refused(&yard.logistics, &words)
        },
        kind: "input",
        says: ["say how much is granted", "in that time", "--grant-share 1/10"],
    },
    Row {
        name: "terms by a matter that a group states by itself",
        attempt: |yard| {
            let request = hall(1, 10);
            let words = ["--as", "ana", "resource", "request", &request, "--title", "T", "--dry-run", "--why", "W"];
            let mut drafted: Value = yard.finance.home.json(&words);
            drafted["effects"][0]["terms"]["terms"]["by_matter"] = true.into();
            yard.proposes(&drafted)
        },
        kind: "conflict",
        says: ["accepted by who enacts it", "terms cannot be carried out", "open a matter that settles them"],
    },
    Row {
        name: "a matter that settles terms too late",
        attempt: |yard| yard.settles(&["--by", "+30d,+60d,+90d"], |_| {}),
        kind: "conflict",
        says: ["is too far away", "of the terms that it settles", "name one up to"],
    },
    Row {
        name: "a matter that settles terms after the time that they are about",
        attempt: |yard| yard.settles(&["--by", "+3d,+6d,+9d"], |_| {}),
        kind: "conflict",
        says: ["by this matter the terms may come into force as late as", "'hall' begins at", "--by DATE,DATE,DATE"],
    },
    Row {
        name: "a matter that settles terms which are in force",
        attempt: |yard| {
            let words = ["--as", "ana", "matter", "open", "--about", &yard.taken, "--settle", "--title", "T"];
            yard.refused(&yard.finance, &[&words[..], &["--text", "X", "--dry-run", "--why", "W"]].concat())
        },
        kind: "conflict",
        says: ["is in force", "on which their parties do not agree", "leave --settle out"],
    },
    Row {
        name: "a matter that leaves no time to enact the terms that it settles",
        attempt: |yard| yard.settles(&[], |matter| matter["settles"]["by"] = matter["by"][2].clone()),
        kind: "conflict",
        says: ["must leave time to enact them", "the opening of a matter", "after its last date"],
    },
    Row {
        name: "a matter that settles terms which anybody could answer",
        attempt: |yard| {
            yard.settles(&[], |matter| drop(matter["settles"].as_object_mut().unwrap().remove("by_matter")))
        },
        kind: "conflict",
        says: ["are to be its own", "the opening of a matter", "to counter none"],
    },
    Row {
        name: "a matter that settles terms and leaves a party out",
        attempt: |yard| {
            let change = |matter: &mut Value| {
                let parts = matter["parts"].as_array_mut().unwrap();
                parts.retain(|part| part["domains"][0] == "work");
                matter.as_object_mut().unwrap().remove("about");
            };
            yard.settles(&[], change)
        },
        kind: "conflict",
        says: ["it settles terms with", "the opening of a matter", "and has no part for it"],
    },
    Row {
        name: "a capacity below what is promised",
        attempt: |yard| {
            let words = ["--as", "dora", "resource", "set", "hall", "--capacity", "0", "--why", "W"];
            yard.refused(&yard.logistics, &words)
        },
        kind: "conflict",
        says: ["the capacity cannot be lower", "of 'hall' 1 are promised already", "moot resource list"],
    },
    Row {
        name: "a new resource of which nobody says what it is",
        attempt: |yard| {
            let words = ["--as", "dora", "resource", "set", "barn", "--capacity", "1", "--why", "W"];
            yard.refused(&yard.logistics, &words)
        },
        kind: "input",
        says: ["'barn' is new", "which domain promises it", "--domain NAME"],
    },
];

#[test]
fn nothing_of_these_is_asked_promised_or_given_up() {
    judge(ROWS, &mut Yard::new());
}
