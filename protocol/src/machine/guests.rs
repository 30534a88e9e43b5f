//! Guests: tickets that this node made, and what their holders may ask.

use super::{Effect, Event, InputError, Machine, Record, Reply};
use crate::{
    cbor,
    entry::{Entry, EntryAct},
    federation::{
        FederatedGroup, FederationAgreement, GuestAnswer, GuestRequest, Invitation, JoinRequest, secret_hash,
    },
    id::{FederationId, Hash},
    key::PublicKey,
    limits::TICKETS,
    name::Name,
    replay::Replica,
    time::{Span, Timestamp},
};

/// How long after the end of its ticket a join that nobody has decided about is kept.
const UNDECIDED: Span = Span::from_days(90);

impl Machine {
    /// Keeps a ticket that was made here, and lets guests in while there is one.
    pub(super) fn invite(
        &mut self,
        invitation: Invitation,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<Reply, InputError> {
        self.drop_old_invitations(now, out);
        let problem = |text: String| Err(InputError::Ticket(text));
        if !self.standing(&invitation.federation).is_some_and(|_| self.belongs(&self.node.public())) {
            return problem(format!("this node belongs to no federation {}", invitation.federation.short()));
        }
        if invitation.expires <= now {
            return problem(format!("it would be over before it began ({}): give it more time", invitation.expires));
        }
        if self.invitations.len() >= TICKETS {
            return problem(format!("this node keeps at most {TICKETS} tickets: wait until some of them are over"));
        }
        let secret = invitation.secret;
        self.keep_invitation(invitation, out);
        self.welcome(out);
        Ok(Reply::Invited(secret))
    }

    /// Answers a guest: whoever holds a ticket may see the agreement and ask once to join, nothing else.
    pub(super) fn serve_guest(
        &mut self,
        from: PublicKey,
        request: &GuestRequest,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> GuestAnswer {
        let (answer, what) = match self.try_serve_guest(from, request, now, out) {
            Ok((answer, what)) => (answer, what),
            Err(reason) => (GuestAnswer::Refused { reason: reason.clone() }, format!("was refused: {reason}")),
        };
        out.push(Effect::Notify(Event::Guest { peer: from, what }));
        answer
    }

    fn try_serve_guest(
        &mut self,
        from: PublicKey,
        request: &GuestRequest,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(GuestAnswer, String), String> {
        let mut invitation = self.invitation(&from, &secret_hash(request.secret()), now)?;
        let agreement = self.standing(&invitation.federation).map(|standing| standing.agreement.clone());
        let agreement = agreement.ok_or("the federation is not known here any more")?;
        // The first to show a ticket is the one that it is good for.
        invitation.peer = Some(from);
        match request {
            GuestRequest::Look { .. } => {
                self.keep_invitation(invitation, out);
                Ok((GuestAnswer::Agreement(agreement), "looked at the agreement".into()))
            }
            GuestRequest::Join { name, entry, .. } => {
                let entry = Entry::decode(&entry.0).map_err(|error| format!("its first entry: {error}"))?;
                let join = join_request(name, &entry, from, now)?;
                match &invitation.join {
                    // It did not hear the answer, and asks again.
                    Some(before) if (before.log, &before.name) == (join.log, &join.name) => {}
                    Some(before) => return Err(format!("the ticket was used: '{}' asked with it", before.name)),
                    None => {
                        agreement.with_group(group_of(&join)).map_err(|error| error.to_string())?;
                        invitation.join = Some(join);
                    }
                }
                self.keep_invitation(invitation, out);
                Ok((GuestAnswer::Agreement(agreement), format!("asks that '{name}' may join")))
            }
        }
    }

    fn invitation(&self, from: &PublicKey, secret: &Hash, now: Timestamp) -> Result<Invitation, String> {
        let known = self
            .invitations
            .get(secret)
            .ok_or("the ticket is none that its node made, or it is over since long: ask for another")?;
        match known.peer {
            Some(peer) if peer != *from && known.join.is_some() => {
                Err("the ticket was used by another node: ask for one of your own".into())
            }
            Some(peer) if peer != *from => Err("the ticket is for another node: ask for one of your own".into()),
            _ if known.expires <= now => Err(format!("the ticket was good until {}: ask for another", known.expires)),
            _ => Ok(known.clone()),
        }
    }

    /// The groups that ask to join a federation.
    pub fn joins(&self, federation: &FederationId) -> impl Iterator<Item = &JoinRequest> {
        let of = self.invitations.values().filter(move |invitation| invitation.federation == *federation);
        of.filter_map(|invitation| invitation.join.as_ref())
    }

    /// The tickets that this node keeps.
    pub fn invitations(&self) -> impl Iterator<Item = &Invitation> {
        self.invitations.values()
    }

    /// The version to decide about so that a group is taken in: the one under way that adds it, so that all consent to
    /// the same text, or else a new one, if it has asked here.
    ///
    /// # Errors
    /// Why there is none.
    pub fn admission(&self, federation: &FederationId, name: &Name) -> Result<FederationAgreement, String> {
        let standing = self.standing(federation).ok_or("this node does not know the federation")?;
        if standing.agreement.groups.find(name).is_some() {
            return Err(format!("'{name}' is in '{}' already", standing.agreement.name));
        }
        let mut under_way = standing.pending.iter().filter(|pending| pending.agreement.groups.find(name).is_some());
        if let Some(first) = under_way.next() {
            let rivals = under_way.map(|rival| rival.consents.len());
            return match rivals.max() {
                None => Ok(first.agreement.clone()),
                Some(_) => Err(format!(
                    "several versions add '{name}': say which one (moot federation show, moot federation consent)"
                )),
            };
        }
        let join = self.joins(federation).find(|join| join.name == *name);
        let join = join.ok_or_else(|| {
            format!("'{name}' has not asked this node, and no version adds it: moot federation show lists who asks")
        })?;
        standing.agreement.with_group(group_of(join)).map_err(|error| error.to_string())
    }

    /// Takes back a ticket from the own store.
    pub fn restore_invitation(&mut self, invitation: Invitation) {
        self.invitations.insert(invitation.secret, invitation);
    }

    /// Says how long guests are to be let in.
    pub(super) fn welcome(&self, out: &mut Vec<Effect>) {
        let until = self.invitations.values().map(|invitation| invitation.expires).max();
        out.extend(until.filter(|until| *until > self.now).map(Effect::Welcome));
    }

    /// Forgets tickets that are over, but not who asked with them and still waits.
    pub(super) fn drop_old_invitations(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        let waits = |join: &JoinRequest| !self.names(&join.log);
        let is_old = |invitation: &&Invitation| match &invitation.join {
            Some(join) if waits(join) => invitation.expires + UNDECIDED <= now,
            _ => invitation.expires <= now,
        };
        let old: Vec<Hash> = self.invitations.values().filter(is_old).map(|invitation| invitation.secret).collect();
        for secret in old {
            self.invitations.remove(&secret);
            out.push(Effect::Persist(vec![Record::DropInvitation(secret)]));
        }
    }

    fn keep_invitation(&mut self, invitation: Invitation, out: &mut Vec<Effect>) {
        let known = self.invitations.insert(invitation.secret, invitation.clone());
        if known.as_ref() != Some(&invitation) {
            out.push(Effect::Persist(vec![Record::Invitation(invitation.secret, cbor::encode(&invitation))]));
        }
    }
}

fn group_of(join: &JoinRequest) -> FederatedGroup {
    FederatedGroup { name: join.name.clone(), log: join.log, node: join.node, escalates_to: None, weight: 1 }
}

/// Reads a first entry: it founds a group by the rules.
fn join_request(name: &Name, entry: &Entry, node: PublicKey, at: Timestamp) -> Result<JoinRequest, String> {
    Replica::found(entry).map_err(|refusal| format!("its first entry founds no group: {refusal}"))?;
    let EntryAct::Found { charter, .. } = &entry.content().act else {
        return Err("its first entry founds no group".into());
    };
    let (purpose, people) = (charter.purpose.clone(), charter.people() as u32);
    Ok(JoinRequest { name: name.clone(), log: entry.log(), node, purpose, people, at })
}
