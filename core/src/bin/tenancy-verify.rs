//! Checks what `pg_tenancy` gives out, without a database, against public keys: exports, proofs and checkpoints of the
//! log, and the evidence of proofs.
//!
//! Exit status: 0 if everything verifies, 1 if something does not, 2 for bad usage or a file that can't be read, 3 for
//! evidence that verifies and says that the isolation failed.

#![forbid(unsafe_code)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tenancy_core::evidence::document::{self, Document};
use tenancy_core::evidence::report::Verdict;
use tenancy_core::evidence::{Format, render};
use tenancy_core::quote::quoted;
use tenancy_core::trace::checkpoint::Checkpoint;
use tenancy_core::trace::export::{Row, Verification};
use tenancy_core::trace::note::{Signer, Verifier};
use tenancy_core::trace::proof::{Consistency, Inclusion};
use uuid::Uuid;

/// Longest line of an export, or file of another kind, that is read: more than any can have, and no load for memory.
const MAX_READ: usize = 16 << 20;

/// A text that isn't JSON.
const NOT_JSON: &str = "?";

/// Verifies what pg_tenancy gives out, without a database: exports, proofs and checkpoints of the decision log, and the
/// evidence of proofs.
///
/// Exit status: 0 if everything verifies, 1 if something does not, 2 for bad usage or a file that cannot be read, 3 for
/// evidence that verifies and says that the isolation failed.
#[derive(Parser)]
#[command(name = "tenancy-verify", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a key that signs checkpoints. Files that exist are left alone.
    GenerateKey {
        /// The key's name, such as db.example.com/decisions.
        #[arg(long)]
        name: String,
        /// Where to write the private key, for the server and nobody else.
        #[arg(long, value_name = "FILE")]
        private: PathBuf,
        /// Where to write the public key, for everybody who verifies.
        #[arg(long, value_name = "FILE")]
        public: PathBuf,
    },
    /// Check a signed checkpoint and show what it says.
    Checkpoint {
        #[command(flatten)]
        trust: Trust,
        /// The checkpoint; - is the standard input.
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// Check an export, JSON lines, against a signed checkpoint; name each row that was changed, added or removed.
    Export {
        #[command(flatten)]
        trust: Trust,
        /// The signed checkpoint.
        #[arg(long, value_name = "FILE")]
        checkpoint: PathBuf,
        /// The export; - is the standard input.
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// Check the proof that a row is in the log.
    Inclusion {
        #[command(flatten)]
        trust: Trust,
        /// The row, as a line of an export.
        #[arg(long, value_name = "FILE")]
        row: PathBuf,
        /// The proof (C2SP tlog-proof); - is the standard input.
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// Check the proof that the log has only grown since an earlier checkpoint.
    Consistency {
        #[command(flatten)]
        trust: Trust,
        /// The earlier signed checkpoint.
        #[arg(long, value_name = "FILE")]
        old: PathBuf,
        /// The proof (a C2SP tlog-witness request); - is the standard input.
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// Check the evidence of a proof, JSON, against the note in it, and say its verdict; or show it in another form.
    Evidence {
        #[command(flatten)]
        trust: EvidenceTrust,
        #[command(flatten)]
        form: Form,
        /// The evidence, as tenancy.evidence() gives it; - is the standard input.
        #[arg(default_value = "-")]
        file: PathBuf,
    },
}

/// What is believed without proof.
#[derive(Args)]
struct Trust {
    /// Public keys, one a line: the present one and those it replaced.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The tenant whose log it is, by its id: a server signs for each tenant under a name of its own.
    #[arg(long, value_name = "UUID")]
    tenant: Option<Uuid>,
    /// The log that the checkpoint must be of. Without it, look at what is printed: one key may sign many logs.
    #[arg(long)]
    origin: Option<String>,
}

/// What is believed of evidence.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct EvidenceTrust {
    /// Public keys, one a line: the present one and those it replaced.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Check no signature. The form is shown all the same, and the exit status is 1.
    #[arg(long)]
    unsigned: bool,
}

/// A form to show evidence in.
#[derive(Args)]
#[group(multiple = false)]
struct Form {
    /// As a page for a browser.
    #[arg(long)]
    html: bool,
    /// As OSCAL assessment results.
    #[arg(long)]
    oscal: bool,
    /// As TAP, for CI.
    #[arg(long)]
    tap: bool,
}

/// Why the command did not end well.
enum Failure {
    /// Something does not verify.
    Refused(String),
    /// The question could not be asked.
    Unusable(String),
    /// Everything verifies, and it says that the isolation failed.
    Isolation,
}

type Outcome<T> = Result<T, Failure>;

fn main() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::GenerateKey {
            name,
            private,
            public,
        } => generate_key(&name, &private, &public),
        Command::Checkpoint { trust, file } => checkpoint(&trust, &file),
        Command::Export {
            trust,
            checkpoint,
            file,
        } => export(&trust, &checkpoint, &file),
        Command::Inclusion { trust, row, file } => inclusion(&trust, &row, &file),
        Command::Consistency { trust, old, file } => consistency(&trust, &old, &file),
        Command::Evidence { trust, form, file } => evidence(&trust, &form, &file),
    };
    let (message, status) = match ended.and_then(|report| print(&report)) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Refused(message)) => (message, 1),
        Err(Failure::Unusable(message)) => (message, 2),
        Err(Failure::Isolation) => ("the evidence verifies; its verdict is fail".to_owned(), 3),
    };
    // Nobody may be listening, and the status says it all the same.
    let _ = writeln!(io::stderr(), "tenancy-verify: {message}");
    ExitCode::from(status)
}

