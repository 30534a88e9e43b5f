//! `moot tally`: counts ballots from elsewhere, by the same rules as decisions; needs no node.

use std::{collections::BTreeMap, path::PathBuf};

use clap::ValueEnum;
use folkmoot_protocol::{
    charter::{AtMost, Counting, Method, Quota, TieBreak, Unranked},
    ladder::tally::{Ballots, Choice, Report, RoundReport, TieReport, count},
};
use serde::Serialize;

use super::{CliError, Ctx, read_file};
use crate::{
    output::{Output, indent, table},
    tally,
};

/// The arguments of `moot tally`.
#[derive(Debug, clap::Args)]
pub(crate) struct TallyArgs {
    /// The ballots: a CSV with a column for each option and ranks in the cells, a CSV count,rank1,rank2,… or a BLT file
    file: PathBuf,
    /// How to count
    #[arg(long, value_enum, default_value = "schulze")]
    method: MethodArg,
    /// How many options win; left out, what a BLT file says, or one
    #[arg(long)]
    seats: Option<u32>,
    /// What a ballot says of options that it does not rank: that they are last, or nothing
    #[arg(long, value_enum, default_value = "last")]
    unranked: UnrankedArg,
    /// What breaks ties, in this order; left out: nothing for schulze, earlier,pairwise for the others
    #[arg(long, value_enum, value_delimiter = ',')]
    ties: Option<Vec<TieArg>>,
    /// At most so many winners who share a value of a tag, like employer=2
    #[arg(long, value_name = "TAG=COUNT", requires = "tags")]
    at_most: Vec<String>,
    /// A CSV with the tags of options: option,employer,…
    #[arg(long)]
    tags: Option<PathBuf>,
    /// How many votes a seat takes in stv
    #[arg(long, value_enum)]
    quota: Option<QuotaArg>,
    /// Decimal places of votes in stv; left out, fractions are exact up to 8 seats, and 9 places above
    #[arg(long)]
    decimals: Option<u32>,
    /// In count,rank1,…: a ballot ends after more ranks left out in a row than this
    #[arg(long, default_value_t = 1)]
    skips: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum MethodArg {
    Schulze,
    Irv,
    Stv,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum UnrankedArg {
    Last,
    Ignore,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TieArg {
    Earlier,
    Pairwise,
    Order,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum QuotaArg {
    Droop,
    Hare,
}

/// What it prints.
#[derive(Debug, Serialize)]
struct Tallied {
    /// The rule.
    count: Counting,
    title: Option<String>,
    options: Vec<String>,
    ballots: u64,
    blank: u64,
    #[serde(flatten)]
    report: Report,
}

/// Runs `moot tally`.
///
/// # Errors
/// If the file or the rule is not as it must be.
pub(crate) fn run(args: &TallyArgs, ctx: &Ctx) -> Result<(), CliError> {
    let text = read_file(&args.file)?;
    let wrong = |error: tally::TallyError| CliError::Input(format!("{}: {error}", args.file.display()));
    let poll = tally::read(&text, args.skips).map_err(wrong)?;
    let counting = args.counting(poll.seats)?;
    let ballots = match &args.tags {
        Some(file) => tagged(&poll.ballots, &read_file(file)?)?,
        None => poll.ballots,
    };
    let report = count(&counting, &ballots).report(ballots.options());
    let options = ballots.options().iter().map(|choice| choice.label.clone()).collect();
    let (ballots, blank, title) = (ballots.total(), poll.blank, poll.title);
    let tallied = Tallied { count: counting, title, options, ballots, blank, report };
    ctx.out.show(&tallied, |tallied| words(tallied, ctx.out))?;
    Ok(())
}

impl TallyArgs {
    fn counting(&self, in_file: Option<u32>) -> Result<Counting, CliError> {
        let method = match self.method {
            MethodArg::Schulze => Method::Schulze,
            MethodArg::Irv => Method::Irv,
            MethodArg::Stv => Method::Stv,
        };
        let seats = self.seats.or(in_file.filter(|_| method != Method::Irv)).unwrap_or(1);
        let ties = match &self.ties {
            Some(ties) => ties.iter().map(|tie| tie.rule()).collect(),
            None if method == Method::Schulze => Vec::new(),
            None => vec![TieBreak::Earlier, TieBreak::Pairwise],
        };
        let exact = method != Method::Stv || seats <= folkmoot_protocol::limits::EXACT_SEATS;
        let mut at_most = self.at_most.iter().map(|text| at_most(text)).collect::<Result<Vec<_>, _>>()?;
        at_most.sort_by(|a, b| a.tag.cmp(&b.tag));
        let counting = Counting {
            method,
            seats,
            unranked: match self.unranked {
                UnrankedArg::Last => Unranked::Last,
                UnrankedArg::Ignore => Unranked::Ignore,
            },
            ties,
            at_most,
            quota: self.quota.map(|quota| match quota {
                QuotaArg::Droop => Quota::Droop,
                QuotaArg::Hare => Quota::Hare,
            }),
            decimals: self.decimals.or((!exact).then_some(9)),
        };
        counting.check("tally").map_err(|error| CliError::Input(error.problem))?;
        Ok(counting)
    }
}

impl TieArg {
    fn rule(self) -> TieBreak {
        match self {
            Self::Earlier => TieBreak::Earlier,
            Self::Pairwise => TieBreak::Pairwise,
            Self::Order => TieBreak::Order,
        }
    }
}

fn at_most(text: &str) -> Result<AtMost, CliError> {
    let wrong = || CliError::Input(format!("--at-most {text}: write a tag and a number, like employer=2"));
    let (tag, count) = text.split_once('=').ok_or_else(wrong)?;
    Ok(AtMost { tag: tag.parse().map_err(|_| wrong())?, count: count.parse().map_err(|_| wrong())? })
}

/// The ballots with the tags of their options.
fn tagged(ballots: &Ballots, text: &str) -> Result<Ballots, CliError> {
    let wrong = |error: csv::Error| CliError::Input(format!("--tags: {error}"));
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let heading: Vec<String> = reader.headers().map_err(wrong)?.iter().map(str::to_lowercase).collect();
    let mut tags: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        let cells = heading.iter().cloned().zip(record.iter().map(str::to_owned)).skip(1);
        let of = cells.filter(|(_, value)| !value.is_empty()).collect();
        tags.insert(record.get(0).unwrap_or_default().to_owned(), of);
    }
    let options = ballots.options();
    if let Some(other) = tags.keys().find(|label| !options.iter().any(|option| option.label == **label)) {
        return Err(CliError::Input(format!("--tags: there is no option '{other}'")));
    }
    let choice = |option: &Choice| Choice {
        label: option.label.clone(),
        tags: tags.get(&option.label).cloned().unwrap_or_default(),
    };
    let mut tagged = Ballots::new(options.iter().map(choice).collect());
    for (ranking, count) in ballots.iter() {
        tagged.add(count, ranking.clone()).map_err(|error| CliError::Input(error.to_string()))?;
    }
    Ok(tagged)
}

fn words(tallied: &Tallied, out: Output) -> String {
    let report = &tallied.report;
    let mut text = tallied.title.as_ref().map(|title| format!("{}\n\n", out.bold(title))).unwrap_or_default();
    text.push_str(&format!("{} ballots, {} blank; {}.\n", tallied.ballots, tallied.blank, tallied.count));
    text.push_str(&report_words(report, out));
    text
}

/// A count in words: who won, the ranking, the rounds, the ties.
pub(crate) fn report_words(report: &Report, out: Output) -> String {
    let who = report.winners.join(", ");
    let mut text = match (report.decided, report.winners.is_empty()) {
        (true, _) => format!("\n{}: {who}\n", out.good("Won")),
        (false, false) => format!("\n{}: a tie that nothing breaks; won or tied: {who}\n", out.bad("Undecided")),
        (false, true) => format!("\n{}\n", out.bad("Nobody won")),
    };
    let places = (1..).zip(&report.ranking).map(|(place, group)| format!("{place}. {}", group.join(" = ")));
    text.push_str(&format!("\n{}\n{}\n", out.bold("Ranking"), indent(&places.collect::<Vec<_>>().join("\n"), "  ")));
    for round in &report.rounds {
        text.push_str(&round_words(round, out));
    }
    if !report.ties.is_empty() {
        let lines: Vec<String> = report.ties.iter().map(tie_words).collect();
        text.push_str(&format!("\n{}\n{}\n", out.bold("Ties"), indent(&lines.join("\n"), "  ")));
    }
    if !report.pairs.is_empty() {
        let rows = report.pairs.iter().map(|pair| {
            let [a, b] = &pair.options;
            let votes = format!("{} : {}", pair.votes[0], pair.votes[1]);
            vec![a.clone(), b.clone(), votes, format!("{} : {}", pair.paths[0], pair.paths[1])]
        });
        let pairs = table(&["", "", "prefer", "strongest path"], rows);
        text.push_str(&format!("\n{}\n{}\n", out.bold("Pairs"), indent(&pairs, "  ")));
    }
    text
}

fn round_words(round: &RoundReport, out: Output) -> String {
    let votes: Vec<String> = round.votes.iter().map(|(option, votes)| format!("{option} {votes}")).collect();
    let exhausted = if round.exhausted == "0" { String::new() } else { format!(", exhausted {}", round.exhausted) };
    let steps = round.steps.iter().map(|step| {
        let who = step.options.join(", ");
        match step.what.as_str() {
            "surplus" => format!("\n  → {who} passes on {} beyond the quota", step.because),
            what => format!("\n  → {who} {what} ({})", step.because),
        }
    });
    let steps: String = steps.collect();
    format!(
        "\n{} (quota {})\n  {}{exhausted}{steps}\n",
        out.bold(&format!("Round {}", round.round)),
        round.quota,
        votes.join(", ")
    )
}

fn tie_words(tie: &TieReport) -> String {
    let round = if tie.round == 0 { String::new() } else { format!("round {}: ", tie.round) };
    let over = if tie.over == "seat" { "for a seat" } else { "for the last place" };
    let end = if tie.broken {
        format!("broken by {}: {}", tie.broken_by.join(", then "), tie.result.join(", "))
    } else {
        "nothing breaks it".into()
    };
    format!("{round}{} tied {over}; {end}", tie.among.join(" = "))
}
