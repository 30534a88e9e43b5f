//! A federation in a larger one, by nodes as real processes: a matter of the town comes down to the groups of a street
//! by the mandates of their liaisons in the union, and back up.

use folkmoot_node::{
    clock,
    config::Home as Folder,
    control::view::{AgreementView, FederationView, HeadView, InboxItem, MatterView, ProposalView},
};
use folkmoot_protocol::time::Span;
use folkmoot_tests::harness::{GROUPS, Home, Output, Panel, Seat, eventually};
use serde_json::{Value, json};

/// The groups of the town beside the union, both on one node.
const HARBOUR: (&str, [&str; 2]) = ("harbour", ["otto", "pia"]);
const MILL: (&str, [&str; 2]) = ("mill", ["rosa", "sven"]);

/// Founded by uma alone: the seats are empty until the groups of the street send somebody.
const UNION: &str = r#"
name = "union"
purpose = "To speak for the street in the town."

[members]
uma = {}

[domains.charter]
purpose = "The charter."
people_only = true
rule = { consent = { closing = "1d", minimum = "0s", quorum = "1/1" } }
[domains.work]
purpose = "What the street does for the town."
rule = { consent = { closing = "1d", minimum = "0s", quorum = "1/1" } }
"#;

/// The street with its three groups and a witness, which hosts the union; and the town of union, harbour and mill.
struct Nested {
    street: Panel,
    town: Seat,
    union: String,
}

impl Nested {
    fn found() -> Self {
        let street = Panel::found_with_news("", "60s");
        street.is_one("the street exists", |federation| federation.exists);
        let host = &street.seats[3];
        host.home.id("uma");
        let seats: String = GROUPS
            .iter()
            .zip(&street.groups)
            .map(|((name, _), id)| format!("[members.{name}]\nfor = {{ group = \"{id}\", role = \"envoy\" }}\n"))
            .collect();
        let file = host.home.write("union.toml", &(UNION.to_owned() + &seats));
        let founded: Value = host.home.json(&["--as", "uma", "group", "found", &file]);
        let union = founded["group"].as_str().expect("a group has an id").to_owned();
        let this = Self { town: Seat::start("epsilon"), street, union };
        this.found_town();
        this.send_liaisons();
        this
    }

    fn host(&self) -> &Seat {
        &self.street.seats[3]
    }

    /// The nodes of the town: none of the street belongs to it but the one that hosts the union.
    fn found_town(&self) {
        let (host, town) = (self.host(), &self.town);
        let group = |log: &str, seat: &Seat| json!({"log": log, "node": seat.id});
        let seat = |seat: &Seat| json!({"node": seat.id, "addresses": seat.addresses});
        let [harbour, mill] = [HARBOUR, MILL].map(|(name, members)| town.found_group(name, members));
        let agreement = json!({
            "name": "town", "purpose": "Sharing a quay.",
            "timing": {"news": "60s", "skew": "1s", "notes": "100ms", "notice": "3s"},
            "groups": {"union": group(&self.union, host), "harbour": group(&harbour, town), "mill": group(&mill, town)},
            "panel": {"delta": seat(host), "epsilon": seat(town)},
        });
        let file = town.home.write("town.toml", &toml::to_string(&agreement).unwrap());
        let found = |name| ["federation", "found", &file, "--why", "Together.", "--group", name];
        for (name, members) in [HARBOUR, MILL] {
            town.carry(members, &found(name));
        }
        let proposed: ProposalView = host.home.json(&[&["--as", "uma"], &found("union")[..]].concat());
        assert_eq!(proposed.state, "passed", "nobody but uma is there yet");
        for seat in [host, town] {
            eventually("the town exists", || {
                let known: Vec<FederationView> = seat.home.json(&["federation", "show"]);
                known.into_iter().find(|one| one.name == "town" && one.exists)
            });
        }
    }

