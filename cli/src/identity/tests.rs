//! Identities end to end, and against OpenSSH itself.

use std::{
    cell::RefCell,
    fs::{self, Permissions},
    io::{Read as _, Write as _},
    os::unix::{fs::PermissionsExt as _, net::UnixListener},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use folkmoot_protocol::key::SecretKey;
use ssh_key::{
    PrivateKey,
    private::{Ed25519Keypair, KeypairData, SkEd25519},
    public,
};

use super::*;

const PASSPHRASE: &str = "open sesame";

struct Home {
    root: tempfile::TempDir,
    identities: Identities,
}

impl Home {
    /// A home without an agent, whatever the environment of the tests has.
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let identities = Identities { dir: root.path().join("keys"), agent: None };
        Self { root, identities }
    }

    fn with_agent(&self, socket: &Path) -> Identities {
        Identities { agent: Some(Agent::at(socket.to_owned())), ..self.identities.clone() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.identities.dir.join(name)
    }

    fn outside(&self, name: &str, mode: u32, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    fn refusal(&self, name: &str) -> String {
        self.identities.signer(name, &PassphraseSource::Nowhere).err().expect("a refusal").to_string()
    }

    fn refused_import(&self, path: &Path) -> String {
        self.identities.import("imported", path).unwrap_err().to_string()
    }
}

fn given(passphrase: &'static str) -> PassphraseSource {
    PassphraseSource::Environment(passphrase.into())
}

fn signs(signer: &dyn Signer, key: PublicKey) -> bool {
    signer.public() == key && key.verifies(b"message", &signer.try_sign(b"message").unwrap())
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

fn openssh(key: PrivateKey) -> String {
    key.to_openssh(ssh_key::LineEnding::LF).unwrap().to_string()
}

#[test]
fn a_new_key_signs() {
    let home = Home::new();
    let key = home.identities.create("ana", None).unwrap();
    assert_eq!(home.identities.public("ana").unwrap(), key);
    assert!(signs(&*home.identities.signer("ana", &PassphraseSource::Nowhere).unwrap(), key));
    assert_ne!(home.identities.create("bo", None).unwrap(), key);
}

#[test]
fn a_new_key_is_for_its_owner_alone() {
    let home = Home::new();
    home.identities.create("ana", None).unwrap();
    assert_eq!(mode(&home.identities.dir), 0o700);
    assert_eq!(mode(&home.file("ana")), 0o600);
    assert_eq!(mode(&home.file("ana.pub")) & 0o600, 0o600);
    let mut left: Vec<_> =
        fs::read_dir(&home.identities.dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["ana", "ana.pub"]);
    assert!(fs::read_to_string(home.file("ana.pub")).unwrap().ends_with(" moot ana\n"));
}

#[test]
fn an_encrypted_key_takes_its_passphrase_and_no_other() {
    let home = Home::new();
    let key = home.identities.create("ana", Some(PASSPHRASE)).unwrap();
    assert!(signs(&*home.identities.signer("ana", &given(PASSPHRASE)).unwrap(), key));
    let wrong = home.identities.signer("ana", &given("open barley")).err().unwrap().to_string();
    assert_eq!(wrong, format!("this is not the passphrase of {}: try again", home.file("ana").display()));
    let locked = home.refusal("ana");
    assert!(locked.starts_with("the key of 'ana' is locked: a passphrase is needed"), "{locked}");
    assert!(locked.contains("--passphrase-file") && locked.contains("ssh-add"), "{locked}");
    // Its public half takes none.
    assert_eq!(home.identities.public("ana").unwrap(), key);
    assert!(matches!(home.identities.create("bo", Some("")), Err(IdentityError::Passphrase(PassphraseError::Empty))));
}

#[test]
fn a_person_may_mistype_twice() {
    thread_local!(static ANSWERS: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });
    let person = PassphraseSource::Person(|prompt| {
        assert!(["Passphrase of 'ana': ", "Passphrase of 'ana' (that was not it): "].contains(&prompt), "{prompt}");
        Ok(ANSWERS.with_borrow_mut(|answers| answers.pop().expect("asked once too often").to_owned()))
    });
    let home = Home::new();
    let key = home.identities.create("ana", Some(PASSPHRASE)).unwrap();
    ANSWERS.set(vec![PASSPHRASE, "two", "one"]);
    assert!(signs(&*home.identities.signer("ana", &person).unwrap(), key));
    ANSWERS.set(vec!["three", "two", "one"]);
    assert!(matches!(home.identities.signer("ana", &person), Err(IdentityError::WrongPassphrase(_))));
}

#[test]
fn nothing_is_overwritten() {
    let home = Home::new();
    let key = home.identities.create("ana", None).unwrap();
    let taken = home.identities.create("ana", None).unwrap_err().to_string();
    assert_eq!(
        taken,
        format!("{} is there already: choose another name, or move that file away first", home.file("ana").display())
    );
    assert!(matches!(home.identities.import("ana", &home.file("ana")), Err(IdentityError::Taken(_))));
    assert_eq!(home.identities.public("ana").unwrap(), key);

    // A public half alone is somebody's key too.
    fs::rename(home.file("ana.pub"), home.file("bo.pub")).unwrap();
    assert!(matches!(home.identities.create("bo", None), Err(IdentityError::Taken(_))));
    assert!(!home.file("bo").exists());
}

#[test]
fn of_those_who_take_a_name_at_once_one_gets_it() {
    let home = Home::new();
    let made: Vec<_> = thread::scope(|scope| {
        let racers: Vec<_> = (0..8).map(|_| scope.spawn(|| home.identities.create("ana", None))).collect();
        racers.into_iter().filter_map(|racer| racer.join().unwrap().ok()).collect()
    });
    assert_eq!(made, [home.identities.public("ana").unwrap()]);
}

#[test]
fn names_are_plain_and_never_leave_the_directory() {
    let home = Home::new();
    for bad in ["", "Ana", "../ana", "a/b", ".ana", "a b", &"x".repeat(65)] {
        assert!(matches!(home.identities.create(bad, None), Err(IdentityError::Name(_))), "{bad}");
    }
    assert!(matches!(home.identities.create("ana.pub", None), Err(IdentityError::PublicName(_))));
    home.identities.create(&"x".repeat(64), None).unwrap();
}

#[test]
fn unknown_names_and_paths_are_told_apart() {
    let home = Home::new();
    let unknown = home.refusal("ana");
    assert!(unknown.starts_with("there is no identity 'ana' in ") && unknown.contains("moot id new ana"), "{unknown}");
    let nothing = home.refusal("./ana");
    assert!(nothing.starts_with("there is no key file at ./ana"), "{nothing}");
    assert!(home.refused_import(Path::new("/nowhere/at/all")).starts_with("there is no key file at /nowhere"));
}

#[test]
fn a_path_names_either_half() {
    let home = Home::new();
    let key = home.identities.create("ana", None).unwrap();
    for half in ["ana", "ana.pub"] {
        let path = home.file(half);
        assert!(signs(&*home.identities.signer(path.to_str().unwrap(), &PassphraseSource::Nowhere).unwrap(), key));
    }
}

#[test]
fn the_private_half_is_enough() {
    let home = Home::new();
    for passphrase in [None, Some(PASSPHRASE)] {
        let name = if passphrase.is_none() { "ana" } else { "bo" };
        let key = home.identities.create(name, passphrase).unwrap();
        fs::remove_file(home.file(name).with_extension("pub")).unwrap();
        assert_eq!(home.identities.public(name).unwrap(), key);
        assert!(signs(&*home.identities.signer(name, &given(PASSPHRASE)).unwrap(), key));
    }
    assert_eq!(home.identities.list().unwrap().identities.len(), 2);
}

#[test]
fn a_private_key_that_others_may_read_is_refused() {
    let home = Home::new();
    home.identities.create("ana", None).unwrap();
    for exposed in [0o640, 0o604, 0o660] {
        fs::set_permissions(home.file("ana"), Permissions::from_mode(exposed)).unwrap();
        let refusal = home.refusal("ana");
        let file = home.file("ana").display().to_string();
        assert_eq!(
            refusal,
            format!("others may read the private key {file} (mode {exposed:04o}): run 'chmod 600 {file}'")
        );
        assert_eq!(home.refused_import(&home.file("ana")), refusal);
        assert_eq!(home.identities.list().unwrap().problems[0].problem, refusal);
    }
}

#[test]
fn halves_of_two_keys_are_refused() {
    let home = Home::new();
    home.identities.create("ana", None).unwrap();
    home.identities.create("bo", Some(PASSPHRASE)).unwrap();
    fs::copy(home.file("bo.pub"), home.file("ana.pub")).unwrap();
    let refusal = home.refusal("ana");
    assert!(refusal.contains("is not the public half of") && refusal.contains("ssh-keygen -y -f"), "{refusal}");

    // Inside one file: the clear public half of one key before the secret of another.
    let [one, other] = [1, 2].map(|seed| Ed25519Keypair::from_seed(&[seed; 32]));
    let mixed = Ed25519Keypair { public: other.public, private: one.private };
    let file = home.outside("mixed", 0o600, openssh(PrivateKey::new(KeypairData::from(mixed), "").unwrap()));
    assert!(home.refused_import(&file).contains("is damaged"));
}

#[test]
fn other_kinds_of_keys_are_refused_by_name() {
    let home = Home::new();
    let ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA== ana@laptop\n";
    let refusal = home.refused_import(&home.outside("ecdsa.pub", 0o644, ecdsa));
    assert!(refusal.contains("a key of type ecdsa-sha2-nistp256, and members sign with Ed25519"), "{refusal}");

    let token =
        public::SkEd25519::new(public::Ed25519PublicKey(*SecretKey::from_seed([7; 32]).public().as_bytes()), "ssh:");
    let line = ssh_key::PublicKey::new(token.clone().into(), "token").to_openssh().unwrap();
    let private = PrivateKey::new(SkEd25519::new(token, 1, [9; 32]).unwrap().into(), "token").unwrap();
    for file in [home.outside("sk.pub", 0o644, line), home.outside("sk", 0o600, openssh(private))] {
        let refusal = home.refused_import(&file);
        assert!(refusal.contains("hardware token (sk-ssh-ed25519@openssh.com)"), "{refusal}");
        assert!(refusal.contains("FIDO tokens sign a format of their own"), "{refusal}");
    }
}

#[test]
fn weak_keys_are_refused() {
    let home = Home::new();
    let mut identity = [0; 32];
    identity[0] = 1;
    let weak = ssh_key::PublicKey::new(public::KeyData::Ed25519(public::Ed25519PublicKey(identity)), "weak");
    let refusal = home.refused_import(&home.outside("weak.pub", 0o644, weak.to_openssh().unwrap()));
    assert!(refusal.contains("the public key is weak"), "{refusal}");
}

#[test]
fn what_is_no_key_is_refused() {
    let home = Home::new();
    let key = home.identities.create("ana", None).unwrap();
    let text = fs::read_to_string(home.file("ana")).unwrap();
    let pkcs = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n";
    let cases = [
        (home.outside("empty", 0o600, ""), "is no OpenSSH private key"),
        (home.outside("old", 0o600, pkcs), "'ssh-keygen -p -f "),
        (home.outside("cut", 0o600, &text[..text.len() / 2]), "is damaged"),
        (home.outside("long", 0o600, text.repeat(1000)), "is damaged"),
        (home.outside("binary.pub", 0o644, [0xff; 100]), "is no OpenSSH public key"),
        (home.outside("two.pub", 0o644, format!("{key}\n{key}")), "is no OpenSSH public key"),
        (home.outside("short.pub", 0o644, "ssh-ed25519 AAAA"), "is no OpenSSH public key"),
        (home.root.path().to_owned(), "cannot read"),
    ];
    for (path, expected) in cases {
        let refusal = home.refused_import(&path);
        assert!(refusal.contains(expected), "{}: {refusal}", path.display());
    }
    assert!(!home.file("imported").exists() && !home.file("imported.pub").exists());
}

#[test]
fn comments_cannot_move_the_cursor() {
    let home = Home::new();
    home.identities.create("ana", None).unwrap();
    let line = fs::read_to_string(home.file("ana.pub")).unwrap();
    let line = line.replace("moot ana\n", "\u{1b}[2Jana\u{7} of Zür");
    home.identities.import("bo", &home.outside("ana.pub", 0o644, line + "ich")).unwrap();
    assert!(home.identities.identity("bo").unwrap().openssh.ends_with(" [2Jana of Zürich"));
}

#[test]
fn an_import_copies_the_private_file_as_it_is() {
    let home = Home::new();
    let key = home.identities.create("ana", Some(PASSPHRASE)).unwrap();
    assert_eq!(home.identities.import("bo", &home.file("ana")).unwrap(), key);
    for half in ["", ".pub"] {
        let [ana, bo] = ["ana", "bo"].map(|name| fs::read(home.file(&format!("{name}{half}"))).unwrap());
        assert_eq!(ana, bo);
    }
    assert_eq!(mode(&home.file("bo")), 0o600);
    assert_eq!(home.identities.identity("bo").unwrap().keeper, Keeper::EncryptedFile);
}

#[test]
fn an_imported_public_half_needs_an_agent() {
    let home = Home::new();
    home.identities.create("ana", None).unwrap();
    home.identities.import("bo", &home.file("ana.pub")).unwrap();
    assert!(!home.file("bo").exists());
    assert_eq!(home.identities.identity("bo").unwrap().keeper, Keeper::Agent);
    let refusal = home.refusal("bo");
    assert!(refusal.starts_with("only the public half of 'bo' is here and no ssh-agent is running"), "{refusal}");
    let gone =
        home.with_agent(Path::new("/nowhere/at/all")).signer("bo", &given(PASSPHRASE)).err().unwrap().to_string();
    assert!(
        gone.starts_with("cannot ask for the key of 'bo': ssh-agent at /nowhere/at/all cannot be reached"),
        "{gone}"
    );
}

#[test]
fn an_agent_that_fails_does_not_stand_before_a_passphrase() {
    let home = Home::new();
    let key = home.identities.create("ana", Some(PASSPHRASE)).unwrap();
    let socket = home.root.path().join("agent");
    let listener = UnixListener::bind(&socket).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(b"nonsense");
        }
    });
    assert!(signs(&*home.with_agent(&socket).signer("ana", &given(PASSPHRASE)).unwrap(), key));
}

