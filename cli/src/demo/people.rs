//! Members with throwaway keys, and what they do.

use std::collections::BTreeMap;

use folkmoot_node::control::view::{FoundRequest, LogKeyView, ProposalView, StatementsRequest, Taken};
use folkmoot_protocol::{
    body::Body,
    cbor,
    charter::{Host, Member, RawCharter},
    envelope::{Kind, Signed},
    id::{EntryId, Hash, LogId, ProposalId, StatementId, hex_encode},
    key::{PublicKey, SecretKey},
    name::Name,
    statement::{
        Act, Amendment, Answer, Ballot, FoundingContent, Proposal, ProposalOption, Response, Statement,
        StatementContent,
    },
};

use crate::{
    client::{Client, ClientError, body},
    cmd::CliError,
};

/// The throwaway key of a member: for a trial only, because anybody can make it.
pub(super) fn trial_key(handle: &Name) -> SecretKey {
    SecretKey::from_seed(Hash::of(format!("folkmoot trial key of {handle}").as_bytes()).0)
}

/// A group with its members' keys, as its members' programs see it.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// What it is called.
    pub(super) name: String,
    /// Its id.
    pub(super) log: LogId,
    /// Its node's control client.
    pub(super) client: Client,
    /// The people among its members.
    pub(super) people: Vec<Name>,
    /// Where each member's next statement starts.
    previous: BTreeMap<Name, StatementId>,
}

impl Group {
    /// Founds a group on a node; the first person of the charter signs.
    pub(super) async fn found(client: &Client, raw: &RawCharter) -> Result<Self, CliError> {
        let key: LogKeyView = client.post("/v1/log-keys", &serde_json::json!({})).await?;
        let parse = |key: &str| key.parse::<PublicKey>().map_err(|error| ClientError::Answer(error.to_string()));
        let host = Host { log_key: parse(&key.log_key)?, node: parse(&key.node)? };
        let charter = raw
            .resolve(folkmoot_node::clock::now(), host, &|name| Some(trial_key(name).public()))
            .map_err(|error| CliError::Input(format!("{}: {error}", raw.name)))?;
        // Liaisons are people, too, but have no keys here.
        let own = |member: &&Member| member.is_person() && !member.keys.is_empty();
        let founder = charter.members.iter().find(own);
        let founder = founder.ok_or_else(|| CliError::Failed(format!("{} has no people", raw.name)))?;
        let content = FoundingContent { charter: charter.hash() };
        let founding = Signed::sign(Kind::Founding, content, &trial_key(&founder.name));
        let request = FoundRequest {
            charter: hex_encode(&cbor::encode(&charter)),
            foundings: vec![hex_encode(founding.bytes())],
        };
        let taken: Taken = client.post("/v1/groups", &request).await?;
        let id = taken.id.unwrap_or_default();
        let log = id.parse().map_err(|error| ClientError::Answer(format!("{error}")))?;
        let people = charter.members.iter().filter(own).map(|member| member.name.clone());
        let people = people.collect();
        Ok(Self { name: raw.name.to_string(), log, client: client.clone(), people, previous: BTreeMap::new() })
    }

    /// Hands in acts of several members at once: all are taken, or none.
    pub(super) async fn act(&mut self, acts: Vec<(Name, Act)>, bodies: &[Body]) -> Result<Vec<Statement>, CliError> {
        let head: folkmoot_node::control::view::HeadView = {
            let key = trial_key(&acts[0].0).public();
            self.client.get(&format!("/v1/groups/{}/head?key={key}", self.log)).await?
        };
        let seen: EntryId = head.seen.parse().map_err(|error| ClientError::Answer(format!("{error}")))?;
        let mut previous = self.previous.clone();
        let mut statements = Vec::new();
        for (member, act) in acts {
            let content = StatementContent { log: self.log, seen, previous: previous.get(&member).copied(), act };
            let statement = Signed::sign(Kind::Statement, content, &trial_key(&member));
            previous.insert(member, statement.id());
            statements.push(statement);
        }
        let bodies = bodies.iter().map(|body| hex_encode(&body.bytes())).collect();
        let hex = statements.iter().map(|statement| hex_encode(statement.bytes())).collect();
        let request = StatementsRequest { statements: hex, bodies };
        let _: Taken = self.client.post(&format!("/v1/groups/{}/statements", self.log), &request).await?;
        self.previous = previous;
        Ok(statements)
    }

