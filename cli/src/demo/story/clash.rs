//! Finance and logistics clash over spending: the first level runs out, mediation fails, the assembly decides.

use folkmoot_node::control::view::{DraftedMatter, MatterDraft, MatterView, PartDraft, ProposalView, StanceView};
use folkmoot_protocol::{
    cbor, effect::Effect, id::MatterId, id::hex_decode_vec, limits::ENTRY_BYTES, matter::Matter, name::Name,
};
use serde_json::json;

use super::{
    super::{
        fleet::until,
        people::{Group, name},
    },
    Story, carried, decision, outcome, sharing, text,
};
use crate::{
    client::{Client, ClientError},
    cmd::CliError,
    output::short,
};

const TITLE: &str = "Who pays for the second tent";

/// Who mediates at the second level: a role of a group that the clash does not touch.
const MEDIATOR: &str = "assembly/caretaker";

impl Story {
    /// Tells the clash, up to its enactment.
    pub(super) async fn clash(&mut self, workshop: &mut Group) -> Result<(), CliError> {
        let teller = self.teller;
        teller.chapter("Finance and logistics clash over spending. Nobody is above them: a matter between groups.")?;
        self.catch_up_with_version(workshop).await?;
        let id = self.open_matter().await?;
        let no = answer_when_asked(&mut self.finance, id, false, "The money is meant for the well.").await?;
        let view = matter(&self.logistics.client, id).await?;
        let words = format!("finance says no, in its own log, and why; level 1 runs out at {}", view.levels[0].by);
        teller.tell("decision", decision(&no), &words)?;
        for group in [&mut self.assembly, workshop] {
            let groups = group.name.clone();
            until(&group.client, "the assembly to be asked", async |client| {
                Ok(stance(&matter(client, id).await?, &groups).is_some_and(|stance| stance.waits_until.is_some()))
            })
            .await?;
            let why = "A dry night matters more than a well in August.";
            let view = answer_when_asked(group, id, true, why).await?;
            let words = format!(
                "{} consents, {}: at the last level two thirds of all groups decide",
                group.name,
                outcome(&view)
            );
            teller.tell("decision", decision(&view), &words)?;
        }
        let mediator = view.mediator.clone().unwrap_or_default();
        let words =
            format!("level 2, until {}: finance and logistics once more, and {mediator} mediates", view.levels[1].by);
        teller.note(&words)?;
        until(&self.finance.client, "finance to enact the matter", async |client| {
            let view = matter(client, id).await?;
            Ok(["finance", "logistics"].iter().all(|group| stance(&view, group).is_some_and(|s| s.enacted.is_some())))
        })
        .await?;
        let view = matter(&self.finance.client, id).await?;
        let level = view.level.unwrap_or_default();
        let given_way = view.levels[1].consents.iter().any(|group| group == "finance");
        let Some(mediator) = view.mediator.as_ref().filter(|_| level == 3 && !given_way) else {
            return Err(CliError::Failed(format!("no mediation failed in {}", short(&view.matter))));
        };
        teller.note(
            "mediation has failed: at the end of level 2 finance has still not consented; the assembly decides",
        )?;
        let words = format!(
            "{} is {} at level {level}: finance had ceded its domain 'spending', and its node enacts what it did not want",
            short(&view.matter),
            view.state
        );
        let facts = json!({"matter": short(&view.matter), "state": view.state, "level": level, "mediator": mediator});
        teller.tell("matter", facts, &words)
    }

    /// The assembly has had no say in version 2 of the agreement; a group answers matters by a version that its log holds.
    async fn catch_up_with_version(&mut self, workshop: &Group) -> Result<(), CliError> {
        let agreement = sharing::agreement_of(workshop).await?;
        let effects = vec![Effect::Federate(agreement)];
        let view = carried(&mut self.assembly, "Take the workshop in", "Welcome.", effects).await?;
        let words = format!("first the assembly consents to version 2, too, {}", outcome(&view));
        self.teller.tell("decision", decision(&view), &words)
    }