#[test]
fn a_listing_is_sorted_and_leaves_out_what_is_no_name() {
    let home = Home::new();
    assert!(home.identities.list().unwrap().identities.is_empty());
    for name in ["cy", "ana", "bo"] {
        home.identities.create(name, None).unwrap();
    }
    fs::write(home.file(".new-1234"), "").unwrap();
    fs::write(home.file("NOTES"), "").unwrap();
    let listing = home.identities.list().unwrap();
    assert_eq!(
        listing.identities.iter().map(|identity| identity.name.as_str()).collect::<Vec<_>>(),
        ["ana", "bo", "cy"]
    );
    assert!(listing.problems.is_empty());
}

/// Runs a tool of OpenSSH and returns what it prints.
fn tool(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).env_remove("DISPLAY").output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs ssh-keygen"]
fn ssh_keygen_reads_our_files() {
    let home = Home::new();
    for (name, passphrase) in [("ana", None), ("bo", Some(PASSPHRASE))] {
        home.identities.create(name, passphrase).unwrap();
        let passphrase = passphrase.unwrap_or_default();
        let line = tool(Command::new("ssh-keygen").args(["-y", "-P", passphrase, "-f"]).arg(home.file(name)));
        assert_eq!(line, fs::read_to_string(home.file(name).with_extension("pub")).unwrap());
        // It may change the passphrase too, and we read what it writes.
        let key = home.identities.public(name).unwrap();
        tool(Command::new("ssh-keygen").args(["-p", "-P", passphrase, "-N", "barley", "-f"]).arg(home.file(name)));
        assert!(signs(&*home.identities.signer(name, &given("barley")).unwrap(), key));
    }
}

