//! The demo's story: three groups and a friend, on four real nodes.

use folkmoot_node::control::view::{FederationView, GroupView, ProposalView};
use folkmoot_protocol::{
    charter::{Domain, RawCharter, Rule},
    effect::Effect,
    federation::{FederatedGroup, FederationAgreement, Seat, Timing},
    id::ProposalId,
    statement::Answer,
    table::Table,
    time::Span,
};
use serde_json::json;

use super::{
    dishonest::Dishonest,
    fleet::{Fleet, until},
    people::{Group, name},
    teller::Teller,
    verify,
};
use crate::{
    cmd::{CliError, Ctx, show},
    output::short,
};

/// The nodes: three that host a group, and a friend's that only witnesses.
const NODES: [&str; 4] = ["finance-node", "logistics-node", "assembly-node", "friend-node"];

struct Story {
    teller: Teller,
    fleet: Fleet,
    finance: Group,
    logistics: Group,
    assembly: Group,
    agreement: FederationAgreement,
}

/// Runs the story.
///
/// # Errors
/// If something cannot be done, or the digests differ at the end, or a decision does not come out the same.
pub(super) async fn run(ctx: &Ctx) -> Result<(), CliError> {
    let mut story = found(Teller(ctx.out)).await?;
    story.federate().await?;
    story.purchase().await?;
    let integrated = story.consent().await?;
    story.charter_change().await?;
    story.agent().await?;
    story.crash().await?;
    story.dishonest().await?;
    story.finish(integrated, ctx).await
}

async fn found(teller: Teller) -> Result<Story, CliError> {
    let mut fleet = Fleet::new()?;
    teller.chapter("Four nodes start: three host a group each, a friend's only witnesses.")?;
    for name in NODES {
        let node = fleet.start(name).await?;
        let words = format!("{name} listens on {}", node.listening.join(" and "));
        teller.tell("node", json!({"node": name, "key": node.key, "listening": node.listening}), &words)?;
    }
    teller.chapter("Three groups are founded, each on its own node, by a charter that its people signed.")?;
    let finance = found_group(teller, &fleet, NODES[0], FINANCE).await?;
    let logistics = found_group(teller, &fleet, NODES[1], LOGISTICS).await?;
    let assembly = found_group(teller, &fleet, NODES[2], ASSEMBLY).await?;
    let agreement = agreement(&fleet, [&finance, &logistics, &assembly])?;
    Ok(Story { teller, fleet, finance, logistics, assembly, agreement })
}

async fn found_group(teller: Teller, fleet: &Fleet, node: &str, charter: &str) -> Result<Group, CliError> {
    let raw: RawCharter = toml::from_str(charter).map_err(|error| CliError::Failed(error.to_string()))?;
    let group = Group::found(&fleet.client(node)?, &raw).await?;
    let who: Vec<String> = raw
        .members
        .iter()
        .map(|(name, member)| if member.agent.is_some() { format!("{name} (an agent)") } else { name.to_string() })
        .collect();
    let words = format!("{} ({}): {}", group.name, group.log.short(), who.join(", "));
    teller.tell("group", json!({"group": group.log, "name": group.name, "members": raw.members.len()}), &words)?;
    Ok(group)
}

fn agreement(fleet: &Fleet, groups: [&Group; 3]) -> Result<FederationAgreement, CliError> {
    let mut table = Table::default();
    for (group, node) in groups.iter().zip(NODES) {
        let escalates_to = if group.name == "assembly" { None } else { Some(name("assembly")?) };
        let node = fleet.node(node)?.key;
        table.put(FederatedGroup { name: name(&group.name)?, log: group.log, node, escalates_to });
    }
    let mut panel = Table::default();
    for node in NODES {
        let process = fleet.node(node)?;
        panel.put(Seat { name: name(node)?, node: process.key, addresses: process.listening.clone() });
    }
    let timing =
        Timing { news: Span::from_secs(4), skew: Span::from_secs(1), notes: Span::from_millis(100), notice: None };
    let purpose = "Run the summer camp together.".into();
    Ok(FederationAgreement { name: name("camp")?, purpose, groups: table, panel, timing, amends: None })
}