    /// Lets logistics open the matter; the draft's dates, heads and windows come from the groups' charters.
    async fn open_matter(&mut self) -> Result<MatterId, CliError> {
        let part = |group: &str, words: &str| -> Result<PartDraft, CliError> {
            Ok(PartDraft { group: group.into(), effects: vec![text("spending", words)?], ..PartDraft::default() })
        };
        let draft = MatterDraft {
            group: self.logistics.name.clone(),
            title: TITLE.into(),
            text: "It rains, and half of us sleep outside. The tent is paid from the camp's money, now.".into(),
            parts: vec![
                part("finance", "The second tent is paid from the camp's money.")?,
                part("logistics", "We buy the second tent, and put it up.")?,
            ],
            mediator: Some(MEDIATOR.into()),
            ..MatterDraft::default()
        };
        let drafted: DraftedMatter = self.logistics.client.post("/v1/matters/drafts", &draft).await?;
        let bytes = hex_decode_vec(&drafted.bytes).unwrap_or_default();
        let matter: Matter =
            cbor::decode(&bytes, ENTRY_BYTES).map_err(|error| ClientError::Answer(error.to_string()))?;
        let domains = drafted.domains.iter().map(|domain| name(domain)).collect::<Result<Vec<Name>, _>>()?;
        let effect = Effect::OpenMatter { domains, matter: Box::new(matter) };
        let view = carried(&mut self.logistics, TITLE, "We asked finance three times.", vec![effect]).await?;
        let title = TITLE.to_owned();
        let open = async |client: &Client| -> Result<Option<MatterView>, CliError> {
            let all: Vec<MatterView> = client.get("/v1/matters").await?;
            Ok(all.into_iter().find(|view| view.title == title))
        };
        // Finance's own log takes the evidence that the matter was opened, by itself.
        until(&self.finance.client, "the matter to reach finance", async |client| {
            let asked = open(client).await?.and_then(|view| stance(&view, "finance").map(|s| s.waits_until.is_some()));
            Ok(asked == Some(true))
        })
        .await?;
        let shown =
            open(&self.logistics.client).await?.ok_or_else(|| CliError::Failed("no matter was opened".into()))?;
        let words = format!(
            "logistics opens {}, {}: '{TITLE}', which touches two groups; if they do not agree, {} mediates",
            short(&shown.matter),
            outcome(&view),
            shown.mediator.as_deref().unwrap_or("nobody")
        );
        self.teller.tell("decision", decision(&view), &words)?;
        shown.matter.parse().map_err(|_| CliError::Failed(format!("{} is no matter", shown.matter)))
    }
}

/// A matter as a node shows it.
pub(super) async fn matter(client: &Client, id: MatterId) -> Result<MatterView, CliError> {
    Ok(client.get(&format!("/v1/matters/{id}")).await?)
}

fn stance<'a>(view: &'a MatterView, group: &str) -> Option<&'a StanceView> {
    view.stances.iter().find(|stance| stance.group == group)
}

/// Lets a group answer with everybody's agreement.
async fn answer(group: &mut Group, id: MatterId, consents: bool, why: &str) -> Result<ProposalView, CliError> {
    let view = matter(&group.client, id).await?;
    let domains = stance(&view, &group.name).map(|stance| stance.domains.clone()).unwrap_or_default();
    let domains = domains.iter().map(|domain| name(domain)).collect::<Result<Vec<Name>, _>>()?;
    let title = if consents { format!("Consent: {TITLE}") } else { format!("No: {TITLE}") };
    carried(group, &title, why, vec![Effect::Stance { domains, matter: id, consents }]).await
}

/// The group's own log must hold the evidence that the matter was opened: its node brings that a moment later.
async fn answer_when_asked(
    group: &mut Group,
    id: MatterId,
    consents: bool,
    why: &str,
) -> Result<ProposalView, CliError> {
    let log = group.log.to_string();
    until(&group.client, "the evidence in the own log", async |client| {
        let replica = crate::logs::replay(&crate::logs::fetch(client, &log).await?)?;
        Ok(replica.dealings().matter(&id).is_some())
    })
    .await?;
    answer(group, id, consents, why).await
}
