//! Ranked ballots, nominations and recall by commands: what members type, and what they see.

use folkmoot_node::control::view::{InboxItem, ProposalView};
use folkmoot_tests::harness::{Home, NodeProcess};

const CHARTER: &str = r#"
name = "club"
purpose = "To play."

[members.ana]
[members.ben]
[members.cleo]

[roles.host]
purpose = "Opens the door."
filled_in = "hosts"

[domains.charter]
purpose = "The charter."
people_only = true
rule = { consent = { closing = "7d", minimum = "0s", quorum = "1/1" } }
[domains.games]
purpose = "What we play."
rule = { ranked = { closing = "7d", minimum = "0s", quorum = "2/3", count = { method = "schulze", unranked = "last" } } }
[domains.hosts]
purpose = "Who opens the door."
rule = { consent = { closing = "7d", minimum = "0s", quorum = "1/3" } }
"#;

struct Club {
    home: Home,
    _node: NodeProcess,
}

impl Club {
    fn new() -> Self {
        let home = Home::new();
        let node = home.node();
        ["ana", "ben", "cleo"].iter().for_each(|name| drop(home.id(name)));
        let charter = home.write("club.toml", CHARTER);
        home.moot(&["--as", "ana", "group", "found", &charter]).words();
        Self { home, _node: node }
    }

    #[track_caller]
    fn act(&self, who: &str, args: &[&str]) -> ProposalView {
        self.home.json(&[&["--as", who], args].concat())
    }

    fn words(&self, args: &[&str]) -> String {
        self.home.moot(args).words()
    }

    fn waits(&self, who: &str) -> Vec<String> {
        let items: Vec<InboxItem> = self.home.json(&["--as", who, "inbox"]);
        items.into_iter().map(|item| item.kind).collect()
    }
}

#[test]
fn options_are_proposed_ranked_withdrawn_and_counted() {
    let club = Club::new();
    let options = ["--option", "chess=Chess on Mondays.", "--option", "go=Go on Mondays.", "--option", "nothing"];
    let propose = ["propose", "--domain", "games", "--title", "A game", "--why", "We are bored."];
    let id = club.act("ana", &[&propose[..], &options].concat()).proposal;
    assert_eq!((club.waits("ana"), club.waits("ben")), (vec!["rank".to_owned()], vec!["rank".to_owned()]));
    let shown = club.words(&["show", &id]);
    assert!(shown.contains("nothing: leaves things as they are") && shown.contains("Next: moot rank"), "{shown}");

    club.act("ana", &["rank", &id, "nothing", "go"]);
    club.act("ben", &["rank", &id, "chess,go", "nothing"]);
    let refused = club.home.refused(&["--as", "ben", "object", &id, "--why", "I dislike counts."]);
    assert!(refused.message.contains("moot rank"), "{}", refused.message);
    club.act("ana", &["withdraw", &id, "--option", "nothing"]);
    let view = club.act("cleo", &["rank", &id, "go", "--why", "It is old."]);
    assert_eq!(view.state, "passed", "all have voted");

    let count = view.domains[0].count.as_ref().unwrap();
    assert_eq!((count.winners.as_slice(), count.decided), (&["go".to_owned()][..], true));
    let why = club.words(&["why", &id]);
    for part in ["rank: ana, ben, cleo", "go won; 3 voted", "Won: go", "chess = go, nothing", "withdrawn by ana"] {
        assert!(why.contains(part), "{part}\n{why}");
    }
    let agreements = club.words(&["review"]);
    assert!(agreements.contains("Go on Mondays.") && !agreements.contains("Chess"), "{agreements}");
}

#[test]
fn a_role_is_filled_after_nominations_and_its_holder_recalled() {
    let club = Club::new();
    let fill = ["propose", "--seat", "host", "--until", "+90d", "--title", "A host", "--why", "The door is shut."];
    let id = club.act("ana", &fill).proposal;
    assert_eq!(club.waits("ben"), ["nominate"]);
    let refused = club.home.refused(&["--as", "ben", "agree", &id]);
    assert!(refused.message.contains("moot nominate"), "{}", refused.message);
    club.act("ben", &["nominate", &id, "cleo", "--why", "She lives there."]);
    assert!(club.waits("ben").is_empty());
    let shown = club.words(&["show", &id]);
    assert!(shown.contains("cleo by ben: She lives there."), "{shown}");

    let seat = ["amend", &id, "--seat", "host", "--until", "+90d", "--member"];
    let refused = club.home.refused(&[&["--as", "ana"], &seat[..], &["ben", "--why", "He has time."]].concat());
    assert!(refused.message.contains("nobody nominates 'ben'"), "{}", refused.message);
    club.act("ana", &[&seat[..], &["cleo", "--why", "She lives there."]].concat());
    club.act("ben", &["agree", &id]);
    assert_eq!(club.act("cleo", &["agree", &id]).state, "passed");

    let recall = ["propose", "--unseat", "host", "--member", "cleo", "--title", "No host", "--why", "She moved."];
    let id = club.act("ana", &recall).proposal;
    let refused = club.home.refused(&["--as", "cleo", "object", &id, "--why", "I did not."]);
    assert!(refused.message.contains("not eligible"), "{}", refused.message);
    assert_eq!(club.act("ben", &["agree", &id]).state, "passed");
    assert!(club.words(&["charter", "show", "club"]).contains("host"));
}
