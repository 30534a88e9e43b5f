//! Rounds made up from a seed: stewards that divide what others ask for too, claims in time, late or none, and lots.

use std::fmt::Write as _;

use super::{decisions::Decisions, matters::NEWS_MS, terms::RESOURCES, troubles::Dates};
use crate::sim::rng::Rng;

/// When the last round is opened: what follows must fit into a scenario.
const LAST_MS: u64 = 500_000;
/// So long takes a decision that all agree to soon.
const DECIDES_MS: u64 = 12_000;
const DIVISIONS: [&str; 6] = [
    "\"proportional\"",
    "\"max_min\"",
    "\"dominant_resource\"",
    "{ lot = \"part\" }",
    "{ lot = \"part\" }",
    "{ lot = \"whole\" }",
];

/// A round that was made up.
struct Made {
    label: String,
    steward: usize,
    at: u64,
    division: &'static str,
    /// Places in [`RESOURCES`].
    offers: Vec<usize>,
    claimants: Vec<usize>,
    claims_by: u64,
    reveals_by: Option<u64>,
    divides_by: u64,
}

/// Rounds, and the decisions in them.
pub(super) struct Rounds<'a> {
    decisions: Decisions<'a>,
    dates: Vec<Dates>,
}

impl<'a> Rounds<'a> {
    pub(super) fn new(decisions: Decisions<'a>) -> Self {
        Self { decisions, dates: Vec::new() }
    }

    /// Writes so many rounds, and the claims.
    pub(super) fn write(mut self, file: &mut String, count: usize, rng: &mut Rng) -> Vec<Dates> {
        for no in 0..count {
            let made = self.another(no, rng);
            let text = self.text(&made, rng);
            self.decisions.decide(made.steward, made.at, &made.label, &text, rng);
            for group in made.claimants.clone() {
                self.claim(&made, group, rng);
            }
            self.dates.push(Dates {
                at: made.at,
                by: [made.claims_by, made.reveals_by.unwrap_or(made.claims_by) + NEWS_MS, made.divides_by],
                close: None,
            });
        }
        self.decisions.write(file);
        self.dates
    }

    fn another(&self, no: usize, rng: &mut Rng) -> Made {
        let groups = self.decisions.charters.0.len();
        let at = 5_000 + rng.below(LAST_MS);
        let division = DIVISIONS[rng.below(DIVISIONS.len() as u64) as usize];
        let claims_by = at + DECIDES_MS + 2 * NEWS_MS + rng.below(60_000);
        let reveals_by = division.contains("lot").then(|| claims_by + 3 * NEWS_MS + rng.below(60_000));
        let divides_by = reveals_by.unwrap_or(claims_by) + 3 * NEWS_MS + rng.below(100_000);
        let mut offers: Vec<usize> = (0..RESOURCES.len()).filter(|_| rng.chance(400_000)).collect();
        if offers.is_empty() {
            offers.push(rng.below(RESOURCES.len() as u64) as usize);
        }
        let mut claimants: Vec<usize> = (0..groups).filter(|_| rng.chance(700_000)).collect();
        if claimants.is_empty() {
            claimants.push(rng.below(groups as u64) as usize);
        }
        let steward = rng.below(groups as u64) as usize;
        let label = format!("r{no}");
        Made { label, steward, at, division, offers, claimants, claims_by, reveals_by, divides_by }
    }

    fn text(&self, made: &Made, rng: &mut Rng) -> String {
        let Made { label, division, claims_by, divides_by, .. } = made;
        let mut text = format!(
            "title = \"Divide {label}\"\n[[steps.effects]]\n[steps.effects.open_round]\ntitle = \"R{label}\"\n\
             text = \"So.\"\ndivision = {division}\nclaims_by = \"+{claims_by}ms\"\ndivides_by = \"+{divides_by}ms\"\n"
        );
        if let Some(by) = made.reveals_by {
            let _ = writeln!(text, "reveals_by = \"+{by}ms\"");
        }
        let offers: Vec<String> = made.offers.iter().map(|at| offer(*at, made, rng)).collect();
        let _ = writeln!(text, "offers = [{}]", offers.join(", "));
        let weight = |rng: &mut Rng| if made.reveals_by.is_some() { 1 } else { 1 + rng.below(3) };
        let claimants: Vec<String> =
            made.claimants.iter().map(|at| format!("{} = {}", self.decisions.name(*at), weight(rng))).collect();
        let _ = writeln!(text, "claimants = {{ {} }}", claimants.join(", "));
        text
    }

    fn claim(&mut self, made: &Made, group: usize, rng: &mut Rng) {
        let from = made.at + DECIDES_MS;
        let at = match rng.below(10) {
            0 => return,
            // At the last moment, or when it is too late.
            1 | 2 => made.claims_by - rng.below(12_000),
            3 => made.claims_by + rng.below(30_000),
            _ => from + rng.below(made.claims_by - from),
        };
        let amounts: Vec<String> = made.offers.iter().map(|at| rng.below(RESOURCES[*at].3).to_string()).collect();
        let domain = ["hall", "yard"][rng.below(2) as usize];
        let (label, amounts) = (format!("{}-{group}", made.label), amounts.join(", "));
        let round = &made.label;
        let effect =
            format!("{{ claim = {{ round = \"{round}\", amounts = [{amounts}], domains = [\"{domain}\"] }} }}");
        self.decisions.decide(group, at, &label, &format!("title = \"Claim {label}\"\neffects = [{effect}]\n"), rng);
        if rng.chance(200_000) {
            self.release(made, group, domain, rng);
        }
    }

    /// What a group got goes free again, mostly after it was divided.
    fn release(&mut self, made: &Made, group: usize, domain: &str, rng: &mut Rng) {
        let from = made.reveals_by.unwrap_or(made.claims_by) + NEWS_MS;
        let (at, label, round) = (from + rng.below(120_000), format!("{}-{group}-free", made.label), &made.label);
        let effect = format!("{{ release_share = {{ round = \"{round}\", domains = [\"{domain}\"] }} }}");
        self.decisions.decide(group, at, &label, &format!("title = \"Free {label}\"\neffects = [{effect}]\n"), rng);
    }
}

/// So much of a resource, over a time that ends after the round does.
fn offer(at: usize, made: &Made, rng: &mut Rng) -> String {
    let (name, _, _, most) = RESOURCES[at];
    let window = match at {
        0 => {
            let from = made.divides_by + rng.below(200_000);
            format!(", from = \"+{from}ms\", until = \"+{}ms\"", from + 100_000 + rng.below(400_000))
        }
        1 => String::new(),
        _ => {
            let first = made.divides_by / 600_000 + 1 + rng.below(3);
            let date = |period: u64| format!("2026-01-01T{:02}:{:02}:00Z", period / 6, period % 6 * 10);
            format!(", from = \"{}\", until = \"{}\"", date(first), date(first + 1))
        }
    };
    format!("{{ resource = \"{name}\", amount = {}{window} }}", 1 + rng.below(most.div_ceil(2)))
}
