//! What stories about rounds need of a street: a round, claims, and what shows that somebody claimed or was silent.

use folkmoot_protocol::{
    effect::Effect,
    error::Refusal,
    evidence::Evidence,
    id::{Hash, RoundId},
    resource::{
        Claimant, KnownRound, Offer, Round, RoundClaim, Window,
        division::{Division, Secret, commit},
    },
    time::Span,
    voice::Says,
};

use super::{
    dealing::{hours, name, tools},
    street::{Street, days, refused},
};

/// The secret of a group in these lots.
pub(super) fn secret(called: &str) -> Secret {
    Secret(Hash::of(format!("secret of {called}").as_bytes()))
}

/// Coins that are used up.
pub(super) fn coins_of(amount: u64) -> Offer {
    Offer { resource: name("coins"), window: Window::ALL, amount }
}

pub(super) fn opening(round: &Round) -> Effect {
    Effect::OpenRound { domains: tools(), round: Box::new(round.clone()) }
}

impl Street {
    /// A round of cellar's: a day for claims, in a lot another one for reveals, and one to divide.
    pub(super) fn round(&self, title: &str, division: Division, offers: Vec<Offer>, weights: &[(&str, u32)]) -> Round {
        let claimant = |(called, weight): &(&str, u32)| Claimant { group: self.log(called), weight: *weight };
        let mut claimants: Vec<Claimant> = weights.iter().map(claimant).collect();
        claimants.sort_by_key(|claimant| claimant.group);
        let claims_by = self.now + days(1);
        let reveals_by = division.needs_seed().then(|| claims_by + days(1));
        Round {
            federation: self.agreement.id(),
            version: self.agreement.hash(),
            title: title.into(),
            text: "Who has a use for it gets some.".into(),
            steward: self.log("cellar"),
            division,
            offers,
            claimants,
            claims_by,
            reveals_by,
            divides_by: reveals_by.unwrap_or(claims_by) + days(1),
        }
    }

    /// Cellar opens a round, cites that this was sealed, and others hear of it.
    pub(super) fn opens(&mut self, round: &Round, tells: &[&str]) -> RoundId {
        self.decide("cellar", opening(round));
        self.tell_last("cellar", tells);
        self.tell_last("cellar", &["cellar"]);
        round.id()
    }

    pub(super) fn known_round(&self, called: &str, round: RoundId) -> &KnownRound {
        &self.replica(called).dealings().books.rounds[&round]
    }

    /// A claim of so much of each offer, in a lot with the group's commitment.
    pub(super) fn a_claim(&self, called: &str, round: RoundId, amounts: &[u64]) -> RoundClaim {
        let lot = self.known_round("cellar", round).round.division.needs_seed();
        let commitment = lot.then(|| commit(&Hash(round.0), &self.log(called), &secret(called)));
        RoundClaim { round, amounts: amounts.to_vec(), commitment }
    }

    /// A group claims by decision, and cellar cites that.
    pub(super) fn claims(&mut self, called: &str, round: RoundId, amounts: &[u64]) {
        let claim = self.a_claim(called, round, amounts);
        self.decide(called, Effect::Claim { domains: tools(), claim });
        self.tell_last(called, &["cellar"]);
    }

    pub(super) fn reveals(&mut self, called: &str, round: RoundId) -> Result<(), Refusal> {
        self.follow(called, Says::Reveal { round, secret: secret(called) })
    }

    pub(super) fn divides(&mut self, round: RoundId) -> Result<(), Refusal> {
        self.follow("cellar", Says::Divide { round })
    }

    /// What shows what a group did at a stage, or that it did nothing.
    pub(super) fn answer(&self, of: &str, round: RoundId, stage: u8) -> Option<Evidence> {
        let news = self.agreement.timing.news;
        let awaited = self.known_round("cellar", round).awaited(round, self.log(of), stage, news)?;
        self.source(of).answer(&self.agreement, &awaited)
    }

    /// Goes to the last moment at which somebody may speak at a stage, and then on until all notes are there.
    pub(super) fn after_stage(&mut self, round: RoundId, stage: u8) {
        let text = &self.known_round("cellar", round).round;
        let last = if stage == 1 { text.claims_by } else { text.last() };
        self.tick_to(last + hours(1));
        refused(self.divides(round), "conflict", "round");
        self.tick(Span::from_millis(1));
        self.seal_all();
    }

    /// How much a group was promised of a round.
    pub(super) fn share(&self, called: &str, round: RoundId) -> u64 {
        let id = Round::share(&round, &self.log(called));
        let ledgers = self.replica("cellar").dealings().books.ledgers.values();
        let portions = ledgers.filter_map(|ledger| ledger.find(&id)).flat_map(|promise| &promise.portions);
        portions.map(|portion| portion.amount).sum()
    }
}