impl Story {
    async fn federate(&mut self) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter(
            "Each group decides for itself to found a federation; its panel of four nodes will witness all logs.",
        )?;
        let friend = self.fleet.client(NODES[3])?;
        let request = folkmoot_node::control::view::FederationRequest {
            agreement: folkmoot_protocol::id::hex_encode(&folkmoot_protocol::cbor::encode(&self.agreement)),
            comes: false,
        };
        let _: folkmoot_node::control::view::Taken = friend.post("/v1/federations", &request).await?;
        let effect = Effect::Federate(self.agreement.clone());
        for group in [&mut self.finance, &mut self.logistics, &mut self.assembly] {
            let people = people_of(&group.name);
            let why = "Each of us runs a part of the camp; together we decide what touches all.";
            let id = group.propose(people[0], "Found the camp's federation", why, vec![effect.clone()]).await?;
            group.agree(&names(&people[1..])?, id, 1).await?;
            let view = group.ended(id).await?;
            let words = format!("{} {}: {} of {} agreed", group.name, view.state, people.len(), people.len());
            teller.tell("decision", decision(&view), &words)?;
        }
        let client = self.fleet.client(NODES[0])?;
        let federation = self.agreement.id().to_string();
        until(&client, "the federation to exist", async |client| {
            let all: Vec<FederationView> = client.get("/v1/federations").await?;
            Ok(all.iter().any(|found| found.federation == federation && found.exists))
        })
        .await?;
        let all: Vec<FederationView> = client.get("/v1/federations").await?;
        let withstands = all.first().map(|found| found.withstands.clone()).unwrap_or_default();
        let words = format!("The federation exists: every group's consent is sealed by witnesses. {withstands}.");
        teller.tell("federation", json!({"federation": federation, "withstands": withstands}), &words)
    }

    async fn purchase(&mut self) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter("Logistics: eli is quartermaster and decides alone what to buy, but has to say why.")?;
        let effects = vec![text("purchases", "Buy a used cargo bike for 900 from the cycle workshop.")?];
        let why = "The van is sold, and the kitchen needs 40 kg of vegetables every morning.";
        let id = self.logistics.propose("eli", "A cargo bike", why, effects).await?;
        self.logistics.respond("eli", (id, 1), Answer::Agree, Some(why)).await?;
        let view = self.logistics.proposal(id).await?;
        let words = "eli decided; effects wait for the call-in window, in which any member could move it up to all";
        teller.tell("decided", json!({"proposal": id, "state": view.state}), words)?;
        let view = self.logistics.ended(id).await?;
        teller.tell(
            "decision",
            decision(&view),
            &format!("{} {}: nobody called it in. Why: {why}", id.short(), view.state),
        )
    }

    async fn consent(&mut self) -> Result<ProposalId, CliError> {
        let teller = self.teller;
        teller.chapter("Finance: a proposal by consent. An objection is not a veto but something to integrate.")?;
        let title = "Two signatures above 200";
        let first = text("policy", "Every payment above 200 takes two signatures.")?;
        let id =
            self.finance.propose("ana", title, "Last year a transfer went to the wrong account.", vec![first]).await?;
        teller.tell("proposed", json!({"proposal": id}), &format!("ana proposes {}: \"{title}\"", id.short()))?;
        let reason = "Kitchen buys for 300 every morning at six. Nobody is there to sign twice.";
        let objection = self.finance.respond("ben", (id, 1), Answer::Object, Some(reason)).await?;
        teller.tell("objection", json!({"proposal": id, "by": "ben"}), &format!("ben objects: {reason}"))?;
        let why = "Ben is right about the kitchen: the limit moves, and food is counted weekly.";
        let second = text("policy", "Payments above 500 take two signatures; food is checked every Sunday instead.")?;
        self.finance
            .amend("ana", id, 2, ("Two signatures above 500, food weekly", why), vec![second], vec![objection])
            .await?;
        teller.tell(
            "amended",
            json!({"proposal": id, "version": 2}),
            "ana amends it to version 2; the objection stays until ben withdraws it",
        )?;
        let withdraw = folkmoot_protocol::statement::Act::Withdraw { target: objection };
        self.finance.act(vec![(name("ben")?, withdraw)], &[]).await?;
        self.finance.respond("ben", (id, 2), Answer::Agree, None).await?;
        let concern = Some("Sunday is a long day already.");
        self.finance.respond("cem", (id, 2), Answer::Concern, concern).await?;
        teller.tell(
            "withdrawn",
            json!({"proposal": id, "by": "ben"}),
            "ben withdraws the objection and agrees; cem has a concern, which is recorded and does not block",
        )?;
        let view = self.finance.ended(id).await?;
        teller.tell(
            "decision",
            decision(&view),
            &format!("{} {}: {}", id.short(), view.state, view.domains[0].reason),
        )?;
        Ok(id)
    }

    async fn charter_change(&mut self) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter("Assembly: a change of the charter is a decision like any other, by the charter's own rule.")?;
        let client = self.assembly.client.clone();
        let charter: serde_json::Value = client.get(&format!("/v1/groups/{}/charter", self.assembly.log)).await?;
        let charter: folkmoot_protocol::charter::Charter =
            serde_json::from_value(charter).map_err(|error| CliError::Failed(error.to_string()))?;
        let domain = charter.domains.find(&name("programme")?).cloned();
        let domain = domain.ok_or_else(|| CliError::Failed("the assembly has no domain 'programme'".into()))?;
        let Rule::Consent(mut rule) = domain.rule.clone() else {
            return Err(CliError::Failed("'programme' does not decide by consent".into()));
        };
        rule.quorum = "2/3".parse().map_err(|error| CliError::Failed(format!("{error}")))?;
        let effect = Effect::SetDomain(Domain { rule: Rule::Consent(rule), ..domain });
        let why = "With half of us a programme passed that hardly anybody had read.";
        let id = self.assembly.propose("gus", "Two thirds decide the programme", why, vec![effect]).await?;
        self.assembly.agree(&names(&["hana", "ivo"])?, id, 1).await?;
        let view = self.assembly.ended(id).await?;
        let rules: Vec<&str> = view.domains.iter().map(|poll| poll.domain.as_str()).collect();
        let words = format!("{} {}; it had to pass both '{}' rules", id.short(), view.state, rules.join("' and '"));
        teller.tell("decision", decision(&view), &words)
    }

    async fn agent(&mut self) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter(
            "Finance: purpose, principle and belonging are for people. Their agent, ledgerbot, may only advise.",
        )?;
        let effects = vec![text("principles", "We never lend at interest.")?];
        let id = self.finance.propose("cem", "No interest", "We are here to share.", effects).await?;
        match self.finance.respond("ledgerbot", (id, 1), Answer::Agree, None).await {
            Err(CliError::Client(error)) => {
                teller.tell(
                    "refused",
                    json!({"proposal": id, "by": "ledgerbot", "message": error.to_string()}),
                    &format!("its node refuses: {error}"),
                )?;
            }
            Err(other) => return Err(other),
            Ok(_) => return Err(CliError::Failed("the node took an agent's answer in a domain for people".into())),
        }
        self.finance
            .respond("ledgerbot", (id, 1), Answer::Advice, Some("Two loans of last year carried interest."))
            .await?;
        self.finance.agree(&names(&["ana", "ben"])?, id, 1).await?;
        let view = self.finance.ended(id).await?;
        teller.tell(
            "decision",
            decision(&view),
            &format!("its advice is taken and does not count; {} {} by people", id.short(), view.state),
        )
    }

    async fn crash(&mut self) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter("The assembly's node is killed. The others go on.")?;
        self.fleet.kill(NODES[2]).await?;
        teller.tell("killed", json!({"node": NODES[2]}), &format!("{} is gone (SIGKILL)", NODES[2]))?;
        let effects = vec![text("policy", "Deposits are paid back within two weeks.")?];
        let id = self.finance.propose("ben", "Deposits", "People asked.", effects).await?;
        self.finance.agree(&names(&["ana", "cem"])?, id, 1).await?;
        self.finance.ended(id).await?;
        let path = id.to_string();
        let client = self.finance.client.clone();
        until(&client, "a seal without the assembly's node", async |client| Ok(client.proposal(&path).await?.sealed))
            .await?;
        let view = self.finance.proposal(id).await?;
        let words = format!(
            "{} {} and is sealed by {} of {} witnesses without it",
            id.short(),
            view.state,
            view.seal.needed,
            view.seal.witnesses
        );
        teller.tell("decision", decision(&view), &words)?;
        self.fleet.restart(NODES[2]).await?;
        let back = self.fleet.client(NODES[2])?;
        until(&back, "the assembly's node to catch up", async |client| {
            Ok(client.proposal(&path).await.is_ok_and(|view| view.entry.is_some()))
        })
        .await?;
        teller.tell(
            "caught-up",
            json!({"node": NODES[2]}),
            &format!("{} is started again, opens its store and has caught up", NODES[2]),
        )
    }

    async fn dishonest(&mut self) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter(
            "The friend's node turns dishonest: in a throwaway log of its own it signs what no rule allows.",
        )?;
        let seed = std::fs::read_to_string(self.fleet.node(NODES[3])?.keys().join("node"))?;
        let seed =
            folkmoot_protocol::id::hex_decode(seed.trim()).ok_or_else(|| CliError::Failed("no node key".into()))?;
        self.fleet.kill(NODES[3]).await?;
        let mut peers = Vec::new();
        for node in self.fleet.running() {
            let addresses = node.listening.iter().filter_map(|address| address.parse().ok()).collect();
            peers.push((folkmoot_node::net::PeerKey(*node.key.as_bytes()), addresses));
        }
        let dishonest = Dishonest::start(seed, self.agreement.id(), peers).await?;
        let log = dishonest.log.to_string();
        for node in self.fleet.running() {
            let stopped = async |client: &crate::client::Client| -> Result<Option<String>, CliError> {
                let groups: Vec<GroupView> = client.get("/v1/groups").await?;
                Ok(groups.into_iter().find(|group| group.group == log).and_then(|group| group.stopped))
            };
            until(&node.client(), "the forged log to be stopped", async |client| Ok(stopped(client).await?.is_some()))
                .await?;
            let reason = stopped(&node.client()).await?.unwrap_or_default();
            let facts = json!({"node": node.name(), "group": log, "reason": reason});
            teller.tell("stopped", facts, &format!("{} stops the log: {reason}", node.name()))?;
        }
        dishonest.stop().await;
        self.fleet.restart(NODES[3]).await
    }

    async fn finish(mut self, integrated: ProposalId, ctx: &Ctx) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter("At the end: do all nodes hold the same, and does every decision come out again?")?;
        let groups: Vec<String> =
            [&self.finance, &self.logistics, &self.assembly].iter().map(|group| group.log.to_string()).collect();
        let equal = verify::digests_equal(&self.fleet, &groups).await?;
        let nodes = self.fleet.running().count();
        let words = if equal { "the digests of all groups are equal on all nodes" } else { "the digests DIFFER" };
        teller.tell("digests", json!({"equal": equal}), words)?;
        let (mut decisions, mut verified) = (0, 0);
        for group in &groups {
            // From the friend's node, which hosts none of them: what an outsider would fetch.
            let (all, same) = verify::recompute(&self.fleet.client(NODES[3])?, group).await?;
            decisions += all;
            verified += same;
        }
        let words = format!("{verified} of {decisions} decisions recomputed from the exported logs by a fresh replica");
        teller.tell("recomputed", json!({"decisions": decisions, "verified": verified}), &words)?;
        if !ctx.json {
            teller.chapter("What `moot why` says of the decision with the objection:")?;
            let view = self.finance.proposal(integrated).await?;
            ctx.out.line(&crate::output::indent(&show::why_words(&view, ctx.out), "  │ "))?;
        }
        self.fleet.stop_all().await?;
        if !ctx.json {
            ctx.out.line(NEXT)?;
        }
        let done = json!({"nodes": nodes, "groups": groups.len(), "decisions": decisions, "digests_equal": equal, "verified": verified});
        if ctx.json {
            teller.tell("done", done, "")?;
        }
        if equal && verified == decisions && decisions > 0 {
            return Ok(());
        }
        Err(CliError::Failed("the demo ended with different digests or decisions that do not come out again".into()))
    }
}