#[test]
#[ignore = "needs ssh-keygen"]
fn we_read_what_ssh_keygen_writes() {
    let home = Home::new();
    let ciphers = ["aes256-ctr", "aes128-cbc", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"];
    for (cipher, passphrase) in ciphers.map(|cipher| (cipher, PASSPHRASE)).into_iter().chain([("none", "")]) {
        let file = home.root.path().join(cipher.replace('@', "-"));
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-t", "ed25519", "-C", "ana@laptop", "-N", passphrase]);
        if !passphrase.is_empty() {
            keygen.args(["-Z", cipher]);
        }
        tool(keygen.arg("-f").arg(&file));
        let name = cipher.split('@').next().unwrap();
        let key = home.identities.import(name, &file).unwrap();
        assert!(signs(&*home.identities.signer(name, &given(PASSPHRASE)).unwrap(), key), "{cipher}");
        assert_eq!(
            home.identities.identity(name).unwrap().openssh,
            fs::read_to_string(home.file(&format!("{name}.pub"))).unwrap().trim()
        );
        if !passphrase.is_empty() {
            let wrong = home.identities.signer(name, &given("barley")).err().unwrap();
            assert!(matches!(wrong, IdentityError::WrongPassphrase(_)), "{cipher}: {wrong}");
        }
    }
}

#[test]
#[ignore = "needs ssh-keygen"]
fn other_kinds_of_ssh_keygen_are_refused() {
    let home = Home::new();
    for kind in ["rsa", "ecdsa"] {
        let file = home.root.path().join(kind);
        tool(Command::new("ssh-keygen").args(["-q", "-t", kind, "-N", "", "-f"]).arg(&file));
        for half in [file.clone(), file.with_extension("pub")] {
            let refusal = home.refused_import(&half);
            assert!(refusal.contains(" holds a key of type "), "{refusal}");
            assert!(refusal.to_lowercase().contains(kind), "{refusal}");
        }
    }
    let old = home.root.path().join("old");
    tool(Command::new("ssh-keygen").args(["-q", "-t", "rsa", "-m", "PEM", "-N", "", "-f"]).arg(&old));
    assert!(home.refused_import(&old).contains("'ssh-keygen -p -f "));
}

/// An ssh-agent that ends with the test.
struct RealAgent(Child, PathBuf);

impl RealAgent {
    fn start(dir: &Path) -> Self {
        let socket = dir.join("agent");
        let child = Command::new("ssh-agent").arg("-D").arg("-a").arg(&socket).stdout(Stdio::null()).spawn().unwrap();
        let agent = Self(child, socket);
        for _ in 0..500 {
            if agent.1.exists() {
                return agent;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("ssh-agent did not start");
    }

    fn add(&self, args: &[&str], file: &Path) {
        tool(Command::new("ssh-add").args(args).arg(file).env("SSH_AUTH_SOCK", &self.1));
    }
}

impl Drop for RealAgent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs ssh-agent and ssh-add"]
fn a_real_agent_signs() {
    let home = Home::new();
    let agent = RealAgent::start(home.root.path());
    let identities = home.with_agent(&agent.1);
    let key = identities.create("ana", None).unwrap();
    identities.import("bo", &home.file("ana.pub")).unwrap();
    let absent = identities.signer("bo", &PassphraseSource::Nowhere).err().unwrap().to_string();
    assert!(absent.contains("does not hold the key of 'bo'") && absent.contains("ssh-add"), "{absent}");

    agent.add(&["-q"], &home.file("ana"));
    let signer = identities.signer("bo", &PassphraseSource::Nowhere).unwrap();
    assert!(signs(&*signer, key));
    assert_eq!(identities.import_from_agent("cleo", Some("moot ana")).unwrap(), key);
    assert!(signs(&*identities.signer("cleo", &PassphraseSource::Nowhere).unwrap(), key));
    // Ed25519 leaves a signer no choice, so both ways give one signature.
    let file = home.identities.signer("ana", &PassphraseSource::Nowhere).unwrap();
    assert_eq!(signer.try_sign(b"message").unwrap(), file.try_sign(b"message").unwrap());
    assert!(key.verifies(&[7; 64 * 1024], &signer.try_sign(&[7; 64 * 1024]).unwrap()));

    // With the agent's help an encrypted file needs no passphrase.
    tool(Command::new("ssh-keygen").args(["-q", "-p", "-P", "", "-N", PASSPHRASE, "-f"]).arg(home.file("ana")));
    assert_eq!(identities.identity("ana").unwrap().keeper, Keeper::EncryptedFile);
    assert!(signs(&*identities.signer("ana", &PassphraseSource::Nowhere).unwrap(), key));

    // It may drop the key between finding and signing.
    agent.add(&["-q", "-d"], &home.file("ana.pub"));
    let refused = signer.try_sign(b"message").unwrap_err().to_string();
    assert!(refused.contains("refused: it may be locked"), "{refused}");
}