    /// Files a proposal.
    pub(super) async fn propose(
        &mut self,
        who: &str,
        title: &str,
        why: &str,
        effects: Vec<folkmoot_protocol::effect::Effect>,
    ) -> Result<ProposalId, CliError> {
        let why = body(why)?;
        let proposal = Proposal { title: title.into(), why: why.id(), effects, options: Vec::new(), review: None };
        let ids = self.act(vec![(name(who)?, Act::Propose(proposal))], &[why]).await?;
        Ok(ids[0].id().into())
    }

    /// Files a proposal whose options members rank.
    pub(super) async fn elect(
        &mut self,
        who: &str,
        title: &str,
        why: &str,
        options: Vec<ProposalOption>,
    ) -> Result<ProposalId, CliError> {
        let why = body(why)?;
        let proposal = Proposal { title: title.into(), why: why.id(), effects: Vec::new(), options, review: None };
        let ids = self.act(vec![(name(who)?, Act::Propose(proposal))], &[why]).await?;
        Ok(ids[0].id().into())
    }

    /// Ranks the options of a proposal; those of equal rank are sorted.
    pub(super) async fn rank(
        &mut self,
        who: &str,
        (proposal, version): (ProposalId, u32),
        ranking: Vec<Vec<Name>>,
    ) -> Result<(), CliError> {
        let ballot = Ballot { proposal, version, ranking, reason: None };
        self.act(vec![(name(who)?, Act::Rank(ballot))], &[]).await?;
        Ok(())
    }

    /// Files a new version.
    pub(super) async fn amend(
        &mut self,
        who: &str,
        proposal: ProposalId,
        version: u32,
        (title, why): (&str, &str),
        effects: Vec<folkmoot_protocol::effect::Effect>,
        integrates: Vec<StatementId>,
    ) -> Result<(), CliError> {
        let why = body(why)?;
        let content = Proposal { title: title.into(), why: why.id(), effects, options: Vec::new(), review: None };
        let amendment = Amendment { proposal, version, content, integrates };
        self.act(vec![(name(who)?, Act::Amend(amendment))], &[why]).await?;
        Ok(())
    }

    /// Responds, with a reason where one is given.
    pub(super) async fn respond(
        &mut self,
        who: &str,
        (proposal, version): (ProposalId, u32),
        answer: Answer,
        reason: Option<&str>,
    ) -> Result<StatementId, CliError> {
        self.weigh(who, (proposal, version), answer, reason, Vec::new()).await
    }

    /// Responds as one who decides, and names the advice that this weighs.
    pub(super) async fn weigh(
        &mut self,
        who: &str,
        (proposal, version): (ProposalId, u32),
        answer: Answer,
        reason: Option<&str>,
        weighs: Vec<StatementId>,
    ) -> Result<StatementId, CliError> {
        let reason = reason.map(body).transpose()?;
        let response = Response { proposal, version, answer, reason: reason.as_ref().map(Body::id), weighs };
        let bodies: Vec<Body> = reason.into_iter().collect();
        Ok(self.act(vec![(name(who)?, Act::Respond(response))], &bodies).await?[0].id())
    }

    /// Lets several members agree.
    pub(super) async fn agree(&mut self, who: &[Name], proposal: ProposalId, version: u32) -> Result<(), CliError> {
        let response = Response { proposal, version, answer: Answer::Agree, reason: None, weighs: Vec::new() };
        for some in who.chunks(32) {
            let acts = some.iter().map(|member| (member.clone(), Act::Respond(response.clone()))).collect();
            self.act(acts, &[]).await?;
        }
        Ok(())
    }

    /// A proposal as the node shows it.
    pub(super) async fn proposal(&self, id: ProposalId) -> Result<ProposalView, CliError> {
        Ok(self.client.proposal(&id.to_string()).await?)
    }

    /// Waits until a proposal has ended, and gives it back.
    pub(super) async fn ended(&self, id: ProposalId) -> Result<ProposalView, CliError> {
        let path = id.to_string();
        super::fleet::until(&self.client, &format!("the end of {}", id.short()), async |client| {
            Ok(client.proposal(&path).await?.entry.is_some())
        })
        .await?;
        self.proposal(id).await
    }
}

/// Reads a handle.
pub(super) fn name(text: &str) -> Result<Name, CliError> {
    text.parse().map_err(|error: folkmoot_protocol::name::NameError| CliError::Input(error.to_string()))
}