fn decision(view: &ProposalView) -> serde_json::Value {
    json!({
        "proposal": short(&view.proposal), "group": view.group_name, "title": view.title, "outcome": view.state,
        "sealed": view.sealed,
    })
}

fn text(domain: &str, text: &str) -> Result<Effect, CliError> {
    Ok(Effect::Text { domain: name(domain)?, text: text.into(), replaces: None })
}

fn names(handles: &[&str]) -> Result<Vec<folkmoot_protocol::name::Name>, CliError> {
    handles.iter().map(|handle| name(handle)).collect()
}

fn people_of(group: &str) -> [&'static str; 3] {
    match group {
        "finance" => ["ana", "ben", "cem"],
        "logistics" => ["dana", "eli", "fay"],
        _ => ["gus", "hana", "ivo"],
    }
}

const NEXT: &str = "
What to type next, to found a group of your own:
  moot id new ana                                  a key that stays on your machine
  moot charter new garden --member ana             a first charter, to be edited
  moot node run &                                  the node of your group
  moot group found garden.toml                     found it
  moot propose --domain work --title \"…\" --why \"…\" --text \"…\"
  moot inbox                                       what waits for you
(`cargo install --path cli` puts moot on your path.)";

const FINANCE: &str = r#"
name = "finance"
purpose = "Keep the camp's money, and say where it went."
[members.ana]
[members.ben]
[members.cem]
[members.ledgerbot]
agent = { sponsor = "ana", scope = ["principles"], until = "+30d" }
[domains.charter]
purpose = "Purpose, roles, domains and rules."
people_only = true
rule = { consent = { closing = "30s", minimum = "0s", quorum = "1/2" } }
[domains.principles]
purpose = "What we will not do for money."
stakes = "high"
people_only = true
rule = { consent = { closing = "30s", minimum = "0s", quorum = "2/3" } }
[domains.policy]
purpose = "How money is paid."
affected = ["logistics"]
rule = { consent = { closing = "30s", minimum = "0s", quorum = "1/2", review = "180d" } }
"#;

const LOGISTICS: &str = r#"
name = "logistics"
purpose = "Tents, transport and food are where they are needed."
[members.dana]
[members.eli]
[members.fay]
[roles.quartermaster]
purpose = "Buys what the camp needs within the season's budget."
holders = [{ member = "eli", until = "+90d" }]
[domains.charter]
purpose = "Purpose, roles, domains and rules."
people_only = true
rule = { consent = { closing = "30s", minimum = "0s", quorum = "1/2" } }
[domains.purchases]
purpose = "What we buy."
owner = "role:quartermaster"
stakes = "low"
rule = { delegate = { closing = "30s", call_in = { window = "1s500ms", rule = { closing = "30s", minimum = "0s", quorum = "1/2" } } } }
"#;

const ASSEMBLY: &str = r#"
name = "assembly"
purpose = "Everybody at the camp, for what touches all."
[members.gus]
[members.hana]
[members.ivo]
[domains.charter]
purpose = "Purpose, roles, domains and rules."
people_only = true
rule = { consent = { closing = "30s", minimum = "0s", quorum = "1/2" } }
[domains.programme]
purpose = "What happens on which day."
rule = { consent = { closing = "30s", minimum = "0s", quorum = "1/2" } }
"#;
