//! Tickets and federations that lead nowhere: three groups with a witness, and two nodes that would like to join.

use folkmoot_node::{
    clock,
    control::view::{FederationView, JoinView, TicketView},
};
use folkmoot_protocol::{federation::Ticket, id::Hash, time::Span};
use folkmoot_tests::harness::{GROUPS, Panel, Seat, eventually};
use serde_json::{Value, json};

use super::{
    kitchen,
    row::{Refused, Row, judge},
};

struct Yard {
    panel: Panel,
    garden: Seat,
    garage: Seat,
    /// Used by the garden.
    used: String,
}

impl Yard {
    fn new() -> Self {
        let panel = Panel::found();
        panel.is_one("all consents are sealed", |federation| federation.exists);
        let (garden, garage) = (Seat::start("garden"), Seat::start("garage"));
        garden.found_group("garden", ["kim", "lou"]);
        garage.found_group("garage", ["max", "nia"]);
        let used = invite(&panel.seats[0], &[]);
        garden.home.json::<JoinView>(&["federation", "join", &used]);
        Self { panel, garden, garage, used }
    }

    /// What the garage must not come to hold, nor the maker of tickets to note.
    fn state(&self) -> Value {
        let known: Vec<FederationView> = self.panel.seats[0].home.json(&["federation", "show"]);
        json!({"garage": kitchen::state(&self.garage.home), "joins": known[0].joins, "version": known[0].version})
    }

    /// Lets the garage join with a ticket, which must be refused and change nothing.
    #[track_caller]
    fn joins(&self, ticket: &str) -> Refused {
        self.refused(&["federation", "join", ticket])
    }

    #[track_caller]
    fn refused(&self, args: &[&str]) -> Refused {
        let before = self.state();
        let refused = Refused::of(&self.garage.home.moot(&[&["--json"], args].concat()));
        assert_eq!(self.state(), before, "{}", refused.message);
        refused
    }

    fn garden_log(&self) -> String {
        self.garden.groups()["garden"].group.clone()
    }

    /// A good ticket in which something is written otherwise.
    fn forged(&self, change: impl FnOnce(&mut Ticket)) -> String {
        let mut ticket: Ticket = invite(&self.panel.seats[0], &[]).parse().unwrap();
        change(&mut ticket);
        ticket.to_string()
    }
}

fn invite(seat: &Seat, args: &[&str]) -> String {
    let ticket: TicketView = seat.home.json(&[&["federation", "invite"], args].concat());
    ticket.ticket
}

const ROWS: &[Row<Yard>] = &[
    Row {
        name: "a ticket that another node has used",
        attempt: |yard| yard.joins(&yard.used),
        kind: "ticket",
        says: ["was used by another node", "the ticket", "ask for one of your own"],
    },
    Row {
        name: "a ticket that has expired",
        attempt: |yard| {
            let ticket = invite(&yard.panel.seats[0], &["--expires", "200ms"]);
            let end = clock::now() + Span::from_millis(200);
            eventually("the ticket is over", || (clock::now() > end).then_some(()));
            yard.joins(&ticket)
        },
        kind: "ticket",
        says: ["was good until", "the ticket", "ask for another"],
    },
    Row {
        name: "a ticket for another node",
        attempt: |yard| yard.joins(&invite(&yard.panel.seats[0], &["--for", &yard.garden.id])),
        kind: "ticket",
        says: ["is for another node", "the ticket", "ask for one for this node (moot node status)"],
    },
    Row {
        name: "a ticket that its maker does not know",
        attempt: |yard| yard.joins(&yard.forged(|ticket| ticket.secret = Hash([7; 32]))),
        kind: "ticket",
        says: ["is none that its node made", "the ticket", "ask for another"],
    },
    Row {
        name: "a ticket that was not copied whole",
        attempt: |yard| yard.joins(&yard.used[..yard.used.len() - 1]),
        kind: "ticket",
        says: ["is not whole, or a letter of it is wrong", "the ticket", "copy it again"],
    },
    Row {
        name: "a text that is no ticket",
        attempt: |yard| yard.joins("welcome"),
        kind: "ticket",
        says: ["this is no ticket", "starts with moot-ticket1", "moot federation invite prints one"],
    },
    Row {
        name: "a ticket whose maker is not where it says",
        attempt: |yard| yard.joins(&yard.forged(|ticket| ticket.addresses = vec!["/ip4/127.0.0.1/tcp/1".into()])),
        kind: "unreachable",
        says: ["did not answer", "at /ip4/127.0.0.1/tcp/1", "see whether it runs there, or ask for another ticket"],
    },
    Row {
        name: "following a federation in which the node has no seat",
        attempt: |yard| yard.refused(&["federation", "follow", &yard.panel.agreement]),
        kind: "unauthorised",
        says: ["names no seat for this node", "did:key:z6Mk", "its panel must list the node's key"],
    },
    Row {
        name: "founding a federation that does not name the group",
        attempt: |yard| {
            let found = ["federation", "found", &yard.panel.agreement, "--why", "Together."];
            yard.refused(&[&["--as", "max"], &found[..]].concat())
        },
        kind: "conflict",
        says: ["it does not name this group", "the federation cannot be carried out", "its groups must list this log"],
    },
    Row {
        name: "another node on the panel and another group at once",
        attempt: |yard| {
            let seat = &yard.panel.seats[0];
            let text = std::fs::read_to_string(&yard.panel.agreement).expect("the agreement's file");
            let text = text.replace(&yard.panel.seats[3].id, &yard.garage.id)
                + &format!("\n[groups.garden]\nlog = \"{}\"\nnode = \"{}\"\n", yard.garden_log(), yard.garden.id);
            let file = seat.home.write("both.toml", &text);
            let amend = ["--json", "--as", GROUPS[0].1[0], "federation", "amend", &file, "--why", "Both."];
            Refused::of(&seat.home.moot(&amend))
        },
        kind: "conflict",
        says: ["takes no group in", "federation agreement, panel", "admit 'garden' by another one"],
    },
    Row {
        name: "leaving where there is no federation",
        attempt: |yard| yard.refused(&["--as", "max", "federation", "leave", "--why", "It is loud."]),
        kind: "input",
        says: ["belongs to no federation", "'garage'", "moot federation show"],
    },
];

#[test]
fn no_ticket_of_these_leads_into_a_federation() {
    judge(ROWS, &mut Yard::new());
}
