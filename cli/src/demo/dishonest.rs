//! A node that signs what no rule allows: a real peer with a real key, and a log that breaks the rules.
//!
//! It speaks the same protocol over the same network, but nothing in it checks anything. That is how the others meet
//! it: no switch in the product turns a node dishonest.

use folkmoot_node::{
    clock,
    net::{self, Multiaddr, Net, NetConfig, NetEvent, PeerKey},
};
use folkmoot_protocol::{
    body::Body,
    charter::{Host, RawCharter},
    entry::{Entry, EntryAct, EntryContent, Raw},
    envelope::{Kind, Signed},
    id::{FederationId, Hash, LogId},
    key::SecretKey,
    name::Name,
    replay::Replica,
    statement::{Act, Answer, FoundingContent, Proposal, Response, StatementContent},
    sync::{self, Answer as SyncAnswer, Gossip, Have, Parcel, Request},
};
use tokio::{sync::mpsc, task::JoinHandle};

use super::people::{name, trial_key};
use crate::cmd::CliError;

/// A dishonest node that runs.
pub(super) struct Dishonest {
    net: Net,
    serving: JoinHandle<()>,
    /// The log that it forged.
    pub(super) log: LogId,
}

impl Dishonest {
    /// Takes the place of a node: its key, its peers, and a forged log of its own.
    pub(super) async fn start(
        seed: [u8; 32],
        federation: FederationId,
        peers: Vec<(PeerKey, Vec<Multiaddr>)>,
    ) -> Result<Self, CliError> {
        let entries = forge(&SecretKey::from_seed(seed))?;
        let log = entries[0].log();
        let listen = "/ip4/127.0.0.1/tcp/0".parse().map_err(|error| CliError::Failed(format!("{error}")))?;
        let (net, events, _) =
            net::spawn(NetConfig::new(seed, vec![listen])).await.map_err(folkmoot_node::NodeError::from)?;
        let topic = format!("folkmoot/{federation}");
        net.subscribe(topic.clone()).await.map_err(|error| CliError::Failed(error.to_string()))?;
        net.allow(peers).await;
        let serving = tokio::spawn(serve(net.clone(), events, topic, entries));
        Ok(Self { net, serving, log })
    }

    /// Ends it.
    pub(super) async fn stop(self) {
        self.serving.abort();
        self.net.shutdown().await;
    }
}

/// Offers the forged log to whoever connects or asks.
async fn serve(net: Net, mut events: mpsc::Receiver<NetEvent>, topic: String, entries: Vec<Entry>) {
    let parcels: Vec<Parcel> = entries.iter().map(|entry| Parcel::new(entry.bytes(), [])).collect();
    while let Some(event) = events.recv().await {
        match event {
            NetEvent::Connected(_) => {
                for parcel in &parcels {
                    // Nobody may listen yet: they ask for heads anyway.
                    drop(net.publish(&topic, sync::encode(&Gossip::Entry(parcel.clone()))).await);
                }
            }
            NetEvent::Request { data, reply, .. } => {
                let answer = answer(&entries, &parcels, sync::decode(&data).ok());
                drop(net.respond(reply, sync::encode(&answer)).await);
            }
            NetEvent::Gossip { .. }
            | NetEvent::Response { .. }
            | NetEvent::GuestRequest { .. }
            | NetEvent::Disconnected(_) => {}
        }
    }
}

fn answer(entries: &[Entry], parcels: &[Parcel], request: Option<Request>) -> SyncAnswer {
    let last = &entries[entries.len() - 1];
    match request {
        Some(Request::Entries { log, from }) if log == last.log() => {
            SyncAnswer::Entries { log, entries: parcels.iter().skip(from as usize).cloned().collect() }
        }
        Some(Request::Entries { log, .. }) => SyncAnswer::Entries { log, entries: Vec::new() },
        Some(Request::Notes { log }) => SyncAnswer::Notes { log, notes: Vec::new() },
        Some(Request::Heads {}) | None => SyncAnswer::Heads(vec![Have {
            log: last.log(),
            number: last.number(),
            entry: last.id(),
            notes: Hash::of(b"none"),
        }]),
    }
}

/// A throwaway group with an agent; the third entry admits the agent's answer in a domain reserved for people.
fn forge(node: &SecretKey) -> Result<Vec<Entry>, CliError> {
    let log_key = SecretKey::from_seed(Hash::of(&node.seed()).0);
    let host = Host { log_key: log_key.public(), node: node.public() };
    let raw: RawCharter = toml::from_str(CHARTER).map_err(|error| CliError::Failed(error.to_string()))?;
    let charter = raw
        .resolve(clock::now(), host, &|name| Some(trial_key(name).public()))
        .map_err(|error| CliError::Failed(error.to_string()))?;
    let (eve, bot) = (name("eve")?, name("bot")?);
    let founding = Signed::sign(Kind::Founding, FoundingContent { charter: charter.hash() }, &trial_key(&eve));
    let foundings = vec![Raw(founding.bytes().to_vec())];
    let act = EntryAct::Found { charter: Box::new(charter), foundings };
    let first = EntryContent { log: None, number: 0, previous: None, time: clock::now(), cites: Vec::new(), act };
    let first = Entry::sign(first, &log_key);
    let log = first.log();
    let mut replica = Replica::found(&first).map_err(|error| CliError::Failed(error.to_string()))?;

    let why = Body::new([0; 16], "Because it is convenient.").map_err(|error| CliError::Failed(error.to_string()))?;
    let effects = vec![folkmoot_protocol::effect::Effect::Purpose {
        purpose: "Let the program decide.".into(),
        values: vec!["Convenience.".into()],
    }];
    let proposal =
        Proposal { title: "Let the program decide".into(), why: why.id(), effects, options: Vec::new(), review: None };
    let say = |who: &Name, seen, act| {
        Signed::sign(Kind::Statement, StatementContent { log, seen, previous: None, act }, &trial_key(who))
    };
    let proposed = say(&eve, first.id(), Act::Propose(proposal));
    let admit = |statement: &folkmoot_protocol::statement::Statement| EntryAct::Admit {
        statements: vec![Raw(statement.bytes().to_vec())],
    };
    let second = Entry::sign(replica.next(admit(&proposed), clock::now()), &log_key);
    let admitted = replica.check(&second).map_err(|error| CliError::Failed(error.to_string()))?;
    replica.apply(admitted);

    let response = Response {
        proposal: proposed.id().into(),
        version: 1,
        answer: Answer::Agree,
        reason: None,
        weighs: Vec::new(),
    };
    let answered = say(&bot, second.id(), Act::Respond(response));
    // An honest node stops here: `check` refuses this entry. The key signs it all the same.
    let third = Entry::sign(replica.next(admit(&answered), clock::now()), &log_key);
    Ok(vec![first, second, third])
}

const CHARTER: &str = r#"
name = "throwaway"
purpose = "Exists only to break a rule."
[members.eve]
[members.bot]
agent = { sponsor = "eve", scope = ["charter"], until = "+1d" }
[domains.charter]
purpose = "Purpose and rules."
people_only = true
rule = { consent = { closing = "1h", minimum = "0s", quorum = "1/1" } }
"#;