fn generate_key(name: &str, private: &Path, public: &Path) -> Outcome<String> {
    let signer = Signer::generate(name).map_err(unusable)?;
    let create = |path: &Path, mode| {
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(mode).open(path);
        file.map_err(|error| about(path, error))
    };
    let mut private_file = create(private, 0o600)?;
    let written = create(public, 0o644).and_then(|mut public_file| {
        write_line(&mut private_file, &signer.to_private_text())
            .map_err(|error| about(private, error))?;
        write_line(&mut public_file, &signer.verifier().to_string())
            .map_err(|error| about(public, error))
    });
    if let Err(failure) = written {
        let _ = fs::remove_file(private);
        return Err(failure);
    }
    Ok(format!("{}\n", signer.verifier()))
}

fn write_line(file: &mut File, line: &str) -> io::Result<()> {
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_all()
}

fn checkpoint(trust: &Trust, file: &Path) -> Outcome<String> {
    let checkpoint = trust.open(&note(file)?)?;
    Ok(checkpoint.to_text())
}

fn export(trust: &Trust, checkpoint: &Path, file: &Path) -> Outcome<String> {
    let mut verification = Verification::new(trust.open(&note(checkpoint)?)?);
    let mut lines = open(file)?;
    let mut line = Vec::new();
    while (&mut lines)
        .take(MAX_READ as u64)
        .read_until(b'\n', &mut line)
        .map_err(|error| about(file, error))?
        != 0
    {
        if line.len() >= MAX_READ {
            return Err(about(file, "a line is longer than any of an export"));
        }
        // What isn't UTF-8 isn't JSON either.
        verification.line(std::str::from_utf8(&line).unwrap_or(NOT_JSON));
        line.clear();
    }
    let report = verification.finish();
    let mut text = String::new();
    for problem in &report.problems {
        text.push_str(&format!("{problem}\n"));
    }
    text.push_str(&format!(
        "{}: {} of {} rows verified, {} of them redacted, {} not sealed by this checkpoint, {} problems\n",
        report.checkpoint.origin,
        report.verified,
        report.checkpoint.size,
        report.redacted,
        report.unsealed,
        report.problems.len()
    ));
    if report.problems.is_empty() {
        return Ok(text);
    }
    print(&text)?;
    Err(Failure::Refused("the export does not verify".to_owned()))
}

fn inclusion(trust: &Trust, row: &Path, file: &Path) -> Outcome<String> {
    let row = Row::parse(read(row)?.trim()).map_err(refused)?;
    if let Some(fault) = row.faults.first() {
        return Err(refused(fault));
    }
    let proof = Inclusion::parse(&note(file)?).map_err(refused)?;
    let checkpoint = proof.check(&row.leaf, &trust.keys()?).map_err(refused)?;
    trust.check_origin(&checkpoint)?;
    Ok(format!(
        "{}: row {} is at position {} of {}\n",
        checkpoint.origin, row.trace_id, proof.position, checkpoint.size
    ))
}

fn consistency(trust: &Trust, old: &Path, file: &Path) -> Outcome<String> {
    let old = trust.open(&note(old)?)?;
    let proof = Consistency::parse(&note(file)?).map_err(refused)?;
    let new = proof.check(&old, &trust.keys()?).map_err(refused)?;
    Ok(format!(
        "{}: the log of {} rows begins with that of {} rows\n",
        new.origin, new.size, old.size
    ))
}

