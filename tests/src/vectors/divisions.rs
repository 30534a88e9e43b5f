//! Divisions of scarce capacity, lots with their reveals, and the periods of budgets.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    id::{Hash, LogId, hex_encode},
    limits::AMOUNT,
    resource::{
        Budget, Every,
        division::{Claim, Division, Fit, Secret, Seed, commit, divide, reveals},
    },
    time::{Span, Timestamp},
};
use serde_json::{Value, json};

const RULES: [Division; 5] = [
    Division::Proportional,
    Division::MaxMin,
    Division::DominantResource,
    Division::Lot(Fit::Part),
    Division::Lot(Fit::Whole),
];

pub(super) fn all() -> Value {
    let mut random = Random(1);
    let mut divisions = vec![
        division(Division::DominantResource, &[9, 18], &[(1, vec![18, 72]), (1, vec![54, 18])], None),
        division(Division::MaxMin, &[16], &[4, 2, 10, 4].map(|amount| vec![amount]).map(weighing()), None),
    ];
    for round in 0..60 {
        divisions.push(made_up(RULES[round % RULES.len()], &mut random));
    }
    json!({
        "about": "Capacities and claims, by claimant; what each gets, in the same order, and what is left. Commitments \
            and secrets of claimants, by group; the seed, and who lost its share. Periods of budgets, as milliseconds.",
        "divisions": divisions,
        "reveals": (0..6).map(|round| revealed(round, &mut random)).collect::<Vec<_>>(),
        "periods": periods(),
    })
}

/// The weights of Keshav's example.
fn weighing() -> impl FnMut(Vec<u64>) -> (u32, Vec<u64>) {
    let mut weights = [5, 8, 1, 2].into_iter();
    move |amounts| (weights.next().unwrap_or(1), amounts)
}

/// Numbers that look random and are the same on every machine (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn bytes(&mut self) -> [u8; 32] {
        std::array::from_fn(|_| self.below(256) as u8)
    }

    /// Mostly small, so that there are ties and remainders.
    fn amount(&mut self) -> u64 {
        let limit = [12, 12, 1000, AMOUNT + 1][self.below(4) as usize];
        self.below(limit)
    }
}

fn made_up(rule: Division, random: &mut Random) -> Value {
    let resources = 1 + random.below(3) as usize;
    let seed = rule.needs_seed().then(|| Seed(Hash(random.bytes())));
    let capacities: Vec<u64> = (0..resources).map(|_| random.amount()).collect();
    let claims: Vec<(u32, Vec<u64>)> = (0..random.below(9))
        .map(|_| {
            let weight = if seed.is_some() { 1 } else { 1 + random.below(4) as u32 };
            (weight, (0..resources).map(|_| random.amount()).collect())
        })
        .collect();
    division(rule, &capacities, &claims, seed)
}

fn division(rule: Division, capacities: &[u64], claims: &[(u32, Vec<u64>)], seed: Option<Seed>) -> Value {
    let claim = |(at, (weight, amounts)): (usize, &(u32, Vec<u64>))| Claim {
        id: at,
        weight: *weight,
        amounts: amounts.clone(),
    };
    let claims: Vec<Claim<usize>> = claims.iter().enumerate().map(claim).collect();
    let divided = divide(rule, capacities, &claims, seed.as_ref()).expect("a round that can be divided");
    let written = |claim: &Claim<usize>| json!({ "weight": claim.weight, "amounts": claim.amounts });
    json!({
        "division": rule,
        "seed": seed.map(|seed| hex_encode(&seed.0.0)),
        "capacities": capacities,
        "claims": claims.iter().map(written).collect::<Vec<_>>(),
        "shares": divided.shares.iter().map(|share| &share.amounts).collect::<Vec<_>>(),
        "left": divided.left,
    })
}

/// A round in which some reveal what they committed to, some something else, and some nothing.
fn revealed(number: u8, random: &mut Random) -> Value {
    let round = Hash([number; 32]);
    let secrets: BTreeMap<LogId, Secret> =
        (0..5).map(|_| (LogId(random.bytes()), Secret(Hash(random.bytes())))).collect();
    let commitments: BTreeMap<LogId, Hash> =
        secrets.iter().map(|(group, secret)| (*group, commit(&round, group, secret))).collect();
    let shown: BTreeMap<LogId, Secret> = secrets
        .into_iter()
        .filter_map(|(group, secret)| match random.below(4) {
            0 => None,
            1 => Some((group, Secret(Hash(random.bytes())))),
            _ => Some((group, secret)),
        })
        .collect();
    let outcome = reveals(&round, &commitments, &shown);
    let hex = |hash: &Hash| hex_encode(&hash.0);
    json!({
        "round": hex(&round),
        "commitments": commitments.iter().map(|(group, hash)| [hex_encode(&group.0), hex(hash)]).collect::<Vec<_>>(),
        "secrets": shown.iter().map(|(group, secret)| [hex_encode(&group.0), hex(&secret.0)]).collect::<Vec<_>>(),
        "seed": outcome.seed.map(|seed| hex(&seed.0)),
        "lost": outcome.lost.iter().map(|group| hex_encode(&group.0)).collect::<Vec<_>>(),
    })
}

fn periods() -> Vec<Value> {
    let months = |months| Every::Months(months);
    let days = |days| Every::Span(Span::from_days(days));
    let cases = [
        ("2027-01-01", months(1), "2027-01-01"),
        ("2027-01-01", months(1), "2027-01-31T23:59:59.999Z"),
        ("2027-01-28T12:00:00Z", months(1), "2028-03-28T11:59:59.999Z"),
        ("2027-01-28T12:00:00Z", months(1), "2028-02-28T12:00:00Z"),
        ("2027-11-15", months(3), "2099-12-31"),
        ("2027-11-15", months(120), "2100-03-01"),
        ("2027-03-01", days(7), "2031-05-05T05:05:05Z"),
        ("2027-03-01", days(7), "2027-02-28"),
        ("2027-03-01", months(1), "2027-02-28"),
        ("2027-03-01", months(1), "9999-12-15"),
    ];
    let period = |(from, every, at): (&str, Every, &str)| {
        let date = |text: &str| text.parse::<Timestamp>().expect("a date");
        let budget = Budget { from: date(from), every, horizon: Span::from_days(3660) };
        let found = budget.period_at(date(at)).map(|period| [period.from().millis(), period.until().millis()]);
        let every = match every {
            Every::Months(months) => json!({ "months": months }),
            Every::Span(span) => json!({ "span": span.millis() }),
        };
        json!({ "from": budget.from.millis(), "every": every, "at": date(at).millis(), "period": found })
    };
    cases.into_iter().map(period).collect()
}