    /// Each group of the street sends its first member; then uma's work is done.
    fn send_liaisons(&self) {
        let host = self.host();
        let follow = ["--as", "uma", "liaison", "follow", "riverside", "--group", "union", "--why", "They speak here."];
        assert_eq!(host.home.json::<ProposalView>(&follow).state, "passed");
        for (at, (name, [first, _])) in GROUPS.iter().enumerate() {
            let (from, until) = (clock::now(), clock::now() + Span::from_days(90));
            let role = json!({"set_role": {
                "name": "envoy", "purpose": "Speaks for us", "holders": [{"member": first, "from": from, "until": until}],
                "represents": {"group": self.union, "mandated_in": "work"},
            }});
            let file =
                self.street.seats[at].home.write("role.toml", &toml::to_string(&json!({"effects": [role]})).unwrap());
            self.street.carry(at, &["propose", "--title", "An envoy", "--why", "Together.", "--effects", &file]);
            eventually(format!("the union hears of {first}"), || {
                (self.speaks_for(at).as_deref() == Some(*name)).then_some(())
            });
        }
        let file = host.home.write("leave.toml", "[[effects]]\ndrop_member = { member = \"uma\" }\n");
        let leave = ["--as", "uma", "propose", "--group", "union", "--title", "Uma goes", "--why", "You are here."];
        let proposed: ProposalView = host.home.json(&[&leave[..], &["--effects", &file]].concat());
        assert_eq!(proposed.waiting_for, ["assembly", "finance", "logistics"]);
        self.answer(&proposed.proposal);
    }

    /// For whom the liaison of a group speaks in the union.
    fn speaks_for(&self, at: usize) -> Option<String> {
        let shown: Value = self.street.seats[at].home.json(&["id", "show", GROUPS[at].1[0]]);
        let key = shown["key"].as_str().expect("a key");
        let path = format!("/v1/groups/{}/head?key={key}", self.union);
        self.host().home.api().get::<HeadView>(&path).ok()?.member
    }

    /// Runs a command as the liaison of a group, whose key is at home, on the node of the union.
    fn as_liaison(&self, at: usize, args: &[&str]) -> Output {
        let socket = Folder::new(self.host().home.path()).socket();
        let there = ["--as", GROUPS[at].1[0], "--node", socket.to_str().expect("a path in words")];
        self.street.seats[at].home.moot(&[&there[..], args].concat())
    }

    /// The union decides: each group of the street reads on its own node what it is asked, decides a mandate there, and
    /// its liaison answers on the node of the union.
    fn answer(&self, id: &str) {
        for (at, (name, [first, second])) in GROUPS.iter().enumerate() {
            let here = &self.street.seats[at].home;
            let asks = |item: &InboxItem| item.kind == "mandate" && item.proposal.as_deref() == Some(id);
            eventually(format!("{second} is asked what the liaison answers"), || item(here, second, asks));
            let words = here.moot(&["show", id]).words();
            let next = format!("moot liaison mandate {} agree|aside|object|abstain, as {name}/work decides", &id[..9]);
            assert!(words.contains(&next), "{words}");
            let refused = self.as_liaison(at, &["--json", "agree", id]).problem();
            assert!(refused.message.contains("bound to what its group decided"), "{}", refused.message);

            self.street.carry(at, &["liaison", "mandate", id, "agree", "--why", "It is right."]);
            // She reads at home that it is for her to sign now, and where.
            let signs = |item: &InboxItem| item.kind == "respond" && item.proposal.as_deref() == Some(id);
            let told = eventually(format!("{first} reads what to answer"), || item(here, first, signs));
            assert!(told.what.contains("answer as your group decided: agree"), "{told:?}");
            assert!(told.what.contains("sign it on the node that hosts union"), "{told:?}");
            let refused = here.refused(&["--as", first, "agree", id]);
            assert!(refused.message.contains("signs on the node that hosts it"), "{}", refused.message);
            self.as_liaison(at, &["agree", id]).words();
        }
        let view: ProposalView = self.host().home.api().get(&format!("/v1/proposals/{id}")).unwrap();
        assert_eq!(view.state, "passed", "{view:?}");
    }

