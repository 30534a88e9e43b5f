//! What members may not do with proposals, by commands.

use folkmoot_node::{clock, control::view::ProposalView};
use folkmoot_protocol::time::Timestamp;
use folkmoot_tests::harness::{eventually, key};
use serde_json::Value;

use super::{
    kitchen::Kitchen,
    row::{Refused, Row},
    statements::{proposal, response},
};

impl Kitchen {
    /// Lets Ana decide in a role of which her term is over.
    #[track_caller]
    fn decides_late(&self, role: &str, domain: &str) -> Refused {
        let charter: Value = self.api().get("/v1/groups/kitchen/charter").unwrap();
        let roles = charter["roles"].as_array().expect("a list of roles");
        let role = roles.iter().find(|held| held["name"] == role).expect("the role is there");
        let hers = role["holders"].as_array().expect("a list").iter().find(|term| term["member"] == "ana");
        let until: Timestamp = hers.and_then(|term| term["until"].as_str()).expect("her term").parse().unwrap();
        eventually("her term is over", || (clock::now() > until).then_some(()));
        let words = ["--domain", domain, "--text", "As ever.", "--title", "As ever", "--why", "It is good."];
        self.refused(&[&["--as", "ana", "decide"], &words[..]].concat())
    }
}

pub(crate) const ROWS: &[Row<Kitchen>] = &[
    Row {
        name: "deciding in somebody else's domain",
        attempt: |kitchen| {
            let new = ["--domain", "purchases", "--text", "A tent.", "--title", "Buy a tent", "--why", "It rains."];
            kitchen.refused(&[&["--as", "ben", "decide"], &new[..]].concat())
        },
        kind: "unauthorised",
        says: ["ben is not eligible in 'purchases'", "role:buyer decides there", "moot advise"],
    },
    Row {
        name: "a response by somebody who is not eligible",
        attempt: |kitchen| {
            let id = kitchen.propose("purchases", "Buy a pan");
            kitchen.refused(&["--as", "ben", "object", &id, "--why", "We have one."])
        },
        kind: "unauthorised",
        says: ["ben is not eligible in 'purchases'", "role:buyer decides there", "moot advise"],
    },
    Row {
        name: "a proposal where a role decides that nobody holds",
        attempt: |kitchen| {
            let new = ["--domain", "flowers", "--text", "Tulips.", "--title", "Grow tulips", "--why", "Spring."];
            kitchen.refused(&[&["--as", "ana", "propose"], &new[..]].concat())
        },
        kind: "conflict",
        says: ["nobody is eligible", "in the domain 'flowers'", "moot charter show"],
    },
    Row {
        name: "a decision by a holder whose term is over, where nobody came after",
        attempt: |kitchen| kitchen.decides_late("baker", "bread"),
        kind: "conflict",
        says: ["the term of ana as 'baker' ended at", "in the domain 'bread'", "moot propose --seat baker"],
    },
    Row {
        name: "a decision by a holder whose term is over, where another one decides",
        attempt: |kitchen| kitchen.decides_late("stirrer", "soup"),
        kind: "unauthorised",
        says: ["ana does not decide here now", "the term as 'stirrer' ended at", "moot propose --seat stirrer"],
    },
    Row {
        name: "a proposal in a domain that is not there",
        attempt: |kitchen| {
            let new = ["--domain", "dreams", "--text", "Fly.", "--title", "Fly", "--why", "It is fast."];
            kitchen.refused(&[&["--as", "ana", "propose"], &new[..]].concat())
        },
        kind: "conflict",
        says: ["there is no domain 'dreams'", "in this group", "moot charter show"],
    },
    Row {
        name: "a title of more than a line",
        attempt: |kitchen| {
            let title = "x".repeat(201);
            let new = ["--domain", "work", "--text", "T", "--title", &title, "--why", "W"];
            kitchen.refused(&[&["--as", "ana", "propose"], &new[..]].concat())
        },
        kind: "malformed",
        says: ["has 201", "the title (in bytes)", "allowed is from 1 to 200"],
    },
    Row {
        name: "a role for somebody who is no member",
        attempt: |kitchen| {
            let term = "from = \"2026-01-01\", until = \"2030-01-01\"";
            let holders = format!("[{{ member = \"zed\", {term} }}]");
            let role =
                format!("[[effects]]\nset_role = {{ name = \"cook\", purpose = \"Cooks.\", holders = {holders} }}\n");
            kitchen.file("role.toml", &role, &["propose", "--title", "A cook", "--why", "Hunger.", "--effects"])
        },
        kind: "malformed",
        says: ["its holder 'zed' is not a member", "charter, roles.cook", "add the member first"],
    },
    Row {
        name: "an objection without a reason",
        attempt: |kitchen| {
            let id = kitchen.propose("work", "Whistle at work");
            kitchen.refused(&["--as", "ben", "object", &id])
        },
        kind: "input",
        says: ["needs a reason", "an objection", "--why"],
    },
    Row {
        name: "a vote in a closed proposal",
        attempt: |kitchen| {
            let id = kitchen.propose("voted", "Buy an anvil");
            let view: ProposalView = kitchen.home.json(&["--as", "ben", "agree", &id]);
            assert_eq!(view.state, "passed");
            kitchen.refused(&["--as", "ben", "object", &id, "--why", "It is heavy."])
        },
        kind: "conflict",
        says: ["is closed: its decision stands", "proposal p", "moot why"],
    },
    Row {
        name: "a response after the close",
        attempt: |kitchen| {
            let mut events = kitchen.api().events().unwrap();
            let id = kitchen.propose("quick", "Close the window");
            events.wait("decided", |event| event["proposal"] == *id);
            kitchen.refused(&["--as", "ben", "agree", &id])
        },
        kind: "conflict",
        says: ["is closed: its decision stands", "proposal p", "moot why"],
    },
    Row {
        name: "withdrawing twice",
        attempt: |kitchen| {
            let id = kitchen.propose("work", "Sing at work");
            kitchen.home.moot(&["--as", "ana", "withdraw", &id]).words();
            kitchen.refused(&["--as", "ana", "withdraw", &id])
        },
        kind: "conflict",
        says: ["is closed: its decision stands", "proposal p", "moot why"],
    },
    Row {
        name: "a new version of somebody else's proposal",
        attempt: |kitchen| {
            let id = kitchen.propose("work", "Dance at work");
            let new = ["--domain", "work", "--text", "Dance on Fridays.", "--why", "Less noise."];
            kitchen.refused(&[&["--as", "ben", "amend", &id], &new[..]].concat())
        },
        kind: "unauthorised",
        says: ["only its author ana may amend it", "not ben", "ask ana to"],
    },
    Row {
        name: "an answer to a version that was replaced",
        attempt: |kitchen| {
            let id = kitchen.propose("work", "Hum at work");
            let new = ["--domain", "work", "--text", "Hum softly.", "--why", "Less noise."];
            kitchen.home.moot(&[&["--as", "ana", "amend", &id], &new[..]].concat()).words();
            kitchen.refused(&["--as", "ben", "agree", &id, "--version", "1"])
        },
        kind: "conflict",
        says: ["is at version 2, this is about version 1", "proposal p", "read it again (moot show)"],
    },
    Row {
        name: "a call-in where there is no window",
        attempt: |kitchen| {
            let id = kitchen.propose("work", "Rest at noon");
            kitchen.refused(&["--as", "ben", "call-in", &id, "--why", "All should say."])
        },
        kind: "conflict",
        says: ["is not in a call-in window", "proposal p", "moot show"],
    },
    Row {
        name: "the test of an own objection",
        attempt: |kitchen| {
            let id = kitchen.propose("tested", "Paint it red");
            kitchen.home.moot(&["--as", "ben", "object", &id, "--why", "It blinds."]).words();
            kitchen.refused(&["--as", "ben", "test", &id, "--qualifies"])
        },
        kind: "conflict",
        says: ["in no domain whose rule lets you test it", "the objection s", "who neither raised it nor proposed"],
    },
    Row {
        name: "keeping an agreement that is not in force",
        attempt: |kitchen| {
            let id = kitchen.propose("work", "Sleep at noon");
            kitchen.refused(&["--as", "ana", "review", &id, "--keep", "--why", "It works."])
        },
        kind: "input",
        says: ["no agreement 'p", "is in force here", "moot review lists them"],
    },
    Row {
        name: "an agent's response where people decide",
        attempt: |kitchen| {
            let role = "[[effects]]\nset_role = { name = \"cook\", purpose = \"Cooks.\", holders = [] }\n";
            let file = kitchen.home.write("role.toml", role);
            let new = ["propose", "--title", "A cook", "--why", "We are hungry.", "--effects", &file];
            let view: ProposalView = kitchen.home.json(&[&["--as", "ana"], &new[..]].concat());
            kitchen.refused(&["--as", "bot", "agree", &view.proposal])
        },
        kind: "unauthorised",
        says: ["bot is an agent", "'charter' is reserved for people", "propose and advise"],
    },
    Row {
        name: "an agent's proposal outside its scope",
        attempt: |kitchen| {
            let new = ["--domain", "purchases", "--text", "Oil.", "--title", "Buy oil", "--why", "I squeak."];
            kitchen.refused(&[&["--as", "bot", "propose"], &new[..]].concat())
        },
        kind: "unauthorised",
        says: ["the agent bot", "in the domain 'purchases', which is not in its scope", "moot charter show"],
    },
    Row {
        name: "a key that belongs to no member",
        attempt: |kitchen| {
            let id = kitchen.propose("work", "Open the door");
            kitchen.home.id("mallory");
            kitchen.refused(&["--as", "mallory", "agree", &id])
        },
        kind: "unauthorised",
        says: ["the key did:key:z6Mk", "belongs to no member of this group", "moot charter show"],
    },
    Row {
        name: "a decision before the advice",
        attempt: |kitchen| {
            let (propose, why) = proposal("tools", "A new saw");
            kitchen.submit("kitchen", &key("dia"), propose, &[why]);
            let id = kitchen.latest("A new saw");
            let (agree, reason) = response(&id, "It cuts.");
            let signed = kitchen.api().sign("kitchen", &key("dia"), [agree]).unwrap();
            kitchen.handed_in("kitchen", &signed, &[reason])
        },
        kind: "premature",
        says: ["and awaited from ana", "advice on p", "decide then, or when they have advised"],
    },
    Row {
        name: "a decision that weighs not all advice",
        attempt: |kitchen| {
            let (propose, why) = proposal("tools", "A new plane");
            kitchen.submit("kitchen", &key("dia"), propose, &[why]);
            let id = kitchen.latest("A new plane");
            kitchen.home.moot(&["--as", "ana", "advise", &id, "--why", "The old one does."]).words();
            let (agree, reason) = response(&id, "It is smooth.");
            let signed = kitchen.api().sign("kitchen", &key("dia"), [agree]).unwrap();
            kitchen.handed_in("kitchen", &signed, &[reason])
        },
        kind: "conflict",
        says: ["must weigh 1 pieces of advice and names 0", "the decision on p", "read them (moot show), then decide"],
    },
    Row {
        name: "one proposal more than a member may have open",
        attempt: |kitchen| {
            let charter = "name = \"pantry\"\npurpose = \"To store.\"\nparticipation = { open_proposals = 1 }\n\
                [members.dia]\n[domains.charter]\npurpose = \"It.\"\npeople_only = true\n\
                rule = { consent = { quorum = \"1/1\" } }\n";
            kitchen.api().found(charter, &key("dia")).unwrap();
            let (propose, why) = proposal("charter", "A first shelf");
            kitchen.submit("pantry", &key("dia"), propose, &[why]);
            let (propose, why) = proposal("charter", "A second shelf");
            let signed = kitchen.api().sign("pantry", &key("dia"), [propose]).unwrap();
            kitchen.handed_in("pantry", &signed, &[why])
        },
        kind: "conflict",
        says: ["too many open proposals", "of one member: at most 1", "end one first, or wait until one ends"],
    },
];