fn evidence(trust: &EvidenceTrust, form: &Form, file: &Path) -> Outcome<String> {
    let document = Document::parse(&read_within(file, document::MAX_BYTES)?).map_err(refused)?;
    let format = form.format();
    let Some(key) = &trust.key else {
        print(&show(&document, format, &[])?)?;
        return Err(Failure::Refused("the evidence was not verified".to_owned()));
    };
    let (_, signed_by) = document::verify(&document, &keys(key)?).map_err(refused)?;
    let shown = show(&document, format, &signed_by)?;
    if document.report.verdict == Verdict::Pass {
        return Ok(shown);
    }
    print(&shown)?;
    Err(Failure::Isolation)
}

impl Form {
    fn format(&self) -> Option<Format> {
        let forms = [
            (self.html, Format::Html),
            (self.oscal, Format::Oscal),
            (self.tap, Format::Tap),
        ];
        forms
            .into_iter()
            .find_map(|(chosen, format)| chosen.then_some(format))
    }
}

/// The evidence in a form, or the most important of it.
fn show(document: &Document, format: Option<Format>, signed_by: &[Verifier]) -> Outcome<String> {
    if let Some(format) = format {
        return render(format, document).map_err(refused);
    }
    let report = &document.report;
    let (run, system, coverage) = (&report.run, &report.system, &report.coverage);
    let mut text = format!(
        "verdict: {}\nrun: {}\ndatabase: {}",
        report.verdict,
        run.id,
        quoted(&system.database)
    );
    text.push_str(&format!(
        " of cluster {}\n",
        quoted(&system.system_identifier)
    ));
    text.push_str(&format!(
        "when: {} to {}\n",
        quoted(&run.started_at),
        quoted(&run.ended_at)
    ));
    text.push_str(&format!(
        "proved: {} of {} tables, {} of {} tenants, {} pairs; {} checks, {} probes, {} comparisons, {} findings\n",
        coverage.proved_tables,
        coverage.protected_tables,
        coverage.probed_tenants,
        coverage.known_tenants,
        coverage.probed_pairs,
        report.checks.len(),
        report.probes.len(),
        report.comparisons.len(),
        report.findings.len()
    ));
    text.push_str(&format!(
        "fingerprint: {}\n",
        report.fingerprint().map_err(refused)?
    ));
    for key in signed_by {
        text.push_str(&format!("signed by: {key}\n"));
    }
    Ok(text)
}

/// The keys of a file.
fn keys(path: &Path) -> Outcome<Vec<Verifier>> {
    Verifier::parse_file(&read(path)?).map_err(|error| about(path, error))
}

impl Trust {
    fn keys(&self) -> Outcome<Vec<Verifier>> {
        let keys = keys(&self.key)?;
        let Some(tenant) = self.tenant else {
            return Ok(keys);
        };
        keys.iter()
            .map(|key| key.of_log(&tenant).map_err(|error| about(&self.key, error)))
            .collect()
    }

    /// The checkpoint of a note that is to be believed.
    fn open(&self, note: &str) -> Outcome<Checkpoint> {
        let checkpoint = Checkpoint::open(note, &self.keys()?).map_err(refused)?;
        self.check_origin(&checkpoint)?;
        Ok(checkpoint)
    }

    fn check_origin(&self, checkpoint: &Checkpoint) -> Outcome<()> {
        match &self.origin {
            Some(origin) if *origin != checkpoint.origin => Err(Failure::Refused(format!(
                "the checkpoint is of another log, {}",
                checkpoint.origin
            ))),
            _ => Ok(()),
        }
    }
}

/// A file, or the standard input for `-`.
fn open(path: &Path) -> Outcome<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).map_err(|error| about(path, error))?;
    Ok(Box::new(BufReader::new(file)))
}

fn read(path: &Path) -> Outcome<String> {
    read_within(path, MAX_READ)
}

fn read_within(path: &Path, most: usize) -> Outcome<String> {
    let mut text = String::new();
    let length = open(path)?
        .take(most as u64 + 1)
        .read_to_string(&mut text)
        .map_err(|error| about(path, error))?;
    if length > most {
        return Err(about(path, format!("it is longer than {} MiB", most >> 20)));
    }
    Ok(text)
}

/// A note, or a proof, which ends in one. It ends with a newline, and what wrote the file may have added one.
fn note(path: &Path) -> Outcome<String> {
    let text = read(path)?;
    Ok(text.trim_end_matches('\n').to_owned() + "\n")
}

fn print(text: &str) -> Outcome<()> {
    io::stdout().write_all(text.as_bytes()).map_err(unusable)
}

fn refused(error: impl ToString) -> Failure {
    Failure::Refused(error.to_string())
}

fn unusable(error: impl ToString) -> Failure {
    Failure::Unusable(error.to_string())
}

fn about(path: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::Unusable(format!("{}: {error}", path.display()))
}