    /// Harbour opens a matter of the town for itself and the union, and the union learns of it.
    fn opens(&self) -> String {
        let open = "matter open --group harbour --title Quiet --why Complaints.";
        let open: Vec<&str> = open.split(' ').collect();
        let words = ["--text", "The quay sleeps from ten to six."];
        let parts = ["--agree", "harbour/work=No ship unloads after ten", "--agree", "union/work=No van after ten"];
        let opened = self.town.carry(HARBOUR.1, &[&open[..], &words, &parts].concat());
        let view: ProposalView = self.town.home.api().get(&format!("/v1/proposals/{opened}")).unwrap();
        let [id] = view.matters.as_slice() else { panic!("{view:?}") };
        eventually("the union is asked", || {
            matter(self.host(), id).filter(|view| view.counts && view.waits_for == ["union"])
        });
        id.clone()
    }

    /// Every member of the street reads at home why the union is asked, though its node does not belong to the town.
    fn is_read_at_home(&self, upper: &str) {
        for (at, (_, [first, second])) in GROUPS.iter().enumerate() {
            let here = &self.street.seats[at].home;
            let asked = |item: &InboxItem| item.kind == "matter" && item.matter.as_deref() == Some(upper);
            let told = eventually(format!("{first} reads what the union is asked"), || item(here, first, asked));
            assert!(told.what.contains("of harbour waits for union's stance until"), "{told:?}");
            assert!(item(here, second, asked).is_none(), "{second} does not speak in the union");
            for command in [&["matter", "show", upper][..], &["show", upper], &["why", upper]] {
                let words = here.moot(command).words();
                for part in ["of harbour in 'town'", "as the log of union tells", "The quay sleeps", "No van after ten"]
                {
                    assert!(words.contains(part), "{part}: {words}");
                }
            }
        }
    }

    /// What the town sees of the result, and how the way down shows in it.
    fn is_enacted_in_town(&self, upper: &str, stance: &str) {
        for seat in [self.host(), &self.town] {
            eventually("the matter of the town is adopted and enacted by both", || {
                let view = matter(seat, upper)?;
                let sealed = view.stances.iter().filter(|stance| stance.enacted.as_ref().is_some_and(|is| is.sealed));
                (view.state == "adopted" && view.level == Some(1) && sealed.count() == 2).then_some(())
            });
            let list: Vec<MatterView> = seat.home.json(&["matter", "list"]);
            assert!(matches!(list.as_slice(), [one] if one.matter == upper), "{list:?}");
            let why: Value = seat.home.json(&["why", upper]);
            let replayed = why["recomputed"].as_array().expect("a list");
            assert!(replayed.len() == 2 && replayed.iter().all(|one| one["same"] == true), "{why}");
            let why: Value = seat.home.json(&["why", stance]);
            let chain = why["chain"].as_array().expect("a list");
            let mandates = chain.iter().filter_map(|link| link["what"].as_str()?.strip_prefix("cites that g"));
            assert_eq!(mandates.filter(|what| what.ends_with("what its 'envoy' answers: agree")).count(), 3, "{why}");
        }
        let words = self.host().home.moot(&["matter", "show", upper]).words();
        assert!(words.contains("union in work: consents"), "{words}");
    }

    /// Every node holds the logs that are for its eyes and no others, and makes the same of them.
    fn sees_its_own(&self) {
        let street = ["assembly", "finance", "logistics", "union"];
        let town = ["harbour", "mill", "union"];
        let both = ["assembly", "finance", "harbour", "logistics", "mill", "union"];
        let sees = self.street.seats[..3].iter().map(|seat| (seat, &street[..]));
        for (seat, sees) in sees.chain([(self.host(), &both[..]), (&self.town, &town)]) {
            eventually("the log of the union is there", || {
                (seat.groups()["union"].head == self.host().groups()["union"].head).then_some(())
            });
            let held = seat.groups();
            assert_eq!(held.keys().collect::<Vec<_>>(), sees);
            assert_eq!(held["union"].digest, self.host().groups()["union"].digest);
        }
    }
}

