//! The command line, as clap sees it.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::ArgValueCandidates;

use crate::{
    cmd::{
        act::{RespondArgs, WithdrawArgs},
        backup::RestoreArgs,
        charter::CharterCommand,
        export::ExportArgs,
        federation::FederationCommand,
        group::GroupCommand,
        id::IdArgs,
        import::ImportCommand,
        inbox::InboxArgs,
        liaison::LiaisonCommand,
        log::LogArgs,
        matter::MatterCommand,
        node::NodeCommand,
        proof::VerifyArgs,
        propose::{AmendArgs, DecideArgs, ProposeArgs},
        rank::{NominateArgs, RankArgs},
        resource::ResourceCommand,
        review::ReviewArgs,
        show::{ListArgs, ShowArgs},
        simulate::SimulateArgs,
        tally::TallyArgs,
        test::TestArgs,
        who::WhoArgs,
        why::WhyArgs,
    },
    complete::{self, Shell},
    demo::DemoArgs,
    identity::PassphraseArgs,
};

/// Decide together without a boss, a platform owner or a shared server
#[derive(Debug, Parser)]
#[command(name = "moot", version, disable_help_subcommand = true)]
pub(crate) struct Args {
    /// Where keys and a node's data live
    #[arg(long, env = "MOOT_HOME", global = true, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// The socket of the node to talk to; left out, the one of the home
    #[arg(long, env = "MOOT_NODE", global = true, value_name = "PATH")]
    pub(crate) node: Option<PathBuf>,
    /// The key to act as: its name, or the path of a key file
    #[arg(long = "as", env = "MOOT_AS", global = true, value_name = "NAME", add = ArgValueCandidates::new(complete::identities))]
    pub(crate) identity: Option<String>,
    /// Print JSON for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Keep the keys that you sign with
    Id(IdArgs),
    /// Start, check, compare and show charters
    #[command(subcommand)]
    Charter(CharterCommand),
    /// Found and show groups
    #[command(subcommand)]
    Group(GroupCommand),
    /// Run a node, and look at it
    #[command(subcommand)]
    Node(NodeCommand),
    /// Write everything that the running node holds, without secret keys, into one file
    Backup {
        /// The file; it must not exist
        file: PathBuf,
    },
    /// Make the store of a new home, which has the node's keys, from a backup; or only verify one
    Restore(RestoreArgs),
    /// Found and show federations
    #[command(subcommand)]
    Federation(FederationCommand),
    /// Open, answer and show what touches several groups
    #[command(subcommand)]
    Matter(MatterCommand),
    /// See who speaks for groups in others, and say what a liaison answers
    #[command(subcommand)]
    Liaison(LiaisonCommand),
    /// Share what groups steward: see it, ask for it, agree about it
    #[command(subcommand)]
    Resource(ResourceCommand),
    /// Find out which group decides something, by which rule, who holds the role, and where it goes from there
    Who(WhoArgs),
    /// File a proposal
    Propose(ProposeArgs),
    /// File a new version of your proposal
    Amend(AmendArgs),
    /// Withdraw your proposal, an option of it, or your objection
    Withdraw(WithdrawArgs),
    /// Agree to a proposal
    Agree(RespondArgs),
    /// Agree with a concern that is recorded and does not block
    Concern(RespondArgs),
    /// Object to a proposal, with a reason
    Object(RespondArgs),
    /// Stand aside: not in favour, not in the way
    Aside(RespondArgs),
    /// Say that you have no opinion
    Abstain(RespondArgs),
    /// Rank the options of a proposal: the most preferred first
    Rank(RankArgs),
    /// Name a member for a role that a proposal means to fill
    Nominate(NominateArgs),
    /// Give advice; it never counts
    Advise(RespondArgs),
    /// Decide as the holder of a role, with a why
    Decide(DecideArgs),
    /// Move a delegate's decision up to the members, within its window
    CallIn {
        /// The proposal: its id, or the start of it
        #[arg(add = ArgValueCandidates::new(complete::proposals))]
        proposal: String,
        /// Why; `-` reads it, and left out at a terminal an editor opens
        #[arg(long)]
        why: Option<String>,
    },
    /// Say whether an objection qualifies, where the charter has such a test
    Test(TestArgs),
    /// List agreements in force, and propose to keep, amend or retire one
    Review(ReviewArgs),
    /// Sign that you have seen the log up to here
    Seen {
        /// The group, if you belong to several here
        #[arg(long, add = ArgValueCandidates::new(complete::groups))]
        group: Option<String>,
    },
    /// Show what waits for you, soonest first
    Inbox(InboxArgs),
    /// List proposals
    List(ListArgs),
    /// Show a proposal or a matter; or a domain, role, member or rule, with what hangs on it and how it came to be so
    Show(ShowArgs),
    /// Show who decided, why, by which rules, on what evidence
    Why(WhyArgs),
    /// Write everything that proves a decision into one file; or a group's decisions as Markdown
    Export(ExportArgs),
    /// Verify such a file, without node or network; ends with 0 pass, 1 fail, 2 unresolved
    Verify(VerifyArgs),
    /// Show the entries of a group's log
    Log(LogArgs),
    /// Look for what may be wrong here: node, clock, disk, files, keys, panel; ends with 1 if something does not work
    Doctor,
    /// Explain a command, or a word such as consent; without one, list both
    Help {
        /// The command or the word
        words: Vec<String>,
    },
    /// Print a script that completes commands, ids and names in your shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write manual pages into a folder
    Man {
        /// The folder
        dir: PathBuf,
    },
    /// Count ballots from elsewhere: Schulze, instant runoff or STV; needs no node
    Tally(TallyArgs),
    /// Run a scenario in virtual time, or a group's history under another charter
    Simulate(SimulateArgs),
    /// Bring a federation from elsewhere
    #[command(subcommand)]
    Import(ImportCommand),
    /// See groups decide on real nodes on this machine
    Demo(DemoArgs),
}