fn matter(seat: &Seat, id: &str) -> Option<MatterView> {
    seat.home.api().get(&format!("/v1/matters/{id}")).ok()
}

/// What waits for a member at home, if it is there.
fn item(home: &Home, member: &str, is: impl Fn(&InboxItem) -> bool) -> Option<InboxItem> {
    home.json::<Vec<InboxItem>>(&["--as", member, "inbox"]).into_iter().find(is)
}

#[test]
fn a_matter_of_the_town_comes_down_to_the_street_and_back_up() {
    let nested = Nested::found();
    let upper = nested.opens();
    nested.is_read_at_home(&upper);

    // The liaison of finance proposes the union's stance; what she files is no answer of hers.
    nested.as_liaison(0, &["matter", "stance", &upper, "--consent", "--why", "We sleep there too."]).words();
    let stance = eventually("the union has a proposal", || {
        matter(nested.host(), &upper)?.stances.into_iter().find_map(|stance| stance.open)
    });
    let here = &nested.street.seats[1].home;
    let asks = |item: &InboxItem| item.kind == "mandate" && item.what.contains(&format!("show {}", &upper[..9]));
    eventually("emil is pointed to the matter", || item(here, "emil", asks));
    let why = here.moot(&["why", &stance.proposal]).words();
    assert!(why.contains("The quay sleeps from ten to six."), "{why}");
    nested.answer(&stance.proposal);
    nested.is_enacted_in_town(&upper, &stance.proposal);
    nested.sees_its_own();
    // By whom the union's log is sealed nobody can tell who does not know the town.
    let why = here.moot(&["why", &stance.proposal]).words();
    assert!(why.contains("the panel of the group's federation is not either"), "{why}");
    let shown = here.moot(&["group", "show", "union"]).words();
    assert!(shown.contains("sealed by a panel that is not known here"), "{shown}");

    // It takes effect where the domain lives, by a matter of the street that names the upper one.
    let street = &nested.street;
    let text = format!("No van to the quay after ten, as {} says.", &upper[..17]);
    let mut open = vec!["matter", "open", "--group", "finance", "--title", "Vans", "--why", "W", "--text", &text];
    let agreed = ["finance", "logistics", "assembly"].map(|name| format!("{name}/work=No van after ten"));
    agreed.iter().for_each(|agree| open.extend(["--agree", agree]));
    let opened = street.carry(0, &open);
    let view: ProposalView = street.seats[0].home.api().get(&format!("/v1/proposals/{opened}")).unwrap();
    let lower = &view.matters[0];
    street.everywhere("the street sees it", |seat| matter(seat, lower).is_some_and(|view| view.counts));
    for at in [1, 2] {
        let known = |item: &InboxItem| item.kind == "matter" && item.matter.as_ref() == Some(lower);
        eventually("the group is asked", || item(&street.seats[at].home, GROUPS[at].1[1], known));
        street.carry(at, &["matter", "stance", lower, "--consent", "--why", "The town asks for it."]);
    }
    street.everywhere("the matter of the street is enacted by all", |seat| {
        matter(seat, lower).is_some_and(|view| {
            view.state == "adopted" && view.stances.iter().filter(|stance| stance.enacted.is_some()).count() == 3
        })
    });
    let in_force: Vec<AgreementView> = street.seats[2].home.api().get("/v1/agreements?group=logistics").unwrap();
    assert!(matches!(in_force.as_slice(), [one] if one.text == "No van after ten"), "{in_force:?}");
    assert!(matter(&nested.town, lower).is_none(), "the town sees nothing of the street");
}
